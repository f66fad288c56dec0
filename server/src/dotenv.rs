//! The file `.env`: a `NAME=value` a line, without substitutions or escapes.
//!
//! Secrets are in it, and Django's have `$` and `#` in them. So a value is taken as it is written,
//! without the quotes around it if there are some, and an error names the line instead of showing it.

use std::{
    collections::HashMap,
    fs,
    io::{self, Read as _},
    sync::mpsc,
    thread,
    time::Duration,
};

const FILE: &str = ".env";
/// Its largest size in bytes.
const MAX_BYTES: u64 = 1 << 20;
/// The time for reading a pipe, as secrets' managers make it.
const READ_TIMEOUT: Duration = Duration::from_secs(5);

/// The variables of the `.env` in the working directory, none without that file; or why it can't be
/// read or understood, for people.
pub(crate) fn read() -> Result<HashMap<String, String>, String> {
    match read_in_time() {
        Ok(bytes) => parse(&bytes),
        // A link that leads nowhere is there, but not what it names.
        Err(error)
            if error.kind() == io::ErrorKind::NotFound && fs::symlink_metadata(FILE).is_err() =>
        {
            Ok(HashMap::new())
        }
        Err(error) => Err(format!("{FILE} can't be read: {error}")),
    }
}

/// Reads it in a thread: a pipe into which nobody writes blocks its reader.
fn read_in_time() -> io::Result<Vec<u8>> {
    let (sender, read) = mpsc::channel();
    thread::spawn(move || {
        let mut bytes = Vec::new();
        let read = fs::File::open(FILE)
            .and_then(|file| file.take(MAX_BYTES + 1).read_to_end(&mut bytes))
            .map(|_| bytes);
        // After the timeout nobody waits for it.
        let _ = sender.send(read);
    });
    let late = io::Error::other("it is a pipe into which nobody writes in time");
    let bytes = read.recv_timeout(READ_TIMEOUT).unwrap_or(Err(late))?;
    if bytes.len() as u64 > MAX_BYTES {
        Err(io::Error::other("it is larger than 1 MiB"))
    } else {
        Ok(bytes)
    }
}

/// Of several lines with one name the last holds, as in a shell.
fn parse(bytes: &[u8]) -> Result<HashMap<String, String>, String> {
    let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    let mut variables = HashMap::new();
    for (line, number) in bytes.split(|byte| *byte == b'\n').zip(1..) {
        let read = match std::str::from_utf8(line) {
            Ok(line) => variable(line.trim_ascii()),
            Err(_) => Err("isn't UTF-8"),
        };
        let read = read.map_err(|why| format!("{FILE}, line {number}: {why}"))?;
        variables.extend(read.map(|(name, value)| (name.to_owned(), value.to_owned())));
    }
    Ok(variables)
}

/// `None`: a comment, or an empty line.
fn variable(line: &str) -> Result<Option<(&str, &str)>, &'static str> {
    if line.is_empty() || line.starts_with('#') {
        return Ok(None);
    }
    if line.contains(|sign: char| sign.is_control() && sign != '\t') {
        return Err("has a control character");
    }
    let (name, value) = line.split_once('=').ok_or("write NAME=value")?;
    let name = match name.strip_prefix("export") {
        Some(exported) if exported.starts_with([' ', '\t']) => exported,
        _ => name,
    };
    let name = name.trim_ascii();
    let begins_well = name.starts_with(|sign: char| sign.is_ascii_alphabetic() || sign == '_');
    if !begins_well
        || name.contains(|sign: char| !sign.is_ascii_alphanumeric() && !"_.".contains(sign))
    {
        return Err("a name has letters, digits and _, and begins with no digit");
    }
    let value = value.trim_ascii();
    let value = match value.chars().next() {
        Some(quote @ ('"' | '\'')) => value[1..].strip_suffix(quote).ok_or(
            "a value that begins with a quote has to end with the same one, and a comment has a line \
             of its own",
        )?,
        _ => value,
    };
    Ok(Some((name, value)))
}

#[cfg(test)]
mod tests;
