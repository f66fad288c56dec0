//! Redirects that stay on this site.

/// The path `next` if it is one of this site, else `/`. (OWASP, Unvalidated Redirects and Forwards.)
pub fn safe_redirect(next: &str) -> String {
    let mut bytes = next.bytes();
    let of_this_site = bytes.next() == Some(b'/')
        && !matches!(bytes.next(), Some(b'/' | b'\\'))
        && next.bytes().all(|byte| byte.is_ascii_graphic());
    match of_this_site {
        true => next.to_owned(),
        false => "/".to_owned(),
    }
}

#[cfg(test)]
mod tests {
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
}
