//! Seeded randomness. A test prints its seed when it fails; `GASLANE_SEED` replays one.

use alloy_primitives::U256;

/// SplitMix64: small, and the same everywhere.
#[derive(Clone, Debug)]
pub struct Random(u64);

impl Random {
    /// From a seed.
    pub fn new(seed: u64) -> Self {
        Self(seed)
    }

    /// Next 64 bits.
    pub fn bits(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    /// Number below `end` (at least 1).
    pub fn below(&mut self, end: u64) -> u64 {
        self.bits() % end
    }

    /// True `percent` times of a hundred.
    pub fn chance(&mut self, percent: u64) -> bool {
        self.below(100) < percent
    }

    /// One of the items.
    pub fn pick<'a, T>(&mut self, items: &'a [T]) -> &'a T {
        &items[self.below(items.len() as u64) as usize]
    }

    /// A word that is likely to hit an edge.
    pub fn word(&mut self) -> U256 {
        match self.below(10) {
            0 => U256::ZERO,
            1 => U256::from(1),
            2 => U256::MAX,
            3 => U256::from(1) << 255,
            4 => (U256::from(1) << self.below(256) as usize).wrapping_sub(U256::from(self.below(3))),
            5 => U256::from(self.bits()),
            6 => U256::from_limbs([self.bits(), self.bits(), self.bits(), self.bits()]),
            _ => U256::from(self.below(300)),
        }
    }
}

/// Seeds to run: the one in `GASLANE_SEED`, or `count` from a fixed start. `GASLANE_CASES` replaces the count.
pub fn seeds(start: u64, count: u64) -> Vec<u64> {
    let number = |name| std::env::var(name).ok().and_then(|text| text.parse().ok());
    match number("GASLANE_SEED") {
        Some(seed) => vec![seed],
        None => (start..start + number("GASLANE_CASES").unwrap_or(count)).collect(),
    }
}
