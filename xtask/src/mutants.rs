//! Mutation check: deliberate faults, one at a time, each of which the ordinary tests must catch.

use anyhow::{Context, bail};
use serde::Deserialize;
use std::path::{Path, PathBuf};
use std::process::Command;

#[derive(Deserialize)]
struct List {
    mutant: Vec<Mutant>,
}

#[derive(Deserialize)]
struct Mutant {
    name: String,
    file: PathBuf,
    find: String,
    replace: String,
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

/// Runs tests; the names of those that fail.
fn failures(root: &Path, packages: &[&str]) -> anyhow::Result<Vec<String>> {
    let mut command = Command::new(env!("CARGO"));
    command.args(["test", "-q", "--no-fail-fast", "--lib", "--tests"]).args(packages).current_dir(root);
    let output = command.output()?;
    let text = String::from_utf8_lossy(&output.stdout).into_owned() + &String::from_utf8_lossy(&output.stderr);
    if text.contains("could not compile") {
        bail!("does not compile:\n{text}");
    }
    let mut tests: Vec<_> = text
        .lines()
        .filter_map(|line| line.strip_prefix("---- ")?.strip_suffix(" stdout ----"))
        .map(|test| format!("`{test}`"))
        .collect();
    tests.sort();
    tests.dedup();
    Ok(tests)
}

/// Applies each fault, runs the tests, and prints what caught it. Fails if a fault survives.
pub fn run(filter: Option<&str>) -> anyhow::Result<()> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let list = root.join("xtask/mutants.toml");
    let list: List = toml::from_str(&std::fs::read_to_string(&list).context("mutants.toml")?)?;
    let (mut caught, mut survivors) = (0, Vec::new());
    println!("| fault | caught by |\n|---|---|");
    for mutant in list.mutant.iter().filter(|mutant| filter.is_none_or(|text| mutant.name.contains(text))) {
        let path = root.join(&mutant.file);
        let text = std::fs::read_to_string(&path).with_context(|| path.display().to_string())?;
        if text.matches(&mutant.find).count() != 1 {
            bail!("{}: the text to replace does not stand once in {}", mutant.name, mutant.file.display());
        }
        let changed = text.replace(&mutant.find, &mutant.replace);
        let restore = Restore { path: path.clone(), text };
        std::fs::write(&path, changed)?;
        let mut tests = failures(&root, &["--package", "gaslane-tests"]).context(mutant.name.clone())?;
        if tests.is_empty() {
            tests = failures(&root, &["--workspace"]).context(mutant.name.clone())?;
        }
        drop(restore);
        if tests.is_empty() {
            survivors.push(mutant.name.clone());
            println!("| {} | **nothing** |", mutant.name);
        } else {
            caught += 1;
            println!("| {} | {} |", mutant.name, tests.join(", "));
        }
    }
    if !survivors.is_empty() {
        bail!("{caught} faults were caught, {} were not: {}", survivors.len(), survivors.join("; "));
    }
    println!("\n{caught} faults, all caught");
    Ok(())
}
