//! Results of `gaslane bench`, in the form of their JSON file. Cycles are simulated everywhere.

use super::machine::Machine;
use super::project::LinkBytes;
use serde::Serialize;
use std::collections::BTreeMap;

/// Value of [`Bench::format`].
pub const FORMAT: &str = "gaslane-bench";
/// Version of the form.
pub const VERSION: u32 = 1;
/// Most attempts of a timeline, and edges between transactions, that a file holds.
pub const SHOWN_MAX: usize = 20_000;

/// A file of results.
#[derive(Clone, Debug, Serialize)]
pub struct Bench {
    /// [`FORMAT`].
    pub format: &'static str,
    /// [`VERSION`].
    pub version: u32,
    /// Command that made it.
    pub command: String,
    /// Where it ran.
    pub machine: Machine,
    /// The board that times are projected for.
    pub projection: Option<Projection>,
    /// One for each block.
    pub runs: Vec<Run>,
}

/// A board that times are projected for.
#[derive(Clone, Debug, Serialize)]
pub struct Projection {
    /// Name.
    pub profile: &'static str,
    /// Clock.
    pub clock_mhz: f64,
    /// Lanes.
    pub lanes: u32,
    /// What else is assumed, and why.
    pub assumptions: Vec<String>,
}

/// Whether a block is made or real.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum RunKind {
    /// Made by the generator.
    Workload,
    /// From a file, or one of the samples.
    Block,
}

/// A block, measured.
#[derive(Clone, Debug, Serialize)]
pub struct Run {
    /// Name of the workload, or of the block.
    pub name: String,
    /// Which of the two.
    pub kind: RunKind,
    /// Rules.
    pub fork: String,
    /// Transactions.
    pub txs: u64,
    /// Those that run code.
    pub contract_txs: u64,
    /// Gas that they used.
    pub gas: u64,
    /// Share of transactions that touch the hot object of a workload.
    pub conflict: Option<f64>,
    /// Seed of a workload.
    pub seed: Option<u64>,
    /// What ran for `timeline` and the counters here: `model`.
    pub engine: &'static str,
    /// Lanes of that run.
    pub lanes: u32,
    /// Outcome equal to that of sequential revm, and to the header.
    pub verified: bool,
    /// Transactions that finished on the card.
    pub on_card_txs: u64,
    /// Gas of those.
    pub on_card_gas: u64,
    /// Transactions that the host ran, by reason.
    pub escapes: BTreeMap<&'static str, u64>,
    /// What lanes asked the host to compute, by kind.
    pub host_calls: BTreeMap<&'static str, u64>,
    /// Attempts aborted.
    pub aborts: u64,
    /// EVM instructions of what committed on the card.
    pub evm_instructions: u64,
    /// Of these for each busy cycle of a lane.
    pub evm_per_lane_cycle: f64,
    /// Cycles of all lanes.
    pub lane_cycles: LaneCycles,
    /// Where busy cycles go.
    pub classes: Vec<ClassCycles>,
    /// In order.
    pub transactions: Vec<Transaction>,
    /// What lanes did when.
    pub timeline: Timeline,
    /// Who reads what another one wrote.
    pub conflicts: Conflicts,
    /// The bound that follows.
    pub oracle: Oracle,
    /// Bytes over the link.
    pub link_bytes: LinkBytes,
    /// Over lanes and engines.
    pub scaling: Vec<Scale>,
    /// Host time a transaction, measured.
    pub host_us_per_tx: HostTime,
    /// Sequential revm on the same input.
    pub revm: Revm,
    /// On the board.
    pub projected: Option<Projected>,
    /// Energy.
    pub energy: Option<Energy>,
}

/// Cycles of lanes.
#[derive(Clone, Copy, Debug, Default, Serialize)]
pub struct LaneCycles {
    /// Executing attempts that committed.
    pub busy: u64,
    /// Waiting for state in them.
    pub state_wait: u64,
    /// Waiting for their turn.
    pub commit_wait: u64,
    /// In attempts that were aborted or escaped.
    pub aborted: u64,
    /// Without a transaction.
    pub idle: u64,
}

/// Cycles of a class of operations.
#[derive(Clone, Debug, Serialize)]
pub struct ClassCycles {
    /// Its name.
    pub class: &'static str,
    /// Cycles.
    pub cycles: u64,
}

/// A transaction.
#[derive(Clone, Debug, Serialize)]
pub struct Transaction {
    /// What it does, or whom it calls.
    pub label: String,
    /// Gas used.
    pub gas: u64,
    /// `success`, `revert` or `halt`.
    pub status: &'static str,
    /// `card`, or `host: ` and the reason.
    pub on: String,
    /// Cycles in which its lane computed.
    pub cycles: u64,
    /// Attempts aborted.
    pub aborts: u32,
}

/// What lanes did when, in cycles from the start of the block.
#[derive(Clone, Debug, Default, Serialize)]
pub struct Timeline {
    /// Lanes.
    pub lanes: u32,
    /// Length of the block.
    pub cycles: u64,
    /// There is more than the file holds.
    pub truncated: bool,
    /// Attempts.
    pub attempts: Vec<Attempt>,
    /// Waits for state or for the host within them.
    pub waits: Vec<Wait>,
    /// Commits.
    pub commits: Vec<Commit>,
}

/// An attempt.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Attempt {
    /// Transaction.
    pub tx: u32,
    /// Lane.
    pub lane: u8,
    /// First cycle.
    pub start: u64,
    /// End.
    pub end: u64,
    /// How it ended: `committed`, `aborted`, `preempted` or `escaped`.
    pub outcome: &'static str,
}

/// A wait.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Wait {
    /// Transaction.
    pub tx: u32,
    /// Lane.
    pub lane: u8,
    /// First cycle.
    pub start: u64,
    /// End.
    pub end: u64,
}

/// A commit.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Commit {
    /// Transaction.
    pub tx: u32,
    /// First cycle.
    pub start: u64,
    /// End.
    pub end: u64,
}

/// Who reads what another one wrote.
#[derive(Clone, Debug, Default, Serialize)]
pub struct Conflicts {
    /// By reader and then by writer.
    pub edges: Vec<ConflictEdge>,
    /// There are more.
    pub truncated: bool,
}

/// A transaction reads what another one wrote last.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct ConflictEdge {
    /// The writer.
    pub from: u32,
    /// The reader.
    pub to: u32,
    /// Values.
    pub keys: u32,
    /// The one that it reads first.
    pub key: String,
}

/// The bound.
#[derive(Clone, Copy, Debug, Serialize)]
pub struct Oracle {
    /// Cycles that unlimited lanes take at least.
    pub critical_path_cycles: u64,
    /// Cycles that the transactions compute.
    pub busy_cycles: u64,
    /// The latter by the former.
    pub speedup_bound: f64,
}

/// A number of lanes.
#[derive(Clone, Debug, Serialize)]
pub struct Scale {
    /// `model` or `rtl`.
    pub engine: &'static str,
    /// Transactions of the block's beginning that were run; `None`: all.
    pub first_txs: Option<u64>,
    /// Lanes.
    pub lanes: u32,
    /// Cycles of the block.
    pub cycles: u64,
    /// How many times as fast as one lane that never waits.
    pub speedup: f64,
    /// How many times that could be.
    pub bound: f64,
    /// The one by the other.
    pub efficiency: f64,
    /// Attempts aborted.
    pub aborts: u64,
    /// Requests of the card.
    pub requests: u64,
}

/// Host time in microseconds a transaction.
#[derive(Clone, Copy, Debug, Default, Serialize)]
pub struct HostTime {
    /// Decoding, payloads, prefetch.
    pub plan: f64,
    /// Translation of code that the card had not seen: once for each contract, so in the first run alone.
    pub translate: f64,
    /// Rings and records.
    pub commit: f64,
    /// What lanes asked for.
    pub host_calls: f64,
    /// Transactions that the host ran.
    pub fallback: f64,
    /// Receipts, roots, state difference.
    pub outcome: f64,
    /// All of these but translation, and what is between them: system calls, counters, setting up.
    pub whole: f64,
}

impl HostTime {
    /// What execution costs in every block: all but translation, and receipts, roots and state difference.
    pub fn execution(&self) -> f64 {
        self.plan + self.commit + self.host_calls + self.fallback
    }
}

/// Sequential revm.
#[derive(Clone, Copy, Debug, Default, Serialize)]
pub struct Revm {
    /// Microseconds a transaction, transactions alone.
    pub us_per_tx: f64,
    /// Million gas a second.
    pub mgas_per_s: f64,
    /// Transactions a second.
    pub txs_per_s: f64,
    /// The same with receipts, roots and state difference, system calls and setting up.
    pub with_outcome_us_per_tx: f64,
}

/// A block on the board.
#[derive(Clone, Debug, Serialize)]
pub struct Projected {
    /// Where the cycles come from.
    pub cycles_from: String,
    /// They are an estimate from the block's beginning.
    pub estimated: bool,
    /// Cycles of the block.
    pub cycles: u64,
    /// Time of the card: of its cycles or of the link's bytes, whichever is longer.
    pub card_us: f64,
    /// Time of the host, measured, without translation, receipts, roots and state difference.
    pub host_us: f64,
    /// Both, one after the other.
    pub latency_us: f64,
    /// Million gas a second.
    pub mgas_per_s: f64,
    /// Transactions a second.
    pub txs_per_s: f64,
    /// How many times as fast as sequential revm, both without receipts, roots and state difference; below 1 it loses.
    pub speedup: f64,
    /// The same of whole blocks, with these, system calls and setting up on both sides.
    pub speedup_with_outcome: f64,
    /// What `speedup` would be if the hardware took no more cycles than the model.
    pub model_speedup: f64,
}

/// Energy.
#[derive(Clone, Debug, Serialize)]
pub struct Energy {
    /// Joules a transaction of sequential revm, measured.
    pub cpu_j_per_tx: Option<f64>,
    /// How, or why not.
    pub cpu_source: String,
    /// Joules a transaction of the board, estimated.
    pub card_j_per_tx: f64,
    /// How.
    pub card_source: String,
}
