//! Sessions one by one: the table of them, and what is in one.

use admin::{Admin, Filter, Listing, audit, order_from_name, order_name};
use app::{
    actions::place,
    form::Wrong,
    pages::console::{Asked, Line, Notice, One, OnePage, TablePage},
};
use axum::{
    extract::{RawForm, State},
    http::StatusCode,
    response::Response,
};
use huihua::{
    engine::{Cursor, Order, Result},
    key::StoredKey,
};
use leptos::prelude::*;

use super::{Console, PATH, login::ConsoleSession, sealed_id::IdKind};
use crate::{
    look::Chosen,
    pages::{page, store_failed},
    submit::{field, found},
};

const TABLE: &str = "/console/sessions/";
/// Sessions on one page.
const PAGE: usize = 50;
/// Sessions that are read at most while one request waits for those it searches.
const READ: usize = 50_000;
/// Digits of a session's name.
const NAME: usize = 12;

/// Sessions, a page of them.
pub(super) async fn table(
    State(console): State<Console>,
    Chosen(look): Chosen,
    session: ConsoleSession,
    RawForm(query): RawForm,
) -> Response {
    let Some(admin) = &console.admin else {
        return found(PATH);
    };
    let asked = asked(&query);
    let from = field(&query, "from");
    let cursor = console
        .sealing_key
        .open(IdKind::Cursor, &from)
        .map(Cursor::new);
    // A place from before the server was started anew.
    if !from.is_empty() && cursor.is_none() {
        return found(&address(&asked, ""));
    }
    let listing = match asked.wrong {
        Some(_) => Ok(Listing::default()),
        None => list(admin, &asked, cursor.as_ref()).await,
    };
    let (status, read, next, lines) = match listing {
        Err(error) => {
            let why = error.to_string();
            (StatusCode::SERVICE_UNAVAILABLE, 0, None, Err(why))
        }
        Ok(Listing {
            sessions,
            read,
            next,
        }) => {
            let status = match asked.wrong {
                Some(_) => StatusCode::BAD_REQUEST,
                None => StatusCode::OK,
            };
            let next =
                next.and_then(|next| console.sealing_key.seal(IdKind::Cursor, next.as_str()).ok());
            let lines = sessions.into_iter().filter_map(|session| {
                let handle = console
                    .sealing_key
                    .seal(IdKind::StoredKey, session.key.as_str())
                    .ok()?;
                Some(Line { session, handle })
            });
            (status, read, next, Ok(lines.collect()))
        }
    };
    let orders = console.orders(admin).await;
    let notice = session.take_notice().await;
    let first = (!from.is_empty()).then(|| address(&asked, ""));
    let next = next.map(|next| address(&asked, &next));
    let path = address(&asked, &from);
    page(&console.site, look, status, || {
        view! { <TablePage asked orders lines read path first next notice /> }
    })
}

fn asked(query: &[u8]) -> Asked {
    let name = field(query, "name").trim().to_ascii_lowercase();
    let is_name = name.len() <= NAME && name.bytes().all(|digit| digit.is_ascii_hexdigit());
    let uname = field(query, "uname").trim().to_owned();
    Asked {
        wrong: (!is_name).then_some(Wrong::SessionName),
        // A search goes through the store as it lies.
        order: match uname.is_empty() && name.is_empty() {
            true => order_from_name(&field(query, "order")),
            false => Order::Own,
        },
        uname,
        name,
    }
}

async fn list(admin: &Admin, asked: &Asked, from: Option<&Cursor>) -> Result<Listing> {
    let Asked { uname, name, .. } = asked;
    let wanted = match (uname.is_empty(), name.is_empty()) {
        (true, true) => return admin.list(asked.order, from, PAGE).await,
        (true, false) => Filter::Fingerprint(name.clone()),
        (false, _) => Filter::Uname(uname.clone()),
    };
    let mut listing = admin.search(&wanted, from, PAGE, READ).await?;
    listing
        .sessions
        .retain(|session| session.fingerprint.starts_with(name.as_str()));
    Ok(listing)
}

/// Where a page of the table is; `from`: the sealed place where it begins.
fn address(asked: &Asked, from: &str) -> String {
    let order = match asked.order {
        Order::Own => "",
        order => order_name(order),
    };
    let mut query = url::form_urlencoded::Serializer::new(String::new());
    for (field, value) in [
        ("uname", asked.uname.as_str()),
        ("name", asked.name.as_str()),
        ("order", order),
        ("from", from),
    ] {
        if !value.is_empty() {
            query.append_pair(field, value);
        }
    }
    match query.finish() {
        query if query.is_empty() => TABLE.to_owned(),
        query => format!("{TABLE}?{query}"),
    }
}

/// One session, without its values.
pub(super) async fn one(
    State(console): State<Console>,
    look: Chosen,
    _: ConsoleSession,
    RawForm(query): RawForm,
) -> Response {
    one_page(&console, look, &field(&query, "of"), None).await
}

/// One session with its values, which is written down.
pub(super) async fn values(
    State(console): State<Console>,
    look: Chosen,
    session: ConsoleSession,
    RawForm(form): RawForm,
) -> Response {
    one_page(&console, look, &field(&form, "of"), Some(session)).await
}

/// `shown_to`: who sees the values.
async fn one_page(
    console: &Console,
    Chosen(look): Chosen,
    handle: &str,
    shown_to: Option<ConsoleSession>,
) -> Response {
    let stored = match (&console.admin, console.key(handle)) {
        (Some(admin), Some(key)) => admin.open(&key).await,
        _ => Ok(None),
    };
    let one = match stored {
        Err(error) => return store_failed(&error),
        Ok(stored) => stored.map(|(session, values)| One {
            session,
            handle: handle.to_owned(),
            values,
            shown: shown_to.is_some(),
        }),
    };
    if let (Some(one), Some(session)) = (&one, shown_to) {
        audit::values_shown(&session.by, &one.session.fingerprint);
    }
    let status = match one {
        Some(_) => StatusCode::OK,
        None => StatusCode::NOT_FOUND,
    };
    page(&console.site, look, status, || view! { <OnePage one /> })
}

/// Ends one session.
pub(super) async fn end(
    State(console): State<Console>,
    session: ConsoleSession,
    RawForm(form): RawForm,
) -> Response {
    let (Some(admin), Some(key)) = (&console.admin, console.key(&field(&form, "of"))) else {
        return found(TABLE);
    };
    let notice = match admin.end(&key, &session.by).await {
        Err(error) => return store_failed(&error),
        Ok(true) => Notice::Ended(key.name()),
        Ok(false) => Notice::WasGone(key.name()),
    };
    match session.set_notice(&notice).await {
        Ok(()) => found(&place(&field(&form, "next"))),
        Err(answer) => answer,
    }
}

impl Console {
    /// The key that a page of this process means by `handle`.
    fn key(&self, handle: &str) -> Option<StoredKey> {
        StoredKey::parse(&self.sealing_key.open(IdKind::StoredKey, handle)?)
    }

    /// In which orders the store lists its sessions, beside its own.
    async fn orders(&self, admin: &Admin) -> Vec<Order> {
        let orders = self.orders.get_or_try_init(|| admin.orders()).await;
        orders.cloned().unwrap_or_default()
    }
}
