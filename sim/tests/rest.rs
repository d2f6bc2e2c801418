//! Verilated lanes that stand still are not evaluated. Nobody can tell: one that rests drives what one drives that never does, whatever comes.
#![cfg(feature = "rtl")]

use gaslane_hdl::CardConfig;
use gaslane_hdl::lane::{LaneInputs, LaneSimulator};
use gaslane_sim::rtl::{VERILATOR_AVAILABLE, VerilatedLane};

/// xorshift64.
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0
    }

    fn below(&mut self, limit: u64) -> u64 {
        (self.next() >> 16) % limit
    }
}

#[test]
fn lanes_that_rest_drive_what_others_drive() {
    if !VERILATOR_AVAILABLE {
        println!(
            "skipped: the tests were built without Verilator (on Debian or Ubuntu: apt-get install verilator g++)"
        );
        return;
    }
    let config = CardConfig::small();
    let size = VerilatedLane::check(&config).unwrap();
    for seed in [0x5eed_0001, 0x5eed_0002, 0x5eed_0003] {
        let (mut rests, mut moves) = (VerilatedLane::create(&config, size), VerilatedLane::create(&config, size));
        let mut random = Random(seed);
        let (mut cycle, mut changes) = (0_u64, 0);
        let mut last = String::new();
        while cycle < 60_000 {
            // Some cycles in which something comes, then a pause, mostly too short, at times long enough to stand still; of any parity.
            let busy = 1 + random.below(4);
            let pause = if random.below(3) == 0 { 40 + random.below(400) } else { random.below(40) };
            for step in 0..busy + pause {
                let mut inputs = LaneInputs::default();
                if step < busy {
                    inputs.port_data = [(); 4].map(|()| random.next());
                    inputs.fill_data = [(); 4].map(|()| random.next());
                    inputs.state_value = [(); 4].map(|()| random.next());
                    inputs.port_address = 32 * random.below(512) as u32;
                    inputs.env_index = random.below(128) as u32;
                    inputs.drain_row = random.below(64) as u32;
                    (inputs.port_store, inputs.env_write) = (random.below(3) == 0, random.below(3) == 0);
                    (inputs.reset, inputs.start) = (random.below(16) == 0, random.below(8) == 0);
                    (inputs.state_valid, inputs.fill_ready) = (random.below(4) == 0, random.below(2) == 0);
                    (inputs.fill_valid, inputs.code_resume) = (random.below(2) == 0, random.below(8) == 0);
                }
                *rests.inputs() = inputs;
                if step >= busy {
                    // Does not count without `port_store` and `env_write`, but keeps the simulation going.
                    inputs.port_data[0] = cycle;
                }
                *moves.inputs() = inputs;
                let (one, other) = (format!("{:?}", rests.tick()), format!("{:?}", moves.tick()));
                assert_eq!(one, other, "seed {seed:#x}, cycle {cycle}");
                changes += u64::from(one != last);
                last = one;
                cycle += 1;
            }
        }
        println!("seed {seed:#x}: outputs change in {changes} of {cycle} cycles");
        assert!(changes > 100, "nothing happens");
    }
}
