//! The first page.

use std::mem;

use leptos::{either::EitherOf3, prelude::*};
use leptos_i18n::td_string;

use super::{dictionary::Dictionary, expiry::Expiry, storage::StorageDiagram};
use crate::{
    cached_view::CachedView,
    current_user::{CurrentUser, SessionDetails, millis},
    document::Document,
    form::{FormState, HomeForm},
    islands::{Greeting, SessionEnded, SessionState},
    paths,
    preferences::{Preferences, preferences},
    site::Site,
};

/// The greeting, and for somebody who is logged in, their session as it is.
#[component]
pub fn HomePage(
    /// The session, if there is one.
    details: Option<SessionDetails>,
    /// The form of this page that was sent last.
    form: Option<FormState>,
) -> impl IntoView {
    let preferences @ Preferences { locale, .. } = preferences();
    if let Some(user) = details.as_ref().and_then(|details| details.user.as_ref()) {
        provide_context(session_state(user));
    }
    view! {
        <Document title=td_string!(locale, site.title.home) path="/">
            <Greeting />
            {SESSION_ENDED.get(preferences)}
            <Content preferences details form />
        </Document>
    }
}

#[component]
fn Content(
    preferences: Preferences,
    details: Option<SessionDetails>,
    form: Option<FormState>,
) -> impl IntoView {
    let Preferences { locale, .. } = preferences;
    let Some(mut details) = details else {
        return EitherOf3::A(view! { <p>{td_string!(locale, site.invitation)}</p> });
    };
    let items = mem::take(&mut details.items);
    let keys = items.len();
    let Some(user) = details.user.take() else {
        return EitherOf3::B(view! {
            <p>{td_string!(locale, site.emptied)}</p>
            <StorageDiagram preferences details keys />
        });
    };
    let rejected =
        form.clone().filter(|form| form.form == HomeForm::Expiry).map(|form| form.rejected);
    EitherOf3::C(view! {
        <div id="user-session">
            <Expiry preferences user rejected />
            <StorageDiagram preferences details keys />
            <Dictionary preferences items form />
        </div>
    })
}

/// The reasons for which a session may end while the page is open.
static SESSION_ENDED: CachedView = CachedView::new(|locale, _| {
    let reason = move |id: &'static str, why: &'static str| {
        view! {
            <template id=id>
                <p class="reason">
                    {why} <a href=paths::LOGIN>{td_string!(locale, site.again)}</a>
                </p>
            </template>
        }
    };
    view! {
        <SessionEnded>
            {reason("expired", td_string!(locale, site.expired))}
            {reason("elsewhere", td_string!(locale, site.elsewhere))}
        </SessionEnded>
    }
    .into_any()
});

fn session_state(user: &CurrentUser) -> SessionState {
    let Site { cookie_age, .. } = expect_context();
    SessionState {
        uname: Some(user.uname.clone()),
        end: user.end_millis(),
        now: millis(user.now),
        span: user.span_millis(cookie_age),
        ..SessionState::default()
    }
}
