//! What the benchmarks have left, read back.

use std::{collections::BTreeSet, ffi::OsStr, fs, path::Path};

use anyhow::{Context, Result, ensure};
use report::{Chart, Section};

/// Every section in `folder`, in the order in which they are shown.
pub(crate) fn read(folder: &Path) -> Result<Vec<Section>> {
    let unreadable = || {
        format!(
            "cannot read {}: `cargo xtask bench` leaves there what it finds",
            folder.display()
        )
    };
    let mut sections = Vec::new();
    for entry in fs::read_dir(folder).with_context(unreadable)? {
        let file = entry.with_context(unreadable)?.path();
        if file.extension() == Some(OsStr::new("json")) {
            let named = || format!("{}", file.display());
            let text = fs::read_to_string(&file).with_context(named)?;
            let section: Section = serde_json::from_str(&text).with_context(named)?;
            check(&section).with_context(named)?;
            sections.push(section);
        }
    }
    ensure!(
        !sections.is_empty(),
        "nothing in {}: `cargo xtask bench` leaves there what it finds",
        folder.display()
    );
    sections.sort_by(|one, other| (one.place, &one.title).cmp(&(other.place, &other.title)));
    let mut names = BTreeSet::new();
    for chart in sections.iter().flat_map(|section| &section.charts) {
        let is_new = names.insert(&chart.name);
        ensure!(is_new, "two charts have the name {}", chart.name);
    }
    Ok(sections)
}

/// Fails if something could not be shown as it is meant.
fn check(section: &Section) -> Result<()> {
    for table in &section.tables {
        for row in &table.rows {
            ensure!(
                row.len() == table.head.len(),
                "in the table \"{}\" a row has {} cells, but the head {}",
                table.caption,
                row.len(),
                table.head.len()
            );
        }
    }
    section.charts.iter().try_for_each(check_chart)
}

fn check_chart(chart: &Chart) -> Result<()> {
    let is_plain = |c: char| c.is_ascii_alphanumeric() || c == '-';
    ensure!(
        !chart.name.is_empty() && chart.name.chars().all(is_plain),
        "the chart \"{}\" needs a name of letters, digits and hyphens",
        chart.name
    );
    ensure!(!chart.bars.is_empty(), "the chart {} is empty", chart.name);
    for bar in &chart.bars {
        ensure!(
            bar.value.is_finite() && bar.value >= 0.0,
            "in the chart {}, {} is {}: no bar can be as long as that",
            chart.name,
            bar.label,
            bar.value
        );
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use report::{Bar, Table};

    use super::*;

    fn section(place: u32, title: &str) -> Section {
        Section {
            place,
            title: title.to_owned(),
            ..Section::default()
        }
    }

    fn chart(name: &str, value: f64) -> Chart {
        Chart {
            name: name.to_owned(),
            title: "Title".to_owned(),
            unit: "ms".to_owned(),
            bars: vec![Bar {
                label: "Huihua".to_owned(),
                value,
                ours: true,
            }],
        }
    }

    #[test]
    fn sections_come_by_their_places_and_not_by_their_files() {
        let folder = tempfile::tempdir().unwrap();
        for (place, title, file) in [(30, "c", "1"), (5, "b", "2"), (5, "a", "3"), (10, "d", "4")] {
            section(place, title).leave(folder.path(), file).unwrap();
        }
        fs::write(folder.path().join("notes.txt"), "no section").unwrap();
        let sections = read(folder.path()).unwrap();
        let titles: Vec<_> = sections.iter().map(|section| &section.title).collect();
        assert_eq!(titles, ["a", "b", "d", "c"]);
    }

    #[test]
    fn nothing_to_show_is_an_error() {
        let folder = tempfile::tempdir().unwrap();
        let said = |folder: &Path| read(folder).unwrap_err().to_string();
        assert!(said(folder.path()).contains("cargo xtask bench"));
        assert!(said(&folder.path().join("gone")).contains("cargo xtask bench"));
    }

    #[test]
    fn what_is_no_section_is_named() {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join("half.json"), "{\"place\":").unwrap();
        let error = read(folder.path()).unwrap_err().to_string();
        assert!(error.ends_with("half.json"), "{error}");
    }

    #[test]
    fn a_row_has_as_many_cells_as_the_head() {
        let with = |row: &[&str]| Section {
            tables: vec![Table {
                caption: "Times".to_owned(),
                head: vec!["store".to_owned(), "ms".to_owned()],
                rows: vec![row.iter().map(|&cell| cell.to_owned()).collect()],
            }],
            ..Section::default()
        };
        assert!(check(&with(&["Redis", "1"])).is_ok());
        let error = check(&with(&["Redis"])).unwrap_err().to_string();
        assert!(error.contains("\"Times\" a row has 1 cells, but the head 2"));
    }

    #[test]
    fn a_chart_has_a_file_of_its_own_and_bars_that_can_be_drawn() {
        assert!(check_chart(&chart("load-1", 0.0)).is_ok());
        for name in ["", "../load", "load.svg", "a b"] {
            assert!(check_chart(&chart(name, 1.0)).is_err(), "{name}");
        }
        for value in [-1.0, f64::NAN, f64::INFINITY] {
            assert!(check_chart(&chart("load", value)).is_err(), "{value}");
        }

        let folder = tempfile::tempdir().unwrap();
        for file in ["one", "other"] {
            let charts = vec![chart("same", 1.0)];
            let section = Section {
                charts,
                ..section(1, file)
            };
            section.leave(folder.path(), file).unwrap();
        }
        let error = read(folder.path()).unwrap_err().to_string();
        assert_eq!(error, "two charts have the name same");
    }
}
