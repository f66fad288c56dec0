use std::collections::BTreeMap;

use leptos::prelude::*;
use leptos_i18n::td_string;
use serde_json::Value;

use super::{Console, changed_at, end, policy_said, who};
use crate::{console::Found, locale::Locale, preferences::locale};

/// One session.
#[derive(Debug, Clone)]
pub struct One {
    /// It.
    pub found: Found,
    /// How forms refer to it.
    pub handle: String,
    /// What is in it; `None`: it can't be read.
    pub values: Option<BTreeMap<String, Value>>,
    /// Whether the values are shown, beside their keys.
    pub shown: bool,
}

/// One session: what it is, and what is in it. `None`: it isn't there.
#[component]
pub fn OnePage(
    /// The session.
    one: Option<One>,
) -> impl IntoView {
    let locale = locale();
    let back = move || {
        view! {
            <p>
                <a href="/console/sessions/">{td_string!(locale, console.one.back)}</a>
            </p>
        }
    };
    let Some(one) = one else {
        let title = td_string!(locale, console.one.title);
        return view! {
            <Console title path="/console/sessions/">
                <h1>{title}</h1>
                <p>{td_string!(locale, console.one.gone)}</p>
                {back()}
            </Console>
        }
        .into_any();
    };
    let One {
        found,
        handle,
        values,
        shown,
    } = one;
    let name = found.name.clone();
    let title = td_string!(locale, console.session, name);
    let path = format!("/console/session/?of={handle}");
    let content = match values {
        Some(values) => view! { <Content values shown handle=handle.clone() /> }.into_any(),
        None => view! { <p>{td_string!(locale, console.one.unreadable)}</p> }.into_any(),
    };
    view! {
        <Console title=title.clone() path>
            <h1>{title}</h1>
            <section class="card">
                <Facts found />
                <form method="post" action="/console/session/end/">
                    <input type="hidden" name="of" value=handle />
                    <input type="hidden" name="next" value="/console/sessions/" />
                    <button>{td_string!(locale, console.one.end)}</button>
                </form>
            </section>
            {content}
            {back()}
        </Console>
    }
    .into_any()
}

#[component]
fn Facts(found: Found) -> impl IntoView {
    let locale = locale();
    view! {
        <dl class="facts">
            <dt>{td_string!(locale, console.table.uname)}</dt>
            <dd>{who(found.uname.clone())}</dd>
            <dt>{td_string!(locale, console.table.policy)}</dt>
            <dd>{policy_said(locale, found.policy)}</dd>
            <dt>{td_string!(locale, console.table.changed)}</dt>
            <dd>{changed_at(&found)}</dd>
            <dt>{td_string!(locale, console.table.end)}</dt>
            <dd>{end(&found)}</dd>
            <dt>{td_string!(locale, console.table.bytes)}</dt>
            <dd>{found.bytes}</dd>
        </dl>
    }
    .into_any()
}

/// The keys, and the values once they were asked for.
#[component]
fn Content(values: BTreeMap<String, Value>, shown: bool, handle: String) -> impl IntoView {
    let locale = locale();
    let head = match shown {
        true => td_string!(locale, console.one.value),
        false => td_string!(locale, console.one.kind),
    };
    let rows = values.into_iter().map(|(key, value)| {
        let said = match shown {
            true => {
                let laid_out = huihua::laid_out(&value.to_string());
                view! { <pre dir="auto">{laid_out}</pre> }.into_any()
            }
            false => kind_said(locale, &value).into_any(),
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
    let show = match shown {
        true => view! {
            <p class="means" role="status">
                {td_string!(locale, console.one.shown)}
            </p>
        }
        .into_any(),
        false => view! {
            <form method="post" action="/console/session/#values">
                <input type="hidden" name="of" value=handle />
                <button class="quiet">{td_string!(locale, console.one.show)}</button>
                " "
                <small>{td_string!(locale, console.one.show_means)}</small>
            </form>
        }
        .into_any(),
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

fn kind_said(locale: Locale, value: &Value) -> &'static str {
    match value {
        Value::Null => td_string!(locale, console.kind.null),
        Value::Bool(_) => td_string!(locale, console.kind.bool),
        Value::Number(_) => td_string!(locale, console.kind.number),
        Value::String(_) => td_string!(locale, console.kind.string),
        Value::Array(_) => td_string!(locale, console.kind.array),
        Value::Object(_) => td_string!(locale, console.kind.object),
    }
}
