//! Sizes in which the lane exists as hardware.

use super::{Lane, LaneLayout};
use crate::CardConfig;
use crate::timing::CODE_CACHE_LINES;

/// Bits of the addresses of operand words, rows of memory, entries of the access table, undo records, frames, and lines of code
/// cache: 1,024 words, 64 KiB, 255 entries, 512 records, 32 frames, 8 KiB.
pub const SMALL: [usize; 6] = [10, 11, 8, 9, 5, 8];
/// The same: 4,096 words, 1 MiB, 2,047 entries, 8,192 records, 128 frames, 128 KiB.
const LARGE: [usize; 6] = [12, 15, 11, 13, 7, CODE_CACHE_LINES.ilog2() as usize];

/// The lane of configuration `small`.
pub type SmallLane = Lane<{ SMALL[0] }, { SMALL[1] }, { SMALL[2] }, { SMALL[3] }, { SMALL[4] }, { SMALL[5] }>;
/// The lane of configuration `large`.
pub type LargeLane = Lane<{ LARGE[0] }, { LARGE[1] }, { LARGE[2] }, { LARGE[3] }, { LARGE[4] }, { LARGE[5] }>;

/// Which of them a configuration's lanes are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LaneSize {
    /// [`SmallLane`].
    Small,
    /// [`LargeLane`].
    Large,
}

/// What the RAMs of a size hold. Access table and undo log escape when their RAM is full, the others where the
/// configuration says, at most here.
struct Depths {
    size: LaneSize,
    stack_words: u32,
    memory_bytes: u32,
    frames: u32,
    access_entries: u32,
    undo_entries: u32,
}

impl Depths {
    const fn new(size: LaneSize, bits: [usize; 6]) -> Self {
        Self {
            size,
            // Slots below the stack and environment words share the RAM.
            stack_words: (1 << bits[0]) - 128 - 128,
            memory_bytes: 32 << bits[1],
            access_entries: (1 << bits[2]) - 1,
            undo_entries: 1 << bits[3],
            frames: 1 << bits[4],
        }
    }
}

const SIZES: [Depths; 2] = [Depths::new(LaneSize::Small, SMALL), Depths::new(LaneSize::Large, LARGE)];

impl LaneSize {
    /// The size that has exactly a configuration's depths; else what does not fit.
    pub fn of(config: &CardConfig) -> Result<Self, String> {
        let layout = LaneLayout::new(config);
        let fits = |depths: &Depths| {
            layout.memory_bytes() <= depths.memory_bytes
                && config.stack_words <= depths.stack_words
                && config.frames <= depths.frames
                && config.access_entries == depths.access_entries
                && config.undo_entries == depths.undo_entries
                && config.watchdog_cycles < u64::from(u32::MAX)
        };
        SIZES.iter().find(|depths| fits(depths)).map(|depths| depths.size).ok_or_else(|| {
            let sizes: Vec<String> = SIZES
                .iter()
                .map(|depths| {
                    format!(
                        "access_entries = {}, undo_entries = {}, stack_words <= {}, frames <= {}, memory, payload, return and \
                         log bytes <= {} together",
                        depths.access_entries,
                        depths.undo_entries,
                        depths.stack_words,
                        depths.frames,
                        depths.memory_bytes
                    )
                })
                .collect();
            format!("no hardware lane has these depths; there are: {}", sizes.join("; or "))
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn named_configurations_have_a_lane() {
        assert_eq!(LaneSize::of(&CardConfig::small()), Ok(LaneSize::Small));
        assert_eq!(LaneSize::of(&CardConfig::large()), Ok(LaneSize::Large));
        for other in [
            CardConfig { access_entries: 256, ..CardConfig::small() },
            CardConfig { frames: 129, ..CardConfig::large() },
            CardConfig { memory_bytes: 1 << 20, ..CardConfig::large() },
        ] {
            assert!(LaneSize::of(&other).unwrap_err().starts_with("no hardware lane"), "{other:?}");
        }
    }
}
