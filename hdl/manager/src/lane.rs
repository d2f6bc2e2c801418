//! Operations of the lane bus and the rows in which a lane shows its state.

macro_rules! operations {
    ($($(#[$meta:meta])* $name:ident = $value:literal,)*) => {
        /// Operations of the lane bus.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        #[repr(u8)]
        pub enum LaneOp { $($(#[$meta])* $name = $value,)* }

        impl LaneOp {
            /// All operations, in the order of their numbers.
            pub const ALL: &[Self] = &[$(Self::$name,)*];
        }
    };
}

operations! {
    /// Puts the lane into its initial state.
    Reset = 0,
    /// Stores a row of lane memory.
    Store = 1,
    /// Writes an environment word.
    Env = 2,
    /// Sets one of the numbers of [`set`].
    Set = 3,
    /// Starts an attempt.
    Start = 4,
    /// Answers a state read.
    State = 5,
    /// Words have been supplied: goes on.
    Resume = 6,
    /// Answers a request: value; the address is the number of output bytes.
    Answer = 7,
    /// A line of a code refill.
    Fill = 8,
    /// The code cache forgets a line.
    Drop = 9,
    /// It forgets everything.
    Flush = 10,
    /// Loads 32 bytes of lane memory.
    Load = 11,
    /// Reads an environment word.
    GetEnv = 12,
    /// Reads a row of the access table.
    Drain = 13,
    /// Reads a row of the lane's state.
    Status = 14,
}

/// Numbers that [`LaneOp::Set`] sets.
pub mod set {
    /// Where the calldata begins in lane memory.
    pub const CALLDATA_START: u32 = 0;
    /// Its length in bytes.
    pub const CALLDATA_BYTES: u32 = 1;
    /// Length of the payload in bytes.
    pub const PAYLOAD_BYTES: u32 = 2;
    /// Size of the result record's buffer in bytes.
    pub const RECORD_BYTES: u32 = 3;
    /// Whether the transaction is the head.
    pub const IS_HEAD: u32 = 4;
}

/// Rows of [`LaneOp::Status`].
pub mod status {
    /// Slot of the key that is read.
    pub const KEY_SLOT: u32 = 0;
    /// Address of the key, kind from bit 160, field from bit 168.
    pub const KEY: u32 = 1;
    /// Numbers of an attempt: [`super::Numbers`] from its first field on.
    pub const NUMBERS: u32 = 2;
    /// The rest of them.
    pub const MORE: u32 = 3;

    /// Waits for words.
    pub const WORDS: u32 = 2;
    /// Asks the host.
    pub const ASKS: u32 = 3;
    /// Has finished.
    pub const DONE: u32 = 4;
    /// Has escaped.
    pub const ESCAPED: u32 = 5;
}

/// Two rows of a lane's state.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[repr(C, align(32))]
pub struct Numbers {
    /// Status in byte 0, reason in byte 1, end status in byte 2, halt in byte 3.
    pub status: u32,
    /// Entries of the access table.
    pub entries: u32,
    /// Output.
    pub output_bytes: u32,
    /// Logs.
    pub log_count: u32,
    /// Their size.
    pub log_bytes: u32,
    /// Program words that retired.
    pub program_words: u32,
    /// Firmware words that retired.
    pub firmware_words: u32,
    /// What is asked: number of an assist.
    pub ask_kind: u32,
    /// Handle whose words are missing.
    pub missing_handle: u32,
    /// Which.
    pub missing_number: u32,
    /// Input of what is asked, in lane memory.
    pub ask_address: u32,
    /// Bytes there; the rest is zero.
    pub ask_available: u32,
    /// Length of the input.
    pub ask_bytes: u32,
    /// Bit 0: waits to be the head; bit 1: waits for state.
    pub waits: u32,
    /// Zero.
    pub reserved: u32,
    /// Line that is wanted.
    pub fill_line: u32,
}

const _: () = assert!(size_of::<Numbers>() == 64);
