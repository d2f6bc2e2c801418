//! State records (fills, write sets), the result record of a transaction, requests and answers of assists.
//!
//! Code is *packed* into a word as handle << 32 | size in bytes; 0 is no code. A handle of 0 with a size is code that the
//! code store has no room for: an attempt that needs more than its hash or size escapes.
//!
//! Result record: [`ResultHeader`] · `write_count` × [`StateRecord`] · `log_count` × ([`LogHeader`] · topics
//! (32 bytes each, as Ethereum writes them) · data, padded) · output, padded.

use crate::word::{Address20, Word};
use zerocopy::big_endian::{U32, U64};
use zerocopy::{FromBytes, Immutable, IntoBytes, KnownLayout};

/// The balance is given (fill) or changed (write).
pub const HAS_BALANCE: u8 = 1;
/// The nonce is given or changed.
pub const HAS_NONCE: u8 = 2;
/// Code hash, size and handle are given or changed.
pub const HAS_CODE: u8 = 4;
/// Fill: the account exists in the state.
pub const EXISTS: u8 = 8;
/// Write: the account ceases to exist (EIP-161: touched and empty).
pub const DELETED: u8 = 16;
/// Write: all storage of the account is cleared first (SELFDESTRUCT, or a CREATE that the host executed).
pub const CLEAR_STORAGE: u8 = 32;

/// Fill that answers an assist: the host cannot read the key (no other flag). An attempt that needs it escapes.
pub const UNAVAILABLE: u8 = 64;

/// One key of the state with its value: 128 bytes. Account fills give all fields; written values are absolute.
/// Records of storage slots and block hashes have no flags.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, FromBytes, IntoBytes, Immutable, KnownLayout)]
#[repr(C)]
pub struct StateRecord {
    /// [`crate::codes::KeyKind`].
    pub kind: u8,
    /// `HAS_*`, `EXISTS`, `DELETED`, `CLEAR_STORAGE`, `UNAVAILABLE`.
    pub flags: u8,
    /// Zero.
    pub reserved: u16,
    /// Account (zero for a block hash).
    pub address: Address20,
    /// Account: handle of the code image, 0 without code or if the code store has no room for it.
    pub code_handle: u32,
    /// Account: size of the code in bytes.
    pub code_bytes: u32,
    /// Storage: key. Account: code hash. Block hash: block number.
    pub key: Word,
    /// Storage: value. Account: balance in wei. Block hash: hash.
    pub value: Word,
    /// Account: nonce.
    pub nonce: u64,
    /// Zero.
    pub reserved2: [u64; 3],
}

const _: () = assert!(size_of::<StateRecord>() == 128);

/// Head of a result record: 96 bytes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, FromBytes, IntoBytes, Immutable, KnownLayout)]
#[repr(C)]
pub struct ResultHeader {
    /// [`crate::codes::Status`].
    pub status: u8,
    /// [`crate::codes::Halt`].
    pub halt: u8,
    /// Attempts that were aborted before this one, saturating.
    pub aborts: u16,
    /// Tag of the transaction.
    pub tag: u32,
    /// Gas used after refund.
    pub gas_used: u64,
    /// Gas refunded.
    pub gas_refunded: u64,
    /// Whole record in bytes.
    pub total_bytes: u32,
    /// Number of write records.
    pub write_count: u32,
    /// Number of logs.
    pub log_count: u32,
    /// Output length in bytes.
    pub output_bytes: u32,
    /// Lane that executed the last attempt.
    pub lane: u32,
    /// Program words that the last attempt retired.
    pub program_words: u32,
    /// Firmware words that the last attempt retired.
    pub firmware_words: u32,
    /// EVM instructions that the last attempt retired, from the images' profiles (0 without).
    pub evm_instructions: u32,
    /// Card cycle at which the last attempt started.
    pub start_cycle: u64,
    /// Card cycle at which it finished.
    pub finish_cycle: u64,
    /// Card cycle at which it committed.
    pub commit_cycle: u64,
    /// Cycles that it waited for state.
    pub state_wait_cycles: u64,
    /// Zero.
    pub reserved: u64,
}

const _: () = assert!(size_of::<ResultHeader>() == 96);

/// Head of one log: 32 bytes, as a lane writes it into its memory: numbers have their most significant byte first.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, FromBytes, IntoBytes, Immutable, KnownLayout)]
#[repr(C)]
pub struct LogHeader {
    /// Data length in bytes.
    pub data_bytes: U64,
    /// Number of topics, 0..=4.
    pub topics: U32,
    /// Emitting account, as Ethereum writes it.
    pub address: [u8; 20],
}

const _: () = assert!(size_of::<LogHeader>() == 32);

/// Head of an assist's request in the transaction's record buffer: 128 bytes. The input follows, padded. A later
/// attempt may overwrite it, from its head on: a host that finds another number, before or after it has copied the input,
/// has read a stale request, whose answer does not matter.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, FromBytes, IntoBytes, Immutable, KnownLayout)]
#[repr(C)]
pub struct AssistRequest {
    /// Arguments, as [`crate::codes::Assist`] says.
    pub args: [Word; 3],
    /// Number of the request.
    pub request: u64,
    /// Length of the input in bytes.
    pub input_bytes: u32,
    /// Zero.
    pub reserved: [u32; 5],
}

const _: () = assert!(size_of::<AssistRequest>() == 128);

/// What ANSWER transfers: 96 bytes. The output follows, padded.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, FromBytes, IntoBytes, Immutable, KnownLayout)]
#[repr(C)]
pub struct AssistAnswer {
    /// As [`crate::codes::Assist`] says.
    pub value: Word,
    /// As [`crate::codes::Assist`] says.
    pub second: Word,
    /// Length of the output in bytes.
    pub output_bytes: u32,
    /// Zero.
    pub reserved: [u32; 7],
}

const _: () = assert!(size_of::<AssistAnswer>() == 96);
