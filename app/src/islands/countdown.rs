//! The countdown to the end of the session.

use leptos::{html, prelude::*};

use super::session_state::{SessionSignal, SessionState};

const DAY: u64 = 86_400;

/// The time that the session still lasts, to the second. A visit in another tab may put the end off;
/// that is seen here, too.
///
/// The ring beside it is only told how much of it is gone: to draw it here would cost every visitor 10 KB.
#[island]
pub fn Countdown() -> impl IntoView {
    let session: SessionSignal = expect_context();
    let root = NodeRef::<html::Span>::new();
    let days = days_text();
    Effect::new(move || {
        if let Some(root) = root.get()
            && let Ok(Some(left)) = root.closest(".left")
            && let Ok(Some(ring)) = left.query_selector("#ring")
        {
            let gone = session.with(SessionState::gone).to_string();
            let _ = ring.set_attribute("stroke-dashoffset", &gone);
        }
    });
    let text = move || {
        let days = days.map(str::to_owned).or_else(|| read(root)).unwrap_or_default();
        let left = session.with(SessionState::left);
        clock((left / 1000.0).ceil() as u64, &days)
    };
    view! {
        <span id="countdown" role="timer" node_ref=root data-days=days>
            {text}
        </span>
    }
}

/// The same from the element.
fn read(root: NodeRef<html::Span>) -> Option<String> {
    root.get()?.get_attribute("data-days")
}

/// So many days in the language of the page, with `{}` for the number.
#[cfg(feature = "ssr")]
fn days_text() -> Option<&'static str> {
    let locale = crate::preferences::locale();
    Some(leptos_i18n::td_string!(locale, site.policy.left_days))
}

#[cfg(not(feature = "ssr"))]
fn days_text() -> Option<&'static str> {
    None
}

/// `13 天 23:59:59`, or without the days where there are none.
fn clock(seconds: u64, days: &str) -> String {
    let mut clock = match seconds / DAY {
        0 => String::new(),
        whole => days.replace("{}", &whole.to_string()) + " ",
    };
    let part = seconds % DAY;
    for (colon, number) in [("", part / 3600), (":", part / 60 % 60), (":", part % 60)] {
        clock += colon;
        clock.extend([number / 10, number % 10].map(|digit| char::from(b'0' + digit as u8)));
    }
    clock
}

#[cfg(test)]
mod tests;
