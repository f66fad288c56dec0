use js_sys::{Date, Object, Reflect};
use leptos::prelude::document;
use wasm_bindgen::{JsCast, JsValue};
use web_sys::Element;

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
    let style = Object::new();
    for (option, value) in [("dateStyle", "medium"), ("timeStyle", "medium")] {
        // Setting a property of a plain object can't fail.
        let _ = Reflect::set(&style, &option.into(), &value.into());
    }
    let page = document().document_element();
    let language = page.and_then(|page| page.get_attribute("lang"));
    let own = Date::new(&JsValue::from_str(&machine))
        .to_locale_string(language.as_deref().unwrap_or_default(), &style);
    time.set_text_content(own.as_string().as_deref());
}
