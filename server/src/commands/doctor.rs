//! `doctor`: tries the settings and the store, and says what is wrong and what is unsafe.

use std::io::{self, IsTerminal as _, Write as _};

use admin::{Admin, Step};
use huihua::{
    Clock, SameSite, Settings, Store,
    display::for_terminals,
    settings::{EngineName, SecretKeySource, SettingError},
    signing::{RECOMMENDED_SECRET_KEY, SIGNED_COOKIES_SALT},
};
use serde_json::json;

use super::output::Output;
use crate::{error::Error, settings::ServerSettings};

/// The name of a status, and its colour on a terminal.
type Status = (&'static str, u8);

const FINE: Status = ("ok", 32);
const WARNING: Status = ("warning", 33);
const FAILED: Status = ("error", 31);

struct Check {
    name: &'static str,
    status: Status,
    message: String,
    millis: Option<f64>,
}

#[derive(Default)]
struct Findings(Vec<Check>);

/// Tries everything and prints all of it; fails when something is wrong.
pub(crate) async fn doctor(
    settings: Result<ServerSettings, SettingError>,
    unknown: Option<String>,
    output: Output,
) -> Result<(), Error> {
    let mut findings = Findings::default();
    match &settings {
        Err(error) => findings.note(FAILED, "settings", error),
        Ok(settings) => {
            match settings.check_site() {
                Ok(()) => findings.note(FINE, "settings", "they can be used"),
                Err(error) => findings.note(FAILED, "settings", error),
            }
            findings.store(&settings.sessions).await;
            findings.settings(&settings.sessions);
        }
    }
    if let Some(unknown) = unknown {
        findings.warn("settings", unknown);
    }
    findings.print(output)
}

/// Prints whether this process reads a session that Django has written; fails when it doesn't.
pub(crate) async fn django(
    settings: Settings,
    output: Output,
    session: String,
) -> Result<(), Error> {
    let reading = huihua::django::read(&settings, &session).await?;
    let (is_fine, text) = (reading.is_fine(), reading.to_string());
    if is_fine || output.json {
        output.print(&text, &json!({ "ok": is_fine, "message": text }))?;
    }
    if is_fine { Ok(()) } else { Err(Error::Refused(text)) }
}

impl Findings {
    fn note(&mut self, status: Status, name: &'static str, message: impl ToString) {
        self.0.push(Check::new(status, name, message));
    }

    fn warn(&mut self, name: &'static str, message: impl ToString) {
        self.note(WARNING, name, message);
    }

    async fn store(&mut self, settings: &Settings) {
        let engine = match Store::open(settings).await {
            Ok(Store::Rows(engine)) => engine,
            Ok(Store::Cookie) => return self.cookie(settings),
            Err(error) => return self.note(FAILED, "store", error),
        };
        let admin = match Admin::new(engine, settings, Clock::system()) {
            Ok(admin) => admin,
            Err(error) => return self.note(FAILED, "SECRET_KEY", error),
        };
        match admin.store_info().await {
            Ok(info) => {
                self.note(FINE, "store", info.server);
                for warning in info.warnings {
                    self.warn("store", warning);
                }
            }
            Err(error) => self.note(FAILED, "store", error),
        }
        self.0.extend(admin.check_store().await.map(Check::from));
    }

    fn cookie(&mut self, settings: &Settings) {
        let now = Clock::system().now();
        let signer = settings.signer(SIGNED_COOKIES_SALT);
        match signer.map(|signer| signer.verify(&signer.sign("{}", now)).is_ok()) {
            Ok(true) => self.note(FINE, "store", "signed cookies"),
            Ok(false) => self.note(FAILED, "store", "what is signed can't be read"),
            Err(error) => self.note(FAILED, "store", error),
        }
        self.warn(
            "store",
            "SESSION_ENGINE=signed_cookies: a logout can't revoke a copied cookie, and everybody \
             who has it can read what is in it",
        );
    }

    fn settings(&mut self, settings: &Settings) {
        if !settings.session_enabled {
            self.warn("SESSION_ENABLED", "is false: nobody can log in");
        }
        let secure = if settings.session_cookie_secure {
            "is true: nobody can log in by plain HTTP, so a proxy has to serve the site by HTTPS"
        } else {
            "is false: the cookie is sent over HTTP too, where others can read it; set \
                 LEPTOS_ENV=PROD in production"
        };
        self.warn("SESSION_COOKIE_SECURE", secure);
        if !settings.session_cookie_httponly {
            let why = "is false: any script on a page can take the cookie away";
            self.warn("SESSION_COOKIE_HTTPONLY", why);
        }
        if settings.session_cookie_samesite == SameSite::None {
            let why = "is None: requests that other sites make bring the cookie";
            self.warn("SESSION_COOKIE_SAMESITE", why);
        }
        if settings.session_engine != EngineName::SignedCookies && !settings.session_hash_keys {
            let why = "is false: whoever reads the store can use every session; only sharing with \
                       Django needs it";
            self.warn("SESSION_HASH_KEYS", why);
        }
        if settings.shortest_fallback().is_some_and(|length| length < RECOMMENDED_SECRET_KEY) {
            let why =
                "one is short: whoever guesses it can sign sessions; remove it as soon as you can";
            self.warn("SECRET_KEY_FALLBACKS", why);
        }
        match settings.secret_key_source() {
            SecretKeySource::Set { length } if length >= RECOMMENDED_SECRET_KEY => {}
            SecretKeySource::Set { .. } => {
                let why =
                    format!("is short: use {RECOMMENDED_SECRET_KEY} random characters or more");
                self.warn("SECRET_KEY", why);
            }
            SecretKeySource::File => self.warn(
                "SECRET_KEY",
                "is the one in data/secret_key: several servers need the same one, so set it there",
            ),
        }
    }

    fn print(&self, output: Output) -> Result<(), Error> {
        let errors = self.0.iter().filter(|check| check.status == FAILED);
        let errors = errors.count();
        let mut out = io::stdout().lock();
        if output.json {
            let checks: Vec<_> = self.0.iter().map(Check::as_json).collect();
            writeln!(out, "{}", json!({ "ok": errors == 0, "checks": checks }))?;
        } else {
            let coloured = out.is_terminal();
            for check in &self.0 {
                writeln!(out, "{}", check.as_text(coloured))?;
            }
        }
        match errors {
            0 => Ok(()),
            1 => Err(Error::Refused("1 thing is wrong".into())),
            errors => Err(Error::Refused(format!("{errors} things are wrong"))),
        }
    }
}

impl Check {
    fn new(status: Status, name: &'static str, message: impl ToString) -> Self {
        Self { name, status, message: message.to_string(), millis: None }
    }

    fn as_json(&self) -> serde_json::Value {
        let (status, _) = self.status;
        json!({
            "name": self.name,
            "status": status,
            "message": self.message,
            "ms": self.millis,
        })
    }

    fn as_text(&self, coloured: bool) -> String {
        let millis = self.millis.map(|millis| format!(" ({millis:.1} ms)"));
        let (status, colour) = self.status;
        let status = if coloured {
            format!("\u{1b}[{colour}m{status:<7}\u{1b}[0m")
        } else {
            format!("{status:<7}")
        };
        let message = for_terminals(&self.message);
        format!("{status}  {}: {message}{}", self.name, millis.unwrap_or_default())
    }
}

impl From<Step> for Check {
    fn from(step: Step) -> Self {
        let check = match step.done {
            Ok(true) => Self::new(FINE, step.name, "as it should be"),
            Ok(false) => Self::new(FAILED, step.name, "the store did something else"),
            Err(error) => Self::new(FAILED, step.name, error),
        };
        Self { millis: Some(step.took.as_secs_f64() * 1000.0), ..check }
    }
}
