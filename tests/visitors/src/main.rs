//! Has many visitors use the built site at full speed for a while, and says what they have seen.

use std::{fs, path::PathBuf, process::ExitCode, time::Duration};

use clap::Parser;
use servers::{Huihua, Running, stores::Store};
use tokio::time::{Instant, MissedTickBehavior, interval};
use visitors::Crowd;

/// Has many visitors use the built site at full speed, and checks every answer.
#[derive(Parser)]
#[command(bin_name = "cargo xtask soak")]
struct Arguments {
    /// The built program
    #[arg(long)]
    huihua: PathBuf,
    /// The folder of the built site
    #[arg(long)]
    site: PathBuf,
    /// How long
    #[arg(long, default_value_t = 10)]
    minutes: u64,
    /// Where sessions are kept: `db`, `redis` and so on, or as tests name it, `db_on_postgres`
    #[arg(long, default_value = "db")]
    engine: String,
    /// How many visitors there are
    #[arg(long, default_value_t = 1000)]
    visitors: usize,
    /// How many of them do something at the same time
    #[arg(long, default_value_t = 16)]
    at_once: usize,
}

/// What the process takes.
struct Takes {
    kilobytes: u64,
    files: usize,
}

fn takes(process: u32) -> Takes {
    let status = fs::read_to_string(format!("/proc/{process}/status")).unwrap_or_default();
    let kilobytes = status.lines().find_map(|line| {
        let kilobytes = line.strip_prefix("VmRSS:")?.trim().strip_suffix("kB")?;
        kilobytes.trim().parse().ok()
    });
    Takes {
        kilobytes: kilobytes.unwrap_or_default(),
        files: fs::read_dir(format!("/proc/{process}/fd")).map_or(0, Iterator::count),
    }
}

#[tokio::main]
async fn main() -> Result<ExitCode, String> {
    let arguments = Arguments::parse();
    let store = Store::named(&arguments.engine).ok_or("there is no such engine")?;
    servers::installed(store.programs).map_err(|missing| missing.to_string())?;
    let folder = tempfile::tempdir().map_err(|error| error.to_string())?;
    let running = Running::default();
    let mut settings = store.settings(&running, folder.path());
    for (name, text) in [
        ("SECRET_KEY", "a secret for visitors".to_owned()),
        ("LOGIN_RATE_LIMIT", "0".to_owned()),
        ("LEPTOS_SITE_ROOT", arguments.site.display().to_string()),
        ("RUST_LOG", "warn".to_owned()),
    ] {
        settings.push((name.to_owned(), text));
    }
    let site = Huihua::start(&arguments.huihua, &settings, folder.path());
    let process = site.id().ok_or("the site has ended")?;
    let crowd = Crowd::new(site.url(), arguments.visitors).map_err(|error| error.to_string())?;

    println!("{}, {} minutes", store.name, arguments.minutes);
    println!("| minute | requests | a second | violations | memory, kB | open files |");
    println!("|---|---|---|---|---|---|");
    let start = Instant::now();
    let rushing = tokio::spawn({
        let (crowd, at_once) = (crowd.clone(), arguments.at_once);
        async move { crowd.rush(at_once).await }
    });
    let mut minutes = interval(Duration::from_secs(60));
    minutes.set_missed_tick_behavior(MissedTickBehavior::Delay);
    for minute in 0..=arguments.minutes {
        minutes.tick().await;
        let tally = crowd.tally();
        let requests = tally.answers();
        let a_second = requests as f64 / start.elapsed().as_secs_f64().max(1.0);
        let violations = tally.violations();
        let Takes { kilobytes, files } = takes(process);
        println!(
            "| {minute} | {requests} | {a_second:.0} | {violations} | {kilobytes} | {files} |"
        );
    }
    crowd.go_home();
    rushing.await.map_err(|error| error.to_string())?;
    crowd.check_all().await;
    let Takes { kilobytes, files } = takes(process);
    let tally = crowd.tally();
    println!(
        "{} requests, {} of them acknowledged writes; {} answered 503, {} not answered; slowest \
         {:?}; {kilobytes} kB and {files} open files with everybody gone; {} violations",
        tally.answers(),
        tally.acknowledgements(),
        tally.unavailables(),
        tally.breaks(),
        tally.longest(),
        tally.violations(),
    );
    for words in tally.words() {
        println!("- {words}");
    }
    let said = site.said();
    // What visitors do on purpose is refused and logged.
    let warnings = said
        .lines()
        .filter(|line| line.contains("WARN") || line.contains("ERROR"))
        .filter(|line| !line.contains("cross_site_refused"));
    for warning in warnings.take(10) {
        println!("log: {warning}");
    }
    let failures = tally.violations() + tally.unavailables() + tally.breaks();
    Ok(match failures {
        0 => ExitCode::SUCCESS,
        _ => ExitCode::FAILURE,
    })
}
