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
impl Seed {
    /// The seed of the page that is being rendered.
    pub fn current() -> Self {
        leptos::prelude::use_context().unwrap_or_default()
    }
}

#[cfg(feature = "ssr")]
pub(crate) use written::Written;

#[cfg(feature = "ssr")]
mod written {
    use leptos::prelude::*;

    use super::Seed;
    use crate::mould::{Holes, shape_of};

    /// How many there are.
    const ATTRIBUTES: u32 = 7;

    /// A seed as attributes, in the order of its fields; what says nothing isn't there.
    pub(crate) struct Written([Option<String>; ATTRIBUTES as usize]);

    impl Seed {
        pub(crate) fn written(self) -> Written {
            let text = |text: String| (!text.is_empty()).then_some(text);
            let number = |number: f64| (number > 0.0).then(|| number.to_string());
            Written([
                self.uname,
                self.end.map(|end| end.to_string()),
                number(self.now),
                number(self.span),
                text(self.hello),
                text(self.guest),
                text(self.days),
            ])
        }
    }

    impl Written {
        /// Each attribute is there or not.
        pub(crate) const SHAPES: usize = 2_usize.pow(ATTRIBUTES);

        /// Which of the shapes this is.
        pub(crate) fn shape(&self) -> usize {
            shape_of(self.0.each_ref().map(Option::is_some))
        }

        /// What is there goes into holes.
        pub(crate) fn in_holes(self, holes: &mut Holes) -> Self {
            Self(self.0.map(|text| text.map(|text| holes.text(text))))
        }

        /// The element that everything else of the page is in.
        pub(crate) fn main(self, children: impl IntoView) -> impl IntoView {
            let [uname, end, now, span, hello, guest, days] = self.0;
            view! {
                <main
                    id="content"
                    data-uname=uname
                    data-end=end
                    data-now=now
                    data-span=span
                    data-hello=hello
                    data-guest=guest
                    data-days=days
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
