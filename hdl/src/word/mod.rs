//! Wide words of the hardware: [`Word`], a RustHDL `Synth` type over 64-bit limbs.
//!
//! RustHDL's own `Bits<N>` keeps one `bool` a bit above 32 bits and computes bit by bit. `Word` emits the same Verilog and
//! simulates several times faster. Inside `#[hdl_gen]` use:
//!
//! - operators `+ - & | ^ !`, shifts by `u64` literals or `Bits`, comparisons (in parentheses);
//! - `get_bit`, `get_bits::<N>` up to 32 bits, and the fixed slices of [`mod@slice`]: `x.get_value_limb1()`,
//!   `self.x.next.set_value_limb1(…)`;
//! - the casts of [`cast`], `bits_w256(…)` and its siblings: zero extension or truncation.

mod arith;
pub mod cast;
pub mod slice;
mod synth;

pub use cast::{bits_w64, bits_w65, bits_w128, bits_w132, bits_w160, bits_w256, bits_w258, bits_w512};

/// A word of `BITS` bits in `LIMBS` 64-bit limbs, least significant first. Bits above `BITS` are zero.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Word<const BITS: usize, const LIMBS: usize>([u64; LIMBS]);

/// One limb.
pub type W64 = Word<64, 1>;
/// Sum of two limbs with its carry.
pub type W65 = Word<65, 2>;
/// Product of two limbs.
pub type W128 = Word<128, 2>;
/// Accumulator of a column of limb products.
pub type W132 = Word<132, 3>;
/// EVM word.
pub type W256 = Word<256, 4>;
/// Address.
pub type W160 = Word<160, 3>;
/// Partial remainder of a division, with sign and one bit of headroom.
pub type W258 = Word<258, 5>;
/// Product of two EVM words.
pub type W512 = Word<512, 8>;

impl<const BITS: usize, const LIMBS: usize> Word<BITS, LIMBS> {
    const TOP_MASK: u64 = {
        assert!(LIMBS == BITS.div_ceil(64), "the number of limbs does not fit the number of bits");
        if BITS.is_multiple_of(64) { u64::MAX } else { (1 << (BITS % 64)) - 1 }
    };

    /// All bits zero.
    pub const ZERO: Self = Word([0; LIMBS]);

    /// All bits one.
    pub const MAX: Self = Word([u64::MAX; LIMBS]).masked();

    const fn masked(mut self) -> Self {
        self.0[LIMBS - 1] &= Self::TOP_MASK;
        self
    }

    /// The word with these limbs, least significant first; bits above `BITS` are dropped.
    pub const fn from_limbs(limbs: [u64; LIMBS]) -> Self {
        Word(limbs).masked()
    }

    /// Its limbs, least significant first.
    pub const fn limbs(&self) -> &[u64; LIMBS] {
        &self.0
    }

    /// Bit `index`.
    pub const fn get_bit(&self, index: usize) -> bool {
        (self.0[index / 64] >> (index % 64)) & 1 != 0
    }

    /// Whether any bit is set.
    pub fn any(&self) -> bool {
        self.0.iter().any(|&limb| limb != 0)
    }

    /// Whether every bit is set.
    pub fn all(&self) -> bool {
        *self == Self::MAX
    }
}

impl<const BITS: usize, const LIMBS: usize> Default for Word<BITS, LIMBS> {
    fn default() -> Self {
        Self::ZERO
    }
}
