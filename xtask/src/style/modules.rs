//! The modules of a crate, and what each file of it names of other modules and crates.

use std::collections::BTreeMap;

use anyhow::{Result, anyhow};
use proc_macro2::{Delimiter, Spacing, TokenStream, TokenTree};

use super::files::Files;

/// Segments, from `crate` or the name of another crate on.
pub(super) type Names = Vec<String>;

/// A crate: a library or a program.
pub(super) struct Crate<'a> {
    files: &'a Files,
    /// The folder of its root.
    folder: &'a str,
    /// The file of each module.
    modules: BTreeMap<Names, String>,
    named: Vec<Named>,
    /// The targets of imported names; `true`: others see them.
    imported: BTreeMap<Names, (Names, bool)>,
}

/// A path in a module.
struct Named {
    module: Names,
    line: usize,
    path: Names,
}

/// A path that leads to a module of the crate or to another crate.
pub(super) struct Import<'a> {
    pub(super) file: &'a str,
    pub(super) line: usize,
    /// As it is named; then, if that is a re-export, what it stands for.
    pub(super) paths: Vec<Names>,
}

impl<'a> Crate<'a> {
    /// Every crate among `files`.
    pub(super) fn all(files: &'a Files) -> Result<Vec<Self>> {
        let roots = files.ending(".rs").filter(|(path, _)| is_root(path));
        roots.map(|(path, _)| Self::of(files, path)).collect()
    }

    fn of(files: &'a Files, root: &'a str) -> Result<Self> {
        let folder = root.rsplit_once('/').map_or("", |(folder, _)| folder);
        let (modules, named, imported) = Default::default();
        let mut this = Self { files, folder, modules, named, imported };
        this.read(root, &["crate".to_owned()])?;
        Ok(this)
    }

    /// The imports of the files, but for re-exports.
    pub(super) fn imports(&self) -> impl Iterator<Item = Import<'_>> {
        self.named.iter().map(|named| Import {
            file: &self.modules[&named.module],
            line: named.line,
            paths: self.followed(self.absolute(&named.module, &named.path)),
        })
    }

    /// The file in which what `path` names is, if that is in this crate.
    pub(super) fn file(&self, path: &[String]) -> Option<&str> {
        let (module, _) = self.split(path)?;
        self.modules.get(module).map(String::as_str)
    }

    /// The longest part of `path` that is a module, and the rest.
    fn split<'p>(&self, path: &'p [String]) -> Option<(&'p [String], &'p [String])> {
        let mut splits = (1..=path.len()).rev().map(|end| path.split_at(end));
        splits.find(|(module, _)| self.modules.contains_key(*module))
    }

    fn absolute(&self, module: &[String], path: &[String]) -> Names {
        let Some((first, rest)) = path.split_first() else {
            return module.to_vec();
        };
        let name = inner(module, first);
        match first.as_str() {
            "crate" => path.to_vec(),
            "self" => [module, rest].concat(),
            "super" => {
                let parent = &module[..module.len().saturating_sub(1)];
                match rest.first().map(String::as_str) {
                    Some("super") => self.absolute(parent, rest),
                    _ => [parent, rest].concat(),
                }
            }
            _ if self.modules.contains_key(&name) => [&name, rest].concat(),
            _ => match self.imported.get(&name) {
                // `use other;` may name a crate of that name.
                Some((target, _)) if target.first() != Some(first) => {
                    [&self.absolute(module, target), rest].concat()
                }
                _ => path.to_vec(),
            },
        }
    }

    fn followed(&self, path: Names) -> Vec<Names> {
        let mut paths = vec![path];
        // A re-export of a re-export of one: nobody goes on longer.
        while let Some(path) = paths.last().filter(|_| paths.len() < 8)
            && let Some((module, [name, rest @ ..])) = self.split(path)
            && let Some((target, true)) = self.imported.get(&inner(module, name))
        {
            paths.push([&self.absolute(module, target), rest].concat());
        }
        paths
    }

    /// Reads a file of `module`, and the modules that it declares.
    fn read(&mut self, file: &str, module: &[String]) -> Result<()> {
        let text = self.files.text(file).unwrap_or_default();
        let tokens = text.parse().map_err(|error| anyhow!("{file}: {error}"))?;
        self.modules.insert(module.to_vec(), file.to_owned());
        self.scan(tokens, module)
    }

    /// Reads a module that has a file of its own.
    fn read_declared(&mut self, module: &[String]) -> Result<()> {
        let place = format!("{}/{}", self.folder, module[1..].join("/"));
        // Otherwise it is elsewhere by `#[path]`, and of several programs.
        let mut places = [format!("{place}.rs"), format!("{place}/mod.rs")].into_iter();
        match places.find(|file| self.files.text(file).is_some()) {
            Some(file) => self.read(&file, module),
            None => Ok(()),
        }
    }

    /// Collects what `tokens` of a module declare and name.
    fn scan(&mut self, tokens: TokenStream, module: &[String]) -> Result<()> {
        let mut tokens = tokens.into_iter().peekable();
        let mut public = false;
        while let Some(token) = tokens.next() {
            let was_public = std::mem::take(&mut public);
            match token {
                TokenTree::Punct(punct) if punct.as_char() == '#' => {
                    tokens.next_if(|token| token.to_string() == "!");
                    let attribute = tokens.next();
                    if attribute.is_some_and(|token| token.to_string() == "[cfg (test)]") {
                        let ends = |token: &TokenTree| match token {
                            TokenTree::Group(group) => group.delimiter() == Delimiter::Brace,
                            token => token.to_string() == ";",
                        };
                        tokens.by_ref().find(ends);
                    }
                }
                TokenTree::Group(group) => self.scan(group.stream(), module)?,
                TokenTree::Ident(ident) if ident == "pub" => {
                    public = true;
                    // `pub(in crate::…)` imports nothing.
                    tokens.next_if(|next| matches!(next, TokenTree::Group(_)));
                }
                TokenTree::Ident(ident) if ident == "mod" => {
                    let name = tokens.next().map_or(String::new(), |name| name.to_string());
                    let name = inner(module, &name);
                    match tokens.next() {
                        Some(TokenTree::Group(group)) => {
                            self.modules.insert(name.clone(), self.modules[module].clone());
                            self.scan(group.stream(), &name)?;
                        }
                        _ => self.read_declared(&name)?,
                    }
                }
                TokenTree::Ident(ident) if ident == "use" => {
                    let tree = tokens.by_ref().take_while(|token| token.to_string() != ";");
                    self.import(tree.collect(), module, &[], was_public);
                }
                TokenTree::Ident(ident) => {
                    let line = ident.span().start().line;
                    let mut path = vec![ident.to_string()];
                    while tokens.next_if(is_double_colon).is_some() {
                        tokens.next();
                        let next = tokens.next_if(|token| matches!(token, TokenTree::Ident(_)));
                        path.extend(next.map(|ident| ident.to_string()));
                    }
                    if path.len() > 1 {
                        self.named.push(Named { module: module.to_vec(), line, path });
                    }
                }
                _ => {}
            }
        }
        Ok(())
    }

    /// The names that a tree of `use` brings, which begins with `before`.
    fn import(&mut self, tree: TokenStream, module: &[String], before: &[String], public: bool) {
        let tokens: Vec<_> = tree.into_iter().collect();
        for part in tokens.split(|token| token.to_string() == ",") {
            let mut path = before.to_vec();
            let mut alias = None;
            let mut parts = part.iter();
            while let Some(token) = parts.next() {
                match token {
                    TokenTree::Ident(ident) if ident == "as" => alias = parts.next(),
                    TokenTree::Ident(ident) if ident == "self" && !path.is_empty() => {}
                    TokenTree::Ident(ident) => path.push(ident.to_string()),
                    TokenTree::Group(group) => {
                        self.import(group.stream(), module, &path, public);
                    }
                    _ => {}
                }
            }
            let is_group = matches!(part.last(), Some(TokenTree::Group(_)));
            let (Some(first), Some(last), false) = (part.first(), path.last(), is_group) else {
                continue;
            };
            let name = alias.map_or(last.clone(), TokenTree::to_string);
            self.imported.insert(inner(module, &name), (path.clone(), public));
            if !public {
                let line = first.span().start().line;
                self.named.push(Named { module: module.to_vec(), line, path });
            }
        }
    }
}

/// `true`: the first colon of two begins here.
fn is_double_colon(token: &TokenTree) -> bool {
    matches!(token, TokenTree::Punct(punct) if punct.as_char() == ':' && punct.spacing() == Spacing::Joint)
}

/// The path of `name` in `module`.
fn inner(module: &[String], name: &str) -> Names {
    [module, &[name.to_owned()]].concat()
}

fn is_root(path: &str) -> bool {
    let mut parts = path.rsplit('/');
    let [name, folder, above] = [(); 3].map(|()| parts.next().unwrap_or_default());
    folder == "src" && (name == "lib.rs" || name == "main.rs") || folder == "bin" && above == "src"
}
