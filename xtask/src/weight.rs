//! What the browser has to fetch before the islands are alive.

use std::path::Path;

use anyhow::{Context, Result, ensure};
use walkdir::WalkDir;

use crate::repo;

/// The most bytes of all JavaScript and WebAssembly, compressed with Brotli: what is promised is 64 KiB, and
/// that they grow unseen up to there another.
const CODE: u64 = 56_000;
/// The same of all style sheets.
const STYLE: u64 = 3_000;
/// How many files these are.
const FILES: u64 = 3;

/// Weighs the built site; fails if it has grown past a limit.
pub(crate) fn weigh() -> Result<()> {
    let Weight { code, style, files } = Weight::of(&repo::site().join("pkg"))?;
    println!(
        "Brotli: {code} bytes of JavaScript and WebAssembly (at most {CODE}), {style} of CSS \
              (at most {STYLE}), in {files} files (at most {FILES})"
    );
    let grown = code > CODE || style > STYLE || files > FILES;
    ensure!(
        !grown,
        "the browser has to fetch more than before: target/site/pkg has the files"
    );
    Ok(())
}

#[derive(Debug, PartialEq)]
struct Weight {
    code: u64,
    style: u64,
    files: u64,
}

impl Weight {
    /// Of everything in the folder `pkg`, which has been compressed.
    fn of(pkg: &Path) -> Result<Self> {
        let (mut code, mut style, mut files) = (0, 0, 0);
        for entry in WalkDir::new(pkg) {
            let entry = entry?;
            let extension = entry.path().extension().unwrap_or_default();
            let sum = match extension.to_str() {
                Some("js" | "wasm") => &mut code,
                Some("css") => &mut style,
                _ => continue,
            };
            let compressed = entry.path().with_added_extension("br");
            let metadata = compressed.metadata();
            *sum += metadata
                .with_context(|| format!("no {}", compressed.display()))?
                .len();
            files += 1;
        }
        ensure!(code > 0, "no WebAssembly in {}", pkg.display());
        Ok(Self { code, style, files })
    }
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    #[test]
    fn scripts_modules_and_styles_are_weighed_compressed() {
        let pkg = tempfile::tempdir().unwrap();
        assert!(Weight::of(pkg.path()).is_err());
        for (name, bytes) in [
            ("huihua.js", 100),
            ("huihua.js.br", 10),
            ("huihua.js.gz", 20),
            ("huihua.wasm", 1000),
            ("huihua.wasm.br", 300),
            ("huihua.css", 50),
            ("huihua.css.br", 5),
        ] {
            fs::write(pkg.path().join(name), vec![0; bytes]).unwrap();
        }
        let weight = Weight::of(pkg.path()).unwrap();
        assert_eq!((weight.code, weight.style, weight.files), (310, 5, 3));
        fs::remove_file(pkg.path().join("huihua.js.br")).unwrap();
        let error = Weight::of(pkg.path()).unwrap_err().to_string();
        assert!(error.ends_with("huihua.js.br"), "{error}");
    }
}
