use super::estimate;

#[test]
fn a_sample_stands_for_the_whole() {
    assert_eq!(estimate(250, 1_000, 100_000), 25_000);
    assert_eq!(estimate(0, 0, 0), 0);
    assert_eq!(estimate(u64::MAX, 1, u64::MAX), u64::MAX);
}
