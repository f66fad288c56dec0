//! Several cookies of the session's name: browsers send one for each domain and path that ever set one,
//! the oldest or longest first.

use huihua::key::SessionKey;

use crate::{
    routes::app,
    site::{Browser, Site},
};

fn stale() -> String {
    SessionKey::generate().expose().to_owned()
}

#[tokio::test]
async fn promise_6_a_stale_cookie_does_not_hide_a_live_one() {
    let site = Site::new().await;
    let app = app(&site);
    let browser = Browser::new(&app);
    browser.get("/login/ming").await;
    let live = browser.key().unwrap();
    let expired = Browser::new(&app);
    expired.get("/login/hong").await;
    expired.get("/expiry/idle-0").await;
    for before in [
        vec![stale()],
        vec!["nonsense".into(), stale(), String::new()],
        vec![expired.key().unwrap_or_else(stale)],
        (0..7).map(|_| stale()).collect(),
        vec![stale(); 20],
    ] {
        let cookies = |key: &str| {
            let mut all = before.clone();
            all.push(key.to_owned());
            all.join("; sessionid=")
        };
        let both = Browser::new(&app).with_key(&cookies(&live));
        assert_eq!(both.get("/").await.text, "ming");
        assert_eq!(both.get("/set/a/b").await.status, 200);
    }
    assert_eq!(site.rows().await, 1);
}

#[tokio::test]
async fn promise_6_a_login_beside_a_stale_cookie_holds_and_makes_one_row() {
    let site = Site::new().await;
    let app = app(&site);
    let stale = stale();
    let mut ours = None;
    for name in ["ming", "hong", "hong"] {
        let cookies = match &ours {
            Some(key) => format!("{stale}; sessionid={key}"),
            None => stale.clone(),
        };
        let browser = Browser::new(&app).with_key(&cookies);
        browser.get(&format!("/login/{name}")).await;
        ours = browser.key();
        let cookies = format!("{stale}; sessionid={}", ours.clone().unwrap());
        let browser = Browser::new(&app).with_key(&cookies);
        assert_eq!(browser.get("/").await.text, name);
        assert_eq!(site.rows().await, 1);
    }
}

#[tokio::test]
async fn promise_1_a_logout_ends_all_of_them() {
    for path in ["/logout", "/stock_logout", "/delete", "/failing_logout", "/login/carl", "/cycle"]
    {
        let site = Site::new().await;
        let app = app(&site);
        let keys = ["ming", "hong"].map(|name| {
            let browser = Browser::new(&app);
            async move {
                browser.get(&format!("/login/{name}")).await;
                browser.key().unwrap()
            }
        });
        let [one, two] = keys;
        let (one, two) = (one.await, two.await);
        let cookies = [&stale(), &one, &two].map(String::as_str).join("; sessionid=");
        Browser::new(&app).with_key(&cookies).get(path).await;
        // A new key ends them too: whoever planted one would see what the login becomes.
        let left = usize::from(["/login/carl", "/cycle"].contains(&path));
        assert_eq!(site.rows().await, left, "{path}");
    }
}

/// Each costs the store a look-up.
#[tokio::test]
async fn only_so_many_are_tried() {
    let site = Site::new().await;
    let app = app(&site);
    let browser = Browser::new(&app);
    browser.get("/login/ming").await;
    let mut all: Vec<_> = (0..8).map(|_| stale()).collect();
    all.push(browser.key().unwrap());
    let browser = Browser::new(&app).with_key(&all.join("; sessionid="));
    assert_eq!(browser.get("/").await.text, "nobody");
}
