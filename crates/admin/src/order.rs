//! The names of orders in forms, addresses and flags.

use huihua::engine::Order;

/// Every order.
pub const ORDERS: [Order; 3] = [Order::Natural, Order::EndsFirst, Order::EndsLast];

/// The name of an order.
pub fn order_name(order: Order) -> &'static str {
    match order {
        Order::Natural => "own",
        Order::EndsFirst => "ends-first",
        Order::EndsLast => "ends-last",
    }
}

/// The order of this name; the store's own if there is none.
pub fn order_from_name(name: &str) -> Order {
    ORDERS
        .into_iter()
        .find(|order| order_name(*order) == name)
        .unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_order_is_found_by_its_name() {
        for order in ORDERS {
            assert_eq!(order_from_name(order_name(order)), order);
        }
        assert_eq!(order_from_name("nonsense"), Order::Natural);
    }
}
