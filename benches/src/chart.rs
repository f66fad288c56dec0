//! Charts as SVG files.

use std::fs;

use anyhow::{Context, Result};
use plotters::{
    prelude::*,
    style::text_anchor::{HPos, Pos, VPos},
};

use crate::number::shown;

/// Its label, its value, and whether it is Huihua's.
pub(crate) type Bar = (String, f64, bool);

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

/// Draws the file `name` in `docs/benchmarks`, bars from above, and answers the picture for the page, with
/// what they say in words.
pub(crate) fn draw(name: &str, title: &str, unit: &str, bars: &[Bar]) -> Result<String> {
    let mut svg = String::new();
    let value = |value| format!("{} {unit}", shown(value));
    draw_to(&mut svg, title, bars, value).with_context(|| name.to_owned())?;
    let file = format!("docs/benchmarks/{name}.svg");
    fs::write(file, svg.replace("</svg>", DARK))?;
    let said = bars.iter().map(|(label, bar, _)| format!("{label}: {}", value(*bar)));
    let said = said.collect::<Vec<_>>().join("; ");
    Ok(format!("![{title}. {said}.](benchmarks/{name}.svg)").replace('_', r"\_"))
}

fn draw_to(
    svg: &mut String,
    title: &str,
    bars: &[Bar],
    value: impl Fn(f64) -> String,
) -> Result<()> {
    let height = 60 + ROW * u32::try_from(bars.len())?;
    let root = SVGBackend::with_string(svg, (WIDTH, height)).into_drawing_area();
    root.fill(&GROUND)?;
    let font = |size| ("sans-serif", size).into_font().color(&INK);
    let lengths = bars.iter().map(|(_, bar, _)| *bar);
    let longest = lengths.fold(f64::MIN_POSITIVE, f64::max);
    let mut plot = ChartBuilder::on(&root)
        .caption(title, font(21))
        .margin(12)
        .margin_right(VALUES)
        .set_label_area_size(LabelAreaPosition::Left, LABELS)
        .build_cartesian_2d(0.0..longest, bars.len() as f64..0.0)?;
    for (row, (label, bar, ours)) in bars.iter().enumerate() {
        let row = row as f64;
        let colour = if *ours { OURS } else { THEIRS };
        let corners = [(0.0, row + 0.18), (*bar, row + 0.82)];
        plot.draw_series([Rectangle::new(corners, colour.filled())])?;
        let beside = |text: String, at: f64, distance: i32, side| {
            let style = font(16).pos(Pos::new(side, VPos::Center));
            EmptyElement::at((at, row + 0.5)) + Text::new(text, (distance, 0), style)
        };
        plot.draw_series([
            beside(label.clone(), 0.0, -8, HPos::Right),
            beside(value(*bar), *bar, 8, HPos::Left),
        ])?;
    }
    root.present()?;
    Ok(())
}
