//! [`Word`] as a RustHDL type, emitted as a vector of `BITS` bits.

use rust_hdl_core::prelude::*;

use super::Word;

impl<const BITS: usize, const LIMBS: usize> Synth for Word<BITS, LIMBS> {
    const BITS: usize = BITS;

    fn descriptor() -> TypeDescriptor {
        TypeDescriptor { name: format!("Word::<{BITS}>"), kind: TypeKind::Bits(BITS) }
    }

    fn vcd(self) -> VCDValue {
        Bits::<BITS>::from(self).into()
    }

    fn verilog(self) -> VerilogLiteral {
        Bits::<BITS>::from(self).into()
    }
}

impl<const BITS: usize, const LIMBS: usize> From<Word<BITS, LIMBS>> for Bits<BITS> {
    fn from(word: Word<BITS, LIMBS>) -> Self {
        (0..BITS).fold(Bits::default(), |bits, i| bits.replace_bit(i, word.get_bit(i)))
    }
}
