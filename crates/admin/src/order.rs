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
    ORDERS.into_iter().find(|order| order_name(*order) == name).unwrap_or_default()
}

#[cfg(test)]
mod tests;
