//! Redirects that stay on this site.

/// The path `next` if it is one of this site, else `/`. (OWASP, Unvalidated Redirects and Forwards.)
pub fn safe_redirect(next: &str) -> String {
    let mut bytes = next.bytes();
    let of_this_site = bytes.next() == Some(b'/')
        && !matches!(bytes.next(), Some(b'/' | b'\\'))
        && next.bytes().all(|byte| byte.is_ascii_graphic());
    if of_this_site { next.to_owned() } else { "/".to_owned() }
}

#[cfg(test)]
mod tests;
