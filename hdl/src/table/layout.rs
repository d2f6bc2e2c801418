//! Operations of the state table, their outcomes and flags, the memories of an entry, the hash of a key.
//!
//! Entry number: set << way bits | way. Its words stand in memories of their own, so that an operation sees all of it at once:
//!
//! | memory | account | storage slot, block hash |
//! |---|---|---|
//! | head | address, flags from bit 160, nonce from bit 192 | address, flags |
//! | second | code hash | slot, block number |
//! | value | balance | value, hash |
//! | code | code handle << 32, code bytes | – |
//! | written | number of the commit that wrote it last, 0 for none | the same |
//! | request | floor at the time of the request | the same |
//! | marks | slots that read balance, nonce, code; slots that wait | slots that read the value; slots that wait |
//!
//! A set has a row beside them: from bit 0 which ways hold an entry, from bit 8 which were used of late, from bit 16 the hand.

pub use crate::access::layout::{AddressLimbs, Limbs};
use gaslane_abi::{codes::KeyKind, record};

pub use gaslane_abi::manage::table::{TableOp, TableOutcome};

/// Flag of an account's fill or write: the balance is given. Keys of other kinds need no flags.
pub const HAS_BALANCE: u16 = record::HAS_BALANCE as u16;
/// The nonce is given.
pub const HAS_NONCE: u16 = record::HAS_NONCE as u16;
/// The code is given.
pub const HAS_CODE: u16 = record::HAS_CODE as u16;
/// Fill: the account exists.
pub const EXISTS: u16 = record::EXISTS as u16;
/// Write: the account ceases to exist; other flags do not count.
pub const DELETED: u16 = record::DELETED as u16;
/// Fill, of any kind of key: the host cannot read it; other flags do not count.
pub const UNAVAILABLE: u16 = record::UNAVAILABLE as u16;
/// Write: the value is added to the balance, which must be known.
pub const ADD: u16 = 256;
/// Write: an account that exists and ends empty (EIP-161) ceases to exist.
pub const DELETE_EMPTY: u16 = 512;

/// Kind of an account's key.
pub const ACCOUNT: u8 = KeyKind::Account as u8;
/// Kind of a storage slot's key.
pub const STORAGE: u8 = KeyKind::Storage as u8;

/// Code hash of an account without code (Keccak-256 of nothing).
pub const NO_CODE_HASH: Limbs =
    [0x7bfa_d804_5d85_a470, 0xe500_b653_ca82_273b, 0x927e_7db2_dcc7_03c0, 0xc5d2_4601_86f7_233c];

/// Limbs that the hash of an account's key takes, one a cycle.
pub const ACCOUNT_LIMBS: usize = 3;
/// Limbs that the hash of any other key takes.
pub const KEY_LIMBS: usize = 7;
/// Limbs of the hash key.
pub const HASH_KEY_LIMBS: usize = 8;

/// Hash key of a table that was given none: digits of pi.
pub const DEFAULT_HASH_KEY: [u64; HASH_KEY_LIMBS] = [
    0x243f_6a88_85a3_08d3,
    0x1319_8a2e_0370_7344,
    0xa409_3822_299f_31d0,
    0x082e_fa98_ec4e_6c89,
    0x4528_21e6_38d0_1377,
    0xbe54_66cf_34e9_0c6c,
    0xc0ac_29b7_c97c_50dd,
    0x3f84_d5b5_b547_0917,
];

/// What limb `index` of a key adds to its hash (by exclusive or).
///
/// The hash is a Toeplitz hash: bit *j* is the parity of the key's bits that meet a one in the hash key from bit *j* on. Of keys that
/// were chosen without knowing the hash key, any two meet in a set of *n* with a chance of 1 to *n*.
pub fn limb_hash(hash_key: &[u64; HASH_KEY_LIMBS], index: usize, limb: u64) -> u16 {
    let window = u128::from(hash_key[index]) | u128::from(hash_key[(index + 1) % HASH_KEY_LIMBS]) << 64;
    (0..16).fold(0, |hash, bit| hash | (((window >> bit) as u64 & limb).count_ones() as u16 & 1) << bit)
}

/// Hash of a key, of which the table takes the lowest bits. `slot` does not count for an account.
pub fn key_hash(hash_key: &[u64; HASH_KEY_LIMBS], kind: u8, address: &AddressLimbs, slot: &Limbs) -> u16 {
    let [low, middle, high] = *address;
    let limbs = [low, middle, high & 0xffff_ffff | u64::from(kind) << 32, slot[0], slot[1], slot[2], slot[3]];
    let count = if kind == ACCOUNT { ACCOUNT_LIMBS } else { KEY_LIMBS };
    (0..count).fold(0, |hash, index| hash ^ limb_hash(hash_key, index, limbs[index]))
}

/// Hash of an address for the filter of accounts with slots in the table, of which it takes the lowest bits: that of a slot's key as far as it has been made of the
/// two lower limbs.
pub fn address_hash(hash_key: &[u64; HASH_KEY_LIMBS], address: &AddressLimbs) -> u16 {
    limb_hash(hash_key, 0, address[0]) ^ limb_hash(hash_key, 1, address[1])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_hash_of_no_code_is_that_of_nothing() {
        let hash = alloy_primitives::U256::from_be_bytes(alloy_primitives::keccak256([]).0);
        assert_eq!(*hash.as_limbs(), NO_CODE_HASH);
    }
}
