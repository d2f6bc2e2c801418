//! Blocks between the card's parts and its lanes, against plain models of those who surround them.

mod code_server;
mod completion_share;
mod fill_unit;
mod launch;
mod record_head;
mod state_door;
mod table_share;

use gaslane_hdl::card::{LaneTurn, lane_turn};
use rand::Rng;
use rust_hdl_core::prelude::*;

use crate::{dut, harness::Bench, random::rng};

dut!(LaneTurn, combinational, [asks, last] => [any, lane]);

#[test]
fn lane_turn_random_lanes() {
    let mut bench = Bench::<LaneTurn>::new("lane_turn");
    let mut rng = rng();
    for _ in 0..10_000 {
        let asks = match rng.random_range(0..3) {
            0 => rng.random(),
            1 => rng.random::<u32>() & rng.random::<u32>() & rng.random::<u32>() & rng.random::<u32>(),
            _ => 1_u32.wrapping_shl(rng.random_range(0..64)),
        };
        let last: u8 = rng.random_range(0..32);
        // The first one that asks, counted from the one behind the last.
        let expected = (1..=32).map(|step| (last + step) % 32).find(|lane| asks >> lane & 1 != 0);
        assert_eq!(lane_turn::model(asks, last), expected);
        bench.asks.next = u64::from(asks).into();
        bench.last.next = u64::from(last).into();
        bench.settle();
        let found = bench.any.val().then(|| bench.lane.val().to_u64() as u8);
        assert_eq!(found, expected, "{asks:#x} {last}");
        bench.tick();
    }
    bench.cross_check();
}
