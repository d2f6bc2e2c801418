//! Measures a block.
//!
//! Everything is measured in one run on the same input. The model card executes the block twice on each number of lanes; the first
//! time translates its code, and the second one counts. Times of the host are medians of five runs, part by part. Sequential revm has the
//! fastest of six: what is compared with is not slowed down.

use super::bound::{Bound, Edge};
use super::classes;
use super::profile::Board;
use super::project::LinkBytes;
use super::result::{
    Attempt, ClassCycles, Commit, ConflictEdge, Conflicts, HostTime, LaneCycles, Oracle, Revm, Run, RunKind, SHOWN_MAX,
    Scale, Timeline, Transaction, Wait,
};
use crate::block::BlockInput;
use crate::driver::{BlockError, Driver, DriverError, DriverOptions};
use crate::oracle::{OracleError, execute_sequential, time_sequential};
use crate::outcome::{BlockOutcome, ExecutedOn, Metrics};
use crate::source::MemoryState;
use crate::verify::{self, Difference};
use gaslane_abi::Device;
use gaslane_abi::codes::KeyKind;
use gaslane_hdl::CardConfig;
use gaslane_sim::lane::ReadField;
use gaslane_sim::rtl::{LinkOptions, RtlCard, VERILATOR_AVAILABLE, VerilatorEngine};
use gaslane_sim::{CommitNote, ConfigError, ModelCard, OpCycles, SimOptions, TimelineEvent, TimelineKind};
use rustc_hash::FxHashMap;
use std::collections::BTreeSet;

/// Lanes of the scaling curve; those of the card and of the hardware design are added.
pub const SCALING_LANES: [u32; 5] = [1, 2, 4, 8, 16];
/// Runs whose median or minimum is taken.
const REPEATS: usize = 5;

/// A block to measure.
#[derive(Clone, Debug)]
pub struct Subject {
    /// Name of workload or block.
    pub name: String,
    /// Which of the two.
    pub kind: RunKind,
    /// The block.
    pub block: BlockInput,
    /// Its pre-state.
    pub state: MemoryState,
    /// What each transaction does; empty: the receiver is shown.
    pub labels: Vec<String>,
    /// Share of transactions that touch the hot object of a workload.
    pub conflict: Option<f64>,
    /// Seed of a workload.
    pub seed: Option<u64>,
}

/// How it is measured.
#[derive(Clone, Debug)]
pub struct Settings {
    /// Sizes of the card. Its number of lanes is that of the timeline.
    pub config: CardConfig,
    /// Cycles from a request of the card to the effect of the host's answer.
    pub host_latency_cycles: u64,
    /// The hardware design runs that many transactions of the block's beginning, on these numbers of lanes; none if there are none.
    pub rtl_txs: usize,
    /// See `rtl_txs`.
    pub rtl_lanes: Vec<u32>,
    /// The link of the hardware design.
    pub link: LinkOptions,
    /// Options of the driver.
    pub driver: DriverOptions,
}

impl Settings {
    /// For a card of that configuration at the default latency, without the hardware design.
    pub fn new(config: CardConfig) -> Self {
        let sim = SimOptions::default();
        Self {
            config,
            host_latency_cycles: sim.host_latency_cycles,
            rtl_txs: 0,
            rtl_lanes: Vec::new(),
            // The clock for which the model's latency is two microseconds.
            link: LinkOptions::gen3x16(250_000),
            driver: DriverOptions::default(),
        }
    }

    /// For a board.
    pub fn for_board(board: &Board) -> Self {
        Self {
            config: board.config.clone(),
            host_latency_cycles: board.host_latency_cycles(),
            link: LinkOptions::pcie(board.link.generation, board.link.lanes, board.clock_khz),
            ..Self::new(board.config.clone())
        }
    }

    fn sim(&self) -> SimOptions {
        SimOptions { host_latency_cycles: self.host_latency_cycles, ..SimOptions::default() }
    }
}

/// Why a block could not be measured.
#[derive(Debug, thiserror::Error)]
pub enum BenchError {
    /// No such card.
    #[error(transparent)]
    Config(#[from] ConfigError),
    /// The driver cannot open the card.
    #[error(transparent)]
    Open(#[from] DriverError),
    /// The card fails, or the block is invalid.
    #[error(transparent)]
    Block(#[from] BlockError),
    /// Sequential execution fails.
    #[error(transparent)]
    Oracle(#[from] OracleError),
    /// The hardware design cannot be simulated.
    #[error("the hardware design cannot be simulated: {0}")]
    Rtl(String),
    /// The outcome is wrong: nothing is worth measuring then.
    #[error("{engine} with {lanes} lanes: {difference}")]
    Differs {
        /// Which engine.
        engine: &'static str,
        /// Its lanes.
        lanes: u32,
        /// The first difference.
        difference: Box<Difference>,
    },
}

/// What a run of the model noted.
struct Noted {
    /// Cycle at which the block began.
    first_cycle: u64,
    outcome: BlockOutcome,
    timeline: Vec<TimelineEvent>,
    commits: Vec<CommitNote>,
}

/// Measures a block.
pub fn measure(subject: &Subject, settings: &Settings) -> Result<Run, BenchError> {
    let Subject { block, state, .. } = subject;
    let expected = execute_sequential(block, state)?;
    let lanes = settings.config.lanes;
    let (cold, noted) = run_noted(block, state, settings)?;
    check(&noted.outcome, &expected, block, "model", lanes)?;
    let bound = Bound::new(&noted.commits);
    let mut scaling = Vec::new();
    let simulated = if settings.rtl_txs > 0 { &settings.rtl_lanes[..] } else { &[] };
    let all: BTreeSet<u32> = SCALING_LANES.iter().chain(simulated).copied().chain([lanes]).collect();
    for lanes in all {
        let metrics = run_model(block, state, &expected, settings, lanes)?;
        scaling.push(scale("model", None, lanes, &metrics, &bound));
    }
    if settings.rtl_txs > 0 {
        scaling.extend(beginning(subject, settings)?);
    }
    let metrics = &noted.outcome.metrics;
    let txs = metrics.txs.max(1) as f64;
    Ok(Run {
        name: subject.name.clone(),
        kind: subject.kind,
        fork: block.spec.to_string(),
        txs: metrics.txs,
        contract_txs: metrics.contract_txs,
        gas: noted.outcome.gas_used,
        conflict: subject.conflict,
        seed: subject.seed,
        engine: "model",
        lanes,
        verified: true,
        on_card_txs: metrics.on_card_txs,
        on_card_gas: metrics.on_card_gas,
        escapes: metrics.escapes.clone(),
        host_calls: metrics.host_calls.clone(),
        aborts: metrics.aborts,
        evm_instructions: metrics.evm_instructions,
        evm_per_lane_cycle: metrics.evm_instructions as f64 / metrics.lane_busy_cycles.max(1) as f64,
        lane_cycles: LaneCycles {
            busy: metrics.lane_busy_cycles,
            state_wait: metrics.lane_state_wait_cycles,
            commit_wait: metrics.lane_commit_wait_cycles,
            aborted: metrics.lane_aborted_cycles,
            idle: metrics.lane_idle_cycles,
        },
        classes: class_cycles(&noted.commits),
        transactions: transactions(subject, &noted),
        timeline: timeline(&noted, lanes),
        conflicts: conflicts(&bound, &noted.commits),
        oracle: Oracle {
            critical_path_cycles: bound.critical_path_cycles,
            busy_cycles: bound.busy_cycles,
            speedup_bound: bound.speedup_unlimited(),
        },
        link_bytes: LinkBytes::new(
            noted.commits.iter().map(|note| note.payload_bytes).sum(),
            noted.commits.iter().map(|note| note.record_bytes).sum(),
            metrics.txs,
            metrics.assists,
        ),
        scaling,
        host_us_per_tx: host_time(block, state, settings, &cold, txs)?,
        revm: revm(block, state, noted.outcome.gas_used, txs)?,
        projected: None,
        energy: None,
    })
}

fn check(
    outcome: &BlockOutcome,
    expected: &BlockOutcome,
    block: &BlockInput,
    engine: &'static str,
    lanes: u32,
) -> Result<(), BenchError> {
    let mut differences = verify::compare(outcome, expected);
    differences.extend(block.expected.iter().flat_map(|claims| verify::check_claims(outcome, claims)));
    match differences.into_iter().next() {
        Some(difference) => Err(BenchError::Differs { engine, lanes, difference: Box::new(difference) }),
        None => Ok(()),
    }
}

fn open(config: CardConfig, sim: SimOptions, driver: &DriverOptions) -> Result<Driver<ModelCard>, BenchError> {
    Ok(Driver::open(ModelCard::new(config, sim)?, driver.clone())?)
}

/// Runs the block twice: counters of the first run, notes of the second.
fn run_noted(block: &BlockInput, state: &MemoryState, settings: &Settings) -> Result<(Metrics, Noted), BenchError> {
    let sim = SimOptions { timeline: true, ..settings.sim() };
    let mut driver = open(settings.config.clone(), sim, &settings.driver)?;
    let cold = driver.execute_block(block, state)?.metrics;
    let card = driver.device();
    card.take_timeline();
    card.take_commits();
    let first_cycle = card.counters().cycles;
    let outcome = driver.execute_block(block, state)?;
    let card = driver.device();
    let (timeline, commits) = (card.take_timeline(), card.take_commits());
    Ok((cold, Noted { first_cycle, outcome, timeline, commits }))
}

/// Counters of the second of two runs, which is checked.
fn run_twice<D: Device>(
    mut driver: Driver<D>,
    block: &BlockInput,
    state: &MemoryState,
    expected: &BlockOutcome,
    (engine, lanes): (&'static str, u32),
) -> Result<Metrics, BenchError> {
    driver.execute_block(block, state)?;
    let outcome = driver.execute_block(block, state)?;
    check(&outcome, expected, block, engine, lanes)?;
    Ok(outcome.metrics)
}

fn run_model(
    block: &BlockInput,
    state: &MemoryState,
    expected: &BlockOutcome,
    settings: &Settings,
    lanes: u32,
) -> Result<Metrics, BenchError> {
    let driver = open(settings.config.clone().with_lanes(lanes), settings.sim(), &settings.driver)?;
    run_twice(driver, block, state, expected, ("model", lanes))
}

fn scale(engine: &'static str, first_txs: Option<u64>, lanes: u32, metrics: &Metrics, bound: &Bound) -> Scale {
    let possible = bound.speedup(lanes);
    let speedup = bound.busy_cycles as f64 / metrics.cycles.max(1) as f64;
    Scale {
        engine,
        first_txs,
        lanes,
        cycles: metrics.cycles,
        speedup,
        bound: possible,
        efficiency: speedup / possible,
        aborts: metrics.aborts,
        requests: metrics.assists,
    }
}

/// The first transactions of a block as a block of their own.
fn first_transactions(block: &BlockInput, count: usize) -> BlockInput {
    let mut block = block.clone();
    if count < block.transactions.len() {
        block.transactions.truncate(count);
        block.expected = None;
    }
    block
}

/// The beginning of the block on hardware design and model.
fn beginning(subject: &Subject, settings: &Settings) -> Result<Vec<Scale>, BenchError> {
    if !VERILATOR_AVAILABLE {
        return Err(BenchError::Rtl("this program was built without Verilator".into()));
    }
    let block = first_transactions(&subject.block, settings.rtl_txs);
    let state = &subject.state;
    let expected = execute_sequential(&block, state)?;
    let bound = Bound::new(&run_noted(&block, state, settings)?.1.commits);
    let first_txs = Some(block.transactions.len() as u64);
    let mut scaling = Vec::new();
    for &lanes in &settings.rtl_lanes {
        let metrics = run_model(&block, state, &expected, settings, lanes)?;
        scaling.push(scale("model", first_txs, lanes, &metrics, &bound));
        let card = RtlCard::<VerilatorEngine>::new(settings.config.clone().with_lanes(lanes), settings.link)
            .map_err(|error| BenchError::Rtl(error.to_string()))?;
        let driver = Driver::open(card, settings.driver.clone())?;
        let metrics = run_twice(driver, &block, state, &expected, ("rtl", lanes))?;
        scaling.push(scale("rtl", first_txs, lanes, &metrics, &bound));
    }
    Ok(scaling)
}

fn class_cycles(commits: &[CommitNote]) -> Vec<ClassCycles> {
    let mut sum = OpCycles::default();
    commits.iter().for_each(|note| sum.merge(&note.op_cycles));
    let busy = commits.iter().map(|note| note.busy_cycles).sum();
    let classes = classes::by_class(&sum, busy);
    classes.into_iter().map(|(class, cycles)| ClassCycles { class, cycles }).collect()
}

fn transactions(subject: &Subject, noted: &Noted) -> Vec<Transaction> {
    let notes: FxHashMap<u32, &CommitNote> = noted.commits.iter().map(|note| (note.tag, note)).collect();
    let label = |index: usize| match (subject.labels.get(index), subject.block.transactions[index].kind.to()) {
        (Some(label), _) => label.clone(),
        (None, Some(to)) => to.to_string(),
        (None, None) => "create".to_owned(),
    };
    let of = |(index, outcome): (usize, &crate::outcome::TxOutcome)| {
        let note = notes.get(&(index as u32));
        Transaction {
            label: label(index),
            gas: outcome.gas_used,
            status: outcome.status.name(),
            on: match outcome.executed_on {
                ExecutedOn::Card => "card".to_owned(),
                ExecutedOn::Host(reason) => format!("host: {}", reason.name()),
                ExecutedOn::Sequential => "host".to_owned(),
            },
            cycles: note.map_or(0, |note| note.busy_cycles),
            aborts: note.map_or(0, |note| note.aborts),
        }
    };
    noted.outcome.transactions.iter().enumerate().map(of).collect()
}

/// Attempts, waits and commits from the events of a run.
fn timeline(noted: &Noted, lanes: u32) -> Timeline {
    let cycle = |cycle: u64| cycle.saturating_sub(noted.first_cycle);
    let mut out = Timeline { lanes, cycles: noted.outcome.metrics.cycles, ..Timeline::default() };
    // Lane and first cycle of the attempt that runs, and since when it waits, by transaction.
    let mut running: FxHashMap<u32, (u8, u64)> = FxHashMap::default();
    let mut waiting: FxHashMap<u32, u64> = FxHashMap::default();
    // The last attempt of a transaction that has finished: a commit may still abort it.
    let mut finished: FxHashMap<u32, usize> = FxHashMap::default();
    for event in &noted.timeline {
        let (tx, now) = (event.tag, cycle(event.cycle));
        let end_wait = |waits: &mut Vec<Wait>, since: Option<u64>, running: &FxHashMap<u32, (u8, u64)>| {
            if let (Some(start), Some(&(lane, _))) = (since, running.get(&tx)) {
                waits.push(Wait { tx, lane, start, end: now });
            }
        };
        match event.kind {
            TimelineKind::Start => {
                finished.remove(&tx);
                if let Some(lane) = event.lane {
                    running.insert(tx, (lane, now));
                }
            }
            TimelineKind::Wait => {
                waiting.insert(tx, now);
            }
            TimelineKind::Resume => end_wait(&mut out.waits, waiting.remove(&tx), &running),
            TimelineKind::Commit => {}
            kind => {
                end_wait(&mut out.waits, waiting.remove(&tx), &running);
                let outcome = match kind {
                    TimelineKind::Finish => "committed",
                    TimelineKind::Abort => "aborted",
                    TimelineKind::Preempt => "preempted",
                    _ => "escaped",
                };
                match (running.remove(&tx), finished.remove(&tx)) {
                    (Some((lane, start)), _) => {
                        out.attempts.push(Attempt { tx, lane, start, end: now, outcome });
                        if kind == TimelineKind::Finish {
                            finished.insert(tx, out.attempts.len() - 1);
                        }
                    }
                    (None, Some(attempt)) => out.attempts[attempt].outcome = outcome,
                    (None, None) => {}
                }
            }
        }
    }
    let commit =
        |note: &CommitNote| Commit { tx: note.tag, start: cycle(note.commit_cycle), end: cycle(note.end_cycle) };
    out.commits = noted.commits.iter().map(commit).collect();
    out.truncated = [out.attempts.len(), out.waits.len(), out.commits.len()].iter().any(|count| *count > SHOWN_MAX);
    out.attempts.truncate(SHOWN_MAX);
    out.waits.truncate(SHOWN_MAX);
    out.commits.truncate(SHOWN_MAX);
    out
}

fn conflicts(bound: &Bound, commits: &[CommitNote]) -> Conflicts {
    let edge = |edge: &Edge| ConflictEdge {
        from: commits[edge.from].tag,
        to: commits[edge.to].tag,
        keys: edge.keys,
        key: match (edge.key.kind, edge.field) {
            (KeyKind::Storage, _) => format!("{}[{:#x}]", edge.key.address, edge.key.slot),
            (_, ReadField::Balance) => format!("{}.balance", edge.key.address),
            (_, ReadField::Nonce) => format!("{}.nonce", edge.key.address),
            (_, ReadField::Code) => format!("{}.code", edge.key.address),
            (_, ReadField::Value) => format!("block hash {}", edge.key.slot),
        },
    };
    Conflicts {
        edges: bound.edges.iter().take(SHOWN_MAX).map(edge).collect(),
        truncated: bound.edges.len() > SHOWN_MAX,
    }
}

/// Medians of several runs on a warm driver.
fn host_time(
    block: &BlockInput,
    state: &MemoryState,
    settings: &Settings,
    cold: &Metrics,
    txs: f64,
) -> Result<HostTime, BenchError> {
    let mut driver = open(settings.config.clone(), settings.sim(), &settings.driver)?;
    driver.execute_block(block, state)?;
    let runs = (0..REPEATS)
        .map(|_| Ok(driver.execute_block(block, state)?.metrics))
        .collect::<Result<Vec<Metrics>, BenchError>>()?;
    let median = |ns: fn(&Metrics) -> u64| {
        let mut times: Vec<u64> = runs.iter().map(ns).collect();
        times.sort_unstable();
        times[times.len() / 2] as f64 / 1000.0 / txs
    };
    Ok(HostTime {
        plan: median(|metrics| metrics.plan_ns),
        translate: cold.translate_ns as f64 / 1000.0 / txs,
        commit: median(|metrics| metrics.commit_ns),
        host_calls: median(|metrics| metrics.host_calls_ns),
        fallback: median(|metrics| metrics.fallback_ns),
        outcome: median(|metrics| metrics.outcome_ns),
        whole: median(|metrics| metrics.total_ns.saturating_sub(metrics.card_ns + metrics.translate_ns)),
    })
}

/// The fastest of several runs.
fn revm(block: &BlockInput, state: &MemoryState, gas: u64, txs: f64) -> Result<Revm, BenchError> {
    let (mut alone, mut whole) = (u64::MAX, u64::MAX);
    for _ in 0..=REPEATS {
        alone = alone.min(time_sequential(block, state)?.as_nanos() as u64);
        whole = whole.min(execute_sequential(block, state)?.metrics.total_ns);
    }
    if block.transactions.is_empty() {
        return Ok(Revm::default());
    }
    let seconds = alone.max(1) as f64 / 1e9;
    Ok(Revm {
        us_per_tx: seconds * 1e6 / txs,
        mgas_per_s: gas as f64 / 1e6 / seconds,
        txs_per_s: txs / seconds,
        with_outcome_us_per_tx: whole as f64 / 1000.0 / txs,
    })
}
