//! One request through the router of the site, as `huihua serve` makes it, on the `cache` engine.

use std::{env, fs};

use axum::http::StatusCode;
use server::{
    settings::ServerSettings,
    startup::{Site, SiteService},
};

use crate::{Scenario, block_on, visitor::Visitor};

pub(crate) const SCENARIOS: &[Scenario] = &[
    Scenario {
        name: "home-guest",
        what: "GET / through the router of the site, by a guest",
        rounds: 1000,
        run: |rounds| pages(Who::Guest, "/", "游客", rounds),
    },
    Scenario {
        name: "home",
        what: "GET / by somebody logged in",
        rounds: 400,
        run: |rounds| pages(Who::LoggedIn, "/", "小明", rounds),
    },
    Scenario {
        name: "session",
        what: "GET /session/ by somebody logged in",
        rounds: 1000,
        run: |rounds| pages(Who::LoggedIn, "/session/", "小明", rounds),
    },
];

enum Who {
    Guest,
    LoggedIn,
}

fn pages(who: Who, path: &str, has: &str, rounds: u32) {
    block_on(async {
        let mut visitor = Visitor::new(site().await);
        if let Who::LoggedIn = who {
            // 小明, as a browser sends it.
            let login = visitor
                .post("/login_handle/", "uname=%E5%B0%8F%E6%98%8E")
                .await;
            assert!(
                login.sets_cookie,
                "no login: {} {}",
                login.status, login.text
            );
        }
        for _ in 0..rounds {
            let answer = visitor.get(path).await;
            assert_eq!(answer.status, StatusCode::OK);
            assert!(answer.text.contains(has), "no {has} in {}", answer.text);
        }
    });
}

async fn site() -> SiteService {
    // The server wants to see the built site; no page depends on what is in its files.
    let program = env::current_exe().expect("this program");
    let folder = program.with_file_name("counts-site");
    let pkg = folder.join("pkg");
    fs::create_dir_all(&pkg).expect("a folder");
    for kind in ["js", "wasm", "css"] {
        fs::write(pkg.join("huihua").with_extension(kind), "").expect("a file");
    }
    let settings = ServerSettings::read(|name| {
        let text = match name {
            "LEPTOS_SITE_ADDR" => "127.0.0.1:0".to_owned(),
            "LEPTOS_SITE_ROOT" => folder.display().to_string(),
            "SECRET_KEY" => "the key of the counts".to_owned(),
            "SESSION_ENGINE" => "cache".to_owned(),
            _ => return None,
        };
        Some(text)
    });
    let settings = settings.expect("settings");
    let site = Site::bind(&settings).await.expect("a site");
    site.into_service()
}
