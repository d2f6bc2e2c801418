//! `gaslane trace`.

use super::device::{self, DeviceKind, EngineError, EngineKind};
use super::run::print;
use super::{Failure, config::Config, inputs};
use anyhow::{Context, anyhow};
use clap::Args;
use gaslane::outcome::ExecutedOn;
use gaslane_sim::rtl::waves::write_vcd;
use gaslane_sim::rtl::{Recording, SharedRecording};
use gaslane_translate::format_word;
use std::fmt::Write as _;
use std::fs::File;
use std::io::BufWriter;
use std::path::PathBuf;
use std::sync::{Arc, Mutex};

/// Print every word that a simulated hardware lane retires for one transaction, and write its waveform.
#[derive(Args, Debug)]
pub(crate) struct Arguments {
    #[command(flatten)]
    inputs: inputs::InputArguments,
    /// Place of the transaction in the block, from 0; those before it are executed too.
    #[arg(long)]
    tx: u32,
    /// Card to use: rtl-lane or rtl-lockstep.
    #[arg(long, default_value = "rtl-lane")]
    device: DeviceKind,
    /// What simulates the lanes; verilator if this build has it.
    #[arg(long, value_enum)]
    engine: Option<EngineKind>,
    /// Lanes of the card, 1 to 64.
    #[arg(long, default_value_t = 1)]
    lanes: u32,
    /// Also write the waveform of the lane's ports in every cycle, in VCD: for GTKWave, Surfer and others.
    #[arg(long, value_name = "FILE")]
    vcd: Option<PathBuf>,
    /// Cycles in the waveform at most; of a longer transaction the last ones. Half a kilobyte of memory each.
    #[arg(long, value_name = "CYCLES", default_value_t = 1_000_000, requires = "vcd")]
    vcd_cycles: usize,
    /// Configuration of card and driver: TOML with `base`, `[card]` and `[driver]`.
    #[arg(long, value_name = "FILE")]
    config: Option<PathBuf>,
}

/// Runs the command.
pub(crate) fn run(arguments: &Arguments) -> Result<(), Failure> {
    if !matches!(arguments.device, DeviceKind::RtlLane | DeviceKind::RtlLockstep) {
        return Err(Failure::Usage(anyhow!("--device: only rtl-lane and rtl-lockstep can be traced")));
    }
    let inputs = arguments.inputs.inputs().map_err(Failure::Usage)?;
    let [input] = &inputs[..] else {
        return Err(Failure::Usage(anyhow!("one block can be traced at a time, {} are given", inputs.len())));
    };
    let (block, state) = input.load().map_err(Failure::Usage)?;
    let count = block.transactions.len();
    if arguments.tx as usize >= count {
        return Err(Failure::Usage(anyhow!("--tx {}: the block has {count} transactions", arguments.tx)));
    }
    let config = Config::load(arguments.config.as_deref(), Some(arguments.lanes)).map_err(Failure::Usage)?;
    let mut engine = device::open(arguments.device.clone(), arguments.engine, config).map_err(Failure::Usage)?;
    let frames_max = if arguments.vcd.is_some() { arguments.vcd_cycles } else { 0 };
    let recording: SharedRecording =
        Arc::new(Mutex::new(Recording { tag: arguments.tx, frames_max, ..Recording::default() }));
    if !engine.record(&recording) {
        return Err(Failure::Usage(anyhow!("this card cannot be traced")));
    }
    let outcome = engine.execute(&block, &state).map_err(|error| match error {
        EngineError::InvalidBlock(error) | EngineError::Failed(error) => Failure::Block(Some(error)),
    })?;
    let recording = recording.lock().map_err(|_| Failure::Usage(anyhow!("the recording is incomplete")))?;
    print(&text(&recording))?;
    let tx = &outcome.transactions[arguments.tx as usize];
    let place = match tx.executed_on {
        ExecutedOn::Card => "on the card".to_owned(),
        ExecutedOn::Sequential => "without a card".to_owned(),
        ExecutedOn::Host(reason) => format!("on the host ({}); the trace ends where the lane gave up", reason.name()),
    };
    print(&format!(
        "transaction {}: {} {place}, {} gas, {} words in {} cycles\n",
        arguments.tx,
        tx.status.name(),
        tx.gas_used,
        recording.words.len(),
        recording.cycles
    ))?;
    if let Some(path) = &arguments.vcd {
        let write = || write_vcd(recording.frames.iter(), BufWriter::new(File::create(path)?));
        write().with_context(|| path.display().to_string()).map_err(Failure::Usage)?;
    }
    Ok(())
}

/// A line for each word: cycle of the lane, image and index, gas after it, the word.
fn text(recording: &Recording) -> String {
    let mut text = String::from("   cycle  image       word           gas  instruction\n");
    for word in &recording.words {
        let image = if word.firmware { "firmware".to_owned() } else { format!("{:#x}", word.image) };
        let pool = recording.pools.get(&word.image).map_or(&[][..], Vec::as_slice);
        let instr = word.instr.as_ref().map_or_else(|| "?".to_owned(), |instr| format_word(instr, pool));
        let cycle = word.cycle - recording.first_cycle;
        let _ = writeln!(text, "{cycle:>8}  {image:<10} {:>5}  {:>12}  {instr}", word.pc, word.gas);
    }
    text
}
