use super::*;

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
