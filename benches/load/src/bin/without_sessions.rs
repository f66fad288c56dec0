//! The site with `SESSION_ENABLED=false`, and at `/known/` the page that somebody logged in sees,
//! of values that are known beforehand: what the same page costs where there are no sessions.

use std::{collections::BTreeMap, env, error::Error};

use app::{
    document::{Head, Site, render},
    look::Look,
    own::Own,
    pages::HomePage,
    visitor::Visitor,
    way::{Kept, Way},
};
use axum::{Router, response::Html, routing::get};
use huihua::{Clock, expiry::Policy};
use leptos::prelude::*;
use mimalloc::MiMalloc;
use server::{settings::ServerSettings, startup};
use time::{Duration, OffsetDateTime};

/// As in the `huihua` command.
#[global_allocator]
static ALLOCATOR: MiMalloc = MiMalloc;

const COOKIE_AGE: Duration = Duration::weeks(2);

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let settings = ServerSettings::read(|name| env::var(name).ok())?;
    let head = Head::new(&settings.leptos_options()?);
    let way = Way {
        kept: Kept::InMemory,
        cookie_name: "sessionid".to_owned(),
        cookie_attributes: "Path=/; HttpOnly; SameSite=Lax".to_owned(),
    };
    let page = Site::new(head, COOKIE_AGE.whole_seconds(), false, way);
    let clock = Clock::system();
    let now = clock.clone();
    let known = get(async move || Html(known(page.clone(), now.now())));
    let more = Router::new().route("/known/", known);
    let site = startup::Site::bind_with(&settings, clock, more).await?;
    // Whoever started it ends it.
    Ok(site.run(std::future::pending()).await?)
}

fn known(site: Site, now: OffsetDateTime) -> String {
    let end = now + COOKIE_AGE;
    let visitor = Visitor {
        uname: "ming".to_owned(),
        policy: Policy::Default,
        end,
        age: COOKIE_AGE,
        now,
    };
    let own = Own {
        visitor: Some(visitor),
        name: "0123456789ab".to_owned(),
        items: BTreeMap::from([("uname".to_owned(), "ming".into())]),
        end,
        closes: false,
        cookie_end: end,
    };
    let own = Some(own);
    let page = || view! { <HomePage own asked=None /> };
    render(site, Look::default(), page).html
}
