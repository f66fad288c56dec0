use time::OffsetDateTime;

use super::*;

fn read(pairs: &[(&str, &str)]) -> Result<Settings, SettingError> {
    Settings::read(|name| {
        let found = pairs.iter().find(|(known, _)| *known == name);
        found.map(|(_, text)| (*text).to_owned())
    })
}

#[test]
fn the_defaults_are_djangos() {
    let settings = read(&[("DATABASE_URL", "")]).unwrap();
    assert!(settings.session_enabled && settings.session_hash_keys);
    assert_eq!(settings.session_engine, EngineName::Db);
    assert_eq!(settings.database_url, "sqlite:data/huihua.sqlite3");
    assert_eq!(settings.session_cookie_age, Duration::seconds(1_209_600));
    assert_eq!(settings.session_cookie_samesite, SameSite::Lax);
    assert_eq!(settings.cookie_config().name(), "sessionid");
    assert!(!settings.session_cookie_secure && settings.session_cookie_httponly);
}

#[test]
fn production_is_secure() {
    for spelling in ["PROD", "prod", "production", "Production", " PROD "] {
        let settings = read(&[("LEPTOS_ENV", spelling)]).unwrap();
        assert!(settings.production && settings.session_cookie_secure);
        assert_eq!(settings.cookie_config().name(), "__Host-sessionid");
    }
    for spelling in ["DEV", "development", "", " "] {
        let settings = read(&[("LEPTOS_ENV", spelling)]).unwrap();
        assert!(!settings.production && !settings.session_cookie_secure);
    }
}

#[test]
fn no_text_that_is_not_understood_passes() {
    for (name, texts) in [
        ("LEPTOS_ENV", &["PRDO", "staging", "true", "1", "PROD,", "P ROD"][..]),
        ("SESSION_COOKIE_SECURE", &["ture", "2", "-1", "none", "o n"]),
        ("SESSION_COOKIE_HTTPONLY", &["flase", "tru e"]),
        ("SESSION_COOKIE_SAMESITE", &["Lax;", "strictt", "true"]),
        ("SESSION_COOKIE_AGE", &["0", "-1", "1.5", "4294967296", "14d", "1e3", "٣"]),
        ("SESSION_ABSOLUTE_AGE", &["0", "-1", "none", "1 000"]),
        ("SESSION_CACHE_TTL", &["0", "5s"]),
        ("SESSION_CACHE_MAX_BYTES", &["-1", "0", "1000", "256MB", "18446744073709551616"]),
        ("SESSION_ENGINE", &["DB", "db,", "database"]),
        ("SESSION_CACHE", &["Local", "none"]),
        ("SESSION_MEMCACHED_SERVERS", &[",", " , "]),
        ("SESSION_REDIS_CLUSTER", &[",", "['a:1']"]),
        (
            "SECRET_KEY_FALLBACKS",
            &[
                "['abc']",
                " [ \"abc\", 'd' ] ",
                "('abc',)",
                "[]",
                "None",
                "['old', None]",
                "[\t'old'\r]",
                "[b'old']",
                "[\n'abc']",
            ],
        ),
        ("SESSION_REDIS_SENTINELS", &[", ,", "[('a', 1)]"]),
        ("SESSION_COOKIE_NAME", &["a\nb", "a;b", "a\0b", "名", "a=b", "a,b"]),
        ("SESSION_COOKIE_PATH", &["app", "/a\nb", "/a;b", "/a\0b", "/路", "/a b"]),
        (
            "SESSION_COOKIE_DOMAIN",
            &["a\r\nb", "a;b", "a\0b", "例子.cn", "a:80", ".", "a..b", "a b", "a.b/", "a."],
        ),
    ] {
        for text in texts {
            let refused = read(&[(name, *text)]).map(drop).unwrap_err().to_string();
            assert!(refused.starts_with(name), "{name}={text:?}: {refused}");
            assert_eq!(refused.lines().count(), 1, "{refused}");
        }
    }
    let domain = |text| read(&[("SESSION_COOKIE_DOMAIN", text)]).is_ok();
    assert!(domain(".example.com") && domain("localhost") && domain("xn--fsqu00a.xn--0zwm56d"));
}

#[test]
fn a_secret_key_is_taken_as_it_is() {
    let settings = read(&[("SECRET_KEY", " a ")]).unwrap();
    let length = SecretKeySource::Set { length: 3 };
    assert_eq!(settings.secret_key_source(), length);
    let settings = read(&[("SECRET_KEY_FALLBACKS", "long-enough,short,,")]).unwrap();
    assert_eq!(settings.shortest_fallback(), Some(5));
    let settings = read(&[("SECRET_KEY", "new"), ("SECRET_KEY_FALLBACKS", "old, a , ")]).unwrap();
    let signer = settings.signer("salt").unwrap();
    for key in [" a ", "a", "old"] {
        let then = read(&[("SECRET_KEY", key)]).unwrap().signer("salt").unwrap();
        assert!(signer.verify(&then.sign("{}", OffsetDateTime::UNIX_EPOCH)).is_ok(), "{key:?}");
    }
}

#[test]
fn what_cannot_be_used_is_named() {
    for (pairs, message) in [
        (
            [("SESSION_COOKIE_AGE", "soon")],
            "SESSION_COOKIE_AGE: \"soon\" is not a number of seconds from 1 to 4294967295",
        ),
        ([("SESSION_ENABLED", "maybe")], "SESSION_ENABLED: \"maybe\" is neither true nor false"),
        (
            [("SESSION_ENGINE", "floppy")],
            "SESSION_ENGINE: there is no engine \"floppy\"; there are: db, cache, cached_db, \
             file, signed_cookies, redis, memcached",
        ),
        (
            [("SESSION_COOKIE_SAMESITE", "none")],
            "SESSION_COOKIE_SAMESITE: is None, so browsers want it Secure",
        ),
        (
            [("SESSION_COOKIE_NAME", "a b")],
            "SESSION_COOKIE_NAME: may only have letters, digits and !#$%&'*+-.^_`|~, 200 at most",
        ),
        (
            [("SESSION_COOKIE_PATH", "app")],
            "SESSION_COOKIE_PATH: has to begin with / and hold no semicolon, space or character \
             beyond ASCII",
        ),
    ] {
        assert_eq!(read(&pairs).unwrap_err().to_string(), message);
    }
}

#[test]
fn redis_is_named_as_in_settings_py() {
    let dict = r#"{"host":"r","port":7,"db":2,"password":"p w","socket_timeout":1}"#;
    let redis = read(&[("SESSION_REDIS", dict)]).unwrap().session_redis;
    assert_eq!(redis.url(), "redis://:p%20w@r:7/2");
    // What django-redis-sessions does without one.
    assert_eq!(redis.prefix.as_deref(), Some(""));
    let redis = read(&[
        ("SESSION_REDIS", dict),
        ("SESSION_REDIS_HOST", "h"),
        ("SESSION_REDIS_PREFIX", "session"),
        ("SESSION_REDIS_SENTINEL_MASTER_ALIAS", "m"),
    ]);
    let redis = redis.unwrap().session_redis;
    assert_eq!((redis.host.as_str(), redis.port), ("h", 7));
    assert_eq!(redis.prefix.as_deref(), Some("session"));
    assert_eq!(redis.sentinel_master, "m");
    let socket = ("SESSION_REDIS_UNIX_DOMAIN_SOCKET_PATH", "/run/redis");
    let redis = read(&[socket]).unwrap().session_redis;
    assert_eq!(redis.url(), "redis+unix:///run/redis?db=0");
    assert_eq!(redis.prefix, None);
    let broken = read(&[("SESSION_REDIS", "{'password': 'hush'}")]).unwrap_err();
    assert!(!broken.to_string().contains("hush"), "{broken}");
}

#[test]
fn the_form_of_djangos_cache_needs_keys_as_they_are() {
    let form = ("SESSION_REDIS_FORMAT", "django-cache");
    let refused = read(&[("SESSION_ENGINE", "redis"), form]).unwrap_err();
    assert!(refused.to_string().starts_with("SESSION_HASH_KEYS: has to be false"));
    assert!(read(&[form]).is_ok());
    assert!(read(&[("SESSION_ENGINE", "redis"), form, ("SESSION_HASH_KEYS", "False")]).is_ok());
}

#[test]
fn a_prefix_that_browsers_would_refuse_is_refused_first() {
    assert!(read(&[("SESSION_COOKIE_NAME", "__Host-id")]).is_err());
    assert!(
        read(&[("SESSION_COOKIE_NAME", "__Host-id"), ("SESSION_COOKIE_SECURE", "True"),]).is_ok()
    );
}
