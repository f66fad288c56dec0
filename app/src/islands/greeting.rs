use leptos::prelude::*;

use super::Seed;

/// 「你好：…」, which turns to 「你好：游客」 when the session ends while the page is open.
#[island]
pub fn Greeting() -> impl IntoView {
    let seed = Seed::current();
    let name = RwSignal::new(seed.uname);
    #[cfg(feature = "hydrate")]
    if name.with_untracked(Option::is_some) {
        watch::until_over(seed.end, name);
    }
    // One text node, so that the page's source reads as the page does.
    let text = move || name.with(|name| format!("你好：{}", name.as_deref().unwrap_or("游客")));
    view! { <h1 id="greeting">{text}</h1> }
}

#[cfg(feature = "hydrate")]
mod watch {
    use std::time::Duration;

    use leptos::{leptos_dom::helpers::window_event_listener_untyped, prelude::*};
    use wasm_bindgen::{JsCast, JsValue};
    use wasm_bindgen_futures::{JsFuture, spawn_local};

    /// Browsers count time-outs in 31 bits of milliseconds; longer ones fire at once.
    const LONGEST_TIMEOUT: f64 = 2_147_483_647.0;
    /// The server's clock decides, and it may be a little behind the browser's.
    const ASK_AGAIN: f64 = 500.0;

    /// Asks the server when the end has come, and whenever the page is shown again: another
    /// tab may have put the end off, or logged out.
    pub(super) fn until_over(end: Option<f64>, name: RwSignal<Option<String>>) {
        wait(end, name);
        for event in ["visibilitychange", "pageshow"] {
            window_event_listener_untyped(event, move |_| {
                if !document().hidden() {
                    spawn_local(ask(name));
                }
            });
        }
    }

    fn wait(end: Option<f64>, name: RwSignal<Option<String>>) {
        let Some(end) = end else { return };
        let left = (end - js_sys::Date::now()).clamp(ASK_AGAIN, LONGEST_TIMEOUT);
        set_timeout(
            move || spawn_local(ask(name)),
            Duration::from_millis(left as u64),
        );
    }

    async fn ask(name: RwSignal<Option<String>>) {
        if name.with_untracked(Option::is_none) {
            return;
        }
        match session().await {
            Some(session) => {
                let field = |key: &str| js_sys::Reflect::get(&session, &key.into()).ok();
                let uname = field("uname").and_then(|uname| uname.as_string());
                if uname.is_none() {
                    // What belongs to the session goes with it: see the style sheet.
                    if let Some(page) = document().document_element() {
                        let _ = page.set_attribute("data-session", "over");
                    }
                } else {
                    wait(field("end").and_then(|end| end.as_f64()), name);
                }
                name.set(uname);
            }
            // No answer is no logout.
            None => wait(Some(js_sys::Date::now() + 10.0 * ASK_AGAIN), name),
        }
    }

    /// What the server says of the session, without that counting as a visit.
    async fn session() -> Option<JsValue> {
        let answer = JsFuture::from(window().fetch_with_str("/session/"))
            .await
            .ok()?;
        let answer: web_sys::Response = answer.dyn_into().ok()?;
        if !answer.ok() {
            return None;
        }
        JsFuture::from(answer.json().ok()?).await.ok()
    }
}
