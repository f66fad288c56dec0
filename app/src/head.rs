//! The beginning of every page's `<head>`, and the hashes of the scripts in it.

use base64::{Engine as _, prelude::BASE64_STANDARD};
use leptos::{
    hydration::{AutoReload, HydrationScripts},
    prelude::*,
    tachys::html::InertElement,
};
use leptos_meta::HashedStylesheet;
use sha2::{Digest, Sha256};

use crate::render::to_html;

/// The `id` of the last element of every page.
pub(crate) const END: &str = "end";

/// The beginning of every `<head>`. It is the same for everybody, and rendered once: the names of
/// the files are read from the disk.
#[derive(Debug, Clone, Copy)]
pub struct Head {
    html: &'static str,
}

impl Head {
    /// Renders it. It is kept for as long as the process lives.
    pub fn new(options: &LeptosOptions) -> Self {
        let options = options.clone();
        let html = to_html(|| {
            view! {
                <meta charset="utf-8" />
                <meta name="viewport" content="width=device-width, initial-scale=1" />
                <meta name="color-scheme" content="light dark" />
                <HashedStylesheet options=options.clone() id="leptos" />
                // A page that comes in pieces is shown when it is whole: its foot would move.
                <link rel="expect" href=format!("#{END}") blocking="render" />
                <HydrationScripts options=options.clone() islands=true />
                <AutoReload options />
            }
        });
        Self { html: html.leak() }
    }

    pub(crate) fn view(self) -> InertElement {
        InertElement::new(self.html)
    }

    /// The sources of a Content Security Policy that allow its inline scripts and no other.
    pub fn script_hashes(self) -> String {
        let scripts = self.html.split("<script").skip(1).filter_map(|script| {
            let (_, script) = script.split_once('>')?;
            let (script, _) = script.split_once("</script>")?;
            Some(source_of(script))
        });
        scripts.collect::<Vec<_>>().join(" ")
    }
}

/// The source of a Content Security Policy that allows this inline script or style and no other:
/// `'sha256-…'`. (CSP Level 3, 6.7.3.3.)
pub fn source_of(inline: &str) -> String {
    let hash = BASE64_STANDARD.encode(Sha256::digest(inline));
    format!("'sha256-{hash}'")
}
