//! The languages of the site. All texts are in `app/locales`.

pub use i18n::Locale;

#[expect(dead_code, unused_imports, reason = "made by leptos_i18n from the texts")]
mod generated {
    include!(concat!(env!("OUT_DIR"), "/i18n.rs"));
}
use generated::i18n;

/// Every language.
pub const LOCALES: [Locale; 2] = [Locale::zh_CN, Locale::en];

/// Django's name of a language: in its cookie, in its sessions, and so in ours.
pub fn code(locale: Locale) -> &'static str {
    match locale {
        Locale::zh_CN => "zh-hans",
        Locale::en => "en",
    }
}

/// The language that Django names so, if the site speaks it.
pub fn from_code(code: &str) -> Option<Locale> {
    LOCALES.into_iter().find(|locale| self::code(*locale) == code)
}
