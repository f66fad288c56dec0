//! Views to HTML.

use std::sync::Arc;

use hydration_context::SsrSharedContext;
use leptos::{prelude::*, tachys::view::Position};

/// Bytes of most pages: a buffer that grows is copied each time.
const ROOM: usize = 16 * 1024;

/// The HTML of a view that waits for nothing, in an owner of its own.
pub(crate) fn to_html<V: IntoView>(view: impl FnOnce() -> V) -> String {
    // A new root takes the place of the current owner.
    let outer = Owner::current();
    // Islands ask the context whether they are in a page that will be hydrated.
    let owner = Owner::new_root(Some(Arc::new(SsrSharedContext::new_islands())));
    let mut html = String::with_capacity(ROOM);
    owner.with(|| {
        let view = view().into_view();
        let position = &mut Position::FirstChild;
        view.to_html_with_buf(&mut html, position, true, false, Vec::new());
    });
    owner.unset_with_forced_cleanup();
    if let Some(outer) = outer {
        outer.set();
    }
    html
}
