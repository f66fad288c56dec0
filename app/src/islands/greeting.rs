use leptos::prelude::*;

use super::{Seed, watch::Watch};

/// 「你好：…」, which turns to 「你好：游客」 when the session ends while the page is open.
#[island]
pub fn Greeting() -> impl IntoView {
    let Seed { hello, guest, .. } = Seed::current();
    let uname = Watch::current().uname;
    // One text node, so that the page's source reads as the page does.
    let text = move || uname.with(|uname| hello.replace("{}", uname.as_deref().unwrap_or(&guest)));
    view! { <h1 id="greeting">{text}</h1> }
}
