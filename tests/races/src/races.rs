use futures_util::future::{join, join3};
use time::Duration;

use crate::{Race, Site, Verdict};

macro_rules! races {
    ($($name:ident($needs_clock:expr);)*) => {
        /// Every race.
        pub const ALL: &[Race] = &[$(Race {
            name: stringify!($name),
            needs_clock: $needs_clock,
            round: |site, round| Box::pin($name(site, round)),
        }),*];
    };
}

const ANY_CLOCK: bool = false;
const TURNED_CLOCK: bool = true;

races! {
    promise_1_a_logout_during_a_request_that_saves_holds(ANY_CLOCK);
    promise_1_a_logout_during_a_request_that_touches_holds(TURNED_CLOCK);
    promise_1_a_logout_during_a_request_that_cycles_holds(ANY_CLOCK);
    promise_1_a_logout_among_readers_holds(ANY_CLOCK);
    promise_1_a_session_that_ends_during_a_request_stays_ended(TURNED_CLOCK);
    promise_2_changes_of_different_keys_survive(ANY_CLOCK);
    promise_5_a_login_that_fails_leaves_the_session_whole(ANY_CLOCK);
    promise_5_of_two_logins_one_holds(ANY_CLOCK);
    promise_6_a_login_during_a_slow_request_keeps_its_cookie(ANY_CLOCK);
    promise_11_a_page_that_shows_a_session_varies_by_cookie(ANY_CLOCK);
    two_logouts_are_one(ANY_CLOCK);
}

const NOBODY: &str = "nobody";

async fn logout_holds(site: &Site, round: usize, what: &str) -> Verdict {
    let browser = site.logged_in().await?;
    if what == "touches" {
        browser.get("/race/idle").await?;
        site.pass(Duration::seconds(2));
    }
    let (before, slow_tab, gate) = (browser.thief(), browser.thief(), site.gate());
    let path = gate.slow(what);
    gate.meanwhile(round, slow_tab.answered(&path), browser.log_out()).await?;
    for cookie in [before, browser] {
        cookie.is(NOBODY).await?;
    }
    // A new key that was made before the logout is another session's by then; one that was handed
    // out after it may not work.
    match round % 3 {
        0 => slow_tab.is(NOBODY).await,
        _ => Ok(()),
    }
}

async fn promise_1_a_logout_during_a_request_that_saves_holds(
    site: &Site,
    round: usize,
) -> Verdict {
    logout_holds(site, round, "saves").await
}

async fn promise_1_a_logout_during_a_request_that_touches_holds(
    site: &Site,
    round: usize,
) -> Verdict {
    logout_holds(site, round, "touches").await
}

async fn promise_1_a_logout_during_a_request_that_cycles_holds(
    site: &Site,
    round: usize,
) -> Verdict {
    logout_holds(site, round, "cycles").await
}

/// Readers fill the cache, where there is one.
async fn promise_1_a_logout_among_readers_holds(site: &Site, _: usize) -> Verdict {
    let browser = site.logged_in().await?;
    let (one, other) = (browser.thief(), browser.thief());
    let (read, ended, read_too) =
        join3(one.get("/race/name"), browser.log_out(), other.get("/race/name")).await;
    read.and(ended).and(read_too)?;
    for cookie in [one, other] {
        cookie.is(NOBODY).await?;
    }
    Ok(())
}

async fn promise_1_a_session_that_ends_during_a_request_stays_ended(
    site: &Site,
    round: usize,
) -> Verdict {
    let browser = site.logged_in().await?;
    browser.get("/race/idle").await?;
    let (before, gate) = (browser.thief(), site.gate());
    let what = ["saves", "touches", "cycles"][round % 3];
    let path = gate.slow(what);
    let passing = async {
        site.pass(Duration::seconds(100));
        Ok(())
    };
    gate.meanwhile(0, browser.get(&path), passing).await?;
    for cookie in [before, browser] {
        cookie.is(NOBODY).await?;
    }
    Ok(())
}

async fn promise_2_changes_of_different_keys_survive(site: &Site, round: usize) -> Verdict {
    let browser = site.logged_in().await?;
    let (slow_tab, gate) = (browser.clone(), site.gate());
    let changes = async {
        let (one, other) = join(browser.get("/race/set/a"), browser.get("/race/set/b")).await;
        one.and(other)
    };
    let path = gate.slow("saves");
    gate.meanwhile(round, slow_tab.get(&path), changes).await?;
    browser.sees("/race/keys", "a b late uname").await
}

async fn promise_5_a_login_that_fails_leaves_the_session_whole(
    site: &Site,
    round: usize,
) -> Verdict {
    let browser = site.logged_in().await?;
    let cookie = browser.cookie();
    let path = ["/race/fail/ming", "/race/fail/hong"][round % 2];
    let (failed, set) = join(browser.tries(path), browser.get("/race/set/a")).await;
    let (status, _) = failed?;
    set?;
    if status.as_u16() != 500 {
        return Err(format!("{path}: {status}"));
    }
    if browser.cookie() != cookie {
        return Err("the browser has another cookie".into());
    }
    browser.sees("/race/keys", "a uname").await
}

async fn promise_5_of_two_logins_one_holds(site: &Site, round: usize) -> Verdict {
    let browser = match round % 2 {
        0 => site.browser(),
        _ => site.logged_in().await?,
    };
    let old = browser.thief();
    let (one, other) = join(browser.log_in("hong"), browser.log_in("gang")).await;
    one.and(other)?;
    let name = browser.get("/race/name").await?;
    if !["hong", "gang"].contains(&name.as_str()) {
        return Err(format!("after two logins the browser is \"{name}\""));
    }
    old.is(NOBODY).await
}

async fn promise_6_a_login_during_a_slow_request_keeps_its_cookie(
    site: &Site,
    round: usize,
) -> Verdict {
    let browser = site.logged_in().await?;
    // The two share a jar.
    let (slow_tab, gate) = (browser.clone(), site.gate());
    let what = ["saves", "touches", "cycles"][round % 3];
    let path = gate.slow(what);
    // Answers that cross on their way reach a browser in any order, whatever a site does: here the
    // login has arrived before the other is sent.
    gate.meanwhile(0, slow_tab.answered(&path), browser.log_in("hong")).await?;
    browser.is("hong").await
}

/// Else a cache shows it to the next visitor.
async fn promise_11_a_page_that_shows_a_session_varies_by_cookie(
    site: &Site,
    round: usize,
) -> Verdict {
    let browser = match round % 2 {
        0 => site.browser(),
        _ => site.logged_in().await?,
    };
    browser.varies("/race/name").await
}

async fn two_logouts_are_one(site: &Site, _: usize) -> Verdict {
    let browser = site.logged_in().await?;
    let (one, other) = (browser.thief(), browser.thief());
    let (ended, ended_too) = join(one.log_out(), other.log_out()).await;
    ended.and(ended_too)?;
    browser.is(NOBODY).await
}
