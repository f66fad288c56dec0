use super::*;

const NOW: OffsetDateTime = OffsetDateTime::UNIX_EPOCH;

#[test]
fn keys_are_trimmed_and_bounded_and_the_sites_own_are_protected() {
    assert_eq!(key_of_user(" 城市 "), Ok("城市"));
    assert_eq!(key_of_user(" "), Err(FieldError::KeyMissing));
    assert_eq!(key_of_user(&"键".repeat(101)), Err(FieldError::KeyLong));
    assert_eq!(key_of_user("a\u{7f}"), Err(FieldError::KeyControl));
    for own in ["uname", "_auth_user_id", " _language"] {
        assert_eq!(key_of_user(own), Err(FieldError::KeyProtected), "{own}");
    }
    assert_eq!(key_of_user("uname2"), Ok("uname2"));
}

#[test]
fn values_are_text_or_json_and_bounded() {
    assert_eq!(value("text", "{}"), Ok("{}".into()));
    assert_eq!(value("", "{}"), Ok("{}".into()));
    for kind in ["JSON", "jsn", "json "] {
        assert_eq!(value(kind, "{}"), Err(FieldError::NotOurForm));
    }
    assert_eq!(value("json", "{\"a\":[1]}"), Ok(serde_json::json!({ "a": [1] })));
    assert_eq!(value("json", "[1,\n}"), Err(FieldError::NotJson { line: 2, column: 1 }));
    assert!(value("text", &"a".repeat(4094)).is_ok());
    assert_eq!(value("text", &"a".repeat(4095)), Err(FieldError::ValueLong(4097)));
}

#[test]
fn names_are_trimmed_and_bounded() {
    assert_eq!(name("  小明\u{3000}"), Ok("小明"));
    assert_eq!(name(&"😀".repeat(150)), Ok(&*"😀".repeat(150)));
    assert_eq!(name(&"😀".repeat(151)), Err(FieldError::NameLong));
    assert_eq!(name(" \t "), Err(FieldError::NameMissing));
    assert_eq!(name("a\u{0}b"), Err(FieldError::NameControl));
    assert_eq!(name("a\u{85}b"), Err(FieldError::NameControl));
}

fn choice(expiry: &str, seconds: &str, days: &str) -> Result<Option<Expiry>, FormErrors> {
    let input = ExpiryInput { expiry: expiry.into(), seconds: seconds.into(), days: days.into() };
    input.expiry(NOW)
}

#[test]
fn numbers_are_whole_and_in_range() {
    for seconds in ["1", "31536000", " 10 "] {
        assert!(choice("idle", seconds, "").is_ok(), "{seconds}");
    }
    for seconds in ["", "0", "-1", "1.5", "31536001", "abc", "99999999999999999999"] {
        let errors = choice("idle", seconds, "").unwrap_err();
        let error = errors.get("seconds");
        assert_eq!(error, Some(FieldError::Number(31_536_000)), "{seconds}");
    }
    for days in ["0", "3651"] {
        let errors = choice("days", "", days).unwrap_err();
        assert_eq!(errors.get("days"), Some(FieldError::Number(3_650)));
    }
    assert_eq!(choice("days", "", "2"), Ok(Some(Expiry::AtDateTime(NOW + Duration::days(2)))));
}

#[test]
fn a_preset_is_one_of_those_there_are() {
    for preset in ["default", "idle-600", "days-7", "close", "never"] {
        assert!(ExpiryInput::preset(preset).expiry(NOW).is_ok(), "{preset}");
    }
    for preset in ["never-1", "close-", "default-1", "idle", "days-0", "idle-600-1", "Never"] {
        assert!(ExpiryInput::preset(preset).expiry(NOW).is_err(), "{preset}");
    }
}

#[test]
fn without_a_choice_it_is_the_default() {
    assert_eq!(choice("", "", ""), Ok(None));
    assert!(choice("forever", "", "").is_err());
}

#[test]
fn the_choice_of_a_policy_leads_to_it() {
    for policy in [
        ExpiryPolicy::Default,
        ExpiryPolicy::Idle(Duration::seconds(90)),
        ExpiryPolicy::Until(NOW + Duration::days(7)),
        ExpiryPolicy::Close,
        ExpiryPolicy::Never,
    ] {
        let expiry = ExpiryInput::of(policy, NOW).expiry(NOW).unwrap();
        assert_eq!(ExpiryPolicy::from_expiry(expiry), policy);
    }
}
