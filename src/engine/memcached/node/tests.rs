use super::{Node, hash};

#[test]
fn hashes_and_scores_stay_as_they_are() {
    assert_eq!(hash(""), 0xbd60_acb6_58c7_9e45);
    assert_eq!(hash("localhost:11211"), 0xbf6d_e22d_b6e7_f41a);
    assert_eq!(hash("session:abc"), 0xb9a2_60e0_f5af_0ef5);
    let score = Node::new("localhost:11211").score(hash("session:abc"));
    assert_eq!(score, 0xeac0_b67e_de99_cff6);
}
