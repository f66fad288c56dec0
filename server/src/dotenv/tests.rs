use super::*;

#[test]
fn a_value_is_what_is_written_there() {
    let django = "django-insecure-^7p$kq2w$HOME-8s#v!x(9&0)=q_$zz+r@w1%y6u4t3";
    for (line, value) in [
        (format!("K={django}"), django),
        (format!("K=\"{django}\""), django),
        (format!("K='{django}'"), django),
        (format!("export K={django}\r"), django),
        (format!(" \texport\t K = {django} \t"), django),
        (format!("\u{feff}K={django}"), django),
        ("K=".into(), ""),
        ("K=''".into(), ""),
        ("K=\"\"".into(), ""),
        ("K=' a '".into(), " a "),
        ("K=a\\nb\\".into(), "a\\nb\\"),
        ("K=\"a\\\"b\"".into(), "a\\\"b"),
        ("K=${HOME}$(id)`id`".into(), "${HOME}$(id)`id`"),
        ("K=a #b".into(), "a #b"),
        ("K=#b".into(), "#b"),
        ("K==a=b=".into(), "=a=b="),
        ("K=it's".into(), "it's"),
        ("K=correct horse".into(), "correct horse"),
        ("K=密码".into(), "密码"),
        ("K=first\nK=last".into(), "last"),
        ("# K=no\n\n  #K=no\nK=yes\n".into(), "yes"),
    ] {
        let read = parse(line.as_bytes()).unwrap();
        assert_eq!(read.get("K").map(String::as_str), Some(value), "{line:?}");
        assert_eq!(read.len(), 1, "{line:?}");
    }
    assert!(parse(b"exported=1").unwrap().contains_key("exported"));
}

#[test]
fn an_error_names_the_line_and_shows_nothing_of_it() {
    for line in [
        &b"hush"[..],
        b"=hush",
        b"hush-hush=1",
        b"1hush=1",
        b"export hush",
        b"hush me=1",
        b"K=\"hush",
        b"K='hush\"",
        b"K=\"hush\" # why",
        b"K='",
        b"K=hu\0sh",
        b"K=hu\rsh",
        b"K=hush\xff",
        b"; hush",
    ] {
        let file = [b"A=1\n\n", line, b"\nB=2"].concat();
        let why = parse(&file).unwrap_err();
        assert!(why.starts_with(".env, line 3: "), "{why}");
        assert!(!why.contains("hu"), "{why}");
    }
}
