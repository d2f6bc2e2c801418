//! Sizes in which the lane exists as hardware.

use super::{Lane, LaneLayout};
use crate::CardConfig;

/// 1,024 operand words, 64 KiB, 255 entries, 512 undo records, 32 frames, 8 KiB of code cache.
pub type SmallLane = Lane<10, 11, 8, 9, 5, 8>;
/// 4,096 operand words, 1 MiB, 2,047 entries, 8,192 undo records, 128 frames, 128 KiB of code cache.
pub type LargeLane = Lane<12, 15, 11, 13, 7, 12>;

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

const SIZES: [Depths; 2] = [
    Depths {
        size: LaneSize::Small,
        stack_words: 1024 - 128 - 128,
        memory_bytes: 64 << 10,
        frames: 32,
        access_entries: 255,
        undo_entries: 512,
    },
    Depths {
        size: LaneSize::Large,
        stack_words: 4096 - 128 - 128,
        memory_bytes: 1 << 20,
        frames: 128,
        access_entries: 2047,
        undo_entries: 8192,
    },
];

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
