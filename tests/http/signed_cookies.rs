//! Sessions that live in their cookies.

use std::sync::Arc;

use axum::{Extension, Router, extract::Path, http::StatusCode, routing::get};
use huihua::{
    SecretKeys, Session, SessionLayer,
    signing::{SERVER_SIDE_SALT, SIGNED_COOKIES_SALT, Signer},
};
use time::Duration;

use crate::{
    routes::routes,
    site::{Browser, START, Site},
};

fn keys() -> SecretKeys {
    SecretKeys::allow_short("test").unwrap()
}

fn app(site: &Site) -> Router {
    let layer = SessionLayer::signed_cookies(&keys());
    routes().layer(layer.with_secure(false).with_clock(site.clock.clone()))
}

#[tokio::test]
async fn the_whole_session_is_in_the_cookie_as_djangos_is() {
    let site = Site::new().await;
    let browser = Browser::new(&app(&site));
    assert_eq!(browser.get("/").await.set_cookie(), None);
    browser.get("/login/ming").await;
    browser.get("/set/a/1").await;
    assert_eq!(browser.get("/items").await.text, r#"{"a":"1","uname":"ming"}"#);
    let signer = Signer::new(&keys(), SIGNED_COOKIES_SALT);
    let verified = signer.verify(&browser.key().unwrap()).unwrap();
    assert_eq!(verified.json, br#"{"a":"1","uname":"ming"}"#);
    assert_eq!(verified.signed_at, START);
    let page = browser.get("/logout").await;
    assert!(page.set_cookie().unwrap().contains("Max-Age=0"));
    assert_eq!(browser.get("/").await.text, "nobody");
    assert_eq!(site.rows().await, 0);
}

#[tokio::test]
async fn promise_3_readers_are_sent_no_new_cookie() {
    let site = Site::new().await;
    let browser = Browser::new(&app(&site));
    browser.get("/login/ming").await;
    for path in ["/", "/items", "/set/uname/ming", "/remove/missing"] {
        assert_eq!(browser.get(path).await.set_cookie(), None, "{path}");
    }
}

#[tokio::test]
async fn promise_5_another_name_starts_empty_and_a_failed_login_changes_nothing() {
    let site = Site::new().await;
    let browser = Browser::new(&app(&site));
    browser.get("/set/cart/1").await;
    browser.get("/login/ming").await;
    let page = browser.get("/failing_login/hong").await;
    assert_eq!(page.set_cookie(), None);
    assert_eq!(browser.get("/items").await.text, r#"{"cart":"1","uname":"ming"}"#);
    browser.get("/login/hong").await;
    assert_eq!(browser.get("/items").await.text, r#"{"uname":"hong"}"#);
}

#[tokio::test]
async fn promise_10_its_end_counts_from_when_it_was_signed() {
    let site = Site::new().await;
    for (choice, lasts) in [
        ("default", Duration::weeks(2)),
        ("close", Duration::weeks(2)),
        ("idle-10", Duration::seconds(10)),
        ("idle-2000000", Duration::seconds(2_000_000)),
    ] {
        let browser = Browser::new(&app(&site));
        browser.get("/login/ming").await;
        browser.get(&format!("/expiry/{choice}")).await;
        let still = Browser::new(&app(&site)).with_key(&browser.key().unwrap());
        site.pass(lasts - Duration::MILLISECOND);
        assert_eq!(still.clone().get("/without-touch").await.status, StatusCode::OK);
        assert!(still.get("/items").await.text.contains("ming"), "{choice}");
        let copied = Browser::new(&app(&site)).with_key(&browser.key().unwrap());
        site.pass(Duration::MILLISECOND);
        assert_eq!(copied.get("/").await.text, "nobody", "{choice}");
    }
}

#[tokio::test]
async fn promise_10_an_instant_binds_and_never_never_ends() {
    let site = Site::new().await;
    let (days, never) = (Browser::new(&app(&site)), Browser::new(&app(&site)));
    days.get("/login/ming").await;
    days.get("/expiry/days-5").await;
    never.get("/login/hong").await;
    never.get("/expiry/never").await;
    site.pass(Duration::days(5) - Duration::MILLISECOND);
    assert_eq!(days.get("/").await.text, "ming");
    site.pass(Duration::MILLISECOND);
    assert_eq!(days.get("/").await.text, "nobody");
    site.pass(Duration::days(390));
    let page = never.get("/").await;
    assert_eq!(page.text, "hong");
    assert!(page.set_cookie().unwrap().contains("Max-Age=34560000"));
}

#[tokio::test]
async fn visits_slide_a_session_that_ends_by_inactivity_and_asking_does_not() {
    let site = Site::new().await;
    let browser = Browser::new(&app(&site));
    browser.get("/login/ming").await;
    browser.get("/expiry/idle-10").await;
    for _ in 0..5 {
        site.pass(Duration::milliseconds(9_500));
        assert_eq!(browser.get("/").await.text, "ming");
    }
    site.pass(Duration::seconds(9));
    assert_eq!(browser.get("/without-touch").await.set_cookie(), None);
    site.pass(Duration::seconds(2));
    assert_eq!(browser.get("/").await.text, "nobody");
}

#[tokio::test]
async fn a_part_of_a_second_is_given_and_not_taken() {
    let site = Site::new().await;
    site.pass(Duration::milliseconds(900));
    let browser = Browser::new(&app(&site));
    browser.get("/login/ming").await;
    browser.get("/expiry/idle-1").await;
    site.pass(Duration::milliseconds(999));
    assert_eq!(browser.get("/").await.text, "ming");
}

#[tokio::test]
async fn what_is_too_large_is_refused_before_anything_is_sent() {
    let site = Site::new().await;
    let browser = Browser::new(&app(&site));
    browser.get("/login/ming").await;
    let before = browser.key();
    // Letters that zlib can't shorten.
    let noise: String = (0..4u8)
        .map(|part| {
            let signer = Signer::new(&SecretKeys::allow_short(part.to_string()).unwrap(), "noise");
            (0..25).map(|n| signer.sign(&format!("\"{n}\""), START)).collect::<String>()
        })
        .collect::<String>()
        .replace(':', "");
    let page = browser.get(&format!("/set/large/{noise}")).await;
    assert_eq!(page.status, StatusCode::INTERNAL_SERVER_ERROR);
    assert_eq!(page.set_cookie(), None);
    assert!(page.text.contains("more than this site keeps"), "{}", page.text);
    assert_eq!(browser.key(), before);
    assert_eq!(browser.get("/items").await.text, r#"{"uname":"ming"}"#);
    // What zlib can shorten fits.
    let long = "ab".repeat(4000);
    assert_eq!(browser.get(&format!("/set/long/{long}")).await.status, StatusCode::OK);
    assert!(browser.get("/items").await.text.contains(&long));
    assert!(browser.key().unwrap().len() + "sessionid".len() <= 4096);
}

#[tokio::test]
async fn a_handler_knows_what_would_be_too_large() {
    async fn keep(session: Session, Path(bytes): Path<usize>) -> String {
        // Letters that zlib can't shorten.
        let mut state = 1_u64;
        let noise: String = (0..bytes)
            .map(|_| {
                state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
                char::from(b"0123456789abcdefghijklmnopqrstuv"[(state >> 59) as usize])
            })
            .collect();
        session.insert("noise", noise).await.unwrap();
        let fits = session.fits().await.unwrap();
        if !fits {
            session.remove_value("noise").await.unwrap();
        }
        fits.to_string()
    }
    let site = Site::new().await;
    let layer = SessionLayer::signed_cookies(&keys()).with_clock(site.clock.clone());
    let routes = routes().route("/keep/{bytes}", get(keep));
    let app = routes.layer(layer.with_secure(false));
    let browser = Browser::new(&app);
    browser.get("/login/ming").await;
    for (bytes, fits) in [(2_000, "true"), (6_000, "false"), (1_000, "true")] {
        let page = browser.get(&format!("/keep/{bytes}")).await;
        assert_eq!((page.status, &*page.text), (StatusCode::OK, fits), "{bytes}");
    }
    assert!(browser.get("/items").await.text.contains("ming"));
}

#[tokio::test]
async fn what_we_did_not_sign_for_cookies_is_no_session() {
    let site = Site::new().await;
    let app = app(&site);
    let sign = |secret, salt| {
        let keys = SecretKeys::allow_short(secret).unwrap();
        Signer::new(&keys, salt).sign(r#"{"uname":"evil"}"#, START)
    };
    let good = sign("test", SIGNED_COOKIES_SALT);
    for (value, who) in [
        (good.clone(), "evil"),
        (sign("other", SIGNED_COOKIES_SALT), "nobody"),
        // What lies in a database is not a cookie.
        (sign("test", SERVER_SIDE_SALT), "nobody"),
        (good[1..].to_owned(), "nobody"),
        (format!("{good}A"), "nobody"),
        ("abcdefghijklmnopqrstuvwxyz012345".into(), "nobody"),
        ("::".into(), "nobody"),
    ] {
        let browser = Browser::new(&app).with_key(&value);
        let page = browser.get("/").await;
        assert_eq!(page.text, who, "{value}");
        assert_eq!(page.set_cookie(), None);
    }
}

/// Browsers send the cookie of an older or longer path first.
#[tokio::test]
async fn promise_6_of_several_cookies_the_latest_counts() {
    let site = Site::new().await;
    let app = app(&site);
    let (older, newer) = (Browser::new(&app), Browser::new(&app));
    for lasts in [0, 10] {
        older.get("/login/ming").await;
        site.pass(Duration::seconds(lasts));
        newer.get("/login/hong").await;
        let (older, newer) = (older.key().unwrap(), newer.key().unwrap());
        let nonsense = vec!["nonsense"; 20].join("; sessionid=");
        for cookies in [
            format!("{older}; sessionid={newer}"),
            format!("{nonsense}; sessionid={older}; sessionid={newer}"),
        ] {
            let both = Browser::new(&app).with_key(&cookies);
            assert_eq!(both.get("/").await.text, "hong", "{lasts}");
        }
    }
    let (older, newer) = (older.key().unwrap(), newer.key().unwrap());
    let both = Browser::new(&app).with_key(&format!("{newer}; sessionid={older}"));
    assert_eq!(both.get("/").await.text, "hong");
}

#[tokio::test]
async fn a_session_whose_time_is_over_is_reloaded_as_none() {
    async fn waits(session: Session, site: Extension<Arc<Site>>) -> String {
        let before = session.reload().await.unwrap();
        site.pass(Duration::seconds(1000));
        format!("{before}, then {}", session.reload().await.unwrap())
    }
    let site = Arc::new(Site::new().await);
    let layer = SessionLayer::signed_cookies(&keys()).with_clock(site.clock.clone());
    let layer = layer.with_secure(false);
    let waits = Router::new().route("/", get(waits).layer(Extension(site.clone())));
    let browser = Browser::new(&app(&site));
    browser.get("/login/ming").await;
    browser.get("/expiry/idle-1000").await;
    let page = browser.on(&waits.layer(layer)).get("/").await;
    assert_eq!(page.text, "true, then false");
}
