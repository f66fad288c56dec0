use super::*;

#[test]
fn figures_are_filled_in_and_what_was_not_measured_is_left_out() {
    let figures = [("cores", "2"), ("rate", "1,234 | ✓")];
    let figures = figures.map(|(name, figure)| (name.to_owned(), figure.to_owned())).into();
    let template = "# Page\n\nText.\n\n## Load\n\nOn {cores} cores.\n\n| a | {rate} |\n| b | {gone} |\n| c | {gone} | {cores} |\n\n\
        ## Gone\n\nText of\n{gone}\n\n## End\n\nText.\n";
    let expected = "# Page\n\nText.\n\n## Load\n\nOn 2 cores.\n\n| a | 1,234 | ✓ |\n| c |  | 2 |\n\n## End\n\nText.\n";
    assert_eq!(page(template, &figures), expected);
}
