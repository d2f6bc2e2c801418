//! `gaslane run`.

use super::device::{self, DeviceKind, EngineError, EngineKind, Pcie};
use super::{Failure, config::Config, inputs, print_error, timeline};
use anyhow::{Context, anyhow};
use clap::Args;
use gaslane::oracle::execute_sequential;
use gaslane::report::{self, BlockReport};
use indicatif::{ProgressBar, ProgressStyle};
use std::io::{self, IsTerminal, Write};
use std::path::PathBuf;

/// Execute blocks and report.
#[derive(Args, Debug)]
pub(crate) struct Arguments {
    #[command(flatten)]
    inputs: inputs::InputArguments,
    /// Card to use.
    #[arg(long, value_enum, default_value = "model")]
    device: DeviceKind,
    /// What simulates the hardware of the rtl devices; verilator if this build has it.
    #[arg(long, value_enum)]
    engine: Option<EngineKind>,
    /// Lanes of the card, 1 to 64, instead of the configuration's.
    #[arg(long)]
    lanes: Option<u32>,
    /// Compare with sequential execution by revm, transaction by transaction and slot by slot.
    #[arg(long)]
    verify: bool,
    /// Print one JSON object instead of text.
    #[arg(long)]
    json: bool,
    /// Also print where cycles went: of the lanes with --device rtl-lane, of the management processor with --device rtl.
    #[arg(long, conflicts_with = "json")]
    cycles: bool,
    /// Link to the host that the rtl device simulates, at an assumed clock of 100 MHz.
    #[arg(long, value_enum, default_value_t)]
    pcie: Pcie,
    /// Write when each lane ran which transaction, waited, and what committed, for https://ui.perfetto.dev; goes with --device rtl.
    #[arg(long, value_name = "FILE")]
    timeline: Option<PathBuf>,
    /// Configuration of card and driver: TOML with `base`, `[card]` and `[driver]`.
    #[arg(long, value_name = "FILE")]
    config: Option<PathBuf>,
}

/// Runs the command.
pub(crate) fn run(arguments: &Arguments) -> Result<(), Failure> {
    let inputs = arguments.inputs.inputs().map_err(Failure::Usage)?;
    let mut config = Config::load(arguments.config.as_deref(), arguments.lanes).map_err(Failure::Usage)?;
    config.pcie = arguments.pcie;
    let lanes = config.card.lanes;
    if arguments.device != DeviceKind::Rtl && (arguments.timeline.is_some() || arguments.pcie != Pcie::default()) {
        return Err(Failure::Usage(anyhow!("--timeline and --pcie go with --device rtl")));
    }
    if arguments.cycles && arguments.device == DeviceKind::Model {
        return Err(Failure::Usage(anyhow!("--cycles goes with --device rtl, rtl-lane and rtl-lockstep")));
    }
    let mut engine = device::open(arguments.device, arguments.engine, config).map_err(Failure::Usage)?;
    if arguments.timeline.is_some() {
        engine.record_timeline();
    }
    let progress = progress(inputs.len());
    let mut reports = Vec::new();
    let mut failed = false;
    for input in &inputs {
        let name = input.name();
        progress.set_message(name.clone());
        let (block, state) = input.load().map_err(Failure::Usage)?;
        let outcome = match engine.execute(&block, &state) {
            Ok(outcome) => outcome,
            Err(EngineError::InvalidBlock(error)) => {
                progress
                    .suspend(|| print_error(&error.context(format!("{name}: block {} is invalid", block.number()))));
                failed = true;
                progress.inc(1);
                continue;
            }
            Err(EngineError::Failed(error)) => return Err(Failure::Block(Some(error.context(name)))),
        };
        let oracle = match arguments.verify.then(|| execute_sequential(&block, &state)).transpose() {
            Ok(oracle) => oracle,
            Err(error) if error.is_invalid_block() => {
                let error =
                    anyhow!(error).context(format!("{name}: only sequential execution finds the block invalid"));
                return Err(Failure::Block(Some(error)));
            }
            Err(error) => return Err(Failure::Usage(anyhow!(error).context(name))),
        };
        let report = BlockReport::new(&name, &block, &outcome, oracle.as_ref());
        if let Some(first) = report.differences().next() {
            failed = true;
            progress.suspend(|| print_error(&anyhow!("{name}: {first}")));
        }
        if !arguments.json {
            progress.suspend(|| print(&format!("{}\n", report::block_text(&report))))?;
        }
        reports.push(report);
        progress.inc(1);
    }
    progress.finish_and_clear();
    if arguments.json {
        print(&(report::json(&reports) + "\n"))?;
    } else if reports.len() > 1 {
        print(&report::total_text(&reports))?;
    }
    if arguments.cycles
        && let Some(profile) = engine.cycle_profile()
    {
        print(&profile)?;
    }
    if let Some(path) = &arguments.timeline
        && let Some((timeline, committed)) = engine.timeline()
    {
        timeline::write(path, lanes, timeline, committed).map_err(Failure::Usage)?;
    }
    if failed { Err(Failure::Block(None)) } else { Ok(()) }
}

/// Prints to standard output, all or nothing.
pub(super) fn print(text: &str) -> io::Result<()> {
    let mut out = io::stdout().lock();
    out.write_all(text.as_bytes())?;
    out.flush()
}

/// A progress bar on a terminal, nothing elsewhere.
fn progress(blocks: usize) -> ProgressBar {
    if blocks < 2 || !io::stderr().is_terminal() {
        return ProgressBar::hidden();
    }
    let bar = ProgressBar::new(blocks as u64);
    match ProgressStyle::with_template("{bar:30} {pos}/{len} {msg}").context("progress") {
        Ok(style) => bar.with_style(style),
        Err(_) => bar,
    }
}
