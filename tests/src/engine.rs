//! Whole blocks through the driver and the model card, compared with sequential revm.

use crate::random::Random;
use alloy_primitives::U256;
use gaslane::block::BlockInput;
use gaslane::driver::{BlockError, Driver, DriverOptions};
use gaslane::oracle::{OracleError, execute_sequential};
use gaslane::outcome::Metrics;
use gaslane::source::MemoryState;
use gaslane::verify::{Difference, check_claims, compare};
use gaslane_hdl::CardConfig;
use gaslane_sim::{ModelCard, SimOptions};
use std::collections::BTreeMap;

/// A card, its simulation and how the driver uses it.
#[derive(Clone, Debug)]
pub struct Setup {
    /// Sizes of the card.
    pub card: CardConfig,
    /// How it is simulated.
    pub sim: SimOptions,
    /// How the driver uses it.
    pub driver: DriverOptions,
}

impl Setup {
    /// The large card with that number of lanes.
    pub fn lanes(lanes: u32) -> Self {
        let card = CardConfig::large().with_lanes(lanes);
        Self { card, sim: SimOptions::default(), driver: DriverOptions::default() }
    }

    /// Any card: mostly large ones, small ones, and some that are short of one thing or of everything.
    pub fn random(random: &mut Random) -> Self {
        let lanes = *random.pick(&[1, 2, 3, 8, 16]);
        let base = if random.chance(30) { CardConfig::small() } else { CardConfig::large() };
        let mut card = base.with_lanes(lanes);
        if random.chance(30) {
            card.slots = lanes;
        }
        let least = |random: &mut Random, field: &mut u32, values: &[u32]| {
            if random.chance(16) {
                *field = *random.pick(values);
            }
        };
        least(random, &mut card.state_entries, &[64, 64, 128]);
        least(random, &mut card.stack_words, &[128]);
        least(random, &mut card.memory_bytes, &[1024, 2048]);
        least(random, &mut card.frames, &[1, 2, 3]);
        least(random, &mut card.access_entries, &[8, 12, 16]);
        least(random, &mut card.undo_entries, &[16, 32]);
        least(random, &mut card.log_bytes, &[1024]);
        least(random, &mut card.return_bytes, &[1024]);
        least(random, &mut card.payload_bytes, &[1024]);
        least(random, &mut card.code_bytes, &[1 << 20]);
        if random.chance(8) {
            card.watchdog_cycles = 1 << 16;
        }
        let host_latency_cycles = *random.pick(&[0, 500, 500, 20_000]);
        let sim = SimOptions { host_latency_cycles, check: random.chance(50), ..SimOptions::default() };
        let mut driver = DriverOptions::default();
        if random.chance(40) {
            driver.sq_entries = 64;
            driver.cq_entries = *random.pick(&[128, 1024]);
            driver.inflight = *random.pick(&[0, 0, 1, 5]);
            driver.prefetch = *random.pick(&[1, 3, 64]);
        }
        Self { card, sim, driver }
    }

    /// A driver with that card.
    pub fn open(&self) -> Driver<ModelCard> {
        let card = ModelCard::new(self.card.clone(), self.sim.clone()).expect("a valid configuration");
        Driver::open(card, self.driver.clone()).expect("the model card opens")
    }
}

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
    /// Attempts aborted.
    pub aborts: u64,
    /// Requests for state.
    pub assists: u64,
    /// Entries evicted from state tables.
    pub evictions: u64,
}

/// Executes a block on the card and on sequential revm. The error says what differs first.
pub fn check(
    driver: &mut Driver<ModelCard>,
    block: &BlockInput,
    state: &MemoryState,
    totals: &mut Totals,
) -> Result<Option<Metrics>, String> {
    let evictions = driver.device().counters().evictions;
    let expected = execute_sequential(block, state);
    let outcome = match (driver.execute_block(block, state), expected) {
        (Ok(outcome), Ok(expected)) => {
            first(compare(&outcome, &expected))?;
            if let Some(claims) = &block.expected {
                first(check_claims(&outcome, claims))?;
            }
            outcome
        }
        (Err(BlockError::InvalidTransaction { transaction, .. }), Err(OracleError::Invalid(expected)))
            if transaction == expected =>
        {
            totals.rejected += 1;
            return Ok(None);
        }
        (Ok(_), Err(expected)) => return Err(format!("the card accepts a block that revm rejects: {expected}")),
        (Err(error), Ok(_)) => return Err(format!("the card rejects a valid block: {error}")),
        (Err(error), Err(expected)) => return Err(format!("the card says `{error}`, revm says `{expected}`")),
    };
    let metrics = outcome.metrics;
    check_metrics(&metrics, block)?;
    totals.executed += 1;
    for tx in outcome.transactions.iter().filter(|tx| tx.executed_on == gaslane::outcome::ExecutedOn::Card) {
        *totals.on_card.entry(tx.tx_type).or_default() += 1;
    }
    for (reason, count) in &metrics.escapes {
        *totals.escapes.entry(reason).or_default() += count;
    }
    totals.aborts += metrics.aborts;
    totals.assists += metrics.assists;
    totals.evictions += driver.device().counters().evictions.saturating_sub(evictions);
    Ok(Some(metrics))
}

fn first(differences: Vec<Difference>) -> Result<(), String> {
    match differences.first() {
        None => Ok(()),
        Some(difference) => Err(format!("{} differences, the first: {difference}", differences.len())),
    }
}

/// What every block's counters satisfy.
fn check_metrics(metrics: &Metrics, block: &BlockInput) -> Result<(), String> {
    let escaped: u64 = metrics.escapes.values().sum();
    let lanes = metrics.lane_busy_cycles
        + metrics.lane_state_wait_cycles
        + metrics.lane_commit_wait_cycles
        + metrics.lane_aborted_cycles
        + metrics.lane_idle_cycles;
    for (what, actual, expected) in [
        ("transactions", metrics.txs, block.transactions.len() as u64),
        ("transactions on the card and on the host", metrics.on_card_txs + escaped, metrics.txs),
        ("cycles of all lanes", lanes, metrics.lanes * metrics.cycles),
    ] {
        if actual != expected {
            return Err(format!("counters disagree: {what}: {actual}, expected {expected}"));
        }
    }
    Ok(())
}

/// Makes one transaction of a block invalid at its place.
pub fn spoil(block: &mut BlockInput, random: &mut Random) {
    let index = random.below(block.transactions.len() as u64) as usize;
    let tx = &mut block.transactions[index];
    match random.below(6) {
        0 => tx.nonce += 1,
        1 => tx.nonce = tx.nonce.wrapping_sub(1),
        2 => tx.value = U256::from(2) * U256::from(10).pow(U256::from(18)),
        3 => tx.gas_limit = 20_000,
        4 => tx.chain_id = Some(77),
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
