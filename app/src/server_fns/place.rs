/// Where to go after a form that says where it came from: a place of this site, and of no other.
pub fn place(next: &str) -> String {
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
    use super::place;

    #[test]
    fn nobody_is_led_to_another_site() {
        for own in ["/", "/login/", "/console/?after=1"] {
            assert_eq!(place(own), own);
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
            assert_eq!(place(foreign), "/", "{foreign:?}");
        }
    }
}
