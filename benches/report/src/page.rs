//! `docs/benchmarks.md`.

use report::{Aim, Chart, Section, Table};

use crate::{
    CHARTS, chart,
    escaped::{alt, cell},
};

/// What is said of the whole run.
pub(crate) struct Facts {
    pub(crate) quick: bool,
    pub(crate) machine: Vec<(String, String)>,
    pub(crate) versions: Vec<(String, String)>,
}

/// The whole page, of sections in their order.
pub(crate) fn page(sections: &[Section], facts: &Facts) -> String {
    let mut blocks = head(facts);
    blocks.push("## Aims".to_owned());
    blocks.push(all_aims(sections));
    blocks.extend(sections.iter().flat_map(section));
    blocks.join("\n\n") + "\n"
}

fn head(facts: &Facts) -> Vec<String> {
    let mut blocks = vec![
        "# Benchmarks".to_owned(),
        "What this project measures of itself, beside what would be used in its place. `cargo xtask \
         bench` makes this page again: it installs what is missing, builds the site and measures \
         everything. `cargo xtask bench --quick` measures for minutes only, and `--only NAME` measures \
         one part again."
            .to_owned(),
        "All figures are of one machine, whose cores were shared by what is measured and what \
         measures it. Compare them with each other: the ratios are what counts, and on another \
         machine each figure is another."
            .to_owned(),
    ];
    if facts.quick {
        blocks.push(
            "**This is a quick run:** everything is measured for a short time and once, and some of \
             it not at all. Single figures may be far off."
                .to_owned(),
        );
    }
    let sides = [
        ("The machine", &facts.machine),
        ("The versions", &facts.versions),
    ];
    for (title, facts) in sides {
        if !facts.is_empty() {
            let rows: Vec<_> = facts
                .iter()
                .map(|(name, value)| vec![name.clone(), value.clone()])
                .collect();
            blocks.push(format!("## {title}"));
            blocks.push(grid(&["", ""], &rows));
        }
    }
    blocks
}

fn all_aims(sections: &[Section]) -> String {
    let rows: Vec<_> = sections
        .iter()
        .flat_map(|section| {
            let of_section = |aim| {
                let mut row = vec![section.title.clone()];
                row.extend(aim_row(aim));
                row
            };
            section.aims.iter().map(of_section)
        })
        .collect();
    if rows.is_empty() {
        return "None was measured.".to_owned();
    }
    grid(&["", "aim", "reached", "met"], &rows)
}

fn section(section: &Section) -> Vec<String> {
    let mut blocks = vec![format!("## {}", section.title)];
    blocks.push(section.text.trim().to_owned());
    if !section.commands.is_empty() {
        blocks.push(format!("```sh\n{}\n```", section.commands.join("\n")));
    }
    if !section.aims.is_empty() {
        let rows: Vec<_> = section.aims.iter().map(aim_row).collect();
        blocks.push(grid(&["aim", "reached", "met"], &rows));
    }
    blocks.extend(section.charts.iter().map(image));
    blocks.extend(section.tables.iter().flat_map(table));
    blocks.retain(|block| !block.is_empty());
    blocks
}

fn aim_row(aim: &Aim) -> Vec<String> {
    let met = if aim.met { "✓" } else { "✗" };
    vec![aim.aim.clone(), aim.measured.clone(), met.to_owned()]
}

fn image(chart: &Chart) -> String {
    let said = format!("{}. {}", chart.title, chart::description(chart));
    format!("![{}]({CHARTS}/{}.svg)", alt(&said), chart.name)
}

fn table(table: &Table) -> [String; 2] {
    let caption = match table.caption.trim() {
        "" => String::new(),
        caption => format!("{caption}:"),
    };
    [caption, grid(&table.head, &table.rows)]
}

/// A Markdown table, with numbers to the right.
fn grid(head: &[impl AsRef<str>], rows: &[Vec<String>]) -> String {
    let line = |cells: Vec<String>| format!("| {} |", cells.join(" | "));
    let is_numeric = |column: usize| {
        let mut cells = rows.iter().filter_map(|row| row.get(column));
        column > 0 && !rows.is_empty() && cells.all(|cell| is_number(cell))
    };
    let rules = (0..head.len()).map(|column| match is_numeric(column) {
        true => "---:".to_owned(),
        false => "---".to_owned(),
    });
    let mut lines = vec![
        line(head.iter().map(|name| cell(name.as_ref())).collect()),
        line(rules.collect()),
    ];
    lines.extend(
        rows.iter()
            .map(|row| line(row.iter().map(|text| cell(text)).collect())),
    );
    lines.join("\n")
}

/// A number with or without its unit, and no version; an empty cell doesn't speak against it.
fn is_number(cell: &str) -> bool {
    if cell.matches('.').count() > 1 {
        return false;
    }
    let cell = cell.trim_start_matches(['-', '−', '+', '<', '~', '≈', ' ']);
    cell.chars().next().is_none_or(|c| c.is_ascii_digit())
}

#[cfg(test)]
mod tests {
    use report::Bar;

    use super::*;

    fn facts() -> Facts {
        Facts {
            quick: false,
            machine: vec![("Cores".to_owned(), "2".to_owned())],
            versions: Vec::new(),
        }
    }

    fn full() -> Section {
        Section {
            place: 10,
            title: "Greeting".to_owned(),
            text: "Requests a second.\n".to_owned(),
            commands: vec!["cargo xtask bench --only load".to_owned()],
            aims: vec![
                Aim {
                    aim: "fast|er".to_owned(),
                    measured: "3 times".to_owned(),
                    met: true,
                },
                Aim {
                    aim: "small".to_owned(),
                    measured: "9 GB".to_owned(),
                    met: false,
                },
            ],
            tables: vec![Table {
                caption: "Rates".to_owned(),
                head: vec!["who".to_owned(), "a second".to_owned()],
                rows: vec![vec!["a|b".to_owned(), "1,234".to_owned()]],
            }],
            charts: vec![Chart {
                name: "load-greeting".to_owned(),
                title: "Greeting [page]".to_owned(),
                unit: "a second".to_owned(),
                bars: vec![Bar {
                    label: "Huihua".to_owned(),
                    value: 1234.0,
                    ours: true,
                }],
            }],
        }
    }

    #[test]
    fn a_section_shows_all_that_it_has() {
        assert_eq!(
            section(&full()).join("\n\n"),
            r"## Greeting

Requests a second.

```sh
cargo xtask bench --only load
```

| aim | reached | met |
| --- | ---: | --- |
| fast\|er | 3 times | ✓ |
| small | 9 GB | ✗ |

![Greeting \[page\]. Huihua: 1,234 a second.](benchmarks/load-greeting.svg)

Rates:

| who | a second |
| --- | ---: |
| a\|b | 1,234 |"
        );
    }

    #[test]
    fn what_a_section_lacks_leaves_no_trace() {
        let bare = Section {
            title: "Bare".to_owned(),
            ..Section::default()
        };
        assert_eq!(section(&bare), ["## Bare"]);
    }

    #[test]
    fn all_aims_come_first_each_with_its_section() {
        let page = page(&[full(), full()], &facts());
        let row = r"| Greeting | fast\|er | 3 times | ✓ |";
        assert_eq!(page.matches(row).count(), 2, "{page}");
        let (aims, first) = (page.find("## Aims"), page.find("## Greeting"));
        assert!(aims.is_some() && aims < first, "{page}");
        assert!(page.contains("| Cores | 2 |"), "{page}");
        assert!(!page.contains("The versions"), "{page}");
    }

    #[test]
    fn a_quick_run_says_so() {
        let quick = Facts {
            quick: true,
            ..facts()
        };
        assert!(page(&[full()], &quick).contains("**This is a quick run:**"));
        assert!(!page(&[full()], &facts()).contains("**This is a quick run:**"));
    }

    #[test]
    fn columns_of_numbers_are_right_aligned() {
        let rows = [
            vec!["1".to_owned(), "-2 ms".to_owned(), "x1".to_owned()],
            vec!["2".to_owned(), String::new(), "2".to_owned()],
        ];
        let grid = grid(&["a", "b", "c"], &rows);
        assert_eq!(grid.lines().nth(1), Some("| --- | ---: | --- |"));
        assert!(is_number("1,234.5") && !is_number("7.0.15"));
    }
}
