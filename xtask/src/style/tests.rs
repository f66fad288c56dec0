//! Each check on small files that break its rule.

use super::*;

fn found(check: Check, texts: &[(&str, &str)]) -> Vec<String> {
    check(&Files::of(texts)).unwrap()
}

#[test]
fn lines_are_counted_without_tests() {
    let long = "\n".repeat(5500);
    let at = |path| found(lines::tooling, &[(path, &long)]);
    assert_eq!(at("xtask/src/main.rs"), ["5500 lines, below 5500"]);
    assert!(at("xtask/src/style/tests.rs").is_empty());
    assert!(at("xtask/tests/main.rs").is_empty());
    assert!(at("src/lib.rs").is_empty());
    let long = "\n".repeat(31_000);
    assert_eq!(found(lines::all, &[("src/lib.rs", &long)]).len(), 1);
    assert!(found(lines::all, &[("end2end/a.rs", &long)]).is_empty());
}

#[test]
fn a_long_file_is_found() {
    let texts = [330, 331].map(|lines| "\n".repeat(lines));
    let files = [("src/fine.rs", &*texts[0]), ("src/long.rs", &*texts[1])];
    let long = found(lines::each, &files);
    assert_eq!(long, ["src/long.rs: 331 lines, at most 330"]);
}

/// The imports that are in circles, in a crate of these modules.
fn circles(modules: &[(&str, &str)]) -> Vec<String> {
    let declared = modules.iter().map(|(name, _)| format!("mod {name};\n"));
    let root: String = declared.collect();
    let files: Vec<_> =
        modules.iter().map(|(name, text)| (format!("src/{name}.rs"), *text)).collect();
    let mut texts: Vec<_> = files.iter().map(|(path, text)| (&**path, *text)).collect();
    texts.push(("src/lib.rs", &root));
    found(circles::check, &texts)
}

#[test]
fn a_circle_is_found_with_its_lines() {
    let found = circles(&[
        ("a", "use crate::b::B;\n"),
        ("b", "\nuse super::c::C;\n"),
        ("c", "fn c() {\n    crate::a::a();\n}\n"),
        ("d", "use crate::a::A;\n"),
    ]);
    let again = "which imports it again (a circle of 3 files)";
    let expected = [
        format!("src/a.rs:1: imports src/b.rs, {again}"),
        format!("src/b.rs:2: imports src/c.rs, {again}"),
        format!("src/c.rs:2: imports src/a.rs, {again}"),
    ];
    assert_eq!(found, expected);
}

#[test]
fn circles_hide_in_no_macro_group_or_alias() {
    let user = "use crate::a::A;\n";
    for other in [
        "fn a() { view! { <p>{ crate::b::b() }</p> } }",
        "use crate::{b::{self, B}};",
        "use super::b as c;\nfn a() { c::b(); }",
        "mod inner { use super::super::b::B; }",
        "use crate::b::*;",
        "fn a() { use crate::{c, b::{B as C}}; }",
        "fn a() -> Vec<crate::b::B> { Vec::<u8>::new() }",
    ] {
        assert_eq!(circles(&[("a", other), ("b", user)]).len(), 2, "{other}");
    }
}

#[test]
fn modules_re_exports_and_tests_are_no_circle() {
    let user = "use crate::a::A;\n";
    for other in [
        "pub use crate::b::B;",
        "pub(crate) use super::b::B;",
        "#[cfg(test)]\nmod tests { use crate::b::B; }",
        "pub(in crate::b) fn a() {}",
        "// use crate::b::B;\nuse http::b::B;",
        "struct A { b: B, c: ::b::B }",
    ] {
        assert_eq!(circles(&[("a", other), ("b", user)]), [""; 0], "{other}");
    }
}

#[test]
fn what_is_re_exported_leads_to_where_it_is() {
    let files = [
        ("src/lib.rs", "mod a;\npub mod b;\npub use b::B;\n"),
        ("src/a.rs", "use crate::B;\n"),
        ("src/b.rs", "use crate::a::A;\n"),
    ];
    assert_eq!(found(circles::check, &files).len(), 2);
}

#[test]
fn files_below_others_are_read() {
    let files = [
        ("src/main.rs", "mod a;\nmod c;\n"),
        ("src/a.rs", "mod b;\nuse b::B;\n"),
        ("src/a/b.rs", "use super::A;\n"),
        ("src/c/mod.rs", "mod d;\nfn c() { d::d() }\n"),
        ("src/c/d.rs", "use super::C;\n"),
    ];
    assert_eq!(found(circles::check, &files).len(), 4);
}

#[test]
fn forbidden_imports_are_found() {
    let files = [
        (
            "src/lib.rs",
            "mod settings;\npub use settings::Settings;\nmod engine;\nmod unit_of_work;\n",
        ),
        ("src/settings.rs", "use crate::engine::db::Db;\n"),
        ("src/engine.rs", "mod db;\n"),
        ("src/engine/db.rs", "\nuse crate::{Settings, key::Key};\n"),
        ("src/unit_of_work.rs", "fn status() -> http::StatusCode {}\n"),
        (
            "crates/admin/src/lib.rs",
            "use axum::Router;\nuse leptos::prelude::*;\nuse leptosy::Own;\n",
        ),
        ("app/src/lib.rs", "use huihua::{Db, Engine, engine::cache::Cache};\n"),
    ];
    let expected = [
        "app/src/lib.rs:1: must not import huihua::Db",
        "app/src/lib.rs:1: must not import huihua::engine",
        "crates/admin/src/lib.rs:1: must not import axum",
        "crates/admin/src/lib.rs:2: must not import leptos",
        "src/engine/db.rs:2: must not import crate::settings",
        "src/unit_of_work.rs:1: must not import http",
    ];
    assert_eq!(found(imports::check, &files), expected);
}

#[test]
fn old_names_are_found_in_code() {
    let text = "// A mould in prose.\nfn f(mould: Mould) { \"Outage\"; Moulds; }\nstruct Mould;\n";
    let expected = ["src/a.rs:2: Mould is cached_view now", "src/a.rs:2: mould is cached_view now"];
    assert_eq!(found(names::check, &[("src/a.rs", text)]), expected);
}

#[test]
fn links_that_lead_nowhere_are_found() {
    let readme = "# One, two: `three` 会话\n\n# Again\n\n# Again\n\n\
        [a](docs/a.md) [b](#one-two-three-会话) [c](#again-1) [d](https://example.org/x)\n\n\
        [e](docs/b.md)\n\n[f](#again-2) ![g](g.svg)\n\n<img src=\"h.png\">\n\n`[i](i.md)`\n";
    let files = [
        ("README.md", readme),
        ("docs/a.md", "[up](../README.md#again), [other](../README.md#gone)\n"),
    ];
    let expected = [
        "README.md:9: docs/b.md: no such file",
        "README.md:11: #again-2: no such heading",
        "README.md:11: g.svg: no such file",
        "README.md:13: h.png: no such file",
        "docs/a.md:1: ../README.md#gone: no such heading",
    ];
    assert_eq!(found(links::check, &files), expected);
}

#[test]
fn readmes_have_the_same_headings_and_commands() {
    let english = "# A\n\n## B\n\n```sh\ncargo run   # runs\n```\n\n```rust\nlet a = 1;\n```\n";
    let readmes = |chinese: &str| {
        found(readmes::check, &[("README.md", english), ("README.zh-CN.md", chinese)])
    };
    let same = "# 甲\n\n## 乙\n\n```sh\ncargo run # 运行\n```\n\n```rust\nlet a = 2;\n```\n";
    assert_eq!(readmes(same), [""; 0]);
    assert_eq!(
        readmes(&same.replace("## 乙", "### 乙")),
        ["README.zh-CN.md:3: a heading of level 3, where README.md has a heading of level 2"]
    );
    assert_eq!(
        readmes(&same.replace("cargo run", "cargo test")),
        ["README.zh-CN.md:6: `cargo test`, where README.md has `cargo run`"]
    );
    assert_eq!(readmes("# 甲\n\n## 乙\n").len(), 1);
}
