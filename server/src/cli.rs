//! The command line. Every setting is a flag and an environment variable of the same name.

use std::io;

use clap::{Arg, ArgMatches, Command};
use huihua::settings::{Setting, SettingError};
use tracing_subscriber::EnvFilter;

use crate::{
    commands,
    settings::{self, ServerSettings},
    startup,
};

/// Why the process ends before it was asked to.
#[derive(Debug, thiserror::Error)]
pub enum Stop {
    /// A setting can't be used.
    #[error(transparent)]
    Setting(#[from] SettingError),
    /// The file `.env` can't be read.
    #[error(".env: {0}: write one NAME=value a line")]
    DotEnv(String),
    /// The store is broken.
    #[error("the session store: {0}")]
    Store(#[from] huihua::engine::Error),
    /// The server can't go on.
    #[error("the server: {0}")]
    Server(#[from] io::Error),
}

impl Stop {
    /// 2 for what the caller has to set right, 1 for everything else.
    pub fn exit_code(&self) -> u8 {
        match self {
            Self::Setting(_) | Self::DotEnv(_) => 2,
            Self::Store(_) | Self::Server(_) => 1,
        }
    }
}

/// Reads `.env`, the environment and the command line, and does what they say.
///
/// # Errors
/// Says in one sentence why it couldn't.
pub async fn run() -> Result<(), Stop> {
    match dotenvy::dotenv() {
        Err(error) if !error.not_found() => return Err(Stop::DotEnv(error.to_string())),
        _ => {}
    }
    let matches = command().get_matches();
    tracing_subscriber::fmt()
        .with_writer(io::stderr)
        .with_env_filter(
            EnvFilter::try_from_default_env().unwrap_or_else(|_| EnvFilter::new("info")),
        )
        .init();
    let (name, arguments) = matches.subcommand().unwrap_or(("serve", &matches));
    let settings = ServerSettings::read(|name| text(arguments, name))?;
    match name {
        "migrate" => commands::migrate(&settings.sessions).await,
        "clearsessions" => commands::clear_sessions(&settings.sessions).await,
        _ => startup::serve(&settings).await,
    }
}

fn text(arguments: &ArgMatches, name: &str) -> Option<String> {
    arguments.get_one::<String>(name).cloned()
}

fn command() -> Command {
    Command::new("huihua")
        .version(env!("CARGO_PKG_VERSION"))
        .about("会话 Huihua: a site that remembers you, with Django's sessions on Leptos and axum")
        .after_help("Settings are read from flags, then the environment, then the file .env.")
        .args(settings::all().map(flag))
        .subcommand(Command::new("serve").about("Runs the site (also without a command)"))
        .subcommand(
            Command::new("migrate")
                .about("Makes the table django_session, as Django's own migration does"),
        )
        .subcommand(
            Command::new("clearsessions")
                .about("Removes expired sessions and prints how many there were"),
        )
}

fn flag(setting: &Setting) -> Arg {
    Arg::new(setting.name)
        .long(setting.name.to_ascii_lowercase().replace('_', "-"))
        .env(setting.name)
        .hide_env_values(true)
        .global(true)
        .value_name("VALUE")
        .help_heading("Settings")
        .help(format!(
            "{} [default: {}]",
            setting.meaning, setting.default
        ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_command_line_is_sound() {
        command().debug_assert();
    }

    #[test]
    fn every_setting_is_a_flag_before_and_after_the_command() {
        for line in [
            ["huihua", "--session-cookie-age", "60", "migrate"],
            ["huihua", "migrate", "--session-cookie-age", "60"],
        ] {
            let matches = command().get_matches_from(line);
            let (name, arguments) = matches.subcommand().unwrap();
            assert_eq!(name, "migrate");
            assert_eq!(text(arguments, "SESSION_COOKIE_AGE").as_deref(), Some("60"));
        }
    }
}
