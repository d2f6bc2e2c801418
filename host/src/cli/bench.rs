//! `gaslane bench` and `gaslane report`.

use super::config::Config;
use super::inputs::{self, Input};
use super::run::print;
use super::workload::{self, WorkloadArguments};
use super::{Failure, print_error};
use anyhow::{Context, anyhow};
use clap::Args;
use gaslane::bench::machine::Machine;
use gaslane::bench::measure::Settings;
use gaslane::bench::result::{FORMAT, Projection, RunKind, VERSION};
use gaslane::bench::{Bench, BenchError, Board, Profile, Subject, measure, page, project, table};
use gaslane_sim::rtl::{RtlCard, VERILATOR_AVAILABLE, VerilatorEngine};
use gaslane_workload::Kind;
use std::collections::BTreeSet;
use std::fs;
use std::io::{self, Write};
use std::path::{Path, PathBuf};

/// Measure blocks and made workloads on the simulated card and on sequential revm, and project for a board.
///
/// Without blocks and workloads: all workloads and the sample blocks. Cycles are simulated; times of the host and of revm are measured here.
#[derive(Args, Debug)]
pub(crate) struct Arguments {
    #[command(flatten)]
    inputs: inputs::InputArguments,
    /// A workload to measure (see `gaslane workload --help`); can be given several times.
    #[arg(long = "workload", value_name = "NAME")]
    workloads: Vec<Kind>,
    #[command(flatten)]
    made: WorkloadArguments,
    /// Lanes of the timeline and of the projected board, instead of the configuration's (4) or the board's.
    #[arg(long)]
    lanes: Option<u32>,
    /// Project for a board: ecp5-85k or vu47p. No board has run: every assumption is printed.
    #[arg(long, value_name = "BOARD")]
    project: Option<Profile>,
    /// Clock of that board instead of the assumed one.
    #[arg(long, value_name = "MHZ", requires = "project", value_parser = megahertz)]
    clock: Option<u32>,
    /// Transactions of the beginning of each block that the hardware design runs as well, to correct the model's cycles; 0 for none.
    #[arg(long, value_name = "N", default_value_t = 24)]
    rtl_txs: usize,
    /// Numbers of lanes of the hardware design for these, beside those of --lanes or the board [default: 4, where there are so many].
    #[arg(long, value_name = "N", value_delimiter = ',')]
    rtl_lanes: Vec<u32>,
    /// Print one JSON object, for `gaslane report`.
    #[arg(long)]
    json: bool,
    /// Also write the page that `gaslane report` makes of it.
    #[arg(long, value_name = "FILE")]
    report: Option<PathBuf>,
    /// Configuration of card and driver, as of `gaslane run`.
    #[arg(long, value_name = "FILE", conflicts_with = "project")]
    config: Option<PathBuf>,
}

/// Make a page that shows results of `gaslane bench --json`.
#[derive(Args, Debug)]
pub(crate) struct ReportArguments {
    /// The results.
    #[arg(value_name = "RESULTS")]
    results: PathBuf,
    /// The page; it needs no network.
    #[arg(short, long, value_name = "FILE", default_value = "report.html")]
    output: PathBuf,
}

/// Lanes of the hardware design unless others are given, where its size has as many.
const RTL_LANES: u32 = 4;

/// Runs `gaslane report`.
pub(crate) fn report(arguments: &ReportArguments) -> Result<(), Failure> {
    let results = fs::read_to_string(&arguments.results)
        .with_context(|| arguments.results.display().to_string())
        .map_err(Failure::Usage)?;
    let page = page::page(&results).with_context(|| arguments.results.display().to_string()).map_err(Failure::Usage)?;
    write_page(&arguments.output, &page)?;
    writeln!(io::stdout(), "{}", arguments.output.display())?;
    Ok(())
}

fn write_page(path: &Path, page: &str) -> Result<(), Failure> {
    fs::write(path, page).with_context(|| format!("cannot write {}", path.display())).map_err(Failure::Usage)
}

/// Runs `gaslane bench`.
pub(crate) fn run(arguments: &Arguments) -> Result<(), Failure> {
    let board = arguments.project.map(|profile| profile.board(arguments.clock, arguments.lanes));
    let settings = settings(arguments, board.as_ref()).map_err(Failure::Usage)?;
    let subjects = subjects(arguments).map_err(Failure::Usage)?;
    let progress = super::run::progress(subjects.len());
    let mut bench = Bench {
        format: FORMAT,
        version: VERSION,
        command: std::iter::once("gaslane".to_owned()).chain(std::env::args().skip(1)).collect::<Vec<_>>().join(" "),
        machine: Machine::this(),
        projection: board.as_ref().zip(arguments.project).map(|(board, profile)| projection(board, profile)),
        runs: Vec::new(),
    };
    // A block that cannot be measured does not take the others with it.
    let (mut unreadable, mut failed) = (false, false);
    for subject in subjects {
        let measured = subject.load(arguments).map_err(Failure::Usage).and_then(|subject| {
            progress.set_message(subject.name.clone());
            one(&subject, &settings, board.as_ref())
        });
        match measured {
            Ok(run) => bench.runs.push(run),
            Err(Failure::Usage(error)) => {
                progress.suspend(|| print_error(&error));
                unreadable = true;
            }
            Err(Failure::Block(error)) => {
                progress.suspend(|| error.iter().for_each(print_error));
                failed = true;
            }
            Err(Failure::Pipe) => return Err(Failure::Pipe),
        }
        progress.inc(1);
    }
    progress.finish_and_clear();
    let json = serde_json::to_string(&bench).context("results").map_err(Failure::Usage)?;
    // First what took long to find out; then the page, which may not be writable.
    if !bench.runs.is_empty() {
        print(&if arguments.json { json.clone() + "\n" } else { table::text(&bench) })?;
    }
    if let Some(path) = &arguments.report
        && !bench.runs.is_empty()
    {
        let page = page::page(&json).context("results").map_err(Failure::Usage)?;
        write_page(path, &page)?;
    }
    match (failed, unreadable) {
        (true, _) => Err(Failure::Block(None)),
        (false, true) => Err(Failure::Usage(anyhow!("not all blocks could be read"))),
        (false, false) => Ok(()),
    }
}

fn one(subject: &Subject, settings: &Settings, board: Option<&Board>) -> Result<gaslane::bench::Run, Failure> {
    let failed = |error: BenchError| Failure::Block(Some(anyhow!(error).context(subject.name.clone())));
    let mut run = measure(subject, settings).map_err(failed)?;
    if let Some(board) = board {
        run.projected = project::project(&run, board);
        run.energy = project::energy(subject, &run, board).map_err(|error| failed(error.into()))?;
    }
    Ok(run)
}

fn projection(board: &Board, profile: Profile) -> Projection {
    Projection {
        profile: profile.name(),
        clock_mhz: f64::from(board.clock_khz) / 1000.0,
        lanes: board.config.lanes,
        assumptions: board.assumptions.clone(),
    }
}

fn settings(arguments: &Arguments, board: Option<&Board>) -> anyhow::Result<Settings> {
    let mut settings = match board {
        Some(board) => Settings::for_board(board),
        None => {
            let config = Config::load(arguments.config.as_deref(), arguments.lanes)?;
            Settings {
                host_latency_cycles: config.sim.host_latency_cycles,
                driver: config.driver,
                ..Settings::new(config.card)
            }
        }
    };
    settings.config.check().map_err(|text| anyhow!("card configuration: {text}"))?;
    settings.rtl_txs = arguments.rtl_txs;
    let check = |lanes: &u32| RtlCard::<VerilatorEngine>::check(&settings.config.clone().with_lanes(*lanes));
    for lanes in &arguments.rtl_lanes {
        check(lanes).context("--rtl-lanes")?;
    }
    // Where there is no hardware of as many lanes as the board has, the projection says so.
    let own = board.map_or(settings.config.lanes, |board| board.config.lanes);
    let others = if arguments.rtl_lanes.is_empty() { &[RTL_LANES][..] } else { &arguments.rtl_lanes };
    let all: BTreeSet<u32> = others.iter().copied().chain([own]).filter(|lanes| check(lanes).is_ok()).collect();
    settings.rtl_lanes = all.into_iter().collect();
    if settings.rtl_txs > 0 && !VERILATOR_AVAILABLE {
        eprintln!(
            "the hardware design is not simulated: this program was built without Verilator (install it and build again, or give --rtl-txs 0)"
        );
        settings.rtl_txs = 0;
    }
    Ok(settings)
}

/// Something to measure, not read yet.
enum Source {
    Made(Kind),
    Given(Input),
}

impl Source {
    fn load(&self, arguments: &Arguments) -> anyhow::Result<Subject> {
        match self {
            Self::Made(kind) => workload::subject(*kind, &arguments.made),
            Self::Given(input) => {
                let (block, state) = input.load()?;
                let name = block.number().to_string();
                Ok(Subject { name, kind: RunKind::Block, block, state, labels: Vec::new(), conflict: None, seed: None })
            }
        }
    }
}

fn subjects(arguments: &Arguments) -> anyhow::Result<Vec<Source>> {
    let (kinds, blocks) = match (arguments.workloads.is_empty(), arguments.inputs.any()) {
        (true, false) => (Kind::ALL.to_vec(), arguments.inputs.inputs()?),
        (false, false) => (arguments.workloads.clone(), Vec::new()),
        (_, true) => (arguments.workloads.clone(), arguments.inputs.inputs()?),
    };
    Ok(kinds.into_iter().map(Source::Made).chain(blocks.into_iter().map(Source::Given)).collect())
}

/// A clock in MHz as kHz.
fn megahertz(text: &str) -> Result<u32, String> {
    match text.parse::<f64>() {
        Ok(mhz) if (0.001..=4_000.0).contains(&mhz) => Ok((mhz * 1000.0).round() as u32),
        _ => Err("a number of MHz from 0.001 to 4000 is wanted".into()),
    }
}
