//! The lane bus as numbers: operations, registers of a lane's port, rows that show what a lane says.
//!
//! Down the bus go an operation, a lane (or all), the requester's tag, an address, a word and a code reference; up come the words that
//! operations with a response give. Blocks, firmware and tests take all numbers from here.

/// Lanes that the bus can name.
pub const LANES_MAX: usize = 64;
/// Lines of the code store that a refill brings.
pub const REFILL_LINES: u32 = 8;
/// Requesters of the bus: what a tag can be.
pub const REQUESTERS: usize = 4;

/// Operations, as `op` on the lane bus.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub enum LaneOp {
    /// Aborts the attempt; the lane is off. Clears [`SetRegister::IsHead`].
    Reset = 0,
    /// Stores a row of lane memory: `data` at byte address `address`.
    Store = 1,
    /// Writes environment word `address`.
    Env = 2,
    /// Writes register `address` of the port, a [`SetRegister`].
    Set = 3,
    /// Begins an attempt.
    Start = 4,
    /// Answers a state request: `data` is the value, `code` the reference to code.
    State = 5,
    /// Code that was missing may be there.
    Resume = 6,
    /// Answers what the lane asked the host: `data` is the value, `address` the length of the output.
    Answer = 7,
    /// A line of the refill that the lane waits for.
    Fill = 8,
    /// The lane's cache forgets line `address` of the code store.
    Drop = 9,
    /// The lane's cache forgets everything.
    Flush = 10,
    /// Response: the row of lane memory at byte address `address`, which need not be aligned.
    Load = 11,
    /// Response: environment word `address`.
    GetEnv = 12,
    /// Response: row `address` of the access table.
    Drain = 13,
    /// Response: row `address` of what the lane says, a [`StatusRow`].
    Status = 14,
}

impl LaneOp {
    /// All operations, in the order of their numbers.
    pub const ALL: [Self; 15] = [
        Self::Reset,
        Self::Store,
        Self::Env,
        Self::Set,
        Self::Start,
        Self::State,
        Self::Resume,
        Self::Answer,
        Self::Fill,
        Self::Drop,
        Self::Flush,
        Self::Load,
        Self::GetEnv,
        Self::Drain,
        Self::Status,
    ];

    /// Whether the operation gives a response.
    pub const fn responds(self) -> bool {
        self as u8 >= Self::Load as u8
    }

    /// How far the address of a stream of rows goes on after each.
    pub const fn step(self) -> u32 {
        match self {
            Self::Store | Self::Load => 32,
            _ => 1,
        }
    }
}

/// Registers of a lane's port, as `address` of [`LaneOp::Set`]. The lane sees them all the time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub enum SetRegister {
    /// Place of the calldata in lane memory, 20 bits.
    CalldataStart = 0,
    /// Its length, 20 bits.
    CalldataBytes = 1,
    /// Length of the payload, 20 bits.
    PayloadBytes = 2,
    /// Length of the record buffer in host memory, 32 bits.
    RecordBytes = 3,
    /// The transaction is the head, 1 bit.
    IsHead = 4,
}

impl SetRegister {
    /// All registers, in the order of their numbers.
    pub const ALL: [Self; 5] =
        [Self::CalldataStart, Self::CalldataBytes, Self::PayloadBytes, Self::RecordBytes, Self::IsHead];

    /// Width in bits.
    pub const fn bits(self) -> u32 {
        match self {
            Self::CalldataStart | Self::CalldataBytes | Self::PayloadBytes => 20,
            Self::RecordBytes => 32,
            Self::IsHead => 1,
        }
    }
}

/// Rows of [`LaneOp::Status`], as its `address`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub enum StatusRow {
    /// Slot or block number of the state request.
    Slot = 0,
    /// Its key otherwise: [`KEY_ADDRESS`], [`KEY_KIND`], [`KEY_FIELD`].
    Key = 1,
    /// How the attempt stands: eight [`AttemptField`].
    Attempt = 2,
    /// What the lane waits for: eight [`WantsField`].
    Wants = 3,
}

impl StatusRow {
    /// All rows, in the order of their numbers.
    pub const ALL: [Self; 4] = [Self::Slot, Self::Key, Self::Attempt, Self::Wants];
}

/// [`StatusRow::Key`]: first bit of the account, 160 bits.
pub const KEY_ADDRESS: u32 = 0;
/// First bit of the kind of the key, 2 bits.
pub const KEY_KIND: u32 = 160;
/// First bit of the field of an account that is asked for, 2 bits.
pub const KEY_FIELD: u32 = 168;

/// 32-bit numbers of [`StatusRow::Attempt`], by their place from bit 0.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub enum AttemptField {
    /// Four bytes: [`STATUS_BYTE`], [`REASON_BYTE`], [`END_STATUS_BYTE`], [`END_HALT_BYTE`].
    State = 0,
    /// Entries of the access table.
    Entries = 1,
    /// Length of the return buffer.
    OutputBytes = 2,
    /// Logs.
    LogCount = 3,
    /// Length of the logs.
    LogBytes = 4,
    /// Program words retired.
    ProgramWords = 5,
    /// Firmware words retired.
    FirmwareWords = 6,
    /// Assist asked for.
    AskKind = 7,
}

/// Byte of [`AttemptField::State`]: status of the lane.
pub const STATUS_BYTE: u32 = 0;
/// Escape or card error.
pub const REASON_BYTE: u32 = 1;
/// Status of the transaction.
pub const END_STATUS_BYTE: u32 = 2;
/// Reason of its halt.
pub const END_HALT_BYTE: u32 = 3;

/// 32-bit numbers of [`StatusRow::Wants`], by their place from bit 0.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub enum WantsField {
    /// Handle of the code that lacks words.
    MissingHandle = 0,
    /// Request number of the MISS, or EVM program counter.
    MissingNumber = 1,
    /// Place of the assist's input in lane memory.
    AskAddress = 2,
    /// Bytes of it that exist.
    AskAvailable = 3,
    /// Its length.
    AskBytes = 4,
    /// [`WAITS_FOR_HEAD`], [`WAITS_FOR_STATE`].
    Waits = 5,
    /// Nothing: 0.
    Free = 6,
    /// First line of the refill.
    FillLine = 7,
}

/// Bit of [`WantsField::Waits`]: the lane waits to be the head.
pub const WAITS_FOR_HEAD: u32 = 1;
/// The lane asks for state.
pub const WAITS_FOR_STATE: u32 = 2;

/// First bit of the operation in the address of a stream of rows (`LaneRows`); below it is the operation's address.
pub const ROWS_OP: u32 = 32;
/// First bit of the lane there.
pub const ROWS_LANE: u32 = 40;

/// Address of a stream of rows: `op` of a lane from `address` on.
pub const fn rows_address(lane: u8, op: LaneOp, address: u32) -> u64 {
    (lane as u64) << ROWS_LANE | (op as u64) << ROWS_OP | address as u64
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_places() {
        assert!(LaneOp::ALL.iter().enumerate().all(|(i, op)| *op as usize == i));
        assert!(SetRegister::ALL.iter().enumerate().all(|(i, register)| *register as usize == i));
        assert!(StatusRow::ALL.iter().enumerate().all(|(i, row)| *row as usize == i));
        assert_eq!(LaneOp::ALL.iter().filter(|op| op.responds()).count(), 4);
        assert_eq!(rows_address(3, LaneOp::Load, 0x40), 0x30b_0000_0040);
    }
}
