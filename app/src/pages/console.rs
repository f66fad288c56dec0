//! The operator's console.

mod bars;
mod hour;
mod jobs;
mod login;
mod overview;
mod session;
mod sessions;

pub use login::ConsoleLoginPage;
pub use overview::{LiveOverview, OverviewPage};
pub use session::{OpenedSession, SessionPage};
pub use sessions::{ListQuery, SessionRow, SessionsPage};

use admin::{Count, SessionSummary};
use huihua::expiry::{ExpiryPolicy, NEVER};
use leptos::prelude::*;
use leptos_i18n::td_string;
use serde::{Deserialize, Serialize};

use super::Time;
use crate::{document::Document, locale::Locale, paths, preferences::locale, timestamp::length};

/// The outcome of an action, shown once.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Notice {
    /// The session of this fingerprint was ended.
    Ended(String),
    /// It had ended before.
    WasGone(String),
}

/// A page of the open console.
#[component]
fn Console(
    #[prop(into)] title: String,
    #[prop(into)] path: String,
    #[prop(default = None)] notice: Option<Notice>,
    children: Children,
) -> impl IntoView {
    let locale = locale();
    let navigation = view! {
        <a href=paths::CONSOLE>{td_string!(locale, console.overview)}</a>
        <a href=paths::CONSOLE_SESSIONS>{td_string!(locale, console.sessions)}</a>
        <form method="post" action=paths::CONSOLE_LOGOUT>
            <button class="quiet">{td_string!(locale, console.leave)}</button>
        </form>
    };
    let notice = notice.map(|notice| {
        let said = match notice {
            Notice::Ended(name) => td_string!(locale, console.notice.ended, name),
            Notice::WasGone(name) => td_string!(locale, console.notice.was_gone, name),
        };
        view! {
            <p class="answer" role="status">
                {said}
            </p>
        }
    });
    view! {
        <Document title path navigation=navigation.into_any()>
            {notice}
            {children()}
        </Document>
    }
    .into_any()
}

/// The address of a session's page.
fn session_path(sealed_id: &str) -> String {
    format!("{}?of={sealed_id}", paths::CONSOLE_SESSION)
}

/// A policy in a few words.
fn policy_text(locale: Locale, policy: Option<ExpiryPolicy>) -> String {
    match policy {
        Some(ExpiryPolicy::Default) => td_string!(locale, console.policy.default).into(),
        Some(ExpiryPolicy::Idle(idle)) => {
            let length = length(locale, idle.whole_seconds());
            td_string!(locale, console.policy.idle_for, length)
        }
        Some(ExpiryPolicy::Until(_)) => td_string!(locale, console.policy.until).into(),
        Some(ExpiryPolicy::Close) => td_string!(locale, console.policy.close).into(),
        Some(ExpiryPolicy::Never) => td_string!(locale, console.policy.never).into(),
        None => td_string!(locale, console.policy.unreadable).into(),
    }
}

/// The name of whoever is logged in.
fn who(uname: Option<String>) -> AnyView {
    match uname {
        Some(uname) => view! { <bdi>{uname}</bdi> }.into_any(),
        None => view! { <small>{td_string!(locale(), console.table.nobody)}</small> }.into_any(),
    }
}

/// The moment of a session's last change.
fn changed_at(session: &SessionSummary) -> AnyView {
    match session.changed {
        Some(at) => view! { <Time at /> }.into_any(),
        None => td_string!(locale(), console.unknown).into_any(),
    }
}

/// The end of a session.
fn end(session: &SessionSummary) -> AnyView {
    match session.end {
        Some(end) if end == NEVER => td_string!(locale(), console.policy.never).into_any(),
        Some(at) => view! { <Time at /> }.into_any(),
        None => td_string!(locale(), console.unknown).into_any(),
    }
}

/// The size of a session.
fn bytes(session: &SessionSummary) -> String {
    let unknown = || td_string!(locale(), console.unknown).to_owned();
    session.bytes.map_or_else(unknown, |bytes| bytes.to_string())
}

/// A number, marked if it is an estimate.
fn count_text(locale: Locale, count: Option<Count>) -> String {
    match count {
        Some(Count { number, exact: true }) => number.to_string(),
        Some(Count { number, .. }) => td_string!(locale, console.about, number),
        None => td_string!(locale, console.unknown).into(),
    }
}
