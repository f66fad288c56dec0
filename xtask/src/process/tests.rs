use super::*;

#[test]
fn a_command_is_shown_as_it_would_be_typed() {
    let mut command = Command::new("cargo");
    command.args(["install", "it's here", "tool@1.2.3", ""]).current_dir("/folder");
    let expected = r"cd /folder && cargo install 'it'\''s here' tool@1.2.3 ''";
    assert_eq!(shown(&command), expected);
}
