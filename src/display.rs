//! Shows to people, on pages and terminals, what visitors have typed.

use std::{borrow::Cow, iter};

use serde_json::Value;

use crate::json::{end_of_string, members, whole};

/// Escapes, as JSON does, every character that a terminal would follow instead of showing it.
pub fn for_terminals(text: &str) -> String {
    let mut shown = String::with_capacity(text.len());
    for character in text.chars() {
        if commands_a_terminal(character) {
            shown.push_str(&format!("\\u{:04x}", u32::from(character)))
        } else {
            shown.push(character)
        }
    }
    shown
}

/// Control characters, and those that change the direction of what stands around them.
fn commands_a_terminal(character: char) -> bool {
    let turns = matches!(character,
        '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
    character.is_control() || turns
}

/// Deeper than this, one value is one line: else indentation would grow by the square of what there is.
const LINES_WITHIN: usize = 16;

/// JSON laid out for people: on several lines, what is nested deep on one, and text as one reads it.
/// Python's own numbers, such as `NaN`, stay as they stand.
pub fn pretty_json(json: &str) -> String {
    lay_out(json, LINES_WITHIN, readable)
}

/// An object as everybody's JSON: Python's own numbers become text, and half of a surrogate pair a sign.
pub(crate) fn standard_text(json: &str) -> Option<String> {
    members(json)?;
    Some(lay_out(json, 0, |value| match value {
        "NaN" | "Infinity" | "-Infinity" => format!("\"{value}\"").into(),
        value => whole(value),
    }))
}

/// `json` with every name and value as `leaf` says, those nested no deeper than `lines_within` on lines of
/// their own. It doesn't recurse, so what is nested as deep as it is long is read too.
fn lay_out(json: &str, lines_within: usize, leaf: fn(&str) -> Cow<'_, str>) -> String {
    let mut text = String::with_capacity(json.len());
    let break_line = |text: &mut String, inside: usize, depth: usize| {
        if inside <= lines_within {
            text.push('\n');
            text.extend(iter::repeat_n("  ", depth));
        }
    };
    let (mut depth, mut is_empty) = (0_usize, false);
    let mut rest = json.trim_start();
    while let Some(first) = rest.chars().next() {
        let end = match first {
            '"' => end_of_string(rest),
            '{' | '}' | '[' | ']' | ',' | ':' => 1,
            _ => rest.find(ends_a_word).unwrap_or(rest.len()),
        };
        let (token, after) = rest.split_at(end);
        rest = after.trim_start();
        match first {
            '{' | '[' => {
                text.push(first);
                depth += 1;
                is_empty = rest.starts_with(['}', ']']);
                if !is_empty {
                    break_line(&mut text, depth, depth);
                }
            }
            '}' | ']' => {
                depth = depth.saturating_sub(1);
                if !is_empty {
                    break_line(&mut text, depth + 1, depth);
                }
                is_empty = false;
                text.push(first);
            }
            ',' => {
                text.push(',');
                break_line(&mut text, depth, depth);
            }
            ':' => text.push_str(if lines_within > 0 { ": " } else { ":" }),
            _ => text.push_str(&leaf(token)),
        }
    }
    text
}

fn ends_a_word(character: char) -> bool {
    matches!(character, '{' | '}' | '[' | ']' | ',' | ':' | '"') || character.is_ascii_whitespace()
}

/// Text without the escapes that nobody needs; everything else as it stands.
fn readable(json: &str) -> Cow<'_, str> {
    let text = serde_json::from_str::<String>(json).map(|text| Value::from(text).to_string());
    for_terminals(text.as_deref().unwrap_or(json)).into()
}

#[cfg(test)]
mod tests;
