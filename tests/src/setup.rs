//! Cards and drivers that tests use.

use crate::random::Random;
use gaslane::driver::{Driver, DriverOptions};
use gaslane_hdl::CardConfig;
use gaslane_hdl::config::SLOTS_MAX;
use gaslane_sim::attempt::Attempt;
use gaslane_sim::lane::Lane;
use gaslane_sim::{Card, ModelCard, SimOptions};

/// Cycles of an attempt, at most. Loops of the slowest instructions may need more and go to the host; a lane that does
/// not come to an end is stopped within a second, and noticed by transactions of little gas.
const WATCHDOG_CYCLES: u64 = 1 << 23;

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
        let card = CardConfig { watchdog_cycles: WATCHDOG_CYCLES, ..CardConfig::large().with_lanes(lanes) };
        Self { card, sim: SimOptions::default(), driver: DriverOptions::default() }
    }

    /// Any card: mostly large ones, small ones, and some that are short of one thing or of everything.
    pub fn random(random: &mut Random) -> Self {
        let lanes = *random.pick(&[1, 2, 3, 8, 16]);
        let base = if random.chance(30) { CardConfig::small() } else { CardConfig::large() };
        let mut card = base.with_lanes(lanes);
        card.slots = match random.below(10) {
            0..=4 => card.slots,
            5..=7 => lanes,
            _ => lanes + random.below(u64::from(SLOTS_MAX - lanes) + 1) as u32,
        };
        let least = |random: &mut Random, field: &mut u32, values: &[u32]| {
            if random.chance(16) {
                *field = *random.pick(values);
            }
        };
        least(random, &mut card.state_entries, &[64, 64, 128]);
        least(random, &mut card.stack_words, &[128]);
        least(random, &mut card.memory_bytes, &[1024, 2048]);
        least(random, &mut card.frames, &[1, 2, 3, 1025]);
        least(random, &mut card.access_entries, &[8, 12, 16]);
        least(random, &mut card.undo_entries, &[16, 32]);
        least(random, &mut card.log_bytes, &[1024]);
        least(random, &mut card.return_bytes, &[1024]);
        least(random, &mut card.payload_bytes, &[1024]);
        least(random, &mut card.code_bytes, &[1 << 20]);
        card.watchdog_cycles = if random.chance(8) { 1 << 16 } else { WATCHDOG_CYCLES };
        let host_latency_cycles = match random.below(6) {
            0 => 0,
            1 => 20_000,
            2..=3 => random.below(3_000),
            _ => 500,
        };
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

    /// A driver with that card, of the model's lanes.
    pub fn open(&self) -> Driver<ModelCard> {
        self.open_with::<Lane>()
    }

    /// A driver with that card, of any lanes.
    pub fn open_with<L: Attempt>(&self) -> Driver<Card<L>> {
        let card = Card::new(self.card.clone(), self.sim.clone()).expect("a valid configuration");
        Driver::open(card, self.driver.clone()).expect("the card opens")
    }
}
