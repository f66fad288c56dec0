//! The chart of the last hour.

use std::fmt::Write as _;

use admin::activity::{MINUTES, Minute};
use leptos::prelude::*;
use leptos_i18n::td_string;

use crate::preferences::locale;

/// Half of the chart's height: what begins goes up from the middle, what ends goes down.
const HALF: u64 = 50;
/// The width of a minute, and how much of it its bar takes.
const STEP: usize = 10;
const BAR: usize = 7;

/// Sessions begun and ended within the last hour, minute by minute.
#[component]
pub(super) fn Hour(minutes: [Minute; MINUTES]) -> impl IntoView {
    let locale = locale();
    let (begun, ended) = sums(&minutes);
    let most = minutes.iter().map(|minute| minute.begun.max(minute.ended)).max().unwrap_or(0);
    let said = td_string!(locale, console.hour_said, begun, ended, most);
    let (up, down) = bars(&minutes, most);
    let width = MINUTES * STEP;
    view! {
        <section class="card" id="hour" aria-labelledby="hour-title">
            <h2 id="hour-title">{td_string!(locale, console.hour)}</h2>
            <figure>
                <svg
                    class="hour"
                    viewBox=format!("0 0 {width} {}", 2 * HALF)
                    preserveAspectRatio="none"
                    aria-hidden="true"
                >
                    <path class="begun" d=up />
                    <path class="ended" d=down />
                    <line x1="0" x2=width y1=HALF y2=HALF />
                </svg>
                <figcaption>
                    <p>{said}</p>
                    <p class="means">{td_string!(locale, console.hour_means)}</p>
                </figcaption>
            </figure>
        </section>
    }
    .into_any()
}

/// The sums of begun and ended.
pub(super) fn sums(minutes: &[Minute]) -> (u64, u64) {
    minutes
        .iter()
        .fold((0, 0), |(begun, ended), minute| (begun + minute.begun, ended + minute.ended))
}

/// Two paths: the bars that go up and those that go down, the largest as high as there is room.
fn bars(minutes: &[Minute], most: u64) -> (String, String) {
    let height = |number: u64| (number * HALF).div_ceil(most.max(1));
    let (mut up, mut down) = (String::new(), String::new());
    for (index, minute) in minutes.iter().enumerate() {
        let left = index * STEP;
        for (path, number, direction) in
            [(&mut up, minute.begun, "-"), (&mut down, minute.ended, "")]
        {
            if number > 0 {
                // Writing to a string can't fail.
                let _ = write!(path, "M{left} {HALF}v{direction}{}h{BAR}V{HALF}z", height(number));
            }
        }
    }
    (up, down)
}

#[cfg(test)]
mod tests;
