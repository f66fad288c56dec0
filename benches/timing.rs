//! The time that a forged signature takes, and whether it tells how much of it was right: Welch's t-test
//! between two forgeries, as in "Dude, is my code constant time?" (Reparaz, Balasch, Verbauwhede,
//! 2016). What is beyond 4.5 would tell.

use std::{hint::black_box, time::Instant};

use huihua::{
    Clock, SecretKeys,
    signing::{SIGNED_COOKIES_SALT, Signer},
};

const SAMPLES: usize = 400_000;
/// The slowest are the machine's business.
const KEPT: f64 = 0.9;
const TELLS: f64 = 4.5;

/// The same payload with another character at this place of its signature.
fn forged(payload: &str, place: usize) -> String {
    let at = payload.rfind(':').map_or(0, |colon| colon + 1) + place;
    let other = if payload[at..].starts_with('A') { "B" } else { "A" };
    format!("{}{other}{}", &payload[..at], &payload[at + 1..])
}

/// The mean of what is kept, and the square of its standard error.
fn mean_and_error(samples: &mut [f64]) -> (f64, f64) {
    samples.sort_by(f64::total_cmp);
    let kept = &samples[..(samples.len() as f64 * KEPT) as usize];
    let count = kept.len() as f64;
    let mean = kept.iter().sum::<f64>() / count;
    let squares: f64 = kept.iter().map(|sample| (sample - mean).powi(2)).sum();
    (mean, squares / (count - 1.0) / count)
}

fn main() {
    let signer =
        Signer::new(&SecretKeys::allow_short("a secret").expect("a key"), SIGNED_COOKIES_SALT);
    let payload = signer.sign(r#"{"uname":"ming"}"#, Clock::system().now());
    // Wrong from the first character on, and right but for the last but one (the last holds
    // bits that are not all used).
    let forgeries = [forged(&payload, 0), forged(&payload, 41)];
    let mut samples = [const { Vec::new() }; 2];
    for _ in 0..SAMPLES {
        let which = usize::from(rand::random::<bool>());
        let start = Instant::now();
        let refused = signer.verify(black_box(&forgeries[which])).is_err();
        samples[which].push(start.elapsed().as_nanos() as f64);
        assert!(refused);
    }
    let means = samples.each_mut().map(|samples| mean_and_error(samples));
    let [(early, early_error), (late, late_error)] = means;
    let t = (early - late) / (early_error + late_error).sqrt();
    let verdict = if t.abs() < TELLS { "tells nothing" } else { "TELLS SOMETHING" };
    println!(
        "wrong at once {early:.1} ns, wrong at the end {late:.1} ns: t = {t:.2}, which {verdict}"
    );
}
