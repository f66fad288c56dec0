use js_sys::{Date, Object, Reflect};
use leptos::prelude::document;
use wasm_bindgen::{JsCast, JsValue};

/// Shows every moment of the page in the visitor's own time zone; the server wrote it in UTC.
pub(crate) fn show_in_own_zone() {
    let style = Object::new();
    for (option, value) in [("dateStyle", "long"), ("timeStyle", "medium")] {
        // Setting a property of a plain object can't fail.
        let _ = Reflect::set(&style, &option.into(), &value.into());
    }
    let Ok(times) = document().query_selector_all("time") else {
        return;
    };
    for time in (0..times.length()).filter_map(|index| times.item(index)) {
        let Some(machine) = time
            .dyn_ref::<web_sys::Element>()
            .and_then(|time| time.get_attribute("datetime"))
        else {
            continue;
        };
        let own = Date::new(&JsValue::from_str(&machine)).to_locale_string("zh-CN", &style);
        time.set_text_content(own.as_string().as_deref());
    }
}
