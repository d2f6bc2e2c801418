//! What a machine needs for a card behind VFIO, and the cure for what it lacks.

use gaslane::driver::{CardInfo, DriverOptions};
use gaslane::pci::{KERNEL_DRIVER, sysfs};
use gaslane_hdl::CardConfig;
use rustix::process::{Resource, getrlimit};
use serde_json::json;
use std::fmt::Write;
use std::fs;
use std::path::Path;

/// How a check ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum State {
    /// All is well.
    Ok,
    /// It may be better, or it cannot be said.
    Note,
    /// A card cannot be used.
    Fails,
}

impl State {
    const fn name(self) -> &'static str {
        match self {
            Self::Ok => "ok",
            Self::Note => "note",
            Self::Fails => "fails",
        }
    }
}

/// A check.
pub(crate) struct Check {
    /// What was looked at.
    what: &'static str,
    /// How it ended.
    pub(crate) state: State,
    /// What was found.
    found: String,
    /// What to do about it.
    cure: Option<String>,
}

impl Check {
    fn new(what: &'static str, state: State, found: impl Into<String>) -> Self {
        Self { what, state, found: found.into(), cure: None }
    }

    fn cure(mut self, cure: impl Into<String>) -> Self {
        self.cure = Some(cure.into());
        self
    }
}

/// Memory that the driver maps for a card of configuration `large`.
fn mapped_bytes(lanes: u32) -> u64 {
    let config = CardConfig::large().with_lanes(lanes);
    let info = CardInfo {
        kind: 0,
        git_hash: [0; 20],
        lanes,
        slots: config.slots,
        clock_khz: 0,
        state_entries: config.state_entries,
        access_entries: config.access_entries,
        log_bytes: config.log_bytes,
        return_bytes: config.return_bytes,
        payload_bytes: config.payload_bytes,
        code_bytes: 0,
    };
    DriverOptions::default().buffer_bytes(&info).iter().sum::<usize>() as u64
}

/// Looks at everything.
pub(crate) fn checks() -> Vec<Check> {
    vec![iommu(), module(), container(), cards(), locked_memory(), huge_pages()]
}

fn iommu() -> Check {
    let groups = fs::read_dir("/sys/kernel/iommu_groups").map_or(0, Iterator::count);
    match groups {
        0 => Check::new("IOMMU", State::Fails, "no IOMMU group: the IOMMU is off, or there is none").cure(
            "switch VT-d or AMD-Vi on in the firmware's set-up, and add intel_iommu=on (Intel) or amd_iommu=on to the kernel's command line",
        ),
        _ => Check::new("IOMMU", State::Ok, format!("{groups} groups")),
    }
}

fn module() -> Check {
    if Path::new("/sys/bus/pci/drivers").join(KERNEL_DRIVER).exists() {
        return Check::new("kernel driver", State::Ok, format!("{KERNEL_DRIVER} is loaded"));
    }
    Check::new("kernel driver", State::Fails, format!("{KERNEL_DRIVER} is not loaded"))
        .cure(format!("as root: modprobe {KERNEL_DRIVER}"))
}

fn container() -> Check {
    const PATH: &str = "/dev/vfio/vfio";
    match fs::File::options().read(true).write(true).open(PATH) {
        Ok(_) => Check::new("VFIO", State::Ok, format!("{PATH} can be opened")),
        Err(error) => Check::new("VFIO", State::Fails, format!("{PATH}: {error}"))
            .cure("load vfio-pci; without root also install the udev rule of docs/bring-up.md and join its group"),
    }
}

fn cards() -> Check {
    let functions = sysfs::functions().unwrap_or_default();
    let cards: Vec<_> = functions.into_iter().filter(|function| function.known().is_some()).collect();
    if cards.is_empty() {
        return Check::new("cards", State::Note, "no PCI device has the numbers of a card")
            .cure("is the board's bitstream loaded, and was the bus scanned again since? `gaslane device list --all`");
    }
    let unbound: Vec<_> = cards.iter().filter(|card| card.driver.as_deref() != Some(KERNEL_DRIVER)).collect();
    if let Some(first) = unbound.first() {
        let driver = first.driver.as_deref().unwrap_or("no driver");
        return Check::new("cards", State::Fails, format!("{} is bound to {driver}", first.address))
            .cure(format!("as root: gaslane device bind {}", first.address));
    }
    for card in &cards {
        let Some(group) = card.iommu_group else {
            return Check::new("cards", State::Fails, format!("{} is in no IOMMU group", card.address))
                .cure("see the check of the IOMMU");
        };
        let path = format!("/dev/vfio/{group}");
        if let Err(error) = fs::File::options().read(true).write(true).open(&path) {
            return Check::new("cards", State::Fails, format!("{} (IOMMU group {group}): {path}: {error}", card.address))
                .cure("without root: install the udev rule of docs/bring-up.md and join its group. Busy: another process has the card");
        }
    }
    let names: Vec<String> = cards.iter().map(|card| card.address.to_string()).collect();
    Check::new("cards", State::Ok, format!("{} can be opened", names.join(", ")))
}

fn locked_memory() -> Check {
    let (few, many) = (mapped_bytes(1), mapped_bytes(64));
    let mib = |bytes: u64| bytes.div_ceil(1 << 20);
    let limit = match getrlimit(Resource::Memlock).current {
        None => return Check::new("locked memory", State::Ok, "no limit"),
        Some(limit) if rustix::process::geteuid().is_root() => {
            let found = format!("limit {} MiB, which root does not have to keep", mib(limit));
            return Check::new("locked memory", State::Ok, found);
        }
        Some(limit) => limit,
    };
    let found =
        format!("limit {} MiB; the driver maps {} MiB for one lane, {} for 64", mib(limit), mib(few), mib(many));
    let state = match limit {
        limit if limit >= many => return Check::new("locked memory", State::Ok, found),
        limit if limit >= few => State::Note,
        _ => State::Fails,
    };
    Check::new("locked memory", state, found)
        .cure("raise it: `memlock` in /etc/security/limits.conf, LimitMEMLOCK= of a systemd unit, or ulimit -l")
}

fn huge_pages() -> Check {
    let count = |name: &str| {
        let path = format!("/sys/kernel/mm/hugepages/hugepages-2048kB/{name}");
        fs::read_to_string(path).ok().and_then(|text| text.trim().parse::<u64>().ok())
    };
    match (count("free_hugepages"), count("nr_hugepages")) {
        (Some(free), Some(all)) if all > 0 => Check::new("huge pages", State::Ok, format!("{free} of {all} free")),
        _ => Check::new("huge pages", State::Note, "none: mapping takes longer, and the IOMMU misses more")
            .cure("as root: echo 64 > /proc/sys/vm/nr_hugepages, then `huge_pages = true` under [driver] in the configuration"),
    }
}

/// For people.
pub(crate) fn text(checks: &[Check]) -> String {
    let mut text = String::new();
    for check in checks {
        let _ = writeln!(text, "{:<6}{:<15}{}", check.state.name(), check.what, check.found);
        if let Some(cure) = &check.cure {
            let _ = writeln!(text, "{:21}-> {cure}", "");
        }
    }
    text
}

/// For programs.
pub(crate) fn json(checks: &[Check]) -> String {
    let rows: Vec<_> = checks
        .iter()
        .map(|check| json!({ "check": check.what, "state": check.state.name(), "found": check.found, "cure": check.cure }))
        .collect();
    json!(rows).to_string() + "\n"
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What docs/bring-up.md says.
    #[test]
    fn mapped_memory_is_what_the_page_says() {
        let mib = [1, 4, 64].map(|lanes| mapped_bytes(lanes).div_ceil(1 << 20));
        assert_eq!(mib, [16, 24, 85]);
    }
}
