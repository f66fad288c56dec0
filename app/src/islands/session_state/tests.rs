use super::SessionState;

#[test]
fn the_ring_empties() {
    for (left, gone) in [(10_000.0, 0), (5_000.0, 50), (0.0, 100), (12_000.0, 0)] {
        let state = SessionState {
            end: Some(20_000.0 + left),
            now: 20_000.0,
            span: 10_000.0,
            ..SessionState::default()
        };
        assert_eq!(state.gone(), gone);
    }
}
