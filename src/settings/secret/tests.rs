use super::*;

#[test]
fn it_is_made_once_and_for_its_owner_only() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("data/secret_key");
    let key = make(&path).unwrap();
    assert_eq!(key.trim().len(), LENGTH);
    assert_eq!(make(&path).unwrap(), key);
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        let mode = fs::metadata(&path).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
    }
    let names: Vec<_> = fs::read_dir(path.parent().unwrap()).unwrap().collect();
    assert_eq!(names.len(), 1);
}

#[test]
fn of_many_who_make_it_at_once_all_have_the_same() {
    for _ in 0..50 {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("data/secret_key");
        let start = std::sync::Barrier::new(8);
        let keys: std::collections::HashSet<String> = std::thread::scope(|scope| {
            let made = || {
                start.wait();
                make(&path).unwrap()
            };
            let threads: Vec<_> = (0..8).map(|_| scope.spawn(made)).collect();
            threads.into_iter().map(|made| made.join().unwrap()).collect()
        });
        assert_eq!(keys.len(), 1);
        assert_eq!(keys.iter().next().unwrap().trim().len(), LENGTH);
    }
}
