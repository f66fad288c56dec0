//! What holds for every payload, key and moment, tried on whatever proptest can think of.

#![expect(clippy::unwrap_used, reason = "a test that can't be set up has to fail")]

use huihua::{
    SecretKeys,
    expiry::{ExpiryPolicy, LONGEST_COOKIE, NEVER},
    key::{SessionKey, StoredKey},
    signing::{MAX_BYTES, SERVER_SIDE_SALT, SIGNED_COOKIES_SALT, Signer, VerifyError},
    tower_sessions::Expiry,
};
use proptest::prelude::*;
use serde_json::{Value, json};
use time::{Duration, OffsetDateTime, UtcOffset, macros::datetime};

fn signer(secret_key: &str, fallbacks: &[&str]) -> Signer {
    let keys = SecretKeys::allow_short(secret_key).unwrap();
    let keys = keys.with_fallbacks(fallbacks.iter().copied()).unwrap();
    Signer::new(&keys, SERVER_SIDE_SALT)
}

/// Any moment that can be held, by every offset that doesn't lead out of what can be held.
fn any_moment() -> impl Strategy<Value = OffsetDateTime> {
    let seconds = prop_oneof![
        4 => -377_705_116_800..=253_402_300_799_i64,
        // Around today, around leap days of all kinds, and at both ends.
        4 => 1_700_000_000..=1_900_000_000_i64,
        1 => leap_days(),
        1 => 253_402_214_400..=253_402_300_799_i64,
        1 => -377_705_116_800..=-377_705_030_401_i64,
    ];
    (seconds, 0..1_000_000_000_u32, -86_399..=86_399_i32).prop_map(|(seconds, nanos, offset)| {
        let moment = OffsetDateTime::from_unix_timestamp(seconds).unwrap();
        let moment = moment.replace_nanosecond(nanos).unwrap();
        let offset = UtcOffset::from_whole_seconds(offset).unwrap();
        moment.checked_to_offset(offset).unwrap_or(moment)
    })
}

fn leap_days() -> impl Strategy<Value = i64> {
    let days = [
        datetime!(1972-02-29 00:00:00 UTC),
        datetime!(2000-02-29 00:00:00 UTC),
        datetime!(2028-02-29 00:00:00 UTC),
        datetime!(2100-02-28 00:00:00 UTC),
        datetime!(9996-02-29 00:00:00 UTC),
    ];
    (prop::sample::select(days.to_vec()), -1..=172_800_i64)
        .prop_map(|(day, seconds)| day.unix_timestamp() + seconds)
}

/// The moments at which a server can be running.
fn any_now() -> impl Strategy<Value = OffsetDateTime> {
    (1_600_000_000..=4_000_000_000_i64, 0..1_000_000_000_u32).prop_map(|(seconds, nanos)| {
        let now = OffsetDateTime::from_unix_timestamp(seconds).unwrap();
        now.replace_nanosecond(nanos).unwrap()
    })
}

fn any_duration() -> impl Strategy<Value = Duration> {
    let seconds = prop_oneof![Just(i64::MIN), Just(i64::MAX), any::<i64>(), -100..=40_000_000_i64];
    (seconds, 0..1_000_000_000_i32).prop_map(|(seconds, nanos)| {
        Duration::seconds(seconds).saturating_add(Duration::nanoseconds(nanos.into()))
    })
}

fn any_expiry() -> impl Strategy<Value = Option<Expiry>> {
    prop_oneof![
        Just(None),
        Just(Some(Expiry::OnSessionEnd)),
        any_duration().prop_map(|idle| Some(Expiry::OnInactivity(idle))),
        any_moment().prop_map(|end| Some(Expiry::AtDateTime(end))),
    ]
}

/// `SESSION_COOKIE_AGE`: any that the settings take.
fn any_age() -> impl Strategy<Value = Duration> {
    (1..=u32::MAX).prop_map(|seconds| Duration::seconds(seconds.into()))
}

proptest! {
    #[test]
    fn a_payload_opens_to_what_was_signed(
        json in any::<String>(),
        repeated in 1..2000_usize,
        now in any_moment(),
    ) {
        let json = json.repeat(repeated);
        prop_assume!(json.len() <= MAX_BYTES);
        let payload = signer("k", &[]).sign(&json, now);
        prop_assert!(payload.bytes().all(|byte| byte.is_ascii_graphic()));
        let verified = signer("new", &["k"]).verify(&payload).unwrap();
        prop_assert_eq!(verified.json, json.into_bytes());
        prop_assert_eq!(verified.signed_at.unix_timestamp(), now.unix_timestamp());
    }

    #[test]
    fn a_payload_with_any_byte_changed_is_refused(
        json in ".{0,200}",
        at in any::<prop::sample::Index>(),
        by in any::<char>(),
        now in any_moment(),
    ) {
        let payload = signer("k", &[]).sign(&json, now);
        let at = at.index(payload.len());
        let changed = format!("{}{by}{}", &payload[..at], &payload[at + 1..]);
        prop_assume!(changed != payload);
        prop_assert!(signer("k", &[]).verify(&changed).is_err());
        prop_assert!(signer("k", &[]).verify(&payload[..at]).is_err());
    }

    #[test]
    fn a_payload_opens_for_its_key_and_its_purpose_alone(
        key in "[!-~].{0,49}",
        other in "[!-~].{0,49}",
        now in any_moment(),
    ) {
        prop_assume!(key != other);
        let payload = signer(&key, &[]).sign("{}", now);
        prop_assert_eq!(signer(&other, &[]).verify(&payload), Err(VerifyError::BadSignature));
        let elsewhere = Signer::new(&SecretKeys::allow_short(key).unwrap(), SIGNED_COOKIES_SALT);
        prop_assert_eq!(elsewhere.verify(&payload), Err(VerifyError::BadSignature));
    }

    #[test]
    fn what_nobody_signed_is_refused(text in ".{0,300}", parts in "[A-Za-z0-9_.:-]{0,300}") {
        prop_assert!(signer("k", &[]).verify(&text).is_err());
        prop_assert!(signer("k", &[]).verify(&parts).is_err());
    }

    #[test]
    fn a_key_is_32_of_36_characters_and_nothing_else(
        text in prop_oneof!["[a-z0-9]{32}", "[a-z0-9]{31,33}", ".{0,40}", "[a-f0-9]{40}"],
    ) {
        let is_key = text.len() == 32
            && text.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit());
        let key = SessionKey::parse(text.as_bytes());
        prop_assert_eq!(key.is_some(), is_key);
        if let Some(key) = key {
            prop_assert_eq!(key.expose(), &text);
            for hashed in [true, false] {
                let stored = key.stored(hashed);
                prop_assert_eq!(StoredKey::parse(stored.as_str()), Some(stored.clone()));
                // A stored hash sent as a cookie opens nothing.
                prop_assert_eq!(SessionKey::parse(stored.as_str().as_bytes()).is_some(), !hashed);
                let log = format!("{key:?} {stored:?} {}", key.fingerprint());
                prop_assert!(!log.contains(&text), "{}", log);
            }
        }
    }

    #[test]
    fn stored_keys_are_safe_in_paths_and_protocols(text in any::<String>()) {
        if let Some(key) = StoredKey::parse(&text) {
            prop_assert!(key.as_str().bytes().all(|byte| byte.is_ascii_alphanumeric()));
        }
    }

    #[test]
    fn a_policy_survives_the_session_and_the_handler(expiry in any_expiry()) {
        let policy = ExpiryPolicy::from_expiry(expiry);
        prop_assert_eq!(ExpiryPolicy::from_value(policy.to_value().as_ref()), policy);
        prop_assert_eq!(ExpiryPolicy::from_expiry(policy.to_expiry()), policy);
    }

    #[test]
    fn whatever_stands_in_a_session_has_an_end_that_every_store_can_hold(
        value in any_value(),
        now in any_now(),
        age in any_age(),
    ) {
        let policy = ExpiryPolicy::from_value(Some(&value));
        let end = policy.row_end(now, age);
        prop_assert!(end >= OffsetDateTime::UNIX_EPOCH && end <= NEVER, "{end}");
        prop_assert_eq!(end.offset(), UtcOffset::UTC);
        prop_assert_eq!(end.nanosecond() % 1000, 0);
        prop_assert!(policy.cookie_age(now, age).is_none_or(|age| age >= Duration::ZERO));
        // None of these may panic.
        policy.touch_due(end, now);
        policy.is_over(end, now);
    }

    #[test]
    fn an_end_is_not_before_it_was_asked_for_and_at_most_a_microsecond_off(
        expiry in any_expiry(),
        now in any_now(),
        age in any_age(),
    ) {
        let asked = match expiry {
            None | Some(Expiry::OnSessionEnd) => now.saturating_add(age),
            // Whole seconds, rounded up.
            Some(Expiry::OnInactivity(idle)) if idle <= Duration::ZERO => now,
            Some(Expiry::OnInactivity(idle)) => now.saturating_add(idle),
            Some(Expiry::AtDateTime(end)) => end,
        };
        let policy = ExpiryPolicy::from_expiry(expiry);
        let end = policy.row_end(now, age);
        if asked <= now {
            prop_assert!(policy.is_over(end, now) && policy.is_over(NEVER, now));
        } else if asked >= NEVER {
            prop_assert_eq!(end, NEVER);
        } else {
            prop_assert!(end > asked - Duration::MICROSECOND, "{end} for {asked}");
            prop_assert!(end < asked + Duration::SECOND, "{end} for {asked}");
        }
    }

    #[test]
    fn the_browser_keeps_a_cookie_as_long_as_the_store_keeps_the_row(
        expiry in any_expiry(),
        now in any_now(),
        age in any_age(),
    ) {
        let policy = ExpiryPolicy::from_expiry(expiry);
        let end = policy.row_end(now, age);
        match policy.cookie_age(now, age) {
            None => prop_assert_eq!(policy, ExpiryPolicy::Close),
            Some(kept) if policy == ExpiryPolicy::Never => prop_assert_eq!(kept, LONGEST_COOKIE),
            Some(kept) => prop_assert!(now.saturating_add(kept) >= end || end == NEVER),
        }
    }

    #[test]
    fn only_visits_to_idle_sessions_touch_and_never_bring_the_end_forward(
        expiry in any_expiry(),
        now in any_now(),
        later in 0..100_000_000_i64,
        age in any_age(),
    ) {
        let policy = ExpiryPolicy::from_expiry(expiry);
        let end = policy.row_end(now, age);
        let visit = now + Duration::seconds(later);
        if policy.touch_due(end, visit) {
            prop_assert!(matches!(policy, ExpiryPolicy::Idle(_)));
            prop_assert!(policy.row_end(visit, age) >= end);
        }
        // At once after a change nothing is due, so reading a page doesn't write.
        if let ExpiryPolicy::Idle(idle) = policy {
            prop_assert!(idle < Duration::seconds(100) || !policy.touch_due(end, now));
        }
    }
}

/// What may stand under `_session_expiry`, by whatever hand.
fn any_value() -> impl Strategy<Value = Value> {
    prop_oneof![
        any::<i64>().prop_map(Value::from),
        any::<u64>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        any::<String>().prop_map(Value::from),
        Just(json!(null)),
        Just(json!(["2031-01-01T00:00:00+00:00"])),
        "-?[0-9]{4}-[01][0-9]-[0-3][0-9]T[0-2][0-9]:[0-5][0-9]:[0-6][0-9](\\.[0-9]{1,9})?(Z|[+-][0-2][0-9]:[0-5][0-9])?"
            .prop_map(Value::from),
    ]
}
