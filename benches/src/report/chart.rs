//! Charts as SVG files.

use std::error::Error;

use anyhow::{Result, anyhow};
use plotters::{
    prelude::*,
    style::text_anchor::{HPos, Pos, VPos},
};

use crate::section::{Chart, shown};

const WIDTH: u32 = 860;
const ROW: u32 = 28;
/// The longest label of a bar, and the longest value beside one.
const LABELS: u32 = 300;
const VALUES: u32 = 200;

const GROUND: RGBColor = RGBColor(255, 255, 255);
const INK: RGBColor = RGBColor(31, 35, 40);
const OURS: RGBColor = RGBColor(10, 98, 196);
const THEIRS: RGBColor = RGBColor(179, 188, 199);

/// The same colours where the reader prefers dark ones.
const DARK: &str = r##"<style>@media (prefers-color-scheme: dark) {
[fill="#FFFFFF"] { fill: #0d1117 } [fill="#1F2328"] { fill: #e6edf3 }
[fill="#0A62C4"] { fill: #58a6ff } [fill="#B3BCC7"] { fill: #565f6a }
}</style>
</svg>"##;

/// The whole file.
pub(super) fn svg(chart: &Chart) -> Result<String> {
    let mut svg = String::new();
    draw(chart, &mut svg).map_err(|error| anyhow!("{}: {error}", chart.name))?;
    Ok(svg.replace("</svg>", DARK))
}

fn draw(chart: &Chart, svg: &mut String) -> Result<(), Box<dyn Error>> {
    let rows = chart.bars.len();
    let height = 60 + ROW * u32::try_from(rows)?;
    let root = SVGBackend::with_string(svg, (WIDTH, height)).into_drawing_area();
    root.fill(&GROUND)?;
    let font = |size| ("sans-serif", size).into_font().color(&INK);
    let longest = chart
        .bars
        .iter()
        .map(|(_, value, _)| *value)
        .fold(f64::MIN_POSITIVE, f64::max);
    let mut plot = ChartBuilder::on(&root)
        .caption(&chart.title, font(17))
        .margin(12)
        .margin_right(VALUES)
        .set_label_area_size(LabelAreaPosition::Left, LABELS)
        .build_cartesian_2d(0.0..longest, rows as f64..0.0)?;
    for (row, (label, value, ours)) in chart.bars.iter().enumerate() {
        let row = row as f64;
        let colour = if *ours { OURS } else { THEIRS };
        let ends = [(0.0, row + 0.18), (*value, row + 0.82)];
        plot.draw_series([Rectangle::new(ends, colour.filled())])?;
        let beside = |text: String, at: f64, distance: i32, side| {
            let style = font(13).pos(Pos::new(side, VPos::Center));
            EmptyElement::at((at, row + 0.5)) + Text::new(text, (distance, 0), style)
        };
        let shown = format!("{} {}", shown(*value), chart.unit);
        plot.draw_series([
            beside(label.clone(), 0.0, -8, HPos::Right),
            beside(shown, *value, 8, HPos::Left),
        ])?;
    }
    root.present()?;
    Ok(())
}

/// What the bars say, in words.
pub(super) fn said(chart: &Chart) -> String {
    let bars = chart.bars.iter();
    let said = bars.map(|(label, value, _)| format!("{label}: {} {}", shown(*value), chart.unit));
    said.collect::<Vec<_>>().join("; ")
}
