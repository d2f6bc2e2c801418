//! `gaslane run`.

use super::device::{self, DeviceKind, EngineError, EngineKind, Pcie};
use super::inputs::{self, Input};
use super::{Failure, config::Config, print_error, timeline};
use anyhow::{Context, anyhow};
use clap::Args;
use gaslane::block::BlockInput;
use gaslane::oracle::execute_sequential;
use gaslane::outcome::BlockOutcome;
use gaslane::pipeline;
use gaslane::report::{self, BlockReport};
use gaslane::source::MemoryState;
use indicatif::{ProgressBar, ProgressStyle};
use std::fs::File;
use std::io::{self, BufWriter, IsTerminal, Write};
use std::ops::Range;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

/// Execute blocks and report.
#[derive(Args, Debug)]
pub(crate) struct Arguments {
    #[command(flatten)]
    inputs: inputs::InputArguments,
    /// Card to use: model, rtl, rtl-lane, rtl-lockstep, vfio:ADDRESS for a PCI device, vfio-user:SOCKET for one that gaslane-card serves, or
    /// serial:PATH[,BAUD] for a board with a UART (boards: not yet run on hardware).
    #[arg(long, default_value = "model")]
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
    /// Write a waveform (VCD) of the ports of the card's core and lanes; goes with --device rtl.
    #[arg(long, value_name = "FILE")]
    vcd: Option<PathBuf>,
    /// Cycles of the waveform, counted from the opening of the card: a cycle takes some hundred bytes.
    #[arg(long, value_name = "FIRST..END", value_parser = cycle_range, default_value = "0..100000", requires = "vcd")]
    vcd_cycles: Range<u64>,
    /// Execute a block on the host if the card fails, and count it as `device-error`, instead of stopping.
    #[arg(long)]
    fallback_on_device_error: bool,
    /// Configuration of card and driver: TOML with `base`, `[card]` and `[driver]`.
    #[arg(long, value_name = "FILE")]
    config: Option<PathBuf>,
}

/// Runs the command.
pub(crate) fn run(arguments: &Arguments) -> Result<(), Failure> {
    let inputs = arguments.inputs.inputs().map_err(Failure::Usage)?;
    let mut config = Config::load(arguments.config.as_deref(), arguments.lanes).map_err(Failure::Usage)?;
    config.pcie = arguments.pcie;
    config.driver.fallback_on_device_error |= arguments.fallback_on_device_error;
    let lanes = config.card.lanes;
    let rtl_alone = arguments.timeline.is_some() || arguments.vcd.is_some() || arguments.pcie != Pcie::default();
    if arguments.device != DeviceKind::Rtl && rtl_alone {
        return Err(Failure::Usage(anyhow!("--timeline, --vcd and --pcie go with --device rtl")));
    }
    let simulates_hardware =
        matches!(arguments.device, DeviceKind::Rtl | DeviceKind::RtlLane | DeviceKind::RtlLockstep);
    if arguments.cycles && !simulates_hardware {
        return Err(Failure::Usage(anyhow!("--cycles goes with --device rtl, rtl-lane and rtl-lockstep")));
    }
    config.driver.cancel = Some(interrupted().map_err(Failure::Usage)?);
    let mut engine = device::open(arguments.device.clone(), arguments.engine, config).map_err(Failure::Usage)?;
    if arguments.timeline.is_some() {
        engine.record_timeline();
    }
    if let Some(path) = &arguments.vcd {
        let mut open = || -> io::Result<bool> {
            engine.record_waves(Box::new(BufWriter::new(File::create(path)?)), arguments.vcd_cycles.clone())
        };
        open().with_context(|| path.display().to_string()).map_err(Failure::Usage)?;
    }
    let progress = progress(inputs.len());
    let mut checks =
        Checks { arguments, progress: progress.clone(), reports: Vec::new(), failed: false, failure: None };
    let load = |input: &Input| input.load();
    let execute = |input: &Input, loaded: anyhow::Result<(BlockInput, MemoryState)>| {
        progress.set_message(input.name());
        let (block, state) = match loaded {
            Ok(loaded) => loaded,
            Err(error) => return (Err(Failure::Usage(error)), false),
        };
        let outcome = engine.execute(&block, &state);
        let goes_on = !matches!(outcome, Err(EngineError::Failed(_)));
        (Ok((block, state, outcome)), goes_on)
    };
    let check = |input: &Input, executed: Executed| checks.check(input, executed);
    // Beside a card that works alone the host has time for other blocks.
    match arguments.device.is_apart() {
        true => pipeline::run(&inputs, load, execute, check).map_err(|error| Failure::Usage(error.into()))?,
        false => pipeline::run_alone(&inputs, load, execute, check),
    }
    let Checks { reports, failed, failure, .. } = checks;
    if let Some(failure) = failure {
        return Err(failure);
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
    if let Some(path) = &arguments.vcd
        && let Some(written) = engine.finish_waves()
    {
        let cycles = written.with_context(|| path.display().to_string()).map_err(Failure::Usage)?;
        eprintln!("{}: {cycles} cycles", path.display());
    }
    if failed { Err(Failure::Block(None)) } else { Ok(()) }
}

/// A block that was read and executed, or why not.
type Executed = Result<(BlockInput, MemoryState, Result<BlockOutcome, EngineError>), Failure>;

/// What is made of outcomes.
struct Checks<'a> {
    arguments: &'a Arguments,
    progress: ProgressBar,
    reports: Vec<BlockReport>,
    /// A block is invalid, or differs.
    failed: bool,
    /// Why the run has ended.
    failure: Option<Failure>,
}

impl Checks<'_> {
    /// Compares an outcome and reports; whether to go on.
    fn check(&mut self, input: &Input, executed: Executed) -> bool {
        let result = executed.and_then(|(block, state, outcome)| self.outcome(input, &block, &state, outcome));
        self.progress.inc(1);
        self.failure = result.err();
        self.failure.is_none()
    }

    fn outcome(
        &mut self,
        input: &Input,
        block: &BlockInput,
        state: &MemoryState,
        outcome: Result<BlockOutcome, EngineError>,
    ) -> Result<(), Failure> {
        let (name, progress) = (input.name(), &self.progress);
        let outcome = match outcome {
            Ok(outcome) => outcome,
            Err(EngineError::InvalidBlock(error)) => {
                let error = error.context(format!("{name}: block {} is invalid", block.number()));
                progress.suspend(|| print_error(&error));
                self.failed = true;
                return Ok(());
            }
            Err(EngineError::Failed(error)) => return Err(Failure::Block(Some(error.context(name)))),
        };
        let oracle = match self.arguments.verify.then(|| execute_sequential(block, state)).transpose() {
            Ok(oracle) => oracle,
            Err(error) if error.is_invalid_block() => {
                let error =
                    anyhow!(error).context(format!("{name}: only sequential execution finds the block invalid"));
                return Err(Failure::Block(Some(error)));
            }
            Err(error) => return Err(Failure::Usage(anyhow!(error).context(name))),
        };
        let report = BlockReport::new(&name, block, &outcome, oracle.as_ref());
        if let Some(first) = report.differences().next() {
            self.failed = true;
            progress.suspend(|| print_error(&anyhow!("{name}: {first}")));
        }
        if !self.arguments.json {
            progress.suspend(|| print(&format!("{}\n", report::block_text(&report))))?;
        }
        self.reports.push(report);
        Ok(())
    }
}

/// Set by the first interrupt (Ctrl-C): the card is stopped and reset, and its memory unmapped. The second one ends the process.
fn interrupted() -> anyhow::Result<Arc<AtomicBool>> {
    let flag = Arc::new(AtomicBool::new(false));
    let set = flag.clone();
    ctrlc::set_handler(move || {
        if set.swap(true, Ordering::Relaxed) {
            std::process::exit(130);
        }
    })
    .context("cannot handle interrupts")?;
    Ok(flag)
}

/// `FIRST..END`.
fn cycle_range(text: &str) -> Result<Range<u64>, String> {
    let number = |text: &str| text.parse::<u64>().map_err(|error| format!("{text:?}: {error}"));
    let (first, end) = text.split_once("..").ok_or("two numbers with .. between them are wanted")?;
    let range = number(first)?..number(end)?;
    if range.is_empty() { Err("the range is empty".into()) } else { Ok(range) }
}

/// Prints to standard output, all or nothing.
pub(super) fn print(text: &str) -> io::Result<()> {
    let mut out = io::stdout().lock();
    out.write_all(text.as_bytes())?;
    out.flush()
}

/// A progress bar on a terminal, nothing elsewhere.
pub(super) fn progress(blocks: usize) -> ProgressBar {
    if blocks < 2 || !io::stderr().is_terminal() {
        return ProgressBar::hidden();
    }
    let bar = ProgressBar::new(blocks as u64);
    match ProgressStyle::with_template("{bar:30} {pos}/{len} {msg}").context("progress") {
        Ok(style) => bar.with_style(style),
        Err(_) => bar,
    }
}
