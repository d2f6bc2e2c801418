//! Lane programs do what the bytecode does: gas, effects in order, outcome and retired instructions.
//!
//! `SEED=n cargo test -p gaslane-translate --test equivalence` runs one seed alone and lists its program.

mod evm;
mod generate;
mod lane;
mod world;

use alloy_primitives::{B256, U256, hex};
use gaslane_abi::Fork;
use gaslane_translate::{Growing, Options, listing, translate};
use generate::Random;
use std::panic::{AssertUnwindSafe, catch_unwind};
use world::{Outcome, World};

/// Translates one program, at once and on demand, and compares runs with different stacks and gas. Gives whether any run
/// succeeded.
fn check(name: &str, code: &[u8], seed: u64, options: &Options) -> bool {
    let mut whole = lane::Image::parse(&translate(code, B256::ZERO, Fork::Osaka, options).image, code);
    let mut growing = Growing::new(code, B256::ZERO, Fork::Osaka, options);
    let mut grown = lane::Image::parse(&growing.image(), code);
    let mut extend = |request| {
        let version = growing.version();
        growing.extend(request);
        growing.patch_since(version).unwrap()
    };
    let mut none = |request| panic!("a whole program asks for {request:#x}");
    let mut random = Random::new(seed ^ 0xabcd);
    let mut succeeded = false;
    for round in 0..6 {
        let depth = match round {
            0 => 24,
            1 => 0,
            2 => random.below(8),
            3 => 1024,
            4 => 1024 - random.below(40),
            _ => random.below(30),
        };
        let stack: Vec<U256> = (0..depth)
            .map(|i| {
                if random.below(3) == 0 {
                    U256::from(random.below(5))
                } else {
                    world::mix(U256::from(seed), U256::from(i))
                }
            })
            .collect();
        let full = 20_000 + random.below(10_000) as i64;
        let first = evm::run(code, Fork::Osaka, World::new(seed), stack.clone(), full);
        let spent = full - first.gas;
        let gases = [full, spent, spent - 1, spent + 1, random.below(spent.max(1) as u64) as i64];
        for gas in gases.into_iter().filter(|&gas| gas >= 0) {
            let expected = evm::run(code, Fork::Osaka, World::new(seed), stack.clone(), gas);
            let programs: [(_, _, &mut lane::Host<'_>); 2] =
                [("whole", &mut whole, &mut none), ("growing", &mut grown, &mut extend)];
            for (kind, image, host) in programs {
                let result = catch_unwind(AssertUnwindSafe(|| lane::run(image, host, World::new(seed), &stack, gas)));
                let same = result.as_ref().is_ok_and(|found| match expected.outcome {
                    Outcome::Halt => found.outcome == Outcome::Halt,
                    _ => *found == expected,
                });
                if !same {
                    eprintln!("{}", listing(code, Fork::Osaka, options));
                    eprintln!("code {}", hex::encode(code));
                    panic!(
                        "{name}, {kind}, seed {seed}, depth {depth}, gas {gas}:\nEVM  {expected:?}\nlane {result:?}"
                    );
                }
            }
            succeeded |= expected.outcome != Outcome::Halt;
        }
    }
    succeeded
}

fn options(seed: u64) -> Options {
    Options {
        superblocks: !seed.is_multiple_of(8),
        max_instructions: [256, 256, 7, 40][seed as usize / 8 % 4],
        ..Options::default()
    }
}

#[test]
fn random_programs() {
    let seeds = match std::env::var("SEED") {
        Ok(seed) => {
            let seed = seed.parse().unwrap();
            seed..seed + 1
        }
        Err(_) => 0..4_000,
    };
    let mut succeeded = 0;
    let count = seeds.end - seeds.start;
    for seed in seeds {
        succeeded += u64::from(check("random program", &generate::program(seed), seed, &options(seed)));
    }
    assert!(succeeded * 4 > count, "only {succeeded} of {count} programs end well");
}

#[test]
fn random_bytes() {
    for seed in 0..2_000 {
        let mut random = Random::new(seed);
        let len = random.below(300) as usize;
        let code: Vec<u8> = (0..len)
            .map(|_| match random.below(4) {
                0 => random.next() as u8,
                1 => 0x60,
                2 => 0x5b,
                _ => 0x80 + random.below(32) as u8,
            })
            .collect();
        check("random bytes", &code, seed, &options(seed));
    }
}
