//! Keeps the page's [`Watch`] true, for as long as somebody is logged in.
//!
//! The server is asked when the end has come, whenever the page is shown again, and when another
//! tab says that something may have happened. Asking is no visit.

use std::{cell::Cell, time::Duration};

use js_sys::Reflect;
use leptos::{leptos_dom::helpers::window_event_listener_untyped, prelude::*};
use wasm_bindgen::{JsCast, JsValue, closure::Closure};
use wasm_bindgen_futures::{JsFuture, spawn_local};
use web_sys::BroadcastChannel;

use super::watch::Watch;

/// The channel on which the tabs of one browser speak. Each has the same session.
const CHANNEL: &str = "huihua";
/// Clocks and networks aren't exact: how long after its end a session is asked for again.
const ASK_AGAIN: f64 = 500.0;
const SECOND: f64 = 1000.0;

thread_local! {
    /// How far the server's clock is ahead of this one, in milliseconds.
    static AHEAD: Cell<f64> = const { Cell::new(0.0) };
    /// When the server may be asked next, by its clock; so that one that is late isn't stormed.
    static NOT_BEFORE: Cell<f64> = const { Cell::new(0.0) };
}

/// Begins, and tells the other tabs that this page was loaded: it may have begun or ended a
/// session, or put its end off.
pub(crate) fn begin() {
    let channel = BroadcastChannel::new(CHANNEL).ok();
    if let Some(channel) = &channel {
        let _ = channel.post_message(&JsValue::NULL);
    }
    let watch = Watch::current();
    if watch.uname.with_untracked(Option::is_none) {
        return;
    }
    AHEAD.set(watch.now.get_untracked() - answered());
    let look = {
        let watch = watch.clone();
        move || spawn_local(ask(watch.clone()))
    };
    if let Some(channel) = channel {
        let look = look.clone();
        let heard = Closure::<dyn Fn()>::new(look);
        channel.set_onmessage(Some(heard.as_ref().unchecked_ref()));
        // Both live as long as the page.
        heard.forget();
        std::mem::forget(channel);
    }
    {
        let (watch, look) = (watch.clone(), look.clone());
        window_event_listener_untyped("visibilitychange", move |_| {
            if !document().hidden() {
                watch.now.set(now());
                look();
            }
        });
    }
    // Also sent after every load, when the server has just been asked for the page.
    window_event_listener_untyped("pageshow", move |event| {
        let persisted = Reflect::get(&event, &"persisted".into());
        if persisted.is_ok_and(|persisted| persisted.is_truthy()) {
            look();
        }
    });
    tick(watch);
}

/// The present moment by the server's clock.
pub(crate) fn now() -> f64 {
    js_sys::Date::now() + AHEAD.get()
}

/// When the server began to answer with this page, by this clock: its own clock said much the
/// same then.
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
fn tick(watch: Watch) {
    let present = now();
    watch.now.set(present);
    let left = watch.end.get_untracked().map(|end| end - present);
    if left.is_some_and(|left| left <= 0.0) && present >= NOT_BEFORE.get() {
        NOT_BEFORE.set(present + ASK_AGAIN);
        spawn_local(ask(watch.clone()));
    }
    if is_over(&watch) {
        return;
    }
    let wait = match left {
        Some(left) if left > 0.0 => left.rem_euclid(SECOND),
        Some(_) => ASK_AGAIN,
        None => SECOND,
    };
    set_timeout(
        move || tick(watch),
        // A browser may wake up a moment early, and would show the second before.
        Duration::from_millis(wait as u64 + 5),
    );
}

/// Shows who is logged in by now, and until when.
async fn ask(watch: Watch) {
    if is_over(&watch) {
        return;
    }
    // No answer is no logout.
    let Some(session) = session().await else {
        NOT_BEFORE.set(now() + 10.0 * ASK_AGAIN);
        return;
    };
    let field = |key: &str| Reflect::get(&session, &key.into()).ok();
    let Some(uname) = field("uname").and_then(|uname| uname.as_string()) else {
        return end(&watch);
    };
    if watch
        .uname
        .with_untracked(|known| known.as_ref() != Some(&uname))
    {
        // Somebody else has logged in, and what is on this page is none of theirs.
        let _ = window().location().reload();
        return;
    }
    if let Some(said) = field("now").and_then(|now| now.as_f64()) {
        AHEAD.set(said - js_sys::Date::now());
    }
    watch.end.set(field("end").and_then(|end| end.as_f64()));
    watch.now.set(now());
}

fn is_over(watch: &Watch) -> bool {
    watch.uname.with_untracked(Option::is_none)
}

/// The session has ended: what belongs to it goes with it (see the style sheet), and why is said
/// where screen readers listen, and in the title for those whose eyes are on another tab.
fn end(watch: &Watch) {
    let has_come = watch.end.get_untracked().is_some_and(|end| end <= now());
    watch.uname.set(None);
    let document = document();
    let said = document.get_element_by_id(match has_come {
        true => "expired",
        false => "elsewhere",
    });
    if let (Some(said), Some(place)) = (said, document.get_element_by_id("over")) {
        place.set_inner_html(&said.inner_html());
        document.set_title(place.text_content().unwrap_or_default().trim());
    }
    if let Some(page) = document.document_element() {
        let _ = page.set_attribute("data-session", "over");
    }
    if let Some(icon) = document.get_element_by_id("icon") {
        let _ = icon.set_attribute("href", "/favicon-guest.svg");
    }
}

/// What the server says of the session, without that counting as a visit.
async fn session() -> Option<JsValue> {
    let answer = super::ask::ask("/session/").await?;
    if !answer.ok() {
        return None;
    }
    JsFuture::from(answer.json().ok()?).await.ok()
}
