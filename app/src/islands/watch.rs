//! What is known of the visitor's session while the page is open. One for all islands of a page.

use leptos::prelude::*;

use super::Seed;

/// The session, as far as the page knows.
#[derive(Debug, Clone)]
pub struct Watch {
    /// Who is logged in.
    pub uname: ArcRwSignal<Option<String>>,
    /// When their session ends, in milliseconds since 1970; `None`: it doesn't.
    pub end: ArcRwSignal<Option<f64>>,
    /// The present moment by the server's clock, likewise. It moves on in the browser.
    pub now: ArcRwSignal<f64>,
}

impl Watch {
    fn new(seed: Seed) -> Self {
        Self {
            uname: ArcRwSignal::new(seed.uname),
            end: ArcRwSignal::new(seed.end),
            now: ArcRwSignal::new(seed.now),
        }
    }

    /// Of the page that is being rendered.
    #[cfg(not(feature = "hydrate"))]
    pub fn current() -> Self {
        Self::new(Seed::current())
    }

    /// Of the page that is open.
    #[cfg(feature = "hydrate")]
    pub fn current() -> Self {
        thread_local! {
            static WATCH: Watch = Watch::new(Seed::current());
        }
        WATCH.with(Watch::clone)
    }
}
