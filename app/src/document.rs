//! The HTML around every page.

use std::sync::Arc;

use hydration_context::SsrSharedContext;
use leptos::{
    hydration::{AutoReload, HydrationScripts},
    nonce::Nonce,
    prelude::*,
    tachys::html::InertElement,
};

use crate::islands::Seed;

/// Stands where a page's nonce belongs until the page is made.
const NONCE: &str = "the-nonce-of-this-page";

/// What stands in the `<head>` of every page. Only the nonce of its scripts changes, so it is made
/// once: these are the parts between the nonces.
#[derive(Debug, Clone, Copy)]
pub struct Head(&'static [&'static str]);

impl Head {
    /// Renders it. Kept for as long as the process lives, so call this once.
    pub fn new(options: &LeptosOptions) -> Self {
        let options = options.clone();
        let style = format!("/{}/{}.css", options.site_pkg_dir, options.output_name);
        let html = to_html(|| {
            provide_context(Nonce::from_value(NONCE));
            view! {
                <meta charset="utf-8" />
                <meta name="viewport" content="width=device-width, initial-scale=1" />
                <meta name="color-scheme" content="light dark" />
                <link rel="icon" href="/favicon.svg" type="image/svg+xml" />
                <link id="leptos" rel="stylesheet" href=style />
                <HydrationScripts options=options.clone() islands=true />
                <AutoReload options />
            }
        });
        let parts: Vec<&'static str> = html.leak().split(NONCE).collect();
        Self(parts.leak())
    }

    fn with(self, nonce: &str) -> String {
        self.0.join(nonce)
    }
}

/// What every page of the site knows.
#[derive(Debug, Clone, Copy)]
pub struct Site {
    /// What stands in its `<head>`.
    pub head: Head,
    /// `SESSION_COOKIE_AGE`, in seconds.
    pub cookie_age: i64,
}

/// A page, made.
#[derive(Debug)]
pub struct Page {
    /// Its HTML.
    pub html: String,
    /// What its own scripts say they are known by, and no other page's do.
    pub nonce: Nonce,
}

/// Makes a page. Pages wait for nothing, so there is nothing to stream.
pub fn render<V: IntoView>(site: Site, page: impl FnOnce() -> V) -> Page {
    let nonce = Nonce::new();
    let html = to_html(|| {
        provide_context(site);
        provide_context(nonce.clone());
        page()
    });
    Page { html, nonce }
}

fn to_html<V: IntoView>(view: impl FnOnce() -> V) -> String {
    // Islands ask the context whether they are in a page that will come to life.
    let owner = Owner::new_root(Some(Arc::new(SsrSharedContext::new_islands())));
    let html = owner.with(|| view().into_view().to_html());
    owner.unset_with_forced_cleanup();
    html
}

/// A page: head, navigation, and `children` as its content.
#[component]
pub fn Document(
    /// The page's title.
    title: &'static str,
    /// Its content.
    children: Children,
) -> impl IntoView {
    let Site { head, .. } = expect_context();
    let nonce: Nonce = expect_context();
    let Seed { uname, end } = Seed::current();
    // A title is text and nothing else. As a child it would be followed by a marker in
    // development builds, and the marker would be read as part of it.
    view! {
        <!DOCTYPE html>
        <html lang="zh-CN">
            <head>
                {InertElement::new(head.with(&nonce))}
                <title inner_html=title></title>
            </head>
            <body>
                <header class="bar">
                    <a class="brand" href="/">"会话"</a>
                    <nav aria-label="导航">
                        <a href="/login/">"登录"</a>
                        <a href="/logout/" rel="nofollow">"退出"</a>
                    </nav>
                </header>
                <main data-uname=uname data-end=end.map(|end| end.to_string())>
                    {children()}
                </main>
            </body>
        </html>
    }
}
