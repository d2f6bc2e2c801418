//! Operations of the state table and their outcomes (`gaslane_hdl::table`).

/// Operations, as the port `op` takes them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub enum TableOp {
    /// Value of a field of the key, for a slot, which becomes its reader.
    Read = 0,
    /// All fields of the key, for the commit of a slot, whose bit on balance or value pins the entry.
    Need = 1,
    /// Whether a key is there, and whether it waits for the host; changes nothing.
    Probe = 2,
    /// The host's values of a key.
    Fill = 3,
    /// Writes a key as commit `seq`.
    Apply = 4,
    /// Contents of an entry by its number.
    Load = 5,
    /// What [`TableOp::ApplyEntry`] would do; writes nothing.
    TryEntry = 6,
    /// Writes an entry by its number as commit `seq`.
    ApplyEntry = 7,
    /// Clears every bit of a slot.
    Forget = 8,
    /// Sets the storage of an account to zero as commit `seq`, except what that commit has written already.
    ClearStorage = 9,
    /// Empties the table; `seq` commits have been made. Nothing may be pending.
    Clear = 10,
}

impl TableOp {
    /// All operations, in the order of their numbers.
    pub const ALL: [Self; 11] = [
        Self::Read,
        Self::Need,
        Self::Probe,
        Self::Fill,
        Self::Apply,
        Self::Load,
        Self::TryEntry,
        Self::ApplyEntry,
        Self::Forget,
        Self::ClearStorage,
        Self::Clear,
    ];
}

/// Outcomes, as the port `outcome` gives them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[repr(u8)]
pub enum TableOutcome {
    /// Done: the value is there, every field is known, the write was made.
    Done = 0,
    /// The key was absent: its entry is pending now, and a request is to be posted.
    Requested = 1,
    /// The entry is pending.
    Waits = 2,
    /// The host cannot read the field.
    Unavailable = 3,
    /// No entry of the set can be evicted: the attempt escapes (`StateCapacity`).
    Full = 4,
    /// The fill was the answer.
    Answered = 5,
    /// The fill was taken as a prefetch.
    Taken = 6,
    /// The fill is too old, or finds an entry or no room; or there is no such operation.
    Refused = 7,
    /// The key to write is absent: the floor was raised. The key to probe is absent.
    Absent = 8,
    /// An addition exceeds 256 bits: nothing was written.
    Overflow = 9,
    /// An addition to a balance that is not known: nothing was written.
    Unknown = 10,
}

impl TableOutcome {
    /// All outcomes, in the order of their numbers.
    pub const ALL: [Self; 11] = [
        Self::Done,
        Self::Requested,
        Self::Waits,
        Self::Unavailable,
        Self::Full,
        Self::Answered,
        Self::Taken,
        Self::Refused,
        Self::Absent,
        Self::Overflow,
        Self::Unknown,
    ];
}
