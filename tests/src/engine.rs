//! Whole blocks through the driver and a simulated card, compared with sequential revm.

use crate::random::Random;
pub use crate::setup::Setup;
use alloy_primitives::{TxKind, U256};
use gaslane::block::BlockInput;
use gaslane::driver::{BlockError, Driver};
use gaslane::oracle::{OracleError, execute_sequential};
use gaslane::outcome::{BlockOutcome, Metrics};
use gaslane::verify::{Difference, check_claims, compare};
use gaslane_abi::{Device, regs};
use revm::DatabaseRef;
use std::collections::BTreeMap;
use std::fmt;

/// Sums over blocks.
#[derive(Clone, Debug, Default)]
pub struct Totals {
    /// Blocks with an outcome.
    pub executed: u64,
    /// Blocks that driver and oracle rejected alike.
    pub rejected: u64,
    /// Transactions that finished on a lane, by type.
    pub on_card: BTreeMap<u8, u64>,
    /// Transactions that the host ran, by reason.
    pub escapes: BTreeMap<&'static str, u64>,
    /// Transactions of executed blocks by fork.
    pub forks: BTreeMap<&'static str, u64>,
    /// Transactions by how they ended.
    pub statuses: BTreeMap<&'static str, u64>,
    /// Attempts aborted.
    pub aborts: u64,
    /// Requests for state.
    pub assists: u64,
    /// Entries evicted from state tables.
    pub evictions: u64,
}

impl Totals {
    /// Transactions of executed blocks.
    pub fn transactions(&self) -> u64 {
        self.forks.values().sum()
    }

    /// Adds another sum.
    pub fn merge(&mut self, other: &Self) {
        self.executed += other.executed;
        self.rejected += other.rejected;
        self.aborts += other.aborts;
        self.assists += other.assists;
        self.evictions += other.evictions;
        for (tx_type, count) in &other.on_card {
            *self.on_card.entry(*tx_type).or_default() += count;
        }
        for (sum, counts) in [
            (&mut self.escapes, &other.escapes),
            (&mut self.forks, &other.forks),
            (&mut self.statuses, &other.statuses),
        ] {
            for (name, count) in counts {
                *sum.entry(name).or_default() += count;
            }
        }
    }
}

/// Where card and oracle disagree.
#[derive(Clone, Debug)]
pub struct Failure {
    /// The first difference between their outcomes, where both have one.
    pub difference: Option<Box<Difference>>,
    /// What is wrong.
    pub text: String,
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

impl From<String> for Failure {
    fn from(text: String) -> Self {
        Self { difference: None, text }
    }
}

/// Executes a block on the card and on sequential revm. The error says what differs first.
pub fn check<D: Device, DB: DatabaseRef>(
    driver: &mut Driver<D>,
    block: &BlockInput,
    state: &DB,
    totals: &mut Totals,
) -> Result<Option<Metrics>, String> {
    let expected = execute_sequential(block, state);
    match check_against(driver, block, state, &expected, totals) {
        Ok(outcome) => Ok(outcome.map(|outcome| outcome.metrics)),
        Err(failure) => Err(failure.text),
    }
}

/// Executes a block on the card and compares with the oracle's outcome. `None` if both reject the block.
pub fn check_against<D: Device, DB: DatabaseRef>(
    driver: &mut Driver<D>,
    block: &BlockInput,
    state: &DB,
    expected: &Result<BlockOutcome, OracleError>,
    totals: &mut Totals,
) -> Result<Option<BlockOutcome>, Failure> {
    let before = evictions(driver);
    let outcome = match (driver.execute_block(block, state), expected) {
        (Ok(outcome), Ok(expected)) => {
            first(compare(&outcome, expected))?;
            if let Some(claims) = &block.expected {
                first(check_claims(&outcome, claims))?;
            }
            outcome
        }
        (Err(BlockError::InvalidTransaction { transaction, .. }), Err(OracleError::Invalid(expected)))
            if transaction == *expected =>
        {
            totals.rejected += 1;
            return Ok(None);
        }
        (Ok(_), Err(expected)) => return Err(format!("the card accepts a block that revm rejects: {expected}").into()),
        (Err(error), Ok(_)) => return Err(format!("the card rejects a valid block: {}", whole(&error)).into()),
        (Err(error), Err(expected)) => {
            return Err(format!("the card says `{}`, revm says `{expected}`", whole(&error)).into());
        }
    };
    let metrics = &outcome.metrics;
    // The counters of hardware are read one after the other while its clock runs.
    let exact = driver.device().read(regs::CARD_KIND) == Ok(1);
    check_metrics(metrics, block, if exact { 0 } else { READING_CYCLES })?;
    totals.executed += 1;
    *totals.forks.entry(block.fork().name()).or_default() += block.transactions.len() as u64;
    for tx in outcome.transactions.iter().filter(|tx| tx.executed_on == gaslane::outcome::ExecutedOn::Card) {
        *totals.on_card.entry(tx.tx_type).or_default() += 1;
    }
    for (reason, count) in &metrics.escapes {
        *totals.escapes.entry(reason).or_default() += count;
    }
    for tx in &outcome.transactions {
        *totals.statuses.entry(tx.status.name()).or_default() += 1;
    }
    totals.aborts += metrics.aborts;
    totals.assists += metrics.assists;
    totals.evictions += evictions(driver).saturating_sub(before);
    Ok(Some(outcome))
}

/// Low word of the card's counter; 0 if it does not answer.
fn evictions(driver: &mut Driver<impl Device>) -> u64 {
    driver.device().read(regs::EVICTIONS).unwrap_or_default().into()
}

/// An error with its causes.
fn whole(error: &dyn std::error::Error) -> String {
    let causes = std::iter::successors(error.source(), |error| error.source());
    causes.fold(error.to_string(), |text, cause| format!("{text}: {cause}"))
}

fn first(differences: Vec<Difference>) -> Result<(), Failure> {
    let count = differences.len();
    match differences.into_iter().next() {
        None => Ok(()),
        Some(difference) => {
            let text = format!("{count} differences, the first: {difference}");
            Err(Failure { difference: Some(Box::new(difference)), text })
        }
    }
}

/// Cycles within which hardware's counters of a lane are read, and those of the card.
const READING_CYCLES: u64 = 50_000;

/// What every block's counters satisfy.
fn check_metrics(metrics: &Metrics, block: &BlockInput, lane_tolerance: u64) -> Result<(), String> {
    let escaped: u64 = metrics.escapes.values().sum();
    let lanes = metrics.lane_busy_cycles
        + metrics.lane_state_wait_cycles
        + metrics.lane_commit_wait_cycles
        + metrics.lane_aborted_cycles
        + metrics.lane_idle_cycles;
    for (what, actual, expected, tolerance) in [
        ("transactions", metrics.txs, block.transactions.len() as u64, 0),
        ("transactions on the card and on the host", metrics.on_card_txs + escaped, metrics.txs, 0),
        ("cycles of all lanes", lanes, metrics.lanes * metrics.cycles, lane_tolerance * metrics.lanes),
    ] {
        if actual.abs_diff(expected) > tolerance {
            return Err(format!("counters disagree: {what}: {actual}, expected {expected}"));
        }
    }
    Ok(())
}

/// Makes one transaction of a block invalid at its place.
pub fn spoil(block: &mut BlockInput, random: &mut Random) {
    let index = random.below(block.transactions.len() as u64) as usize;
    let tx = &mut block.transactions[index];
    match random.below(7) {
        0 => tx.nonce += 1,
        1 => tx.nonce = tx.nonce.wrapping_sub(1),
        2 => tx.value = U256::from(2) * U256::from(10).pow(U256::from(18)),
        3 => tx.gas_limit = 20_000,
        4 => tx.chain_id = Some(77),
        // Init code beyond EIP-3860, or less gas than it costs.
        5 => (tx.kind, tx.data) = (TxKind::Create, vec![0; 50_000].into()),
        // A sender with code that delegates nothing (EIP-3607).
        _ => (tx.caller, tx.nonce) = (crate::world::contract(0), 1),
    }
}

/// A run's counters without its times.
pub fn without_times(metrics: &Metrics) -> Metrics {
    Metrics {
        plan_ns: 0,
        translate_ns: 0,
        commit_ns: 0,
        host_calls_ns: 0,
        fallback_ns: 0,
        card_ns: 0,
        outcome_ns: 0,
        total_ns: 0,
        ..metrics.clone()
    }
}
