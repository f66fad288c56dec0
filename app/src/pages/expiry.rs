//! The end of the session, and the forms that change it.

use huihua::expiry::{ExpiryPolicy, NEVER};
use leptos::{either::Either, prelude::*, server_fn::ServerFn};
use leptos_i18n::td_string;
use time::{Duration, OffsetDateTime};

use super::{ErrorMessage, WithTime, expiry_choice::ExpiryChoice};
use crate::{
    cached_view::{CacheKey, CachedView, KeyedView},
    current_user::CurrentUser,
    form::{ExpiryInput, FormErrors, RejectedForm},
    islands::{Countdown, SessionState},
    locale::Locale,
    preferences::{Preferences, locale},
    server_fns::ChangeExpiry,
    site::Site,
    timestamp::length,
};

/// The end of the session, and the choice to change it.
#[component]
pub(super) fn Expiry(
    preferences: Preferences,
    user: CurrentUser,
    /// The choice that was not accepted.
    rejected: Option<RejectedForm>,
) -> impl IntoView {
    let Preferences { locale, .. } = preferences;
    let Site { cookie_age, .. } = expect_context();
    let form = match rejected {
        Some(RejectedForm { input, errors }) => {
            let choice = input.expiry();
            Either::Left(view! { <ExpiryForm choice errors cookie_age now=user.now /> })
        }
        None => {
            let now = user.now.replace_nanosecond(0).unwrap_or(user.now);
            let policy = match user.policy {
                // The field of the form has whole days.
                ExpiryPolicy::Until(_) => {
                    ExpiryPolicy::Until(now + Duration::days(user.days_left()))
                }
                policy => policy,
            };
            Either::Right(FORM.get(preferences, (policy, cookie_age, now)))
        }
    };
    let countdown = (user.end != NEVER).then(|| {
        let state: SessionState = expect_context();
        view! {
            <div class="left">{RING.get(preferences, state.gone())} <Countdown /></div>
        }
    });
    view! {
        <section class="card" id="session" aria-labelledby="session-title">
            <h2 id="session-title">{td_string!(locale, site.policy.title)}</h2>
            <div class="ends">
                {countdown} <p id="policy">
                    <PolicyText locale cookie_age user />
                </p>
            </div>
            {PRESETS.get(preferences)}
            {form}
        </section>
    }
}

/// A ring that empties with the session, of which so many percent are gone.
static RING: KeyedView<u32> = KeyedView::new(|_, _, gone| {
    view! {
        <svg viewBox="0 0 40 40" aria-hidden="true">
            <circle class="track" cx="20" cy="20" r="17" />
            <circle
                id="ring"
                cx="20"
                cy="20"
                r="17"
                pathLength="100"
                stroke-dasharray="100"
                stroke-dashoffset=gone.to_string()
            />
        </svg>
    }
    .into_any()
});

/// The policy that holds now, and its end.
#[component]
fn PolicyText(locale: Locale, cookie_age: Duration, user: CurrentUser) -> impl IntoView {
    let text = match user.policy {
        ExpiryPolicy::Never if user.end == NEVER => {
            return Either::Left(td_string!(locale, site.policy.never));
        }
        ExpiryPolicy::Close => td_string!(locale, site.policy.close, end = "{}"),
        ExpiryPolicy::Default => {
            let age = length(locale, cookie_age.whole_seconds());
            td_string!(locale, site.policy.default, age, end = "{}")
        }
        ExpiryPolicy::Idle(idle) => {
            let idle = length(locale, idle.whole_seconds());
            td_string!(locale, site.policy.idle, idle, end = "{}")
        }
        // A session that never ends does, where SESSION_ABSOLUTE_AGE is set.
        ExpiryPolicy::Never | ExpiryPolicy::Until(_) => {
            td_string!(locale, site.policy.until, end = "{}")
        }
    };
    Either::Right(view! { <WithTime text at=user.end /> })
}

/// One press each for what is chosen most often. Not in the form of the choice, where the first
/// button is what the Enter key presses.
static PRESETS: CachedView = CachedView::new(|locale, _| {
    let idle = [600, 3_600, 86_400].map(|seconds| {
        let length = length(locale, seconds);
        let name = td_string!(locale, site.choice.preset_idle, length);
        (format!("idle-{seconds}"), name)
    });
    let days = [7, 30].map(|days| {
        let length = length(locale, days * 86_400);
        let name = td_string!(locale, site.choice.preset_days, length);
        (format!("days-{days}"), name)
    });
    let presets = idle.into_iter().chain(days).map(|(preset, name)| {
        view! {
            <button class="quiet" name="preset" value=preset>
                {name}
            </button>
        }
    });
    view! {
        <form
            class="presets"
            method="post"
            action=ChangeExpiry::PATH
            aria-label=td_string!(locale, site.choice.presets)
        >
            {presets.collect_view()}
        </form>
    }
    .into_any()
});

#[component]
fn ExpiryForm(
    choice: ExpiryInput,
    errors: FormErrors,
    cookie_age: Duration,
    now: OffsetDateTime,
) -> impl IntoView {
    let locale = locale();
    // Without JavaScript, which shows it while typing, a second button says when the end would come.
    view! {
        <form id="expiry-form" method="post" action=ChangeExpiry::PATH novalidate>
            <ErrorMessage id="form-error" error=errors.form() />
            <ExpiryChoice choice errors cookie_age now />
            <button type="submit">{td_string!(locale, site.choice.change)}</button>
            " "
            <noscript>
                <button class="quiet" formmethod="get" formaction="/#session">
                    {td_string!(locale, site.choice.preview)}
                </button>
            </noscript>
        </form>
    }
    .into_any()
}

impl CacheKey for (ExpiryPolicy, Duration, OffsetDateTime) {}

/// The form with the policy that holds now filled in. Within one second it is the same for all whose
/// sessions end in the same way.
static FORM: KeyedView<(ExpiryPolicy, Duration, OffsetDateTime)> =
    KeyedView::new(|_, _, (policy, cookie_age, now)| {
        let (choice, errors) = (ExpiryInput::of(policy, now), FormErrors::default());
        view! { <ExpiryForm choice errors cookie_age now /> }.into_any()
    });
