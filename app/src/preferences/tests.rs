use axum::http::HeaderValue;

use super::*;

#[test]
fn of_several_cookies_of_one_name_the_first_counts() {
    let cookies = HeaderValue::from_static("theme=dark; theme=light");
    let headers = [(header::COOKIE, cookies)].into_iter().collect();
    assert_eq!(Preferences::from_cookies(&headers).theme, Theme::Dark);
}

#[test]
fn an_unknown_value_counts_as_none() {
    let preferences = |value: &str| {
        let cookies = format!("{LANGUAGE_COOKIE}={value}; {THEME_COOKIE}=\"{value}\"");
        let cookies = HeaderValue::try_from(cookies).unwrap();
        Preferences::from_cookies(&[(header::COOKIE, cookies)].into_iter().collect())
    };
    assert_eq!(preferences("en").locale, Locale::en);
    assert_eq!(preferences("dark").theme, Theme::Dark);
    for nonsense in ["", "EN", "fr", "<b>", "zh"] {
        assert_eq!(preferences(nonsense), Preferences::default(), "{nonsense}");
    }
}
