//! An operator's questions about everybody's sessions, beside a site that visitors use meanwhile.

use std::path::Path;

use huihua::key::SessionKey;
use serde_json::{Value, json};
use servers::or_left_out;
use time::Duration;

use crate::{
    binary::Huihua,
    running::{Browser, database_in},
};

impl Huihua {
    /// The site on the same store.
    pub(crate) fn site(&self) -> servers::Huihua {
        let program = Path::new(env!("CARGO_BIN_EXE_huihua"));
        let settings = self.settings.to_vec();
        servers::Huihua::start(program, &settings, self.folder.path())
    }

    fn listed(&self, more: &[&str]) -> Vec<Value> {
        let arguments = [&["sessions", "list", "--json"], more].concat();
        let lines = self.prints(&arguments);
        let lines = lines.lines();
        lines.map(|line| serde_json::from_str(line).unwrap()).collect()
    }

    /// Its words to the log, when it does what it is told.
    pub(crate) fn logs(&self, arguments: &[&str]) -> String {
        let output = self.run(arguments);
        let log = String::from_utf8(output.stderr).unwrap();
        assert!(output.status.success(), "{log}");
        log
    }
}

async fn logged_in(site: &servers::Huihua, form: &str) -> Browser {
    let mut browser = Browser::at(site.url());
    browser.post("/login_handle/", form).await;
    assert!(browser.cookie.is_some());
    browser
}

fn key_of(browser: &Browser) -> SessionKey {
    let cookie = browser.cookie.as_deref().unwrap();
    SessionKey::parse(cookie.split_once('=').unwrap().1.as_bytes()).unwrap()
}

async fn greeting(browser: &mut Browser) -> String {
    let cookie = browser.cookie.clone();
    let page = browser.get("/").await.text;
    browser.cookie = cookie;
    page
}

async fn is_operated(huihua: &Huihua) {
    let site = huihua.site();
    let mut ming = logged_in(&site, "uname=ming").await;
    let mut again = logged_in(&site, "uname=ming&expiry=idle&seconds=600").await;
    let mut other = logged_in(&site, "uname=ming2&expiry=never").await;
    let mut hong = logged_in(&site, "uname=%E5%B0%8F%E7%BA%A2&expiry=close").await;

    assert_eq!(huihua.listed(&[]).len(), 4);
    let found = huihua.listed(&["--uname", "小红"]);
    assert_eq!(found.len(), 1);
    let name = key_of(&hong).stored(true).fingerprint().to_string();
    assert_eq!((&found[0]["session"], &found[0]["policy"]), (&json!(name), &json!("close")));
    assert!(found[0]["changed"].as_str().unwrap().ends_with('Z'));
    let line = huihua.prints(&["sessions", "list", "--uname", "小红"]);
    assert!(line.starts_with(&format!("{name}  close  ")), "{line}");
    assert!(line.ends_with(" 小红\n"), "{line}");
    let mut idle = huihua.listed(&["--uname", "ming"]);
    idle.retain(|session| session["policy"] == "idle");
    assert_eq!((idle.len(), &idle[0]["seconds"]), (1, &json!(600)));

    let counted = huihua.json(&["sessions", "count", "--json"]);
    assert_eq!(counted["live"], json!({"number": 4, "exact": true}));
    assert_eq!((&counted["read"], &counted["complete"]), (&json!(4), &json!(true)));
    assert_eq!(counted["by_policy"]["never"], 1);
    assert_eq!((&counted["by_day"][0], &counted["later"]), (&json!(1), &json!(1)));
    let text = huihua.prints(&["sessions", "count"]);
    assert!(text.contains("of all 4"), "{text}");

    // Whoever still has the cookie is nobody, and their next visits bring nothing back.
    assert!(greeting(&mut ming).await.contains("ming"));
    let log = huihua.logs(&["sessions", "del", "--uname", "ming"]);
    for line in [
        "event=\"ending_sessions\" by=\"command line\"",
        "event=\"sessions_ended\" by=\"command line\" sessions=2",
    ] {
        assert!(log.contains(line), "{line}: {log}");
    }
    for browser in [&mut ming, &mut again] {
        for _ in 0..2 {
            let page = greeting(browser).await;
            assert!(page.contains("游客") && !page.contains("ming"), "{page}");
        }
        assert!(!log.contains(key_of(browser).expose()), "{log}");
    }
    assert!(!log.contains("ming"), "{log}");
    assert!(greeting(&mut other).await.contains("ming2"));
    assert_eq!(huihua.listed(&[]).len(), 2);
    let output = huihua.run(&["sessions", "del", "--uname", "ming"]);
    let said = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(1));
    assert!(said.contains("\nhuihua: nobody has a session under that name"), "{said}");

    let key = key_of(&hong);
    let log = huihua.logs(&["sessions", "get", key.expose()]);
    let line = format!("event=\"values_shown\" by=\"command line\" session=\"{name}\"");
    assert!(log.contains(&line), "{log}");
    let log = huihua.logs(&["sessions", "del", key.expose()]);
    let line = format!("event=\"session_ended\" by=\"command line\" session=\"{name}\"");
    assert!(log.contains(&line) && !log.contains(key.expose()), "{log}");
    assert!(!log.contains(key.stored(true).as_str()), "{log}");
    assert!(greeting(&mut hong).await.contains("游客"));
    assert_eq!(huihua.listed(&[]).len(), 1);
}

#[tokio::test]
async fn on_sqlite() {
    let huihua = Huihua::with(&[]);
    is_operated(&huihua).await;
}

#[tokio::test]
async fn in_files() {
    let huihua = Huihua::with(&[("SESSION_ENGINE", "file".into())]);
    is_operated(&huihua).await;
    let output = huihua.run(&["sessions", "list", "--sort", "ends-first"]);
    let said = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(2), "{said}");
    assert!(said.contains("--sort: files in "), "{said}");
}

#[tokio::test]
async fn in_redis() {
    let Some(server) = or_left_out(servers::Redis::start(), "in_redis") else {
        return;
    };
    is_operated(&Huihua::with(&[
        ("SESSION_ENGINE", "redis".into()),
        ("SESSION_REDIS_URL", server.url()),
    ]))
    .await;
}

#[tokio::test]
async fn a_database_lists_by_when_sessions_end() {
    let huihua = Huihua::with(&[]);
    for (name, lasts) in [("b", 2), ("c", 3), ("a", 1)] {
        huihua.with_sessions(&[name], Duration::days(lasts)).await;
    }
    let names = |order| {
        let found = huihua.listed(&["--sort", order]).into_iter();
        found.map(|found| found["uname"].as_str().unwrap().to_owned()).collect::<String>()
    };
    assert_eq!((names("ends-first"), names("ends-last")), ("abc".into(), "cba".into()));
    let output = huihua.run(&["sessions", "list", "--sort", "size"]);
    assert_eq!(output.status.code(), Some(2));
    let both = huihua.run(&["sessions", "del", "--uname", "a", "b"]);
    assert_eq!(both.status.code(), Some(2));
    assert_eq!(huihua.listed(&[]).len(), 3);
}

#[tokio::test]
async fn the_console_takes_a_name_to_the_letter() {
    let huihua = Huihua::with(&[("CONSOLE_TOKEN", "a token of some length".into())]);
    huihua.with_sessions(&["vip", " vip "], Duration::days(1)).await;
    let site = huihua.site();
    let mut operator = Browser::at(site.url());
    operator.post("/console/", "token=a+token+of+some+length").await;
    let found = operator.get("/console/sessions/?uname=+vip+").await.text;
    assert!(found.contains("<bdi> vip </bdi>") && !found.contains("<bdi>vip</bdi>"), "{found}");
    operator.post("/console/end-all/", "uname=+vip+").await;
    while huihua.listed(&[]).len() > 1 {
        tokio::task::yield_now().await;
    }
    assert_eq!(huihua.listed(&[])[0]["uname"], "vip");
}

#[tokio::test]
async fn nothing_is_deleted_where_an_argument_is_no_key() {
    let huihua = Huihua::with(&[]);
    huihua.with_sessions(&["ming"], Duration::days(1)).await;
    let key = huihua.prints(&["sessions", "keys"]);
    let output = huihua.run(&["sessions", "del", key.trim(), "nope"]);
    assert_eq!(output.status.code(), Some(2));
    assert_eq!(huihua.listed(&[]).len(), 1);
}

#[tokio::test]
async fn what_a_visitor_typed_commands_no_terminal() {
    let huihua = Huihua::with(&[]);
    let names = [r"\u001b[2Jred", r"a\nb", r"\u202etxt"];
    huihua.with_sessions(&names, Duration::DAY).await;
    let text = huihua.prints(&["sessions", "list"]);
    assert_eq!(text.lines().count(), 3);
    for shown in [r" \u001b[2Jred", r" a\u000ab", r" \u202etxt"] {
        assert!(text.contains(&format!("{shown}\n")), "{text}");
    }
    let found = huihua.listed(&["--uname", "a\nb"]);
    assert_eq!(found[0]["uname"], "a\nb");
}

#[tokio::test]
async fn a_sample_is_called_one() {
    let huihua = Huihua::with(&[]);
    huihua.prints(&["migrate"]);
    let many = "INSERT INTO django_session \
        WITH RECURSIVE number(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM number WHERE n < 12000) \
        SELECT lower(hex(randomblob(20))), 'e30:1:x', '2999-01-01 00:00:00' FROM number";
    let mut database = database_in(&huihua.folder).await;
    sqlx::query(many).execute(&mut database).await.unwrap();
    let counted = huihua.json(&["sessions", "count", "--json"]);
    assert_eq!((&counted["read"], &counted["complete"]), (&json!(10_000), &json!(false)));
    assert_eq!(counted["live"], json!({"number": 12_000, "exact": true}));
    assert_eq!(counted["by_policy"]["unreadable"], 10_000);
    let text = huihua.prints(&["sessions", "count"]);
    assert!(text.contains("of a sample of 10000"), "{text}");
}

#[tokio::test]
async fn clearing_is_said_to_the_log() {
    let huihua = Huihua::with(&[]);
    huihua.with_sessions(&["a", "b"], -Duration::SECOND).await;
    let counted = huihua.json(&["sessions", "count", "--json"]);
    assert_eq!(counted["expired"], 2);
    let log = huihua.logs(&["clearsessions"]);
    for line in [
        "huihua::audit: event=\"clearing\" by=\"command line\"",
        "huihua::audit: event=\"cleared\" by=\"command line\" rows=2",
    ] {
        assert!(log.contains(line), "{line}: {log}");
    }
}

#[test]
fn cookies_and_the_memory_of_another_process_are_not_seen() {
    for (engine, says) in [
        ("signed_cookies", "in the cookies of browsers"),
        ("cache", "memory of the server's process"),
    ] {
        let huihua = Huihua::with(&[("SESSION_ENGINE", engine.into())]);
        for command in [
            &["sessions", "list"][..],
            &["sessions", "count"],
            &["sessions", "del", "--uname", "ming"],
        ] {
            let said = huihua.refuses(command, 1);
            assert!(said.contains(says), "{said}");
        }
    }
}

#[tokio::test]
async fn a_site_that_stops_leaves_sqlite_as_one_file() {
    let huihua = Huihua::with(&[]);
    for _ in 0..3 {
        let mut site = huihua.site();
        logged_in(&site, "uname=ming").await;
        assert!(site.stop());
        std::fs::remove_file(huihua.folder.path().join("huihua.log")).unwrap();
        let left = std::fs::read_dir(huihua.folder.path().join("data")).unwrap();
        let left = left.map(|entry| entry.unwrap().file_name().into_string().unwrap());
        assert_eq!(left.filter(|name| name.contains(".sqlite3")).count(), 1);
    }
}
