use leptos::{html, prelude::*};

use super::session_state::{SessionSignal, SessionState};

/// The content of a page, whose islands know the session by context.
///
/// The server writes the state of the page on its element as `data-` attributes, from where the
/// browser reads it.
#[island]
pub fn SessionScope(children: Children) -> impl IntoView {
    let root = NodeRef::<html::Main>::new();
    let state = SessionState::of_page();
    let uname = state.uname.clone();
    let [end, now, span] = [state.end.unwrap_or_default(), state.now, state.span].map(attribute);
    let session = SessionSignal::new(state);
    provide_context(session);
    #[cfg(feature = "hydrate")]
    Effect::new(move || {
        if let Some(root) = root.get() {
            super::session_sync::begin(session, SessionState::read(&root));
        }
    });
    view! {
        <main id="content" node_ref=root data-uname=uname data-end=end data-now=now data-span=span>
            {children()}
        </main>
    }
}

#[cfg(not(feature = "hydrate"))]
fn attribute(number: f64) -> Option<String> {
    (number > 0.0).then(|| (number as u64).to_string())
}

/// Nothing: hydration leaves what the server has written, and to write numbers takes kilobytes.
#[cfg(feature = "hydrate")]
fn attribute(_: f64) -> Option<String> {
    None
}
