//! Known requests to the site, and the sessions that are stored besides.

use std::{path::Path, time::Duration};

use futures_util::{StreamExt, stream};
use huihua::{
    SecretKeys,
    signing::{SERVER_SIDE_SALT, Signer},
};
use reqwest::{Client, header, redirect::Policy};
use servers::{Huihua, stores::Settings};
use tempfile::TempDir;
use time::OffsetDateTime;

use crate::{Arguments, Kind, PerRequest};

/// Visitors, each with a session.
const VISITORS: usize = 500;
/// How often each of them asks.
const ROUNDS: usize = 4;
/// How many of them at once.
const AT_ONCE: usize = 8;
/// A session that ends after so many seconds without a visit is touched once a second at most.
const SHORT: u32 = 100;

/// What the store has done so far: all of these only grow.
pub(crate) trait Meter {
    /// All of it, in the units of [`PerRequest`].
    async fn read(&mut self) -> PerRequest;
}

/// The payload of a session as sites have them: who it is, in which language, and a few things more.
pub(crate) fn payload(number: u32) -> String {
    let keys = SecretKeys::allow_short("the key of the benchmark").expect("a key");
    let session = format!(
        r#"{{"_language":"zh-hans","_session_expiry":1209600,"cart":[3,1415,{number}],"csrf":"{number:032x}","uname":"visitor{number}"}}"#
    );
    Signer::new(&keys, SERVER_SIDE_SALT).sign(&session, OffsetDateTime::UNIX_EPOCH)
}

/// Has the site asked for each kind of request, and answers what one of each costs.
pub(crate) async fn kinds(
    arguments: &Arguments,
    store: &Settings,
    meter: &mut impl Meter,
) -> Vec<(Kind, PerRequest)> {
    let mut found = Vec::new();
    {
        let site = Site::start(arguments, store, "false");
        // Connections and prepared statements are made before anything is counted.
        site.visit(&vec![String::new(); VISITORS]).await;
        site.log_in("expiry=default").await;

        let before = meter.read().await;
        let sessions = site.log_in("expiry=default").await;
        let spent = spent(before, meter.read().await, VISITORS);
        found.push((Kind::Login, spent));

        let guests = vec![String::new(); VISITORS];
        found.push((Kind::Guest, visits(&site, &guests, meter).await));
        found.push((Kind::Page, visits(&site, &sessions, meter).await));
        let sessions = site.log_in("expiry=idle&seconds=1209600").await;
        found.push((Kind::NotDue, visits(&site, &sessions, meter).await));
        let sessions = site.log_in(&format!("expiry=idle&seconds={SHORT}")).await;
        found.push((Kind::Due, visits(&site, &sessions, meter).await));
    }
    let site = Site::start(arguments, store, "true");
    let sessions = site.log_in("expiry=default").await;
    site.visit(&sessions).await;
    found.push((Kind::EveryTime, visits(&site, &sessions, meter).await));
    found
}

/// What one visit with one of these cookies costs.
async fn visits(site: &Site, cookies: &[String], meter: &mut impl Meter) -> PerRequest {
    let mut total = PerRequest::default();
    for _ in 0..ROUNDS {
        // Until the short ones are due again.
        tokio::time::sleep(Duration::from_millis(1100)).await;
        let before = meter.read().await;
        site.visit(cookies).await;
        let spent = spent(before, meter.read().await, cookies.len() * ROUNDS);
        total = total.plus(spent);
    }
    total
}

fn spent(before: PerRequest, after: PerRequest, requests: usize) -> PerRequest {
    let share = |before: f64, after: f64| (after - before) / requests as f64;
    before.with(after, share)
}

impl PerRequest {
    fn plus(self, other: Self) -> Self {
        self.with(other, |one, other| one + other)
    }

    pub(crate) fn with(self, other: Self, each: impl Fn(f64, f64) -> f64) -> Self {
        Self {
            operations: each(self.operations, other.operations),
            writes: each(self.writes, other.writes),
            micros: each(self.micros, other.micros),
            to_store: each(self.to_store, other.to_store),
            from_store: each(self.from_store, other.from_store),
            logged: each(self.logged, other.logged),
        }
    }
}

struct Site {
    site: Huihua,
    client: Client,
    _folder: TempDir,
}

impl Site {
    fn start(arguments: &Arguments, store: &Settings, save_every_request: &str) -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let absolute = |path: &Path| path.canonicalize().expect("the built site");
        let mut settings = store.clone();
        let root = absolute(&arguments.site).display().to_string();
        for (name, text) in [
            ("LEPTOS_SITE_ROOT", root.as_str()),
            ("SECRET_KEY", "the key of the benchmark"),
            ("LOGIN_RATE_LIMIT", "0"),
            ("SESSION_SAVE_EVERY_REQUEST", save_every_request),
        ] {
            settings.push((name.into(), text.into()));
        }
        let client = Client::builder().redirect(Policy::none()).build();
        Self {
            site: Huihua::start(&absolute(&arguments.huihua), &settings, folder.path()),
            client: client.expect("a client"),
            _folder: folder,
        }
    }

    /// Everybody logs in anew; answers their cookies.
    async fn log_in(&self, expiry: &str) -> Vec<String> {
        let forms = (0..VISITORS).map(|number| format!("uname=visitor{number}&{expiry}"));
        let logins = forms.map(|form| async {
            let request = self
                .client
                .post(format!("{}/login_handle/", self.site.url()));
            let kind = "application/x-www-form-urlencoded";
            let request = request.header(header::CONTENT_TYPE, kind).body(form);
            let answer = request.send().await.expect("an answer");
            let cookie = answer.headers()[header::SET_COOKIE].to_str();
            let cookie = cookie.expect("a cookie").split(';').next();
            cookie.unwrap_or_default().to_owned()
        });
        stream::iter(logins).buffered(AT_ONCE).collect().await
    }

    /// Each of these cookies is brought to the first page once; an empty one is none.
    async fn visit(&self, cookies: &[String]) {
        let visits = cookies.iter().map(|cookie| async move {
            let mut request = self.client.get(format!("{}/", self.site.url()));
            if !cookie.is_empty() {
                request = request.header(header::COOKIE, cookie);
            }
            let page = request.send().await.expect("an answer").text().await;
            let known = page.expect("a page").contains("你好：visitor");
            assert_eq!(known, !cookie.is_empty(), "the session has to be there");
        });
        stream::iter(visits)
            .buffer_unordered(AT_ONCE)
            .collect::<()>()
            .await;
    }
}
