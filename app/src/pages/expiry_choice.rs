use huihua::expiry::{LONGEST_COOKIE, NEVER, Policy};
use leptos::prelude::*;
use leptos_i18n::td_string;
use time::{Duration, OffsetDateTime};

use super::{Field, Problem, Said};
use crate::{
    document::Site,
    form::{Problems, Typed, Wrong},
    language::language,
    visitor::length,
};

/// The five ways to be remembered, as radio buttons, each with what it does and when it would
/// end if it were chosen now; two of them want a number.
#[component]
pub(super) fn ExpiryChoice(
    typed: Typed,
    problems: Problems,
    /// The present moment; without sessions there is none.
    now: Option<OffsetDateTime>,
) -> impl IntoView {
    let language = language();
    let Site { cookie_age, .. } = expect_context();
    let age = length(language, cookie_age);
    let now = now.unwrap_or(OffsetDateTime::UNIX_EPOCH);
    let at_latest = now + Duration::seconds(cookie_age);
    let chosen = match typed.expiry.as_str() {
        "" => "default".to_owned(),
        chosen => chosen.to_owned(),
    };
    let radio = |value: &'static str, label: String| {
        let checked = chosen == value;
        view! {
            <label>
                <input type="radio" name="expiry" value=value checked=checked />
                {label}
            </label>
        }
    };
    let end_of = |expiry: &str| {
        let typed = Typed {
            expiry: expiry.to_owned(),
            ..typed.clone()
        };
        let policy = Policy::from_expiry(typed.expiry(now).ok()?);
        Some(
            policy
                .row_end(now, Duration::seconds(cookie_age))
                .min(NEVER),
        )
    };
    let (idle_end, days_end) = (end_of("idle"), end_of("days"));
    view! {
        <fieldset>
            <legend>{td_string!(language, site.choice.legend)}</legend>
            <div class="choice">
                {radio("default", td_string!(language, site.choice.default, age))}
                <p class="means">
                    <Said text=td_string!(language, site.choice.default_means, end = "{}") at=at_latest />
                </p>
            </div>
            <div class="choice">
                {radio("idle", td_string!(language, site.choice.idle).into())}
                <p class="means">{td_string!(language, site.choice.idle_means)}</p>
                <Number
                    name="seconds"
                    label=td_string!(language, site.choice.seconds)
                    value=typed.seconds
                    problem=problems.seconds
                    end=idle_end
                />
            </div>
            <div class="choice">
                {radio("days", td_string!(language, site.choice.days_choice).into())}
                <p class="means">{td_string!(language, site.choice.days_means)}</p>
                <Number
                    name="days"
                    label=td_string!(language, site.choice.days)
                    value=typed.days
                    problem=problems.days
                    end=days_end
                />
            </div>
            <div class="choice">
                {radio("close", td_string!(language, site.choice.close).into())}
                <p class="means">
                    <Said text=td_string!(language, site.choice.close_means, end = "{}") at=at_latest />
                </p>
            </div>
            <div class="choice">
                {radio("never", td_string!(language, site.choice.never).into())}
                <p class="means">
                    <Said
 text=td_string!(language, site.choice.never_means, end = "{}")
 at=now + LONGEST_COOKIE
 />
                </p>
            </div>
            <Problem id="expiry-error" wrong=problems.expiry />
        </fieldset>
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
    problem: Option<Wrong>,
    end: Option<OffsetDateTime>,
) -> impl IntoView {
    // Of nothing there is no end; the browser shows it once there is something.
    let hidden = end.is_none();
    let end = end.unwrap_or(OffsetDateTime::UNIX_EPOCH);
    view! {
        <div class="number">
            <Field id=name name label inputmode="numeric" value wrong=problem />
            <p class="means" id=format!("{name}-preview") hidden=hidden aria-live="polite">
                <Said text=td_string!(language(), site.choice.ends, end = "{}") at=end />
            </p>
        </div>
    }
    .into_any()
}
