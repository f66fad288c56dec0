//! The browser's interfaces as several islands use them.

use leptos::prelude::window;
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::JsFuture;
use web_sys::{Element, NodeList, Response};

/// The elements that a selector has found.
pub(super) fn elements(found: Result<NodeList, JsValue>) -> impl Iterator<Item = Element> {
    let found = found.ok();
    let length = found.as_ref().map_or(0, NodeList::length);
    (0..length).filter_map(move |index| found.as_ref()?.item(index)?.dyn_into().ok())
}

/// The answer to a GET; `None`: there was none.
pub(super) async fn get(url: &str) -> Option<Response> {
    let answer = JsFuture::from(window().fetch_with_str(url)).await.ok()?;
    answer.dyn_into().ok()
}
