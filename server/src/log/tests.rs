use std::sync::{
    Arc, LazyLock,
    atomic::{AtomicU64, Ordering},
};

use super::*;

#[derive(Clone, Default)]
struct Written(Arc<Mutex<Vec<u8>>>);

impl io::Write for Written {
    fn write(&mut self, line: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap().extend(line);
        Ok(line.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[test]
fn a_warning_is_written_once_a_second_and_what_people_do_each_time() {
    static START: LazyLock<Instant> = LazyLock::new(Instant::now);
    static MILLIS: AtomicU64 = AtomicU64::new(0);
    let now = || *START + Duration::from_millis(MILLIS.load(Ordering::SeqCst));

    let written = Written::default();
    let copy = written.clone();
    let lines = fmt::layer().with_writer(move || copy.clone());
    let warnings = WarningFilter { written: Mutex::default(), now };
    let wanted = warnings.and(EnvFilter::new("info"));
    let log = tracing_subscriber::registry().with(lines.with_filter(wanted));
    tracing::subscriber::with_default(log, || {
        for tenth in 0..25 {
            tracing::error!(tenth, "the store is broken");
            tracing::info!(tenth, "somebody came");
            MILLIS.fetch_add(100, Ordering::SeqCst);
        }
        tracing::error!("something else is broken");
    });
    let lines = String::from_utf8(written.0.lock().unwrap().clone()).unwrap();
    let count = |text| lines.matches(text).count();
    assert_eq!(count("the store is broken"), 3, "{lines}");
    assert_eq!(count("somebody came"), 25);
    assert_eq!(count("something else is broken"), 1);
}
