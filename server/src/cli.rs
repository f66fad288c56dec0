//! The command line. Every setting is a flag and an environment variable of the same name.

use std::{env, io, pin::Pin, process};

use clap::{Arg, CommandFactory as _, FromArgMatches as _, Parser, Subcommand};
use huihua::settings::Setting;

use crate::{
    commands::{self, Output, SessionsCommand},
    dotenv,
    error::Error,
    log,
    settings::{self, ServerSettings},
    startup,
};

/// 会话 Huihua: a site that remembers you, with Django's sessions on Leptos and axum
#[derive(Debug, Parser)]
#[command(
    name = "huihua",
    version,
    after_help = "Settings are read from flags, then the environment, then the file .env.\n\
        Exit codes: 0 done; 1 the store failed, or there is no such session, or the doctor \
        found an error; 2 a setting or an argument can't be used; 130 a second Ctrl-C."
)]
struct Arguments {
    /// Answers in JSON, for programs
    #[arg(long, global = true)]
    json: bool,
    #[command(subcommand)]
    command: Option<Command>,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Runs the site (also without a command)
    Serve,
    /// Makes the table django_session, as Django's own migration does
    Migrate,
    /// Removes expired sessions and prints how many there were
    Clearsessions,
    /// Lists, counts, shows and deletes sessions, wherever they are kept
    #[command(subcommand, arg_required_else_help = false)]
    Sessions(SessionsCommand),
    /// Tries the settings and the store, and says what is wrong and what is unsafe
    Doctor {
        /// Says instead whether this process reads a session of Django's, and if not, why: the value
        /// of its cookie, its key, or its session_data
        #[arg(long, value_name = "SESSION")]
        django: Option<String>,
    },
}

/// Runs the command of the command line, with the settings of flags, environment and `.env`.
///
/// # Errors
/// When the command fails: why, in one sentence.
pub async fn run() -> Result<(), Error> {
    match execute().await {
        // The reader has closed the pipe, as `head` does.
        Err(Error::Server(error)) if error.kind() == io::ErrorKind::BrokenPipe => Ok(()),
        done => done,
    }
}

async fn execute() -> Result<(), Error> {
    settings::check_environment()?;
    let matches = match command().try_get_matches() {
        Ok(matches) => matches,
        // Help and version are answers too: what can't be printed is a failure.
        Err(answer) => {
            answer.print()?;
            process::exit(answer.exit_code());
        }
    };
    let arguments = Arguments::from_arg_matches(&matches).unwrap_or_else(|error| error.exit());
    let dotenv = dotenv::read().map_err(Error::Argument)?;
    log::init(dotenv.get("RUST_LOG"))?;
    let lookup = |name: &str| matches.get_one(name).or_else(|| dotenv.get(name)).cloned();
    let settings = ServerSettings::read(lookup);
    let variables = env::vars_os().map(|(name, _)| name.to_string_lossy().into_owned());
    let unknown = settings::unknown(variables.chain(dotenv.keys().cloned()));
    let output = Output { json: arguments.json };
    let command = arguments.command.unwrap_or(Command::Serve);
    // Boxed: the futures of all engines within one another are too deep for the compiler.
    let work: Pin<Box<dyn Future<Output = Result<(), Error>>>> = match (command, settings) {
        (Command::Doctor { django: None }, settings) => {
            Box::pin(commands::doctor(settings, unknown, output))
        }
        (_, Err(error)) => return Err(error.into()),
        (Command::Doctor { django: Some(session) }, Ok(settings)) => {
            Box::pin(commands::django(settings.sessions, output, session))
        }
        (Command::Migrate, Ok(settings)) => Box::pin(commands::migrate(settings.sessions, output)),
        (Command::Clearsessions, Ok(settings)) => {
            Box::pin(commands::clear_sessions(settings.sessions, output))
        }
        (Command::Sessions(command), Ok(settings)) => {
            Box::pin(commands::sessions(settings.sessions, output, command))
        }
        (Command::Serve, Ok(settings)) => {
            if let Some(unknown) = unknown {
                tracing::warn!("{unknown}");
            }
            Box::pin(startup::serve(settings))
        }
    };
    work.await
}

fn command() -> clap::Command {
    Arguments::command().args(settings::all().map(flag))
}

fn flag(setting: &Setting) -> Arg {
    Arg::new(setting.name)
        .long(setting.name.to_ascii_lowercase().replace('_', "-"))
        .env(setting.name)
        .hide_env_values(true)
        .global(true)
        .value_name("VALUE")
        .help_heading("Settings")
        .help(format!("{} [default: {}]", setting.meaning, setting.default))
}

#[cfg(test)]
mod tests;
