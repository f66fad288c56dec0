//! What a visitor does who goes back and forth, and what each site has to see of it.

use futures_util::future::{BoxFuture, join};
use huihua::{
    Clock,
    django::{Reading, read},
};
use serde_json::json;
use servers::Django;
use time::Duration;

use crate::{
    Both, ours,
    ours::Ours,
    site,
    visitor::{Peer, Visitor},
};

/// One thing that has to hold on every store, but for those named.
pub(crate) struct Case {
    pub(crate) name: &'static str,
    pub(crate) run: for<'a> fn(&'a Both) -> BoxFuture<'a, ()>,
    only_on: Option<&'static [&'static str]>,
    not_on: &'static [&'static str],
}

impl Case {
    pub(crate) fn runs_on(&self, store: &str) -> bool {
        self.only_on.is_none_or(|stores| stores.contains(&store)) && !self.not_on.contains(&store)
    }
}

macro_rules! cases {
    ($($name:ident $(only on $only:expr)? $(, not on $not:expr)?;)*) => {
        pub(crate) const ALL: &[Case] = &[$(Case {
            name: stringify!($name),
            run: |both| Box::pin($name(both)),
            only_on: cases!(@only $($only)?),
            not_on: cases!(@not $($not)?),
        }),*];
    };
    (@only $only:expr) => { Some($only) };
    (@only) => { None };
    (@not $not:expr) => { $not };
    (@not) => { &[] };
}

cases! {
    what_django_creates_is_read_by_us;
    what_we_create_is_read_by_django;
    what_django_changes_is_seen_by_us;
    what_we_change_is_seen_by_django;
    an_expiry_that_django_sets_holds_for_us;
    an_expiry_that_we_set_holds_for_django;
    // django-redis-sessions asks Redis for a lifetime below 0, and fails.
    a_session_that_django_ends_is_over_for_us, not on &["redis_by_django_redis_sessions"];
    a_session_that_we_end_is_over_for_django;
    a_key_that_django_cycles_is_known_to_us;
    a_key_that_we_cycle_is_known_to_django;
    a_logout_in_django_is_one_here;
    a_logout_here_is_one_in_django;
    what_we_do_not_know_survives_us;
    what_django_compressed_survives_us;
    pythons_own_types_survive_us only on &["cache_on_redis", "cache_on_memcached"];
    a_user_of_django_is_known_to_us;
    a_password_changed_in_django_logs_out_here;
    a_user_who_logs_out_here_is_logged_out_of_django;
    messages_of_django_survive_us;
    a_minute_between_the_clocks_logs_nobody_out;
    secrets_are_rotated_on_one_side_after_the_other
        only on &["db_on_sqlite", "signed_cookies", "cache_on_redis"];
    the_table_may_be_ours_first only on &["db_on_sqlite", "db_on_postgres", "db_on_mariadb"];
    of_writes_at_once_ours_lose_none_of_djangos, not on &["signed_cookies", "file"];
    the_doctor_says_why_a_session_is_not_read;
}

async fn what_django_creates_is_read_by_us(both: &Both) {
    is_created_and_read(&both.django(), &both.ours()).await;
}

async fn what_we_create_is_read_by_django(both: &Both) {
    is_created_and_read(&both.ours(), &both.django()).await;
}

async fn is_created_and_read(from: &Peer, to: &Peer) {
    let mut visitor = Visitor::new();
    let order = json!({ "set": {
        "uname": "小明", "n": null, "yes": true, "int": -7, "float": 1.5,
        "nested": {"list": [1, [], {"名": "值"}]}, "control": "\u{0}\u{7f}\u{2028}\"\\\n😀",
    }});
    let here = visitor.tells(from, order).await;
    let there = visitor.looks_at(to).await;
    assert_eq!(there.data["uname"], "\"小明\"");
    assert_eq!(there.data.len(), 7);
    for (key, value) in &here.data {
        // Each writes JSON in its own way.
        let same: serde_json::Value = serde_json::from_str(value).unwrap();
        let other: serde_json::Value = serde_json::from_str(&there.data[key]).unwrap();
        assert_eq!(same, other, "{key}");
    }
}

async fn what_django_changes_is_seen_by_us(both: &Both) {
    is_changed_and_seen(&both.django(), &both.ours()).await;
}

async fn what_we_change_is_seen_by_django(both: &Both) {
    is_changed_and_seen(&both.ours(), &both.django()).await;
}

/// `to` makes the session, so that `from` changes what it didn't write.
async fn is_changed_and_seen(from: &Peer, to: &Peer) {
    let mut visitor = Visitor::new();
    visitor.tells(to, json!({ "set": {"a": 1, "b": [1, {"c": null}], "d": "x"} })).await;
    visitor.tells(from, json!({ "set": {"a": 2} })).await;
    let seen = visitor.looks_at(to).await;
    assert_eq!((seen.data["a"].as_str(), seen.data["d"].as_str()), ("2", "\"x\""));
    assert_eq!(seen.data["b"], r#"[1,{"c":null}]"#);
    visitor.tells(from, json!({ "delete": ["b", "d"] })).await;
    let seen = visitor.looks_at(to).await;
    assert_eq!(seen.data.into_iter().collect::<Vec<_>>(), [("a".into(), "2".into())]);
}

async fn an_expiry_that_django_sets_holds_for_us(both: &Both) {
    expiry_holds(&both.django(), &both.ours()).await;
}

async fn an_expiry_that_we_set_holds_for_django(both: &Both) {
    expiry_holds(&both.ours(), &both.django()).await;
}

async fn expiry_holds(from: &Peer, to: &Peer) {
    let two_weeks = 14 * 86_400;
    let mut visitor = Visitor::new();
    visitor.tells(to, json!({ "set": {"uname": "小明"} })).await;
    for (order, lasts, close) in [
        (json!({ "idle": 3600 }), 3600, false),
        (json!({ "lasts": 5 * 86_400 }), 5 * 86_400, false),
        (json!({ "close": null }), two_weeks, true),
        (json!({ "default": null }), two_weeks, false),
    ] {
        visitor.tells(from, order.clone()).await;
        for peer in [to, from] {
            let seen = visitor.looks_at(peer).await;
            assert_eq!(seen.data["uname"], "\"小明\"", "{order}");
            assert!((seen.lasts - lasts).abs() <= 5, "{order}: {}", seen.lasts);
            assert_eq!(seen.close, close, "{order}");
        }
    }
}

async fn a_session_that_django_ends_is_over_for_us(both: &Both) {
    end_is_seen(&both.django(), &both.ours()).await;
}

async fn a_session_that_we_end_is_over_for_django(both: &Both) {
    end_is_seen(&both.ours(), &both.django()).await;
}

/// By an end that has passed, not by a logout.
async fn end_is_seen(from: &Peer, to: &Peer) {
    let mut visitor = Visitor::new();
    visitor.tells(to, json!({ "set": {"uname": "小明"} })).await;
    let before = visitor.clone();
    visitor.tells(from, json!({ "lasts": -1 })).await;
    for peer in [to, from] {
        assert!(visitor.looks_at(peer).await.data.is_empty());
        if before.cookie().len() == 32 {
            assert!(before.clone().looks_at(peer).await.data.is_empty());
        }
    }
}

async fn a_key_that_django_cycles_is_known_to_us(both: &Both) {
    key_is_cycled(both, &both.django(), &both.ours()).await;
}

async fn a_key_that_we_cycle_is_known_to_django(both: &Both) {
    key_is_cycled(both, &both.ours(), &both.django()).await;
}

async fn key_is_cycled(both: &Both, from: &Peer, to: &Peer) {
    let mut visitor = Visitor::new();
    visitor.tells(to, json!({ "set": {"uname": "小明"} })).await;
    let mut thief = visitor.clone();
    visitor.tells(from, json!({ "cycle": null })).await;
    for peer in [to, from] {
        assert_eq!(visitor.looks_at(peer).await.data["uname"], "\"小明\"");
    }
    if !both.in_cookies() {
        assert_ne!(visitor.cookie(), thief.cookie());
        for peer in [to, from] {
            assert!(thief.clone().looks_at(peer).await.data.is_empty());
        }
    }
    thief.looks_at(to).await;
}

async fn a_logout_in_django_is_one_here(both: &Both) {
    logout_is_seen(both, &both.django(), &both.ours()).await;
}

async fn a_logout_here_is_one_in_django(both: &Both) {
    logout_is_seen(both, &both.ours(), &both.django()).await;
}

async fn logout_is_seen(both: &Both, from: &Peer, to: &Peer) {
    let mut visitor = Visitor::new();
    visitor.tells(to, json!({ "set": {"uname": "小明"} })).await;
    // Both have read it, so that it is in every cache.
    visitor.looks_at(from).await;
    visitor.looks_at(to).await;
    let thief = visitor.clone();
    visitor.tells(from, json!({ "flush": null })).await;
    assert_eq!(visitor.cookie(), "");
    for peer in [to, from] {
        assert!(visitor.looks_at(peer).await.data.is_empty());
        if !both.in_cookies() {
            assert!(thief.clone().looks_at(peer).await.data.is_empty());
        }
    }
}

/// Django writes, we change another key, Django reads: what it wrote is still what it was.
async fn survives(both: &Both, python: &str) {
    let mut visitor = Visitor::new();
    visitor.tells(&both.django(), json!({ "python": python })).await;
    // As its own engine gives it back.
    let before = visitor.looks_at(&both.django()).await.python;
    let seen = visitor.tells(&both.ours(), json!({ "set": {"ours": 1} })).await;
    assert_eq!(seen.data["ours"], "1", "not read: {:.300}", python);
    visitor.tells(&both.ours(), json!({ "idle": 3600 })).await;
    visitor.looks_at(&both.ours()).await;
    let mut after = visitor.looks_at(&both.django()).await.python;
    assert_eq!(after.remove("ours").as_deref(), Some("1"));
    assert_eq!(after, before);
    // And once more after Django has written it again.
    visitor.tells(&both.django(), json!({ "set": {"theirs": 1} })).await;
    visitor.tells(&both.ours(), json!({ "delete": ["ours"] })).await;
    let mut after = visitor.looks_at(&both.django()).await.python;
    after.remove("theirs");
    assert_eq!(after, before);
}

async fn what_we_do_not_know_survives_us(both: &Both) {
    let python = r#"{
        "_language": "zh-hans", "none": None, "no": False, "big": -2**200, "bigger": [10**300],
        "floats": [0.1, -0.0, 1e16, 5e-324, 1.7976931348623157e308, float("inf"), float("nan")],
        "nan": float("nan"), "text": "\x00\x1f\x7f é 小明 😀 \u2028 \" \\ </script>",
        "": "empty name", "名 \n": [[], {}, [{"": [None, True]}]], "half": "\ud800",
        "deep": __import__("functools").reduce(lambda inner, _: [inner], range(60), 1),
    }"#;
    // Of half a character, Python's pickle and UTF-8 know nothing.
    let plain = python.replace(r#""half": "\ud800","#, "");
    survives(both, if both.is_pickled() { &plain } else { python }).await;
}

async fn what_django_compressed_survives_us(both: &Both) {
    // Where the session is the cookie, it has to fit into one.
    survives(both, r#"{"long": "abc" * 800, "list": list(range(200))}"#).await;
    if !both.in_cookies() {
        survives(both, r#"{"long": "小明" * 50000}"#).await;
    }
}

async fn pythons_own_types_survive_us(both: &Both) {
    survives(both, r#"{"tuple": (1, (2,)), "cart": {12: 2, True: None, "12": 1.0}}"#).await;
}

async fn a_user_of_django_is_known_to_us(both: &Both) {
    let mut visitor = Visitor::new();
    let there = visitor.tells(&both.django(), json!({ "sign_in": "known" })).await;
    assert_eq!(there.user.as_deref(), Some("known"));
    let here = visitor.looks_at(&both.ours()).await;
    assert_eq!(here.data["_auth_user_id"], format!("\"{}\"", here.user.unwrap()));
    assert_eq!(here.backend.as_deref(), Some("django.contrib.auth.backends.ModelBackend"));
    let here = visitor.tells(&both.ours(), json!({ "confirm": there.password })).await;
    assert_eq!(here.confirmed, Some(true));
    visitor.tells(&both.ours(), json!({ "set": {"ours": 1} })).await;
    let there = visitor.looks_at(&both.django()).await;
    assert_eq!(there.user.as_deref(), Some("known"));
}

async fn a_password_changed_in_django_logs_out_here(both: &Both) {
    let (mut visitor, mut elsewhere) = (Visitor::new(), Visitor::new());
    for visitor in [&mut visitor, &mut elsewhere] {
        visitor.tells(&both.django(), json!({ "sign_in": "changing" })).await;
    }
    let changed = elsewhere.tells(&both.django(), json!({ "password": "second" })).await;
    let user = elsewhere.tells(&both.django(), json!({ "sign_in": "changing" })).await;
    assert_ne!(changed.password, "");
    let here = visitor.tells(&both.ours(), json!({ "confirm": user.password })).await;
    assert_eq!(here.confirmed, Some(false));
    assert!(here.data.is_empty());
    assert_eq!(visitor.looks_at(&both.django()).await.user, None);
}

async fn a_user_who_logs_out_here_is_logged_out_of_django(both: &Both) {
    let mut visitor = Visitor::new();
    visitor.tells(&both.django(), json!({ "sign_in": "leaving" })).await;
    visitor.tells(&both.ours(), json!({ "flush": null })).await;
    let there = visitor.looks_at(&both.django()).await;
    assert_eq!((there.user, there.data.len()), (None, 0));
}

async fn messages_of_django_survive_us(both: &Both) {
    let mut visitor = Visitor::new();
    visitor.tells(&both.django(), json!({ "message": "您好 <b>" })).await;
    let before = visitor.looks_at(&both.django()).await.python;
    visitor.tells(&both.ours(), json!({ "set": {"ours": 1} })).await;
    let after = visitor.looks_at(&both.django()).await.python;
    assert_eq!(after["_messages"], before["_messages"]);
}

async fn a_minute_between_the_clocks_logs_nobody_out(both: &Both) {
    for minutes in [-1, 1] {
        let clock = Clock::from_fn(move || Clock::system().now() + Duration::minutes(minutes));
        let site = Ours::start(&both.shared.ours(&[]), clock).await;
        let ours = Peer(site.url());
        for expiry in [json!({ "idle": 3600 }), json!({ "default": null })] {
            for (from, to) in [(&both.django(), &ours), (&ours, &both.django())] {
                let mut visitor = Visitor::new();
                visitor.tells(from, json!({ "set": {"uname": "小明"} })).await;
                visitor.tells(from, expiry.clone()).await;
                for peer in [to, from, to] {
                    let seen = visitor.tells(peer, json!({ "set": {"n": 1} })).await;
                    assert_eq!(seen.data["uname"], "\"小明\"", "{minutes} {expiry}");
                }
            }
        }
    }
}

async fn secrets_are_rotated_on_one_side_after_the_other(both: &Both) {
    let (old, new, none) = ("old secret", "new secret", "");
    let mut visitor = Visitor::new();
    visitor.tells(&both.django(), json!({ "set": {"uname": "小明"} })).await;
    visitor.tells(&both.django(), json!({ "sign_in": "rotating" })).await;
    let mut password = String::new();
    for (ours, django) in [
        ((old, new), (old, none)),
        ((old, new), (new, old)),
        ((new, old), (new, old)),
        ((new, none), (new, none)),
    ] {
        let keys = |(key, fallback)| [("SECRET_KEY", key), ("SECRET_KEY_FALLBACKS", fallback)];
        let here = Ours::start(&both.shared.ours(&keys(ours)), Clock::system()).await;
        let there = Django::start(&both.python, &site(), &both.shared.django(&keys(django)));
        let (here, there) = (Peer(here.url()), Peer(there.url()));
        for n in 0..2 {
            let seen = visitor.tells(&there, json!({ "set": {"theirs": n} })).await;
            assert_eq!(seen.user.as_deref(), Some("rotating"), "{ours:?} {django:?}");
            password = seen.password;
            let seen = visitor.tells(&here, json!({ "set": {"ours": n} })).await;
            assert_eq!(seen.data["uname"], "\"小明\"", "{ours:?} {django:?}");
            let order = json!({ "confirm": password });
            let seen = visitor.tells(&here, order).await;
            assert_eq!(seen.confirmed, Some(true), "{ours:?} {django:?}");
        }
    }
    assert_ne!(password, "");
}

async fn the_table_may_be_ours_first(both: &Both) {
    let empty = both.shared.elsewhere();
    let ours = Ours::start(&both.shared.ours(&[("DATABASE_URL", &empty)]), Clock::system()).await;
    let settings = both.shared.django(&[("DATABASE_URL", &empty)]);
    let django = Django::start(&both.python, &site(), &settings);
    is_changed_and_seen(&Peer(ours.url()), &Peer(django.url())).await;
    is_changed_and_seen(&Peer(django.url()), &Peer(ours.url())).await;
}

/// Django may overwrite what we wrote since it read the session; we never overwrite it.
async fn of_writes_at_once_ours_lose_none_of_djangos(both: &Both) {
    let mut visitor = Visitor::new();
    visitor.tells(&both.django(), json!({ "set": {"uname": "小明"} })).await;
    for round in 0..40 {
        let (mut one, mut other) = (visitor.clone(), visitor.clone());
        let (django, ours) = (both.django(), both.ours());
        let theirs = one.tells(&django, json!({ "set": {format!("theirs{round}"): round} }));
        let own = other.tells(&ours, json!({ "set": {format!("ours{round}"): round} }));
        join(theirs, own).await;
        let seen = visitor.looks_at(&both.django()).await;
        assert_eq!(seen.data[&format!("theirs{round}")], round.to_string());
    }
}

async fn the_doctor_says_why_a_session_is_not_read(both: &Both) {
    let mut visitor = Visitor::new();
    visitor.tells(&both.django(), json!({ "set": {"uname": "小明"} })).await;
    let cookie = visitor.cookie().to_owned();
    let reading = async |more: &[(&str, &str)], text: &str| {
        let settings = ours::read(&both.shared.ours(more));
        read(&settings, text).await.unwrap()
    };
    assert!(reading(&[], &cookie).await.is_fine(), "{}", reading(&[], &cookie).await);
    let other = if both.in_cookies() {
        [("SESSION_ENGINE", "db")]
    } else {
        [("SESSION_ENGINE", "signed_cookies")]
    };
    assert!(matches!(reading(&other, &cookie).await, Reading::OtherEngine { .. }));
    assert_eq!(reading(&[], "nonsense").await, Reading::Malformed);
    // What Django pickles is not signed.
    if !both.is_pickled() {
        let secret = [("SECRET_KEY", "another")];
        assert_eq!(reading(&secret, &cookie).await, Reading::WrongSecret);
    }
    if !both.in_cookies() {
        let nobody = "0123456789abcdefghijklmnopqrstuv";
        assert!(matches!(reading(&[], nobody).await, Reading::Unknown { .. }));
        if !both.is_pickled() && !both.is_beside() {
            let hashed = [("SESSION_HASH_KEYS", "true")];
            assert_eq!(reading(&hashed, &cookie).await, Reading::KeysAreHashed);
        }
    }
    // The browser drops the cookie at once, but the doctor may be asked of it all the same.
    if both.keeps_what_has_ended() {
        visitor.tells(&both.django(), json!({ "lasts": -1 })).await;
        let reading = reading(&[], &cookie).await;
        assert!(matches!(reading, Reading::Expired { .. }), "{reading}");
    }
}
