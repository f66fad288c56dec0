use std::{collections::HashMap, fs, path::PathBuf};

/// What stands for `${NAME}`.
pub(crate) type Values = HashMap<&'static str, String>;

/// The folder of the files that an operator begins with.
pub(crate) fn folder() -> PathBuf {
    PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../../deploy"))
}

/// The file called `name` there, with `values` in place of names, as `fill.sh` does it.
pub(crate) fn filled(name: &str, values: &Values) -> String {
    let file = folder().join(name);
    let text = fs::read_to_string(&file).unwrap_or_else(|error| panic!("{file:?}: {error}"));
    let mut parts = text.split("${");
    let mut filled = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let (name, rest) = part.split_once('}').unwrap();
        let value = values.get(name);
        filled += value.unwrap_or_else(|| panic!("{file:?} asks for {name}"));
        filled += rest;
    }
    filled
}

/// The variables in a filled file of `NAME=text`, as systemd reads it.
pub(crate) fn variables(text: &str) -> Vec<(String, String)> {
    let lines = text.lines().filter(|line| !line.starts_with('#'));
    lines
        .filter_map(|line| line.split_once('='))
        .map(|(name, text)| (name.to_owned(), text.trim_matches('"').to_owned()))
        .collect()
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    /// Names in `${…}` of every file there.
    fn asked() -> HashSet<String> {
        let files = fs::read_dir(folder()).unwrap().map(|entry| entry.unwrap().path());
        let texts = files
            .filter(|file| !file.ends_with("fill.sh") && !file.ends_with("values.env"))
            .map(|file| fs::read_to_string(file).unwrap());
        let names = |text: String| {
            let parts = text.split("${").skip(1);
            parts.map(|part| part.split('}').next().unwrap().to_owned()).collect::<Vec<_>>()
        };
        texts.flat_map(names).collect()
    }

    /// A unit that ends five times in ten seconds is given up by systemd, unless it says otherwise.
    #[test]
    fn the_unit_waits_for_its_database_however_late_it_comes() {
        let unit = fs::read_to_string(folder().join("huihua@.service")).unwrap();
        let (of_unit, of_service) = unit.split_once("[Service]").unwrap();
        assert!(of_unit.lines().any(|line| line == "StartLimitIntervalSec=0"));
        assert!(of_service.lines().any(|line| line == "Restart=always"));
    }

    #[test]
    fn values_has_what_the_files_ask_for_and_no_more() {
        let values = fs::read_to_string(folder().join("values.env")).unwrap();
        let told: HashSet<_> = variables(&values).into_iter().map(|(name, _)| name).collect();
        assert_eq!(told, asked());
    }
}
