use js_sys::{Date, Intl::DateTimeFormat, Object, Reflect};
use leptos::prelude::document;
use wasm_bindgen::{JsCast, JsValue};
use web_sys::Element;

thread_local! {
    /// Making one takes longer than everything that is done with it.
    static FORMAT: DateTimeFormat = format();
}

/// The visitor's own time zone, in the language of the page.
fn format() -> DateTimeFormat {
    let style = Object::new();
    for (option, value) in [("dateStyle", "medium"), ("timeStyle", "medium")] {
        // Setting a property of a plain object can't fail.
        let _ = Reflect::set(&style, &option.into(), &value.into());
    }
    let page = document().document_element();
    let locale = page.and_then(|page| page.get_attribute("lang"));
    let languages = locale.iter().map(JsValue::from).collect();
    DateTimeFormat::new(&languages, &style)
}

/// Shows every moment of the page in the visitor's own time zone; the server wrote it in UTC.
pub(crate) fn show_all_in_own_zone() {
    let Ok(times) = document().query_selector_all("time") else {
        return;
    };
    for time in (0..times.length()).filter_map(|index| times.item(index)) {
        if let Some(time) = time.dyn_ref() {
            show_in_own_zone(time);
        }
    }
}

pub(crate) fn show_in_own_zone(time: &Element) {
    let Some(machine) = time.get_attribute("datetime") else {
        return;
    };
    let moment = Date::new(&machine.into());
    let own = FORMAT.with(|format| format.format().call1(format, &moment));
    time.set_text_content(own.ok().and_then(|own| own.as_string()).as_deref());
}
