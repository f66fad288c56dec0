//! Runs three servers behind nginx, as `deploy/` sets them up, until it is told to stop.

use std::{path::PathBuf, time::Duration};

use clap::Parser;
use servers::{Fleet, Huihua};
use tokio::{
    signal::unix::{SignalKind, signal},
    task::block_in_place,
    time::sleep,
};
use visitors::Crowd;

/// How many of the visitors do something each second.
const A_SECOND: u32 = 100;
/// After which systemd starts a server again that has ended.
const RESTART: Duration = Duration::from_secs(1);

/// Runs three servers behind nginx, as `deploy/` sets them up, on loopback.
#[derive(Parser)]
#[command(bin_name = "cargo xtask cluster")]
struct Arguments {
    /// The built program
    #[arg(long)]
    huihua: PathBuf,
    /// The folder of the built site
    #[arg(long)]
    site: PathBuf,
    /// Where sessions are: on Redis with Sentinels, or on PostgreSQL
    #[arg(long, default_value = "redis", value_parser = Fleet::ENGINES)]
    engine: String,
    /// How many visitors log in and come again and again, and check every answer
    #[arg(long, default_value_t = 0)]
    visitors: usize,
}

#[tokio::main]
async fn main() -> Result<(), String> {
    let arguments = Arguments::parse();
    // Listened for from now on: whatever is started ends with this process.
    let told_to_stop = told_to_stop().map_err(|error| error.to_string())?;
    let mut more = vec![
        // There is no TLS on loopback, and browsers keep a Secure cookie from what has none.
        ("LEPTOS_ENV", "DEV"),
    ];
    if arguments.visitors > 0 {
        // All of them come from one address.
        more.push(("LOGIN_RATE_LIMIT", "0"));
    }
    println!("starting {}, three servers and nginx …", arguments.engine);
    let Arguments { engine, huihua, site, visitors } = arguments;
    let fleet = block_in_place(|| Fleet::start(&engine, &huihua, &site, &more));
    let mut fleet = fleet.map_err(|missing| missing.to_string())?;
    println!("会话 Huihua: {}/", fleet.url());
    for (number, server) in fleet.servers().iter().enumerate() {
        println!("server {}: {}, process {}", number + 1, server.url(), id(server));
    }
    println!(
        "`kill PROCESS` stops a server in order, `kill -9 PROCESS` as a power cut would; it is \
         started again after a second. Ctrl-C stops all."
    );
    let crowd = Crowd::new(&fleet.url(), visitors).map_err(|error| error.to_string())?;
    tokio::select! {
        () = told_to_stop => {}
        () = keep_up(&mut fleet) => {}
        () = visit(&crowd), if visitors > 0 => {}
    }
    println!("stopping");
    Ok(())
}

/// Done when Ctrl-C or SIGTERM comes.
fn told_to_stop() -> std::io::Result<impl Future<Output = ()>> {
    let mut interrupt = signal(SignalKind::interrupt())?;
    let mut terminate = signal(SignalKind::terminate())?;
    Ok(async move {
        tokio::select! {
            _ = interrupt.recv() => {}
            _ = terminate.recv() => {}
        }
    })
}

/// Starts servers again that have ended, as systemd does.
async fn keep_up(fleet: &mut Fleet) {
    loop {
        sleep(RESTART / 5).await;
        for (number, server) in fleet.servers().iter_mut().enumerate() {
            if server.has_ended() {
                println!("server {} has ended", number + 1);
                // Ctrl-C ends all of them, and this wait.
                sleep(RESTART).await;
                block_in_place(|| server.start_again());
                println!("server {} is back, process {}", number + 1, id(server));
            }
        }
    }
}

fn id(server: &Huihua) -> u32 {
    server.id().unwrap_or_default()
}

/// Has all of them log in and come again and again, and says every five seconds what they saw.
async fn visit(crowd: &Crowd) {
    crowd.log_in(16).await;
    println!("{} visitors are logged in", crowd.logged_in());
    let staying = crowd.stay(A_SECOND);
    let saying = async {
        let tally = crowd.tally();
        loop {
            sleep(Duration::from_secs(5)).await;
            println!(
                "{} answers; {} reads and {} forms not answered, {} answered 503, {} wrong, the \
                 slowest took {:?}",
                tally.answers(),
                tally.broken_reads(),
                tally.breaks() - tally.broken_reads(),
                tally.unavailables(),
                tally.violations(),
                tally.longest(),
            );
            for words in tally.words() {
                println!("- {words}");
            }
        }
    };
    tokio::join!(staying, saying);
}
