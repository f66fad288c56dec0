//! The diagram of where a session is stored.

use huihua::{expiry::NEVER, settings::EngineName};
use leptos::prelude::*;
use leptos_i18n::td_string;
use time::OffsetDateTime;

use super::{Time, WithTime};
use crate::{
    cached_view::{CacheKey, KeyedView},
    current_user::SessionDetails,
    locale::Locale,
    preferences::{Preferences, locale},
    site::Site,
    storage::StorageInfo,
};

/// Characters of a session key, none of which is shown.
const MASK: &str = "••••••••••••••••••••••••••••••••";

/// A part of the diagram.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
enum Part {
    Browser,
    Cookie,
    Server,
    Store,
}

impl CacheKey for StorageInfo {}
impl CacheKey for (Part, StorageInfo) {}

/// The way of a session through browser, cookie, server and store: those in use are lit, and the facts
/// of the session stand where its data is.
#[component]
pub(super) fn StorageDiagram(
    preferences: Preferences,
    details: SessionDetails,
    /// The number of the session's keys.
    keys: usize,
) -> impl IntoView {
    let Preferences { locale, .. } = preferences;
    let Site { storage, .. } = expect_context();
    let cookie_end = details.cookie_end;
    let home = match storage.engine {
        EngineName::SignedCookies => Part::Cookie,
        EngineName::Cache => Part::Server,
        _ => Part::Store,
    };
    let mut facts = Some(facts(locale, details, keys));
    let mut part = |part, id: &'static str| {
        let is_lit = part != Part::Store || storage.has_store();
        let facts = match part {
            Part::Browser => Some(browser_keeps(locale, cookie_end)),
            part if part == home => facts.take(),
            _ => None,
        };
        view! {
            <li class=if is_lit { "part lit" } else { "part" } id=id>
                {PARTS.get(preferences, (part, storage))}
                {facts}
            </li>
        }
    };
    let parts = (
        part(Part::Browser, "storage-browser"),
        part(Part::Cookie, "storage-cookie"),
        part(Part::Server, "storage-server"),
        part(Part::Store, "storage-store"),
    );
    view! {
        <section class="card" id="storage" aria-labelledby="storage-title">
            {HEAD.get(preferences, storage)} <ol class="storage">{parts}</ol>
        </section>
    }
}

static HEAD: KeyedView<StorageInfo> = KeyedView::new(|locale, _, storage| {
    let engine = storage.engine(locale);
    view! {
        <h2 id="storage-title">{td_string!(locale, site.storage.title)}</h2>
        <p id="engine">{td_string!(locale, site.storage.engine, engine)}</p>
    }
    .into_any()
});

/// A part's name and its job on this site.
static PARTS: KeyedView<(Part, StorageInfo)> = KeyedView::new(|locale, _, (part, storage)| {
    let (title, text) = match part {
        Part::Browser => (
            td_string!(locale, site.storage.browser),
            td_string!(locale, site.storage.browser_does).to_owned(),
        ),
        Part::Cookie => (
            td_string!(locale, site.storage.cookie),
            match storage.engine {
                EngineName::SignedCookies => {
                    td_string!(locale, site.storage.cookie_data).to_owned()
                }
                _ => td_string!(locale, site.storage.cookie_key).to_owned(),
            },
        ),
        Part::Server => {
            (td_string!(locale, site.storage.server), storage.at_server(locale).to_owned())
        }
        Part::Store => (td_string!(locale, site.storage.store), storage.at_store(locale)),
    };
    let state = match part {
        Part::Store if !storage.has_store() => td_string!(locale, site.storage.unlit),
        _ => td_string!(locale, site.storage.lit),
    };
    view! {
        <h3>{title}</h3>
        <p class="state">{state}</p>
        <p>{text}</p>
        {(part == Part::Cookie).then(|| view! { <Cookie storage /> })}
    }
    .into_any()
});

/// The cookie, without its value.
#[component]
fn Cookie(storage: StorageInfo) -> impl IntoView {
    let locale = locale();
    view! {
        <dl>
            <dt>{td_string!(locale, site.storage.cookie_name)}</dt>
            <dd>
                <code>{storage.cookie_name}</code>
            </dd>
            <dt>{td_string!(locale, site.storage.cookie_value)}</dt>
            <dd>
                <span class="masked" aria-hidden="true">
                    {MASK}
                </span>
                <span>{td_string!(locale, site.storage.cookie_masked)}</span>
            </dd>
            <dt>{td_string!(locale, site.storage.cookie_attributes)}</dt>
            <dd>
                <code>{storage.cookie_attributes}</code>
            </dd>
        </dl>
    }
}

/// The facts of the session.
fn facts(locale: Locale, details: SessionDetails, keys: usize) -> AnyView {
    let keys = match keys {
        1 => td_string!(locale, site.storage.store_one_key).to_owned(),
        count => td_string!(locale, site.storage.store_keys, count),
    };
    let end = if details.end == NEVER {
        td_string!(locale, site.storage.store_never).into_any()
    } else {
        view! { <Time at=details.end /> }.into_any()
    };
    view! {
        <dl>
            <dt>{td_string!(locale, site.storage.store_key)}</dt>
            <dd>
                <code id="key-name">{details.fingerprint}</code>
            </dd>
            <dt>{td_string!(locale, site.storage.store_data)}</dt>
            <dd>{keys}</dd>
            <dt>{td_string!(locale, site.storage.store_row)}</dt>
            <dd>{end}</dd>
        </dl>
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
