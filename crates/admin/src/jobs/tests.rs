use time::{Duration, macros::datetime};

use super::*;

const NOW: OffsetDateTime = datetime!(2026-11-23 12:00 UTC);

fn of(name: &str) -> JobKind {
    JobKind::EndAllOf(name.to_owned())
}

fn states(jobs: &Jobs) -> Vec<(JobKind, JobState)> {
    let jobs = jobs.list(0).into_iter();
    jobs.map(|job| (job.kind, job.state)).collect()
}

#[test]
fn one_of_a_kind_runs_and_the_last_of_a_kind_is_kept() {
    let jobs = Jobs::default();
    let clearing = jobs.begin(JobKind::ClearExpired, NOW, 0).unwrap();
    assert!(jobs.begin(JobKind::ClearExpired, NOW, 0).is_none());
    let ming = jobs.begin(of("ming"), NOW, 0).unwrap();
    assert!(jobs.begin(of("ming"), NOW, 0).is_none());
    let hong = jobs.begin(of("hong"), NOW, 0).unwrap();
    ming.update(|job| job.removed = 3);
    ming.finish(None);
    hong.finish(Some("it is broken".into()));
    drop(clearing);
    assert_eq!(
        states(&jobs),
        [
            (JobKind::ClearExpired, JobState::Failed("it was given up".into())),
            (of("hong"), JobState::Failed("it is broken".into())),
        ]
    );
    let later = NOW + Duration::HOUR;
    jobs.begin(of("ming"), later, 0).unwrap().finish(None);
    let listed = jobs.list(0);
    assert_eq!((listed.len(), listed[1].begun_at), (2, later));
    assert_eq!(listed[1].state, JobState::Done);
}

#[test]
fn so_many_run_at_once_and_no_more() {
    let jobs = Jobs::default();
    let names = (0..MAX_RUNNING).map(|number| of(&number.to_string()));
    let running: Vec<_> = names.map(|kind| jobs.begin(kind, NOW, 0).unwrap()).collect();
    assert!(jobs.begin(of("one more"), NOW, 0).is_none());
    let is_running = |kind| jobs.list(0).iter().any(|job| job.runs(&kind));
    assert!(is_running(of("0")) && !is_running(of("one more")));
    assert!(jobs.begin(JobKind::ClearExpired, NOW, 0).is_some());
    drop(running);
    assert!(jobs.begin(of("one more"), NOW, 0).is_some());
}

#[test]
fn what_is_cleared_is_told_while_it_goes_on() {
    let jobs = Jobs::default();
    let clearing = jobs.begin(JobKind::ClearExpired, NOW, 100).unwrap();
    clearing.update(|job| job.of = Some(1000));
    let listed = jobs.list(350);
    assert_eq!((listed[0].removed, listed[0].done), (250, 250));
    assert_eq!(listed[0].of, Some(1000));
    clearing.update(|job| job.removed = 251);
    clearing.finish(None);
    assert_eq!(jobs.list(9000)[0].removed, 251);
}
