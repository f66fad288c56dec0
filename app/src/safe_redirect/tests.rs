use super::safe_redirect;

#[test]
fn nobody_is_led_to_another_site() {
    for own in ["/", "/login/", "/console/?after=1"] {
        assert_eq!(safe_redirect(own), own);
    }
    for foreign in [
        "",
        "login/",
        "//evil.test/",
        "/\\evil.test",
        "https://evil.test/",
        "/\tevil",
        "/\u{1f600}",
        "/a b",
    ] {
        assert_eq!(safe_redirect(foreign), "/", "{foreign:?}");
    }
}
