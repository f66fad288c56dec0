//! Parts of pages that are the same for everybody.

use std::sync::OnceLock;

use leptos::{prelude::*, tachys::html::InertElement};

use crate::locale::Locale;

/// What is the same for all who read one language: made once, and from then on only written.
pub(crate) struct Still([OnceLock<String>; 2]);

impl Still {
    pub(crate) const fn new() -> Self {
        Self([const { OnceLock::new() }; 2])
    }

    /// What `view` makes. It may depend on `language` and on nothing else.
    pub(crate) fn in_language<V: IntoView>(
        &'static self,
        locale: Locale,
        view: impl FnOnce() -> V,
    ) -> InertElement {
        let of_language = match locale {
            Locale::zh_CN => &self.0[0],
            Locale::en => &self.0[1],
        };
        InertElement::new(of_language.get_or_init(|| view().into_view().to_html()))
    }
}
