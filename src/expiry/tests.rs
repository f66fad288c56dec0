use serde_json::json;

use super::*;

const NOW: OffsetDateTime = datetime!(2026-11-23 12:00:00 UTC);
const AGE: Duration = Duration::weeks(2);
const END: OffsetDateTime = datetime!(2031-02-03 04:05:06.789012 UTC);

#[test]
fn each_form_turns_into_the_others() {
    for (policy, value) in [
        (ExpiryPolicy::Default, None),
        (ExpiryPolicy::Close, Some(json!(0))),
        (ExpiryPolicy::Idle(Duration::seconds(10)), Some(json!(10))),
        (ExpiryPolicy::Until(END), Some(json!("2031-02-03T04:05:06.789012+00:00"))),
        (ExpiryPolicy::Never, Some(json!("9999-12-31T23:59:59+00:00"))),
    ] {
        assert_eq!(policy.to_value(), value);
        assert_eq!(ExpiryPolicy::from_value(value.as_ref()), policy);
        assert_eq!(ExpiryPolicy::from_expiry(policy.to_expiry()), policy);
    }
}

#[test]
fn djangos_other_forms_are_read() {
    for (value, policy) in [
        (json!(null), ExpiryPolicy::Default),
        (json!("2031-02-03T04:05:06.789012"), ExpiryPolicy::Until(END)),
        (json!("2031-02-03T12:05:06.789012+08:00"), ExpiryPolicy::Until(END)),
        (json!("2031-02-03 04:05:06.789012+00:00"), ExpiryPolicy::Until(END)),
        (json!("20310203T040506.789012Z"), ExpiryPolicy::Until(END)),
        (json!("2031-02-03T12:10:49.789012+08:05:43"), ExpiryPolicy::Until(END)),
        (json!("2031-02-02T19:59:16.789012-08:05:50"), ExpiryPolicy::Until(END)),
        (json!("2031-02-03"), ExpiryPolicy::Until(datetime!(2031-02-03 0:00 UTC))),
        (json!(1800.0), ExpiryPolicy::Idle(Duration::minutes(30))),
        (json!(1.8e3), ExpiryPolicy::Idle(Duration::minutes(30))),
        (json!(1799.01), ExpiryPolicy::Idle(Duration::minutes(30))),
        (json!(0.25), ExpiryPolicy::Idle(Duration::SECOND)),
        (json!(true), ExpiryPolicy::Idle(Duration::SECOND)),
        (json!(1e300), ExpiryPolicy::Idle(Duration::seconds(i64::MAX))),
        (json!(u64::MAX), ExpiryPolicy::Idle(Duration::seconds(i64::MAX))),
        (json!(0.0), ExpiryPolicy::Close),
        (json!(-0.0), ExpiryPolicy::Close),
        (json!(false), ExpiryPolicy::Close),
        (json!(-5), ExpiryPolicy::Until(OffsetDateTime::UNIX_EPOCH)),
        (json!(-0.5), ExpiryPolicy::Until(OffsetDateTime::UNIX_EPOCH)),
        (json!(-1e300), ExpiryPolicy::Until(OffsetDateTime::UNIX_EPOCH)),
        (json!("nonsense"), ExpiryPolicy::Default),
        (json!([1]), ExpiryPolicy::Default),
    ] {
        assert_eq!(ExpiryPolicy::from_value(Some(&value)), policy, "{value}");
    }
}

#[test]
fn idle_is_whole_positive_seconds() {
    let idle = |idle| ExpiryPolicy::from_expiry(Some(Expiry::OnInactivity(idle)));
    assert_eq!(idle(Duration::milliseconds(1500)), ExpiryPolicy::Idle(Duration::seconds(2)));
    assert!(idle(Duration::ZERO).is_over(NEVER, NOW));
    assert!(idle(Duration::seconds(-1)).is_over(NEVER, NOW));
}

#[test]
fn promise_10_an_instant_binds_whatever_the_row_says() {
    assert!(ExpiryPolicy::Until(NOW).is_over(NEVER, NOW));
    assert!(!ExpiryPolicy::Until(NOW + Duration::SECOND).is_over(NEVER, NOW));
    assert!(ExpiryPolicy::Default.is_over(NOW, NOW));
    assert!(!ExpiryPolicy::Default.is_over(NOW + Duration::MICROSECOND, NOW));
}

#[test]
fn promise_3_touches_wait_for_one_percent() {
    let idle = ExpiryPolicy::Idle(Duration::seconds(1000));
    let end = idle.row_end(NOW, AGE);
    assert!(!idle.touch_due(end, NOW + Duration::milliseconds(9_999)));
    assert!(idle.touch_due(end, NOW + Duration::seconds(10)));
    for still in
        [ExpiryPolicy::Default, ExpiryPolicy::Close, ExpiryPolicy::Until(END), ExpiryPolicy::Never]
    {
        assert!(!still.touch_due(NOW, NOW + Duration::days(10)));
    }
}

#[test]
fn an_absolute_end_binds_whatever_the_policy_says() {
    let latest = NOW + Duration::seconds(1000);
    let expiry = |policy| EffectiveExpiry { policy, latest };
    for policy in [
        ExpiryPolicy::Default,
        ExpiryPolicy::Idle(Duration::seconds(600)),
        ExpiryPolicy::Until(END),
        ExpiryPolicy::Close,
        ExpiryPolicy::Never,
    ] {
        let late = NOW + Duration::seconds(900);
        assert_eq!(expiry(policy).row_end(late, AGE), latest, "{policy:?}");
        assert!(!expiry(policy).is_over(NEVER, latest - Duration::MICROSECOND));
        assert!(expiry(policy).is_over(NEVER, latest));
        assert!(!expiry(policy).touch_due(latest, latest - Duration::SECOND));
        let age = expiry(policy).cookie_age(late, AGE);
        assert!(age.is_none_or(|age| age == Duration::seconds(100)), "{age:?}");
    }
    let idle = expiry(ExpiryPolicy::Idle(Duration::seconds(600)));
    assert!(idle.touch_due(NOW + Duration::seconds(600), NOW + Duration::seconds(300)));
}

#[test]
fn far_ends_stop_at_the_last_that_stores_can_hold() {
    let idle = ExpiryPolicy::Idle(Duration::seconds(i64::MAX));
    assert_eq!(idle.row_end(NOW, AGE), NEVER);
}

#[test]
fn the_cookie_lives_as_long_as_the_row_at_least() {
    let end = NOW + Duration::milliseconds(1500);
    assert_eq!(ExpiryPolicy::Until(end).cookie_age(NOW, AGE), Some(Duration::seconds(2)));
    assert_eq!(ExpiryPolicy::Default.cookie_age(NOW, AGE), Some(AGE));
    assert_eq!(ExpiryPolicy::Close.cookie_age(NOW, AGE), None);
    assert_eq!(ExpiryPolicy::Never.cookie_age(NOW, AGE), Some(Duration::seconds(34_560_000)));
}
