//! The islands of the pages, as the WebAssembly module that the browser loads.
#![cfg(feature = "hydrate")]

/// Hydrates the page: called by its script once this module is there.
#[wasm_bindgen::prelude::wasm_bindgen]
pub fn hydrate() {
    app::hydrate();
}
