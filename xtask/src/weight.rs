//! What the browser has to fetch before the islands are alive.

use std::path::Path;

use anyhow::{Context, Result, bail, ensure};

use crate::{files, repo};

/// The most that all JavaScript and WebAssembly may weigh, compressed with Brotli.
const LIMIT: u64 = 64 * 1024;

/// Fails if the site has grown past the limit.
pub(crate) fn check() -> Result<()> {
    let weight = weight(&repo::site().join("pkg"))?;
    println!("JavaScript and WebAssembly, Brotli: {weight} of at most {LIMIT} bytes");
    if weight > LIMIT {
        bail!("that is {} bytes too many", weight - LIMIT);
    }
    Ok(())
}

/// The Brotli size of every script and every WebAssembly module in the folder `pkg`.
fn weight(pkg: &Path) -> Result<u64> {
    let mut total = 0;
    let mut modules = 0;
    for (path, _) in files::below(pkg)? {
        let extension = path.extension().and_then(|extension| extension.to_str());
        if let Some("js" | "wasm") = extension {
            let compressed = path.with_added_extension("br");
            let metadata = compressed
                .metadata()
                .with_context(|| format!("{} is not there", compressed.display()))?;
            total += metadata.len();
            modules += u32::from(extension == Some("wasm"));
        }
    }
    ensure!(modules > 0, "no WebAssembly in {}", pkg.display());
    Ok(total)
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    #[test]
    fn scripts_and_modules_are_weighed_compressed_and_styles_are_not() {
        let pkg = tempfile::tempdir().unwrap();
        fs::create_dir(pkg.path().join("snippets")).unwrap();
        for (name, bytes) in [
            ("huihua.js", 100),
            ("huihua.js.br", 10),
            ("huihua.js.gz", 20),
            ("huihua.wasm", 1000),
            ("huihua.wasm.br", 300),
            ("huihua.css", 50),
            ("huihua.css.br", 5),
            ("snippets/inline.js", 9),
            ("snippets/inline.js.br", 1),
        ] {
            fs::write(pkg.path().join(name), vec![0; bytes]).unwrap();
        }
        assert_eq!(weight(pkg.path()).unwrap(), 311);
    }

    #[test]
    fn a_file_that_was_not_compressed_is_an_error() {
        let pkg = tempfile::tempdir().unwrap();
        fs::write(pkg.path().join("huihua.wasm"), "module").unwrap();
        let error = weight(pkg.path()).unwrap_err().to_string();
        assert!(error.ends_with("huihua.wasm.br is not there"), "{error}");
    }

    #[test]
    fn a_site_without_a_module_is_an_error() {
        let pkg = tempfile::tempdir().unwrap();
        assert!(weight(pkg.path()).is_err());
    }
}
