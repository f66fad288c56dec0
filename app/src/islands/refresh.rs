//! Keeps a part of a page as it is at the server by now, for as long as the page is looked at.

use std::{cell::Cell, time::Duration};

use leptos::prelude::*;
use wasm_bindgen_futures::{JsFuture, spawn_local};
use web_sys::{Element, Response};

use super::{ask::ask, times};

const EVERY: Duration = Duration::from_secs(5);
/// Who asks may not see it any more.
const NOT_ANY_MORE: u16 = 401;

thread_local! {
    /// Whether an answer is on its way, so that a server that is late isn't stormed.
    static ASKED: Cell<bool> = const { Cell::new(false) };
}

/// Begins, if the page has a part that says by `data-refresh` where it comes from.
pub(crate) fn begin() {
    let Ok(Some(place)) = document().query_selector("[data-refresh]") else {
        return;
    };
    let Some(url) = place.get_attribute("data-refresh") else {
        return;
    };
    let again = move || {
        if !document().hidden() && !ASKED.replace(true) {
            let (place, url) = (place.clone(), url.clone());
            spawn_local(async move {
                refresh(&place, &url).await;
                ASKED.set(false);
            });
        }
    };
    // An error means that there is no window to look at.
    let _ = set_interval_with_handle(again, EVERY);
}

async fn refresh(place: &Element, url: &str) {
    let html = match ask(url).await {
        Some(answer) if answer.status() == NOT_ANY_MORE => {
            let _ = window().location().reload();
            return;
        }
        Some(answer) if answer.ok() => text(&answer).await,
        _ => None,
    };
    if let Some(stale) = document().get_element_by_id("stale") {
        let _ = stale.toggle_attribute_with_force("hidden", html.is_some());
    }
    if let Some(html) = html {
        place.set_inner_html(&html);
        times::show_all_in_own_zone();
    }
}

async fn text(answer: &Response) -> Option<String> {
    JsFuture::from(answer.text().ok()?).await.ok()?.as_string()
}
