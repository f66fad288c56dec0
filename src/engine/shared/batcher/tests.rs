use super::*;

fn requests(batch: &[Pending<u32, ()>]) -> Vec<u32> {
    batch.iter().map(|pending| pending.request).collect()
}

#[test]
fn the_first_gets_a_permit_and_the_others_go_together() {
    let batcher = Batcher::<u32, ()>::new(1);
    let (_one, permit) = batcher.queue_up(1);
    let mut permit = permit.unwrap();
    assert_eq!(requests(&permit.next(2).unwrap()), [1]);

    let (_two, no_permit) = batcher.queue_up(2);
    assert!(no_permit.is_none());
    let (_three, given_up, _four) = (batcher.queue_up(3), batcher.queue_up(0), batcher.queue_up(4));
    drop(given_up);
    assert_eq!(requests(&permit.next(2).unwrap()), [2, 3]);
    assert_eq!(requests(&permit.next(2).unwrap()), [4]);
    assert!(permit.next(2).is_none());

    let (_five, permit) = batcher.queue_up(5);
    assert_eq!(requests(&permit.unwrap().next(2).unwrap()), [5]);
}

#[test]
fn a_permit_that_is_cut_off_is_free_again() {
    let batcher = Batcher::<u32, ()>::new(1);
    let (_one, permit) = batcher.queue_up(1);
    drop(permit);
    let (_two, permit) = batcher.queue_up(2);
    assert_eq!(requests(&permit.unwrap().next(9).unwrap()), [1, 2]);
}

#[test]
fn as_many_are_under_way_as_may_be() {
    let batcher = Batcher::<u32, ()>::new(2);
    let permits: Vec<_> = (0..3).map(|number| batcher.queue_up(number)).collect();
    let permits: Vec<_> = permits.iter().map(|(_, permit)| permit.is_some()).collect();
    assert_eq!(permits, [true, true, false]);
}
