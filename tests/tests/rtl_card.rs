//! The whole card as hardware against sequential revm: random blocks at several numbers of lanes, a real block, host memory that
//! behaves badly, a bus that fails. `GASLANE_SEED=n` replays a random case.

use alloy_primitives::{Address, TxKind, U256, hex};
use gaslane::driver::{Driver, DriverOptions};
use gaslane::source::{MemoryState, bundle, samples::SAMPLES};
use gaslane_abi::{Device, regs};
use gaslane_hdl::CardConfig;
use gaslane_sim::rtl::{KernelEngine, LinkOptions, RtlCard, VERILATOR_AVAILABLE, VerilatorEngine};
use gaslane_tests::blocks::shanghai;
use gaslane_tests::engine::{Totals, check};
use gaslane_tests::random::seeds;
use gaslane_tests::world::{Shape, world};
use revm::context::TxEnv;
use revm::state::AccountInfo;

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
    let compared = driver.device().monitor().reads_compared();
    assert!(compared > 100, "{compared} fields that transactions had read were compared with what was committed");
}

/// Far more transactions on their way than the firmware keeps at hand: the others wait in card memory, and the ring of those at hand wraps around.
#[test]
fn a_long_queue_of_transactions() {
    if !verilator() {
        return;
    }
    let sender = Address::repeat_byte(0x51);
    let transaction = |nonce: u64| TxEnv {
        caller: sender,
        nonce,
        kind: TxKind::Call(Address::repeat_byte(0x80 + nonce as u8)),
        value: U256::from(nonce + 1),
        gas_limit: 21_000,
        gas_price: 1,
        chain_id: Some(1),
        ..TxEnv::default()
    };
    let block = shanghai((0..100).map(transaction).collect());
    let mut state = MemoryState::default();
    state.insert_account(sender, AccountInfo::from_balance(U256::from(1_u64 << 40)), Default::default());
    let card = Card::new(CardConfig::large().with_lanes(1), LinkOptions::gen3x16(CLOCK_KHZ)).unwrap();
    let mut driver = Driver::open(card, DriverOptions { inflight: 64, ..DriverOptions::default() }).unwrap();
    let mut totals = Totals::default();
    for _ in 0..2 {
        check(&mut driver, &block, &state, &mut totals).unwrap_or_else(|text| panic!("{text}"));
    }
    assert_eq!(totals.statuses.get("success"), Some(&200), "{totals:?}");
}

/// As many lanes as the hardware has slots, which all ask the host for the same kind of computation at the same time: far more requests are on their way to host
/// memory than the far mover's queue has places.
#[test]
fn every_lane_asks_the_host_at_once() {
    if !verilator() {
        return;
    }
    let mut state = MemoryState::default();
    let transactions = (1..=96_u8)
        .map(|number| {
            let caller = Address::repeat_byte(number);
            state.insert_account(caller, AccountInfo::from_balance(U256::from(1_u64 << 40)), Default::default());
            TxEnv {
                caller,
                // SHA-256.
                kind: TxKind::Call(Address::with_last_byte(2)),
                data: vec![number; 64].into(),
                gas_limit: 100_000,
                gas_price: 1,
                chain_id: Some(1),
                ..TxEnv::default()
            }
        })
        .collect();
    let block = shanghai(transactions);
    let mut totals = Totals::default();
    let mut driver = open(CardConfig::large().with_lanes(32), LinkOptions::gen3x16(CLOCK_KHZ));
    let metrics = check(&mut driver, &block, &state, &mut totals).unwrap_or_else(|text| panic!("{text}")).unwrap();
    println!("{} cycles, {totals:?}", metrics.cycles);
    assert_eq!(totals.statuses.get("success"), Some(&96), "{totals:?}");
}

/// Code that several lanes have extended at once, so that it outgrows its rooms while others run it: a contract of 250 blocks, each
/// with its constants, which transactions enter in random order.
#[test]
fn code_that_moves_under_running_lanes() {
    const BLOCKS: usize = 250;
    if !verilator() {
        return;
    }
    let mut totals = Totals::default();
    for (seed, lanes) in seeds(0xca_0003, 2).into_iter().zip([4, 8]) {
        let mut random = seed;
        let mut next = || {
            random = random.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            random >> 33
        };
        // Sum and place in the calldata are on the stack. The sum goes to the sender's slot.
        let mut code = hex!("5f5f 5b 3681 1015 610000 57 8035 9060200190 56").to_vec();
        let mut blocks = Vec::new();
        while blocks.len() < BLOCKS {
            blocks.push(code.len() as u64);
            code.extend(hex!("5b90"));
            for op in [0x01, 0x18] {
                code.push(0x7f);
                (0..4).for_each(|_| code.extend((next() << 31 | next()).to_be_bytes()));
                code.push(op);
            }
            if blocks.len() % 8 == 0 {
                // A slot of the sender: its lane waits, while others have code translated.
                code.extend(hex!("33 61"));
                code.extend((blocks.len() as u16).to_be_bytes());
                code.extend(hex!("01 54 01"));
            }
            code.extend(hex!("90 610002 56"));
        }
        let end = (code.len() as u16).to_be_bytes();
        code[8..10].copy_from_slice(&end);
        code.extend(hex!("5b 50 33 55 00"));
        let contract = Address::repeat_byte(0xc0);
        let mut state = MemoryState::default();
        state.insert_contract(contract, U256::ZERO, 1, &code.into(), Default::default());
        let transactions: Vec<TxEnv> = (1..=14)
            .map(|number| {
                let caller = Address::repeat_byte(number);
                state.insert_account(caller, AccountInfo::from_balance(U256::from(1)), Default::default());
                let targets = (0..160).flat_map(|_| U256::from(blocks[next() as usize % BLOCKS]).to_be_bytes::<32>());
                TxEnv {
                    caller,
                    kind: TxKind::Call(contract),
                    data: targets.collect::<Vec<u8>>().into(),
                    gas_limit: 1_000_000,
                    gas_price: 0,
                    chain_id: Some(1),
                    ..TxEnv::default()
                }
            })
            .collect();
        let block = shanghai(transactions);
        let mut driver = open(CardConfig::large().with_lanes(lanes), LinkOptions::gen3x16(CLOCK_KHZ));
        check(&mut driver, &block, &state, &mut totals)
            .unwrap_or_else(|text| panic!("seed {seed}, {lanes} lanes: {text}"));
    }
    println!("{totals:?}");
    assert_eq!(totals.executed, 2, "{totals:?}");
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
    link.silent_cycles_max = 1 << 18;
    let mut driver = open(CardConfig::small().with_lanes(1), link);
    let error = driver.execute_block(&block, &state).map(drop).unwrap_err();
    assert!(whole(&error).contains("no completion"), "{}", whole(&error));
}

/// Host memory dies in the middle of a block: the driver resets the card, which runs the next block as if nothing had been.
#[test]
fn a_reset_in_the_middle_of_a_block_leaves_nothing() {
    if !verilator() {
        return;
    }
    let first = world(7, SHAPE);
    let mut link = LinkOptions::gen3x16(CLOCK_KHZ);
    link.silent_cycles_max = 1 << 17;
    let config = CardConfig::large().with_lanes(3);
    // When the first block and the second one end, if nothing dies.
    let mut driver = open(config.clone(), link);
    let mut totals = Totals::default();
    let mut ends = [(); 2].map(|()| {
        check(&mut driver, &first.0, &first.1, &mut totals).unwrap_or_else(|text| panic!("{text}"));
        driver.device().cycles()
    });
    ends.sort_unstable();
    link.host.dead_from = ends[0] + (ends[1] - ends[0]) / 2;
    let mut driver = open(config, link);
    check(&mut driver, &first.0, &first.1, &mut totals).unwrap_or_else(|text| panic!("{text}"));
    let error = driver.execute_block(&first.0, &first.1).map(drop).unwrap_err();
    assert!(whole(&error).contains("no completion"), "{}", whole(&error));
    // The clock begins anew with the reset, so host memory lives again, for long enough.
    assert!(driver.device().cycles() < ends[0], "the card has not been reset");
    check(&mut driver, &first.0, &first.1, &mut totals).unwrap_or_else(|text| panic!("after the reset: {text}"));
    assert!(totals.executed == 4 && !totals.on_card.is_empty(), "{totals:?}");
}

fn whole(error: &dyn std::error::Error) -> String {
    let causes = std::iter::successors(error.source(), |error| error.source());
    causes.fold(error.to_string(), |text, cause| format!("{text}: {cause}"))
}
