use huihua::expiry::{LONGEST_COOKIE, NEVER, Policy};
use leptos::prelude::*;
use leptos_i18n::td_string;
use time::{Duration, OffsetDateTime};

use super::{Field, Problem, Said};
use crate::{
    current_user::{Timestamp, length},
    document::Site,
    form::{FieldError, FormErrors, FormInput},
    locale::locale,
    mould::{Holes, shape_of},
};

/// What stands in the choice: what was typed, what is wrong with it, and when each way would end
/// if it were chosen now.
pub(super) struct Choice {
    typed: FormInput,
    problems: FormErrors,
    default_end: Timestamp,
    idle_end: Option<Timestamp>,
    days_end: Option<Timestamp>,
    never_end: Timestamp,
}

impl Choice {
    /// `now`: the present moment; without sessions there is none.
    pub(super) fn new(typed: FormInput, problems: FormErrors, now: Option<OffsetDateTime>) -> Self {
        let Site { cookie_age, .. } = expect_context();
        let cookie_age = Duration::seconds(cookie_age);
        let now = now.unwrap_or(OffsetDateTime::UNIX_EPOCH);
        let end_of = |expiry: &str| {
            let typed = FormInput {
                expiry: expiry.to_owned(),
                ..typed.clone()
            };
            let policy = Policy::from_expiry(typed.expiry(now).ok()?);
            Some(policy.row_end(now, cookie_age).min(NEVER).into())
        };
        Self {
            default_end: (now + cookie_age).into(),
            idle_end: end_of("idle"),
            days_end: end_of("days"),
            never_end: (now + LONGEST_COOKIE).into(),
            typed,
            problems,
        }
    }

    /// How many shapes it has with one way chosen, while nothing is wrong.
    pub(super) const SHAPES: usize = 1 << 4;

    /// Which of them this is.
    pub(super) fn shape(&self) -> usize {
        shape_of([
            self.idle_end.is_some(),
            self.days_end.is_some(),
            !self.typed.seconds.is_empty(),
            !self.typed.days.is_empty(),
        ])
    }

    /// What is typed and when it ends goes into holes.
    pub(super) fn in_holes(self, holes: &mut Holes) -> Self {
        let mut text = |text: String| match text.is_empty() {
            true => text,
            false => holes.text(text),
        };
        let typed = FormInput {
            seconds: text(self.typed.seconds),
            days: text(self.typed.days),
            ..self.typed
        };
        let mut moment = |at: Timestamp| holes.moment(at);
        Self {
            typed,
            problems: self.problems,
            default_end: moment(self.default_end),
            idle_end: self.idle_end.map(&mut moment),
            days_end: self.days_end.map(&mut moment),
            never_end: moment(self.never_end),
        }
    }
}

/// The five ways to be remembered, as radio buttons, each with what it does and when it would
/// end if it were chosen now; two of them want a number.
#[component]
pub(super) fn ExpiryChoice(choice: Choice) -> impl IntoView {
    let locale = locale();
    let Site { cookie_age, .. } = expect_context();
    let age = length(locale, cookie_age);
    let Choice {
        typed,
        problems,
        default_end,
        idle_end,
        days_end,
        never_end,
    } = choice;
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
    view! {
        <fieldset>
            <legend>{td_string!(locale, site.choice.legend)}</legend>
            <div class="choice">
                {radio("default", td_string!(locale, site.choice.default, age))}
                <p class="means">
                    <Said
                        text=td_string!(locale, site.choice.default_means, end = "{}")
                        at=default_end.clone()
                    />
                </p>
            </div>
            <div class="choice">
                {radio("idle", td_string!(locale, site.choice.idle).into())}
                <p class="means">{td_string!(locale, site.choice.idle_means)}</p>
                <Number
                    name="seconds"
                    label=td_string!(locale, site.choice.seconds)
                    value=typed.seconds
                    problem=problems.seconds
                    end=idle_end
                />
            </div>
            <div class="choice">
                {radio("days", td_string!(locale, site.choice.days_choice).into())}
                <p class="means">{td_string!(locale, site.choice.days_means)}</p>
                <Number
                    name="days"
                    label=td_string!(locale, site.choice.days)
                    value=typed.days
                    problem=problems.days
                    end=days_end
                />
            </div>
            <div class="choice">
                {radio("close", td_string!(locale, site.choice.close).into())}
                <p class="means">
                    <Said text=td_string!(locale, site.choice.close_means, end = "{}") at=default_end />
                </p>
            </div>
            <div class="choice">
                {radio("never", td_string!(locale, site.choice.never).into())}
                <p class="means">
                    <Said text=td_string!(locale, site.choice.never_means, end = "{}") at=never_end />
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
    problem: Option<FieldError>,
    end: Option<Timestamp>,
) -> impl IntoView {
    // Of nothing there is no end; the browser shows it once there is something.
    let hidden = end.is_none();
    let end = end.unwrap_or_else(|| OffsetDateTime::UNIX_EPOCH.into());
    view! {
        <div class="number">
            <Field id=name name label inputmode="numeric" value wrong=problem />
            <p class="means" id=format!("{name}-preview") hidden=hidden aria-live="polite">
                <Said text=td_string!(locale(), site.choice.ends, end = "{}") at=end />
            </p>
        </div>
    }
    .into_any()
}
