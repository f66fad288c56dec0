//! In which language somebody reads the site. All texts are in `app/locales`.

pub use i18n::Locale;
use leptos::prelude::use_context;

use crate::preferences::Preferences;

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
pub fn locale() -> Locale {
    use_context::<Preferences>().unwrap_or_default().locale
}

/// How Django names a language; in its cookie, in its sessions, and so in ours.
pub fn code(locale: Locale) -> &'static str {
    match locale {
        Locale::zh_CN => "zh-hans",
        Locale::en => "en",
    }
}

/// The language that Django names so, if the site speaks it.
pub fn named(code: &str) -> Option<Locale> {
    [Locale::zh_CN, Locale::en]
        .into_iter()
        .find(|locale| self::code(*locale) == code)
}
