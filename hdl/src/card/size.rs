//! Sizes in which the card's core exists as hardware.

use super::Core;
use crate::CardConfig;
use crate::bus::register_map::{FIXED_WORDS, Identity, fixed_words};
use crate::lane::LaneSize;
use gaslane_abi::regs;

/// Bits of sets and ways of the state table, slots, entries of a slot's list, entries of an access table: 4,096 entries in sets of four, 2 slots,
/// access tables of 256 entries.
pub(crate) const SMALL: [usize; 5] = [10, 2, 1, 8, 8];
/// The same: 65,536 entries in sets of four, 32 slots, access tables of 2,048 entries.
const LARGE: [usize; 5] = [14, 2, 5, 8, 11];

/// The core of configuration `small`.
pub type SmallCore = Core<{ SMALL[0] }, { SMALL[1] }, { SMALL[2] }, { SMALL[3] }, { SMALL[4] }>;
/// The core of configuration `large`.
pub type LargeCore = Core<{ LARGE[0] }, { LARGE[1] }, { LARGE[2] }, { LARGE[3] }, { LARGE[4] }>;

const fn bits(size: LaneSize) -> [usize; 5] {
    match size {
        LaneSize::Small => SMALL,
        LaneSize::Large => LARGE,
    }
}

/// Slots that a size's masks hold; there can be no more lanes.
pub const fn slots(size: LaneSize) -> u32 {
    1 << bits(size)[2]
}

/// The size that a configuration's core has; else what does not fit. It may have fewer slots than the configuration.
pub fn core_size(config: &CardConfig) -> Result<LaneSize, String> {
    let size = LaneSize::of(config)?;
    let (slots, entries) = (slots(size), 1 << (bits(size)[0] + bits(size)[1]));
    if config.lanes > slots {
        return Err(format!(
            "{} lanes: the hardware of that size has {slots} slots, so as many lanes at most",
            config.lanes
        ));
    }
    if config.state_entries != entries {
        return Err(format!("state_entries is {}: the hardware of that size has {entries}", config.state_entries));
    }
    Ok(size)
}

/// What a core says of itself. Lanes and slots come from its straps. The host is told of a quarter of the code store, and counts images with
/// `IMAGE_ROOM_BYTES` more than they are long: sections have room to grow, and places that they have left are not used again before ResetCode.
pub fn core_words(config: &CardConfig, identity: &Identity) -> [u32; FIXED_WORDS] {
    let mut words = fixed_words(config, identity);
    for (register, value) in [(regs::LANES, 0), (regs::SLOTS, 0), (regs::CODE_BYTES, config.code_bytes / 4)] {
        words[register as usize / 4] = value;
    }
    words
}
