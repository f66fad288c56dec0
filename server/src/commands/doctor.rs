//! `doctor`: tries the settings and the store, and says what is wrong and what is unsafe.

use std::io::{self, IsTerminal as _, Write as _};

use admin::{Admin, Step};
use huihua::{
    Clock, Settings, Store,
    settings::{EngineName, SecretKeySource, SettingError},
    signing::{RECOMMENDED_SECRET_KEY, SIGNED_COOKIES_SALT},
};
use serde_json::json;
use tower_sessions::cookie::SameSite;

use super::output::Output;
use crate::{error::Error, settings::ServerSettings};

#[derive(Clone, Copy, PartialEq)]
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

/// Tries everything and prints all of it.
///
/// # Errors
/// When something is wrong.
pub(crate) async fn doctor(
    settings: Result<&ServerSettings, SettingError>,
    unknown: Option<String>,
    output: Output,
) -> Result<(), Error> {
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
    findings.print(output)
}

/// Prints whether this process reads a session that Django has written.
///
/// # Errors
/// When it doesn't: why.
pub(crate) async fn django(
    settings: &Settings,
    output: Output,
    session: &str,
) -> Result<(), Error> {
    let reading = huihua::django::read(settings, session).await?;
    let (is_fine, text) = (reading.is_fine(), reading.to_string());
    if is_fine || output.json {
        output.print(&text, &json!({ "ok": is_fine, "message": text }))?;
    }
    match is_fine {
        true => Ok(()),
        false => Err(Error::Refused(text)),
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
        let engine = match Store::open(settings).await {
            Ok(Store::Rows(engine)) => engine,
            Ok(Store::Cookie) => return self.cookie(settings),
            Err(error) => return self.note("store", Status::Error, error.to_string()),
        };
        let admin = match Admin::new(engine, settings, Clock::system()) {
            Ok(admin) => admin,
            Err(error) => return self.note("SECRET_KEY", Status::Error, error.to_string()),
        };
        match admin.store_info().await {
            Ok(info) => {
                self.note("store", Status::Fine, info.server);
                for warning in info.warnings {
                    self.note("store", Status::Warning, warning);
                }
            }
            Err(error) => self.note("store", Status::Error, error.to_string()),
        }
        self.0.extend(admin.check_store().await.map(Check::from));
    }

    fn cookie(&mut self, settings: &Settings) {
        let now = Clock::system().now();
        let signer = settings.signer(SIGNED_COOKIES_SALT);
        match signer.map(|signer| signer.verify(&signer.sign("{}", now)).is_ok()) {
            Ok(true) => self.note("store", Status::Fine, "signed cookies".into()),
            Ok(false) => {
                let message = "what is signed can't be read".into();
                self.note("store", Status::Error, message);
            }
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
            shortest.is_some_and(|length| length < RECOMMENDED_SECRET_KEY),
            "one is short: whoever guesses it can sign sessions; remove it as soon as you can",
        );
        match settings.secret_key_source() {
            SecretKeySource::Set { length } => warn(
                "SECRET_KEY",
                length < RECOMMENDED_SECRET_KEY,
                &format!("is short: use {RECOMMENDED_SECRET_KEY} random characters or more"),
            ),
            SecretKeySource::File => warn(
                "SECRET_KEY",
                true,
                "is the one in data/secret_key: several servers need the same one, so set it there",
            ),
        }
    }

    fn print(&self, output: Output) -> Result<(), Error> {
        let errors = self.0.iter().filter(|check| check.status == Status::Error);
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
    fn as_json(&self) -> serde_json::Value {
        json!({
            "name": self.name,
            "status": self.status.name(),
            "message": self.message,
            "ms": self.millis,
        })
    }

    fn as_text(&self, coloured: bool) -> String {
        let millis = self
            .millis
            .map(|millis| format!(" ({millis:.1} ms)"))
            .unwrap_or_default();
        let status = format!("{:<7}", self.status.name());
        let status = match coloured {
            true => format!("\u{1b}[{}m{status}\u{1b}[0m", self.status.colour()),
            false => status,
        };
        format!("{status}  {}: {}{millis}", self.name, self.message)
    }
}

impl From<Step> for Check {
    fn from(step: Step) -> Self {
        let (status, message) = match step.done {
            Ok(true) => (Status::Fine, "as it should be".to_owned()),
            Ok(false) => (Status::Error, "the store did something else".to_owned()),
            Err(error) => (Status::Error, error.to_string()),
        };
        Self {
            name: step.name,
            status,
            message,
            millis: Some(step.took.as_secs_f64() * 1000.0),
        }
    }
}

impl Status {
    fn name(self) -> &'static str {
        match self {
            Self::Fine => "ok",
            Self::Warning => "warning",
            Self::Error => "error",
        }
    }

    /// Its colour on a terminal.
    fn colour(self) -> u8 {
        match self {
            Self::Fine => 32,
            Self::Warning => 33,
            Self::Error => 31,
        }
    }
}
