//! Links and pictures of Markdown files that lead to no file of the repository, or to no heading of it.

use std::collections::HashMap;

use anyhow::Result;
use pulldown_cmark::{Event, Options, Parser, Tag, TagEnd};

use super::{
    files::Files,
    finding::{at, line_at},
};

pub(super) fn check(files: &Files) -> Result<Vec<String>> {
    let mut findings = Vec::new();
    for (path, text) in files.ending(".md") {
        for (target, line) in targets(text) {
            let is_elsewhere = target.contains("://") || target.starts_with("mailto:");
            if !is_elsewhere && let Some(what) = broken(files, path, &target) {
                findings.push(at(path, line, format!("{target}: {what}")));
            }
        }
    }
    Ok(findings)
}

/// The fault of a link in the file `from`.
fn broken(files: &Files, from: &str, target: &str) -> Option<String> {
    let (path, anchor) = target.split_once('#').unwrap_or((target, ""));
    let file = joined(from, path);
    let Some(text) = files.text(&file) else {
        return Some("no such file".to_owned());
    };
    let is_known = || anchors(text).iter().any(|known| known == anchor);
    let is_broken = !anchor.is_empty() && file.ends_with(".md") && !is_known();
    is_broken.then(|| "no such heading".to_owned())
}

/// `path`, as it is meant in the file `from`.
fn joined(from: &str, path: &str) -> String {
    if path.is_empty() {
        return from.to_owned();
    }
    let mut parts: Vec<_> = from.split('/').collect();
    parts.pop();
    for part in path.split('/') {
        match part {
            "." | "" => {}
            ".." => drop(parts.pop()),
            part => parts.push(part),
        }
    }
    parts.join("/")
}

/// The targets of links, pictures and HTML attributes, and the line of each.
fn targets(text: &str) -> Vec<(String, usize)> {
    let mut found = Vec::new();
    for (event, range) in Parser::new_ext(text, Options::ENABLE_TABLES).into_offset_iter() {
        let line = line_at(text, range.start);
        match event {
            Event::Start(Tag::Link { dest_url, .. } | Tag::Image { dest_url, .. }) => {
                found.push((dest_url.into_string(), line));
            }
            Event::Html(html) | Event::InlineHtml(html) => {
                for attribute in ["href=\"", "src=\"", "srcset=\""] {
                    let values = html.split(attribute).skip(1);
                    let values = values.filter_map(|rest| rest.split('"').next());
                    found.extend(values.map(|value| (value.to_owned(), line)));
                }
            }
            _ => {}
        }
    }
    found
}

/// The anchors that GitHub gives to the headings.
fn anchors(text: &str) -> Vec<String> {
    let mut seen = HashMap::new();
    let anchors = headings(text).into_iter().map(|(_, heading, _)| {
        let kept = heading.to_lowercase().replace(' ', "-");
        let slug = kept.replace(|c: char| !(c.is_alphanumeric() || "-_".contains(c)), "");
        let times = seen.entry(slug.clone()).or_insert(0);
        *times += 1;
        match *times {
            1 => slug,
            times => format!("{slug}-{}", times - 1),
        }
    });
    anchors.collect()
}

/// The level, text and line of each heading.
pub(super) fn headings(text: &str) -> Vec<(usize, String, usize)> {
    let mut found = Vec::new();
    let mut inside = false;
    for (event, range) in Parser::new_ext(text, Options::ENABLE_TABLES).into_offset_iter() {
        match event {
            Event::Start(Tag::Heading { level, .. }) => {
                let line = line_at(text, range.start);
                found.push((level as usize, String::new(), line));
                inside = true;
            }
            Event::End(TagEnd::Heading(_)) => inside = false,
            Event::Text(words) | Event::Code(words) if inside => {
                if let Some((_, heading, _)) = found.last_mut() {
                    heading.push_str(&words);
                }
            }
            _ => {}
        }
    }
    found
}
