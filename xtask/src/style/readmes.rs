//! The first heading, and the first code block or command, in which the READMEs differ.

use anyhow::Result;
use pulldown_cmark::{CodeBlockKind, Event, Parser, Tag, TagEnd};

use super::{
    files::Files,
    finding::{at, line_at},
    links::headings,
};

const ENGLISH: &str = "README.md";
const CHINESE: &str = "README.zh-CN.md";

pub(super) fn check(files: &Files) -> Result<Vec<String>> {
    let [english, chinese] = [ENGLISH, CHINESE].map(|path| files.text(path).unwrap_or_default());
    let mut findings = Vec::new();
    for of in [levels, commands] {
        let [english, chinese] = [english, chinese].map(|text| {
            let end = ("nothing more".to_owned(), text.lines().count());
            of(text).into_iter().chain([end])
        });
        let mut pairs = english.zip(chinese);
        if let Some(((one, _), (other, line))) = pairs.find(|((one, _), (other, _))| one != other) {
            let what = format!("{other}, where {ENGLISH} has {one}");
            findings.push(at(CHINESE, line, what));
        }
    }
    Ok(findings)
}

/// A heading, a code block or a command, and its line.
type Place = (String, usize);

fn levels(text: &str) -> Vec<Place> {
    let headings = headings(text).into_iter();
    let levels = headings.map(|(level, _, line)| (format!("a heading of level {level}"), line));
    levels.collect()
}

/// The language of each code block, and the commands in those of the shell without their comments.
fn commands(text: &str) -> Vec<Place> {
    let mut found = Vec::new();
    let mut in_shell = false;
    for (event, range) in Parser::new(text).into_offset_iter() {
        let line = line_at(text, range.start);
        match event {
            Event::Start(Tag::CodeBlock(CodeBlockKind::Fenced(language))) => {
                in_shell = matches!(&*language, "sh" | "bash" | "console");
                found.push((format!("a code block of {language}"), line));
            }
            Event::End(TagEnd::CodeBlock) => in_shell = false,
            Event::Text(code) if in_shell => {
                for command in code.lines() {
                    let command = command.split(" #").next().unwrap_or(command).trim();
                    if !command.is_empty() && !command.starts_with('#') {
                        found.push((format!("`{command}`"), line));
                    }
                }
            }
            _ => {}
        }
    }
    found
}
