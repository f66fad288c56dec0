use super::*;

#[test]
fn people_and_programs_can_read_it() {
    let json = r#"{"\u540d":"\u5c0f\u660e\n","big":123456789012345678901234567890,"e":{},"n":[NaN,-Infinity,{"a":"NaN"}]}"#;
    let expected = r#"{
  "名": "小明\n",
  "big": 123456789012345678901234567890,
  "e": {},
  "n": [
    NaN,
    -Infinity,
    {
      "a": "NaN"
    }
  ]
}"#;
    assert_eq!(pretty_json(json), expected);
    assert_eq!(pretty_json("{}"), "{}");
    let one_line = json.replace("[NaN,-Infinity", r#"["NaN","-Infinity""#);
    assert_eq!(standard_text(json).unwrap(), one_line);
}

#[test]
fn what_people_read_commands_no_terminal() {
    let name = "\u{1b}[31m\u{7f}\u{9b}31m\u{202e}gnim\u{2066}";
    let json = serde_json::json!({ name: name }).to_string();
    let shown = pretty_json(&json);
    let escaped = r#""\u001b[31m\u007f\u009b31m\u202egnim\u2066""#;
    assert_eq!(shown, format!("{{\n  {escaped}: {escaped}\n}}"));
    let read: serde_json::Value = serde_json::from_str(&shown).unwrap();
    assert_eq!(read[name], name);
}

#[test]
fn what_is_nested_deep_takes_no_more_room_than_it_is_long() {
    for levels in [10, 17, 1_000_000] {
        let (open, close) = ("[".repeat(levels), "]".repeat(levels));
        let json = format!(r#"{{"a":{open}1,2{close},"b":{{"c" : []}}}}"#);
        let shown = pretty_json(&json);
        assert!(shown.len() < json.len() + 1000, "{levels}");
        assert!(shown.ends_with("\n  ],\n  \"b\": {\n    \"c\": []\n  }\n}"), "{levels}");
        let nested = if levels > 16 { "[1,2]" } else { "2\n" };
        assert!(shown.contains(nested), "{levels}");
        let read: String = shown.split_ascii_whitespace().collect();
        assert_eq!(read, json.replace(' ', ""));
        assert_eq!(standard_text(&json).unwrap(), read);
    }
}
