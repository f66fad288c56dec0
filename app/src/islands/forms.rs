//! Sends each form once. It listens for the whole document, because every form of every page is
//! meant, most of them in no island; without JavaScript they work all the same.

use std::time::Duration;

use leptos::{
    leptos_dom::helpers::window_event_listener_untyped,
    prelude::{document, set_timeout},
};
use wasm_bindgen::JsCast;
use web_sys::Element;

use super::dom::elements;

/// Set on a form that is on its way.
const SENDING: &str = "data-sending";
/// The server has given up by then: if the page is still there, the form went to another tab, or was stopped.
const GIVEN_UP: Duration = Duration::from_secs(30);

/// A form is sent once, and can't be sent again before its answer is there.
pub(crate) fn send_once() {
    window_event_listener_untyped("submit", |event| {
        let form = event.target().and_then(|form| form.dyn_into::<Element>().ok());
        let Some(form) = form else { return };
        if form.has_attribute(SENDING) {
            event.prevent_default();
            return;
        }
        let _ = form.set_attribute(SENDING, "");
        let sent = form.clone();
        // Afterwards: a button that is disabled already isn't sent along.
        set_timeout(move || disable(&sent, true), Duration::ZERO);
        set_timeout(move || give_back(&form), GIVEN_UP);
    });
    // A page that comes back by the Back button.
    window_event_listener_untyped("pageshow", |_| {
        let forms = document().query_selector_all("form[data-sending]");
        elements(forms).for_each(|form| give_back(&form));
    });
}

/// Lets a form be sent again.
fn give_back(form: &Element) {
    let _ = form.remove_attribute(SENDING);
    disable(form, false);
}

fn disable(form: &Element, disabled: bool) {
    for button in elements(form.query_selector_all("button")) {
        let _ = button.toggle_attribute_with_force("disabled", disabled);
    }
}
