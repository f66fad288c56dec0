/// What the browser knows of the session at first: written by the server on the element of
/// [`SessionScope`](super::SessionScope) as `data-` attributes.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct InitialState {
    /// The user who is logged in.
    pub uname: Option<String>,
    /// When their session ends, in milliseconds since 1970; `None`: it doesn't.
    pub end: Option<f64>,
    /// The server's clock when it made the page, likewise.
    pub now: f64,
    /// How long the session lasts in all, in milliseconds.
    pub span: f64,
}

#[cfg(not(feature = "hydrate"))]
impl InitialState {
    /// The state of the page that is being rendered.
    pub(super) fn current() -> Self {
        leptos::prelude::use_context().unwrap_or_default()
    }

    /// A number as an attribute.
    pub(super) fn attribute(number: f64) -> Option<String> {
        (number > 0.0).then(|| number.to_string())
    }
}

#[cfg(feature = "hydrate")]
impl InitialState {
    /// Nothing, until the island has found its element.
    pub(super) fn current() -> Self {
        Self::default()
    }

    /// Nothing: the server has written it, and hydration leaves it as it is.
    pub(super) fn attribute(_: f64) -> Option<String> {
        None
    }

    /// The state as it was written on `element`.
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
        }
    }
}
