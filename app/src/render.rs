//! Views to HTML.

use std::sync::Arc;

use hydration_context::SsrSharedContext;
use leptos::prelude::*;

/// The HTML of a view that waits for nothing, in an owner of its own.
pub(crate) fn to_html<V: IntoView>(view: impl FnOnce() -> V) -> String {
    // A new root takes the place of the current owner.
    let outer = Owner::current();
    // Islands ask the context whether they are in a page that will be hydrated.
    let owner = Owner::new_root(Some(Arc::new(SsrSharedContext::new_islands())));
    let html = owner.with(|| view().into_view().to_html());
    owner.unset_with_forced_cleanup();
    if let Some(outer) = outer {
        outer.set();
    }
    html
}
