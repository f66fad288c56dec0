use std::time::Duration;

use super::*;

#[test]
fn packages_are_there_once_they_are_newer_than_their_list() {
    let folder = tempfile::tempdir().unwrap();
    let packages = packages(folder.path().to_owned());
    let is_there = || (packages.find)().map(|found| found.is_some());
    assert!(is_there().is_err());
    let wanted = fs::File::create(folder.path().join("package-lock.json")).unwrap();
    assert!(!is_there().unwrap());
    fs::create_dir(folder.path().join("node_modules")).unwrap();
    fs::write(folder.path().join("node_modules/.package-lock.json"), "").unwrap();
    assert!(is_there().unwrap());
    let later = wanted.metadata().unwrap().modified().unwrap() + Duration::from_secs(9);
    wanted.set_modified(later).unwrap();
    assert!(!is_there().unwrap());
}
