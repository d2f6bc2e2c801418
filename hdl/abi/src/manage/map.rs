//! What the management processor sees: address space, registers, events. The one place where it stands; the firmware and the panel of
//! the hardware (`gaslane_hdl::card::Panel`) both take it from here.
//!
//! Registers are words of 32 bits at [`REGISTERS`] + 4 × number. Reads and writes have numbers of their own.

/// Data RAM begins here in the processor's address space.
pub const DATA: u32 = 0x1000_0000;
/// Size of data RAM in bytes.
pub const DATA_BYTES: u32 = 64 << 10;
/// Size of program memory in bytes; it begins at 0.
pub const PROGRAM_BYTES: u32 = 64 << 10;
/// Registers begin here.
pub const REGISTERS: u32 = 0x8000_0000;

macro_rules! numbers {
    ($($(#[$meta:meta])* $name:ident = $value:literal;)*) => {
        $($(#[$meta])* pub const $name: u32 = $value;)*
    };
}

/// Registers to read.
pub mod read {
    numbers! {
        /// Events, see [`super::event`].
        EVENTS = 0;
        /// Lanes that have stopped (see `LanePort`).
        STOPPED = 1;
        /// Lanes whose state read gives no value: its outcome is neither that nor that it waits.
        BLOCKED = 2;
        /// Cycles since reset, low word. Reading it keeps the high word for [`CYCLE_HIGH`].
        CYCLE_LOW = 3;
        /// The high word.
        CYCLE_HIGH = 4;
        /// Last operation on the state table: outcome in bits 0..4, evicted in bit 4, changed from bit 8.
        TABLE = 5;
        /// Slots that had read what it changed.
        READERS = 6;
        /// Slots that wait for what it wrote.
        WAITING = 7;
        /// Commit unit: reason in bits 0..8, waits in bit 8, changes from bit 16.
        COMMIT = 8;
        /// Slots that the commit aborts.
        ABORTS = 9;
        /// Number of the lowest bit set in what was written to the register of the same name.
        LOWEST = 10;
        /// Outcome of the last read of the selected lane that gave no value.
        OUTCOME = 11;
        /// Lane whose state read is under way, with bit 8 set, or 0.
        SERVING = 12;
        /// Lane whose counters the host wants to see.
        LANE_SELECT = 13;
        /// State reads so far, low word.
        STATE_READS_LOW = 14;
        /// High word.
        STATE_READS_HIGH = 15;
        /// Evictions so far, low word.
        EVICTIONS_LOW = 16;
        /// High word.
        EVICTIONS_HIGH = 17;
        /// Entries of the state table that wait for the host.
        PENDING = 18;
        /// Cycles that the lane of OUTCOME has waited for state since its slot was written.
        WAITED = 19;
        /// Keys that the state door has asked the host for, low word.
        ASKS_LOW = 20;
        /// High word.
        ASKS_HIGH = 21;
        /// Tag of the fill unit's command.
        FILL_TAG = 22;
        /// Where the records stand that it would read next, low word.
        FILL_ADDRESS = 23;
        /// Lane of the last launch.
        LAUNCH = 24;
        /// Moves of the far mover that have ended.
        FAR_DONE = 25;
        /// Host address of its move that has failed, low word.
        FAR_ADDRESS = 26;
        /// First of the sixteen words of the submission at hand.
        ENTRY = 32;
        /// Kind of the key that the commit unit wants asked for.
        ASKED_KIND = 48;
        /// First of the five words of its address.
        ASKED_ADDRESS = 49;
        /// First of the eight words of its slot.
        ASKED_SLOT = 56;
    }
}

/// Registers to write.
pub mod write {
    numbers! {
        /// Takes the submission away. Clears IDLE and FILL_ENABLE.
        POP = 0;
        /// Queues a move of the far mover (host memory, card memory, data RAM): source in bits 0..4, destination from bit 4, bit 8 if its end is not to be
        /// noticed ([`super::event::FAR_ENDED`]). No more than [`crate::manage::mover::FAR_MOVES_MAX`] are on their way.
        FAR = 1;
        /// Starts the near mover (lanes, card memory, data RAM, commit memory), the same way.
        NEAR = 2;
        /// Source address of the next move, low word.
        FROM_LOW = 3;
        /// High word.
        FROM_HIGH = 4;
        /// Destination address, low word.
        TO_LOW = 5;
        /// High word.
        TO_HIGH = 6;
        /// Rows of 32 bytes.
        BEATS = 7;
        /// Bytes of the stream that count; zeros follow.
        VALID_BYTES = 8;
        /// An operation on the lane bus: op in bits 0..4, lane from bit 8, bit 16 for all lanes.
        LANE = 9;
        /// Its address.
        LANE_ADDRESS = 10;
        /// The low 32 bits of its data.
        LANE_DATA = 11;
        /// Lanes whose state reads are served.
        DOOR_ENABLE = 12;
        /// Lanes whose blocked reads are tried again.
        DOOR_RETRY = 13;
        /// Slot of a lane: lane in bits 0..5, slot from bit 8. DOOR_TAG belongs to it.
        DOOR_MAP = 14;
        /// Bit 0: no code refill begins.
        SERVER_HOLD = 15;
        /// An operation on the state table: op in bits 0..4, slot from bit 8, bit 16 if its readers concern the conflict detector.
        TABLE = 16;
        /// Flags that are added to those of the record.
        TABLE_FLAGS = 17;
        /// Byte offset of the record in data RAM.
        TABLE_ROW = 18;
        /// Commit number, low word.
        SEQ_LOW = 19;
        /// High word.
        SEQ_HIGH = 20;
        /// Starts the commit unit: entries of the access table in bits 0..16, slot from bit 16. The commit number is taken now.
        COMMIT = 21;
        /// The record fits: the commit unit writes. The header and its records go to the address of RECORD.
        PROCEED = 22;
        /// It does not.
        REFUSE = 23;
        /// The end of the commit unit's work has been noticed.
        COMMIT_SEEN = 24;
        /// The key has been asked for.
        ASKED = 25;
        /// Address of the result record, low word.
        RECORD_LOW = 26;
        /// High word.
        RECORD_HIGH = 27;
        /// All changes of a commit are made: the conflict detector names whom it aborts. Slot of the commit.
        FINISH = 28;
        /// Slots with a transaction.
        OCCUPIED = 29;
        /// The aborts have been noticed.
        ABORTS_SEEN = 30;
        /// Posts the completion; its words from the fourth on count if bit 0 is set, else they are zero.
        POST = 31;
        /// Stops the card with this error.
        FAULT = 32;
        /// What it refers to.
        FAULT_INFO = 33;
        /// Whether nothing is in flight.
        IDLE = 34;
        /// See the register of the same name to read.
        LOWEST = 35;
        /// Lane that OUTCOME shows.
        OUTCOME_SELECT = 36;
        /// Address of the directory in card memory.
        DIRECTORY_BASE = 37;
        /// Handles that it has room for.
        DIRECTORY_HANDLES = 38;
        /// Bit 0: the state door asks the host for no key.
        ASK_HOLD = 39;
        /// Tag of the transaction whose slot is written next.
        DOOR_TAG = 40;
        /// Bit 0: the fill unit claims fills, which are not seen here then. A submission that is taken away clears it: what has to come before later fills
        /// is done, or is known, before it is set again.
        FILL_ENABLE = 41;
        /// Begins an attempt: lane in bits 0..5, bit 8 if its environment lacks the block context. It takes FROM_LOW as the payload's address in card memory,
        /// VALID_BYTES as its length, TO_LOW as its place in lane memory, LANE_DATA as the length of the record buffer, LANE_ADDRESS as the offset of the block
        /// context in data RAM. Neither the near mover nor the lane bus is busy with the processor's. NEAR_BUSY is up until the lane has started.
        LAUNCH = 42;
        /// The end of a move of the far mover has been noticed.
        FAR_SEEN = 43;
        /// First of the sixteen words of a completion.
        COMPLETION = 48;
        /// First of the thirty words of the counters that the host sees, low and high word of each.
        COUNTERS = 64;
        /// First of the 24 words of the header of the result record. Those that are never written are zero.
        HEADER = 96;
    }
}

/// Bits of [`read::EVENTS`].
pub mod event {
    numbers! {
        /// A submission is at hand.
        ENTRY = 0x1;
        /// A move of the far mover has ended, and nobody has noticed.
        FAR_ENDED = 0x2;
        /// One has failed, and it has stopped.
        FAR_FAILED = 0x4;
        /// The near mover works, or a launch is under way.
        NEAR_BUSY = 0x8;
        /// Its last move has failed.
        NEAR_FAILED = 0x10;
        /// The operation has not reached the lane bus.
        LANE_BUSY = 0x20;
        /// The operation on the state table is under way.
        TABLE_BUSY = 0x40;
        /// The commit unit works.
        COMMIT_BUSY = 0x80;
        /// It has ended, and nobody has noticed.
        COMMIT_DONE = 0x100;
        /// It waits for PROCEED or REFUSE.
        COUNTED = 0x200;
        /// It wants a key asked for.
        ASKED = 0x400;
        /// Somebody is aborted.
        ABORTS = 0x800;
        /// The completion has not been taken.
        POST_BUSY = 0x1000;
        /// It finds no room in the ring.
        STALLED = 0x2000;
        /// The host lets the card run.
        RUNNING = 0x4000;
        /// No code refill is under way.
        SERVER_IDLE = 0x8000;
        /// Header and write records are under way.
        RECORD_BUSY = 0x1_0000;
        /// Writing them has failed.
        RECORD_FAILED = 0x2_0000;
        /// A code refill has failed.
        SERVER_FAILED = 0x4_0000;
        /// The fill unit has a command.
        FILL_BUSY = 0x8_0000;
        /// It could not read a record, and has stopped.
        FILL_FAILED = 0x10_0000;
        /// A record is not well-formed, and it has stopped.
        FILL_BAD = 0x20_0000;
        /// Something has been filled that the commit unit waits for, since its last start.
        WOKEN = 0x40_0000;
        /// A move of a launch has failed, and launches have stopped.
        LAUNCH_FAILED = 0x80_0000;
        /// The counts of a launch's payload do not fit its length, and launches have stopped.
        LAUNCH_BAD = 0x100_0000;
    }
}

/// Counters in the order of [`write::COUNTERS`].
pub mod counter {
    numbers! {
        /// Transactions committed from lanes.
        COMMITTED = 0;
        /// From the host.
        COMMITTED_HOST = 1;
        /// Attempts aborted.
        ABORTS = 2;
        /// Transactions escaped.
        ESCAPES = 3;
        /// Assist requests.
        ASSISTS = 4;
        /// Reads of the state table.
        STATE_READS = 5;
        /// Program words.
        PROGRAM_WORDS = 6;
        /// Firmware words.
        FIRMWARE_WORDS = 7;
        /// EVM instructions.
        EVM_INSTRUCTIONS = 8;
        /// Evictions.
        EVICTIONS = 9;
        /// The selected lane: cycles of attempts that committed.
        LANE_BUSY = 10;
        /// Cycles that it waited for state.
        LANE_STATE_WAIT = 11;
        /// Cycles that it waited for its turn.
        LANE_COMMIT_WAIT = 12;
        /// Cycles of attempts that were aborted or escaped.
        LANE_ABORTED = 13;
        /// Cycles without a transaction.
        LANE_IDLE = 14;
    }
}

/// What the processor finds at the beginning of data RAM: sizes and places of this card. Addresses are in card memory unless said otherwise.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, zerocopy::IntoBytes, zerocopy::Immutable)]
#[repr(C)]
pub struct Config {
    /// Lanes.
    pub lanes: u32,
    /// Slots.
    pub slots: u32,
    /// Payload of a transaction, at most.
    pub payload_bytes: u32,
    /// Where it stands in lane memory.
    pub payload_start: u32,
    /// Return buffer in lane memory.
    pub return_start: u32,
    /// Its size.
    pub return_bytes: u32,
    /// Log buffer in lane memory.
    pub log_start: u32,
    /// Its size.
    pub log_bytes: u32,
    /// Entries of an access table, at most.
    pub access_entries: u32,
    /// Code store, which begins at 0.
    pub code_bytes: u32,
    /// Directory: two rows for each handle.
    pub directory_base: u32,
    /// Handles that it has room for.
    pub directory_handles: u32,
    /// What the processor keeps of each image: two rows for each handle.
    pub images_base: u32,
    /// Commands in order: two rows for each.
    pub queue_base: u32,
    /// Areas of the slots.
    pub slots_base: u32,
    /// Size of one, as a power of two: payload, access table, logs, output, input of requests. An answer's output stands behind the last.
    pub slot_shift: u32,
}
