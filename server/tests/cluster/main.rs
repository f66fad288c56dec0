//! Three servers behind nginx, as `deploy/` sets them up, and a thousand visitors who are logged in
//! and stay so, while servers are told to stop, are killed, and lose their Redis.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::{path::Path, process::ExitCode, time::Duration};

use servers::{
    Fleet, Trials, folder_with_site,
    stores::{POSTGRES, REDIS},
};
use tempfile::TempDir;
use tokio::{
    task::JoinHandle,
    time::{sleep, timeout},
};
use visitors::{Crowd, Tally};

const VISITORS: usize = 1000;
const A_SECOND: u32 = 50;
const AT_ONCE: usize = 6;
/// So long nginx puts a server aside that didn't answer, and a little longer.
const PUT_ASIDE: Duration = Duration::from_millis(2500);
/// So long something takes only if it never comes.
const TOO_LONG: Duration = Duration::from_secs(60);

fn main() -> ExitCode {
    let mut trials = Trials::from_args().at_once(2);
    for engine in Fleet::ENGINES {
        let store = if engine == "redis" { REDIS } else { POSTGRES };
        let programs = [store, &["nginx"]].concat();
        trials.add(format!("servers_on_{engine}_come_and_go"), &programs, || {
            let runtime =
                tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build();
            runtime.unwrap().block_on(come_and_go(engine));
        });
    }
    trials.run()
}

async fn come_and_go(engine: &'static str) {
    let mut site = Site::opens(engine).await;
    site.is_rolled().await;
    site.is_killed_by_and_by().await;
    if engine == "redis" {
        site.loses_its_master().await;
    }
    site.closes().await;
}

struct Site {
    engine: &'static str,
    fleet: Fleet,
    crowd: Crowd,
    staying: JoinHandle<()>,
    _folder: TempDir,
}

impl Site {
    async fn opens(engine: &'static str) -> Self {
        let folder = folder_with_site();
        let huihua = Path::new(env!("CARGO_BIN_EXE_huihua"));
        // All visitors come from one address.
        let more = [("LOGIN_RATE_LIMIT", "0")];
        let fleet = Fleet::start(engine, huihua, &folder.path().join("site"), &more).unwrap();
        let crowd = Crowd::new(&fleet.url(), VISITORS).unwrap();
        crowd.log_in(AT_ONCE).await;
        assert_eq!(crowd.logged_in(), VISITORS, "{:?}", crowd.tally());
        let (staying, crowd) = (crowd.clone(), crowd);
        Self {
            engine,
            fleet,
            crowd,
            staying: tokio::spawn(async move { staying.stay(A_SECOND).await }),
            _folder: folder,
        }
    }

    /// Each is told to stop, and started again when it has: not one request fails.
    async fn is_rolled(&mut self) {
        for number in 0..3 {
            let server = &mut self.fleet.servers()[number];
            let in_order = tokio::task::block_in_place(|| server.stop());
            assert!(in_order, "{}", server.said());
            tokio::task::block_in_place(|| server.start_again());
            sleep(PUT_ASIDE).await;
        }
        self.goes_on("rolled").await;
        assert_eq!(self.crowd.tally().breaks(), 0, "a request failed");
    }

    /// Each is killed, and started again: who reads sees nothing of it, and of the forms only
    /// those can fail that it was just working on.
    async fn is_killed_by_and_by(&mut self) {
        for number in 0..3 {
            let server = &mut self.fleet.servers()[number];
            server.kill();
            sleep(PUT_ASIDE).await;
            let server = &mut self.fleet.servers()[number];
            tokio::task::block_in_place(|| server.start_again());
            sleep(PUT_ASIDE).await;
        }
        self.goes_on("killed").await;
        let tally = self.crowd.tally();
        assert_eq!(tally.broken_reads(), 0, "somebody who read has noticed");
        // Each had less than a third of a second's forms before it.
        assert!(tally.breaks() < u64::from(A_SECOND), "too many forms failed");
        assert_eq!(tally.unavailables(), 0, "the store was always there");
    }

    /// Until a replica is promoted the answer is 503, and then nobody has been logged out.
    async fn loses_its_master(&mut self) {
        self.fleet.kill_the_master();
        let (tally, mut seen) = (self.crowd.tally(), 0);
        until("503", tally, |tally| tally.unavailables() > 0).await;
        while seen != tally.unavailables() {
            seen = tally.unavailables();
            let (answered, written) = (tally.answers(), tally.acknowledgements());
            until("a new master", tally, |tally| {
                tally.answers() >= answered + 100 && tally.acknowledgements() >= written + 20
            })
            .await;
        }
        self.goes_on("its master was killed").await;
    }

    /// Everybody goes on, and nobody has seen what they mustn't.
    async fn goes_on(&self, after: &str) {
        let tally = self.crowd.tally();
        let (answered, written) = (tally.answers(), tally.acknowledgements());
        until("the next answers", tally, |tally| {
            tally.answers() >= answered + 100 && tally.acknowledgements() >= written + 10
        })
        .await;
        println!(
            "{}, {after}: {} answered, {} writes acknowledged, {} reads and {} forms not answered, \
             {} answered 503, the slowest took {:?}",
            self.engine,
            tally.answers(),
            tally.acknowledgements(),
            tally.broken_reads(),
            tally.breaks() - tally.broken_reads(),
            tally.unavailables(),
            tally.longest(),
        );
        assert_eq!(tally.violations(), 0, "{:#?}", tally.words());
    }

    async fn closes(self) {
        self.crowd.go_home();
        self.staying.await.unwrap();
        self.crowd.check_all().await;
        let tally = self.crowd.tally();
        assert_eq!(tally.violations(), 0, "{:#?}", tally.words());
        assert_eq!(self.crowd.logged_in(), VISITORS, "somebody was logged out");
    }
}

async fn until(what: &str, tally: &Tally, is_so: impl Fn(&Tally) -> bool) {
    let waiting = async {
        while !is_so(tally) {
            sleep(Duration::from_millis(10)).await;
        }
    };
    let came = timeout(TOO_LONG, waiting).await;
    assert!(came.is_ok(), "{what} never came: {tally:?}");
}
