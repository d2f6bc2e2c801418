//! Sizes of a lane: regions of its memory and constants of its depth, from a card's configuration.

use crate::config::CardConfig;

/// Slots below and above the operand stack that offsets of a word can reach.
pub const GUARD: u32 = 64;

/// Regions of lane memory, byte addresses, and capacities.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LaneLayout {
    /// Arena: memory of all frames, from address 0.
    pub arena_bytes: u32,
    /// Start of the payload region.
    pub payload_start: u32,
    /// Its size.
    pub payload_bytes: u32,
    /// Start of the return buffer.
    pub return_start: u32,
    /// Its size.
    pub return_bytes: u32,
    /// Start of the log buffer.
    pub log_start: u32,
    /// Its size.
    pub log_bytes: u32,
    /// Greatest SP: [`GUARD`] below the operand stack included.
    pub stack_limit: u32,
    /// Depth of the frame stack.
    pub frames: u32,
    /// Capacity of the access table.
    pub access_entries: u32,
    /// Capacity of the undo log.
    pub undo_entries: u32,
    /// Longest attempt.
    pub watchdog_cycles: u64,
}

impl LaneLayout {
    /// Layout of a configuration's lanes.
    pub const fn new(config: &CardConfig) -> Self {
        let payload_start = config.memory_bytes;
        let return_start = payload_start + config.payload_bytes;
        let log_start = return_start + config.return_bytes;
        Self {
            arena_bytes: config.memory_bytes,
            payload_start,
            payload_bytes: config.payload_bytes,
            return_start,
            return_bytes: config.return_bytes,
            log_start,
            log_bytes: config.log_bytes,
            stack_limit: GUARD + config.stack_words,
            frames: config.frames,
            access_entries: config.access_entries,
            undo_entries: config.undo_entries,
            watchdog_cycles: config.watchdog_cycles,
        }
    }

    /// Lane memory in bytes.
    pub const fn memory_bytes(&self) -> u32 {
        self.log_start + self.log_bytes
    }
}
