//! Randomness of generators: from a seed, which a failing test prints and `GASLANE_SEED` replays, or from the bytes of
//! a fuzzer.

use alloy_primitives::U256;

/// A stream of choices.
#[derive(Clone, Debug)]
pub struct Random(Source);

#[derive(Clone, Debug)]
enum Source {
    /// SplitMix64: small, and the same everywhere.
    Seed(u64),
    /// Bytes in order, zeros after the last. A choice takes as few as it needs, so that a fuzzer's change of one byte
    /// changes one choice; zeros choose what is simplest.
    Bytes { bytes: Vec<u8>, at: usize },
}

impl Random {
    /// From a seed.
    pub fn new(seed: u64) -> Self {
        Self(Source::Seed(seed))
    }

    /// From a fuzzer's bytes.
    pub fn from_bytes(bytes: &[u8]) -> Self {
        Self(Source::Bytes { bytes: bytes.to_vec(), at: 0 })
    }

    /// Whether a fuzzer's bytes are used up. Never for a seed.
    pub fn exhausted(&self) -> bool {
        matches!(&self.0, Source::Bytes { bytes, at } if at >= &bytes.len())
    }

    /// Next 64 bits.
    pub fn bits(&mut self) -> u64 {
        self.take(8)
    }

    fn take(&mut self, count: usize) -> u64 {
        match &mut self.0 {
            Source::Seed(state) => {
                *state = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
                let mut z = *state;
                z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
                z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
                z ^ (z >> 31)
            }
            Source::Bytes { bytes, at } => {
                let taken = bytes.iter().skip(*at).take(count);
                let value = taken.enumerate().fold(0, |value, (i, byte)| value | u64::from(*byte) << (8 * i));
                *at += count;
                value
            }
        }
    }

    /// Number below `end` (at least 1).
    pub fn below(&mut self, end: u64) -> u64 {
        let count = match end {
            0..=0x100 => 1,
            0x101..=0x1_0000 => 2,
            _ => 8,
        };
        self.take(count) % end
    }

    /// True `percent` times of a hundred.
    pub fn chance(&mut self, percent: u64) -> bool {
        self.below(100) >= 100 - percent
    }

    /// One of the items.
    pub fn pick<'a, T>(&mut self, items: &'a [T]) -> &'a T {
        &items[self.below(items.len() as u64) as usize]
    }

    /// The index of one of the weights, each as likely as it is heavy. Their sum is above 0.
    pub fn weighted(&mut self, weights: &[u64]) -> usize {
        let mut at = self.below(weights.iter().sum());
        for (index, weight) in weights.iter().enumerate() {
            if at < *weight {
                return index;
            }
            at -= weight;
        }
        unreachable!("the number is below the sum of the weights")
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
