//! The list of background jobs.

use admin::{Job, JobKind, JobState};
use leptos::prelude::*;
use leptos_i18n::td_string;

use crate::{pages::WithTime, preferences::locale};

/// The running jobs and the last of each kind, the newest first.
#[component]
pub(super) fn Jobs(jobs: Vec<Job>) -> impl IntoView {
    let locale = locale();
    let none = jobs.is_empty().then(|| view! { <p>{td_string!(locale, console.jobs.none)}</p> });
    view! {
        <section class="card" id="jobs" aria-labelledby="jobs-title">
            <h2 id="jobs-title">{td_string!(locale, console.jobs.title)}</h2>
            {none}
            {jobs.into_iter().rev().map(|job| view! { <OneJob job /> }).collect_view()}
        </section>
    }
    .into_any()
}

#[component]
fn OneJob(job: Job) -> impl IntoView {
    let locale = locale();
    let name = match job.kind {
        JobKind::ClearExpired => td_string!(locale, console.jobs.clear).to_owned(),
        JobKind::EndAllOf(uname) => td_string!(locale, console.jobs.end_all_of, uname),
    };
    let removed = job.removed;
    let (state, progress) = match job.state {
        JobState::Running => {
            let said = td_string!(locale, console.jobs.running_said, removed);
            // Without a share where the number of sessions isn't known.
            let value = job.of.map(|of| job.done.min(of));
            let max = job.of.map(|of| of.max(1));
            let name = name.clone();
            (said, Some(view! { <progress aria-label=name value=value max=max></progress> }))
        }
        JobState::Done => (td_string!(locale, console.jobs.done, removed), None),
        JobState::Failed(why) => (td_string!(locale, console.jobs.failed, why), None),
    };
    view! {
        <div class="job">
            <h3>
                <bdi>{name}</bdi>
            </h3>
            {progress}
            <p>{state}</p>
            <p class="means">
                <WithTime text=td_string!(locale, console.jobs.begun, at = "{}") at=job.begun_at />
            </p>
        </div>
    }
    .into_any()
}
