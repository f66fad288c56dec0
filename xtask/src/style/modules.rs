//! The modules of a crate, and what each file of it names of other modules and crates.

use std::collections::BTreeMap;

use anyhow::{Context, Result};
use proc_macro2::{Ident, Span, TokenStream, TokenTree};
use syn::{
    Attribute, Item, ItemMod, ItemUse, Macro, Path, UseTree, Visibility,
    visit::{self, Visit},
};

use super::files::Files;

/// Segments, from `crate` or the name of another crate on.
pub(super) type Names = Vec<String>;

/// A crate: a library or a program.
#[derive(Default)]
pub(super) struct Crate {
    /// The file of each module.
    modules: BTreeMap<Names, String>,
    named: Vec<Named>,
    /// What names that were imported stand for, and whether others see them.
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
        for (path, _) in files.rust().filter(|(path, _)| is_root(path)) {
            let mut this = Self::default();
            this.read(files, path, &["crate".to_owned()], true)?;
            all.push(this);
        }
        Ok(all)
    }

    /// What the files import, but for what they re-export.
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
        let ends = (1..=path.len()).rev();
        let mut splits = ends.map(|end| path.split_at(end));
        splits.find(|(module, _)| self.modules.contains_key(*module))
    }

    fn absolute(&self, module: &[String], path: &[String]) -> Names {
        let mut module = module.to_vec();
        let Some((first, rest)) = path.split_first() else {
            return module;
        };
        match first.as_str() {
            "crate" => path.to_vec(),
            "self" => [&module, rest].concat(),
            "super" => {
                module.pop();
                match rest.first().map(String::as_str) {
                    Some("super") => self.absolute(&module, rest),
                    _ => [&module, rest].concat(),
                }
            }
            _ => {
                let name = inner(&module, first);
                match self.imported.get(&name) {
                    _ if self.modules.contains_key(&name) => [&name, rest].concat(),
                    // `use other;` may name a crate of that name.
                    Some((target, _)) if target.first().is_some_and(|name| name != first) => {
                        [&self.absolute(&module, target), rest].concat()
                    }
                    _ => path.to_vec(),
                }
            }
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

    /// Reads the file of `module` and the modules that it declares; `owns_folder`: those are beside it.
    fn read(
        &mut self,
        files: &Files,
        file: &str,
        module: &[String],
        owns_folder: bool,
    ) -> Result<()> {
        let text = files.text(file).with_context(|| format!("no {file}"))?;
        let parsed = syn::parse_file(text).with_context(|| format!("{file} isn't Rust"))?;
        self.modules.insert(module.to_vec(), file.to_owned());
        let mut reader = Reader {
            of: self,
            file,
            module: module.to_vec(),
            declared: Vec::new(),
        };
        reader.visit_file(&parsed);
        let folder = match owns_folder {
            true => file.rsplit_once('/').map_or("", |(folder, _)| folder),
            false => file.trim_end_matches(".rs"),
        };
        for declared in reader.declared {
            let name = declared[module.len()..].join("/");
            let (beside, inside) = (
                format!("{folder}/{name}.rs"),
                format!("{folder}/{name}/mod.rs"),
            );
            if files.text(&beside).is_some() {
                self.read(files, &beside, &declared, false)?;
            } else if files.text(&inside).is_some() {
                self.read(files, &inside, &declared, true)?;
            }
            // Otherwise it is elsewhere by `#[path]`, and of several programs.
        }
        Ok(())
    }
}

/// What is called `name` in `module`.
fn inner(module: &[String], name: &str) -> Names {
    [module, &[name.to_owned()]].concat()
}

fn is_root(path: &str) -> bool {
    let mut parts = path.rsplit('/');
    let [name, folder, above] = [(); 3].map(|()| parts.next().unwrap_or_default());
    folder == "src" && (name == "lib.rs" || name == "main.rs") || folder == "bin" && above == "src"
}

fn is_test(attributes: &[Attribute]) -> bool {
    attributes.iter().any(|attribute| {
        let list = attribute.meta.require_list();
        list.is_ok_and(|list| list.path.is_ident("cfg") && list.tokens.to_string() == "test")
    })
}

/// Collects what a file names.
struct Reader<'a> {
    of: &'a mut Crate,
    file: &'a str,
    module: Names,
    /// Modules in files of their own.
    declared: Vec<Names>,
}

impl Reader<'_> {
    fn add(&mut self, span: Span, path: Names) {
        self.of.named.push(Named {
            file: self.file.to_owned(),
            line: span.start().line,
            module: self.module.clone(),
            path,
        });
    }

    /// The paths of `use`, and the names that they get.
    fn add_tree(&mut self, tree: &UseTree, before: &[String], re_exported: bool) {
        let (ident, name) = match tree {
            UseTree::Path(path) => {
                let before = inner(before, &path.ident.to_string());
                return self.add_tree(&path.tree, &before, re_exported);
            }
            UseTree::Group(group) => {
                for tree in &group.items {
                    self.add_tree(tree, before, re_exported);
                }
                return;
            }
            UseTree::Glob(glob) if !re_exported => {
                return self.add(glob.star_token.spans[0], before.to_vec());
            }
            UseTree::Name(name) => (&name.ident, &name.ident),
            UseTree::Rename(rename) => (&rename.ident, &rename.rename),
            _ => return,
        };
        let (mut path, mut name) = (before.to_vec(), name.to_string());
        match ident.to_string().as_str() {
            "self" if name == "self" => name = path.last().cloned().unwrap_or_default(),
            "self" => {}
            _ => path.push(ident.to_string()),
        }
        if !re_exported {
            self.add(ident.span(), path.clone());
        }
        let name = inner(&self.module, &name);
        self.of.imported.insert(name, (path, re_exported));
    }

    /// Paths in the tokens of a macro, which may be anything.
    fn add_tokens(&mut self, tokens: TokenStream) {
        let mut path: Vec<Ident> = Vec::new();
        let mut colons = 0;
        for token in tokens {
            match token {
                TokenTree::Punct(punct) if punct.as_char() == ':' && !path.is_empty() => {
                    colons += 1;
                    continue;
                }
                TokenTree::Ident(ident) if colons == 2 => path.push(ident),
                other => {
                    self.add_path(&path);
                    path.clear();
                    match other {
                        TokenTree::Ident(ident) => path.push(ident),
                        TokenTree::Group(group) => self.add_tokens(group.stream()),
                        _ => {}
                    }
                }
            }
            colons = 0;
        }
        self.add_path(&path);
    }

    fn add_path(&mut self, path: &[Ident]) {
        if let [first, _, ..] = path {
            self.add(first.span(), path.iter().map(Ident::to_string).collect());
        }
    }
}

impl<'ast> Visit<'ast> for Reader<'_> {
    fn visit_item(&mut self, item: &'ast Item) {
        let attributes = match item {
            Item::Fn(item) => &item.attrs,
            Item::Impl(item) => &item.attrs,
            Item::Mod(item) => &item.attrs,
            Item::Use(item) => &item.attrs,
            _ => return visit::visit_item(self, item),
        };
        if !is_test(attributes) {
            visit::visit_item(self, item);
        }
    }

    fn visit_item_mod(&mut self, item: &'ast ItemMod) {
        let module = inner(&self.module, &item.ident.to_string());
        if item.content.is_none() {
            return self.declared.push(module);
        }
        self.of.modules.insert(module.clone(), self.file.to_owned());
        let outer = std::mem::replace(&mut self.module, module);
        visit::visit_item_mod(self, item);
        self.module = outer;
    }

    fn visit_item_use(&mut self, item: &'ast ItemUse) {
        let re_exported = !matches!(item.vis, Visibility::Inherited);
        self.add_tree(&item.tree, &[], re_exported);
    }

    fn visit_path(&mut self, path: &'ast Path) {
        let idents: Vec<_> = path
            .segments
            .iter()
            .map(|segment| segment.ident.clone())
            .collect();
        self.add_path(&idents);
        visit::visit_path(self, path);
    }

    fn visit_macro(&mut self, call: &'ast Macro) {
        self.visit_path(&call.path);
        self.add_tokens(call.tokens.clone());
    }

    /// `pub(in crate::…)` imports nothing.
    fn visit_visibility(&mut self, _: &'ast Visibility) {}

    fn visit_attribute(&mut self, _: &'ast Attribute) {}
}
