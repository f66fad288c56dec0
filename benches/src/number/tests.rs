use super::shown;

#[test]
fn thousands_are_separated_and_digits_few() {
    let values = [0.0, 0.0123, 7.456, 9.999, 42.25, 999.6, 1234567.0];
    let expected = ["0", "0.0123", "7.46", "10.0", "42.2", "1,000", "1,234,567"];
    assert_eq!(values.map(shown), expected);
}
