//! The list of sessions, and one session: opened and ended.

use admin::{Filter, Listing, Order, audit, order_from_name, order_name};
use app::{
    form::{FieldError, FormInput},
    pages::console::{ListQuery, Notice, OpenedSession, SessionPage, SessionRow, SessionsPage},
    paths::{CONSOLE, CONSOLE_SESSIONS},
    safe_redirect::safe_redirect,
};
use axum::{
    http::{Method, StatusCode},
    response::Response,
};
use huihua::engine::Cursor;
use leptos::prelude::*;

use super::{sealed_id::IdKind, state::ConsoleSession};
use crate::{error_pages::store_failed, redirect::redirect};

/// Sessions on one page.
const PAGE: usize = 50;
/// Sessions that one request reads at most for those it searches.
const BUDGET: usize = 50_000;
/// Digits of a fingerprint.
const FINGERPRINT: usize = 12;

/// A page of the list of sessions.
pub(super) async fn list(operator: ConsoleSession, form: FormInput) -> Response {
    let console = &operator.console;
    let Some(admin) = &console.admin else {
        return redirect(CONSOLE);
    };
    let key = &console.sealing_key;
    let query = query(&form);
    let from = form.get("from");
    let cursor = key.open(IdKind::Cursor, from).map(Cursor::new);
    // A cursor from before the server was started anew.
    if !from.is_empty() && cursor.is_none() {
        return redirect(&address(&query, ""));
    }
    let cursor = cursor.as_ref();
    let listing = match &query {
        ListQuery { error: Some(_), .. } => Ok(Listing::default()),
        query if query.filter.is_empty() => admin.list(query.order, cursor, PAGE).await,
        query => admin.search(&query.filter, cursor, PAGE, BUDGET).await,
    };
    let (status, read, next, rows) = match listing {
        Err(error) => (StatusCode::SERVICE_UNAVAILABLE, 0, None, Err(error.to_string())),
        Ok(listing) => {
            let status = match query.error {
                Some(_) => StatusCode::BAD_REQUEST,
                None => StatusCode::OK,
            };
            let next = listing.next;
            let next = next.and_then(|next| key.seal(IdKind::Cursor, next.as_str()).ok());
            let rows = listing.sessions.into_iter().filter_map(|session| {
                let sealed_id = key.seal(IdKind::StoredKey, session.key.as_str()).ok()?;
                Some(SessionRow { session, sealed_id })
            });
            (status, listing.read, next, Ok(rows.collect()))
        }
    };
    let orders = console.orders(admin).await;
    let notice = operator.take_notice().await;
    let first = (!from.is_empty()).then(|| address(&query, ""));
    let next = next.map(|next| address(&query, &next));
    let path = address(&query, from);
    let view = || view! { <SessionsPage query orders rows read path first next notice /> };
    operator.page(status, view)
}

fn query(form: &FormInput) -> ListQuery {
    let fingerprint = form.get("name").trim().to_ascii_lowercase();
    let is_fingerprint = fingerprint.len() <= FINGERPRINT
        && fingerprint.bytes().all(|digit| digit.is_ascii_hexdigit());
    let uname = Some(form.get("uname")).filter(|uname| !uname.trim().is_empty());
    let filter = Filter { uname: uname.map(str::to_owned), fingerprint };
    ListQuery {
        error: (!is_fingerprint).then_some(FieldError::Fingerprint),
        // A search goes through the store in its own order.
        order: if filter.is_empty() { order_from_name(form.get("order")) } else { Order::Natural },
        filter,
    }
}

/// The address of a page of the list; `from`: the sealed cursor where it begins.
fn address(query: &ListQuery, from: &str) -> String {
    let order = match query.order {
        Order::Natural => "",
        order => order_name(order),
    };
    let mut address = url::form_urlencoded::Serializer::new(String::new());
    for (field, value) in [
        ("uname", query.filter.uname.as_deref().unwrap_or_default()),
        ("name", &query.filter.fingerprint),
        ("order", order),
        ("from", from),
    ] {
        if !value.is_empty() {
            address.append_pair(field, value);
        }
    }
    match address.finish() {
        address if address.is_empty() => CONSOLE_SESSIONS.to_owned(),
        address => format!("{CONSOLE_SESSIONS}?{address}"),
    }
}

/// One session; posted, with its values, which the audit log says.
pub(super) async fn one(
    method: Method,
    operator: ConsoleSession,
    form: FormInput,
) -> Result<Response, Response> {
    let console = &operator.console;
    let sealed_id = form.get("of");
    let mut opened = None;
    if let (Some(admin), Some(key)) = (&console.admin, console.stored_key(sealed_id)) {
        let session = admin.open(&key).await.map_err(store_failed)?;
        opened = Some(OpenedSession {
            fingerprint: key.fingerprint().to_string(),
            session: session.map(|(summary, contents)| (summary, contents.map(|(_, it)| it))),
            sealed_id: sealed_id.to_owned(),
            shown: method == Method::POST,
        });
    }
    let session = opened.as_ref().and_then(|opened| opened.session.as_ref());
    let status = if session.is_some() { StatusCode::OK } else { StatusCode::NOT_FOUND };
    if let Some((summary, Ok(_))) = session
        && method == Method::POST
    {
        audit::values_shown(&operator.by, &summary.fingerprint);
    }
    Ok(operator.page(status, || view! { <SessionPage session=opened /> }))
}

/// Ends one session.
pub(super) async fn end(operator: ConsoleSession, form: FormInput) -> Result<Response, Response> {
    let console = &operator.console;
    let key = console.stored_key(form.get("of"));
    let (Some(admin), Some(key)) = (&console.admin, key) else {
        return Ok(redirect(CONSOLE_SESSIONS));
    };
    let fingerprint = key.fingerprint().to_string();
    let notice = if admin.end(&key, &operator.by).await.map_err(store_failed)? {
        Notice::Ended(fingerprint)
    } else {
        Notice::WasGone(fingerprint)
    };
    operator.set_notice(&notice).await?;
    Ok(redirect(&safe_redirect(form.get("next"))))
}
