//! The operator's commands on every engine, as the real binary does them.

use std::process::Stdio;

use huihua::{
    Clock, Store,
    engine::Row,
    key::SessionKey,
    signing::{SERVER_SIDE_SALT, SIGNED_COOKIES_SALT, Signer},
};
use serde_json::Value;
use servers::or_left_out;
use time::Duration;

use crate::{binary::Huihua, running::Browser};

/// Everything that the manual does in `redis-cli`, here.
async fn is_operated(huihua: &Huihua) {
    assert_eq!(huihua.prints(&["sessions", "keys"]), "");
    let keys = huihua.with_sessions(&["小明", "小红", "小刚"], Duration::DAY).await;
    let mut stored: Vec<_> = keys.iter().map(|key| key.stored(true).as_str().to_owned()).collect();
    stored.sort();
    let listed = huihua.prints(&["sessions", "keys"]);
    let mut listed: Vec<_> = listed.lines().map(str::to_owned).collect();
    listed.sort();
    assert_eq!(listed, stored);

    let beginning = format!("{}*", &stored[0][..8]);
    let found = huihua.prints(&["sessions", "keys", &beginning]);
    assert_eq!(found, format!("{}\n", stored[0]));
    let first = &stored[0][..1];
    for glob in [format!("[^{first}]*"), format!("[!{first}]*")] {
        let others = huihua.prints(&["sessions", "keys", &glob]);
        assert!(others.lines().all(|key| !key.starts_with(first)), "{glob}: {others}");
    }
    let line = huihua.json(&["sessions", "keys", &beginning, "--json"]);
    assert_eq!(line["key"], stored[0]);
    assert!(line["bytes"].as_u64().unwrap() > 60);
    assert!(line["expires"].as_str().unwrap().ends_with('Z'));

    let (real, hashed) = (&keys[0], keys[0].stored(true));
    for key in [real.expose(), hashed.as_str()] {
        let data = huihua.json(&["sessions", "get", key]);
        assert_eq!(data, serde_json::json!({"uname": "小明"}));
        let whole = huihua.json(&["sessions", "get", key, "--json"]);
        assert_eq!(whole["data"]["uname"], "小明");
        assert_eq!(whole["key"], hashed.as_str());
    }
    assert!(huihua.prints(&["sessions", "get", real.expose()]).contains("小明"));

    let (second, third) = (keys[1].expose(), keys[2].stored(true));
    let deleted = huihua.prints(&["sessions", "del", second, third.as_str()]);
    assert_eq!(deleted, "2 sessions deleted.\n");
    let said = huihua.refuses(&["sessions", "del", second], 1);
    assert_eq!(said, "huihua: there is no session under that key\n");
    huihua.refuses(&["sessions", "get", second], 1);
    let said = huihua.refuses(&["sessions", "get", "../../etc/passwd"], 2);
    assert!(said.contains("32 small letters and digits"), "{said}");

    huihua.prints(&["migrate"]);
    let cleared = huihua.json(&["clearsessions", "--json"]);
    assert_eq!(cleared["cleared"], 0);
    is_well(huihua);
    assert_eq!(huihua.prints(&["sessions", "keys"]).lines().count(), 1);
}

fn is_well(huihua: &Huihua) {
    let found = huihua.json(&["doctor", "--json"]);
    assert_eq!(found["ok"], true, "{found:#}");
    let text = huihua.prints(&["doctor"]);
    assert!(text.contains("warning  SECRET_KEY: is short"), "{text}");
    for secret in ["a secret for tests", "p%40ss", "p@ss"] {
        assert!(!text.contains(secret), "{text}");
    }
}

#[tokio::test]
async fn db_on_sqlite() {
    is_operated(&Huihua::with(&[])).await;
}

#[tokio::test]
async fn file() {
    let huihua = Huihua::with(&[("SESSION_ENGINE", "file".into())]);
    is_operated(&huihua).await;
}

#[tokio::test]
async fn redis() {
    let Some(server) = or_left_out(servers::Redis::start(), "redis") else {
        return;
    };
    let huihua = Huihua::with(&[
        ("SESSION_ENGINE", "redis_sessions.session".into()),
        ("SESSION_REDIS_HOST", "127.0.0.1".into()),
        ("SESSION_REDIS_PORT", server.port().to_string()),
        ("SESSION_REDIS_PASSWORD", server.password().into()),
    ]);
    is_operated(&huihua).await;
}

#[tokio::test]
async fn redis_as_djangos_cache() {
    let Some(server) = or_left_out(servers::Redis::start(), "redis_as_djangos_cache") else {
        return;
    };
    let huihua = Huihua::with(&[
        ("SESSION_ENGINE", "redis".into()),
        ("SESSION_REDIS_URL", server.url()),
        ("SESSION_REDIS_FORMAT", "django-cache".into()),
        ("SESSION_HASH_KEYS", "false".into()),
    ]);
    is_operated(&huihua).await;
}

#[tokio::test]
async fn memcached() {
    let started = [(); 2].map(|()| or_left_out(servers::Memcached::start(), "memcached"));
    let [Some(one), Some(two)] = started else {
        return;
    };
    let addresses = [one.address(), two.address()];
    let huihua = Huihua::with(&[
        ("SESSION_ENGINE", "memcached".into()),
        ("SESSION_MEMCACHED_SERVERS", addresses.join(",")),
    ]);
    is_operated(&huihua).await;
}

#[tokio::test]
async fn cached_db_on_postgres_with_a_cache_in_redis() {
    let name = "cached_db_on_postgres_with_a_cache_in_redis";
    let Some(postgres) = or_left_out(servers::Postgres::start(false), name) else {
        return;
    };
    let Some(redis) = or_left_out(servers::Redis::start(), name) else {
        return;
    };
    let huihua = Huihua::with(&[
        ("SESSION_ENGINE", "cached_db".into()),
        ("SESSION_CACHE", "redis".into()),
        ("SESSION_REDIS_URL", redis.url()),
        ("DATABASE_URL", postgres.database()),
    ]);
    is_operated(&huihua).await;
}

#[tokio::test]
async fn cached_db_on_postgres_hears_what_others_do() {
    let name = "cached_db_on_postgres_hears_what_others_do";
    let Some(postgres) = or_left_out(servers::Postgres::start(false), name) else {
        return;
    };
    let huihua = Huihua::with(&[
        ("SESSION_ENGINE", "cached_db".into()),
        ("SESSION_CACHE_TTL", "3600".into()),
        ("DATABASE_URL", postgres.database()),
    ]);
    let keys = huihua.with_sessions(&["小明"], Duration::DAY).await;
    let stored = keys[0].stored(true);
    let here = Store::open(&huihua.library()).await.unwrap();
    let engine = here.engine().unwrap();
    assert!(engine.load(&stored).await.unwrap().is_some());
    huihua.prints(&["sessions", "del", stored.as_str()]);
    // The cache alone would hold it for an hour. The notice is on its way.
    let gone = async {
        while engine.load(&stored).await.unwrap().is_some() {
            tokio::task::yield_now().await;
        }
    };
    let patience = std::time::Duration::from_secs(10);
    tokio::time::timeout(patience, gone).await.unwrap();
}

#[tokio::test]
async fn expired_sessions_are_cleared_and_counted() {
    let huihua = Huihua::with(&[]);
    huihua.with_sessions(&["a", "b"], -Duration::SECOND).await;
    huihua.with_sessions(&["c"], Duration::DAY).await;
    let cleared = huihua.prints(&["clearsessions"]);
    assert_eq!(cleared, "2 expired sessions removed.\n");
    assert_eq!(huihua.prints(&["sessions", "keys"]).lines().count(), 1);
}

#[test]
fn signed_cookies_are_read_and_nothing_else() {
    let huihua = Huihua::with(&[("SESSION_ENGINE", "signed_cookies".into())]);
    let keys = huihua.library().secret_keys().unwrap();
    let signer = Signer::new(&keys, SIGNED_COOKIES_SALT);
    let cookie = signer.sign(r#"{"uname":"ming"}"#, Clock::system().now());
    let data = huihua.json(&["sessions", "get", &cookie]);
    assert_eq!(data["uname"], "ming");
    let said = huihua.refuses(&["sessions", "get", &format!("{cookie}x")], 1);
    assert!(said.contains("not signed with this SECRET_KEY"), "{said}");
    for command in [&["sessions", "keys"][..], &["sessions", "del", &cookie]] {
        let said = huihua.refuses(command, 1);
        assert!(said.contains("in the cookies of browsers"), "{said}");
    }
    assert_eq!(huihua.prints(&["clearsessions"]), "0 expired sessions removed.\n");
    let found = huihua.prints(&["doctor"]);
    assert!(found.contains("a logout can't revoke a copied cookie"), "{found}");
}

#[test]
fn what_only_python_knows_is_shown_as_it_is() {
    let huihua = Huihua::with(&[("SESSION_ENGINE", "signed_cookies".into())]);
    let keys = huihua.library().secret_keys().unwrap();
    let signer = Signer::new(&keys, SIGNED_COOKIES_SALT);
    let json = r#"{"big":123456789012345678901234567890,"nan":[NaN],"名":"\u503c"}"#;
    let cookie = signer.sign(json, Clock::system().now());
    let text = huihua.prints(&["sessions", "get", &cookie]);
    assert!(text.contains("\"big\": 123456789012345678901234567890"), "{text}");
    assert!(text.contains("    NaN\n") && text.contains("\"名\": \"值\""), "{text}");
    let program = huihua.prints(&["sessions", "get", &cookie, "--json"]);
    assert!(program.contains(r#""nan":["NaN"]"#), "{program}");
    assert!(serde_json::from_str::<Value>(&program).is_ok());
}

#[tokio::test]
async fn the_doctor_says_whether_djangos_session_is_read() {
    let huihua = Huihua::with(&[("SESSION_HASH_KEYS", "false".into())]);
    let settings = huihua.library();
    let store = Store::open(&settings).await.unwrap();
    let signer = Signer::new(&settings.secret_keys().unwrap(), SERVER_SIDE_SALT);
    let now = Clock::system().now();
    let payload = signer.sign(r#"{"_auth_user_id":"1"}"#, now);
    let (live, ended) = (SessionKey::generate(), SessionKey::generate());
    for (key, lasts) in [(&live, Duration::DAY), (&ended, -Duration::DAY)] {
        let row = Row::new(payload.clone(), now + lasts);
        let engine = store.engine().unwrap();
        engine.create(&key.stored(false), &row).await.unwrap();
    }
    let said = huihua.prints(&["doctor", "--django", live.expose()]);
    assert!(said.starts_with("this process reads it: 1 keys, until 2"), "{said}");
    let found = huihua.json(&["doctor", "--django", &payload, "--json"]);
    assert_eq!(found["ok"], true);
    for (settings, text, why) in [
        (&[][..], ended.expose(), "expired: it ended at"),
        (&[], "no session", "neither a session key"),
        (&[("SECRET_KEY", "other")], live.expose(), "wrong secret"),
        (&[("SESSION_HASH_KEYS", "true")], live.expose(), "hashed keys are on"),
        (&[("SESSION_ENGINE", "signed_cookies")], live.expose(), "another engine"),
        (&[("SESSION_ENGINE", "file")], live.expose(), "no such session"),
    ] {
        let mut command = huihua.command(&["doctor", "--django", text]);
        let output = command.envs(settings.iter().copied()).output().unwrap();
        let said = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(1), "{said}");
        assert!(said.contains(why), "{said}");
    }
}

#[test]
fn the_memory_of_another_process_is_not_seen() {
    let huihua = Huihua::with(&[("SESSION_ENGINE", "cache".into())]);
    for command in [&["sessions", "keys"][..], &["clearsessions"]] {
        let said = huihua.refuses(command, 1);
        assert!(said.contains("memory of the server's process"), "{said}");
    }
}

#[test]
fn the_doctor_says_all_that_is_wrong() {
    for (settings, says) in [
        (("SESSION_ENGINE", "floppy"), "error    settings: SESSION_ENGINE: there is no engine"),
        (
            ("DATABASE_URL", "postgres://me:hush@127.0.0.1:1/x"),
            "error    store: DATABASE_URL: the database can't be opened",
        ),
    ] {
        let huihua = Huihua::with(&[(settings.0, settings.1.into())]);
        let output = huihua.run(&["doctor"]);
        assert_eq!(output.status.code(), Some(1));
        let said = String::from_utf8(output.stdout).unwrap();
        assert!(said.contains(says) && !said.contains("hush"), "{said}");
    }
}

/// `huihua sessions keys | head`
#[tokio::test]
async fn whoever_has_read_enough_may_go() {
    let huihua = Huihua::with(&[("SESSION_ENGINE", "file".into())]);
    let names = vec!["x"; 3000];
    huihua.with_sessions(&names, Duration::DAY).await;
    let mut listing = huihua
        .command(&["sessions", "keys"])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    drop(listing.stdout.take());
    let output = listing.wait_with_output().unwrap();
    let errors = String::from_utf8(output.stderr).unwrap();
    assert!(output.status.success() && errors.is_empty(), "{errors}");
}

/// Two files too large to be read: one that can't be a session, and one that may be somebody's.
#[tokio::test]
async fn a_file_that_is_too_large_is_only_in_its_own_way() {
    let huihua = Huihua::with(&[("SESSION_ENGINE", "file".into())]);
    let kept = huihua.with_sessions(&["小明"; 2], Duration::DAY).await;
    let large = [(); 2].map(|()| {
        let key = SessionKey::generate();
        let name = format!("sessionid{}", key.stored(true).as_str());
        let path = huihua.folder.path().join("data/sessions").join(name);
        std::fs::write(&path, vec![b'a'; 17 << 20]).unwrap();
        (key, path)
    });
    let site = huihua.site();
    let browser = |key: &SessionKey| {
        let mut browser = Browser::at(site.url());
        browser.cookie = Some(format!("sessionid={}", key.expose()));
        browser
    };
    assert_eq!(browser(&kept[0]).get("/").await.status, 200);
    assert_eq!(huihua.json(&["clearsessions", "--json"])["cleared"], 0);
    for command in ["list", "keys"] {
        let listed = huihua.prints(&["sessions", command]);
        assert_eq!(listed.lines().count(), 4, "{listed}");
    }
    let counted = huihua.json(&["sessions", "count", "--json"]);
    assert_eq!(counted["live"]["number"], 4, "{counted}");
    assert_eq!(counted["by_policy"]["unreadable"], 2, "{counted}");
    let [(key, path), (other_key, other_path)] = large;
    let said = huihua.refuses(&["sessions", "get", key.expose()], 1);
    assert!(said.contains("larger than SESSION_MAX_BYTES or its store allows"), "{said}");
    let deleted = huihua.prints(&["sessions", "del", key.expose()]);
    assert_eq!(deleted, "1 sessions deleted.\n");
    assert!(!path.exists());
    let mut owner = browser(&other_key);
    assert_eq!(owner.get("/").await.status, 500);
    assert_eq!(owner.post("/logout/", "").await.status, 302);
    assert!(!other_path.exists());
}

/// It loads as nothing, and lies there all the same.
#[tokio::test]
async fn what_is_no_session_is_listed_and_deleted() {
    let text = |key: &SessionKey| key.stored(true).as_str().to_owned();
    let key = SessionKey::generate();
    let files = Huihua::with(&[("SESSION_ENGINE", "file".into())]);
    files.with_sessions(&["小明"], Duration::DAY).await;
    let path = files.folder.path().join(format!("data/sessions/sessionid{}", text(&key)));
    std::fs::write(&path, b"\xff").unwrap();
    is_listed_and_deleted(&files, &key);
    assert!(!path.exists());
    #[cfg(unix)]
    {
        std::os::unix::fs::symlink("/etc/passwd", &path).unwrap();
        is_listed_and_deleted(&files, &key);
        assert!(path.symlink_metadata().is_err());
    }
    // A folder is nobody's session.
    std::fs::create_dir(&path).unwrap();
    assert_eq!(files.prints(&["sessions", "keys"]).lines().count(), 1);
    files.refuses(&["sessions", "del", key.expose()], 1);
    assert!(path.exists());
    for (data, end) in [("x'ff00'", "'2999-01-01 00:00:00'"), ("'x'", "'never'")] {
        let rows = Huihua::with(&[]);
        rows.with_sessions(&["小明"], Duration::DAY).await;
        let insert = format!("INSERT INTO django_session VALUES ('{}', {data}, {end})", text(&key));
        rows.sql(&insert).await;
        is_listed_and_deleted(&rows, &key);
    }
}

fn is_listed_and_deleted(huihua: &Huihua, key: &SessionKey) {
    let stored = key.stored(true);
    assert!(huihua.prints(&["sessions", "keys"]).contains(stored.as_str()));
    let name = stored.fingerprint().to_string();
    let listed = huihua.prints(&["sessions", "list"]);
    let line = listed.lines().find(|line| line.starts_with(&name)).unwrap();
    assert!(line.contains("unreadable"), "{line}");
    let counted = huihua.json(&["sessions", "count", "--json"]);
    assert_eq!(counted["live"]["number"], 2, "{counted}");
    assert_eq!(counted["by_policy"]["unreadable"], 1, "{counted}");
    let said = huihua.refuses(&["sessions", "get", key.expose()], 1);
    assert!(said.contains("or what is stored there is damaged"), "{said}");
    let log = huihua.logs(&["sessions", "del", key.expose()]);
    let line = format!("event=\"session_ended\" by=\"command line\" session=\"{name}\"");
    assert!(log.contains(&line), "{log}");
    assert_eq!(huihua.prints(&["sessions", "keys"]).lines().count(), 1);
    huihua.refuses(&["sessions", "del", key.expose()], 1);
}

/// A value that takes a recursion's stack, or the square of its size in blanks.
#[tokio::test]
async fn a_session_that_is_nested_deep_is_shown() {
    let huihua = Huihua::with(&[]);
    let levels = 200_000;
    let json = format!("{}{}", "[".repeat(levels), "]".repeat(levels));
    let data = format!(r#"{{"deep":{json},"uname":"ming"}}"#);
    let key = &huihua.with_data([data], Duration::DAY).await[0];
    let shown = huihua.prints(&["sessions", "get", key.expose()]);
    assert!(shown.len() < 2 * levels + 1000, "{}", shown.len());
    assert!(shown.ends_with("\n  ],\n  \"uname\": \"ming\"\n}\n"));
    let line = huihua.prints(&["sessions", "get", key.expose(), "--json"]);
    assert!(line.contains(&json));
    let listed = huihua.prints(&["sessions", "list"]);
    assert!(listed.contains(" ming"), "{listed}");
    let site = huihua.site();
    let mut browser = Browser::at(site.url());
    browser.cookie = Some(format!("sessionid={}", key.expose()));
    browser.get("/").await.assert_has(&["ming"]);
}

/// Python keeps it in a text, and Rust has none that could.
#[tokio::test]
async fn half_a_surrogate_pair_in_a_name_is_shown_as_a_sign() {
    let huihua = Huihua::with(&[]);
    let data = r#"{"uname":"ming\ud800","emoji":"\ud83d\ude00\\udc00"}"#.to_owned();
    let key = &huihua.with_data([data], Duration::DAY).await[0];
    let shown = huihua.prints(&["sessions", "get", key.expose()]);
    assert!(shown.contains(r#""uname": "ming\ud800""#), "{shown}");
    let session = huihua.json(&["sessions", "get", key.expose(), "--json"]);
    let data = &session["data"];
    assert_eq!(data["uname"], "ming\u{fffd}");
    assert_eq!(data["emoji"], "😀\\udc00");
    let listed = huihua.json(&["sessions", "list", "--json"]);
    assert_eq!(listed["uname"], "ming\u{fffd}");
    let listed = huihua.prints(&["sessions", "list"]);
    assert!(listed.ends_with("  ming\u{fffd}\n"), "{listed}");
    let site = huihua.site();
    let mut browser = Browser::at(site.url());
    browser.cookie = Some(format!("sessionid={}", key.expose()));
    browser.get("/").await.assert_has(&["ming\u{fffd}", "😀"]);
    // What nobody changed goes back as it came.
    browser.post("/expiry/", "expiry=close").await;
    let shown = huihua.prints(&["sessions", "get", key.expose()]);
    assert!(shown.contains(r#""uname": "ming\ud800""#), "{shown}");
}
