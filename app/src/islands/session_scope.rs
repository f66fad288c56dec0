use leptos::{html, prelude::*};

use super::InitialState;

/// The session as far as the page knows it, for the islands in a [`SessionScope`].
#[derive(Debug, Clone, Copy)]
pub struct SessionState {
    /// The user who is logged in.
    pub uname: RwSignal<Option<String>>,
    /// When their session ends, in milliseconds since 1970; `None`: it doesn't.
    pub end: RwSignal<Option<f64>>,
    /// The present moment by the server's clock, likewise. It moves on in the browser.
    pub now: RwSignal<f64>,
    /// How long the session lasts in all, in milliseconds.
    pub span: RwSignal<f64>,
    /// Why it has ended while the page was open.
    pub ended: RwSignal<Option<Ended>>,
    /// How far the server's clock is ahead of the browser's, in milliseconds.
    pub clock_offset: RwSignal<f64>,
}

/// Why a session has ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ended {
    /// Its time had come.
    Expired,
    /// The user has logged out, in another tab or on another device.
    Elsewhere,
}

impl SessionState {
    fn new(state: InitialState) -> Self {
        Self {
            uname: RwSignal::new(state.uname),
            end: RwSignal::new(state.end),
            now: RwSignal::new(state.now),
            span: RwSignal::new(state.span),
            ended: RwSignal::new(None),
            clock_offset: RwSignal::new(0.0),
        }
    }

    /// How much of the session's time is gone, of a hundred, while so many milliseconds are left.
    pub fn gone(left: f64, span: f64) -> u32 {
        let part = (left / span).clamp(0.0, 1.0);
        (100.0 - part * 100.0).round() as u32
    }

    /// The present moment by the server's clock, in milliseconds since 1970.
    #[cfg(feature = "hydrate")]
    pub(super) fn server_time(self) -> f64 {
        js_sys::Date::now() + self.clock_offset.get_untracked()
    }
}

/// The content of a page, whose islands know the session by context: [`SessionState`].
#[island]
pub fn SessionScope(children: Children) -> impl IntoView {
    let state = InitialState::current();
    let root = NodeRef::<html::Main>::new();
    let session = SessionState::new(state.clone());
    provide_context(session);
    #[cfg(feature = "hydrate")]
    Effect::new(move || {
        if let Some(root) = root.get() {
            super::session_sync::begin(session, InitialState::read(&root));
        }
    });
    view! {
        <main
            id="content"
            node_ref=root
            data-uname=state.uname
            data-end=state.end.and_then(InitialState::attribute)
            data-now=InitialState::attribute(state.now)
            data-span=InitialState::attribute(state.span)
        >
            {children()}
        </main>
    }
}

#[cfg(test)]
mod tests {
    use super::SessionState;

    #[test]
    fn the_ring_empties() {
        for (left, gone) in [(10_000.0, 0), (5_000.0, 50), (0.0, 100), (12_000.0, 0)] {
            assert_eq!(SessionState::gone(left, 10_000.0), gone);
        }
    }
}
