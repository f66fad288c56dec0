use leptos::prelude::window;
use wasm_bindgen::JsCast;
use wasm_bindgen_futures::JsFuture;
use web_sys::Response;

/// What the server answers; `None`: nobody does.
pub(crate) async fn ask(url: &str) -> Option<Response> {
    let answer = JsFuture::from(window().fetch_with_str(url)).await.ok()?;
    answer.dyn_into().ok()
}
