//! What `counts` counts.

/// How often each scenario runs while it is counted: so often that what happens only now and then,
/// such as the tidying of a cache, is a small part.
pub const ROUNDS: u64 = 200;

/// Each scenario, and what a round of it is.
pub const SCENARIOS: [(&str, &str); 15] = [
    (
        "key",
        "the text of a cookie becomes the key of a row: checked, and hashed with SHA-256",
    ),
    ("sign", "a session of 350 bytes becomes a signed payload"),
    ("open", "that payload is verified and opened"),
    ("encode", "the same from values to payload"),
    ("decode", "the same from payload to values"),
    (
        "bare",
        "request to a handler on axum, without a session layer",
    ),
    (
        "anonymous",
        "the same through the layer, engine cache: somebody without a cookie reads a key",
    ),
    ("read", "the same by somebody logged in"),
    ("change", "somebody logged in changes a key"),
    ("touch", "a visit renews a session that ends by inactivity"),
    ("login_logout", "two requests: a login and a logout"),
    (
        "read_signed_cookie",
        "engine signed_cookies: somebody logged in reads a key",
    ),
    (
        "home_guest",
        "GET / through the router of the site, by a guest",
    ),
    ("home", "GET / by somebody logged in"),
    ("session", "GET /session/ by somebody logged in"),
];
