//! The command line. Every setting is a flag and an environment variable of the same name.

use std::{env, io, pin::Pin};

use admin::{ORDERS, order_name};
use clap::{Arg, ArgAction, ArgMatches, Command};
use huihua::settings::Setting;

use crate::{
    commands::{self, Output},
    dotenv,
    error::Error,
    log,
    settings::{self, ServerSettings},
    startup,
};

/// Runs the command of the command line, with the settings of flags, environment and `.env`.
///
/// # Errors
/// When the command fails: why, in one sentence.
pub async fn run() -> Result<(), Error> {
    settings::check_environment()?;
    let matches = command().get_matches();
    let dotenv = dotenv::read().map_err(Error::DotEnv)?;
    log::init(dotenv.get("RUST_LOG"))?;
    let (name, arguments) = matches.subcommand().unwrap_or(("serve", &matches));
    let lookup = |name: &str| text(arguments, name).or_else(|| dotenv.get(name).cloned());
    let settings = ServerSettings::read(lookup);
    let variables = env::vars_os().map(|(name, _)| name.to_string_lossy().into_owned());
    let unknown = settings::unknown(variables.chain(dotenv.keys().cloned()));
    let output = Output::of(arguments);
    // Boxed: the futures of all engines within one another are too deep for the compiler.
    let work: Pin<Box<dyn Future<Output = Result<(), Error>>>> = match (name, &settings) {
        ("doctor", Ok(settings)) if arguments.contains_id("django") => {
            let session = text(arguments, "django").unwrap_or_default();
            Box::pin(async move { commands::django(&settings.sessions, output, &session).await })
        }
        ("doctor", settings) => {
            let settings = settings.as_ref().map_err(Clone::clone);
            Box::pin(commands::doctor(settings, unknown, output))
        }
        (_, Err(error)) => return Err(error.clone().into()),
        ("migrate", Ok(settings)) => Box::pin(commands::migrate(&settings.sessions, output)),
        ("clearsessions", Ok(settings)) => {
            Box::pin(commands::clear_sessions(&settings.sessions, output))
        }
        ("sessions", Ok(settings)) => {
            Box::pin(commands::sessions(&settings.sessions, output, arguments))
        }
        (_, Ok(settings)) => {
            if let Some(unknown) = unknown {
                tracing::warn!("{unknown}");
            }
            Box::pin(startup::serve(settings))
        }
    };
    match work.await {
        // The reader has closed the pipe, as `head` does.
        Err(Error::Server(error)) if error.kind() == io::ErrorKind::BrokenPipe => Ok(()),
        done => done,
    }
}

fn text(arguments: &ArgMatches, name: &str) -> Option<String> {
    arguments.get_one::<String>(name).cloned()
}

fn command() -> Command {
    Command::new("huihua")
        .version(env!("CARGO_PKG_VERSION"))
        .about("会话 Huihua: a site that remembers you, with Django's sessions on Leptos and axum")
        .after_help(
            "Settings are read from flags, then the environment, then the file .env.\n\
             Exit codes: 0 done; 1 the store failed, or there is no such session, or the doctor \
             found an error; 2 a setting or an argument can't be used; 130 a second Ctrl-C.",
        )
        .arg(
            Arg::new("json")
                .long("json")
                .global(true)
                .action(ArgAction::SetTrue)
                .help("Answers in JSON, for programs"),
        )
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
        .subcommand(
            Command::new("sessions")
                .about("Lists, counts, shows and deletes sessions, wherever they are kept")
                .subcommand_required(true)
                .subcommand(
                    Command::new("keys")
                        .about("Lists the keys as they are stored, a line each (Redis: keys *)")
                        .arg(key(
                            "GLOB",
                            "Only these: * any text, ? a character, [a-f] one of these",
                        )),
                )
                .subcommand(
                    Command::new("list")
                        .about(
                            "Lists who is logged in, a session a line: how it is named in logs, how \
                             it ends, when it was last changed, when it ends, bytes, name",
                        )
                        .arg(uname("Only those of exactly this name"))
                        .arg(
                            Arg::new("sort")
                                .long("sort")
                                .value_name("ORDER")
                                .value_parser(ORDERS.map(order_name))
                                .default_value("own")
                                .help("The store's own order; or, in databases, by when they end"),
                        ),
                )
                .subcommand(Command::new("count").about(
                    "Says how many sessions there are, how they end, and how many end on each \
                     of the next 14 days; in a large store, going by a sample of them",
                ))
                .subcommand(
                    Command::new("get")
                        .about("Prints what a session holds, as JSON (Redis: get NAME)")
                        .arg(key("KEY", A_KEY).required(true)),
                )
                .subcommand(
                    Command::new("del")
                        .about("Deletes sessions: who has them is logged out (Redis: del NAME)")
                        .arg(
                            key("KEY", A_KEY)
                                .required_unless_present("uname")
                                .num_args(1..),
                        )
                        .arg(uname("All of exactly this name instead").conflicts_with("KEY")),
                ),
        )
        .subcommand(
            Command::new("doctor")
                .about(
                    "Tries the settings and the store, and says what is wrong and what is unsafe",
                )
                .arg(
                    Arg::new("django")
                        .long("django")
                        .value_name("SESSION")
                        .help(
                            "Says instead whether this process reads a session of Django's, and \
                             if not, why: the value of its cookie, its key, or its session_data",
                        ),
                ),
        )
}

const A_KEY: &str = "A key as a browser has it, or as it is stored";

fn key(shown: &'static str, help: &'static str) -> Arg {
    Arg::new("KEY").value_name(shown).help(help)
}

fn uname(help: &'static str) -> Arg {
    Arg::new("uname")
        .long("uname")
        .value_name("NAME")
        .help(help)
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
mod tests;
