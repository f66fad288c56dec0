use super::*;

#[test]
fn the_command_line_is_sound() {
    command().debug_assert();
}

#[test]
fn every_setting_is_a_flag_before_and_after_the_command() {
    for line in [
        ["huihua", "--session-cookie-age", "60", "migrate"],
        ["huihua", "migrate", "--session-cookie-age", "60"],
    ] {
        let matches = command().get_matches_from(line);
        let (name, arguments) = matches.subcommand().unwrap();
        assert_eq!(name, "migrate");
        let age = arguments.get_one::<String>("SESSION_COOKIE_AGE");
        assert_eq!(age.map(String::as_str), Some("60"));
    }
}
