//! What a lane says of its attempt, as two rows of the lane bus give it.

/// What byte 0 of [`Numbers::status`] says.
pub mod status {
    /// Runs.
    pub const RUNNING: u32 = 1;
    /// Waits for words.
    pub const WORDS: u32 = 2;
    /// Asks the host.
    pub const ASKS: u32 = 3;
    /// Has finished.
    pub const DONE: u32 = 4;
    /// Has escaped.
    pub const ESCAPED: u32 = 5;
}

/// `StatusRow::Attempt` and `StatusRow::Wants`, field by field.
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
    /// Waits to be the head, or for state.
    pub waits: u32,
    /// Zero.
    pub reserved: u32,
    /// Line that is wanted.
    pub fill_line: u32,
}

const _: () = assert!(size_of::<Numbers>() == 64);
