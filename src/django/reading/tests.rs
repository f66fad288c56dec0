use super::*;
use crate::signing::Signer;

#[tokio::test]
async fn a_cookie_is_read_until_its_end() {
    let settings = Settings::read(|name| {
        let text = match name {
            "SESSION_ENGINE" => "signed_cookies",
            "SECRET_KEY" => "secret",
            "SESSION_ABSOLUTE_AGE" => "3600",
            _ => return None,
        };
        Some(text.to_owned())
    });
    let settings = settings.unwrap();
    let keys = settings.secret_keys().unwrap();
    let signer = Signer::new(&keys, SIGNED_COOKIES_SALT);
    let now = Clock::system().now();
    let began = |ago: Duration| format!(r#"{{"_session_began":{}}}"#, (now - ago).unix_timestamp());
    let (young, old) = (began(Duration::MINUTE), began(Duration::HOUR));
    for (json, ago, is_read) in [
        (young.as_str(), Duration::ZERO, true),
        (old.as_str(), Duration::ZERO, false),
        ("{}", Duration::DAY, true),
        ("{}", Duration::days(15), false),
        (r#"{"_session_expiry":60}"#, Duration::seconds(30), true),
        (r#"{"_session_expiry":60}"#, Duration::seconds(90), false),
        (r#"{"_session_expiry":"2020-01-01T00:00:00+00:00"}"#, Duration::ZERO, false),
    ] {
        let reading = read(&settings, &signer.sign(json, now - ago)).await.unwrap();
        assert_eq!(reading.is_fine(), is_read, "{json}: {reading}");
        assert_eq!(matches!(reading, Reading::Expired { .. }), !is_read);
    }
    let other = Signer::new(&keys, SERVER_SIDE_SALT).sign("{}", now);
    let reading = read(&settings, &other).await.unwrap();
    assert!(matches!(reading, Reading::OtherEngine { .. }), "{reading}");
}
