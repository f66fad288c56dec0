//! The page of the list of sessions in the console, with its search.

use admin::{Filter, Order, SessionSummary, order_name};
use leptos::prelude::*;
use leptos_i18n::td_string;

use super::{Console, Notice, bytes, changed_at, end, policy_text, session_path, who};
use crate::{form::FieldError, pages::Field, paths, preferences::locale};

/// The sessions to list, and how.
#[derive(Debug, Clone, Default)]
pub struct ListQuery {
    /// Those that match this.
    pub filter: Filter,
    /// The error of the fingerprint that was searched for.
    pub error: Option<FieldError>,
    /// The order of the list.
    pub order: Order,
}

/// A session in the table.
#[derive(Debug, Clone)]
pub struct SessionRow {
    /// Its summary.
    pub session: SessionSummary,
    /// Its key, sealed, for forms and links.
    pub sealed_id: String,
}

/// A page of the list of sessions.
#[component]
pub fn SessionsPage(
    /// The sessions to list.
    query: ListQuery,
    /// The orders that the store has beside its own.
    orders: Vec<Order>,
    /// The sessions, or why there are none.
    rows: Result<Vec<SessionRow>, String>,
    /// The number of sessions that were read to find them.
    read: u64,
    /// The address of this page, to come back to.
    path: String,
    /// The address of the first page, if this is another.
    first: Option<String>,
    /// The address of the next page.
    next: Option<String>,
    /// The outcome of the last action.
    notice: Option<Notice>,
) -> impl IntoView {
    let locale = locale();
    let searched = !query.filter.is_empty();
    let title = td_string!(locale, console.sessions);
    let go_on = if searched {
        td_string!(locale, console.table.go_on)
    } else {
        td_string!(locale, console.table.next)
    };
    let found = rows.as_ref().map_or(0, Vec::len);
    let summary = match &next {
        Some(_) => td_string!(locale, console.table.not_all, read, found),
        None => td_string!(locale, console.table.read, read, found),
    };
    let table = match rows {
        Err(why) => {
            view! { <p class="problem">{td_string!(locale, console.broken, why)}</p> }.into_any()
        }
        Ok(rows) if rows.is_empty() => {
            view! { <p>{td_string!(locale, console.table.none)}</p> }.into_any()
        }
        Ok(rows) => view! { <Table rows path=path.clone() /> }.into_any(),
    };
    view! {
        <Console title path=path notice>
            <h1>{title}</h1>
            <Search query orders />
            {table}
            {searched.then(|| view! { <p role="status">{summary}</p> })}
            <p class="pages">
                {first
                    .map(|first| {
                        view! { <a href=first>{td_string!(locale, console.table.first)}</a> }
                    })}
                " " {next.map(|next| view! { <a id="next" href=next>{go_on}</a> })}
            </p>
        </Console>
    }
    .into_any()
}

/// The search form.
#[component]
fn Search(query: ListQuery, orders: Vec<Order>) -> impl IntoView {
    let locale = locale();
    let order = (!orders.is_empty()).then(|| {
        let options = [Order::Natural].into_iter().chain(orders).map(|order| {
            let said = match order {
                Order::Natural => td_string!(locale, console.search.natural),
                Order::EndsFirst => td_string!(locale, console.search.ends_first),
                Order::EndsLast => td_string!(locale, console.search.ends_last),
            };
            let selected = order == query.order;
            view! {
                <option value=order_name(order) selected=selected>
                    {said}
                </option>
            }
        });
        view! {
            <div class="field">
                <label for="order">{td_string!(locale, console.search.order)}</label>
                <select id="order" name="order">
                    {options.collect_view()}
                </select>
            </div>
        }
    });
    view! {
        <form
            class="search card"
            method="get"
            action=paths::CONSOLE_SESSIONS
            aria-label=td_string!(locale, console.search.title)
        >
            <Field
                id="uname"
                name="uname"
                label=td_string!(locale, console.search.uname)
                value=query.filter.uname.unwrap_or_default()
            />
            <Field
                id="name"
                name="name"
                label=td_string!(locale, console.search.name)
                value=query.filter.fingerprint
                error=query.error
            />
            {order}
            <button>{td_string!(locale, console.search.button)}</button>
        </form>
    }
    .into_any()
}

#[component]
fn Table(rows: Vec<SessionRow>, path: String) -> impl IntoView {
    let locale = locale();
    let columns = [
        td_string!(locale, console.table.name),
        td_string!(locale, console.table.uname),
        td_string!(locale, console.table.policy),
        td_string!(locale, console.table.changed),
        td_string!(locale, console.table.end),
        td_string!(locale, console.table.bytes),
        td_string!(locale, console.table.action),
    ];
    let heads = columns.map(|column| view! { <th scope="col">{column}</th> });
    let rows = rows.into_iter().map(|row| view! { <Row row path=path.clone() /> });
    // It may be wider than the page: whoever has no mouse moves it by the arrow keys.
    view! {
        <div
            class="scroll"
            role="region"
            tabindex="0"
            aria-label=td_string!(locale, console.table.caption)
        >
            <table class="sessions">
                <caption>{td_string!(locale, console.table.caption)}</caption>
                <thead>
                    <tr>{heads.into_iter().collect_view()}</tr>
                </thead>
                <tbody>{rows.collect_view()}</tbody>
            </table>
        </div>
    }
    .into_any()
}

#[component]
fn Row(row: SessionRow, path: String) -> impl IntoView {
    let locale = locale();
    let SessionRow { session, sealed_id } = row;
    let end_this = td_string!(locale, console.table.end_this, name = session.fingerprint.clone());
    let open_this = td_string!(locale, console.table.open_this, name = session.fingerprint.clone());
    view! {
        <tr>
            <th scope="row">
                <a href=session_path(&sealed_id) aria-label=open_this>
                    <code>{session.fingerprint.clone()}</code>
                </a>
            </th>
            <td>{who(session.uname.clone())}</td>
            <td>{policy_text(locale, session.policy)}</td>
            <td>{changed_at(&session)}</td>
            <td>{end(&session)}</td>
            <td class="number-of">{bytes(&session)}</td>
            <td>
                <form method="post" action=paths::CONSOLE_END_SESSION>
                    <input type="hidden" name="of" value=sealed_id />
                    <input type="hidden" name="next" value=path />
                    <button class="quiet" aria-label=end_this>
                        {td_string!(locale, console.table.end_it)}
                    </button>
                </form>
            </td>
        </tr>
    }
    .into_any()
}
