//! Moments in the visitor's own time zone.

use js_sys::{Date, Intl::DateTimeFormat, Object, Reflect};
use leptos::{html, prelude::*};
use wasm_bindgen::JsValue;
use web_sys::Element;

use super::dom::elements;

thread_local! {
    /// Making one takes longer than everything that is done with it.
    static FORMAT: DateTimeFormat = format();
}

/// Shows every moment in the element around it in the visitor's own time zone; the server wrote it in UTC.
#[island]
pub fn LocalTime() -> impl IntoView {
    let root = NodeRef::<html::Span>::new();
    Effect::new(move || {
        let island = root.get().and_then(|root| root.parent_element());
        if let Some(around) = island.and_then(|island| island.parent_element()) {
            show_all(&around);
        }
    });
    view! { <span hidden node_ref=root></span> }
}

/// The visitor's own time zone, in the language of the page.
fn format() -> DateTimeFormat {
    let style = Object::new();
    for (option, value) in [("dateStyle", "medium"), ("timeStyle", "medium")] {
        // Setting a property of a plain object can't fail.
        let _ = Reflect::set(&style, &option.into(), &value.into());
    }
    let page = document().document_element();
    let language = page.and_then(|page| page.get_attribute("lang"));
    let languages = language.iter().map(JsValue::from).collect();
    DateTimeFormat::new(&languages, &style)
}

/// Shows every moment in `root` in the visitor's time zone. They are found in the document rather than
/// rendered here, so that a page has one island for all of them, and what is fetched later needs none.
pub(super) fn show_all(root: &Element) {
    elements(root.query_selector_all("time")).for_each(|time| show(&time));
}

/// Shows one moment in the visitor's time zone.
pub(super) fn show(time: &Element) {
    let Some(machine) = time.get_attribute("datetime") else {
        return;
    };
    let moment = Date::new(&machine.into());
    let own = FORMAT.with(|format| format.format().call1(format, &moment));
    time.set_text_content(own.ok().and_then(|own| own.as_string()).as_deref());
}
