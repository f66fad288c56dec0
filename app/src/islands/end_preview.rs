//! The preview of a session's end while its number is being typed.

use js_sys::Date;
use leptos::{html, prelude::*};
use wasm_bindgen::{JsCast, prelude::Closure};
use web_sys::{Event, HtmlDivElement, HtmlInputElement};

use super::{
    local_time::show,
    session_state::{SessionSignal, SessionState},
};
use crate::form::{LONGEST_IDLE, MOST_DAYS};

/// Shows when a session would end after the seconds, or the days, that are being typed into a field
/// among its children.
#[island]
pub fn EndPreview(children: Children) -> impl IntoView {
    let root = NodeRef::<html::Div>::new();
    Effect::new(move || {
        if let Some(root) = root.get() {
            begin(expect_context(), root);
        }
    });
    view! {
        <div class="end-preview" node_ref=root>
            {children()}
        </div>
    }
}

/// The fields belong to the page, which works without this island.
fn begin(session: SessionSignal, root: HtmlDivElement) {
    let area = root.clone();
    let typed = Closure::<dyn Fn(Event)>::new(move |event: Event| {
        let field = event.target().and_then(|field| field.dyn_into::<HtmlInputElement>().ok());
        if let Some(field) = field {
            preview(session, &area, &field);
        }
    });
    let _ = root.add_event_listener_with_callback("input", typed.as_ref().unchecked_ref());
    // It lives as long as the page.
    typed.forget();
}

fn preview(session: SessionSignal, area: &HtmlDivElement, field: &HtmlInputElement) {
    let (unit, most) = match field.id().as_str() {
        "seconds" => (1_000.0, LONGEST_IDLE),
        "days" => (86_400_000.0, MOST_DAYS),
        _ => return,
    };
    let preview = area.query_selector(&("#".to_owned() + &field.id() + "-preview"));
    let Ok(Some(preview)) = preview else { return };
    let text = field.value();
    let number = text.trim().parse().ok();
    let number = number.filter(|number| (1..=most).contains(number));
    let _ = preview.toggle_attribute_with_force("hidden", number.is_none());
    if let (Some(number), Ok(Some(time))) = (number, preview.query_selector("time")) {
        let end = Date::new(
            &(session.with_untracked(SessionState::server_time) + f64::from(number) * unit).into(),
        );
        let _ = time.set_attribute("datetime", &String::from(end.to_iso_string()));
        show(&time);
    }
}
