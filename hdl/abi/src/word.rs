//! Wire types for 256-bit words and addresses.

use zerocopy::{FromBytes, Immutable, IntoBytes, KnownLayout};

/// A 256-bit word on the wire: four `u64` limbs, least significant first.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, FromBytes, IntoBytes, Immutable, KnownLayout)]
#[repr(C)]
pub struct Word(pub [u64; 4]);

impl Word {
    /// The word zero.
    pub const ZERO: Self = Self([0; 4]);

    /// A word holding a 64-bit number.
    pub const fn from_u64(value: u64) -> Self {
        Self([value, 0, 0, 0])
    }

    /// A word from the big-endian bytes that Ethereum writes for hashes and slots.
    pub const fn from_be_bytes(bytes: [u8; 32]) -> Self {
        let mut limbs = [0u64; 4];
        let mut i = 0;
        while i < 32 {
            let limb = 3 - i / 8;
            limbs[limb] = (limbs[limb] << 8) | bytes[i] as u64;
            i += 1;
        }
        Self(limbs)
    }

    /// The big-endian bytes that Ethereum writes for hashes and slots.
    pub const fn to_be_bytes(self) -> [u8; 32] {
        let mut bytes = [0u8; 32];
        let mut i = 0;
        while i < 32 {
            bytes[i] = (self.0[3 - i / 8] >> (8 * (7 - i % 8))) as u8;
            i += 1;
        }
        bytes
    }

    /// A word whose low 160 bits hold an address.
    pub const fn from_address(address: [u8; 20]) -> Self {
        let mut bytes = [0u8; 32];
        let mut i = 0;
        while i < 20 {
            bytes[12 + i] = address[i];
            i += 1;
        }
        Self::from_be_bytes(bytes)
    }

    /// The address in the low 160 bits, as the 20 bytes that Ethereum writes.
    pub const fn to_address(self) -> [u8; 20] {
        let bytes = self.to_be_bytes();
        let mut address = [0u8; 20];
        let mut i = 0;
        while i < 20 {
            address[i] = bytes[12 + i];
            i += 1;
        }
        address
    }

    /// Whether every bit is zero.
    pub const fn is_zero(self) -> bool {
        self.0[0] | self.0[1] | self.0[2] | self.0[3] == 0
    }
}

/// An address on the wire: the 160-bit number as 20 little-endian bytes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, FromBytes, IntoBytes, Immutable, KnownLayout)]
#[repr(C)]
pub struct Address20(pub [u8; 20]);

impl Address20 {
    /// From the 20 bytes that Ethereum writes.
    pub const fn from_be(bytes: [u8; 20]) -> Self {
        let mut out = [0u8; 20];
        let mut i = 0;
        while i < 20 {
            out[i] = bytes[19 - i];
            i += 1;
        }
        Self(out)
    }

    /// The 20 bytes that Ethereum writes.
    pub const fn to_be(self) -> [u8; 20] {
        Self::from_be(self.0).0
    }

    /// The low 160 bits of a word.
    pub const fn from_word(word: Word) -> Self {
        Self::from_be(word.to_address())
    }

    /// A word whose low 160 bits hold this address.
    pub const fn to_word(self) -> Word {
        Word::from_address(self.to_be())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn word_and_address_round_trip() {
        let mut bytes = [0u8; 32];
        for (i, byte) in bytes.iter_mut().enumerate() {
            *byte = i as u8 + 1;
        }
        let word = Word::from_be_bytes(bytes);
        assert_eq!(word.0[3] >> 56, 1);
        assert_eq!(word.0[0] & 0xff, 32);
        assert_eq!(word.to_be_bytes(), bytes);
        let address: [u8; 20] = core::array::from_fn(|i| i as u8 + 7);
        assert_eq!(Word::from_address(address).to_address(), address);
        assert_eq!(Address20::from_be(address).to_word(), Word::from_address(address));
        assert_eq!(Address20::from_be(address).0[0], address[19]);
    }
}
