use leptos::prelude::window;
use wasm_bindgen::JsCast;
use wasm_bindgen_futures::JsFuture;
use web_sys::Response;

/// The answer to a GET; `None`: there was none.
pub(super) async fn get(url: &str) -> Option<Response> {
    let answer = JsFuture::from(window().fetch_with_str(url)).await.ok()?;
    answer.dyn_into().ok()
}
