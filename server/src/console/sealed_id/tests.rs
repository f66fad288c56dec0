use super::*;

#[test]
fn what_was_sealed_here_as_that_is_opened_and_nothing_else() {
    use IdKind::{Cursor, StoredKey};

    let [key, other] = [SealingKey::new().unwrap(), SealingKey::new().unwrap()];
    let id = "0123456789abcdefghijklmnopqrstuv";
    let sealed = key.seal(StoredKey, id).unwrap();
    assert!(!sealed.contains(id));
    assert_ne!(sealed, key.seal(StoredKey, id).unwrap());
    assert_eq!(key.open(StoredKey, &sealed).as_deref(), Some(id));
    assert_eq!(key.open(Cursor, &sealed), None);
    assert_eq!(other.open(StoredKey, &sealed), None);
    for nonsense in ["", "AAAA", "%", id, &sealed[1..]] {
        assert_eq!(key.open(StoredKey, nonsense), None, "{nonsense}");
    }
}
