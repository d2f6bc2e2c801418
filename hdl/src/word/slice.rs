//! Slices of [`Word`] that `#[hdl_gen]` translates.
//!
//! `x.val().get_value_NAME()` becomes `x[OFFSET +: WIDTH]` and `self.x.next.set_value_NAME(v)` an assignment to that
//! slice; RustHDL asks `get_my_offset_NAME` and `get_my_width_NAME` for the numbers. A word of which slices are
//! assigned must be assigned as a whole first: that counts as its connection, and leaves no latch.

use rust_hdl_core::prelude::Bits;

use super::{W64, W256, Word};

macro_rules! slices {
    ($($index:literal $get:ident $set:ident $width:ident $offset:ident),*) => {
        impl<const BITS: usize, const LIMBS: usize> Word<BITS, LIMBS> {$(
            #[doc = concat!("Limb ", $index, ".")]
            pub fn $get(&self) -> W64 {
                const { assert!(BITS >= 64 * ($index + 1), "no such limb") };
                W64::from_limbs([self.0[$index]])
            }

            #[doc = concat!("Replaces limb ", $index, ".")]
            pub fn $set(&mut self, value: W64) {
                const { assert!(BITS >= 64 * ($index + 1), "no such limb") };
                self.0[$index] = value.0[0];
            }

            #[doc(hidden)]
            pub fn $width(&self) -> usize {
                64
            }

            #[doc(hidden)]
            pub fn $offset(&self) -> u32 {
                64 * $index
            }
        )*}
    };
}
slices!(
    0 get_value_limb0 set_value_limb0 get_my_width_limb0 get_my_offset_limb0,
    1 get_value_limb1 set_value_limb1 get_my_width_limb1 get_my_offset_limb1,
    2 get_value_limb2 set_value_limb2 get_my_width_limb2 get_my_offset_limb2,
    3 get_value_limb3 set_value_limb3 get_my_width_limb3 get_my_offset_limb3,
    4 get_value_limb4 set_value_limb4 get_my_width_limb4 get_my_offset_limb4,
    5 get_value_limb5 set_value_limb5 get_my_width_limb5 get_my_offset_limb5,
    6 get_value_limb6 set_value_limb6 get_my_width_limb6 get_my_offset_limb6,
    7 get_value_limb7 set_value_limb7 get_my_width_limb7 get_my_offset_limb7
);

macro_rules! halves {
    ($($start:literal $get:ident $width:ident $offset:ident),*) => {
        impl<const BITS: usize, const LIMBS: usize> Word<BITS, LIMBS> {$(
            #[doc = concat!("256 bits from limb ", $start, ".")]
            pub fn $get(&self) -> W256 {
                const { assert!(BITS >= 256 + 64 * $start, "no such half") };
                W256::from_limbs(std::array::from_fn(|i| self.0[$start + i]))
            }

            #[doc(hidden)]
            pub fn $width(&self) -> usize {
                256
            }

            #[doc(hidden)]
            pub fn $offset(&self) -> u32 {
                64 * $start
            }
        )*}
    };
}
halves!(
    0 get_value_low256 get_my_width_low256 get_my_offset_low256,
    4 get_value_high256 get_my_width_high256 get_my_offset_high256
);

impl<const BITS: usize, const LIMBS: usize> Word<BITS, LIMBS> {
    /// `N` ≤ 32 bits from bit `offset`; bits beyond the word read as zero here and are undefined in Verilog.
    pub fn get_bits<const N: usize>(&self, offset: usize) -> Bits<N> {
        const { assert!(N <= 32, "wider slices are named") };
        let (limb, bit) = (offset / 64, offset % 64);
        let low = self.0.get(limb).copied().unwrap_or(0) >> bit;
        let high = if bit == 0 { 0 } else { self.0.get(limb + 1).copied().unwrap_or(0) << (64 - bit) };
        ((low | high) & ((1 << N) - 1)).into()
    }
}
