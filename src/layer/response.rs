//! Headers of responses.

use http::{HeaderMap, HeaderValue, header::VARY};

/// Keeps every cache from a visitor's own page: `private` is for those that know no `no-store`.
pub(super) const PRIVATE: HeaderValue = HeaderValue::from_static("private, no-store");

pub(super) fn vary_by_cookie(headers: &mut HeaderMap) {
    if !headers.get_all(VARY).iter().any(names_cookie) {
        headers.append(VARY, HeaderValue::from_static("Cookie"));
    }
}

fn names_cookie(vary: &HeaderValue) -> bool {
    let mut names = vary.to_str().unwrap_or_default().split(',').map(str::trim);
    names.any(|name| name == "*" || name.eq_ignore_ascii_case("cookie"))
}
