//! Numbers that were measured, beside those that were accepted and are in the repository.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
};

use anyhow::{Context, Result, bail};
use serde::{Deserialize, Serialize};

use crate::repo;

/// What may change without a reason where other tools have measured: they alone change this much.
pub(crate) const OTHER_TOOLS: f64 = 0.15;

/// Numbers by their names, and what they hold for.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct Numbers {
    /// The tools on which the numbers depend.
    pub(crate) measured_with: String,
    pub(crate) numbers: BTreeMap<String, u64>,
}

/// Numbers of one kind, and where those that were accepted are.
pub(crate) struct Kind {
    /// What is counted.
    pub(crate) unit: &'static str,
    /// What may change without a reason where the same tools have measured: well above what differs
    /// from run to run. A part of what was.
    pub(crate) margin: f64,
    /// From the repository's root.
    pub(crate) file: &'static str,
    /// What one types to accept what is measured.
    pub(crate) accept: &'static str,
    /// How one finds out what has grown.
    pub(crate) find_out: &'static str,
}

impl Kind {
    /// Prints `now` beside what was accepted; fails if something has grown.
    pub(crate) fn check(&self, now: &Numbers) -> Result<()> {
        let (file, accept) = (self.file, self.accept);
        let before = fs::read_to_string(repo::root().join(file))
            .with_context(|| format!("cannot read {file}: `{accept}` makes it"))?;
        let before = serde_json::from_str(&before)
            .with_context(|| format!("{file} is damaged: `{accept}` makes it anew"))?;
        let comparison = Comparison::new(self, &before, now);
        comparison.print();
        comparison.verdict()
    }

    /// Writes `now` down as accepted.
    pub(crate) fn accept(&self, now: &Numbers) -> Result<()> {
        let text = serde_json::to_string_pretty(now)? + "\n";
        fs::write(repo::root().join(self.file), text)
            .with_context(|| format!("cannot write {}", self.file))?;
        println!("written to {}", self.file);
        Ok(())
    }
}

/// One number.
struct Line<'a> {
    name: &'a str,
    /// `None`: nothing was accepted.
    before: Option<u64>,
    /// `None`: it is not measured any more.
    now: Option<u64>,
}

impl Line<'_> {
    /// By which part of what was before there is more now, or less.
    fn change(&self) -> Option<f64> {
        Some(self.now? as f64 / self.before?.max(1) as f64 - 1.0)
    }
}

struct Comparison<'a> {
    kind: &'a Kind,
    before: &'a Numbers,
    now: &'a Numbers,
    lines: Vec<Line<'a>>,
    /// What may change without a reason, as a part of what was.
    margin: f64,
}

impl<'a> Comparison<'a> {
    fn new(kind: &'a Kind, before: &'a Numbers, now: &'a Numbers) -> Self {
        let (old, new) = (&before.numbers, &now.numbers);
        let names: BTreeSet<_> = old.keys().chain(new.keys()).collect();
        let lines = names.into_iter().map(|name| Line {
            name,
            before: old.get(name).copied(),
            now: new.get(name).copied(),
        });
        Self {
            kind,
            before,
            now,
            lines: lines.collect(),
            margin: match before.measured_with == now.measured_with {
                true => kind.margin,
                false => OTHER_TOOLS,
            },
        }
    }

    fn print(&self) {
        let unit = self.kind.unit;
        println!(
            "\n{unit:36} {:>10} {:>10} {:>9}",
            "accepted", "now", "change"
        );
        for line in &self.lines {
            let [before, now] = [line.before, line.now]
                .map(|number| number.map_or("-".to_owned(), |number| number.to_string()));
            let change = line.change();
            let change = change.map_or(String::new(), |it| format!("{:+.2} %", it * 100.0));
            println!("{:36} {before:>10} {now:>10} {change:>9}", line.name);
        }
        let margin = self.margin * 100.0;
        println!("margin {margin:.0} %; with {}", self.now.measured_with);
        if self.before.measured_with != self.now.measured_with {
            println!(
                "  a wide one, for those accepted are with {}",
                self.before.measured_with
            );
        }
        if let Some(fallen) = self.fallen() {
            println!("{fallen}");
        }
    }

    /// Fails if something is more than it was, or was never accepted.
    fn verdict(&self) -> Result<()> {
        let Kind {
            unit,
            accept,
            find_out,
            ..
        } = self.kind;
        let grown = self.beyond(|change| change > self.margin);
        if !grown.is_empty() {
            bail!(
                "{unit}: more than the margin of {:.0} % allows: {}. Find out why ({find_out}), or \
                 accept it: {accept}",
                self.margin * 100.0,
                grown.join(", ")
            );
        }
        for Line { name, before, now } in &self.lines {
            match (before, now) {
                (Some(_), Some(_)) => {}
                (None, _) => bail!("{unit}: nothing was accepted for {name} yet: {accept}"),
                (_, None) => bail!("{unit}: {name} is not measured any more: {accept}"),
            }
        }
        Ok(())
    }

    /// What is less than it was, as advice: until that is accepted it may grow back unseen.
    fn fallen(&self) -> Option<String> {
        let fallen = self.beyond(|change| change < -self.margin);
        (!fallen.is_empty()).then(|| {
            format!(
                "{}: less than before: {}. Accept it, so that it doesn't grow back unseen: {}",
                self.kind.unit,
                fallen.join(", "),
                self.kind.accept
            )
        })
    }

    fn beyond(&self, is_beyond: impl Fn(f64) -> bool) -> Vec<String> {
        let changed = self.lines.iter().filter_map(|line| {
            let change = line.change()?;
            is_beyond(change).then(|| format!("{} {:+.1} %", line.name, change * 100.0))
        });
        changed.collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const KIND: Kind = Kind {
        unit: "bytes",
        margin: 0.03,
        file: "bytes.json",
        accept: "weigh --accept",
        find_out: "weigh it",
    };

    fn numbers(measured_with: &str, numbers: &[(&str, u64)]) -> Numbers {
        let numbers = numbers.iter();
        Numbers {
            measured_with: measured_with.to_owned(),
            numbers: numbers
                .map(|(name, number)| ((*name).to_owned(), *number))
                .collect(),
        }
    }

    fn verdict(before: &Numbers, now: &Numbers) -> Result<(), String> {
        let comparison = Comparison::new(&KIND, before, now);
        comparison.verdict().map_err(|error| error.to_string())
    }

    #[test]
    fn what_grows_past_the_margin_fails_and_is_named() {
        let before = numbers("rustc 1", &[("home", 1000), ("key", 10)]);
        let with_home = |home| numbers("rustc 1", &[("home", home), ("key", 10)]);
        assert_eq!(verdict(&before, &with_home(1029)), Ok(()));
        assert_eq!(
            verdict(&before, &with_home(1031)).unwrap_err(),
            "bytes: more than the margin of 3 % allows: home +3.1 %. Find out why (weigh it), or \
             accept it: weigh --accept"
        );
    }

    #[test]
    fn other_tools_are_given_a_wide_margin() {
        let before = numbers("rustc 1", &[("home", 1000)]);
        assert!(verdict(&before, &numbers("rustc 2", &[("home", 1149)])).is_ok());
        assert!(verdict(&before, &numbers("rustc 2", &[("home", 1151)])).is_err());
    }

    #[test]
    fn what_falls_is_told_and_does_not_fail() {
        let before = numbers("rustc 1", &[("home", 1000)]);
        let told = |with, home| {
            let now = numbers(with, &[("home", home)]);
            assert_eq!(verdict(&before, &now), Ok(()));
            Comparison::new(&KIND, &before, &now).fallen()
        };
        let fallen = told("rustc 1", 960).unwrap();
        assert!(fallen.contains("home -4.0 %."), "{fallen}");
        assert_eq!(told("rustc 1", 980), None);
        assert_eq!(told("rustc 2", 900), None);
    }

    #[test]
    fn a_number_that_comes_or_goes_has_to_be_accepted() {
        let one = numbers("rustc 1", &[("home", 1000)]);
        let two = numbers("rustc 1", &[("home", 1000), ("key", 10)]);
        let error = verdict(&one, &two).unwrap_err();
        assert_eq!(
            error,
            "bytes: nothing was accepted for key yet: weigh --accept"
        );
        let error = verdict(&two, &one).unwrap_err();
        assert_eq!(error, "bytes: key is not measured any more: weigh --accept");
        assert_eq!(verdict(&two, &two), Ok(()));
    }
}
