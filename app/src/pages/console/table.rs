use admin::{SessionSummary, order_name};
use huihua::engine::Order;
use leptos::prelude::*;
use leptos_i18n::td_string;

use super::{Console, Notice, changed_at, end, policy_said, who};
use crate::{form::Wrong, language::language, pages::Field};

/// What sessions were asked for.
#[derive(Debug, Clone, Default)]
pub struct Asked {
    /// Those of this name, if it isn't empty.
    pub uname: String,
    /// Those whose fingerprint begins so, if it isn't empty.
    pub name: String,
    /// What is wrong with the fingerprint.
    pub wrong: Option<Wrong>,
    /// In which order.
    pub order: Order,
}

/// A session in the table.
#[derive(Debug, Clone)]
pub struct Line {
    /// It.
    pub session: SessionSummary,
    /// How forms and links refer to it.
    pub handle: String,
}

/// Sessions, a page of them.
#[component]
pub fn TablePage(
    /// What was asked for.
    asked: Asked,
    /// In which orders the store can list them beside its own.
    orders: Vec<Order>,
    /// The sessions, or why there are none.
    lines: Result<Vec<Line>, String>,
    /// How many were read to find them.
    read: u64,
    /// Where this page is, to come back to.
    path: String,
    /// Where the first page is, if this is another.
    first: Option<String>,
    /// Where the next page is.
    next: Option<String>,
    /// What was done last.
    notice: Option<Notice>,
) -> impl IntoView {
    let language = language();
    let searched = !asked.uname.is_empty() || !asked.name.is_empty();
    let title = td_string!(language, console.sessions);
    let go_on = match searched {
        true => td_string!(language, console.table.go_on),
        false => td_string!(language, console.table.next),
    };
    let found = match &lines {
        Ok(lines) => lines.len(),
        Err(_) => 0,
    };
    let summary = match &next {
        Some(_) => td_string!(language, console.table.not_all, read, found),
        None => td_string!(language, console.table.read, read, found),
    };
    let table = match lines {
        Err(why) => {
            view! { <p class="problem">{td_string!(language, console.broken, why)}</p> }.into_any()
        }
        Ok(lines) if lines.is_empty() => {
            view! { <p>{td_string!(language, console.table.none)}</p> }.into_any()
        }
        Ok(lines) => view! { <Table lines path=path.clone() /> }.into_any(),
    };
    view! {
        <Console title path=path notice>
            <h1>{title}</h1>
            <Search asked orders />
            {table}
            {searched.then(|| view! { <p role="status">{summary}</p> })}
            <p class="pages">
                {first
                    .map(|first| {
                        view! { <a href=first>{td_string!(language, console.table.first)}</a> }
                    })}
                " " {next.map(|next| view! { <a id="next" href=next>{go_on}</a> })}
            </p>
        </Console>
    }
    .into_any()
}

/// What to look for, and in which order.
#[component]
fn Search(asked: Asked, orders: Vec<Order>) -> impl IntoView {
    let language = language();
    let order = (!orders.is_empty()).then(|| {
        let options = [Order::Own].into_iter().chain(orders).map(|order| {
            let said = match order {
                Order::Own => td_string!(language, console.search.own),
                Order::EndsFirst => td_string!(language, console.search.ends_first),
                Order::EndsLast => td_string!(language, console.search.ends_last),
            };
            let selected = order == asked.order;
            view! {
                <option value=order_name(order) selected=selected>
                    {said}
                </option>
            }
        });
        view! {
            <div class="field">
                <label for="order">{td_string!(language, console.search.order)}</label>
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
            action="/console/sessions/"
            aria-label=td_string!(language, console.search.title)
        >
            <Field
                id="uname"
                name="uname"
                label=td_string!(language, console.search.uname)
                value=asked.uname
            />
            <Field
                id="name"
                name="name"
                label=td_string!(language, console.search.name)
                value=asked.name
                wrong=asked.wrong
            />
            {order}
            <button>{td_string!(language, console.search.button)}</button>
        </form>
    }
    .into_any()
}

#[component]
fn Table(lines: Vec<Line>, path: String) -> impl IntoView {
    let language = language();
    let columns = [
        td_string!(language, console.table.name),
        td_string!(language, console.table.uname),
        td_string!(language, console.table.policy),
        td_string!(language, console.table.changed),
        td_string!(language, console.table.end),
        td_string!(language, console.table.bytes),
        td_string!(language, console.table.deed),
    ];
    let heads = columns.map(|column| view! { <th scope="col">{column}</th> });
    let rows = lines
        .into_iter()
        .map(|line| view! { <Row line path=path.clone() /> });
    // It may be wider than the page: whoever has no mouse moves it by the arrow keys.
    view! {
        <div
            class="scroll"
            role="region"
            tabindex="0"
            aria-label=td_string!(language, console.table.caption)
        >
            <table class="sessions">
                <caption>{td_string!(language, console.table.caption)}</caption>
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
fn Row(line: Line, path: String) -> impl IntoView {
    let language = language();
    let Line { session, handle } = line;
    let name = session.fingerprint.clone();
    let end_this = td_string!(language, console.table.end_this, name);
    let name = session.fingerprint.clone();
    let open_this = td_string!(language, console.table.open_this, name);
    view! {
        <tr>
            <th scope="row">
                <a href=format!("/console/session/?of={handle}") aria-label=open_this>
                    <code>{session.fingerprint.clone()}</code>
                </a>
            </th>
            <td>{who(session.uname.clone())}</td>
            <td>{policy_said(language, session.policy)}</td>
            <td>{changed_at(&session)}</td>
            <td>{end(&session)}</td>
            <td class="number-of">{session.bytes}</td>
            <td>
                <form method="post" action="/console/session/end/">
                    <input type="hidden" name="of" value=handle />
                    <input type="hidden" name="next" value=path />
                    <button class="quiet" aria-label=end_this>
                        {td_string!(language, console.table.end_it)}
                    </button>
                </form>
            </td>
        </tr>
    }
    .into_any()
}
