//! Casts between words, `Bits` and `Bit`: zero extension or truncation.
//!
//! `#[hdl_gen]` emits every function whose path begins with `bits` as a mask of the width of its result,
//! whatever the function does. These do exactly that. Their argument must be a signal, a slice or a
//! register, never an arithmetic expression: the mask would widen its context, and a carry that Rust
//! drops would appear in the Verilog.

use rust_hdl_core::prelude::{Bit, Bits};

use super::{W64, W65, W128, W132, W160, W256, W258, W512, Word};

/// What the casts take.
pub trait CastSource {
    /// Limb `index`, zero beyond its width.
    fn limb(&self, index: usize) -> u64;
}

impl<const BITS: usize, const LIMBS: usize> CastSource for Word<BITS, LIMBS> {
    fn limb(&self, index: usize) -> u64 {
        self.0.get(index).copied().unwrap_or(0)
    }
}

impl<const N: usize> CastSource for Bits<N> {
    fn limb(&self, index: usize) -> u64 {
        const { assert!(N <= 64, "wider values are words") };
        if index == 0 { self.to_u64() } else { 0 }
    }
}

impl CastSource for Bit {
    fn limb(&self, index: usize) -> u64 {
        if index == 0 { u64::from(*self) } else { 0 }
    }
}

macro_rules! casts {
    ($($name:ident $word:ident),*) => {$(
        #[doc = concat!("To [`", stringify!($word), "`]: zero-extended or truncated.")]
        pub fn $name(source: impl CastSource) -> $word {
            Word(std::array::from_fn(|i| source.limb(i))).masked()
        }
    )*};
}
casts!(bits_w64 W64, bits_w65 W65, bits_w128 W128, bits_w132 W132, bits_w160 W160, bits_w256 W256, bits_w258 W258, bits_w512 W512);
