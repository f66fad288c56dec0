use super::*;

#[test]
fn redis_is_as_many_as_the_processors_ask_for() {
    let costs = |store| Costs {
        store,
        written: 500.0,
        bytes_a_session: 500.0,
        load: 10.0,
        touch: 20.0,
        logged_a_touch: 400.0,
    };
    let redis = needed(&costs("Redis"), REQUESTS);
    assert_eq!(redis, "1000000 | 93 | 30 | 60 | 400.0");
    let postgres = needed(&costs("PostgreSQL"), SESSIONS / TOUCHED_AFTER);
    assert_eq!(postgres, "8267 | 70 | 10 | 1 | 3.3");
}
