//! docs/conformance.md: what is checked, by which test, and that these tests exist.

use crate::{mutants, root};
use anyhow::{Context, bail};
use gaslane_abi::evm::{Opcode, TABLE};
use gaslane_abi::fork::Fork;
use serde::Deserialize;
use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;
use std::io::Read;

const RULES: &str = "tests/conformance.toml";
const EDGES: &str = "tests/data/opcodes.toml";
const STATE_TESTS: &str = "tests/data/state_tests.tar.gz";
const TEXT: &str = include_str!("conformance.md");

#[derive(Deserialize)]
struct Rules {
    rule: Vec<Rule>,
}

/// A rule of an EIP.
#[derive(Deserialize)]
struct Rule {
    eip: String,
    rule: String,
    forks: String,
    #[serde(default)]
    files: Vec<String>,
    #[serde(default)]
    tests: Vec<String>,
    #[serde(default)]
    state_tests: Vec<String>,
    /// Why nothing needs to stand anywhere.
    none: Option<String>,
    /// What no test covers.
    gap: Option<String>,
}

fn read(path: &str) -> anyhow::Result<String> {
    std::fs::read_to_string(root().join(path)).with_context(|| format!("cannot read {path}"))
}

/// The page, after a check that what it names is there.
pub fn page() -> anyhow::Result<String> {
    let rules: Rules = toml::from_str(&read(RULES)?).context(RULES)?;
    check(&rules.rule)?;
    let mut page = TEXT.to_owned();
    for (mark, text) in [
        ("{{rules}}", rule_table(&rules.rule)?),
        ("{{opcodes}}", opcode_table()?),
        ("{{edges}}", edge_table()?),
        ("{{faults}}", fault_table()?),
    ] {
        if page.matches(mark).count() != 1 {
            bail!("xtask/src/conformance.md must have {mark} once");
        }
        page = page.replace(mark, text.trim_end());
    }
    Ok(page)
}

/// Folders of the committed state tests.
fn state_test_folders() -> anyhow::Result<BTreeSet<String>> {
    let file = std::fs::File::open(root().join(STATE_TESTS)).context(STATE_TESTS)?;
    let mut archive = tar::Archive::new(flate2::read::GzDecoder::new(file).take(1 << 30));
    let mut folders = BTreeSet::new();
    for entry in archive.entries().context(STATE_TESTS)? {
        let entry = entry.context(STATE_TESTS)?;
        if entry.header().entry_type().is_file() {
            folders.extend(entry.path()?.parent().map(|folder| folder.display().to_string()));
        }
    }
    Ok(folders)
}

/// Checks that every file, test and folder exists, and that a rule without test says so.
fn check(rules: &[Rule]) -> anyhow::Result<()> {
    let folders = state_test_folders()?;
    let mut problems = Vec::new();
    for rule in rules {
        let mut problem = |text: String| problems.push(format!("EIP {}: {text}", rule.eip));
        for file in rule.files.iter().filter(|file| !root().join(file).is_file()) {
            problem(format!("there is no file {file}"));
        }
        for test in &rule.tests {
            let found = test.split_once("::").and_then(|(file, function)| Some((read(file).ok()?, function)));
            if !found.is_some_and(|(text, function)| is_test(&text, function)) {
                problem(format!("there is no test {test}"));
            }
        }
        for folder in rule.state_tests.iter().filter(|folder| !folders.contains(*folder)) {
            problem(format!("{STATE_TESTS} has no folder {folder}"));
        }
        let tested = !rule.tests.is_empty() || !rule.state_tests.is_empty();
        match (&rule.none, &rule.gap) {
            (None, None) if !tested => problem("no test, and no `gap` that says why".to_owned()),
            (None, _) if rule.files.is_empty() => problem("no file, and no `none` that says why".to_owned()),
            _ => {}
        }
    }
    if !problems.is_empty() {
        bail!("{RULES}: {}", problems.join("; "));
    }
    Ok(())
}

/// Whether a source file has a test function of that name.
fn is_test(text: &str, function: &str) -> bool {
    let lines: Vec<_> = text.lines().map(str::trim).collect();
    let declared = format!("fn {function}(");
    let places = lines.iter().enumerate().filter(|(_, line)| line.starts_with(&declared));
    places
        .map(|(at, _)| at)
        .any(|at| lines[..at].iter().rev().take_while(|line| line.starts_with("#[")).any(|l| *l == "#[test]"))
}

fn code(items: &[String]) -> String {
    items.iter().map(|item| format!("`{item}`")).collect::<Vec<_>>().join(", ")
}

fn rule_table(rules: &[Rule]) -> anyhow::Result<String> {
    let mut out = String::from("| EIP | rule | from | where | tests |\n|---|---|---|---|---|\n");
    for rule in rules {
        let mut tests: Vec<_> = rule.tests.iter().map(|test| format!("`{}`", short(test))).collect();
        tests.extend(rule.state_tests.iter().map(|folder| format!("state tests `{folder}`")));
        tests.extend(rule.gap.iter().map(|gap| format!("**gap: {gap}**")));
        let place = rule.none.clone().unwrap_or_else(|| code(&rule.files));
        writeln!(out, "| {} | {} | {} | {place} | {} |", rule.eip, rule.rule, rule.forks, tests.join(", "))?;
    }
    Ok(out)
}

/// A test without what every path of its kind begins with.
fn short(test: &str) -> &str {
    test.strip_prefix("tests/tests/").unwrap_or(test)
}

/// Opcodes in order; those that differ in nothing but their number together.
fn groups() -> Vec<Vec<Opcode>> {
    let mut groups: Vec<Vec<Opcode>> = Vec::new();
    let family = |opcode: &Opcode| opcode.name.trim_end_matches(|c: char| c.is_ascii_digit());
    for opcode in TABLE.iter().flatten() {
        match groups.last_mut() {
            Some(group)
                if ["PUSH", "DUP", "SWAP"].contains(&family(opcode))
                    && family(&group[0]) == family(opcode)
                    && (group[0].gas, group[0].since) == (opcode.gas, opcode.since) =>
            {
                group.push(*opcode)
            }
            _ => groups.push(vec![*opcode]),
        }
    }
    groups
}

fn group_name(group: &[Opcode]) -> String {
    match group {
        [one] => format!("`{}`", one.name),
        [first, .., last] => format!("`{}`–`{}`", first.name, last.name),
        [] => String::new(),
    }
}

fn edges() -> anyhow::Result<BTreeMap<String, BTreeSet<String>>> {
    toml::from_str(&read(EDGES)?).context(EDGES)
}

fn opcode_table() -> anyhow::Result<String> {
    let forks: Vec<_> = Fork::ALL.iter().copied().filter(|fork| fork.on_card()).collect();
    let names: Vec<_> = forks.iter().map(|fork| fork.name()).collect();
    let mut out = format!("| byte | opcode | {} | edges |\n", names.join(" | "));
    writeln!(out, "|---|---|{}---|", "---|".repeat(forks.len()))?;
    let edges = edges()?;
    for group in groups() {
        let first = group[0];
        let gas =
            |fork: &Fork| if first.since as u8 <= *fork as u8 { first.gas.to_string() } else { "halts".to_owned() };
        let costs: Vec<_> = forks.iter().map(gas).collect();
        let mut all = BTreeSet::new();
        for opcode in &group {
            all.extend(edges.get(opcode.name).with_context(|| format!("{EDGES}: no {}", opcode.name))?);
        }
        writeln!(out, "| {:#04x} | {} | {} | {} |", first.byte, group_name(&group), costs.join(" | "), all.len())?;
    }
    Ok(out)
}

fn edge_table() -> anyhow::Result<String> {
    let by_opcode = edges()?;
    let mut by_edge = BTreeMap::<&str, BTreeSet<&str>>::new();
    for (name, edges) in &by_opcode {
        edges.iter().for_each(|edge| {
            by_edge.entry(edge).or_default().insert(name);
        });
    }
    let groups = groups();
    let all = TABLE.iter().flatten().count();
    let mut out = String::from("| edge | opcodes |\n|---|---|\n");
    for (edge, names) in by_edge {
        let defined = names.iter().filter(|name| **name != "undefined").count();
        if defined == all {
            writeln!(out, "| {edge} | every opcode |")?;
            continue;
        }
        let mut list = Vec::new();
        for group in &groups {
            let covered: Vec<_> = group.iter().filter(|opcode| names.contains(opcode.name)).copied().collect();
            if covered.len() == group.len() {
                list.push(group_name(group));
            } else {
                list.extend(covered.iter().map(|opcode| format!("`{}`", opcode.name)));
            }
        }
        if names.contains("undefined") {
            list.push("bytes that no fork defines".to_owned());
        }
        writeln!(
            out,
            "| {edge} | {} |",
            if list.len() > all / 2 { format!("{} opcodes", defined) } else { list.join(", ") }
        )?;
    }
    Ok(out)
}

fn fault_table() -> anyhow::Result<String> {
    let (list, results) = (mutants::list()?, mutants::results()?);
    let mut out = String::from("| fault | caught by | commit |\n|---|---|---|\n");
    for mutant in &list {
        match results.fault.iter().find(|fault| fault.name == mutant.name) {
            Some(fault) => writeln!(out, "| {} | {} | {} |", fault.name, code(&fault.by), fault.commit)?,
            None => writeln!(out, "| {} | not yet run | |", mutant.name)?,
        }
    }
    Ok(out)
}
