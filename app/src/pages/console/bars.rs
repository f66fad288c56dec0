//! A table of numbers with bars.

use leptos::prelude::*;
use leptos_i18n::td_string;

use crate::preferences::locale;

/// A table of numbers, each with a bar beside it. In a sample they stand for `whole`.
#[component]
pub(super) fn Bars(
    id: &'static str,
    title: &'static str,
    /// The heading of the first column.
    first: &'static str,
    rows: Vec<(String, u64)>,
    /// The number of sessions that were read.
    read: u64,
    /// The number of all, if those were a sample.
    whole: Option<u64>,
) -> impl IntoView {
    let locale = locale();
    let most = rows.iter().map(|(_, number)| *number).max().unwrap_or(0);
    let rows = rows.into_iter().map(|(name, number)| {
        let width = match most {
            0 => 0,
            // However few they are, they can be seen.
            most => (number * 100).div_ceil(most),
        };
        let said = match whole {
            Some(whole) if number > 0 => {
                let number = estimate(number, read, whole);
                td_string!(locale, console.about, number)
            }
            _ => number.to_string(),
        };
        view! {
            <tr>
                <th scope="row">{name}</th>
                <td class="number-of">{said}</td>
                <td class="bar-of">
                    <svg viewBox="0 0 100 10" preserveAspectRatio="none" aria-hidden="true">
                        <rect width=width height="10" />
                    </svg>
                </td>
            </tr>
        }
    });
    let caption = match whole {
        Some(_) => td_string!(locale, console.sampled, read),
        None => td_string!(locale, console.all_read, read),
    };
    view! {
        <section class="card" id=id aria-labelledby=format!("{id}-title")>
            <h2 id=format!("{id}-title")>{title}</h2>
            <table class="bars">
                <caption>{caption}</caption>
                <thead class="unseen">
                    <tr>
                        <th scope="col">{first}</th>
                        <th scope="col">{td_string!(locale, console.number)}</th>
                        <td></td>
                    </tr>
                </thead>
                <tbody>{rows.collect_view()}</tbody>
            </table>
        </section>
    }
    .into_any()
}

/// `number` of `read`, if there were `whole`.
fn estimate(number: u64, read: u64, whole: u64) -> u64 {
    let estimate = u128::from(number) * u128::from(whole) / u128::from(read.max(1));
    u64::try_from(estimate).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests;
