use huihua::expiry::NEVER;
use leptos::prelude::*;
use leptos_i18n::td_string;

use super::{Said, Time};
use crate::{
    current_user::Timestamp,
    document::Site,
    locale::{Locale, locale},
    mould::{Mould, shape_of},
    session_details::SessionDetails,
    storage::{StorageInfo, StorageKind},
};

/// Characters of a session key, none of which is shown.
const MASK: &str = "••••••••••••••••••••••••••••••••";

/// Where a session is: browser, cookie, server and store, with those lit that are in use.
#[component]
pub(super) fn Picture(own: SessionDetails) -> impl IntoView {
    let locale = locale();
    let Site { moulds, .. } = expect_context();
    let keys = match own.items.len() {
        1 => td_string!(locale, site.storage.store_one_key).to_owned(),
        count => td_string!(locale, site.storage.store_keys, count),
    };
    let (closes, ends) = (own.closes, own.end != NEVER);
    moulds
        .picture
        .pour(shape_of([closes, ends]), locale, |holes| {
            let facts = Facts {
                name: holes.text(own.name),
                keys: holes.text(keys),
                row_end: ends.then(|| holes.moment(own.end)),
                cookie_end: (!closes).then(|| holes.moment(own.cookie_end)),
            };
            move || view! { <PictureOf facts /> }
        })
}

/// Of a cookie that the browser forgets when it is closed, or not, and of a row that ends, or not.
pub(super) type PictureMould = Mould<4>;

/// What the picture shows of one session.
struct Facts {
    name: String,
    keys: String,
    row_end: Option<Timestamp>,
    cookie_end: Option<Timestamp>,
}

#[component]
fn PictureOf(facts: Facts) -> impl IntoView {
    let locale = locale();
    let Site { way, .. } = expect_context();
    let StorageInfo { kept, .. } = *way;
    let engine = kept.engine(locale);
    let in_cookie = kept == StorageKind::InCookie;
    let cookie_means = match in_cookie {
        true => td_string!(locale, site.storage.cookie_data),
        false => td_string!(locale, site.storage.cookie_key),
    };
    let attributes = way.cookie_attributes.clone();
    let cookie = list([
        (
            td_string!(locale, site.storage.cookie_name),
            view! { <code>{way.cookie_name.clone()}</code> }.into_any(),
        ),
        (
            td_string!(locale, site.storage.cookie_value),
            view! {
                <span class="masked" aria-hidden="true">
                    {MASK}
                </span>
                <span>{td_string!(locale, site.storage.cookie_masked)}</span>
            }
            .into_any(),
        ),
        (
            td_string!(locale, site.storage.cookie_attributes),
            view! { <code>{attributes}</code> }.into_any(),
        ),
    ]);
    let browser = browser_keeps(locale, facts.cookie_end);
    // Where the data is, there are the facts about it.
    let row = list([
        (
            td_string!(locale, site.storage.store_key),
            view! { <code id="key-name">{facts.name}</code> }.into_any(),
        ),
        (
            td_string!(locale, site.storage.store_data),
            facts.keys.into_any(),
        ),
        (
            td_string!(locale, site.storage.store_row),
            match facts.row_end {
                Some(at) => view! { <Time at /> }.into_any(),
                None => td_string!(locale, site.storage.store_never).into_any(),
            },
        ),
    ]);
    let (at_cookie, at_server, at_store) = match kept {
        StorageKind::InCookie => (Some(row), None, None),
        StorageKind::InMemory => (None, Some(row), None),
        _ => (None, None, Some(row)),
    };
    view! {
        <section class="card" id="way" aria-labelledby="way-title">
            <h2 id="way-title">{td_string!(locale, site.storage.title)}</h2>
            <p id="engine">{td_string!(locale, site.storage.engine, engine)}</p>
            <ol class="way">
                <Part
                    id="way-browser"
                    title=td_string!(locale, site.storage.browser)
                    means=td_string!(locale, site.storage.browser_does).into()
                    facts=browser
                />
                <Part
                    id="way-cookie"
                    title=td_string!(locale, site.storage.cookie)
                    means=cookie_means.into()
                    facts=view! {
                        {cookie}
                        {at_cookie}
                    }
                    .into_any()
                />
                <Part
                    id="way-server"
                    title=td_string!(locale, site.storage.server)
                    means=kept.at_server(locale).into()
                    facts=at_server.into_any()
                />
                <Part
                    id="way-store"
                    title=td_string!(locale, site.storage.store)
                    means=kept.at_store(locale)
                    lit=kept.has_store()
                    facts=at_store.into_any()
                />
            </ol>
        </section>
    }
    .into_any()
}

#[component]
fn Part(
    id: &'static str,
    title: &'static str,
    means: String,
    #[prop(default = true)] lit: bool,
    facts: AnyView,
) -> impl IntoView {
    let locale = locale();
    let (class, state) = match lit {
        true => ("part lit", td_string!(locale, site.storage.lit)),
        false => ("part", td_string!(locale, site.storage.unlit)),
    };
    view! {
        <li class=class id=id>
            <h3>{title}</h3>
            <p class="state">{state}</p>
            <p>{means}</p>
            {facts}
        </li>
    }
    .into_any()
}

/// Until when the browser has the cookie; `None`: until it is closed.
fn browser_keeps(locale: Locale, end: Option<Timestamp>) -> AnyView {
    let Some(at) = end else {
        return view! { <p>{td_string!(locale, site.storage.browser_closed)}</p> }.into_any();
    };
    let text = td_string!(locale, site.storage.browser_until, end = "{}");
    view! {
        <p>
            <Said text at />
        </p>
    }
    .into_any()
}

fn list<const N: usize>(facts: [(&'static str, AnyView); N]) -> AnyView {
    let facts = facts.map(|(name, value)| {
        view! {
            <dt>{name}</dt>
            <dd>{value}</dd>
        }
    });
    view! { <dl>{facts.into_iter().collect_view()}</dl> }.into_any()
}
