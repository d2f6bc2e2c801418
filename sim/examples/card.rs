//! Scratch: boots a card and shows where its processor goes.
use gaslane_hdl::CardConfig;
use gaslane_sim::rtl::{LinkOptions, RtlCard, VerilatorEngine};
fn main() {
    let config = CardConfig::large().with_lanes(1);
    let mut card = RtlCard::<VerilatorEngine>::new(config, LinkOptions::gen3x16(100_000)).unwrap();
    println!("{} {:?}", card.cycles(), card.processor());
    for _ in 0..200 {
        card.step();
        print!("{:x?} ", card.processor());
    }
    println!();
}
