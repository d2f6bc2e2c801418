//! Operators of [`Word`]: modulo 2^BITS, as in Verilog between operands of one width.

use std::{
    cmp::Ordering,
    ops::{Add, BitAnd, BitOr, BitXor, Not, Shl, Shr, Sub},
};

use rust_hdl_core::bits::Bits;

use super::Word;

macro_rules! bitwise {
    ($($operator:ident $method:ident $op:tt),*) => {$(
        impl<const BITS: usize, const LIMBS: usize> $operator for Word<BITS, LIMBS> {
            type Output = Self;
            fn $method(self, other: Self) -> Self {
                Word(std::array::from_fn(|i| self.0[i] $op other.0[i]))
            }
        }
    )*};
}
bitwise!(BitAnd bitand &, BitOr bitor |, BitXor bitxor ^);

impl<const BITS: usize, const LIMBS: usize> Not for Word<BITS, LIMBS> {
    type Output = Self;
    fn not(self) -> Self {
        Word(self.0.map(|limb| !limb)).masked()
    }
}

impl<const BITS: usize, const LIMBS: usize> Add for Word<BITS, LIMBS> {
    type Output = Self;
    fn add(self, other: Self) -> Self {
        let mut carry = 0;
        Word(std::array::from_fn(|i| {
            let sum = u128::from(self.0[i]) + u128::from(other.0[i]) + carry;
            carry = sum >> 64;
            sum as u64
        }))
        .masked()
    }
}

impl<const BITS: usize, const LIMBS: usize> Sub for Word<BITS, LIMBS> {
    type Output = Self;
    fn sub(self, other: Self) -> Self {
        let mut carry = 1;
        Word(std::array::from_fn(|i| {
            let sum = u128::from(self.0[i]) + u128::from(!other.0[i]) + carry;
            carry = sum >> 64;
            sum as u64
        }))
        .masked()
    }
}

impl<const BITS: usize, const LIMBS: usize> Shl<u64> for Word<BITS, LIMBS> {
    type Output = Self;
    fn shl(self, count: u64) -> Self {
        let (limbs, bits) = ((count / 64) as usize, count % 64);
        let limb = |i: usize| i.checked_sub(limbs).map_or(0, |i| self.0[i]);
        Word(std::array::from_fn(|i| {
            let carried = if bits == 0 || i == 0 { 0 } else { limb(i - 1) >> (64 - bits) };
            (limb(i) << bits) | carried
        }))
        .masked()
    }
}

impl<const BITS: usize, const LIMBS: usize> Shr<u64> for Word<BITS, LIMBS> {
    type Output = Self;
    fn shr(self, count: u64) -> Self {
        let (limbs, bits) = ((count / 64) as usize, count % 64);
        let limb = |i: usize| self.0.get(i + limbs).copied().unwrap_or(0);
        Word(std::array::from_fn(|i| {
            let carried = if bits == 0 { 0 } else { limb(i + 1) << (64 - bits) };
            (limb(i) >> bits) | carried
        }))
    }
}

impl<const BITS: usize, const LIMBS: usize, const COUNT: usize> Shl<Bits<COUNT>> for Word<BITS, LIMBS> {
    type Output = Self;
    fn shl(self, count: Bits<COUNT>) -> Self {
        self << count.to_u64()
    }
}

impl<const BITS: usize, const LIMBS: usize, const COUNT: usize> Shr<Bits<COUNT>> for Word<BITS, LIMBS> {
    type Output = Self;
    fn shr(self, count: Bits<COUNT>) -> Self {
        self >> count.to_u64()
    }
}

impl<const BITS: usize, const LIMBS: usize> Ord for Word<BITS, LIMBS> {
    fn cmp(&self, other: &Self) -> Ordering {
        self.0.iter().rev().cmp(other.0.iter().rev())
    }
}

impl<const BITS: usize, const LIMBS: usize> PartialOrd for Word<BITS, LIMBS> {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}
