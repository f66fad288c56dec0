//! A chart as an SVG file, which needs nothing from elsewhere and follows the reader's scheme.

use std::fmt::Write;

use report::{Bar, Chart};

use crate::escaped::xml;

/// All in pixels, as long as the picture is shown in its own size.
const MARGIN: f64 = 16.0;
const GAP: f64 = 12.0;
const LONGEST_BAR: f64 = 320.0;
const BAR_HEIGHT: f64 = 18.0;
const ROW_HEIGHT: f64 = 28.0;
const HEAD_HEIGHT: f64 = 44.0;
/// Enough for a bold letter of 13 px on average, in whichever font the reader has.
const LETTER: f64 = 8.6;
/// The same for the title, which is larger.
const TITLE_LETTER: f64 = 11.0;

/// The page around the picture may follow another scheme: it has a ground of its own.
const STYLE: &str = "
    text { font: 13px system-ui, sans-serif; fill: #1f2328 }
    .title { font-size: 16px; font-weight: 600 }
    .ours { font-weight: 600 }
    .ground { fill: #ffffff }
    rect.theirs { fill: #b3bcc7 }
    rect.ours { fill: #0a62c4 }
    .zero { stroke: #6e7781 }
    @media (prefers-color-scheme: dark) {
      text { fill: #e6edf3 }
      .ground { fill: #0d1117 }
      rect.theirs { fill: #565f6a }
      rect.ours { fill: #58a6ff }
      .zero { stroke: #8b949e }
    }
  ";

/// The whole file.
pub(crate) fn svg(chart: &Chart) -> String {
    let values: Vec<_> = chart.bars.iter().map(|bar| value(bar, chart)).collect();
    let labels = widest(chart.bars.iter().map(|bar| bar.label.as_str()));
    let zero = MARGIN + labels + GAP;
    let right = zero + LONGEST_BAR + GAP + widest(values.iter().map(String::as_str));
    let title = MARGIN + chart.title.chars().count() as f64 * TITLE_LETTER;
    let width = right.max(title) + MARGIN;
    let below = HEAD_HEIGHT + chart.bars.len() as f64 * ROW_HEIGHT;
    let height = below + MARGIN;
    let largest = chart.bars.iter().map(|bar| bar.value).fold(0.0, f64::max);

    let mut rows = String::new();
    for (index, (bar, value)) in chart.bars.iter().zip(&values).enumerate() {
        let top = HEAD_HEIGHT + index as f64 * ROW_HEIGHT + (ROW_HEIGHT - BAR_HEIGHT) / 2.0;
        let baseline = top + BAR_HEIGHT / 2.0 + 4.5;
        let class = if bar.ours { "ours" } else { "theirs" };
        let label = xml(&bar.label);
        let label_end = zero - GAP;
        let length = length(bar.value, largest);
        let value = xml(value);
        // Writing to a string can't fail.
        let _ = write!(
            rows,
            r#"
  <text class="{class}" x="{label_end:.1}" y="{baseline:.1}" text-anchor="end">{label}</text>
  <rect class="{class}" x="{zero:.1}" y="{top:.1}" width="{length:.1}" height="{BAR_HEIGHT}"/>
  <text class="{class}" x="{right:.1}" y="{baseline:.1}" text-anchor="end">{value}</text>"#
        );
    }
    let title = xml(&chart.title);
    let description = xml(&description(chart));
    format!(
        r#"<svg xmlns="http://www.w3.org/2000/svg" width="{width:.0}" height="{height:.0}" viewBox="0 0 {width:.0} {height:.0}" role="img" aria-labelledby="title description">
  <title id="title">{title}</title>
  <desc id="description">{description}</desc>
  <style>{STYLE}</style>
  <rect class="ground" width="100%" height="100%" rx="6"/>
  <text class="title" x="{MARGIN}" y="{title_baseline}">{title}</text>{rows}
  <line class="zero" x1="{zero:.1}" y1="{HEAD_HEIGHT}" x2="{zero:.1}" y2="{below:.1}"/>
</svg>
"#,
        title_baseline = MARGIN + 14.0,
    )
}

/// What the bars say, in words.
pub(crate) fn description(chart: &Chart) -> String {
    let said = |bar: &Bar| format!("{}: {}", bar.label, value(bar, chart));
    let bars: Vec<_> = chart.bars.iter().map(said).collect();
    format!("{}.", bars.join("; "))
}

fn value(bar: &Bar, chart: &Chart) -> String {
    let shown = report::shown(bar.value);
    format!("{shown} {}", chart.unit).trim().to_owned()
}

/// Zero has no length, and the largest value all of it.
fn length(value: f64, largest: f64) -> f64 {
    if largest > 0.0 {
        value / largest * LONGEST_BAR
    } else {
        0.0
    }
}

fn widest<'a>(texts: impl Iterator<Item = &'a str>) -> f64 {
    let letters = texts.map(|text| text.chars().count()).max();
    letters.unwrap_or_default() as f64 * LETTER
}

#[cfg(test)]
mod tests {
    use super::*;

    fn chart(bars: &[(&str, f64, bool)]) -> Chart {
        let bars = bars.iter().map(|&(label, value, ours)| Bar {
            label: label.to_owned(),
            value,
            ours,
        });
        Chart {
            name: "chart".to_owned(),
            title: "Greeting <page>".to_owned(),
            unit: "a second & core".to_owned(),
            bars: bars.collect(),
        }
    }

    /// The attribute `name` of every bar.
    fn of_bars<'a>(svg: &'a str, class: &str, name: &str) -> Vec<&'a str> {
        let start = format!("<rect class=\"{class}\"");
        let name = format!(" {name}=\"");
        svg.lines()
            .filter_map(|line| line.trim().strip_prefix(&start))
            .filter_map(|line| line.split_once(&name)?.1.split_once('"'))
            .map(|(value, _)| value)
            .collect()
    }

    #[test]
    fn bars_begin_at_zero_and_are_as_long_as_their_values() {
        let svg = svg(&chart(&[
            ("Huihua", 20_000.0, true),
            ("Django", 5_000.0, false),
            ("nobody", 0.0, false),
        ]));
        assert_eq!(of_bars(&svg, "ours", "width"), ["320.0"]);
        assert_eq!(of_bars(&svg, "theirs", "width"), ["80.0", "0.0"]);
        let starts = of_bars(&svg, "theirs", "x");
        assert_eq!(starts[0], starts[1]);
        assert_eq!(of_bars(&svg, "ours", "x"), starts[..1]);
    }

    #[test]
    fn where_all_is_zero_no_bar_has_a_length() {
        let svg = svg(&chart(&[("a", 0.0, true), ("b", 0.0, false)]));
        assert_eq!(of_bars(&svg, "ours", "width"), ["0.0"]);
        assert!(!svg.contains("NaN"), "{svg}");
    }

    #[test]
    fn text_is_escaped_wherever_it_stands() {
        let svg = svg(&chart(&[("a<b>\"&", 1234.5, false)]));
        assert!(svg.contains("Greeting &lt;page&gt;</title>"), "{svg}");
        assert!(svg.contains(">a&lt;b&gt;&quot;&amp;</text>"), "{svg}");
        assert!(svg.contains("1,234 a second &amp; core</text>"), "{svg}");
        assert!(svg.contains("&amp;: 1,234 a second &amp; core.</desc>"));
        assert!(!svg.contains("<b>") && !svg.contains("<page>"), "{svg}");
    }

    #[test]
    fn a_chart_is_said_in_words_too() {
        let chart = chart(&[("Huihua", 20_000.0, true), ("Django", 0.5, false)]);
        assert_eq!(
            description(&chart),
            "Huihua: 20,000 a second & core; Django: 0.50 a second & core."
        );
    }
}
