//! Layout of an entry of the access table: four rows of 256 bits.
//!
//! | row | account | storage or transient slot |
//! |---|---|---|
//! | 0 | address (bits 159:0), flags (from bit 160) | the same |
//! | 1 | balance, or the sum of credits while it has not been read | slot |
//! | 2 | nonce (bits 63:0), code as handle << 32 \| bytes (bits 127:64) | original value |
//! | 3 | code hash | value |

use crate::word::W256;

/// Kind in the lowest two flag bits: account.
pub const ACCOUNT: u16 = 0;
/// Storage slot.
pub const STORAGE: u16 = 1;
/// Transient slot (EIP-1153).
pub const TRANSIENT: u16 = 2;
/// Warm (EIP-2929).
pub const WARM: u16 = 1 << 2;
/// Touched (EIP-161).
pub const TOUCHED: u16 = 1 << 3;
/// The balance has been read.
pub const BALANCE_KNOWN: u16 = 1 << 4;
/// The balance has been written.
pub const BALANCE_DIRTY: u16 = 1 << 5;
/// The nonce has been read.
pub const NONCE_KNOWN: u16 = 1 << 6;
/// The nonce has been written.
pub const NONCE_DIRTY: u16 = 1 << 7;
/// The code has been read.
pub const CODE_KNOWN: u16 = 1 << 8;
/// The code has been written.
pub const CODE_DIRTY: u16 = 1 << 9;
/// Created by the transaction.
pub const CREATED: u16 = 1 << 10;
/// Ceases to exist with the transaction.
pub const DESTROYED: u16 = 1 << 11;
/// The slot's original value is known.
pub const ORIGINAL_KNOWN: u16 = 1 << 12;
/// The slot has been written.
pub const DIRTY: u16 = 1 << 13;

/// An entry, taken apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Entry {
    /// Account.
    pub address: [u8; 20],
    /// Flags.
    pub flags: u16,
    /// Rows 1 to 3.
    pub words: [W256; 3],
}

impl Entry {
    /// From its four rows.
    pub fn decode(rows: [W256; 4]) -> Self {
        let limbs = rows[0].limbs();
        let mut address = [0; 20];
        for (i, byte) in address.iter_mut().enumerate() {
            let bit = 8 * (19 - i);
            *byte = (limbs[bit / 64] >> (bit % 64)) as u8;
        }
        Self { address, flags: (limbs[2] >> 32) as u16, words: [rows[1], rows[2], rows[3]] }
    }

    /// Nonce of an account.
    pub fn nonce(&self) -> u64 {
        self.words[1].limbs()[0]
    }

    /// Handle and size of an account's code.
    pub fn code(&self) -> (u32, u32) {
        let code = self.words[1].limbs()[1];
        ((code >> 32) as u32, code as u32)
    }
}
