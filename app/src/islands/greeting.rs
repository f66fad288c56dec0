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
        let look = move || {
            spawn_local(async move {
                ask(name).await;
            });
        };
        window_event_listener_untyped("visibilitychange", move |_| {
            if !document().hidden() {
                look();
            }
        });
        // Also sent after every load, when the server has just been asked for the page.
        window_event_listener_untyped("pageshow", move |event| {
            let persisted = js_sys::Reflect::get(&event, &"persisted".into());
            if persisted.is_ok_and(|persisted| persisted.is_truthy()) {
                look();
            }
        });
    }

    fn wait(end: Option<f64>, name: RwSignal<Option<String>>) {
        let Some(end) = end else { return };
        let left = (end - js_sys::Date::now()).clamp(ASK_AGAIN, LONGEST_TIMEOUT);
        set_timeout(
            move || spawn_local(async move { wait(ask(name).await, name) }),
            Duration::from_millis(left as u64),
        );
    }

    /// Shows who is logged in by now, and says when to ask again.
    async fn ask(name: RwSignal<Option<String>>) -> Option<f64> {
        if name.with_untracked(Option::is_none) {
            return None;
        }
        // No answer is no logout.
        let Some(session) = session().await else {
            return Some(js_sys::Date::now() + 10.0 * ASK_AGAIN);
        };
        let field = |key: &str| js_sys::Reflect::get(&session, &key.into()).ok();
        let uname = field("uname").and_then(|uname| uname.as_string());
        if uname.is_none()
            && let Some(page) = document().document_element()
        {
            // What belongs to the session goes with it: see the style sheet.
            let _ = page.set_attribute("data-session", "over");
        }
        name.set(uname);
        field("end").and_then(|end| end.as_f64())
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
