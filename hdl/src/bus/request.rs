//! What is kept of a request to host memory while its data are on the way: address, beats and tag in one word.

use crate::word::{Word, cast::CastSource};

/// Address from bit 0, beats from bit 64, tag from bit 84.
pub type RequestWord = Word<88, 2>;
/// Data of a read, tag from bit 256, last from bit 260, error in bit 261.
pub type ReadWord = Word<262, 5>;
/// Data of a write, last in bit 256.
pub type WriteWord = Word<257, 5>;

fn cast<const BITS: usize, const LIMBS: usize>(source: impl CastSource) -> Word<BITS, LIMBS> {
    Word::from_limbs(std::array::from_fn(|i| source.limb(i)))
}

/// To [`RequestWord`]: zero-extended or truncated.
pub fn bits_request(source: impl CastSource) -> RequestWord {
    cast(source)
}

/// To [`ReadWord`]: zero-extended or truncated.
pub fn bits_read(source: impl CastSource) -> ReadWord {
    cast(source)
}

/// To [`WriteWord`]: zero-extended or truncated.
pub fn bits_write(source: impl CastSource) -> WriteWord {
    cast(source)
}
