//! Keeps a page's [`SessionState`] true, for as long as somebody is logged in.
//!
//! The server is asked when the end has come, whenever the page is shown again, and when another
//! tab says that something may have happened. Asking is no visit.

use std::time::Duration;

use js_sys::Reflect;
use leptos::{leptos_dom::helpers::window_event_listener_untyped, prelude::*};
use wasm_bindgen::{JsCast, JsValue, closure::Closure};
use wasm_bindgen_futures::{JsFuture, spawn_local};
use web_sys::BroadcastChannel;

use super::{
    dom::get,
    session_state::{Ended, SessionSignal, SessionState},
};
use crate::paths::SESSION_STATUS;

/// The channel on which the tabs of one browser speak. Each has the same session.
const CHANNEL: &str = "huihua";
/// Clocks and networks aren't exact: how long after its end a session is asked for again.
const ASK_AGAIN: f64 = 500.0;
const SECOND: f64 = 1000.0;

/// A session, and when the server may be asked for it next, by the server's clock: so that one
/// that is late isn't stormed.
#[derive(Clone, Copy)]
struct Sync {
    session: SessionSignal,
    not_before: RwSignal<f64>,
}

/// Begins, and tells the other tabs that this page was loaded: it may have begun or ended a
/// session, or put its end off.
pub(super) fn begin(session: SessionSignal, state: SessionState) {
    let channel = BroadcastChannel::new(CHANNEL).ok();
    if let Some(channel) = &channel {
        let _ = channel.post_message(&JsValue::NULL);
    }
    if state.uname.is_none() {
        return;
    }
    session.set(SessionState { clock_offset: state.now - answered(), ..state });
    let sync = Sync { session, not_before: RwSignal::new(0.0) };
    let look = move || spawn_local(ask(sync));
    if let Some(channel) = channel {
        let heard = Closure::<dyn Fn()>::new(look);
        channel.set_onmessage(Some(heard.as_ref().unchecked_ref()));
        // Both live as long as the page.
        heard.forget();
        std::mem::forget(channel);
    }
    window_event_listener_untyped("visibilitychange", move |_| {
        if !document().hidden() {
            session.update(|session| session.now = session.server_time());
            look();
        }
    });
    // Also sent after every load, when the server has just been asked for the page.
    window_event_listener_untyped("pageshow", move |event| {
        let persisted = Reflect::get(&event, &"persisted".into());
        if persisted.is_ok_and(|persisted| persisted.is_truthy()) {
            look();
        }
    });
    tick(sync);
}

/// The moment at which the server began to answer with this page, by the browser's clock: the
/// server's said much the same as on the page.
fn answered() -> f64 {
    let field = |of: &JsValue, name: &str| Reflect::get(of, &name.into()).ok();
    let number = |of: &JsValue, name: &str| field(of, name)?.as_f64();
    let answered = || {
        let performance = field(&window(), "performance")?;
        let ask = field(&performance, "getEntriesByType")?;
        let ask: js_sys::Function = ask.dyn_into().ok()?;
        let loads = ask.call1(&performance, &"navigation".into()).ok()?;
        let load = Reflect::get_u32(&loads, 0).ok()?;
        Some(number(&performance, "timeOrigin")? + number(&load, "responseStart")?)
    };
    answered().unwrap_or_else(js_sys::Date::now)
}

/// Moves on the clock of the page each second, when the time that is left is whole seconds.
fn tick(sync: Sync) {
    let Sync { session, not_before } = sync;
    session.update(|session| session.now = session.server_time());
    let (present, end) = session.with_untracked(|session| (session.now, session.end));
    let left = end.map(|end| end - present);
    if left.is_some_and(|left| left <= 0.0) && present >= not_before.get_untracked() {
        not_before.set(present + ASK_AGAIN);
        spawn_local(ask(sync));
    }
    if is_over(session) {
        return;
    }
    let wait = match left {
        Some(left) if left > 0.0 => left.rem_euclid(SECOND),
        Some(_) => ASK_AGAIN,
        None => SECOND,
    };
    set_timeout(
        move || tick(sync),
        // A browser may wake up a moment early, and would show the second before.
        Duration::from_millis(wait as u64 + 5),
    );
}

/// Asks the server who is logged in by now, and until when.
async fn ask(sync: Sync) {
    let Sync { session, not_before } = sync;
    if is_over(session) {
        return;
    }
    // No answer is no logout.
    let Some(status) = status().await else {
        not_before.set(session.with_untracked(SessionState::server_time) + 10.0 * ASK_AGAIN);
        return;
    };
    let field = |key: &str| Reflect::get(&status, &key.into()).ok();
    let Some(uname) = field("uname").and_then(|uname| uname.as_string()) else {
        return end(session);
    };
    if session.with_untracked(|session| session.uname.as_ref() != Some(&uname)) {
        // Somebody else has logged in, and what is on this page is none of theirs.
        let _ = window().location().reload();
        return;
    }
    let number = |key| field(key).and_then(|number| number.as_f64());
    session.update(|session| {
        if let Some(now) = number("now") {
            session.clock_offset = now - js_sys::Date::now();
        }
        session.end = number("end");
        session.now = session.server_time();
    });
}

fn is_over(session: SessionSignal) -> bool {
    session.with_untracked(|session| session.uname.is_none())
}

fn end(session: SessionSignal) {
    session.update(|session| {
        let has_come = session.end.is_some_and(|end| end <= session.server_time());
        session.uname = None;
        session.ended = Some(if has_come { Ended::Expired } else { Ended::Elsewhere });
    });
}

/// The server's answer to who is logged in, without that counting as a visit.
async fn status() -> Option<JsValue> {
    let answer = get(SESSION_STATUS).await?;
    if !answer.ok() {
        return None;
    }
    JsFuture::from(answer.json().ok()?).await.ok()
}
