//! The modules of a crate, and what each file of it names of other modules and crates.

use std::collections::BTreeMap;

use anyhow::{Result, anyhow};
use proc_macro2::{Delimiter, Spacing, Span, TokenStream, TokenTree};

use super::files::Files;

/// Segments, from `crate` or the name of another crate on.
pub(super) type Names = Vec<String>;

/// A crate: a library or a program.
#[derive(Default)]
pub(super) struct Crate {
    /// The file of each module.
    modules: BTreeMap<Names, String>,
    /// Modules in files of their own that aren't read yet.
    declared: Vec<Names>,
    named: Vec<Named>,
    /// The targets of imported names; `true`: others see them.
    imported: BTreeMap<Names, (Names, bool)>,
}

/// A path in a file.
struct Named {
    file: String,
    line: usize,
    module: Names,
    path: Names,
}

/// A path that leads to a module of the crate or to another crate.
pub(super) struct Import<'a> {
    pub(super) file: &'a str,
    pub(super) line: usize,
    /// As it is named; then, if that is a re-export, what it stands for.
    pub(super) paths: Vec<Names>,
}

impl Crate {
    /// Every crate among `files`.
    pub(super) fn all(files: &Files) -> Result<Vec<Self>> {
        let mut all = Vec::new();
        for (path, _) in files.ending(".rs").filter(|(path, _)| is_root(path)) {
            let mut this = Self::default();
            let folder = path.rsplit_once('/').map_or("", |(folder, _)| folder);
            this.read(files, path, folder, &["crate".to_owned()])?;
            all.push(this);
        }
        Ok(all)
    }

    /// The imports of the files, but for re-exports.
    pub(super) fn imports(&self) -> impl Iterator<Item = Import<'_>> {
        self.named.iter().map(|named| Import {
            file: &named.file,
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

    /// Reads the file of `module`, and the modules that it declares, which are in `folder`.
    fn read(&mut self, files: &Files, file: &str, folder: &str, module: &[String]) -> Result<()> {
        let text = files.text(file).unwrap_or_default();
        let tokens = text.parse().map_err(|error| anyhow!("{file}: {error}"))?;
        self.modules.insert(module.to_vec(), file.to_owned());
        self.scan(tokens, file, module);
        for declared in std::mem::take(&mut self.declared) {
            let folder = format!("{folder}/{}", declared[module.len()..].join("/"));
            // Otherwise it is elsewhere by `#[path]`, and of several programs.
            let places = [format!("{folder}.rs"), format!("{folder}/mod.rs")];
            if let Some(file) = places.iter().find(|file| files.text(file).is_some()) {
                self.read(files, file, &folder, &declared)?;
            }
        }
        Ok(())
    }

    /// Collects what `tokens` of a module declare and name.
    fn scan(&mut self, tokens: TokenStream, file: &str, module: &[String]) {
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
                TokenTree::Group(group) => self.scan(group.stream(), file, module),
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
                            self.modules.insert(name.clone(), file.to_owned());
                            self.scan(group.stream(), file, &name);
                        }
                        _ => self.declared.push(name),
                    }
                }
                TokenTree::Ident(ident) if ident == "use" => {
                    let tree = tokens.by_ref().take_while(|token| token.to_string() != ";");
                    self.import(tree.collect(), file, module, &[], was_public);
                }
                TokenTree::Ident(ident) => {
                    let (span, mut path) = (ident.span(), vec![ident.to_string()]);
                    while tokens.next_if(is_double_colon).is_some() {
                        tokens.next();
                        let next = tokens.next_if(|token| matches!(token, TokenTree::Ident(_)));
                        path.extend(next.map(|ident| ident.to_string()));
                    }
                    if path.len() > 1 {
                        self.name(span, file, module, path);
                    }
                }
                _ => {}
            }
        }
    }

    /// The names that a tree of `use` brings, which begins with `before`.
    fn import(
        &mut self,
        tree: TokenStream,
        file: &str,
        module: &[String],
        before: &[String],
        public: bool,
    ) {
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
                        self.import(group.stream(), file, module, &path, public);
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
                self.name(first.span(), file, module, path);
            }
        }
    }

    fn name(&mut self, span: Span, file: &str, module: &[String], path: Names) {
        self.named.push(Named {
            file: file.to_owned(),
            line: span.start().line,
            module: module.to_vec(),
            path,
        });
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
