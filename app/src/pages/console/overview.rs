//! The first page of the console: statistics, the store, and actions on all sessions.

use std::time::Duration;

use admin::{
    POLICIES, Statistics, StoreInfo, StoreMetrics, StoreOverview,
    activity::{MINUTES, Minute},
};
use leptos::prelude::*;
use leptos_i18n::td_string;

use super::{
    Console, Notice,
    bars::Bars,
    count_text,
    hour::{Hour, sums},
    jobs::Jobs,
};
use crate::{
    form::FieldError, islands::LiveStatistics, locale::Locale, pages::Field, paths,
    preferences::locale,
};

/// The first page of the console.
#[component]
pub fn OverviewPage(
    /// The last hour.
    minutes: [Minute; MINUTES],
    /// The store and what is in it at this moment, where sessions are in one.
    store: Option<StoreOverview>,
    /// The outcome of the last action.
    notice: Option<Notice>,
    /// The fault of the name whose sessions were to end.
    error: Option<FieldError>,
) -> impl IntoView {
    let locale = locale();
    let has_store = store.is_some();
    view! {
        <Console title=td_string!(locale, console.title) path=paths::CONSOLE notice>
            <h1>{td_string!(locale, console.title)}</h1>
            <noscript>
                <p>
                    <a href=paths::CONSOLE>{td_string!(locale, console.refresh)}</a>
                </p>
            </noscript>
            <LiveStatistics>
                <p class="problem" id="stale" role="status" data-stale hidden>
                    {td_string!(locale, console.stale)}
                </p>
                <div id="now">
                    <LiveOverview minutes store />
                </div>
            </LiveStatistics>
            {has_store.then(|| view! { <Actions error /> })}
        </Console>
    }
    .into_any()
}

/// The part that is refreshed while the page is open.
#[component]
pub fn LiveOverview(
    /// The last hour.
    minutes: [Minute; MINUTES],
    /// The store and what is in it at this moment, where sessions are in one.
    store: Option<StoreOverview>,
) -> impl IntoView {
    let locale = locale();
    let tiles = tiles(locale, &minutes, store.as_ref());
    let rest = match store {
        Some(StoreOverview { statistics, latency, info, metrics, jobs }) => view! {
            <Jobs jobs />
            {match statistics {
                Ok(statistics) => view! { <Ends statistics /> }.into_any(),
                Err(why) => {
                    view! { <p class="problem">{td_string!(locale, console.broken, why)}</p> }
                        .into_any()
                }
            }}
            <Store latency info metrics />
        }
        .into_any(),
        None => view! { <p>{td_string!(locale, console.no_rows)}</p> }.into_any(),
    };
    view! {
        <dl class="tiles">{tiles}</dl>
        <Hour minutes />
        {rest}
    }
    .into_any()
}

fn tiles(locale: Locale, minutes: &[Minute], store: Option<&StoreOverview>) -> AnyView {
    let tile = |id: &'static str, name: &'static str, said: String| {
        view! {
            <div>
                <dt>{name}</dt>
                <dd id=id>{said}</dd>
            </div>
        }
    };
    let unknown = || td_string!(locale, console.unknown).to_owned();
    let (begun, ended) = sums(minutes);
    let mut tiles = Vec::new();
    if let Some(store) = store {
        let statistics = store.statistics.as_ref().ok();
        let live = count_text(locale, statistics.and_then(|statistics| statistics.live));
        let expired = statistics.and_then(|statistics| statistics.expired);
        let expired = expired.map_or_else(unknown, |expired| expired.to_string());
        tiles.push(tile("live", td_string!(locale, console.live), live));
        tiles.push(tile("expired", td_string!(locale, console.expired), expired));
    }
    tiles.push(tile("begun", td_string!(locale, console.begun), begun.to_string()));
    tiles.push(tile("ended", td_string!(locale, console.ended), ended.to_string()));
    if let Some(store) = store {
        let latency = store.latency.as_ref();
        let latency = latency.map_or_else(|_| unknown(), |latency| millis(locale, *latency));
        tiles.push(tile("latency", td_string!(locale, console.latency), latency));
        if let Some(cache) = store.metrics.cache {
            let all = cache.hits + cache.misses;
            let hits = match all {
                0 => unknown(),
                all => {
                    let number = format!("{:.1}", cache.hits as f64 * 100.0 / all as f64);
                    td_string!(locale, console.percent, number)
                }
            };
            tiles.push(tile("hits", td_string!(locale, console.hits), hits));
        }
    }
    tiles.into_any()
}

fn millis(locale: Locale, latency: Duration) -> String {
    let number = format!("{:.2}", latency.as_secs_f64() * 1000.0);
    td_string!(locale, console.millis, number)
}

/// The ends of the sessions, by day and by policy.
#[component]
fn Ends(statistics: Statistics) -> impl IntoView {
    let locale = locale();
    let read = statistics.read;
    let live = statistics.live.map_or(read, |live| live.number);
    let whole = (!statistics.complete).then_some(live.max(read));
    let days = statistics.by_day.iter().enumerate().map(|(index, number)| {
        let name = match index {
            0 => td_string!(locale, console.ends_within).to_owned(),
            _ => td_string!(locale, console.ends_day, day = index + 1),
        };
        (name, *number)
    });
    let later = td_string!(locale, console.ends_later).to_owned();
    let ends = days.chain([(later, statistics.later)]).collect();
    // In the order of their names.
    let policies: [_; POLICIES.len()] = [
        td_string!(locale, console.policy.default),
        td_string!(locale, console.policy.idle),
        td_string!(locale, console.policy.until),
        td_string!(locale, console.policy.close),
        td_string!(locale, console.policy.never),
        td_string!(locale, console.policy.unreadable),
    ];
    let how = policies
        .into_iter()
        .zip(statistics.by_policy)
        .filter(|(_, number)| *number > 0)
        .map(|(name, number)| (name.to_owned(), number))
        .collect();
    view! {
        <Bars
            id="ends"
            title=td_string!(locale, console.ends)
            first=td_string!(locale, console.when)
            rows=ends
            read
            whole
        />
        <Bars
            id="how"
            title=td_string!(locale, console.how)
            first=td_string!(locale, console.table.policy)
            rows=how
            read
            whole
        />
    }
    .into_any()
}

/// The store: what it is, how fast it answers, and what is unsafe about it.
#[component]
fn Store(
    latency: Result<Duration, String>,
    info: StoreInfo,
    metrics: StoreMetrics,
) -> impl IntoView {
    let locale = locale();
    let latency = match latency {
        Ok(latency) => millis(locale, latency),
        Err(why) => td_string!(locale, console.store.broken, why),
    };
    let fact = |name: &'static str, said: String| {
        view! {
            <dt>{name}</dt>
            <dd>{said}</dd>
        }
    };
    let pool = metrics.pool.map(|pool| {
        let (open, idle, most) = (pool.open, pool.idle, pool.most);
        let said = td_string!(locale, console.store.connections_said, open, idle, most);
        fact(td_string!(locale, console.store.connections), said)
    });
    let cache = metrics.cache.map(|cache| {
        let (hits, misses) = (cache.hits, cache.misses);
        let said = td_string!(locale, console.store.lookups_said, hits, misses);
        fact(td_string!(locale, console.store.lookups), said)
    });
    let warnings = info.warnings.into_iter();
    let warnings = warnings.map(|warning| fact(td_string!(locale, console.store.warning), warning));
    view! {
        <section class="card" id="store" aria-labelledby="store-title">
            <h2 id="store-title">{td_string!(locale, console.store.title)}</h2>
            <dl>
                {fact(td_string!(locale, console.store.server), info.server)}
                {fact(td_string!(locale, console.store.latency), latency)}
                {pool}
                {cache}
                {warnings.collect_view()}
            </dl>
        </section>
    }
    .into_any()
}

/// The actions on all sessions at once.
#[component]
fn Actions(error: Option<FieldError>) -> impl IntoView {
    let locale = locale();
    view! {
        <div class="operations card">
            <form id="clear-form" method="post" action=paths::CONSOLE_CLEAR>
                <h2>{td_string!(locale, console.clear.title)}</h2>
                <p class="means">{td_string!(locale, console.clear.means)}</p>
                <button>{td_string!(locale, console.clear.button)}</button>
            </form>
            <form id="end-all-form" method="post" action=paths::CONSOLE_END_ALL>
                <h2>{td_string!(locale, console.end_all.title)}</h2>
                <p class="means">{td_string!(locale, console.end_all.means)}</p>
                <Field
                    id="uname"
                    name="uname"
                    label=td_string!(locale, console.end_all.uname)
                    error
                />
                <button>{td_string!(locale, console.end_all.button)}</button>
            </form>
        </div>
    }
    .into_any()
}
