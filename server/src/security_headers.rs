//! What every answer tells the browser to allow: the headers that guard a page.

use std::env;

use axum::http::{HeaderName, HeaderValue};
use base64::{Engine as _, prelude::BASE64_STANDARD};
use sha2::{Digest, Sha256};

use crate::error_pages::UNAVAILABLE;

/// What holds for every answer, whatever is in it. (OWASP ASVS 5.0, V3.4.)
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
const FENCE: &str = "base-uri 'none'; form-action 'self'; frame-ancestors 'none'";

/// The headers of one site.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Guard {
    secure: bool,
    /// Whether pages reload when cargo-leptos has built them anew.
    watched: bool,
}

impl Guard {
    /// `secure`: browsers reach the site by HTTPS alone.
    pub(crate) fn new(secure: bool) -> Self {
        Self {
            secure,
            watched: env::var_os("LEPTOS_WATCH").is_some(),
        }
    }

    /// The headers of every answer that doesn't say otherwise.
    pub(crate) fn headers(self) -> Vec<(HeaderName, HeaderValue)> {
        let mut headers: Vec<_> = ALWAYS
            .iter()
            .map(|(name, value)| {
                let name = HeaderName::from_static(name);
                (name, HeaderValue::from_static(value))
            })
            .collect();
        if self.secure {
            let name = HeaderName::from_static("strict-transport-security");
            headers.push((name, HeaderValue::from_static(STRICT_TRANSPORT)));
        }
        if let Ok(policy) = HeaderValue::try_from(policy_of_rest()) {
            let name = HeaderName::from_static("content-security-policy");
            headers.push((name, policy));
        }
        headers
    }

    /// What a page may do: run its own scripts, which know its nonce, and what those load from
    /// here; compile wasm; and look as its style sheet says.
    pub(crate) fn policy_of_page(self, nonce: &str) -> HeaderValue {
        let reload = if self.watched { " ws: wss:" } else { "" };
        let policy = format!(
            "default-src 'none'; script-src 'self' 'nonce-{nonce}' 'wasm-unsafe-eval'; \
             style-src 'self'; img-src 'self'; connect-src 'self'{reload}; {FENCE}"
        );
        // A nonce is letters and digits.
        HeaderValue::try_from(policy).unwrap_or(HeaderValue::from_static(FENCE))
    }
}

/// What everything else may do: nothing, but for the style of the page that stands alone.
fn policy_of_rest() -> String {
    let style = UNAVAILABLE
        .split_once("<style>")
        .and_then(|(_, rest)| rest.split_once("</style>"))
        .map_or("", |(style, _)| style);
    let hash = BASE64_STANDARD.encode(Sha256::digest(style));
    format!("default-src 'none'; style-src 'sha256-{hash}'; {FENCE}")
}
