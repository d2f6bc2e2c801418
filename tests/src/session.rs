//! One seed's work: a card, worlds, and a few blocks on each, one after the other.

use crate::engine::{Failure, Totals, check_against, spoil};
use crate::random::Random;
use crate::setup::Setup;
use crate::world::{Case, Cast, Shape, Style};
use gaslane::block::BlockInput;
use gaslane::driver::Driver;
use gaslane::oracle::{OracleError, execute_sequential};
use gaslane::outcome::{BlockOutcome, ExecutedOn};
use gaslane_abi::codes::Escape;
use gaslane_sim::ModelCard;
use revm::DatabaseRef;
use std::panic::{AssertUnwindSafe, catch_unwind};

/// How much one seed does.
#[derive(Clone, Copy, Debug)]
pub struct Plan {
    /// Worlds, each with contracts of its own.
    pub worlds: u64,
    /// Blocks of a world, each on the state after the one before.
    pub blocks: u64,
    /// Transactions of a block, at most.
    pub transactions: u64,
}

impl Plan {
    /// What tests do with one seed.
    pub const TEST: Self = Self { worlds: 2, blocks: 3, transactions: 30 };
    /// Few worlds with many blocks: more transactions per second, because contracts are translated once.
    pub const SOAK: Self = Self { worlds: 4, blocks: 12, transactions: 40 };
}

/// A divergence.
#[derive(Clone, Debug)]
pub struct Finding {
    /// The seed that leads to it, if there is one.
    pub seed: Option<u64>,
    /// The card.
    pub setup: Setup,
    /// All blocks that the card has seen, the last of which diverges.
    pub cases: Vec<Case>,
    /// How.
    pub failure: Failure,
}

/// A lane that takes more cycles for each gas of the transaction than this, waiting for the host not included, does not
/// come to an end.
const CYCLES_PER_GAS_MAX: u64 = 48;
/// What waits for the host costs at least this much gas: the call of a precompile.
const HOST_CALL_GAS: u64 = 100;

/// Executes a block on the card and compares; a panic is a failure like any other, and so is a lane that goes on
/// without end.
pub fn attempt(
    driver: &mut Driver<ModelCard>,
    setup: &Setup,
    case: &Case,
    expected: &Result<BlockOutcome, OracleError>,
    totals: &mut Totals,
) -> Result<Option<BlockOutcome>, Failure> {
    let result = catch_unwind(AssertUnwindSafe(|| check_against(driver, &case.block, &case.state, expected, totals)))
        .unwrap_or_else(|panic| Err(panic_text(&*panic).into()))?;
    // The host would finish what a lane never does, and hide it.
    let endless = result.iter().flat_map(|outcome| &outcome.transactions).zip(&case.block.transactions).position(
        |(outcome, tx)| {
            let waiting = setup.sim.host_latency_cycles.div_ceil(HOST_CALL_GAS);
            let cycles = tx.gas_limit.saturating_mul(CYCLES_PER_GAS_MAX + waiting);
            outcome.executed_on == ExecutedOn::Host(Escape::Watchdog) && cycles < setup.card.watchdog_cycles
        },
    );
    if let Some(index) = endless {
        let cycles = setup.card.watchdog_cycles;
        return Err(format!("transaction {index} took a lane more than {cycles} cycles, too many for its gas").into());
    }
    Ok(result)
}

fn panic_text(panic: &(dyn std::any::Any + Send)) -> String {
    let text = panic.downcast_ref::<String>().map(String::as_str).or_else(|| panic.downcast_ref::<&str>().copied());
    format!("panic: {}", text.unwrap_or("no text"))
}

/// What a world of that plan looks like.
pub fn shape(random: &mut Random, plan: &Plan) -> Shape {
    // Few contracts and senders conflict more; many overflow small tables.
    let (contracts, senders) = *random.pick(&[(2, 16), (4, 8), (2, 2), (4, 24), (8, 12), (40, 40)]);
    let transactions = 1 + random.below(plan.transactions);
    Shape { contracts, senders, transactions, statements: 8 + random.below(40) }
}

/// Runs one seed. The finding is the first divergence.
pub fn run(seed: u64, plan: &Plan, totals: &mut Totals) -> Result<(), Box<Finding>> {
    let mut random = Random::new(seed);
    let setup = Setup::random(&mut random);
    let mut driver = setup.open();
    let mut cases = Vec::new();
    for _ in 0..plan.worlds {
        let style = if random.chance(85) { Style::Everything } else { Style::Plain };
        let shape = shape(&mut random, plan);
        let cast = Cast::new(&mut random, shape, style);
        let mut state = cast.state(&mut random, shape.statements);
        for _ in 0..plan.blocks {
            let count = 1 + random.below(plan.transactions);
            let mut block = cast.block(&mut random, count, &state);
            let expected = settle(&mut random, &mut block, &state);
            cases.push(Case { block, state: state.clone() });
            let case = cases.last().expect("one has been pushed");
            match attempt(&mut driver, &setup, case, &expected, totals) {
                Ok(_) => {}
                Err(failure) => return Err(Box::new(Finding { seed: Some(seed), setup, cases, failure })),
            }
            if let Ok(outcome) = &expected {
                state.apply(&outcome.state);
            }
        }
    }
    Ok(())
}

/// The oracle's outcome. Most blocks that are invalid are cut off before the transaction that makes them so, because
/// nothing is learnt of a block that is rejected but that it is.
pub fn settle<DB: DatabaseRef>(
    random: &mut Random,
    block: &mut BlockInput,
    state: &DB,
) -> Result<BlockOutcome, OracleError> {
    if random.chance(3) {
        spoil(block, random);
        return execute_sequential(block, state);
    }
    let mut expected = execute_sequential(block, state);
    if let Err(OracleError::Invalid(invalid)) = &expected
        && invalid.index > 0
        && !random.chance(5)
    {
        block.transactions.truncate(invalid.index);
        expected = execute_sequential(block, state);
    }
    expected
}
