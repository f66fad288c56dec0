//! The state of the session in the browser.

use leptos::prelude::*;

/// The session as far as the page knows it, for the islands in a [`SessionScope`](super::SessionScope).
pub(super) type SessionSignal = RwSignal<SessionState>;

/// See [`SessionScope`](super::SessionScope).
#[derive(Debug, Clone, Default, PartialEq)]
pub struct SessionState {
    /// The user who is logged in.
    pub uname: Option<String>,
    /// The end of their session, in milliseconds since 1970; `None`: it has none.
    pub end: Option<f64>,
    /// The present moment by the server's clock, likewise. It moves on in the browser.
    pub now: f64,
    /// The length of the whole session, in milliseconds.
    pub span: f64,
    /// The reason, if it has ended while the page was open.
    pub ended: Option<Ended>,
    /// The lead of the server's clock over the browser's, in milliseconds.
    pub clock_offset: f64,
}

/// The reason for the end of a session.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ended {
    /// Its time had come.
    Expired,
    /// The user has logged out, in another tab or on another device.
    Elsewhere,
}

impl SessionState {
    /// The milliseconds that are left.
    pub fn left(&self) -> f64 {
        self.end.map_or(0.0, |end| (end - self.now).max(0.0))
    }

    /// The part of the session's time that is gone, in percent.
    pub fn gone(&self) -> u32 {
        let part = (self.left() / self.span).clamp(0.0, 1.0);
        (100.0 - part * 100.0).round() as u32
    }

    /// The present moment by the server's clock, in milliseconds since 1970.
    pub(super) fn server_time(&self) -> f64 {
        js_sys::Date::now() + self.clock_offset
    }

    pub(super) fn read(element: &web_sys::Element) -> Self {
        let number = |name| {
            let text = element.get_attribute(name)?;
            Some(js_sys::parse_float(&text))
        };
        Self {
            uname: element.get_attribute("data-uname"),
            end: number("data-end"),
            now: number("data-now").unwrap_or_default(),
            span: number("data-span").unwrap_or_default(),
            ..Self::default()
        }
    }
}

#[cfg(test)]
mod tests;
