//! Mutation check: deliberate faults, one at a time, each of which the ordinary tests must catch.

use crate::root;
use anyhow::{Context, bail};
use serde::{Deserialize, Serialize};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

/// Faults that were caught, as the last runs found them.
pub const CAUGHT: &str = "xtask/mutants-caught.toml";
const LIST: &str = "xtask/mutants.toml";

/// Longest that one test command may take. A fault that makes the tests hang is caught.
const MOST_TIME: Duration = Duration::from_secs(600);

/// Arguments of `cargo test`, the quickest and most telling first. The last is everything.
const STAGES: &[&[&str]] = &[
    &["--package", "gaslane-sim", "--lib"],
    &["--package", "gaslane-tests", "--test", "destroyed", "--test", "occupied", "--test", "opcodes"],
    &["--package", "gaslane-tests", "--test", "worlds", "--test", "differential"],
    &["--package", "gaslane-tests", "--test", "statetests", "--test", "gas"],
    &["--package", "gaslane", "--lib"],
    &["--package", "gaslane-translate"],
    &["--package", "gaslane-tests"],
    &["--workspace"],
];

/// Which stage sees a fault of a folder first.
const FIRST: &[(&str, usize)] = &[
    ("sim/src/lane/access.rs", 0),
    ("sim/src/lane", 1),
    ("sim/", 0),
    ("host/translate/", 5),
    ("host/src/records.rs", 4),
    ("host/src/host_calls.rs", 4),
    ("", 1),
];

#[derive(Deserialize)]
struct List {
    mutant: Vec<Mutant>,
}

/// A fault to apply.
#[derive(Deserialize)]
pub struct Mutant {
    /// What is wrong then.
    pub name: String,
    file: PathBuf,
    find: String,
    replace: String,
}

/// What caught a fault.
#[derive(Clone, Serialize, Deserialize)]
pub struct Caught {
    /// Name of the fault.
    pub name: String,
    /// Tests that failed, of the first program of tests that did.
    pub by: Vec<String>,
    /// Commit that the fault was applied to.
    pub commit: String,
}

/// The file of results.
#[derive(Default, Serialize, Deserialize)]
pub struct Results {
    /// One for each fault that was caught.
    #[serde(default)]
    pub fault: Vec<Caught>,
}

/// Restores a file when dropped.
struct Restore {
    path: PathBuf,
    text: String,
}

impl Drop for Restore {
    fn drop(&mut self) {
        if let Err(error) = std::fs::write(&self.path, &self.text) {
            eprintln!("cannot restore {}: {error}", self.path.display());
        }
    }
}

/// The list of faults.
pub fn list() -> anyhow::Result<Vec<Mutant>> {
    let text = std::fs::read_to_string(root().join(LIST)).context(LIST)?;
    Ok(toml::from_str::<List>(&text).context(LIST)?.mutant)
}

/// What the runs so far have found. No file is no result.
pub fn results() -> anyhow::Result<Results> {
    match std::fs::read_to_string(root().join(CAUGHT)) {
        Ok(text) => toml::from_str(&text).context(CAUGHT),
        Err(_) => Ok(Results::default()),
    }
}

/// Waits for a command's end; kills it after [`MOST_TIME`], with the tests that it has started. `false` if it was killed.
fn finish(child: &mut Child) -> anyhow::Result<bool> {
    let start = Instant::now();
    while child.try_wait()?.is_none() {
        if start.elapsed() > MOST_TIME {
            Command::new("kill").args(["-KILL", "--", &format!("-{}", child.id())]).status()?;
            child.wait()?;
            return Ok(false);
        }
        std::thread::sleep(Duration::from_millis(100));
    }
    Ok(true)
}

/// Runs a stage; the tests that fail, with the program that they are in.
fn failures(root: &Path, stage: &[&str]) -> anyhow::Result<Vec<String>> {
    use std::os::unix::process::CommandExt;
    let log_path = root.join("target/mutants.log");
    let log = std::fs::File::create(&log_path).with_context(|| log_path.display().to_string())?;
    let mut command = Command::new(env!("CARGO"));
    command.arg("test").args(stage).current_dir(root).process_group(0);
    command.stdin(Stdio::null()).stdout(log.try_clone()?).stderr(log);
    let mut child = command.spawn()?;
    let ended = finish(&mut child)?;
    let text = String::from_utf8_lossy(&std::fs::read(&log_path)?).into_owned();
    if text.contains("could not compile") {
        bail!("does not compile:\n{text}");
    }
    // "Running tests/opcodes.rs (target/…)" or "Running unittests src/lib.rs (target/debug/deps/gaslane_sim-0123)".
    let running = text.lines().filter_map(|line| line.trim_start().strip_prefix("Running ")).next_back();
    let program = running.and_then(|line| line.split_once(" (")).map_or("", |(source, path)| {
        let binary = path.rsplit('/').next().and_then(|file| file.split('-').next()).unwrap_or(path);
        if source.starts_with("unittests") { binary } else { source }
    });
    if !ended {
        return Ok(vec![format!("{program}: does not end")]);
    }
    if child.wait()?.success() {
        return Ok(Vec::new());
    }
    let mut tests: Vec<_> = text
        .lines()
        .filter_map(|line| line.strip_prefix("---- ")?.strip_suffix(" stdout ----"))
        .map(|test| format!("{program}::{test}"))
        .collect();
    tests.sort();
    tests.dedup();
    if tests.is_empty() {
        // No test has failed, yet the program has: it was killed, or an example in the documentation fails.
        tests.push(format!("{program}: the program fails"));
    }
    Ok(tests)
}

/// Stages in the order in which a fault in that file meets them.
fn stages(file: &Path) -> Vec<&'static [&'static str]> {
    let first = FIRST.iter().find(|(folder, _)| file.starts_with(folder) || folder.is_empty());
    let first = first.map_or(0, |(_, stage)| *stage);
    let others = STAGES.iter().enumerate().filter(|(index, _)| *index != first).map(|(_, stage)| *stage);
    std::iter::once(STAGES[first]).chain(others).collect()
}

/// Applies a fault and gives the tests that fail; none if it survives. Stages that have caught something are in `sound`
/// once they have passed without a fault.
fn attempt(root: &Path, mutant: &Mutant, sound: &mut Vec<&[&str]>) -> anyhow::Result<Vec<String>> {
    let path = root.join(&mutant.file);
    let text = std::fs::read_to_string(&path).with_context(|| path.display().to_string())?;
    if text.matches(&mutant.find).count() != 1 {
        bail!("the text to replace does not stand once in {}", mutant.file.display());
    }
    let changed = text.replace(&mutant.find, &mutant.replace);
    let restore = Restore { path: path.clone(), text };
    std::fs::write(&path, changed)?;
    for stage in stages(&mutant.file) {
        let tests = failures(root, stage)?;
        if tests.is_empty() {
            continue;
        }
        drop(restore);
        if !sound.contains(&stage) {
            let without = failures(root, stage)?;
            if !without.is_empty() {
                bail!("tests fail without any fault: {}", without.join(", "));
            }
            sound.push(stage);
        }
        return Ok(tests);
    }
    Ok(Vec::new())
}

fn commit(root: &Path) -> anyhow::Result<String> {
    let output = Command::new("git").args(["rev-parse", "--short=10", "HEAD"]).current_dir(root).output()?;
    Ok(String::from_utf8(output.stdout)?.trim().to_owned())
}

/// Fails if a committed file differs from its commit: the fault of a run that was interrupted, or of one that still runs.
fn check_clean(root: &Path) -> anyhow::Result<()> {
    let output =
        Command::new("git").args(["status", "--porcelain", "--untracked-files=no"]).current_dir(root).output()?;
    let text = String::from_utf8(output.stdout)?;
    let changed: Vec<_> = text.lines().filter_map(|line| line.get(3..)).filter(|file| *file != CAUGHT).collect();
    if !changed.is_empty() {
        bail!("{} changed since the last commit; faults are applied to a clean checkout", changed.join(", "));
    }
    Ok(())
}

/// Writes the results, in the order of the list.
fn save(root: &Path, list: &[Mutant], results: &mut Results) -> anyhow::Result<()> {
    let place = |name: &str| list.iter().position(|mutant| mutant.name == name);
    results.fault.retain(|fault| place(&fault.name).is_some());
    results.fault.sort_by_key(|fault| place(&fault.name));
    let text = format!("# Written by `cargo xtask mutants`. Do not edit.\n\n{}", toml::to_string(results)?);
    std::fs::write(root.join(CAUGHT), text).context(CAUGHT)
}

/// Applies each fault, runs the tests, and notes what caught it. Fails if a fault survives. `rest` leaves out those that
/// have been caught before.
pub fn run(filter: Option<&str>, rest: bool) -> anyhow::Result<()> {
    let root = root();
    check_clean(&root)?;
    let list = list()?;
    let mut results = results()?;
    let commit = commit(&root)?;
    let (mut caught, mut survivors, mut sound) = (0, Vec::new(), Vec::new());
    for mutant in list.iter().filter(|mutant| filter.is_none_or(|text| mutant.name.contains(text))) {
        if rest && results.fault.iter().any(|fault| fault.name == mutant.name) {
            continue;
        }
        let start = Instant::now();
        let by = match attempt(&root, mutant, &mut sound) {
            Ok(by) => by,
            Err(error) => {
                println!("{}: {error:#}", mutant.name);
                survivors.push(mutant.name.clone());
                continue;
            }
        };
        results.fault.retain(|fault| fault.name != mutant.name);
        let seconds = start.elapsed().as_secs();
        if by.is_empty() {
            println!("{}: NOT CAUGHT ({seconds} s)", mutant.name);
            survivors.push(mutant.name.clone());
        } else {
            println!("{}: {} ({seconds} s)", mutant.name, by.join(", "));
            caught += 1;
            results.fault.push(Caught { name: mutant.name.clone(), by, commit: commit.clone() });
        }
        save(&root, &list, &mut results)?;
    }
    if !survivors.is_empty() {
        bail!("{caught} faults were caught, {} were not: {}", survivors.len(), survivors.join("; "));
    }
    println!("{caught} faults, all caught");
    Ok(())
}
