//! `doctor`: tries the settings and the store, and says what is wrong and what is unsafe.

use std::{
    io::{self, IsTerminal as _, Write as _},
    sync::Arc,
    time::Instant,
};

use huihua::{
    Clock, Engine, SecretKeys, Settings, Store,
    engine::{Replaced, Row},
    key::SessionKey,
    settings::{EngineName, SecretKeySource, SettingError},
    signing::{SERVER_SIDE_SALT, SIGNED_COOKIES_SALT, Signer},
};
use serde_json::json;
use time::OffsetDateTime;
use tower_sessions::cookie::SameSite;

use super::Answer;
use crate::{cli::Stop, settings::ServerSettings};

/// A secret that is shorter can be guessed: Django warns of the same length.
const SHORTEST_SECRET: usize = 50;

enum Status {
    Fine,
    Warning,
    Error,
}

struct Check {
    name: &'static str,
    status: Status,
    message: String,
    millis: Option<f64>,
}

#[derive(Default)]
struct Findings(Vec<Check>);

/// Tries everything, says all of it, and only then fails.
pub(crate) async fn doctor(
    settings: Result<&ServerSettings, SettingError>,
    unknown: Option<String>,
    answer: Answer,
) -> Result<(), Stop> {
    let mut findings = Findings::default();
    match settings {
        Err(error) => findings.note("settings", Status::Error, error.to_string()),
        Ok(settings) => {
            match settings.check_site() {
                Ok(()) => findings.note("settings", Status::Fine, "they can be used".into()),
                Err(error) => findings.note("settings", Status::Error, error.to_string()),
            }
            findings.store(&settings.sessions).await;
            findings.settings(&settings.sessions);
        }
    }
    if let Some(unknown) = unknown {
        findings.note("settings", Status::Warning, unknown);
    }
    findings.print(answer)
}

/// Says whether this process reads a session that Django has written.
pub(crate) async fn django(settings: &Settings, answer: Answer, session: &str) -> Result<(), Stop> {
    let reading = huihua::django::read(settings, session).await?;
    let (is_fine, text) = (reading.is_fine(), reading.to_string());
    if is_fine || answer.json {
        answer.say(&text, &json!({ "ok": is_fine, "message": text }))?;
    }
    match is_fine {
        true => Ok(()),
        false => Err(Stop::Refused(text)),
    }
}

impl Findings {
    fn note(&mut self, name: &'static str, status: Status, message: String) {
        self.0.push(Check {
            name,
            status,
            message,
            millis: None,
        });
    }

    async fn store(&mut self, settings: &Settings) {
        let store = match Store::open(settings).await {
            Ok(store) => store,
            Err(error) => return self.note("store", Status::Error, error.to_string()),
        };
        let Store::Rows(engine) = store else {
            return self.cookie(settings);
        };
        match engine.info().await {
            Ok(info) => {
                self.note("store", Status::Fine, info.server);
                for warning in info.warnings {
                    self.note("store", Status::Warning, warning);
                }
            }
            Err(error) => self.note("store", Status::Error, error.to_string()),
        }
        match settings.secret_keys() {
            Ok(keys) => self.probe(&engine, &keys).await,
            Err(error) => self.note("SECRET_KEY", Status::Error, error.to_string()),
        }
    }

    /// A session that nobody has: written, swapped, read and deleted.
    async fn probe(&mut self, engine: &Arc<dyn Engine>, keys: &SecretKeys) {
        let key = SessionKey::generate().stored(true);
        let signer = Signer::new(keys, SERVER_SIDE_SALT);
        // Signed in 1970: a store in Django's form forgets when.
        let row = |json: &str| Row {
            payload: signer.sign(json, OffsetDateTime::UNIX_EPOCH),
            expires_at: Clock::system().now() + time::Duration::MINUTE,
        };
        let (first, second) = (row("{\"probe\":1}"), row("{\"probe\":2}"));
        let start = Instant::now();
        let created = engine.create(&key, &first).await;
        self.step("write", start, created);
        let start = Instant::now();
        let swapped = engine.replace(&key, &first, &second).await;
        self.step("swap", start, swapped.map(|done| done == Replaced::Done));
        let start = Instant::now();
        let refused = engine.replace(&key, &first, &first).await;
        let refused = refused.map(|done| matches!(done, Replaced::Changed(_)));
        self.step("swap of what has changed", start, refused);
        let start = Instant::now();
        let read = engine.load(&key).await;
        let read = read.map(|row| row.is_some_and(|row| row.payload == second.payload));
        self.step("read", start, read);
        let start = Instant::now();
        let deleted = engine.delete(&key).await;
        self.step("delete", start, deleted.map(|()| true));
        let start = Instant::now();
        let gone = engine.load(&key).await;
        self.step(
            "read of what is deleted",
            start,
            gone.map(|row| row.is_none()),
        );
    }

    fn step(&mut self, name: &'static str, start: Instant, done: huihua::engine::Result<bool>) {
        let (status, message) = match done {
            Ok(true) => (Status::Fine, "as it should be".to_owned()),
            Ok(false) => (Status::Error, "the store did something else".to_owned()),
            Err(error) => (Status::Error, error.to_string()),
        };
        self.0.push(Check {
            name,
            status,
            message,
            millis: Some(start.elapsed().as_secs_f64() * 1000.0),
        });
    }

    fn cookie(&mut self, settings: &Settings) {
        let now = Clock::system().now();
        let signed = settings.secret_keys().map(|keys| {
            let signer = Signer::new(&keys, SIGNED_COOKIES_SALT);
            signer.verify(&signer.sign("{}", now)).is_ok()
        });
        match signed {
            Ok(true) => self.note("store", Status::Fine, "signed cookies".into()),
            Ok(false) => self.note(
                "store",
                Status::Error,
                "what is signed can't be read".into(),
            ),
            Err(error) => self.note("store", Status::Error, error.to_string()),
        }
        self.note(
            "store",
            Status::Warning,
            "SESSION_ENGINE=signed_cookies: a logout can't revoke a copied cookie, and everybody \
             who has it can read what is in it"
                .into(),
        );
    }

    fn settings(&mut self, settings: &Settings) {
        let mut warn = |name, unsafe_: bool, message: &str| {
            if unsafe_ {
                self.note(name, Status::Warning, message.to_owned());
            }
        };
        warn(
            "SESSION_ENABLED",
            !settings.session_enabled,
            "is false: nobody can log in",
        );
        warn(
            "SESSION_COOKIE_SECURE",
            !settings.session_cookie_secure,
            "is false: the cookie is sent over HTTP too, where others can read it; set \
             LEPTOS_ENV=PROD in production",
        );
        warn(
            "SESSION_COOKIE_SECURE",
            settings.session_cookie_secure,
            "is true: nobody can log in by plain HTTP, so a proxy has to serve the site by HTTPS",
        );
        warn(
            "SESSION_COOKIE_HTTPONLY",
            !settings.session_cookie_httponly,
            "is false: any script on a page can take the cookie away",
        );
        warn(
            "SESSION_COOKIE_SAMESITE",
            settings.session_cookie_samesite == SameSite::None,
            "is None: requests that other sites make bring the cookie",
        );
        let rows = settings.session_engine != EngineName::SignedCookies;
        warn(
            "SESSION_HASH_KEYS",
            rows && !settings.session_hash_keys,
            "is false: whoever reads the store can use every session; only sharing with Django \
             needs it",
        );
        let shortest = settings.shortest_fallback();
        warn(
            "SECRET_KEY_FALLBACKS",
            shortest.is_some_and(|length| length < SHORTEST_SECRET),
            "one is short: whoever guesses it can sign sessions; remove it as soon as you can",
        );
        match settings.secret_key_source() {
            SecretKeySource::Set { length } => warn(
                "SECRET_KEY",
                length < SHORTEST_SECRET,
                "is short: use 50 random characters or more",
            ),
            SecretKeySource::Kept => warn(
                "SECRET_KEY",
                true,
                "is the one in data/secret_key: several servers need the same one, so set it there",
            ),
        }
    }

    fn print(&self, answer: Answer) -> Result<(), Stop> {
        let errors = self
            .0
            .iter()
            .filter(|check| matches!(check.status, Status::Error));
        let errors = errors.count();
        let mut out = io::stdout().lock();
        if answer.json {
            let checks: Vec<_> = self
                .0
                .iter()
                .map(|check| {
                    json!({
                        "name": check.name,
                        "status": check.status.name(),
                        "message": check.message,
                        "ms": check.millis,
                    })
                })
                .collect();
            writeln!(out, "{}", json!({ "ok": errors == 0, "checks": checks }))?;
        } else {
            let coloured = out.is_terminal();
            for check in &self.0 {
                let status = check.status.shown(coloured);
                let millis = check
                    .millis
                    .map(|millis| format!(" ({millis:.1} ms)"))
                    .unwrap_or_default();
                writeln!(out, "{status}  {}: {}{millis}", check.name, check.message)?;
            }
        }
        match errors {
            0 => Ok(()),
            1 => Err(Stop::Refused("1 thing is wrong".into())),
            errors => Err(Stop::Refused(format!("{errors} things are wrong"))),
        }
    }
}

impl Status {
    fn name(&self) -> &'static str {
        match self {
            Self::Fine => "ok",
            Self::Warning => "warning",
            Self::Error => "error",
        }
    }

    fn shown(&self, coloured: bool) -> String {
        let colour = match self {
            Self::Fine => 32,
            Self::Warning => 33,
            Self::Error => 31,
        };
        match coloured {
            true => format!("\u{1b}[{colour}m{:<7}\u{1b}[0m", self.name()),
            false => format!("{:<7}", self.name()),
        }
    }
}
