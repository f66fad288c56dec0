//! What the browser has to fetch before the islands are alive.

use std::{collections::BTreeMap, path::Path};

use anyhow::{Context, Result, bail, ensure};

use crate::{
    accepted::{Kind, Numbers},
    files, process, repo, site,
    tools::Toolbox,
};

/// The most that all JavaScript and WebAssembly may weigh, compressed with Brotli.
const LIMIT: u64 = 64 * 1024;

/// What is promised is one thing, and that it grows unseen up to there another.
const KIND: Kind = Kind {
    unit: "what the browser fetches",
    margin: 0.03,
    file: "benches/weight.json",
    accept: "cargo xtask weigh --accept",
    find_out: "target/site/pkg has the files",
};

/// `cargo xtask weigh`: builds the site, and weighs it or accepts what it weighs.
pub(crate) fn weigh(accept: bool) -> Result<()> {
    let tools = Toolbox::for_build()?;
    site::build(&tools)?;
    match accept {
        true => KIND.accept(&numbers(&tools)?),
        false => check(&tools),
    }
}

/// Fails if the site has grown past the limit, or past what was accepted.
pub(crate) fn check(tools: &Toolbox) -> Result<()> {
    let numbers = numbers(tools)?;
    KIND.check(&numbers)
}

fn numbers(tools: &Toolbox) -> Result<Numbers> {
    let weight = Weight::of(&repo::site().join("pkg"))?;
    let Weight { code, style, files } = weight;
    println!("JavaScript and WebAssembly, Brotli: {code} of at most {LIMIT} bytes");
    if code > LIMIT {
        bail!("that is {} bytes too many", code - LIMIT);
    }
    let numbers = [
        ("JavaScript and WebAssembly, bytes", code),
        ("CSS, bytes", style),
        ("files", files),
    ];
    Ok(Numbers {
        // All else that builds the site has one version.
        measured_with: process::printed(tools.command("rustc").arg("--version"))
            .context("`rustc --version` says nothing")?,
        numbers: BTreeMap::from(numbers.map(|(name, number)| (name.to_owned(), number))),
    })
}

/// What is in the folder `pkg`, compressed with Brotli.
#[derive(Debug, PartialEq)]
struct Weight {
    /// Bytes of every script and every WebAssembly module.
    code: u64,
    /// Bytes of every style sheet.
    style: u64,
    /// How many these are.
    files: u64,
}

impl Weight {
    fn of(pkg: &Path) -> Result<Self> {
        let (mut code, mut style, mut files, mut modules) = (0, 0, 0, 0);
        for (path, _) in files::below(pkg)? {
            let sum = match path.extension().and_then(|extension| extension.to_str()) {
                Some("wasm") => {
                    modules += 1;
                    &mut code
                }
                Some("js") => &mut code,
                Some("css") => &mut style,
                _ => continue,
            };
            let compressed = path.with_added_extension("br");
            let metadata = compressed
                .metadata()
                .with_context(|| format!("{} is not there", compressed.display()))?;
            *sum += metadata.len();
            files += 1;
        }
        ensure!(modules > 0, "no WebAssembly in {}", pkg.display());
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
        assert_eq!(
            Weight::of(pkg.path()).unwrap(),
            Weight {
                code: 311,
                style: 5,
                files: 4
            }
        );
    }

    #[test]
    fn a_file_that_was_not_compressed_is_an_error() {
        let pkg = tempfile::tempdir().unwrap();
        fs::write(pkg.path().join("huihua.wasm"), "module").unwrap();
        let error = Weight::of(pkg.path()).unwrap_err().to_string();
        assert!(error.ends_with("huihua.wasm.br is not there"), "{error}");
    }

    #[test]
    fn a_site_without_a_module_is_an_error() {
        let pkg = tempfile::tempdir().unwrap();
        assert!(Weight::of(pkg.path()).is_err());
    }
}
