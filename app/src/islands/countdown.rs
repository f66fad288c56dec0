use leptos::prelude::*;

use super::{Seed, watch::Watch};

const DAY: u64 = 86_400;
/// How much of its ring is gone where there is nothing left.
const WHOLE: f64 = 100.0;

/// How long the session still lasts, to the second. A visit in another tab may put the end off;
/// that is seen here, too.
///
/// The ring beside it belongs to the page, because drawing it here would cost every visitor
/// 10 KB; it is only told how much of it is gone.
#[island]
pub fn Countdown() -> impl IntoView {
    let seed = Seed::current();
    let days = seed.days.clone();
    let Watch { end, now, .. } = Watch::current();
    let left = move || end.get().map_or(0.0, |end| (end - now.get()).max(0.0));
    #[cfg(feature = "hydrate")]
    {
        let left = left.clone();
        Effect::new(move || {
            if let Some(ring) = document().get_element_by_id("ring") {
                let gone = seed.gone(left()).to_string();
                let _ = ring.set_attribute("stroke-dashoffset", &gone);
            }
        });
    }
    let text = move || clock((left() / 1000.0).ceil() as u64, &days);
    view! { <span id="countdown" role="timer">{text}</span> }
}

impl Seed {
    /// How much of the ring is gone while so many milliseconds are left, of a hundred.
    pub fn gone(&self, left: f64) -> u32 {
        let part = (left / self.span).clamp(0.0, 1.0);
        (WHOLE - part * WHOLE).round() as u32
    }
}

/// `13 天 23:59:59`, or without the days where there are none.
fn clock(seconds: u64, days: &str) -> String {
    let part = seconds % DAY;
    let time = [part / 3600, part / 60 % 60, part % 60]
        .map(two_digits)
        .join(":");
    match seconds / DAY {
        0 => time,
        whole => days.replace("{}", &whole.to_string()) + " " + &time,
    }
}

fn two_digits(number: u64) -> String {
    let digits = number.to_string();
    match number {
        0..=9 => "0".to_owned() + &digits,
        _ => digits,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_stand_before_the_clock() {
        assert_eq!(clock(0, "{} 天"), "00:00:00");
        assert_eq!(clock(59, "{} 天"), "00:00:59");
        assert_eq!(clock(86_399, "{} 天"), "23:59:59");
        assert_eq!(clock(14 * 86_400, "{} 天"), "14 天 00:00:00");
        assert_eq!(clock(90_061, "{} d"), "1 d 01:01:01");
    }

    #[test]
    fn the_ring_empties() {
        let seed = Seed {
            span: 10_000.0,
            ..Seed::default()
        };
        for (left, gone) in [(10_000.0, 0), (5_000.0, 50), (0.0, 100), (12_000.0, 0)] {
            assert_eq!(seed.gone(left), gone);
        }
    }
}
