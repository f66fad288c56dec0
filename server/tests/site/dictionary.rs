use reqwest::{Method, StatusCode};

use crate::running::{Browser, Running};

async fn logged_in(site: &Running) -> Browser {
    let mut browser = site.browser();
    browser.post("/login_handle/", "uname=ming").await;
    browser
}

#[tokio::test]
async fn a_visitor_sees_their_session_and_no_key_of_it() {
    let site = Running::start().await;
    let mut browser = logged_in(&site).await;
    let page = browser.get("/").await;
    page.assert_has(&[
        "引擎：数据库 SQLite",
        "sessionid",
        "HttpOnly; SameSite=Lax; Path=/",
        "<td><code dir=\"auto\">\"ming\"</code>",
    ]);
    let cookie = browser.cookie.clone().unwrap();
    let (_, key) = cookie.split_once('=').unwrap();
    assert!(!page.text.contains(key));
    site.stop().await;
}

#[tokio::test]
async fn the_dictionary_does_what_the_manuals_does() {
    let site = Running::start().await;
    let mut browser = logged_in(&site).await;
    for (body, shown) in [
        ("key=city&value=%E5%8C%97%E4%BA%AC&kind=text", "\"北京\""),
        ("key=city&value=%7B%22n%22%3A%5B1%5D%7D&kind=json", "{\"n\":[1]}"),
    ] {
        let page = browser.post("/session/set/", body).await;
        assert_eq!((page.status, page.header("location")), (StatusCode::FOUND, "/#dictionary"));
        browser.get("/").await.assert_has(&[shown]);
    }
    let cookie = browser.cookie.clone();
    let page = browser.get("/?key=city&default=x").await;
    page.assert_has(&["city 的值：<code dir=\"auto\">{\"n\":[1]}</code>"]);
    let page = browser.get("/?key=none&default=x").await;
    page.assert_has(&["没有 none，用默认值：<code dir=\"auto\">\"x\"</code>"]);
    let page = browser.get("/?key=&default=x").await;
    assert_eq!(page.status, StatusCode::BAD_REQUEST);
    page.assert_has(&[
        "id=\"get-key-error\" role=\"alert\" class=\"problem\">请输入键",
        "value=\"x\"",
    ]);
    browser.post("/session/delete/", "key=city").await;
    let page = browser.get("/").await;
    assert!(!page.text.contains("[1]"));
    let page = browser.post("/session/delete/", "key=city").await;
    assert_eq!(page.status, StatusCode::FOUND);
    assert_eq!(browser.cookie, cookie);
    site.stop().await;
}

#[tokio::test]
async fn clear_leaves_an_empty_session_and_flush_none() {
    let site = Running::start().await;
    let mut browser = logged_in(&site).await;
    let before = browser.cookie.clone();
    browser.post("/session/clear/", "").await;
    assert_eq!((browser.cookie.clone(), site.rows().await), (before, 1));
    let page = browser.get("/").await;
    page.assert_has(&[">你好：游客</h1>", "里面已经空了", "0 个键"]);
    // Who is nobody changes nothing.
    for (path, body) in
        [("/session/set/", "key=a&value=b"), ("/session/delete/", "key=a"), ("/session/flush/", "")]
    {
        let page = browser.post(path, body).await;
        assert_eq!(
            (page.status, page.header("location")),
            (StatusCode::FOUND, "/login/"),
            "{path}"
        );
    }
    browser.post("/login_handle/", "uname=ming").await;
    browser.post("/session/flush/", "").await;
    assert_eq!((browser.cookie.clone(), site.rows().await), (None, 0));
    site.stop().await;
}

#[tokio::test]
async fn what_cannot_be_is_said_beside_its_field_and_changes_nothing() {
    let site = Running::start().await;
    let mut browser = logged_in(&site).await;
    let long = format!("key=a&value={}", "x".repeat(4095));
    for (path, body, field, problem) in [
        ("/session/set/", "key=&value=b", "set-key", "请输入键"),
        ("/session/set/", "key=uname&value=root", "set-key", "归网站自己用"),
        ("/session/set/", "key=_session_expiry&value=0", "set-key", "归网站自己用"),
        ("/session/delete/", "key=uname", "delete-key", "归网站自己用"),
        ("/session/delete/", "key=a%00", "delete-key", "控制字符"),
        ("/session/set/", "key=a&value=%7B&kind=json", "set-value", "不是 JSON（第 1 行第 1 列）"),
        ("/session/set/", &*long, "set-value", "值最多 4096 字节，这个有 4097 字节"),
        ("/session/set/", "key=a&key=b", "set", "表单不完整"),
    ] {
        let page = browser.post(path, body).await;
        assert_eq!(page.status, StatusCode::BAD_REQUEST, "{body}");
        page.assert_has(&[
            &format!("id=\"{field}-error\" role=\"alert\""),
            problem,
            ">你好：ming</h1>",
        ]);
    }
    browser.get("/").await.assert_has(&["1 个键"]);
    site.stop().await;
}

#[tokio::test]
async fn a_session_has_64_keys_of_its_visitor_at_most() {
    let site = Running::start().await;
    let mut browser = logged_in(&site).await;
    for n in 0..64 {
        let page = browser.post("/session/set/", &format!("key=k{n}&value=v")).await;
        assert_eq!(page.status, StatusCode::FOUND, "{n}");
    }
    let page = browser.post("/session/set/", "key=one+more&value=v").await;
    assert_eq!(page.status, StatusCode::BAD_REQUEST);
    page.assert_has(&["最多 64 个键", "id=\"set-key-error\""]);
    // One that is there can still be changed.
    let page = browser.post("/session/set/", "key=k0&value=w").await;
    assert_eq!(page.status, StatusCode::FOUND);
    site.stop().await;
}

#[tokio::test]
async fn a_cookie_that_would_be_too_large_is_said_beside_the_value() {
    let site = Running::start_with(&[("SESSION_ENGINE", "signed_cookies")]).await;
    let mut browser = logged_in(&site).await;
    browser.get("/").await.assert_has(&["引擎：签名的 Cookie", "这个引擎用不到"]);
    // Letters that zlib can only shorten to five bits each.
    let mut state = 1_u32;
    let mut noise = |letters: usize| -> String {
        let letter = |_| {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            char::from(b"0123456789abcdefghijklmnopqrstuv"[(state >> 27) as usize])
        };
        (0..letters).map(letter).collect()
    };
    let first = format!("key=noise&value={}", noise(2_000));
    let page = browser.post("/session/set/", &first).await;
    assert_eq!(page.status, StatusCode::FOUND);
    let second = format!("key=more&value={}", noise(4_000));
    let page = browser.post("/session/set/", &second).await;
    assert_eq!(page.status, StatusCode::BAD_REQUEST);
    page.assert_has(&["会话就太大了", "id=\"set-value-error\"", ">你好：ming</h1>"]);
    browser.get("/").await.assert_has(&["2 个键"]);
    site.stop().await;
}

/// As after the operator has lowered the limit, or where another program shares the store.
#[tokio::test]
async fn whoever_has_too_large_a_session_is_told_so_and_can_log_out() {
    let large = Running::start().await;
    let mut browser = logged_in(&large).await;
    let value = format!("key=large&value={}", "a".repeat(1024));
    browser.post("/session/set/", &value).await;
    let database = large.folder.path().join("data/test.sqlite3");
    let database = format!("sqlite:{}", database.display());
    let small = [("SESSION_MAX_BYTES", "1024"), ("DATABASE_URL", &database)];
    let small = Running::start_with(&small).await;
    let mut locked = Browser::at(&small.url);
    locked.cookie = browser.cookie.clone();

    let page = locked.get("/").await;
    assert_eq!(page.status, StatusCode::INTERNAL_SERVER_ERROR);
    page.assert_has(&["您的会话无法读取", "action=\"/logout/\""]);
    for (path, form) in [
        ("/login_handle/", "uname=ming&expiry=default"),
        ("/session/set/", "key=k&value=v"),
        ("/session/clear/", ""),
        ("/expiry/", "expiry=close"),
    ] {
        let page = locked.post(path, form).await;
        assert_eq!(page.status, StatusCode::INTERNAL_SERVER_ERROR, "{path}");
        page.assert_has(&["无法读取"]);
    }
    assert_eq!(locked.get("/login/").await.status, StatusCode::OK);
    assert_eq!(browser.get("/").await.status, StatusCode::OK);
    let page = locked.post("/logout/", "").await;
    assert_eq!(page.status, StatusCode::FOUND);
    assert_eq!(large.rows().await, 0);
    small.stop().await;
    large.stop().await;
}

#[tokio::test]
async fn asking_when_a_choice_would_end_changes_nothing() {
    let site = Running::start().await;
    let mut browser = logged_in(&site).await;
    let page = browser.get("/?expiry=idle&seconds=600&days=").await;
    assert_eq!(page.status, StatusCode::OK);
    page.assert_has(&["value=\"600\"", "id=\"seconds-preview\" aria-live=\"polite\""]);
    let page = browser.get("/?expiry=idle&seconds=no&days=").await;
    assert_eq!(page.status, StatusCode::BAD_REQUEST);
    page.assert_has(&["id=\"seconds-error\""]);
    browser.get("/").await.assert_has(&["最后一次更改后两个星期到期"]);
    site.stop().await;
}

#[tokio::test]
async fn an_island_can_call_a_server_function() {
    let site = Running::start().await;
    let mut browser = site.browser();
    browser.post("/login_handle/", "uname=ming").await;
    let mut call = async |form: &'static str| {
        let request = browser.request(Method::POST, "/session/set/");
        let request = request
            .header("accept", "application/json")
            .header("content-type", "application/x-www-form-urlencoded");
        browser.send(request.body(form)).await
    };
    let done = call("key=city&value=x").await;
    assert_eq!((done.status, &*done.text), (StatusCode::OK, "null"));
    let failed = call("key=uname&value=x").await;
    assert_eq!(failed.status, StatusCode::INTERNAL_SERVER_ERROR);
    assert_eq!(failed.text, r#"{"Fields":{"key":"KeyProtected"}}"#);
    for (form, error) in [("key=%ff&value=x", "NotUtf8"), ("key=a&key=b", "NotOurForm")] {
        let failed = call(form).await;
        assert_eq!(failed.status, StatusCode::BAD_REQUEST);
        assert_eq!(failed.header("content-type"), "application/json");
        assert_eq!(failed.text, format!(r#"{{"Fields":{{"":"{error}"}}}}"#));
    }
    site.stop().await;
}
