use huihua::expiry::NEVER;
use leptos::prelude::*;
use leptos_i18n::td_string;
use time::OffsetDateTime;

use super::{Time, WithTime};
use crate::{
    locale::Locale,
    preferences::locale,
    session_details::SessionDetails,
    site::Site,
    storage::{StorageInfo, StorageKind},
};

/// Characters of a session key, none of which is shown.
const MASK: &str = "••••••••••••••••••••••••••••••••";

/// Where a session is: browser, cookie, server and store, with those lit that are in use.
#[component]
pub(super) fn StorageDiagram(details: SessionDetails) -> impl IntoView {
    let locale = locale();
    let Site { storage, .. } = expect_context();
    let StorageInfo { kind, .. } = *storage;
    let keys = match details.items.len() {
        1 => td_string!(locale, site.storage.store_one_key).to_owned(),
        count => td_string!(locale, site.storage.store_keys, count),
    };
    let cookie_end = (!details.closes).then_some(details.cookie_end);
    let engine = kind.engine(locale);
    let in_cookie = kind == StorageKind::InCookie;
    let cookie_means = match in_cookie {
        true => td_string!(locale, site.storage.cookie_data),
        false => td_string!(locale, site.storage.cookie_key),
    };
    let attributes = storage.cookie_attributes.clone();
    let cookie = list([
        (
            td_string!(locale, site.storage.cookie_name),
            view! { <code>{storage.cookie_name.clone()}</code> }.into_any(),
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
    let browser = browser_keeps(locale, cookie_end);
    // Where the data is, there are the facts about it.
    let row = list([
        (
            td_string!(locale, site.storage.store_key),
            view! { <code id="key-name">{details.fingerprint}</code> }.into_any(),
        ),
        (td_string!(locale, site.storage.store_data), keys.into_any()),
        (
            td_string!(locale, site.storage.store_row),
            match details.end == NEVER {
                true => td_string!(locale, site.storage.store_never).into_any(),
                false => view! { <Time at=details.end /> }.into_any(),
            },
        ),
    ]);
    let (at_cookie, at_server, at_store) = match kind {
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
                    means=kind.at_server(locale).into()
                    facts=at_server.into_any()
                />
                <Part
                    id="way-store"
                    title=td_string!(locale, site.storage.store)
                    means=kind.at_store(locale)
                    lit=kind.has_store()
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
fn browser_keeps(locale: Locale, end: Option<OffsetDateTime>) -> AnyView {
    let Some(at) = end else {
        return view! { <p>{td_string!(locale, site.storage.browser_closed)}</p> }.into_any();
    };
    let text = td_string!(locale, site.storage.browser_until, end = "{}");
    view! {
        <p>
            <WithTime text at />
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
