//! Environment words: the lane's small register file of 256-bit constants and scratch, and the
//! transaction payload and block context that fill it.
//!
//! Words 0–15 come from the transaction payload, 16–63 from the block context (block values and
//! fork parameters), 64–79 belong to the frame, 80–87 are trap arguments, 96–127 firmware scratch.
//! Translated programs read words 0–79 as operands; only firmware and traps write any.

/// Declares environment words with index, name and explanation in one place.
macro_rules! env_words {
    ($($(#[doc = $doc:literal])+ $name:ident = $index:literal;)*) => {
        $($(#[doc = $doc])+ pub const $name: u8 = $index;)*

        /// All named words: index, name, explanation.
        pub const WORDS: &[(u8, &str, &str)] = &[$(($index, stringify!($name), concat!($($doc),+).trim_ascii_start()),)*];
    };
}

/// Number of environment words of a lane.
pub const ENV_WORDS: usize = 128;
/// Words that the transaction payload fills, from index 0.
pub const TX_WORDS: usize = 16;
/// First word that the block context fills.
pub const BLOCK_FIRST: usize = 16;
/// Number of words that the block context fills.
pub const BLOCK_WORDS: usize = 48;

env_words! {
    /// Sender of the transaction (ORIGIN).
    ORIGIN = 0;
    /// Receiver of the transaction, or the address of the contract that it creates.
    TO = 1;
    /// Value that the transaction transfers, in wei.
    VALUE = 2;
    /// Effective gas price, in wei per gas (GASPRICE, EIP-1559).
    GAS_PRICE = 3;
    /// Gas limit of the transaction.
    GAS_LIMIT = 4;
    /// Nonce that the sender must have.
    NONCE = 5;
    /// Balance that the sender must have: gas limit × fee cap + value + blob gas × blob fee cap, in wei.
    MAX_COST = 6;
    /// Fee per gas that the beneficiary receives, in wei.
    TIP = 7;
    /// Intrinsic gas: base, calldata, access list, authorizations (EIP-2028, 2930, 7702).
    INTRINSIC_GAS = 8;
    /// Least gas charged for the calldata (EIP-7623); zero before Prague.
    FLOOR_GAS = 9;
    /// Blob gas × blob base fee, burnt, in wei (EIP-4844).
    BLOB_FEE = 10;
    /// Number of words of the access list in the payload, which follows the header words.
    ACCESS_WORDS = 11;
    /// Number of authorization records in the payload, which follow the access list.
    AUTH_COUNT = 12;
    /// Number of blob hashes in the payload, which follow the authorization records.
    BLOB_COUNT = 13;
    /// Calldata length in bytes; the calldata follows the blob hashes.
    CALLDATA_LEN = 14;
    /// Contract-creating transaction: packed init code with bit 64 set, and bit 65 if the address has storage (EIP-7610). Calldata is empty then. Else zero.
    CREATE = 15;

    /// Beneficiary of the block (COINBASE).
    COINBASE = 16;
    /// TIMESTAMP, in seconds.
    TIMESTAMP = 17;
    /// NUMBER.
    NUMBER = 18;
    /// PREVRANDAO (DIFFICULTY before the merge).
    PREVRANDAO = 19;
    /// Gas limit of the block (GASLIMIT).
    BLOCK_GAS_LIMIT = 20;
    /// CHAINID (EIP-1344).
    CHAIN_ID = 21;
    /// BASEFEE, in wei per gas (EIP-3198).
    BASE_FEE = 22;
    /// BLOBBASEFEE, in wei per blob gas (EIP-7516).
    BLOB_BASE_FEE = 23;

    /// Gas of a warm storage or account access (EIP-2929).
    G_WARM_ACCESS = 32;
    /// Gas of a cold storage slot (EIP-2929).
    G_COLD_SLOAD = 33;
    /// Gas of a cold account (EIP-2929).
    G_COLD_ACCOUNT = 34;
    /// Gas of SSTORE from zero to non-zero (EIP-2200).
    G_SSTORE_SET = 35;
    /// Gas of SSTORE that changes a non-zero original, without the cold part (EIP-2929).
    G_SSTORE_RESET = 36;
    /// Refund of SSTORE to zero (EIP-3529).
    R_SSTORE_CLEAR = 37;
    /// Quotient that caps the refund (EIP-3529).
    MAX_REFUND_QUOTIENT = 38;
    /// Gas of a CALL or CALLCODE with value.
    G_CALL_VALUE = 39;
    /// Gas given to the callee of a call with value.
    G_CALL_STIPEND = 40;
    /// Gas of a value-bearing CALL to an empty account (EIP-161).
    G_NEW_ACCOUNT = 41;
    /// SSTORE fails with this much gas or less (EIP-2200).
    G_SSTORE_SENTRY = 42;
    /// Refund of an authorization whose authority exists (EIP-7702).
    R_AUTH_EXISTING = 43;
    /// Gas per byte of EXP's exponent (EIP-160).
    G_EXP_BYTE = 44;
    /// Greatest address of the contiguous precompiles.
    PRECOMPILE_LAST = 45;
    /// Address of a further precompile, or zero (EIP-7951: 0x100).
    PRECOMPILE_EXTRA = 46;
    /// Non-zero if the beneficiary starts warm (EIP-3651).
    WARM_COINBASE = 47;
    /// Non-zero if delegation designators are followed (EIP-7702).
    DELEGATION = 48;
    /// Gas of CREATE and CREATE2.
    G_CREATE = 49;
    /// Gas per word of init code (EIP-3860), or zero.
    G_INITCODE_WORD = 50;
    /// Greatest length of init code in bytes (EIP-3860; all ones before).
    MAX_INITCODE = 51;
    /// Gas per byte of code that a creation leaves.
    G_CODE_BYTE = 52;
    /// Greatest length of code in bytes (EIP-170).
    MAX_CODE = 53;
    /// First byte that code must not have (EIP-3541), or 256.
    REJECTED_CODE = 54;
    /// Gas of SELFDESTRUCT.
    G_SELFDESTRUCT = 55;
    /// Refund of an account's first SELFDESTRUCT (zero since EIP-3529).
    R_SELFDESTRUCT = 56;
    /// Non-zero if SELFDESTRUCT removes only what the transaction created (EIP-6780).
    KEEP_DESTROYED = 57;

    /// ADDRESS of the frame.
    ADDRESS = 64;
    /// CALLER of the frame.
    CALLER = 65;
    /// CALLVALUE of the frame, in wei.
    CALL_VALUE = 66;
    /// CALLDATASIZE of the frame, in bytes.
    CALLDATA_SIZE = 67;
    /// RETURNDATASIZE, in bytes.
    RETURNDATA_SIZE = 68;
    /// CODESIZE of the frame's code, in bytes.
    CODE_SIZE = 69;
    /// 1 if the frame runs init code, else 0.
    CREATING = 70;

    /// Trap argument 0 (operand a of TRAP): gas of a call, key of SSTORE, value of a creation, receiver of SELFDESTRUCT. ASK sends A0, A1 and A2.
    A0 = 80;
    /// Trap argument 1 (operand b of TRAP): address of a call, value of SSTORE, offset of init code.
    A1 = 81;
    /// Trap argument 2: value of a call (CALL, CALLCODE), length of init code.
    A2 = 82;
    /// Trap argument 3: offset of the call's arguments in memory, salt of CREATE2.
    A3 = 83;
    /// Trap argument 4: length of the call's arguments.
    A4 = 84;
    /// Trap argument 5: offset of the call's output in memory.
    A5 = 85;
    /// Trap argument 6: length of the call's output.
    A6 = 86;

    /// Memory trap: end of the access, in bytes (may exceed 64 bits).
    S_MEM_END = 96;
    /// Frame end: [`crate::codes::Status`] of the frame.
    S_STATUS = 97;
    /// Frame end: offset of the output in the frame's memory.
    S_OUT_OFFSET = 98;
    /// Frame end: length of the output in bytes.
    S_OUT_LEN = 99;
    /// Firmware scratch.
    S0 = 100;
    /// Firmware scratch.
    S1 = 101;
    /// Firmware scratch.
    S2 = 102;
    /// Firmware scratch.
    S3 = 103;
    /// Firmware scratch.
    S4 = 104;
    /// Firmware scratch.
    S5 = 105;
    /// Firmware scratch.
    S6 = 106;
    /// Firmware scratch.
    S7 = 107;
}

// Transaction payload, in this order, everything 32-byte words until the calldata:
//   TX_WORDS header words · access list · authorization records · blob hashes · calldata (padded).

/// Access list in the payload: an address word carries its number of keys above bit 160; the keys follow it.
pub const ACCESS_KEYS_SHIFT: u32 = 160;

/// Words of one authorization record (EIP-7702). The host lists only those whose chain id, nonce
/// range and signature are valid: `[authority address, nonce, new code hash, new code handle << 32
/// | new code size in bytes]`.
pub const AUTH_RECORD_WORDS: usize = 4;

/// Offset in words of the first access-list word in the payload.
pub const PAYLOAD_LISTS: usize = TX_WORDS;
