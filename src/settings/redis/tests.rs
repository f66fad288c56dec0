use super::*;

fn read(pairs: &[(&str, &str)]) -> Result<RedisSettings, SettingError> {
    RedisSettings::read(&Source(&|name: &str| {
        let set = pairs.iter().find(|(set, _)| *set == name);
        set.map(|(_, text)| (*text).to_owned())
    }))
}

#[test]
fn every_part_of_an_address_is_as_it_was_set() {
    let user = [("SESSION_REDIS_USER", "a:b"), ("SESSION_REDIS_PASSWORD", "c@d")];
    for (host, url) in [
        ("h", "redis://a%3Ab:c%40d@h:6379/0"),
        ("::1", "redis://a%3Ab:c%40d@[::1]:6379/0"),
        ("[fe80::1]", "redis://a%3Ab:c%40d@[fe80::1]:6379/0"),
        ("/run/a b?/redis#1", "redis+unix:///run/a%20b%3F/redis%231?db=0&user=a%3Ab&pass=c%40d"),
    ] {
        let redis = read(&[user[0], user[1], ("SESSION_REDIS_HOST", host)]);
        assert_eq!(redis.unwrap().url(), url);
    }
    for (user, password) in [
        ("SESSION_REDIS_USER", "SESSION_REDIS_PASSWORD"),
        ("SESSION_REDIS_SENTINEL_USER", "SESSION_REDIS_SENTINEL_PASSWORD"),
    ] {
        let alone = read(&[(user, "a")]).err().unwrap().to_string();
        assert!(alone.contains(password), "{alone}");
        assert!(read(&[(user, "a"), (password, "b")]).is_ok());
    }
}

#[test]
fn nothing_that_means_nothing_is_passed_over() {
    let theirs = |json| read(&[("SESSION_REDIS", json)]);
    let timeouts = r#"{"host": "h", "socket_timeout": 1, "retry_on_timeout": false}"#;
    assert_eq!(theirs(timeouts).unwrap().host, "h");
    for json in [r#"{"DB": 4}"#, r#"{"host": "h", "ssl": true}"#, "[]"] {
        assert!(theirs(json).is_err(), "{json}");
    }
    let at = |url| read(&[("SESSION_REDIS_URL", url)]);
    assert!(at("redis://h/0?db=3").is_err());
    assert!(at("redis://h/0?protocol=resp3&db=3").is_err());
    assert!(at("redis://h/0?protocol=resp3").is_ok());
    assert!(at("redis+unix:///run/redis.sock?db=3").is_ok());
}

#[test]
fn passwords_are_taken_as_they_are() {
    let redis =
        read(&[("SESSION_REDIS_PASSWORD", " a b\t"), ("SESSION_REDIS_SENTINEL_PASSWORD", " c ")]);
    let redis = redis.unwrap();
    assert_eq!(redis.url(), "redis://:%20a%20b%09@localhost:6379/0");
    assert_eq!(redis.sentinel_password.as_deref(), Some(" c "));
    let none = read(&[("SESSION_REDIS_PASSWORD", " ")]).unwrap();
    assert_eq!(none.password, None);
}
