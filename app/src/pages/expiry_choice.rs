use leptos::prelude::*;

use super::Problem;
use crate::{
    document::Site,
    form::{Problems, Typed},
    visitor::length,
};

/// The five ways to be remembered, as radio buttons; two of them want a number.
#[component]
pub(super) fn ExpiryChoice(typed: Typed, problems: Problems) -> impl IntoView {
    let chosen = match typed.expiry.as_str() {
        "" => "default".to_owned(),
        chosen => chosen.to_owned(),
    };
    let Site { cookie_age, .. } = expect_context();
    let by_default = format!("默认：最后一次更改之后{}", length(cookie_age));
    let radio = |value: &'static str, label: &str| {
        let label = label.to_owned();
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
            <legend>"保持登录多久"</legend>
            <div class="choice">{radio("default", &by_default)}</div>
            <div class="choice">
                {radio("idle", "不活动一段时间之后")}
                <Number
                    name="seconds"
                    label="秒数"
                    value=typed.seconds
                    problem_id="seconds-error"
                    problem=problems.seconds
                />
            </div>
            <div class="choice">
                {radio("days", "固定的天数之后")}
                <Number
                    name="days"
                    label="天数"
                    value=typed.days
                    problem_id="days-error"
                    problem=problems.days
                />
            </div>
            <div class="choice">{radio("close", "关闭浏览器时")}</div>
            <div class="choice">{radio("never", "永不过期")}</div>
            <Problem id="expiry-error" text=problems.expiry />
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
    problem_id: &'static str,
    problem: Option<String>,
) -> impl IntoView {
    let wrong = problem.is_some();
    view! {
        <div class="number">
            <label for=name>{label}</label>
            <input
                id=name
                name=name
                inputmode="numeric"
                autocomplete="off"
                value=value
                aria-invalid=wrong.then_some("true")
                aria-describedby=wrong.then_some(problem_id)
            />
            <Problem id=problem_id text=problem />
        </div>
    }
}
