//! The page as Markdown.

use std::collections::BTreeMap;

use super::chart;
use crate::section::{Aim, Section};

/// The folder of charts, beside the page.
pub(super) const CHARTS: &str = "benchmarks";
const HEADING: &str = "\n## ";

/// The template with sections in place of `{{name}}` and facts in place of `{name}`. What stands under a
/// heading goes with it where its section wasn't measured.
pub(super) fn page(template: &str, mut sections: BTreeMap<String, Section>) -> String {
    let name = |part: &str| {
        let (_, rest) = part.split_once("{{")?;
        Some(rest.split_once("}}")?.0.to_owned())
    };
    let mut aims = Section::default();
    let mut rows = Vec::new();
    for part in template.split(HEADING) {
        let title = part.lines().next().unwrap_or_default();
        let section = name(part).and_then(|name| sections.get(&name));
        for Aim { aim, measured, met } in section.into_iter().flat_map(|section| &section.aims) {
            rows.push([title.to_owned(), aim.clone(), measured.clone(), mark(*met)]);
        }
    }
    aims.table("", ["", "aim", "reached", "met"], rows);
    sections.insert("aims".to_owned(), aims);

    let mut parts = Vec::new();
    for part in template.split(HEADING) {
        let Some(name) = name(part) else {
            parts.push(part.trim().to_owned());
            continue;
        };
        if let Some(section) = sections.get(&name) {
            let mut part = part.replace(&format!("{{{{{name}}}}}"), &shown(section));
            for (name, value) in &section.facts {
                part = part.replace(&format!("{{{name}}}"), value);
            }
            parts.push(part.trim().to_owned());
        }
    }
    parts.join(&format!("\n{HEADING}")) + "\n"
}

fn shown(section: &Section) -> String {
    let mut blocks = Vec::new();
    let aims = section.aims.iter();
    let aims = aims.map(|aim| vec![aim.aim.clone(), aim.measured.clone(), mark(aim.met)]);
    let aims: Vec<_> = aims.collect();
    if !aims.is_empty() {
        blocks.push(grid(&["aim", "reached", "met"], &aims));
    }
    for chart in &section.charts {
        let said = format!("{}. {}.", chart.title, chart::said(chart)).replace('_', r"\_");
        blocks.push(format!("![{said}]({CHARTS}/{}.svg)", chart.name));
    }
    for table in &section.tables {
        if !table.caption.is_empty() {
            blocks.push(format!("{}:", table.caption));
        }
        let head: Vec<_> = table.head.iter().map(String::as_str).collect();
        blocks.push(grid(&head, &table.rows));
    }
    blocks.join("\n\n")
}

fn mark(met: bool) -> String {
    if met { "✓" } else { "✗" }.to_owned()
}

/// A Markdown table, with numbers to the right.
fn grid(head: &[&str], rows: &[Vec<String>]) -> String {
    let rules = (0..head.len()).map(|column| {
        let mut cells = rows.iter().filter_map(|row| row.get(column));
        match column > 0 && cells.all(|cell| is_number(cell)) {
            true => "---:",
            false => "---",
        }
    });
    let rules: Vec<_> = rules.collect();
    let mut lines = vec![head.join(" | "), rules.join(" | ")];
    lines.extend(rows.iter().map(|row| row.join(" | ")));
    lines
        .iter()
        .map(|line| format!("| {line} |\n"))
        .collect::<String>()
        .trim_end()
        .to_owned()
}

/// A number with or without its unit, and no version; an empty cell doesn't speak against it.
fn is_number(cell: &str) -> bool {
    let first = cell.trim_start_matches('-').chars().next();
    cell.matches('.').count() <= 1 && first.is_none_or(|c| c.is_ascii_digit())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_section_stands_under_its_heading_and_its_aims_above() {
        let mut load = Section::default();
        load.fact("cores", 2);
        load.aim("fast".to_owned(), "3 times".to_owned(), false);
        load.table(
            "Rates",
            ["who", "a second"],
            vec![["Redis".to_owned(), "1,234".to_owned()]],
        );
        let template = "# Page\n\n## Aims\n\n{{aims}}\n\n## Load\n\nOn {cores}.\n\n{{load}}\n\n\
            ## Gone\n\n{{gone}}\n";
        let expected = "# Page\n\n## Aims\n\n\
            |  | aim | reached | met |\n| --- | --- | ---: | --- |\n| Load | fast | 3 times | ✗ |\n\n\
            ## Load\n\nOn 2.\n\n\
            | aim | reached | met |\n| --- | ---: | --- |\n| fast | 3 times | ✗ |\n\n\
            Rates:\n\n| who | a second |\n| --- | ---: |\n| Redis | 1,234 |\n";
        assert_eq!(
            page(template, BTreeMap::from([("load".to_owned(), load)])),
            expected
        );
    }
}
