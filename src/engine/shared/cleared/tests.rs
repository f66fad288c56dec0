use super::*;

#[test]
fn runs_are_counted_while_they_go_on() {
    let cleared = Cleared::default();
    let (mut one, mut other) = (cleared.begin(), cleared.clone().begin());
    one.removed(250);
    other.removed(1);
    one.removed(3);
    assert_eq!((one.rows(), cleared.sum()), (253, 254));
}
