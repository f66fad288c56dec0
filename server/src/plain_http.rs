//! Warning about plain HTTP, over which browsers drop a `Secure` cookie, so that no login lasts.

use axum::{
    extract::Request,
    http::{Method, header},
};
use url::{Host, Url};

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
    let url = Url::parse(&format!("http://{}", String::from_utf8_lossy(authority)));
    match url.as_ref().map(Url::host) {
        Ok(Some(Host::Domain(name))) => name == "localhost" || name.ends_with(".localhost"),
        Ok(Some(Host::Ipv4(address))) => address.is_loopback(),
        Ok(Some(Host::Ipv6(address))) => address.is_loopback(),
        Ok(None) | Err(_) => false,
    }
}

#[cfg(test)]
mod tests;
