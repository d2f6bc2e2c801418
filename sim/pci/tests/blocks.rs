//! Whole blocks through the production driver's path, a card in another thread behind a socket, against sequential revm.

mod common;

use common::{Served, samples};
use gaslane::driver::DriverOptions;
use gaslane::pci::selftest::Selftest;
use gaslane::pci::{PciCard, VfioUser};
use gaslane_card::Left;
use gaslane_hdl::CardConfig;
use gaslane_sim::rtl::card::ASSUMED_CLOCK_KHZ;
use gaslane_sim::rtl::{LinkOptions, RtlCard, VERILATOR_AVAILABLE, VerilatorEngine};
use gaslane_tests::engine::{Totals, check};
use gaslane_tests::random::seeds;
use gaslane_tests::world::{Shape, world};

#[test]
fn samples_and_random_blocks_on_the_model() {
    for lanes in [1, 4] {
        let served = Served::model(lanes, None);
        let mut driver = served.driver(DriverOptions::default());
        let mut totals = Totals::default();
        for (block, state) in samples(&["12244000", "14396881", "15537394", "19426587"]) {
            check(&mut driver, &block, &state, &mut totals).unwrap();
        }
        for seed in seeds(71, 30) {
            let (block, state) = world(seed, Shape { contracts: 4, senders: 8, transactions: 20, statements: 20 });
            check(&mut driver, &block, &state, &mut totals)
                .unwrap_or_else(|text| panic!("GASLANE_SEED={seed}: {text}"));
        }
        println!("{lanes} lanes: {totals:?}");
        assert!(totals.assists > 0 && totals.on_card.len() > 2, "{totals:?}");
        assert_eq!(totals.executed + totals.rejected, 34);
        drop(driver);
        assert_eq!(served.left(), Left::default(), "the driver unmaps what it has mapped");
    }
}

#[test]
fn blocks_on_the_hardware() {
    if !VERILATOR_AVAILABLE {
        println!("skipped: built without Verilator (on Debian or Ubuntu: apt-get install verilator g++)");
        return;
    }
    let served = Served::new(None, || {
        let config = CardConfig::large().with_lanes(2);
        RtlCard::<VerilatorEngine>::new(config, LinkOptions::gen3x16(ASSUMED_CLOCK_KHZ))
            .map_err(|error| error.to_string())
    });
    let mut driver = served.driver(DriverOptions::default());
    let mut totals = Totals::default();
    for seed in seeds(81, 3) {
        let (block, state) = world(seed, Shape { contracts: 3, senders: 4, transactions: 8, statements: 12 });
        check(&mut driver, &block, &state, &mut totals).unwrap_or_else(|text| panic!("GASLANE_SEED={seed}: {text}"));
    }
    assert_eq!(totals.executed + totals.rejected, 3);
    assert!(totals.on_card.values().sum::<u64>() > 0, "{totals:?}");
    drop(driver);
    assert_eq!(served.left(), Left::default());
}

/// The self-test, which is what boards and virtual machines run too.
#[test]
fn selftest() {
    let served = Served::model(3, None);
    let mut steps = Vec::new();
    let test = Selftest { blocks: 4, latencies: 2000, ..Selftest::default() };
    let open = || PciCard::open(VfioUser::connect(&served.socket).unwrap()).map_err(|error| error.to_string());
    let result = test.run(open, |(name, found)| {
        println!("{name}: {found}");
        steps.push(name);
    });
    result.unwrap();
    assert_eq!(steps.len(), 6 + 4);
    assert_eq!((served.left(), served.left()), (Left::default(), Left::default()));
}
