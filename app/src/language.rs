//! In which language somebody reads the site. All texts are in `app/locales`.

pub use i18n::Locale;
use leptos::prelude::use_context;

use crate::look::Look;

#[expect(
    dead_code,
    unused_imports,
    reason = "made by leptos_i18n from the texts"
)]
mod generated {
    include!(concat!(env!("OUT_DIR"), "/i18n.rs"));
}
use generated::i18n;

/// The language of the page that is being rendered.
pub fn language() -> Locale {
    use_context::<Look>().unwrap_or_default().language
}

/// How Django names a language; in its cookie, in its sessions, and so in ours.
pub fn code(language: Locale) -> &'static str {
    match language {
        Locale::zh_CN => "zh-hans",
        Locale::en => "en",
    }
}

/// The language that Django names so, if the site speaks it.
pub fn named(code: &str) -> Option<Locale> {
    [Locale::zh_CN, Locale::en]
        .into_iter()
        .find(|language| self::code(*language) == code)
}
