//! The site with `SESSION_ENABLED=false`, and at `/known/` the page that somebody logged in sees,
//! of values that are known beforehand: what the same page costs where there are no sessions.

use std::{collections::BTreeMap, env, error::Error};

use app::{
    current_user::CurrentUser, pages::HomePage, preferences::Preferences,
    session_details::SessionDetails,
};
use axum::{Router, extract::State, http::StatusCode, response::Response, routing::get};
use huihua::{Clock, expiry::ExpiryPolicy};
use leptos::prelude::*;
use mimalloc::MiMalloc;
use server::{
    settings::ServerSettings,
    startup::{self, SiteState, page},
};
use time::{Duration, OffsetDateTime};

/// As in the `huihua` command.
#[global_allocator]
static ALLOCATOR: MiMalloc = MiMalloc;

const COOKIE_AGE: Duration = Duration::weeks(2);

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let settings = ServerSettings::read(|name| env::var(name).ok())?;
    let clock = Clock::system();
    let now = clock.clone();
    let known = async move |State(site): State<SiteState>, preferences: Preferences| -> Response {
        let details = Some(known(now.now()));
        page(
            &site,
            preferences,
            StatusCode::OK,
            || view! { <HomePage details form=None /> },
        )
    };
    let more = Router::new().route("/known/", get(known));
    let site = startup::Site::bind_with(&settings, clock, more).await?;
    // Whoever started it ends it.
    Ok(site.run(std::future::pending()).await?)
}

fn known(now: OffsetDateTime) -> SessionDetails {
    let end = now + COOKIE_AGE;
    let visitor = CurrentUser {
        uname: "ming".to_owned(),
        policy: ExpiryPolicy::Default,
        end,
        age: COOKIE_AGE,
        now,
    };
    SessionDetails {
        user: Some(visitor),
        fingerprint: "0123456789ab".to_owned(),
        items: BTreeMap::from([("uname".to_owned(), "ming".into())]),
        end,
        closes: false,
        cookie_end: end,
    }
}
