//! The page of one session in the console.

use admin::{SessionSummary, Unreadable, Values};
use leptos::prelude::*;
use leptos_i18n::td_string;
use serde_json::Value;

use super::{Console, bytes, changed_at, end, policy_text, session_path, who};
use crate::{locale::Locale, paths, preferences::locale};

/// A session that was opened.
#[derive(Debug, Clone)]
pub struct OpenedSession {
    /// The fingerprint of its key.
    pub fingerprint: String,
    /// Its summary and contents, or why they can't be read. `None`: there is none, or it is malformed.
    pub session: Option<(SessionSummary, Result<Values, Unreadable>)>,
    /// Its key, sealed, for forms.
    pub sealed_id: String,
    /// True if the values are shown, beside their keys.
    pub shown: bool,
}

/// One session and its contents. `None`: there is none.
#[component]
pub fn SessionPage(
    /// The session.
    session: Option<OpenedSession>,
) -> impl IntoView {
    let locale = locale();
    let back = move || {
        view! {
            <p>
                <a href=paths::CONSOLE_SESSIONS>{td_string!(locale, console.one.back)}</a>
            </p>
        }
    };
    let Some(opened) = session else {
        let title = td_string!(locale, console.one.title);
        return view! {
            <Console title path=paths::CONSOLE_SESSIONS>
                <h1>{title}</h1>
                <p>{td_string!(locale, console.one.gone)}</p>
                {back()}
            </Console>
        }
        .into_any();
    };
    let OpenedSession { fingerprint, session, sealed_id, shown } = opened;
    let title = td_string!(locale, console.session, name = fingerprint);
    let path = session_path(&sealed_id);
    let (session, contents) = session.unzip();
    let facts = session.map(|session| view! { <Facts session /> });
    let content = match contents {
        Some(Ok(values)) => {
            view! { <Content values shown sealed_id=sealed_id.clone() /> }.into_any()
        }
        Some(Err(why)) => view! { <p>{why_unreadable(locale, &why)}</p> }.into_any(),
        None => view! { <p>{td_string!(locale, console.one.nothing)}</p> }.into_any(),
    };
    view! {
        <Console title=title.clone() path>
            <h1>{title}</h1>
            <section class="card">
                {facts}
                <form method="post" action=paths::CONSOLE_END_SESSION>
                    <input type="hidden" name="of" value=sealed_id />
                    <input type="hidden" name="next" value=paths::CONSOLE_SESSIONS />
                    <button>{td_string!(locale, console.one.end)}</button>
                </form>
            </section>
            {content}
            {back()}
        </Console>
    }
    .into_any()
}

fn why_unreadable(locale: Locale, why: &Unreadable) -> &'static str {
    match why {
        Unreadable::Unsigned => td_string!(locale, console.one.unsigned),
        Unreadable::TooLarge => td_string!(locale, console.one.too_large),
        Unreadable::NoSession => td_string!(locale, console.one.no_session),
        Unreadable::Damaged(_) => td_string!(locale, console.one.damaged),
    }
}

#[component]
fn Facts(session: SessionSummary) -> impl IntoView {
    let locale = locale();
    view! {
        <dl class="facts">
            <dt>{td_string!(locale, console.table.uname)}</dt>
            <dd>{who(session.uname.clone())}</dd>
            <dt>{td_string!(locale, console.table.policy)}</dt>
            <dd>{policy_text(locale, session.policy)}</dd>
            <dt>{td_string!(locale, console.table.changed)}</dt>
            <dd>{changed_at(&session)}</dd>
            <dt>{td_string!(locale, console.table.end)}</dt>
            <dd>{end(&session)}</dd>
            <dt>{td_string!(locale, console.table.bytes)}</dt>
            <dd>{bytes(&session)}</dd>
        </dl>
    }
    .into_any()
}

/// The keys, and the values once they were asked for.
#[component]
fn Content(values: Values, shown: bool, sealed_id: String) -> impl IntoView {
    let locale = locale();
    let head = if shown {
        td_string!(locale, console.one.value)
    } else {
        td_string!(locale, console.one.kind)
    };
    let rows = values.into_iter().map(|(key, value)| {
        let said = if shown {
            let laid_out = huihua::display::pretty_json(&value.to_string());
            view! { <pre dir="auto">{laid_out}</pre> }.into_any()
        } else {
            kind_text(locale, &value).into_any()
        };
        view! {
            <tr>
                <th scope="row">
                    <bdi>{key}</bdi>
                </th>
                <td>{said}</td>
            </tr>
        }
    });
    let show = if shown {
        view! {
            <p class="means" role="status">
                {td_string!(locale, console.one.shown)}
            </p>
        }
        .into_any()
    } else {
        view! {
            <form method="post" action=format!("{}#values", paths::CONSOLE_SESSION)>
                <input type="hidden" name="of" value=sealed_id />
                <button class="quiet">{td_string!(locale, console.one.show)}</button>
                " "
                <small>{td_string!(locale, console.one.show_means)}</small>
            </form>
        }
        .into_any()
    };
    view! {
        <section class="card" id="values">
            <table>
                <caption>{td_string!(locale, console.one.caption)}</caption>
                <thead>
                    <tr>
                        <th scope="col">{td_string!(locale, console.one.key)}</th>
                        <th scope="col">{head}</th>
                    </tr>
                </thead>
                <tbody>{rows.collect_view()}</tbody>
            </table>
            {show}
        </section>
    }
    .into_any()
}

fn kind_text(locale: Locale, value: &Value) -> &'static str {
    match value {
        Value::Null => td_string!(locale, console.kind.null),
        Value::Bool(_) => td_string!(locale, console.kind.bool),
        Value::Number(_) => td_string!(locale, console.kind.number),
        Value::String(_) => td_string!(locale, console.kind.string),
        Value::Array(_) => td_string!(locale, console.kind.array),
        Value::Object(_) => td_string!(locale, console.kind.object),
    }
}
