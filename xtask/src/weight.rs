//! The weight of what the browser has to fetch before the islands are alive.

use std::{ffi::OsStr, path::Path};

use anyhow::{Context, Result, ensure};
use walkdir::WalkDir;

use crate::repo;

/// The most bytes of all JavaScript and WebAssembly, compressed with Brotli. 64 KB are promised.
const CODE: u64 = 56_000;
/// The same of all style sheets.
const STYLE: u64 = 3_000;
/// The number of these files.
const FILES: u64 = 3;

/// Weighs the built site; fails if it has grown past a limit.
pub(crate) fn weigh() -> Result<()> {
    let [code, style, files] = weight(&repo::site().join("pkg"))?;
    println!(
        "Brotli: {code} bytes of JavaScript and WebAssembly, {style} of CSS, in {files} files"
    );
    ensure!(
        code <= CODE && style <= STYLE && files <= FILES,
        "more than {CODE} bytes, {STYLE} bytes or {FILES} files: see target/site/pkg"
    );
    Ok(())
}

/// Bytes of scripts and modules, bytes of style sheets, and how many files these are in the folder `pkg`,
/// which has been compressed.
fn weight(pkg: &Path) -> Result<[u64; 3]> {
    let [mut code, mut style, mut files] = [0; 3];
    for entry in WalkDir::new(pkg) {
        let path = entry?.into_path();
        let sum = match path.extension().and_then(OsStr::to_str) {
            Some("js" | "wasm") => &mut code,
            Some("css") => &mut style,
            _ => continue,
        };
        let compressed = path.with_added_extension("br");
        let missing = || format!("no {}", compressed.display());
        *sum += compressed.metadata().with_context(missing)?.len();
        files += 1;
    }
    ensure!(code > 0, "no WebAssembly in {}", pkg.display());
    Ok([code, style, files])
}

#[cfg(test)]
mod tests;
