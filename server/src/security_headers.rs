//! The headers by which a browser guards a page.

use std::{collections::BTreeSet, env};

use app::head::source_of;
use axum::http::{HeaderName, HeaderValue, header};

use crate::error_pages::{UNAVAILABLE, UNSAVED};

/// The headers of every answer, whatever is in it. (OWASP ASVS 5.0, V3.4.)
const ALWAYS: &[(&str, &str)] = &[
    ("x-content-type-options", "nosniff"),
    ("referrer-policy", "same-origin"),
    ("cross-origin-opener-policy", "same-origin"),
    ("cross-origin-resource-policy", "same-origin"),
    (
        "permissions-policy",
        "browsing-topics=(), camera=(), display-capture=(), geolocation=(), microphone=(), \
         payment=(), publickey-credentials-get=(), usb=()",
    ),
];
/// A year, in seconds. Subdomains are for whoever owns the domain to decide.
const STRICT_TRANSPORT: &str = "max-age=31536000";
/// Nobody frames a page of ours, moves its base, or takes its forms elsewhere.
const COMMON_DIRECTIVES: &str = "base-uri 'none'; form-action 'self'; frame-ancestors 'none'";

/// The headers of every answer that doesn't say otherwise. `secure`: browsers reach the site by HTTPS alone.
pub(crate) fn headers(secure: bool) -> Vec<(HeaderName, HeaderValue)> {
    let always = ALWAYS.iter();
    let mut headers: Vec<_> = always
        .map(|(name, value)| (HeaderName::from_static(name), HeaderValue::from_static(value)))
        .collect();
    if secure {
        let value = HeaderValue::from_static(STRICT_TRANSPORT);
        headers.push((header::STRICT_TRANSPORT_SECURITY, value));
    }
    headers.push((header::CONTENT_SECURITY_POLICY, policy(standalone_policy())));
    headers
}

/// The Content Security Policy of a page: it runs its own scripts, of which the inline ones have
/// these hashes, and what those load from here; compiles wasm; and looks as its style sheet says.
pub(crate) fn page_policy(script_hashes: &str) -> HeaderValue {
    // The script by which cargo-leptos reloads the page asks it by WebSocket.
    let reload = match env::var_os("LEPTOS_WATCH") {
        Some(_) => " ws: wss:",
        None => "",
    };
    policy(format!(
        "default-src 'none'; script-src 'self' {script_hashes} 'wasm-unsafe-eval'; style-src 'self'; \
         img-src 'self'; connect-src 'self'{reload}; {COMMON_DIRECTIVES}"
    ))
}

/// The policy of everything else: nothing is allowed but the style of the pages that stand alone.
fn standalone_policy() -> String {
    let styles = [UNAVAILABLE, UNSAVED].into_iter().filter_map(|page| {
        let (_, rest) = page.split_once("<style>")?;
        Some(source_of(rest.split_once("</style>")?.0))
    });
    let styles = Vec::from_iter(BTreeSet::from_iter(styles)).join(" ");
    format!("default-src 'none'; style-src {styles}; {COMMON_DIRECTIVES}")
}

fn policy(policy: String) -> HeaderValue {
    // A policy is ASCII.
    HeaderValue::try_from(policy).unwrap_or(HeaderValue::from_static(COMMON_DIRECTIVES))
}
