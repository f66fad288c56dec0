use super::*;

#[test]
fn an_order_is_found_by_its_name() {
    for order in ORDERS {
        assert_eq!(order_from_name(order_name(order)), order);
    }
    assert_eq!(order_from_name("nonsense"), Order::Natural);
}
