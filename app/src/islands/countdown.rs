use leptos::{html, prelude::*};

use super::SessionState;

const DAY: u64 = 86_400;

/// How long the session still lasts, to the second. A visit in another tab may put the end off;
/// that is seen here, too.
///
/// Its children are the ring beside it, which is only told how much of it is gone: to draw it here
/// would cost every visitor 10 KB.
#[island]
pub fn Countdown(children: Children) -> impl IntoView {
    let SessionState { end, now, span, .. } = expect_context();
    let root = NodeRef::<html::Div>::new();
    let days = days_text();
    let current_days = RwSignal::new(days.clone().unwrap_or_default());
    let left = move || end.get().map_or(0.0, |end| (end - now.get()).max(0.0));
    #[cfg(feature = "hydrate")]
    Effect::new(move || {
        let Some(root) = root.get() else { return };
        current_days.set(root.get_attribute("data-days").unwrap_or_default());
        if let Ok(Some(ring)) = root.query_selector("#ring") {
            let gone = SessionState::gone(left(), span.get()).to_string();
            let _ = ring.set_attribute("stroke-dashoffset", &gone);
        }
    });
    #[cfg(not(feature = "hydrate"))]
    let _ = span;
    let text = move || current_days.with(|days| clock((left() / 1000.0).ceil() as u64, days));
    view! {
        <div class="left" node_ref=root data-days=days>
            {children()}
            <span id="countdown" role="timer">
                {text}
            </span>
        </div>
    }
}

/// So many days in the language of the page, with `{}` for the number.
#[cfg(feature = "ssr")]
fn days_text() -> Option<String> {
    let locale = crate::preferences::locale();
    Some(leptos_i18n::td_string!(locale, site.policy.left_days).into())
}

#[cfg(not(feature = "ssr"))]
fn days_text() -> Option<String> {
    None
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
}
