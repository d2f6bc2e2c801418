//! Operations of the access unit, the rows of an entry, and the hash of its index.
//!
//! | row | account | storage slot | transient slot |
//! |---|---|---|---|
//! | 0 | address, flags from bit 160, nonce from bit 192 | address, flags | address, flags |
//! | 1 | balance; credits while it is unread | current value | value |
//! | 2 | code hash | original value | – |
//! | 3 | code handle << 32, code bytes | slot | slot |
//!
//! What the flags call unknown is undefined in row 2 and, of an account, in row 3. The rows of the last entry are no
//! entry's: row 0 stays zero, rows 1 and 3 hold the last block hash and its number.

/// A 256-bit word, least significant limb first.
pub type Limbs = [u64; 4];
/// An address, least significant limb first.
pub type AddressLimbs = [u64; 3];

/// Operations, as the port `op` takes them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub enum AccessOp {
    /// Handle of account `a`, whose entry is made on first touch (precompiles warm).
    OpenAccount = 0,
    /// Handle of slot `a` of ADDRESS.
    OpenSlot = 1,
    /// Value of slot `a` of ADDRESS, which becomes warm.
    Sload = 2,
    /// Value of transient slot `a` of ADDRESS.
    Tload = 3,
    /// Writes `b` to transient slot `a` of ADDRESS.
    Tstore = 4,
    /// Handle of account `a`, which becomes warm.
    TouchAccount = 5,
    /// Makes the entry of handle `a` warm; the result is 1 if it was cold.
    Warm = 6,
    /// Field of handle `a`.
    Get = 7,
    /// Writes `b` to a field of handle `a`.
    Set = 8,
    /// Adds `b` to the balance of account handle `a`, read or not, and touches the account.
    Credit = 9,
    /// Hash of block `a`.
    BlockHash = 10,
    /// Code with hash `b` and handle and size `packed` for account handle `a`.
    SetCode = 11,
    /// Code handle << 32 and size of account handle `a`.
    Code = 12,
    /// Undoes everything since mark `a`.
    Undo = 13,
}

impl AccessOp {
    /// All operations, in the order of their numbers.
    pub const ALL: [Self; 14] = [
        Self::OpenAccount,
        Self::OpenSlot,
        Self::Sload,
        Self::Tload,
        Self::Tstore,
        Self::TouchAccount,
        Self::Warm,
        Self::Get,
        Self::Set,
        Self::Credit,
        Self::BlockHash,
        Self::SetCode,
        Self::Code,
        Self::Undo,
    ];
}

/// Outcome of an operation that went well; other values are [`DEFECT`] or those of `gaslane_abi::codes::Escape`.
pub const OK: u8 = 0;
/// Outcome of an operation with a wrong handle or field.
pub const DEFECT: u8 = 0x80;

/// First bit of the flags in row 0.
pub const FLAGS_SHIFT: u32 = 160;
/// Kind of the entry, two bits: [`ACCOUNT`], [`STORAGE`] or [`TRANSIENT`].
pub const KIND_MASK: u16 = 3;
/// An account.
pub const ACCOUNT: u16 = 1;
/// A storage slot.
pub const STORAGE: u16 = 2;
/// A transient slot.
pub const TRANSIENT: u16 = 3;
/// Warm (EIP-2929).
pub const WARM: u16 = 1 << 2;
/// Touched in the sense of EIP-161.
pub const TOUCHED: u16 = 1 << 3;
/// Balance, or committed value of a slot, was read.
pub const VALUE_KNOWN: u16 = 1 << 4;
/// Balance or value was written.
pub const VALUE_DIRTY: u16 = 1 << 5;
/// Nonce was read.
pub const NONCE_KNOWN: u16 = 1 << 6;
/// Nonce was written.
pub const NONCE_DIRTY: u16 = 1 << 7;
/// Code was read.
pub const CODE_KNOWN: u16 = 1 << 8;
/// Code was written.
pub const CODE_DIRTY: u16 = 1 << 9;
/// The transaction created the account.
pub const CREATED: u16 = 1 << 10;
/// The account ceases to exist at the end of the transaction.
pub const DESTROYED: u16 = 1 << 11;

/// Kind of an undo record.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub enum UndoKind {
    /// The entry was cold.
    Warm = 1,
    /// The account was not touched.
    Touched = 2,
    /// The account was not marked as created.
    Created = 3,
    /// The account was not marked as destroyed.
    Destroyed = 4,
    /// Old value of row 1.
    Value = 5,
    /// What was added to row 1.
    Credit = 6,
    /// Old nonce.
    Nonce = 7,
    /// Old code.
    Code = 8,
}

/// An entry of the table.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Entry {
    /// An account.
    Account {
        /// Its address.
        address: AddressLimbs,
        /// Warm.
        warm: bool,
        /// Touched in the sense of EIP-161.
        touched: bool,
        /// Balance as read and changed; `None` while never read.
        balance: Option<Limbs>,
        /// The balance was written.
        balance_dirty: bool,
        /// Credits while the balance is unread.
        delta: Limbs,
        /// Nonce as read and changed.
        nonce: Option<u64>,
        /// The nonce was written.
        nonce_dirty: bool,
        /// Hash, and handle << 32 | size, of the code as read and changed.
        code: Option<(Limbs, u64)>,
        /// The code was written.
        code_dirty: bool,
        /// The transaction created the account.
        created: bool,
        /// The account ceases to exist.
        destroyed: bool,
    },
    /// A storage slot.
    Storage {
        /// Account.
        address: AddressLimbs,
        /// Slot.
        slot: Limbs,
        /// Warm.
        warm: bool,
        /// Committed value, once read.
        original: Option<Limbs>,
        /// Current value.
        value: Limbs,
        /// Written at least once.
        dirty: bool,
    },
    /// A transient slot.
    Transient {
        /// Account.
        address: AddressLimbs,
        /// Slot.
        slot: Limbs,
        /// Current value.
        value: Limbs,
    },
}

/// The entry that stands in four rows.
///
/// # Panics
/// If the rows hold no entry.
pub fn decode_entry(rows: [Limbs; 4]) -> Entry {
    let [head, value, second, third] = rows;
    let flags = (head[2] >> (FLAGS_SHIFT - 128)) as u16;
    let address = [head[0], head[1], head[2] & 0xffff_ffff];
    let is = |flag: u16| flags & flag != 0;
    match flags & KIND_MASK {
        ACCOUNT => Entry::Account {
            address,
            warm: is(WARM),
            touched: is(TOUCHED),
            balance: is(VALUE_KNOWN).then_some(value),
            balance_dirty: is(VALUE_DIRTY),
            delta: if is(VALUE_KNOWN) { [0; 4] } else { value },
            nonce: is(NONCE_KNOWN).then_some(head[3]),
            nonce_dirty: is(NONCE_DIRTY),
            code: is(CODE_KNOWN).then_some((second, third[0])),
            code_dirty: is(CODE_DIRTY),
            created: is(CREATED),
            destroyed: is(DESTROYED),
        },
        STORAGE => Entry::Storage {
            address,
            slot: third,
            warm: is(WARM),
            original: is(VALUE_KNOWN).then_some(second),
            value,
            dirty: is(VALUE_DIRTY),
        },
        TRANSIENT => Entry::Transient { address, slot: third, value },
        _ => panic!("no entry stands in these rows"),
    }
}

/// Hash of a key, of which the index takes the lowest bits. `slot` does not count for an account.
///
/// Exclusive or of 16-bit digits, those of the address rotated by 7, with a constant for each kind; the upper half folds
/// into the lower one once more, because small tables use no more than that.
pub fn index_hash(kind: u16, address: &AddressLimbs, slot: &Limbs) -> u16 {
    let fold = |limbs: &[u64]| {
        let limb = limbs.iter().fold(0, |all, limb| all ^ limb);
        (0..4).fold(0, |all, digit| all ^ (limb >> (16 * digit)) as u16)
    };
    let slots = match kind {
        ACCOUNT => 0,
        STORAGE => fold(slot) ^ 0x1d3b,
        _ => fold(slot) ^ 0x62c5,
    };
    let mixed = fold(address).rotate_left(7) ^ slots;
    mixed ^ (mixed >> 8)
}
