//! The modules and crates that each file names, by its text and the layout of the folders.

use std::{collections::BTreeMap, iter::successors};

use super::{
    files::{Files, code},
    finding::line_at,
};

/// The modules of all crates.
#[derive(Default)]
pub(super) struct Modules<'a> {
    /// The file of each, by its path as `src/engine/db`.
    files: BTreeMap<&'a str, &'a str>,
    /// The file, line and path of each name, with `/` for `::`.
    named: Vec<(&'a str, usize, String)>,
    /// The targets of what is re-exported.
    re_exported: BTreeMap<String, String>,
}

/// A path that leads to a module or to another crate.
pub(super) struct Import<'a> {
    pub(super) file: &'a str,
    pub(super) line: usize,
    /// As it is named; then, if that is a re-export, what it stands for.
    pub(super) paths: Vec<String>,
}

impl<'a> Modules<'a> {
    pub(super) fn of(files: &'a Files) -> Self {
        let mut this = Self::default();
        for (file, _) in files.sources() {
            this.files.entry(module(file)).or_insert(file);
        }
        for (file, text) in files.sources() {
            this.read(file, &code(text));
        }
        this
    }

    /// The imports of the files, but for re-exports.
    pub(super) fn imports(&self) -> impl Iterator<Item = Import<'a>> {
        self.named.iter().map(|&(file, line, ref path)| Import {
            file,
            line,
            // A re-export of a re-export of one: nobody goes on longer.
            paths: successors(Some(path.clone()), |path| self.re_export(path))
                .take(8)
                .collect(),
        })
    }

    /// The file in which what `path` names is, if that is in this repository.
    pub(super) fn file(&self, path: &str) -> Option<&'a str> {
        above(path).find_map(|module| self.files.get(module).copied())
    }

    fn re_export(&self, path: &str) -> Option<String> {
        above(path).find_map(|name| {
            let target = self.re_exported.get(name)?;
            Some(format!("{target}{}", &path[name.len()..]))
        })
    }

    fn read(&mut self, file: &'a str, code: &str) {
        let mut read = 0;
        for (colons, _) in code.match_indices("::") {
            let before = &code[..colons];
            let start = before.trim_end_matches(is_of_name).len();
            let before = &code[..start];
            if start < read || start == colons || before.ends_with(':') {
                continue;
            }
            let mut paths = Vec::new();
            read = code.len() - tree(&code[start..], "", &mut paths).len();
            // `pub(in crate::…)` imports nothing.
            if before.ends_with("(in ") {
                continue;
            }
            let used = before.trim_end().strip_suffix("use").map(str::trim_end);
            let is_public =
                used.is_some_and(|before| before.ends_with("pub") || before.ends_with(')'));
            for path in paths {
                let target = self.absolute(module(file), &path);
                if is_public {
                    let name = path.rsplit('/').next().unwrap_or_default();
                    let name = format!("{}/{name}", module(file));
                    self.re_exported.insert(name, target);
                } else {
                    self.named.push((file, line_at(code, start), target));
                }
            }
        }
    }

    fn absolute(&self, module: &str, path: &str) -> String {
        let parent = module.rsplit_once('/').map_or("", |(parent, _)| parent);
        match path.split_once('/') {
            Some(("crate", rest)) => {
                let root = module.find("src/").map_or(module, |at| &module[..at + 3]);
                format!("{root}/{rest}")
            }
            Some(("super", rest)) if rest.starts_with("super/") => self.absolute(parent, rest),
            Some(("super", rest)) => format!("{parent}/{rest}"),
            Some(("self", rest)) => format!("{module}/{rest}"),
            Some((first, _)) if self.files.contains_key(&*format!("{module}/{first}")) => {
                format!("{module}/{path}")
            }
            _ => path.to_owned(),
        }
    }
}

/// Collects the paths of the tree at the beginning of `code`, each below `above`; answers the rest.
fn tree<'c>(code: &'c str, above: &str, paths: &mut Vec<String>) -> &'c str {
    let (name, rest) = code.split_at(code.find(|c| !is_of_name(c)).unwrap_or(code.len()));
    if name.is_empty() {
        let Some(mut rest) = code.strip_prefix('{') else {
            paths.extend(code.starts_with('*').then(|| above.to_owned()));
            return code;
        };
        loop {
            rest = tree(rest.trim_start(), above, paths);
            let (_alias, after) = rest.split_at(rest.find([',', '}']).unwrap_or(rest.len()));
            match after.strip_prefix(',') {
                Some(next) => rest = next,
                None => return after.strip_prefix('}').unwrap_or(after),
            }
        }
    }
    let path = match (above, name) {
        ("", name) => name.to_owned(),
        (above, "self") => above.to_owned(),
        (above, name) => format!("{above}/{name}"),
    };
    match rest
        .strip_prefix("::")
        .filter(|rest| !rest.starts_with('<'))
    {
        Some(rest) => tree(rest, &path, paths),
        None => {
            paths.push(path);
            rest
        }
    }
}

/// The path of the module in `file`.
fn module(file: &str) -> &str {
    let module = file.trim_end_matches(".rs");
    let ends = ["/lib", "/main", "/mod"];
    ends.iter()
        .find_map(|end| module.strip_suffix(end))
        .unwrap_or(module)
}

/// `path`, and the paths above it.
pub(super) fn above(path: &str) -> impl Iterator<Item = &str> {
    successors(Some(path), |path| Some(path.rsplit_once('/')?.0))
}

fn is_of_name(c: char) -> bool {
    c.is_alphanumeric() || c == '_'
}
