//! The message that the session has ended while the page was open.

use leptos::{html, prelude::*};

use super::session_state::{Ended, SessionSignal};

/// Says why the session has ended while the page was open, where screen readers listen. What it
/// says are its children: a `<template>` for each reason, in the language of the page.
#[island]
pub fn SessionEnded(children: Children) -> impl IntoView {
    let place = NodeRef::<html::Div>::new();
    let reasons = NodeRef::<html::Div>::new();
    Effect::new(move || {
        let session: SessionSignal = expect_context();
        let ended = session.with(|session| session.ended);
        let (Some(ended), Some(place), Some(reasons)) = (ended, place.get(), reasons.get()) else {
            return;
        };
        let reason = reasons.query_selector(match ended {
            Ended::Expired => "#expired",
            Ended::Elsewhere => "#elsewhere",
        });
        if let Ok(Some(reason)) = reason {
            place.set_inner_html(&reason.inner_html());
        }
        around(&place.text_content().unwrap_or_default());
    });
    // The place is there from the beginning: what comes into it is read out.
    view! {
        <div id="ended" role="status" node_ref=place></div>
        <div hidden node_ref=reasons>
            {children()}
        </div>
    }
}

/// Changes what is around the islands: the title, for those whose eyes are on another tab, the icon,
/// and by the style sheet everything that belongs to the session.
fn around(reason: &str) {
    let document = document();
    document.set_title(reason.trim());
    if let Some(page) = document.document_element() {
        let _ = page.set_attribute("data-session", "ended");
    }
    if let Some(icon) = document.get_element_by_id("icon") {
        let _ = icon.set_attribute("href", "/favicon-guest.svg");
    }
}
