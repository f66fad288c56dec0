/// What the islands of a page begin with: the server's context, written on `<main>` as `data-`
/// attributes, from where the browser reads it. Texts are among it, so that the browser is sent
/// those of one language only.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Seed {
    /// Who is logged in.
    pub uname: Option<String>,
    /// When their session ends, in milliseconds since 1970; `None`: it doesn't.
    pub end: Option<f64>,
    /// What the server's clock said when it made the page, likewise.
    pub now: f64,
    /// How long the session lasts in all, in milliseconds.
    pub span: f64,
    /// The greeting, with `{}` for the name.
    pub hello: String,
    /// Whom it greets when nobody is logged in.
    pub guest: String,
    /// So many days, with `{}` for the number.
    pub days: String,
}

#[cfg(not(feature = "hydrate"))]
mod written {
    use leptos::prelude::*;

    use super::Seed;

    impl Seed {
        /// The seed of the page that is being rendered.
        pub fn current() -> Self {
            use_context().unwrap_or_default()
        }

        /// The element that everything else of the page is in.
        pub(crate) fn main(self, children: impl IntoView) -> impl IntoView {
            let text = |text: String| (!text.is_empty()).then_some(text);
            let number = |number: f64| (number > 0.0).then(|| number.to_string());
            view! {
                <main
                    id="content"
                    data-uname=self.uname
                    data-end=self.end.map(|end| end.to_string())
                    data-now=number(self.now)
                    data-span=number(self.span)
                    data-hello=text(self.hello)
                    data-guest=text(self.guest)
                    data-days=text(self.days)
                >
                    {children}
                </main>
            }
        }
    }
}

#[cfg(feature = "hydrate")]
impl Seed {
    /// The seed of the page that is open.
    pub fn current() -> Self {
        let main = leptos::prelude::document().query_selector("main");
        let attribute = |name| main.as_ref().ok()?.as_ref()?.get_attribute(name);
        let text = |name| attribute(name).unwrap_or_default();
        let number = |name| attribute(name).map(|number| js_sys::parse_float(&number));
        Self {
            uname: attribute("data-uname"),
            end: number("data-end"),
            now: number("data-now").unwrap_or_default(),
            span: number("data-span").unwrap_or_default(),
            hello: text("data-hello"),
            guest: text("data-guest"),
            days: text("data-days"),
        }
    }
}
