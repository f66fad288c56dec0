//! Warning about plain HTTP, over which browsers drop a `Secure` cookie, so that no login lasts.

use std::net::IpAddr;

use axum::{
    extract::Request,
    http::{Method, header},
};

/// Warns if a browser has sent this form by plain HTTP. Only its `Origin` says so: to a server behind
/// a proxy every request comes by plain HTTP.
pub(crate) fn warn_of(request: &Request) {
    if request.method() == Method::POST
        && let Some(origin) = request.headers().get(header::ORIGIN)
        && let Some(host) = origin.as_bytes().strip_prefix(b"http://")
        && !is_local(host)
    {
        tracing::warn!(
            "a browser has sent a form by plain HTTP, where it drops the session's cookie, which is \
             Secure: nobody can log in there. Serve the site by HTTPS, or set \
             SESSION_COOKIE_SECURE=false"
        );
    }
}

/// `true`: it is the browser's own machine, from which it takes `Secure` cookies.
fn is_local(authority: &[u8]) -> bool {
    let authority = std::str::from_utf8(authority).unwrap_or_default();
    let host = match authority.rsplit_once(':') {
        Some((host, port)) if port.bytes().all(|byte| byte.is_ascii_digit()) => host,
        _ => authority,
    };
    let address = host.trim_matches(['[', ']']).parse::<IpAddr>();
    match address {
        Ok(address) => address.is_loopback(),
        Err(_) => host == "localhost" || host.ends_with(".localhost"),
    }
}

#[cfg(test)]
mod tests;
