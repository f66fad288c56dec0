use std::time::Duration;

use super::*;

#[test]
fn the_fingerprint_follows_the_files() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("inner/file");
    fs::create_dir(folder.path().join("inner")).unwrap();
    fs::write(&file, "one").unwrap();
    let now = || fingerprint([folder.path().to_owned()]).unwrap();

    let first = now();
    assert_eq!(now(), first);
    let written = fs::File::options().append(true).open(&file).unwrap();
    let modified = written.metadata().unwrap().modified().unwrap();
    written.set_modified(modified - Duration::from_secs(5)).unwrap();
    assert_ne!(now(), first);
    fs::write(folder.path().join("other"), "").unwrap();
    let added = now();
    fs::remove_file(&file).unwrap();
    assert_ne!(now(), added);
}
