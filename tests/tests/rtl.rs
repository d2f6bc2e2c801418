//! The hardware lane against the model, word by word, in the model's card: state tests, every opcode, real blocks, random
//! blocks on several lanes. What is on a lane, and what escapes for which reason, is the same as with the model's lanes.
//! `GASLANE_SEED=n` replays a random case.

use gaslane::driver::Driver;
use gaslane::fixtures::{Case, Totals as CaseTotals, Verdict, files};
use gaslane::source::{bundle, samples::SAMPLES};
use gaslane::statetest::parse;
use gaslane_abi::Device;
use gaslane_hdl::CardConfig;
use gaslane_sim::SimOptions;
use gaslane_sim::attempt::Attempt;
use gaslane_sim::lane::Lane;
use gaslane_sim::rtl::{KernelLane, LockstepLane, RtlLane, VERILATOR_AVAILABLE, VerilatedLane};
use gaslane_tests::directed::{PARTS, Scene, forks};
use gaslane_tests::engine::{Setup, Totals, check};
use gaslane_tests::random::{Random, seeds};
use gaslane_tests::world::{Shape, world};
use std::path::Path;

/// Both at once, the hardware in Verilator.
type Lockstep = LockstepLane<VerilatedLane>;

/// Whether there is Verilator; says so if not.
fn verilator() -> bool {
    if !VERILATOR_AVAILABLE {
        println!(
            "skipped: the tests were built without Verilator (on Debian or Ubuntu: apt-get install verilator g++)"
        );
    }
    VERILATOR_AVAILABLE
}

fn setup(card: CardConfig) -> Setup {
    Setup { card, sim: SimOptions::default(), driver: Default::default() }
}

fn state_tests<D: Device>(driver: &mut Driver<D>, path: &Path) -> CaseTotals {
    let mut totals = CaseTotals::default();
    files::visit(path, &mut |(name, text)| {
        for case in parse(&text.unwrap_or_else(|error| panic!("{name}: {error}"))).unwrap() {
            let verdict = case.run(driver);
            assert!(!matches!(verdict, Verdict::Failed(_)), "{}: {verdict:?}", case.name);
            totals.add(&verdict);
        }
    });
    totals
}

#[test]
fn state_tests_in_lockstep() {
    if !verilator() {
        return;
    }
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("data/state_tests.tar.gz");
    let setup = setup(CardConfig::small().with_lanes(1));
    let hardware = state_tests(&mut setup.open_with::<Lockstep>(), &path);
    let model = state_tests(&mut setup.open(), &path);
    println!("{hardware:?}");
    assert_eq!(format!("{:?}", hardware.ran), format!("{:?}", model.ran), "the same transactions on the card");
    assert!(hardware.passed > 1_500 && hardware.ran.on_card > 500, "{hardware:?}");
}

#[test]
fn opcodes_at_their_edges_in_lockstep() {
    if !verilator() {
        return;
    }
    let mut driver = setup(CardConfig::large().with_lanes(2)).open_with::<Lockstep>();
    let mut totals = Totals::default();
    let fork = forks().last().unwrap();
    for (name, part) in PARTS {
        let mut scene = Scene::new(fork);
        part(&mut scene);
        let start = std::time::Instant::now();
        scene.run_once(&mut driver, &mut totals).unwrap_or_else(|text| panic!("{name}, {text}"));
        println!("{name}: {:.1?}", start.elapsed());
    }
    println!("{totals:?}");
    assert!(totals.on_card.values().sum::<u64>() > 1000, "{totals:?}");
}

#[test]
fn sample_blocks_in_lockstep() {
    if !verilator() {
        return;
    }
    let mut driver = setup(CardConfig::large().with_lanes(4)).open_with::<Lockstep>();
    let mut totals = Totals::default();
    // The second moved code while a lane was fetching beyond its end.
    for number in ["12300570", "15752489"] {
        let (name, bytes) = SAMPLES.iter().find(|(name, _)| name.contains(number)).unwrap();
        let (block, state) = bundle::parse(name, bytes).unwrap();
        check(&mut driver, &block, &state, &mut totals).unwrap_or_else(|text| panic!("{name}: {text}"));
    }
    println!("{totals:?}");
    assert!(totals.on_card.values().sum::<u64>() > 500, "{totals:?}");
}

fn random_blocks<L: Attempt>(seed: u64, totals: &mut Totals) {
    let mut random = Random::new(seed);
    let base = if random.chance(50) { CardConfig::small() } else { CardConfig::large() };
    let setup = setup(base.with_lanes(*random.pick(&[1, 2, 3, 5])));
    let mut driver = setup.open_with::<L>();
    for index in 0..2 {
        let shape = Shape { contracts: 4, senders: 6, transactions: 1 + random.below(20), statements: 30 };
        let (block, state) = world(random.bits(), shape);
        check(&mut driver, &block, &state, totals)
            .unwrap_or_else(|text| panic!("GASLANE_SEED={seed}, block {index} ({:?}): {text}\n{setup:?}", block.spec));
    }
}

#[test]
fn random_blocks_in_lockstep() {
    if !verilator() {
        return;
    }
    let mut totals = Totals::default();
    for seed in seeds(1, 40) {
        random_blocks::<Lockstep>(seed, &mut totals);
    }
    println!("{totals:?}");
    if std::env::var("GASLANE_SEED").is_err() {
        assert!(totals.aborts > 20 && totals.on_card.values().sum::<u64>() > 200, "{totals:?}");
    }
}

/// Writes of the access unit run on behind younger words. One that finds no room ends the attempt late, for the same reason, whatever
/// has executed meanwhile: arithmetic, a load from storage, the end of the frame, or a halt.
#[test]
fn writes_without_room_escape_in_lockstep() {
    if !verilator() {
        return;
    }
    let mut scene = Scene::new(forks().last().unwrap());
    // PUSH2 count, then in a loop TSTORE(key, count) and what follows it; key is 0, or the count itself.
    let after: [(&str, &[u8]); 5] = [
        ("nothing", &[]),
        ("arithmetic", &[0x80, 0x80, 0x01, 0x80, 0x03, 0x50]),
        ("storage", &[0x5f, 0x54, 0x50]),
        ("memory", &[0x80, 0x80, 0x60, 0x04, 0x1b, 0x52]),
        ("product", &[0x80, 0x80, 0x02, 0x50]),
    ];
    for (name, after) in after {
        for (key, count) in [(0x5f, 600_u16), (0x80, 300)] {
            let mut code = vec![0x61, (count >> 8) as u8, count as u8, 0x5b, 0x80, key, 0x5d];
            code.extend_from_slice(after);
            // Count down; after the last one STOP.
            code.extend_from_slice(&[0x60, 0x01, 0x90, 0x03, 0x80, 0x60, 0x03, 0x57, 0x00]);
            scene.probe(0x5d, name, &code, &[]);
        }
    }
    // Somewhere here the write that has no room is the last; then STOP or INVALID.
    for writes in 500..=512 {
        for end in [0x00, 0xfe] {
            let mut code = [0x60, 0x01, 0x5f, 0x5d].repeat(writes);
            code.push(end);
            scene.probe(0x5d, "at the end", &code, &[]);
        }
    }
    let mut driver = setup(CardConfig::small().with_lanes(2)).open_with::<Lockstep>();
    let mut totals = Totals::default();
    scene.run_once(&mut driver, &mut totals).unwrap();
    println!("{totals:?}");
    let escapes = |reason| totals.escapes.get(reason).copied().unwrap_or_default();
    assert_eq!(escapes("access-capacity"), 5, "{totals:?}");
    let at_the_end = escapes("undo-capacity") - 5;
    assert!((2..26).contains(&at_the_end), "some of the last writes have room, some have not: {totals:?}");
}

/// The engines simulate the same design: every cycle of every lane is the same. Needs no tool for the first.
#[test]
fn kernel_and_verilator_take_the_same_cycles() {
    let (block, state) = world(7, Shape { contracts: 4, senders: 6, transactions: 20, statements: 30 });
    let setup = setup(CardConfig::small().with_lanes(2));
    fn run<L: Attempt>(
        setup: &Setup,
        block: &gaslane::block::BlockInput,
        state: &gaslane::source::MemoryState,
    ) -> (u64, u64, u64, u64) {
        let mut totals = Totals::default();
        let metrics = check(&mut setup.open_with::<L>(), block, state, &mut totals);
        let metrics = metrics.unwrap_or_else(|text| panic!("{text}")).unwrap();
        (metrics.cycles, metrics.lane_busy_cycles, metrics.lane_instructions, metrics.firmware_instructions)
    }
    let kernel = run::<RtlLane<KernelLane>>(&setup, &block, &state);
    println!("kernel: cycles, busy, program words, firmware words: {kernel:?}");
    assert!(kernel.2 > 100, "{kernel:?}");
    let model = run::<Lane>(&setup, &block, &state);
    assert_eq!((kernel.2, kernel.3), (model.2, model.3), "words");
    if verilator() {
        assert_eq!(kernel, run::<RtlLane<VerilatedLane>>(&setup, &block, &state));
    }
}

/// Depths that no named configuration has, in the kernel.
#[test]
fn lanes_of_other_depths_in_lockstep() {
    let card = CardConfig { stack_words: 256, memory_bytes: 4096, frames: 3, ..CardConfig::small().with_lanes(1) };
    let mut driver = setup(card).open_with::<LockstepLane<KernelLane>>();
    let mut totals = Totals::default();
    let (block, state) = world(11, Shape { contracts: 2, senders: 2, transactions: 4, statements: 12 });
    check(&mut driver, &block, &state, &mut totals).unwrap_or_else(|text| panic!("{text}"));
    assert!(totals.executed == 1, "{totals:?}");
}
