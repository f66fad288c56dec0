//! Sessions one by one: the table of them, and what is in one.

use app::{
    console::{order_name, order_named},
    form::{FieldError, FormInput},
    pages::console::{Asked, Line, Notice, One, OnePage, TablePage},
    preferences::Preferences,
    safe_redirect::safe_redirect,
};
use axum::{extract::State, http::StatusCode, response::Response};
use huihua::{
    engine::{Cursor, Order, Result},
    key::StoredKey,
};
use leptos::prelude::*;

use super::{Console, PATH, gate::Opened, seal::What};
use crate::{
    forms::redirect,
    operator::{Listing, Operator, Wanted, audit},
    pages::page,
    standalone::store_failed,
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
    preferences: Preferences,
    opened: Opened,
    form: FormInput,
) -> Response {
    let Some(operator) = &console.operator else {
        return redirect(PATH);
    };
    let asked = asked(&form);
    let from = form.get("from");
    let cursor = console.seal.open(What::Place, from).map(Cursor::new);
    // A place from before the server was started anew.
    if !from.is_empty() && cursor.is_none() {
        return redirect(&address(&asked, ""));
    }
    let listing = match asked.error {
        Some(_) => Ok(Listing::default()),
        None => list(operator, &asked, cursor.as_ref()).await,
    };
    let (status, read, next, lines) = match listing {
        Err(error) => {
            let why = error.to_string();
            (StatusCode::SERVICE_UNAVAILABLE, 0, None, Err(why))
        }
        Ok(Listing { found, read, next }) => {
            let status = match asked.error {
                Some(_) => StatusCode::BAD_REQUEST,
                None => StatusCode::OK,
            };
            let next = next.and_then(|next| console.seal.seal(What::Place, next.as_str()).ok());
            let lines = found.into_iter().filter_map(|found| {
                let handle = console.seal.seal(What::Key, found.key.as_str()).ok()?;
                Some(Line { found, handle })
            });
            (status, read, next, Ok(lines.collect()))
        }
    };
    let orders = console.orders(operator).await;
    let notice = opened.notice().await;
    let first = (!from.is_empty()).then(|| address(&asked, ""));
    let next = next.map(|next| address(&asked, &next));
    let path = address(&asked, from);
    page(&console.site, preferences, status, || {
        view! { <TablePage asked orders lines read path first next notice /> }
    })
}

fn asked(form: &FormInput) -> Asked {
    let name = form.get("name").trim().to_ascii_lowercase();
    let is_name = name.len() <= NAME && name.bytes().all(|digit| digit.is_ascii_hexdigit());
    let uname = form.get("uname").trim().to_owned();
    Asked {
        error: (!is_name).then_some(FieldError::SessionName),
        // A search goes through the store as it lies.
        order: match uname.is_empty() && name.is_empty() {
            true => order_named(form.get("order")),
            false => Order::Own,
        },
        uname,
        name,
    }
}

async fn list(operator: &Operator, asked: &Asked, from: Option<&Cursor>) -> Result<Listing> {
    let Asked { uname, name, .. } = asked;
    let wanted = match (uname.is_empty(), name.is_empty()) {
        (true, true) => return operator.list(asked.order, from, PAGE).await,
        (true, false) => Wanted::Name(name.clone()),
        (false, _) => Wanted::Uname(uname.clone()),
    };
    let mut listing = operator.search(&wanted, from, PAGE, READ).await?;
    listing
        .found
        .retain(|found| found.name.starts_with(name.as_str()));
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
    preferences: Preferences,
    _: Opened,
    form: FormInput,
) -> Response {
    one_page(&console, preferences, form.get("of"), None).await
}

/// One session with its values, which is written down.
pub(super) async fn values(
    State(console): State<Console>,
    preferences: Preferences,
    opened: Opened,
    form: FormInput,
) -> Response {
    one_page(&console, preferences, form.get("of"), Some(opened)).await
}

/// `shown_to`: who sees the values.
async fn one_page(
    console: &Console,
    preferences: Preferences,
    handle: &str,
    shown_to: Option<Opened>,
) -> Response {
    let stored = match (&console.operator, console.key(handle)) {
        (Some(operator), Some(key)) => operator.open(&key).await,
        _ => Ok(None),
    };
    let one = match stored {
        Err(error) => return store_failed(&error),
        Ok(stored) => stored.map(|(found, values)| One {
            found,
            handle: handle.to_owned(),
            values,
            shown: shown_to.is_some(),
        }),
    };
    if let (Some(one), Some(opened)) = (&one, shown_to) {
        audit::values_shown(&opened.by, &one.found.name);
    }
    let status = match one {
        Some(_) => StatusCode::OK,
        None => StatusCode::NOT_FOUND,
    };
    page(
        &console.site,
        preferences,
        status,
        || view! { <OnePage one /> },
    )
}

/// Ends one session.
pub(super) async fn end(
    State(console): State<Console>,
    opened: Opened,
    form: FormInput,
) -> Response {
    let (Some(operator), Some(key)) = (&console.operator, console.key(form.get("of"))) else {
        return redirect(TABLE);
    };
    let notice = match operator.end(&key, &opened.by).await {
        Err(error) => return store_failed(&error),
        Ok(true) => Notice::Ended(key.fingerprint().to_string()),
        Ok(false) => Notice::WasGone(key.fingerprint().to_string()),
    };
    match opened.say(&notice).await {
        Ok(()) => redirect(&safe_redirect(form.get("next"))),
        Err(answer) => answer,
    }
}

impl Console {
    /// The key that a page of this process means by `handle`.
    fn key(&self, handle: &str) -> Option<StoredKey> {
        StoredKey::parse(&self.seal.open(What::Key, handle)?)
    }

    /// In which orders the store lists its sessions, beside its own.
    async fn orders(&self, operator: &Operator) -> Vec<Order> {
        let orders = self.orders.get_or_try_init(|| operator.orders()).await;
        orders.cloned().unwrap_or_default()
    }
}
