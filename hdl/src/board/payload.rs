//! The longest payload of a frame to the host, as a word.

use crate::word::{Word, cast::CastSource};

/// Byte strobes from bit 0, a beat from bit 32; or an address or a value from bit 0.
pub type PayloadWord = Word<288, 5>;

/// To [`PayloadWord`]: zero-extended or truncated.
pub fn bits_payload(source: impl CastSource) -> PayloadWord {
    Word::from_limbs(std::array::from_fn(|i| source.limb(i)))
}
