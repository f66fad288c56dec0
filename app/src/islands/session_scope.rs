//! The element around a page's content, from which its islands have the session.

use leptos::{html, prelude::*};

use super::{
    session_state::{SessionSignal, SessionState},
    session_sync,
};

/// The content of a page, whose islands know the session by context.
///
/// The server writes the state of the page on its element as `data-` attributes, from where the
/// browser reads it.
#[island]
pub fn SessionScope(children: Children) -> impl IntoView {
    let root = NodeRef::<html::Main>::new();
    // Nothing in the browser, until the element is there.
    let state = if cfg!(feature = "hydrate") {
        SessionState::default()
    } else {
        use_context().unwrap_or_default()
    };
    let uname = state.uname.clone();
    let [end, now, span] = [state.end.unwrap_or_default(), state.now, state.span].map(attribute);
    let session = SessionSignal::new(state);
    provide_context(session);
    Effect::new(move || {
        if let Some(root) = root.get() {
            session_sync::begin(session, SessionState::read(&root));
        }
    });
    view! {
        <main id="content" node_ref=root data-uname=uname data-end=end data-now=now data-span=span>
            {children()}
        </main>
    }
}

/// Nothing in the browser: hydration leaves what the server has written, and to write numbers takes
/// kilobytes.
fn attribute(number: f64) -> Option<String> {
    (!cfg!(feature = "hydrate") && number > 0.0).then(|| (number as u64).to_string())
}
