use super::*;

#[test]
fn it_is_itself_and_nothing_else() {
    let blank = ConsoleToken::new(" 0123456789abcdef").unwrap();
    assert!(blank.is(" 0123456789abcdef") && !blank.is("0123456789abcdef"));
    let token = ConsoleToken::new("0123456789abcdef").unwrap();
    assert!(token.is("0123456789abcdef"));
    assert!(token.is("0123456789abcdef "));
    for other in ["", "0123456789abcde", "0123456789abcdef0", "0123456789ABCDEF"] {
        assert!(!token.is(other), "{other}");
    }
}

#[test]
fn one_that_could_be_guessed_is_refused_and_not_repeated() {
    for short in ["", "geheim", "0123456789abcde"] {
        let error = ConsoleToken::new(short).unwrap_err().to_string();
        assert!(error.contains("CONSOLE_TOKEN"), "{error}");
        assert!(short.is_empty() || !error.contains(short), "{error}");
    }
}
