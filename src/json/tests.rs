use super::*;
use crate::display::standard_text;

#[test]
fn parts_stay_as_they_stand() {
    let json = r#"{"a\"NaN": NaN,"b":[-Infinity,{"c":"Infinity\\"}] , "\ud800":1.10}"#;
    let expected = vec![
        (r#""a\"NaN""#, "NaN"),
        (r#""b""#, r#"[-Infinity,{"c":"Infinity\\"}]"#),
        (r#""\ud800""#, "1.10"),
    ];
    assert_eq!(members(json), Some(expected));
}

#[test]
fn half_a_surrogate_pair_is_a_sign() {
    for (json, text) in [
        (r#""\ud83d\ude00""#, "😀"),
        (r#""a\uD83Db""#, "a\u{fffd}b"),
        (r#""\ude00\ud83d""#, "\u{fffd}\u{fffd}"),
        (r#""\ud83d\ud83d\ude00""#, "\u{fffd}😀"),
        (r#""\ud83d\\ude00\n""#, "\u{fffd}\\ude00\n"),
        (r#""\\ud83d小\ud800\u0041""#, "\\ud83d小\u{fffd}A"),
    ] {
        assert_eq!(value(json), Some(text.into()), "{json}");
        let object = format!("{{{json}:[{json}]}}");
        let read: Value = serde_json::from_str(&standard_text(&object).unwrap()).unwrap();
        assert_eq!(read[text][0], text, "{json}");
    }
    assert_eq!(value(r#"["\ud800",NaN]"#), None);
}

#[test]
fn what_is_no_object_has_no_members() {
    for text in [
        "",
        "[]",
        "null",
        "1",
        "{",
        "{}x",
        "NaN",
        "{1:2}",
        "{\"a\":NaNa}",
        "{\"a\":+Infinity}",
        "\"",
        "{\"NaN",
        "{\"a\":--Infinity}",
    ] {
        assert_eq!(members(text), None, "{text}");
    }
}
