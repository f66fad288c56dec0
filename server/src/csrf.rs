//! Protection from cross-site request forgery: requests of another site's page, and those that a
//! browser sends by itself.

use axum::{
    http::{HeaderMap, Method, Request, StatusCode, header},
    response::{Html, IntoResponse, Response},
};
use html_escape::encode_text;
use url::Url;

const CROSS_SITE_PAGE: &str = include_str!("another_site.html");
/// The headers of a prefetch: of Chrome and Safari, their predecessors, Turbo's script, Firefox.
const PREFETCH: &[&str] = &["sec-purpose", "purpose", "x-purpose", "x-sec-purpose", "x-moz"];
/// Characters of a header that page and log show.
const SHOWN: usize = 200;

/// Refuses a cross-site request that could change something.
///
/// By the rules of Go's `CrossOriginProtection`: a request of the same site by `Sec-Fetch-Site`
/// passes. Over plain http there is no such header, and `Origin` has to be the host of the request;
/// one with neither header comes from no page. tower-http has the same rules, but compares the two
/// byte by byte, and a proxy may write the port, or the name otherwise.
#[expect(clippy::result_large_err, reason = "as tower-http asks a request")]
pub(crate) fn validate<B>(request: &mut Request<B>) -> Result<(), Response> {
    let changes_nothing = [Method::GET, Method::HEAD, Method::OPTIONS];
    if changes_nothing.contains(request.method()) {
        return Ok(());
    }
    let headers = request.headers();
    let host = match request.uri().authority() {
        Some(authority) => authority.as_str().into(),
        None => text(headers, header::HOST.as_str()),
    };
    if is_from_here(headers, &host) { Ok(()) } else { Err(refused(headers, &host)) }
}

fn is_from_here(headers: &HeaderMap, host: &str) -> bool {
    // A proxy may blank a header instead of taking it away.
    if each(headers, "sec-fetch-site").next().is_some() {
        is_from_this_site(headers)
    } else {
        each(headers, "origin").all(|origin| is_origin_of(&origin, host))
    }
}

/// `true`: no `Sec-Fetch-Site` names another site.
pub(crate) fn is_from_this_site(headers: &HeaderMap) -> bool {
    each(headers, "sec-fetch-site").all(|site| matches!(&*site, "same-origin" | "none"))
}

/// `true`: the visitor navigates to the page. It is no prefetch, and no image, frame or script of another
/// page. Clients without these headers do.
pub(crate) fn is_navigation(headers: &HeaderMap) -> bool {
    let is_prefetch = PREFETCH.iter().any(|name| each(headers, name).next().is_some());
    let navigates = each(headers, "sec-fetch-mode").all(|mode| mode == "navigate");
    let is_page = each(headers, "sec-fetch-dest").all(|dest| match &*dest {
        "document" => true,
        "empty" => headers.contains_key("sec-fetch-mode"),
        _ => false,
    });
    // Over plain http an image has no other mark.
    let is_image = text(headers, "accept").starts_with("image/");
    !is_prefetch && navigates && is_page && !is_image
}

/// `true`: pages of `origin` are pages of `host`. A proxy may have ended TLS, so the scheme isn't
/// known, and a default port of either may be written or not.
fn is_origin_of(origin: &str, host: &str) -> bool {
    let Some((scheme, authority)) = origin.split_once("://") else {
        return false;
    };
    let Some(its_host) = host_and_port(scheme, authority) else {
        return false;
    };
    let is_its = |scheme| host_and_port(scheme, host).is_some_and(|host| host == its_host);
    is_its("http") || is_its("https")
}

/// Host and port as browsers write them: small letters, Punycode, no default port.
fn host_and_port(scheme: &str, authority: &str) -> Option<(String, Option<u16>)> {
    if authority.contains(['/', '\\', '@', '?', '#']) {
        return None;
    }
    let url = Url::parse(&format!("{scheme}://{authority}")).ok()?;
    if !matches!(url.scheme(), "http" | "https") {
        return None;
    }
    let host = url.host_str()?;
    Some((host.strip_suffix('.').unwrap_or(host).into(), url.port()))
}

fn refused(headers: &HeaderMap, host: &str) -> Response {
    let shown = |text: &str| match text {
        "" => "-".to_owned(),
        text => text.chars().take(SHOWN).collect(),
    };
    let origin = shown(&text(headers, "origin"));
    let site = shown(&text(headers, "sec-fetch-site"));
    let host = shown(host);
    tracing::warn!(
        event = "cross_site_refused",
        ?origin,
        ?host,
        sec_fetch_site = ?site,
        "a form came from another site; if it was this one, a proxy has to pass Host on as it came"
    );
    let page = CROSS_SITE_PAGE
        .replace("{origin}", &encode_text(&origin))
        .replace("{host}", &encode_text(&host));
    (StatusCode::FORBIDDEN, Html(page)).into_response()
}

/// The values of a header that aren't empty.
fn each<'a>(headers: &'a HeaderMap, name: &str) -> impl Iterator<Item = String> + use<'a> {
    let values = headers.get_all(name).into_iter();
    let values = values.map(|value| String::from_utf8_lossy(value.as_bytes()).trim().to_owned());
    values.filter(|value| !value.is_empty())
}

/// All values of a header, as a list.
fn text(headers: &HeaderMap, name: &str) -> String {
    each(headers, name).collect::<Vec<_>>().join(", ")
}

#[cfg(test)]
mod tests;
