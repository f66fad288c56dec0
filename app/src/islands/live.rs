//! The refresh of the console's statistics.

use std::{cell::Cell, rc::Rc, time::Duration};

use leptos::{html, prelude::*};
use wasm_bindgen_futures::{JsFuture, spawn_local};
use web_sys::{Element, HtmlDivElement, Response};

use super::{dom::get, local_time::show_all};
use crate::paths::CONSOLE_NOW;

const EVERY: Duration = Duration::from_secs(5);
/// The console isn't open any more.
const UNAUTHORIZED: u16 = 401;

/// Keeps the console's statistics, its children, as they are at the server by now, for as long as
/// the page is looked at. While that fails, an element with `data-stale` is shown beside them.
#[island]
pub fn LiveStatistics(children: Children) -> impl IntoView {
    let root = NodeRef::<html::Div>::new();
    Effect::new(move || {
        if let Some(root) = root.get() {
            begin(root);
        }
    });
    view! { <div node_ref=root>{children()}</div> }
}

fn begin(root: HtmlDivElement) {
    // So that a server that is late isn't stormed.
    let is_fetching = Rc::new(Cell::new(false));
    let again = move || {
        if !document().hidden() && !is_fetching.replace(true) {
            let (root, is_fetching) = (root.clone(), is_fetching.clone());
            spawn_local(async move {
                refresh(&root).await;
                is_fetching.set(false);
            });
        }
    };
    // An error means that there is no window to look at.
    let _ = set_interval_with_handle(again, EVERY);
}

/// The statistics come as HTML and are put in as they are: to render them here would need the
/// whole console in the browser.
async fn refresh(root: &Element) {
    let html = match get(CONSOLE_NOW).await {
        Some(answer) if answer.status() == UNAUTHORIZED => {
            let _ = window().location().reload();
            return;
        }
        Some(answer) if answer.ok() => text(&answer).await,
        _ => None,
    };
    if let Ok(Some(stale)) = root.query_selector("[data-stale]") {
        let _ = stale.toggle_attribute_with_force("hidden", html.is_some());
    }
    if let (Some(html), Ok(Some(statistics))) = (html, root.query_selector("#now")) {
        statistics.set_inner_html(&html);
        show_all(&statistics);
    }
}

async fn text(answer: &Response) -> Option<String> {
    JsFuture::from(answer.text().ok()?).await.ok()?.as_string()
}
