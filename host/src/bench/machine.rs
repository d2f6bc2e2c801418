//! The machine that a measurement was made on, and the energy that its processor takes.

use serde::Serialize;
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime, UNIX_EPOCH};
use std::{fs, io};

/// A machine, as a report states it.
#[derive(Clone, Debug, Serialize)]
pub struct Machine {
    /// Model name of the processor.
    pub cpu: String,
    /// Processors that this process may use.
    pub cores: usize,
    /// Main memory.
    pub memory_bytes: Option<u64>,
    /// System and its version.
    pub os: String,
    /// Version of this program.
    pub gaslane: &'static str,
    /// `release` or `debug`: times of the latter mean little.
    pub build: &'static str,
    /// Seconds since 1970 at which the measurement was made.
    pub unix_s: u64,
}

impl Machine {
    /// This one.
    pub fn this() -> Self {
        let read = |path: &str| fs::read_to_string(path).unwrap_or_default();
        let field = |text: &str, name: &str| {
            let line = text.lines().find(|line| line.starts_with(name))?;
            Some(line.split_once(':')?.1.trim().to_owned())
        };
        let memory = field(&read("/proc/meminfo"), "MemTotal")
            .and_then(|text| text.trim_end_matches("kB").trim().parse::<u64>().ok());
        Self {
            cpu: field(&read("/proc/cpuinfo"), "model name").unwrap_or_else(|| "unknown processor".into()),
            cores: std::thread::available_parallelism().map_or(1, |cores| cores.get()),
            memory_bytes: memory.map(|kib| kib * 1024),
            os: format!("{} {}", std::env::consts::OS, read("/proc/sys/kernel/osrelease").trim()),
            gaslane: env!("CARGO_PKG_VERSION"),
            build: if cfg!(debug_assertions) { "debug" } else { "release" },
            unix_s: SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |time| time.as_secs()),
        }
    }
}

/// Why the processor's energy is not known.
#[derive(Debug, thiserror::Error)]
pub enum EnergyError {
    /// There is no counter.
    #[error("no RAPL counter under {0}: the processor or the hypervisor shows none")]
    None(PathBuf),
    /// It cannot be read.
    #[error("cannot read {path}: {source}; RAPL counters are readable by root alone unless an administrator allows it")]
    Read {
        /// The counter.
        path: PathBuf,
        /// What the system says.
        source: io::Error,
    },
}

/// Energy counters of the processor packages (RAPL, by way of Linux's `powercap`).
#[derive(Debug)]
pub struct Rapl {
    /// `energy_uj` of each package, with the value at which it starts again from zero.
    packages: Vec<(PathBuf, u64)>,
}

impl Rapl {
    /// Where Linux shows the counters.
    pub const FOLDER: &'static str = "/sys/class/powercap";

    /// The counters of a folder like [`Self::FOLDER`].
    pub fn open(folder: &Path) -> Result<Self, EnergyError> {
        let entries = fs::read_dir(folder).map_err(|_| EnergyError::None(folder.to_owned()))?;
        let mut packages = Vec::new();
        for entry in entries.flatten() {
            // intel-rapl:0 is a package (AMD's are named the same), intel-rapl:0:1 a part of one.
            let name = entry.file_name().to_string_lossy().into_owned();
            if name.starts_with("intel-rapl:") && name.matches(':').count() == 1 {
                let range = number(&entry.path().join("max_energy_range_uj"))?;
                packages.push((entry.path().join("energy_uj"), range));
            }
        }
        if packages.is_empty() {
            return Err(EnergyError::None(folder.to_owned()));
        }
        packages.sort();
        Ok(Self { packages })
    }

    /// Joules that the packages take while something runs, and how long it runs.
    pub fn measure(&self, work: impl FnOnce() -> Duration) -> Result<(f64, Duration), EnergyError> {
        let before = self.read()?;
        let time = work();
        let after = self.read()?;
        let counters = before.iter().zip(&after).zip(&self.packages);
        let used = counters.map(|((before, after), (_, range))| match after.checked_sub(*before) {
            Some(used) => used,
            None => range.saturating_sub(*before) + after,
        });
        Ok((used.sum::<u64>() as f64 / 1e6, time))
    }

    fn read(&self) -> Result<Vec<u64>, EnergyError> {
        self.packages.iter().map(|(path, _)| number(path)).collect()
    }
}

fn number(path: &Path) -> Result<u64, EnergyError> {
    let error = |source| EnergyError::Read { path: path.to_owned(), source };
    let text = fs::read_to_string(path).map_err(error)?;
    text.trim().parse().map_err(|parse| error(io::Error::new(io::ErrorKind::InvalidData, parse)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_machine_says_what_it_is() {
        let machine = Machine::this();
        assert!(!machine.cpu.is_empty() && machine.cores > 0 && machine.unix_s > 1_600_000_000, "{machine:?}");
    }

    #[test]
    fn counters_of_packages_are_added_and_start_again() {
        let folder = tempfile::tempdir().unwrap();
        let write = |name: &str, energy: u64| {
            let package = folder.path().join(name);
            fs::create_dir_all(&package).unwrap();
            fs::write(package.join("energy_uj"), format!("{energy}\n")).unwrap();
            fs::write(package.join("max_energy_range_uj"), "10000000\n").unwrap();
        };
        assert!(matches!(Rapl::open(folder.path()), Err(EnergyError::None(_))));
        write("intel-rapl:0", 1_000_000);
        write("intel-rapl:0:0", 7);
        write("intel-rapl:1", 9_000_000);
        let rapl = Rapl::open(folder.path()).unwrap();
        let work = || {
            write("intel-rapl:0", 3_500_000);
            write("intel-rapl:1", 500_000);
            Duration::from_secs(1)
        };
        assert_eq!(rapl.measure(work).unwrap(), (4.0, Duration::from_secs(1)));
        fs::write(folder.path().join("intel-rapl:1/energy_uj"), "nothing").unwrap();
        assert!(matches!(rapl.measure(|| Duration::ZERO), Err(EnergyError::Read { .. })));
    }
}
