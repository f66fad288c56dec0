use std::fs;

use super::*;

#[test]
fn scripts_modules_and_styles_are_weighed_compressed() {
    let pkg = tempfile::tempdir().unwrap();
    assert!(weight(pkg.path()).is_err());
    for kind in ["js", "js.br", "js.gz", "wasm", "wasm.br", "css", "css.br"] {
        fs::write(pkg.path().join("huihua").with_extension(kind), kind).unwrap();
    }
    assert_eq!(weight(pkg.path()).unwrap(), [12, 6, 3]);
    fs::remove_file(pkg.path().join("huihua.js.br")).unwrap();
    let error = weight(pkg.path()).unwrap_err().to_string();
    assert!(error.ends_with("huihua.js.br"), "{error}");
}
