//! The whole card as hardware against sequential revm: random blocks at several numbers of lanes, a real block, host memory that
//! behaves badly, a bus that fails. `GASLANE_SEED=n` replays a random case.

use gaslane::driver::{Driver, DriverOptions};
use gaslane::source::{bundle, samples::SAMPLES};
use gaslane_abi::{Device, regs};
use gaslane_hdl::CardConfig;
use gaslane_sim::rtl::{KernelEngine, LinkOptions, RtlCard, VERILATOR_AVAILABLE, VerilatorEngine};
use gaslane_tests::engine::{Totals, check};
use gaslane_tests::random::seeds;
use gaslane_tests::world::{Shape, world};

type Card = RtlCard<VerilatorEngine>;

/// Clock by which times of the link become cycles.
const CLOCK_KHZ: u32 = 100_000;
const SHAPE: Shape = Shape { contracts: 4, senders: 6, transactions: 16, statements: 20 };

/// Whether there is Verilator; says so if not.
fn verilator() -> bool {
    if !VERILATOR_AVAILABLE {
        println!(
            "skipped: the tests were built without Verilator (on Debian or Ubuntu: apt-get install verilator g++)"
        );
    }
    VERILATOR_AVAILABLE
}

fn open(config: CardConfig, link: LinkOptions) -> Driver<Card> {
    let card = Card::new(config, link).unwrap();
    Driver::open(card, DriverOptions::default()).unwrap_or_else(|error| panic!("{error}"))
}

#[test]
fn random_blocks_at_several_numbers_of_lanes() {
    if !verilator() {
        return;
    }
    let mut totals = Totals::default();
    for (seed, lanes) in seeds(0xca_0001, 5).into_iter().zip([1, 2, 3, 5, 8]) {
        let mut driver = open(CardConfig::large().with_lanes(lanes), LinkOptions::gen3x16(CLOCK_KHZ));
        let (block, state) = world(seed, SHAPE);
        check(&mut driver, &block, &state, &mut totals)
            .unwrap_or_else(|text| panic!("seed {seed}, {lanes} lanes: {text}"));
    }
    println!("{totals:?}");
    assert!(totals.executed >= 3 && !totals.on_card.is_empty(), "{totals:?}");
}

/// More lanes than half of the slots that the hardware has; the most that the small one has.
#[test]
fn as_many_lanes_as_slots() {
    if !verilator() {
        return;
    }
    let mut totals = Totals::default();
    for (config, slots) in [(CardConfig::large().with_lanes(20), 32), (CardConfig::small().with_lanes(2), 2)] {
        let mut driver = open(config, LinkOptions::gen3x16(CLOCK_KHZ));
        assert_eq!(driver.device().read(regs::SLOTS).unwrap(), slots);
        let (block, state) = world(3, SHAPE);
        check(&mut driver, &block, &state, &mut totals).unwrap_or_else(|text| panic!("{slots} slots: {text}"));
    }
    assert_eq!(totals.executed, 2, "{totals:?}");
}

/// Sizes that the hardware does not have are refused, with a reason.
#[test]
fn other_sizes_are_refused() {
    let link = LinkOptions::gen3x16(CLOCK_KHZ);
    let refused = |config: CardConfig| RtlCard::<KernelEngine>::new(config, link).unwrap_err().to_string();
    assert!(refused(CardConfig::small().with_lanes(3)).contains("2 slots"));
    assert!(refused(CardConfig::large().with_lanes(33)).contains("32 slots"));
    assert!(refused(CardConfig { state_entries: 128, ..CardConfig::small().with_lanes(1) }).contains("state_entries"));
    if verilator() {
        let config = CardConfig { code_bytes: 1 << 20, ..CardConfig::small().with_lanes(1) };
        let error = Card::new(config, link).unwrap_err().to_string();
        assert!(error.contains("engine kernel"), "{error}");
    }
}

/// The engines simulate the same design: a card is opened in the same cycles.
#[test]
fn kernel_and_verilator_take_the_same_cycles() {
    let config = CardConfig::small().with_lanes(1);
    let link = LinkOptions::gen3x16(CLOCK_KHZ);
    let mut kernel =
        Driver::open(RtlCard::<KernelEngine>::new(config.clone(), link).unwrap(), DriverOptions::default()).unwrap();
    let cycles = kernel.device().cycles();
    println!("{cycles} cycles");
    if verilator() {
        assert_eq!(open(config, link).device().cycles(), cycles);
    }
}

/// Pauses on every channel, at random, of both memories; slow answers.
#[test]
fn memories_that_pause_change_nothing() {
    if !verilator() {
        return;
    }
    let mut totals = Totals::default();
    for seed in seeds(0xca_0002, 2) {
        let mut link = LinkOptions::gen3x16(CLOCK_KHZ);
        for memory in [&mut link.host, &mut link.memory] {
            (memory.stalls, memory.seed) = (100, seed);
            memory.read_latency_cycles = 1 + seed % 400;
        }
        let mut driver = open(CardConfig::small().with_lanes(1), link);
        let (block, state) = world(seed, SHAPE);
        check(&mut driver, &block, &state, &mut totals).unwrap_or_else(|text| panic!("seed {seed}: {text}"));
    }
    assert!(totals.executed >= 1, "{totals:?}");
}

/// The smallest of the sample blocks, on its true pre-state.
#[test]
fn a_real_block() {
    if !verilator() {
        return;
    }
    let (name, bytes) = SAMPLES.iter().min_by_key(|(_, bytes)| bytes.len()).unwrap();
    let (block, state) = bundle::parse(name, bytes).unwrap();
    let mut driver = open(CardConfig::large().with_lanes(2), LinkOptions::gen3x16(CLOCK_KHZ));
    let mut totals = Totals::default();
    let metrics = check(&mut driver, &block, &state, &mut totals);
    let metrics = metrics.unwrap_or_else(|text| panic!("{name}: {text}")).unwrap();
    println!("{name}: {} cycles, {totals:?}", metrics.cycles);
    assert!(!totals.on_card.is_empty(), "{totals:?}");
}

/// Error responses of host memory stop the card with an error that names the address; after a reset it works.
#[test]
fn error_responses_stop_the_card() {
    if !verilator() {
        return;
    }
    let (block, state) = world(7, SHAPE);
    let mut link = LinkOptions::gen3x16(CLOCK_KHZ);
    (link.host.errors, link.host.seed) = (600, 5);
    let mut failed = 0;
    for seed in 0..6 {
        link.host.seed = 0x9e37 + 77 * seed;
        let card = Card::new(CardConfig::small().with_lanes(1), link).unwrap();
        let error = match Driver::open(card, DriverOptions::default()) {
            Ok(mut driver) => match driver.execute_block(&block, &state) {
                Ok(_) => continue,
                Err(error) => {
                    let error = whole(&error);
                    driver.device().reset().unwrap();
                    assert_eq!(driver.device().read(regs::ERROR).unwrap(), 0, "a reset clears the error");
                    error
                }
            },
            Err(error) => whole(&error),
        };
        failed += 1;
        assert!(error.contains("DMA") || error.contains("dma"), "{error}");
    }
    assert!(failed > 0, "no burst of any seed failed");
}

/// Host memory that never answers: an error within the silence that the simulation allows, no hang.
#[test]
fn memory_that_never_answers_is_a_timeout() {
    if !verilator() {
        return;
    }
    let (block, state) = world(7, SHAPE);
    let mut link = LinkOptions::gen3x16(CLOCK_KHZ);
    link.host.dead_from = 90_000;
    let mut driver = open(CardConfig::small().with_lanes(1), link);
    let error = driver.execute_block(&block, &state).map(drop).unwrap_err();
    assert!(whole(&error).contains("no completion"), "{}", whole(&error));
}

fn whole(error: &dyn std::error::Error) -> String {
    let causes = std::iter::successors(error.source(), |error| error.source());
    causes.fold(error.to_string(), |text, cause| format!("{text}: {cause}"))
}
