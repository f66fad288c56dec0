//! The fields that choose when a session ends, in two forms.

use huihua::expiry::{ExpiryPolicy, LONGEST_COOKIE, NEVER};
use leptos::prelude::*;
use leptos_i18n::td_string;
use time::{Duration, OffsetDateTime};

use super::{ErrorMessage, Field, WithTime};
use crate::{
    form::{ExpiryInput, FieldError, FormErrors},
    islands::EndPreview,
    preferences::locale,
    timestamp::length,
};

/// The five ways to be remembered, as radio buttons, each with what it does and when it would end if
/// it were chosen now; two of them want a number.
#[component]
pub(super) fn ExpiryChoice(
    /// The fields as they are filled in.
    choice: ExpiryInput,
    /// Their errors.
    errors: FormErrors,
    /// `SESSION_COOKIE_AGE`.
    cookie_age: Duration,
    /// The present moment.
    now: OffsetDateTime,
) -> impl IntoView {
    let locale = locale();
    let age = length(locale, cookie_age.whole_seconds());
    let default_end = now + cookie_age;
    let end_of = |expiry: &str| {
        let choice = ExpiryInput { expiry: expiry.to_owned(), ..choice.clone() };
        let policy = ExpiryPolicy::from_expiry(choice.expiry(now).ok()?);
        Some(policy.row_end(now, cookie_age).min(NEVER))
    };
    let (idle_end, days_end) = (end_of("idle"), end_of("days"));
    let ExpiryInput { expiry: chosen, seconds, days } = choice;
    let radio = move |value: &'static str, label: String| {
        let checked = chosen == value || (chosen.is_empty() && value == "default");
        view! {
            <label>
                <input type="radio" name="expiry" value=value checked=checked />
                {label}
            </label>
        }
    };
    view! {
        <EndPreview>
            <fieldset>
                <legend>{td_string!(locale, site.choice.legend)}</legend>
                <div class="choice">
                    {radio("default", td_string!(locale, site.choice.default, age))}
                    <p class="means">
                        <WithTime
                            text=td_string!(locale, site.choice.default_means, end = "{}")
                            at=default_end
                        />
                    </p>
                </div>
                <div class="choice">
                    {radio("idle", td_string!(locale, site.choice.idle).into())}
                    <p class="means">{td_string!(locale, site.choice.idle_means)}</p>
                    <Number
                        name="seconds"
                        label=td_string!(locale, site.choice.seconds)
                        value=seconds
                        error=errors.get("seconds")
                        end=idle_end
                    />
                </div>
                <div class="choice">
                    {radio("days", td_string!(locale, site.choice.days_choice).into())}
                    <p class="means">{td_string!(locale, site.choice.days_means)}</p>
                    <Number
                        name="days"
                        label=td_string!(locale, site.choice.days)
                        value=days
                        error=errors.get("days")
                        end=days_end
                    />
                </div>
                <div class="choice">
                    {radio("close", td_string!(locale, site.choice.close).into())}
                    <p class="means">
                        <WithTime
                            text=td_string!(locale, site.choice.close_means, end = "{}")
                            at=default_end
                        />
                    </p>
                </div>
                <div class="choice">
                    {radio("never", td_string!(locale, site.choice.never).into())}
                    <p class="means">
                        <WithTime
                            text=td_string!(locale, site.choice.never_means, end = "{}")
                            at=now + LONGEST_COOKIE
                        />
                    </p>
                </div>
                <ErrorMessage id="expiry-error" error=errors.get("expiry") />
            </fieldset>
        </EndPreview>
    }
    // Without this, the type of a page is too deep for the compiler.
    .into_any()
}

/// A text field, not a number field: browsers throw away what isn't a number, and then
/// nobody could say what is wrong with it.
#[component]
fn Number(
    name: &'static str,
    label: &'static str,
    value: String,
    error: Option<FieldError>,
    end: Option<OffsetDateTime>,
) -> impl IntoView {
    // Of nothing there is no end; the browser shows it once there is something.
    let hidden = end.is_none();
    let at = end.unwrap_or(OffsetDateTime::UNIX_EPOCH);
    view! {
        <div class="number">
            <Field id=name name label inputmode="numeric" value error />
            <p class="means" id=format!("{name}-preview") hidden=hidden aria-live="polite">
                <WithTime text=td_string!(locale(), site.choice.ends, end = "{}") at />
            </p>
        </div>
    }
    .into_any()
}
