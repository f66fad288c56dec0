use anyhow::Result;
use pulldown_cmark::{CodeBlockKind, Event, Parser, Tag, TagEnd};

use super::{
    files::Files,
    finding::{Finding, line_at},
    links::headings,
};

const ENGLISH: &str = "README.md";
const CHINESE: &str = "README.zh-CN.md";

/// Where the Chinese README has other headings, code blocks or commands than the English one.
pub(super) fn check(files: &Files) -> Result<Vec<Finding>> {
    let [english, chinese] = [ENGLISH, CHINESE].map(|path| files.text(path).unwrap_or_default());
    let mut findings = Vec::new();
    for of in [levels, commands] {
        let (english, chinese) = (of(english), of(chinese));
        let longest = english.len().max(chinese.len());
        let (mut one, mut other) = (english.iter(), chinese.iter());
        // After the first difference everything differs.
        for _ in 0..longest {
            let (one, other) = (one.next(), other.next());
            if one.map(|(what, _)| what) != other.map(|(what, _)| what) {
                findings.push(different(one, other));
                break;
            }
        }
    }
    Ok(findings)
}

type Place = (String, usize);

fn different(english: Option<&Place>, chinese: Option<&Place>) -> Finding {
    let shown = |place: Option<&Place>| {
        place.map_or("nothing more".to_owned(), |(what, line)| {
            format!("{what} (line {line})")
        })
    };
    let line = chinese.map_or(0, |(_, line)| *line);
    let what = format!("{}, where {ENGLISH} has {}", shown(chinese), shown(english));
    Finding::new(CHINESE, line, what)
}

fn levels(text: &str) -> Vec<Place> {
    let headings = headings(text).into_iter();
    headings
        .map(|(level, _, line)| (format!("a heading of level {level}"), line))
        .collect()
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
                let commands = code
                    .lines()
                    .map(|line| line.split(" #").next().unwrap_or(line).trim());
                let commands =
                    commands.filter(|command| !command.is_empty() && !command.starts_with('#'));
                found.extend(commands.map(|command| (format!("`{command}`"), line)));
            }
            _ => {}
        }
    }
    found
}
