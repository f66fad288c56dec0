/// What the islands of a page begin with: the server's context, written on `<main>` as `data-`
/// attributes, from where the browser reads it.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Seed {
    /// Who is logged in.
    pub uname: Option<String>,
    /// When their session ends, in milliseconds since 1970; `None`: it doesn't.
    pub end: Option<f64>,
}

impl Seed {
    /// The seed of the page that is being rendered.
    #[cfg(not(feature = "hydrate"))]
    pub fn current() -> Self {
        leptos::prelude::use_context().unwrap_or_default()
    }

    /// The seed of the page that is open.
    #[cfg(feature = "hydrate")]
    pub fn current() -> Self {
        let main = leptos::prelude::document().query_selector("main");
        let attribute = |name| main.as_ref().ok()?.as_ref()?.get_attribute(name);
        Self {
            uname: attribute("data-uname"),
            end: attribute("data-end").map(|end| js_sys::parse_float(&end)),
        }
    }
}
