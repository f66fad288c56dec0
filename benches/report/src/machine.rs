//! The machine that was measured on.

use std::{fs, thread};

/// What is known of it: what it is called, and what it is.
pub(crate) fn facts() -> Vec<(String, String)> {
    let read = |file| fs::read_to_string(file).ok();
    let cores = thread::available_parallelism().ok();
    let known = [
        ("Processor", read("/proc/cpuinfo").and_then(processor)),
        ("Cores", cores.map(|cores| cores.to_string())),
        ("Memory", read("/proc/meminfo").and_then(memory)),
        ("Kernel", read("/proc/sys/kernel/osrelease")),
        ("System", read("/etc/os-release").and_then(system)),
    ];
    known
        .into_iter()
        .filter_map(|(name, fact)| Some((name.to_owned(), fact?.trim().to_owned())))
        .collect()
}

fn processor(cpuinfo: String) -> Option<String> {
    value(&cpuinfo, "model name", ':')
}

fn memory(meminfo: String) -> Option<String> {
    let kib = value(&meminfo, "MemTotal", ':')?;
    let kib: f64 = kib.strip_suffix("kB")?.trim().parse().ok()?;
    Some(format!("{:.1} GiB", kib / 1024.0 / 1024.0))
}

fn system(os_release: String) -> Option<String> {
    let quoted = value(&os_release, "PRETTY_NAME", '=')?;
    Some(quoted.trim_matches('"').to_owned())
}

/// What stands behind exactly `name` and `separator`.
fn value(text: &str, name: &str, separator: char) -> Option<String> {
    text.lines()
        .filter_map(|line| line.split_once(separator))
        .find(|(found, _)| found.trim() == name)
        .map(|(_, value)| value.trim().to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_the_system_says_is_read() {
        let cpuinfo = "processor\t: 0\nmodel name\t: Some CPU @ 2.10GHz\nmodel\t: 85\n";
        assert_eq!(
            processor(cpuinfo.into()).as_deref(),
            Some("Some CPU @ 2.10GHz")
        );
        let meminfo = "MemTotal:        8388608 kB\nMemFree: 1 kB\n";
        assert_eq!(memory(meminfo.into()).as_deref(), Some("8.0 GiB"));
        let os = "NAME=\"Debian\"\nPRETTY_NAME=\"Debian GNU/Linux 12 (bookworm)\"\n";
        assert_eq!(
            system(os.into()).as_deref(),
            Some("Debian GNU/Linux 12 (bookworm)")
        );
    }

    #[test]
    fn what_it_does_not_say_is_left_out() {
        assert_eq!(processor("processor : 0\n".into()), None);
        assert_eq!(memory("MemTotal: much\n".into()), None);
        assert_eq!(system(String::new()), None);
    }
}
