//! What makes forms better where there is JavaScript. Without it they work all the same.

use js_sys::Date;
use leptos::{
    leptos_dom::helpers::window_event_listener_untyped,
    prelude::{document, set_timeout},
};
use wasm_bindgen::JsCast;
use web_sys::{Element, HtmlInputElement};

use super::{times, watching};

/// Set on a form that is on its way.
const SENDING: &str = "data-sending";

/// A form is sent once, and can't be sent again before its answer is there.
pub(crate) fn send_once() {
    window_event_listener_untyped("submit", |event| {
        let form = event
            .target()
            .and_then(|form| form.dyn_into::<Element>().ok());
        let Some(form) = form else { return };
        if form.has_attribute(SENDING) {
            event.prevent_default();
            return;
        }
        let _ = form.set_attribute(SENDING, "");
        // Afterwards: a button that is disabled already isn't sent along.
        set_timeout(move || disable(&form, true), std::time::Duration::ZERO);
    });
    // A page that comes back by the Back button.
    window_event_listener_untyped("pageshow", |_| {
        let Ok(forms) = document().query_selector_all("form[data-sending]") else {
            return;
        };
        for form in (0..forms.length()).filter_map(|index| forms.item(index)) {
            if let Ok(form) = form.dyn_into::<Element>() {
                let _ = form.remove_attribute(SENDING);
                disable(&form, false);
            }
        }
    });
}

fn disable(form: &Element, disabled: bool) {
    let Ok(buttons) = form.query_selector_all("button") else {
        return;
    };
    for button in (0..buttons.length()).filter_map(|index| buttons.item(index)) {
        if let Ok(button) = button.dyn_into::<Element>() {
            let _ = button.toggle_attribute_with_force("disabled", disabled);
        }
    }
}

/// Shows when a session would end after the seconds, or the days, that are being typed.
pub(crate) fn preview() {
    window_event_listener_untyped("input", |event| {
        let field = event
            .target()
            .and_then(|field| field.dyn_into::<HtmlInputElement>().ok());
        let Some(field) = field else { return };
        let (unit, most) = match field.id().as_str() {
            "seconds" => (1_000.0, 31_536_000.0),
            "days" => (86_400_000.0, 3_650.0),
            _ => return,
        };
        let preview = document().get_element_by_id(&(field.id() + "-preview"));
        let Some(preview) = preview else { return };
        let text = field.value();
        let number = text.trim().parse::<u32>().map(f64::from);
        let number = number.ok().filter(|number| (1.0..=most).contains(number));
        let _ = preview.toggle_attribute_with_force("hidden", number.is_none());
        if let (Some(number), Ok(Some(time))) = (number, preview.query_selector("time")) {
            let end = Date::new(&(watching::now() + number * unit).into());
            let _ = time.set_attribute("datetime", &String::from(end.to_iso_string()));
            times::show_in_own_zone(&time);
        }
    });
}
