//! Operands: corners and random words. A test prints the seed that replays it.

use gaslane_hdl::word::W256;
use rand::{Rng, SeedableRng, rngs::SmallRng};

/// A source of operands: seed 1, or the one in `GASLANE_SEED`.
pub fn rng() -> SmallRng {
    let seed = std::env::var("GASLANE_SEED").map_or(1, |seed| seed.parse().expect("GASLANE_SEED is a number"));
    println!("replay with GASLANE_SEED={seed}");
    SmallRng::seed_from_u64(seed)
}

/// Words at the edges: 0, 1, all ones, sign, limb borders, shift counts around 256, byte indices around 31.
pub fn corners() -> Vec<W256> {
    let small = [0, 1, 2, 7, 8, 30, 31, 32, 33, 63, 64, 65, 127, 128, 254, 255, 256, 257, 511, 512, u64::MAX];
    let mut words: Vec<W256> = small.map(|limb| W256::from_limbs([limb, 0, 0, 0])).into();
    for bit in [8, 63, 64, 65, 127, 128, 191, 192, 254, 255] {
        let one = W256::from_limbs([1, 0, 0, 0]) << bit;
        words.extend([one, !one, one - W256::from_limbs([1, 0, 0, 0])]);
    }
    words.push(W256::MAX);
    words
}

/// A word: a corner, any bits, few significant bits, or runs of ones and zeros.
pub fn word(rng: &mut SmallRng) -> W256 {
    let bits = W256::from_limbs(rng.random());
    match rng.random_range(0..6) {
        0 => {
            let corners = corners();
            corners[rng.random_range(0..corners.len())]
        }
        1 => bits >> rng.random_range(0..256),
        2 => !(bits >> rng.random_range(0..256)),
        3 => (W256::MAX >> rng.random_range(0..256)) << rng.random_range(0..256),
        4 => W256::from_limbs(std::array::from_fn(|_| if rng.random() { u64::MAX } else { rng.random_range(0..2) })),
        _ => bits,
    }
}

/// A number that is often a meaningful count or index: below `2 * limit`, else any word.
pub fn count(rng: &mut SmallRng, limit: u64) -> W256 {
    if rng.random_range(0..4) == 0 { word(rng) } else { W256::from_limbs([rng.random_range(0..2 * limit), 0, 0, 0]) }
}
