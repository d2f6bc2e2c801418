//! BAR0 register map. Registers are 32 bits wide; 64-bit values are low word, then high word.

/// Who may write a register.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Access {
    /// Read only.
    Ro,
    /// Read and write.
    Rw,
    /// Write only (a doorbell); reads as the last value.
    Wo,
}

/// One row of the register map.
#[derive(Clone, Copy, Debug)]
pub struct Register {
    /// Name.
    pub name: &'static str,
    /// Byte offset in BAR0.
    pub offset: u32,
    /// Number of consecutive 32-bit registers.
    pub count: u32,
    /// Access.
    pub access: Access,
    /// Meaning.
    pub doc: &'static str,
}

/// Declares offset constants and the table in one place.
macro_rules! registers {
    ($($(#[doc = $doc:literal])+ $name:ident = $offset:literal, $count:literal, $access:ident;)*) => {
        $($(#[doc = $doc])+ pub const $name: u32 = $offset;)*

        /// The whole map, ascending.
        pub const MAP: &[Register] = &[$(Register {
            name: stringify!($name), offset: $offset, count: $count, access: Access::$access, doc: concat!($($doc),+).trim_ascii_start(),
        },)*];
    };
}

/// Size of BAR0 in bytes.
pub const BAR0_BYTES: u32 = 0x1000;

registers! {
    /// Identification: [`crate::CARD_ID`].
    ID = 0x000, 1, Ro;
    /// Contract version: [`crate::ABI_VERSION`].
    ABI = 0x004, 1, Ro;
    /// First 20 bytes of the git hash of the RTL (zero in a model card).
    GIT_HASH = 0x008, 5, Ro;
    /// Kind of card: 1 model, 2 RTL in simulation, 3 board ([`CardKind`]).
    CARD_KIND = 0x01c, 1, Ro;
    /// Number of lanes.
    LANES = 0x020, 1, Ro;
    /// Number of transaction slots (at least the lanes).
    SLOTS = 0x024, 1, Ro;
    /// Clock in kHz (0 if simulated without an assumed clock).
    CLOCK_KHZ = 0x028, 1, Ro;
    /// Entries of the state table.
    STATE_ENTRIES = 0x02c, 1, Ro;
    /// Operand stack of a lane, in words.
    STACK_WORDS = 0x030, 1, Ro;
    /// Memory arena of a lane, in bytes.
    MEMORY_BYTES = 0x034, 1, Ro;
    /// Frame stack of a lane, in frames.
    FRAMES = 0x038, 1, Ro;
    /// Access table of a slot, in entries.
    ACCESS_ENTRIES = 0x03c, 1, Ro;
    /// Undo log of a lane, in entries.
    UNDO_ENTRIES = 0x040, 1, Ro;
    /// Log buffer of a slot, in bytes.
    LOG_BYTES = 0x044, 1, Ro;
    /// Return buffer of a slot, in bytes.
    RETURN_BYTES = 0x048, 1, Ro;
    /// Payload buffer of a slot, in bytes.
    PAYLOAD_BYTES = 0x04c, 1, Ro;
    /// Code store, in bytes (saturates): what images and patches may take, an image `IMAGE_ROOM_BYTES` more than it is long.
    CODE_BYTES = 0x050, 1, Ro;
    /// Watchdog of an attempt, in cycles.
    WATCHDOG_CYCLES = 0x054, 2, Ro;
    /// Bit 0: EVM instructions are counted (images with profile).
    FEATURES = 0x05c, 1, Ro;

    /// Bit 0: run. Clearing it stops the card after the current DMA burst.
    CONTROL = 0x080, 1, Rw;
    /// Bit 0: running; bit 1: idle (nothing in flight); bit 2: stopped by an error.
    STATUS = 0x084, 1, Ro;
    /// Error that stopped the card: [`crate::codes::CardError`].
    ERROR = 0x088, 1, Ro;
    /// What the error refers to: tag, or low word of the address.
    ERROR_INFO = 0x08c, 1, Ro;

    /// IOVA of the submission ring (64-byte aligned).
    SQ_BASE = 0x100, 2, Rw;
    /// Entries of the submission ring: a power of two, 2..=65536.
    SQ_ENTRIES = 0x108, 1, Rw;
    /// Submission doorbell: index after the last valid entry, modulo the ring.
    SQ_TAIL = 0x10c, 1, Wo;
    /// Next entry that the card will fetch.
    SQ_HEAD = 0x110, 1, Ro;
    /// IOVA of the completion ring (64-byte aligned).
    CQ_BASE = 0x120, 2, Rw;
    /// Entries of the completion ring: a power of two, 2..=65536.
    CQ_ENTRIES = 0x128, 1, Rw;
    /// Completion doorbell: index after the last entry that the host has consumed.
    CQ_HEAD = 0x12c, 1, Wo;
    /// Next entry that the card will write.
    CQ_TAIL = 0x130, 1, Ro;

    /// Interrupt enable: bit 0 completions, bit 1 error.
    IRQ_ENABLE = 0x140, 1, Rw;
    /// Interrupt moderation: least cycles between two completion interrupts.
    IRQ_MODERATION_CYCLES = 0x144, 1, Rw;

    /// Cycles since reset.
    CYCLES = 0x200, 2, Ro;
    /// Transactions committed from lanes.
    COMMITTED = 0x208, 2, Ro;
    /// Transactions committed from the host.
    COMMITTED_HOST = 0x210, 2, Ro;
    /// Attempts aborted by a conflict.
    ABORTS = 0x218, 2, Ro;
    /// Transactions escaped.
    ESCAPES = 0x220, 2, Ro;
    /// Assist requests sent.
    ASSISTS = 0x228, 2, Ro;
    /// Reads of the state table.
    STATE_READS = 0x230, 2, Ro;
    /// Program words retired, in attempts that committed.
    PROGRAM_WORDS = 0x238, 2, Ro;
    /// Firmware words retired, in attempts that committed.
    FIRMWARE_WORDS = 0x240, 2, Ro;
    /// EVM instructions retired, in attempts that committed.
    EVM_INSTRUCTIONS = 0x248, 2, Ro;
    /// Entries evicted from the state table.
    EVICTIONS = 0x250, 2, Ro;

    /// Lane that the LANE_* counters show.
    LANE_SELECT = 0x300, 1, Rw;
    /// Cycles in which the lane executed attempts that committed.
    LANE_BUSY_CYCLES = 0x308, 2, Ro;
    /// Cycles in which the lane waited for state (attempts that committed).
    LANE_STATE_WAIT_CYCLES = 0x310, 2, Ro;
    /// Cycles in which the lane waited for its transaction's turn.
    LANE_COMMIT_WAIT_CYCLES = 0x318, 2, Ro;
    /// Cycles of attempts that were aborted or escaped.
    LANE_ABORTED_CYCLES = 0x320, 2, Ro;
    /// Cycles without a transaction.
    LANE_IDLE_CYCLES = 0x328, 2, Ro;
}

/// Values of [`CARD_KIND`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u32)]
pub enum CardKind {
    /// The model card.
    Model = 1,
    /// The hardware, simulated.
    Simulation = 2,
    /// The hardware on a board.
    Board = 3,
}

/// STATUS bit: running.
pub const STATUS_RUNNING: u32 = 1;
/// STATUS bit: idle.
pub const STATUS_IDLE: u32 = 2;
/// STATUS bit: stopped by an error.
pub const STATUS_ERROR: u32 = 4;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn map_is_ascending_and_disjoint() {
        for pair in MAP.windows(2) {
            assert!(pair[0].offset + 4 * pair[0].count <= pair[1].offset, "{} overlaps {}", pair[0].name, pair[1].name);
        }
        let last = MAP.last().unwrap();
        assert!(last.offset + 4 * last.count <= BAR0_BYTES);
    }
}
