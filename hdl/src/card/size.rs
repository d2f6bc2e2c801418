//! Sizes in which the card's core exists as hardware.

use super::Core;
use crate::CardConfig;
use crate::bus::register_map::{FIXED_WORDS, Identity, fixed_words};
use gaslane_abi::regs;

/// The core of configuration `small`: 4,096 entries in sets of four, 2 slots, access tables of 256 entries.
pub type SmallCore = Core<10, 2, 1, 8, 8>;
/// The core of configuration `large`: 65,536 entries in sets of four, 32 slots, access tables of 2,048 entries.
pub type LargeCore = Core<14, 2, 5, 8, 11>;

/// What a core says of itself. Lanes and slots come from its straps. The host is told of a quarter of the code store: sections have room to grow, and
/// places that they have left are not used again before ResetCode.
pub fn core_words(config: &CardConfig) -> [u32; FIXED_WORDS] {
    let mut words = fixed_words(config, &Identity { kind: 2, ..Default::default() });
    for (register, value) in [(regs::LANES, 0), (regs::SLOTS, 0), (regs::CODE_BYTES, config.code_bytes / 4)] {
        words[register as usize / 4] = value;
    }
    words
}
