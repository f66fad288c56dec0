use super::*;

#[test]
fn what_has_a_session_stays_the_same() {
    let servers = ["10.0.0.1:11211", "10.0.0.2:11211", "[fd00::3]:11211"].map(String::from);
    let memcached = Memcached::lazy(&servers).unwrap();
    let places = (0..12).map(|number| {
        let node = memcached.node(&format!("session:{number}"));
        memcached.nodes.iter().position(|other| std::ptr::eq(other, node))
    });
    let places: Vec<_> = places.flatten().collect();
    assert_eq!(places, [1, 0, 1, 2, 2, 2, 2, 2, 2, 2, 1, 1]);
}
