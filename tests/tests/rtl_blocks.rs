//! Mainnet blocks on the whole card as hardware: the bundles of the folder in `GASLANE_BLOCKS`, or of `../shared/data/blocks` beside the repository, from
//! Berlin on, at `GASLANE_LANES` lanes (2). Takes minutes: `cargo xtask test --long`.

use gaslane::driver::{Driver, DriverOptions};
use gaslane::source::bundle;
use gaslane_hdl::CardConfig;
use gaslane_sim::rtl::{LinkOptions, RtlCard, VERILATOR_AVAILABLE, VerilatorEngine};
use gaslane_tests::blocks::further_blocks;
use gaslane_tests::engine::{Setup, Totals, check};
use revm::primitives::hardfork::SpecId;

#[test]
#[ignore = "takes minutes: cargo xtask test --long"]
fn every_block_on_the_whole_card() {
    if !VERILATOR_AVAILABLE {
        println!(
            "skipped: the tests were built without Verilator (on Debian or Ubuntu: apt-get install verilator g++)"
        );
        return;
    }
    let lanes = std::env::var("GASLANE_LANES").map_or(2, |lanes| lanes.parse().expect("GASLANE_LANES is a number"));
    let card = RtlCard::<VerilatorEngine>::new(CardConfig::large().with_lanes(lanes), LinkOptions::gen3x16(100_000));
    let mut driver = Driver::open(card.unwrap(), DriverOptions::default()).unwrap();
    let mut model = Setup::lanes(lanes).open();
    let mut blocks = 0;
    for path in further_blocks() {
        let (block, state) = bundle::read(&path).unwrap();
        if !block.spec.is_enabled_in(SpecId::BERLIN) {
            continue;
        }
        let name = path.display();
        let (mut totals, mut expected) = (Totals::default(), Totals::default());
        let metrics = check(&mut driver, &block, &state, &mut totals).unwrap_or_else(|text| panic!("{name}: {text}"));
        let modelled = check(&mut model, &block, &state, &mut expected).unwrap_or_else(|text| panic!("{name}: {text}"));
        assert_eq!((&totals.on_card, &totals.escapes), (&expected.on_card, &expected.escapes), "{name}");
        let cycles = (metrics.map(|metrics| metrics.cycles), modelled.map(|metrics| metrics.cycles));
        println!("{name}: cycles of the hardware and of the model {cycles:?}, {totals:?}");
        blocks += 1;
    }
    println!("{blocks} blocks at {lanes} lanes");
}
