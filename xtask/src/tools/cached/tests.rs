use super::*;

#[test]
fn the_locked_version_is_the_one_under_exactly_that_name() {
    let lock = "name = \"wasm-bindgen-futures\"\nversion = \"0.4.80\"\n\n\
        name = \"wasm-bindgen\"\nversion = \"0.2.130\"\n";
    assert_eq!(version_in(lock, "wasm-bindgen").as_deref(), Some("0.2.130"));
    assert_eq!(version_in(lock, "wasm"), None);
}

#[cfg(unix)]
#[test]
fn a_tool_gets_its_folder_once_it_is_whole() {
    // Where programs run: the folder of temporary files may be mounted without that.
    fs::create_dir_all(repo::target()).unwrap();
    let home = tempfile::tempdir_in(repo::target()).unwrap();
    let folder = home.path().join("package-1.2.3");
    let find = find(folder.join("bin"), "no-such-program", "1.2.3");
    let mut tool = Tool {
        folder: Some(folder.clone()),
        ..Tool::new("package", find, process::command("sh"), "")
    };
    assert!((tool.find)().unwrap().is_none());
    assert!(tool.finish().is_err());
    let script = "mkdir -p $1/bin $1/target && cd $1/bin && printf '#!/bin/sh\necho it 1.2.3' \
        > no-such-program && chmod +x no-such-program";
    tool.installer.args(["-c", script, "sh"]).arg(unfinished(&folder));
    assert!(tool.installer.status().unwrap().success());
    assert!((tool.find)().unwrap().is_none());
    tool.finish().unwrap();
    let found = (tool.find)().unwrap();
    assert!(matches!(found, Some(Found::InFolder(found)) if found == folder.join("bin")));
    assert!(!folder.join("target").exists());
}
