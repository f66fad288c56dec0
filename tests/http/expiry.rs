//! Each expiry policy, by the row and by the cookie.

use axum::{Router, http::StatusCode, routing::get};
use huihua::{Clock, Engine, SecretKeys, Session, SessionLayer, expiry::NEVER};
use time::{Duration, macros::datetime};

use crate::{
    routes::{app, routes},
    site::{Browser, START, Site},
};

#[tokio::test]
async fn default_ends_two_weeks_after_the_last_change() {
    let site = Site::new().await;
    let browser = Browser::new(&app(&site));
    let page = browser.get("/login/ming").await;
    let cookie = page.set_cookie().unwrap().to_owned();
    assert!(cookie.contains("Max-Age=1209600"), "{cookie}");
    assert!(cookie.contains("Expires=Mon, 07 Dec 2026 12:00:00 GMT"), "{cookie}");
    assert!(cookie.contains("HttpOnly; SameSite=Lax") && cookie.contains("Path=/"), "{cookie}");
    assert!(!cookie.contains("Secure"), "{cookie}");
    assert_eq!(site.row_end().await, START + Duration::weeks(2));

    site.pass(Duration::days(7));
    browser.get("/").await;
    assert_eq!(site.row_end().await, START + Duration::weeks(2));
    let page = browser.get("/set/colour/red").await;
    assert!(page.set_cookie().unwrap().contains("Max-Age=1209600"));
    assert_eq!(site.row_end().await, START + Duration::weeks(3));

    site.pass(Duration::weeks(2) - Duration::SECOND);
    assert_eq!(browser.get("/").await.text, "ming");
    site.pass(Duration::SECOND);
    assert_eq!(browser.get("/").await.text, "nobody");
}

#[tokio::test]
async fn the_time_that_is_left_is_in_whole_seconds() {
    let site = Site::new().await;
    async fn age(session: Session) -> String {
        session.expiry_age().to_string()
    }
    let browser = Browser::new(&routes().route("/age", get(age)).layer(site.layer()));
    browser.get("/login/ming").await;
    for (passes, age) in [(0, "14d"), (1, "14d"), (998, "14d"), (1, "13d23h59m59s")] {
        site.pass(Duration::milliseconds(passes));
        assert_eq!(browser.get("/age").await.text, age);
    }
}

#[tokio::test]
async fn idle_slides_on_visits_and_really_ends() {
    let site = Site::new().await;
    let browser = Browser::new(&app(&site));
    browser.get("/login/ming").await;
    let page = browser.get("/expiry/idle-100").await;
    assert!(page.set_cookie().unwrap().contains("Max-Age=100"));
    assert_eq!(site.row_end().await, START + Duration::seconds(100));

    // Within 1% of its time nothing is written.
    site.pass(Duration::milliseconds(900));
    assert_eq!(browser.get("/").await.set_cookie(), None);
    assert_eq!(site.row_end().await, START + Duration::seconds(100));

    for visit in 1..=10 {
        site.pass(Duration::seconds(99));
        let page = browser.get("/").await;
        assert_eq!(page.text, "ming", "visit {visit}");
        assert!(page.set_cookie().unwrap().contains("Max-Age=100"));
    }
    site.pass(Duration::seconds(100));
    assert_eq!(browser.get("/").await.text, "nobody");
}

#[tokio::test]
async fn asking_whether_it_lives_does_not_slide_it() {
    let site = Site::new().await;
    let browser = Browser::new(&app(&site));
    browser.get("/login/ming").await;
    browser.get("/expiry/idle-100").await;
    site.pass(Duration::seconds(50));
    let page = browser.get("/without-touch").await;
    assert_eq!(page.set_cookie(), None);
    assert_eq!(page.text, (START + Duration::seconds(100)).to_string());
    site.pass(Duration::seconds(50));
    assert_eq!(browser.get("/").await.text, "nobody");
}

#[tokio::test]
async fn days_end_at_a_fixed_instant() {
    let site = Site::new().await;
    let browser = Browser::new(&app(&site));
    browser.get("/login/ming").await;
    let page = browser.get("/expiry/days-5").await;
    assert!(page.set_cookie().unwrap().contains("Max-Age=432000"));
    site.pass(Duration::days(4));
    // A change says again how long the cookie lives: what is left.
    let page = browser.get("/set/colour/red").await;
    assert!(page.set_cookie().unwrap().contains("Max-Age=86400"));
    assert_eq!(site.row_end().await, START + Duration::days(5));
    site.pass(Duration::DAY);
    assert_eq!(browser.get("/").await.text, "nobody");
}

#[tokio::test]
async fn close_ends_with_the_browser_and_on_the_server_after_two_weeks() {
    let site = Site::new().await;
    let browser = Browser::new(&app(&site));
    browser.get("/login/ming").await;
    let page = browser.get("/expiry/close").await;
    let cookie = page.set_cookie().unwrap();
    assert!(!cookie.contains("Max-Age") && !cookie.contains("Expires"), "{cookie}");
    assert_eq!(site.row_end().await, START + Duration::weeks(2));
    site.pass(Duration::weeks(2));
    assert_eq!(browser.get("/").await.text, "nobody");
}

#[tokio::test]
async fn never_never_ends_and_visits_renew_the_cookie() {
    let site = Site::new().await;
    let browser = Browser::new(&app(&site));
    browser.get("/login/ming").await;
    let page = browser.get("/expiry/never").await;
    assert!(page.set_cookie().unwrap().contains("Max-Age=34560000"));
    assert_eq!(site.row_end().await, NEVER);
    site.pass(Duration::days(36_500));
    let page = browser.get("/").await;
    assert_eq!(page.text, "ming");
    assert!(page.set_cookie().unwrap().contains("Max-Age=34560000"));
}

#[tokio::test]
async fn the_choice_is_remembered_and_comes_along_with_a_new_key() {
    let site = Site::new().await;
    let browser = Browser::new(&app(&site));
    browser.get("/login/ming").await;
    browser.get("/expiry/idle-100").await;
    let page = browser.get("/cycle").await;
    assert!(page.set_cookie().unwrap().contains("Max-Age=100"));
    assert_eq!(site.row_end().await, START + Duration::seconds(100));
    // Somebody else starts with the site's own.
    let page = browser.get("/login/hong").await;
    assert!(page.set_cookie().unwrap().contains("Max-Age=1209600"));
}

#[tokio::test]
async fn what_stock_handlers_choose_is_remembered_too() {
    let site = Site::new().await;
    let browser = Browser::new(&app(&site));
    browser.get("/login/ming").await;
    let page = browser.get("/stock_expiry/idle-100").await;
    assert!(page.set_cookie().unwrap().contains("Max-Age=100"));
    site.pass(Duration::seconds(50));
    let page = browser.get("/").await;
    assert!(page.set_cookie().unwrap().contains("Max-Age=100"));
    let page = browser.get("/stock_expiry/default").await;
    assert!(page.set_cookie().unwrap().contains("Max-Age=1209600"));
}

#[tokio::test]
async fn choosing_the_same_again_counts_from_now() {
    let site = Site::new().await;
    let browser = Browser::new(&app(&site));
    browser.get("/login/ming").await;
    site.pass(Duration::DAY);
    let page = browser.get("/expiry/default").await;
    assert!(page.set_cookie().unwrap().contains("Max-Age=1209600"));
    assert_eq!(site.row_end().await, START + Duration::days(15));
}

#[tokio::test]
async fn a_choice_that_has_passed_ends_the_session() {
    let site = Site::new().await;
    let browser = Browser::new(&app(&site));
    browser.get("/login/ming").await;
    let page = browser.get("/expiry/days--1").await;
    assert!(page.set_cookie().unwrap().contains("Max-Age=0"));
    assert_eq!(browser.get("/").await.text, "nobody");
    assert_eq!(site.rows().await, 0);
}

#[tokio::test]
async fn the_sites_own_choice_holds_where_a_session_has_none() {
    let site = Site::new().await;
    let layer = site.layer().with_expiry(huihua::tower_sessions::Expiry::OnSessionEnd);
    let browser = Browser::new(&crate::routes::routes().layer(layer));
    let page = browser.get("/login/ming").await;
    assert!(!page.set_cookie().unwrap().contains("Max-Age"));
    let page = browser.get("/expiry/idle-10").await;
    assert!(page.set_cookie().unwrap().contains("Max-Age=10"));
    let page = browser.get("/expiry/default").await;
    assert!(!page.set_cookie().unwrap().contains("Max-Age"));
}

#[tokio::test]
async fn saving_at_every_request_slides_every_session() {
    let site = Site::new().await;
    let layer = site.layer().with_always_save(true);
    let browser = Browser::new(&crate::routes::routes().layer(layer));
    browser.get("/login/ming").await;
    site.pass(Duration::DAY);
    let page = browser.get("/").await;
    assert!(page.set_cookie().unwrap().contains("Max-Age=1209600"));
    assert_eq!(site.row_end().await, START + Duration::days(15));
}

#[tokio::test]
async fn expired_rows_are_cleared_and_others_are_not() {
    let site = Site::new().await;
    let app = app(&site);
    for number in 0..600 {
        let browser = Browser::new(&app);
        let expiry = if number % 3 == 0 { "never" } else { "idle-10" };
        browser.get(&format!("/login/n{number}")).await;
        browser.get(&format!("/expiry/{expiry}")).await;
    }
    site.pass(Duration::seconds(10));
    assert_eq!(site.db.clear_expired().await.unwrap(), 400);
    assert_eq!(site.db.clear_expired().await.unwrap(), 0);
    assert_eq!(site.rows().await, 200);
}

#[tokio::test]
async fn the_row_is_djangos_to_the_letter() {
    let site = Site::new().await;
    let browser = Browser::new(&app(&site));
    browser.get("/login/ming").await;
    site.pass(Duration::milliseconds(1500));
    browser.get("/expiry/idle-10").await;
    assert_eq!(
        site.text("SELECT expire_date FROM django_session").await,
        "2026-11-23 12:00:11.500000"
    );
    let columns = "SELECT group_concat(name || ' ' || type || ' ' || \"notnull\" || ' ' || pk) \
                   FROM pragma_table_info('django_session')";
    assert_eq!(
        site.text(columns).await,
        "session_key varchar(40) 1 1,session_data TEXT 1 0,expire_date datetime 1 0"
    );
    assert_eq!(site.row_end().await, datetime!(2026-11-23 12:00:11.5 UTC));
}

/// In rows, and in the cookie.
fn with_absolute_age(site: &Site, seconds: i64) -> [Router; 2] {
    with_absolute_age_at(site, site.clock.clone(), Some(seconds))
}

fn with_absolute_age_at(site: &Site, clock: Clock, seconds: Option<i64>) -> [Router; 2] {
    let keys = SecretKeys::allow_short("test").unwrap();
    let in_cookies = SessionLayer::signed_cookies(&keys).with_secure(false);
    [site.layer(), in_cookies].map(|layer| {
        let layer = layer.with_clock(clock.clone());
        routes().layer(match seconds {
            Some(seconds) => layer.with_absolute_age(Duration::seconds(seconds)),
            None => layer,
        })
    })
}

#[tokio::test]
async fn an_absolute_age_ends_a_session_however_it_is_visited() {
    for policy in ["default", "idle-600", "days-30", "close", "never"] {
        let site = Site::new().await;
        for app in with_absolute_age(&site, 3600) {
            let browser = Browser::new(&app);
            browser.get("/login/ming").await;
            let page = browser.get(&format!("/expiry/{policy}")).await;
            assert_eq!(page.status, StatusCode::OK, "{policy}");
            for minute in 0..6 {
                site.pass(Duration::minutes(9));
                assert_eq!(browser.get("/").await.text, "ming", "{policy}, {minute}");
                browser.get("/set/colour/red").await;
            }
            // The cookie ends with the session.
            let page = browser.get("/set/colour/blue").await;
            let cookie = page.set_cookie().unwrap();
            assert_eq!(cookie.contains("Max-Age=360"), policy != "close", "{cookie}");
            site.pass(Duration::seconds(359));
            assert_eq!(browser.get("/").await.text, "ming", "{policy}");
            site.pass(Duration::SECOND);
            assert_eq!(browser.get("/").await.text, "nobody", "{policy}");
        }
    }
}

#[tokio::test]
async fn an_absolute_age_counts_from_the_login_and_outlives_a_new_key() {
    let site = Site::new().await;
    for app in with_absolute_age(&site, 3600) {
        let browser = Browser::new(&app);
        browser.get("/set/colour/red").await;
        site.pass(Duration::minutes(40));
        browser.get("/login/ming").await;
        site.pass(Duration::minutes(40));
        browser.get("/cycle").await;
        assert_eq!(browser.get("/items").await.text, r#"{"colour":"red","uname":"ming"}"#);
        site.pass(Duration::minutes(20));
        assert_eq!(browser.get("/").await.text, "nobody");
        // Somebody else's login begins anew, and so does one after a logout.
        browser.get("/login/ming").await;
        site.pass(Duration::minutes(40));
        browser.get("/login/hong").await;
        site.pass(Duration::minutes(40));
        assert_eq!(browser.get("/").await.text, "hong");
        browser.get("/logout").await;
        browser.get("/login/hong").await;
        site.pass(Duration::minutes(59));
        assert_eq!(browser.get("/").await.text, "hong");
    }
}

#[tokio::test]
async fn a_session_from_before_there_was_an_absolute_age_counts_from_its_next_visit() {
    let site = Site::new().await;
    let browser = Browser::new(&app(&site));
    browser.get("/login/ming").await;
    let [aged, _] = with_absolute_age(&site, 3600);
    let browser = browser.on(&aged);
    site.pass(Duration::hours(2));
    assert_eq!(browser.get("/").await.text, "ming");
    browser.get("/set/colour/red").await;
    site.pass(Duration::seconds(3599));
    assert_eq!(browser.get("/").await.text, "ming");
    site.pass(Duration::SECOND);
    assert_eq!(browser.get("/").await.text, "nobody");
}

/// Of a server whose clock was ten hours ahead, or of one that knew of no absolute age: whoever only
/// visits sees the end of such a session too.
#[tokio::test]
async fn an_absolute_age_counts_from_now_where_no_beginning_can_be_believed() {
    let policies = ["default", "idle-600", "days-30", "close", "never"];
    for hours in [0, 10] {
        for (policy, of) in policies.iter().flat_map(|policy| [(policy, 0), (policy, 1)]) {
            let site = Site::new().await;
            let clock = site.clock.clone();
            let ahead = Clock::from_fn(move || clock.now() + Duration::hours(hours));
            let age = (hours > 0).then_some(3600);
            let browser = Browser::new(&with_absolute_age_at(&site, ahead, age)[of]);
            browser.get("/login/ming").await;
            browser.get(&format!("/expiry/{policy}")).await;
            let browser = browser.on(&with_absolute_age(&site, 3600)[of]);
            let mut minutes = 0;
            while browser.get("/").await.text == "ming" {
                site.pass(Duration::minutes(5));
                minutes += 5;
                assert!(minutes < 90, "{policy}, {of}, {hours} hours ahead");
            }
            assert!(minutes >= 60, "{minutes}: {policy}, {of}, {hours} hours ahead");
        }
    }
}
