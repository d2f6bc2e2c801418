//! Named configurations of a card. Every depth is a parameter; what exceeds one escapes.

use serde::{Deserialize, Serialize};

/// Most lanes that a configuration may have.
pub const LANES_MAX: u32 = 64;
/// Most transaction slots: reader masks are 64 bits wide.
pub const SLOTS_MAX: u32 = 64;

/// Sizes of a card.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct CardConfig {
    /// Lanes, 1..=64.
    pub lanes: u32,
    /// Transaction slots, `lanes`..=64: transactions that run or have finished and wait for their turn.
    pub slots: u32,
    /// Entries of the state table.
    pub state_entries: u32,
    /// Operand stack of a lane in 256-bit words, all frames together.
    pub stack_words: u32,
    /// Memory arena of a lane in bytes, all frames together.
    pub memory_bytes: u32,
    /// Frame stack of a lane.
    pub frames: u32,
    /// Access table of a slot: accounts and storage slots that one transaction touches.
    pub access_entries: u32,
    /// Undo log of a lane.
    pub undo_entries: u32,
    /// Log buffer of a slot in bytes (headers, topics and padded data).
    pub log_bytes: u32,
    /// Return buffer of a slot in bytes.
    pub return_bytes: u32,
    /// Payload buffer of a slot in bytes (header, lists, calldata).
    pub payload_bytes: u32,
    /// Code store in bytes.
    pub code_bytes: u32,
    /// Longest attempt in cycles, without those in which the lane waits for state, the host or its turn.
    pub watchdog_cycles: u64,
    /// Clock in kHz for projections; 0 if none is assumed.
    pub clock_khz: u32,
}

impl Default for CardConfig {
    fn default() -> Self {
        Self::large()
    }
}

impl CardConfig {
    /// For a VU47P-class device (AWS F2). Default of the simulated cards, with 4 lanes.
    pub const fn large() -> Self {
        Self {
            lanes: 4,
            slots: 8,
            state_entries: 1 << 16,
            stack_words: 2048,
            memory_bytes: 256 << 10,
            frames: 128,
            access_entries: 2047,
            undo_entries: 8192,
            log_bytes: 128 << 10,
            return_bytes: 64 << 10,
            payload_bytes: 192 << 10,
            code_bytes: 1 << 30,
            watchdog_cycles: 1 << 28,
            clock_khz: 0,
        }
    }

    /// For an ECP5-85k: what block RAM beside the lane's logic can hold.
    pub const fn small() -> Self {
        Self {
            lanes: 1,
            slots: 2,
            state_entries: 1 << 12,
            stack_words: 512,
            memory_bytes: 32 << 10,
            frames: 32,
            access_entries: 255,
            undo_entries: 512,
            log_bytes: 8 << 10,
            return_bytes: 8 << 10,
            payload_bytes: 16 << 10,
            code_bytes: 64 << 20,
            watchdog_cycles: 1 << 26,
            clock_khz: 0,
        }
    }

    /// The configuration of that name.
    pub fn named(name: &str) -> Option<Self> {
        match name {
            "large" => Some(Self::large()),
            "small" => Some(Self::small()),
            _ => None,
        }
    }

    /// The same card with another number of lanes and two slots for each.
    pub fn with_lanes(mut self, lanes: u32) -> Self {
        self.lanes = lanes;
        self.slots = (2 * lanes).min(SLOTS_MAX);
        self
    }

    /// Checks the sizes; the error names the field and its range.
    pub fn check(&self) -> Result<(), String> {
        let ranges: [(&str, u64, u64, u64); 13] = [
            ("lanes", self.lanes.into(), 1, LANES_MAX.into()),
            ("slots", self.slots.into(), self.lanes.into(), SLOTS_MAX.into()),
            ("state_entries", self.state_entries.into(), 64, 1 << 26),
            ("stack_words", self.stack_words.into(), 128, 1 << 20),
            ("memory_bytes", self.memory_bytes.into(), 1024, 1 << 30),
            ("frames", self.frames.into(), 1, 1025),
            ("access_entries", self.access_entries.into(), 8, 1 << 20),
            ("undo_entries", self.undo_entries.into(), 16, 1 << 24),
            ("log_bytes", self.log_bytes.into(), 1024, 1 << 28),
            ("return_bytes", self.return_bytes.into(), 1024, 1 << 28),
            ("payload_bytes", self.payload_bytes.into(), 1024, 1 << 28),
            ("code_bytes", self.code_bytes.into(), 1 << 20, 1 << 31),
            ("watchdog_cycles", self.watchdog_cycles, 1 << 16, 1 << 40),
        ];
        for (name, value, least, most) in ranges {
            if value < least || value > most {
                return Err(format!("{name} is {value}, must be {least} to {most}"));
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn named_configurations_are_valid() {
        for name in ["large", "small"] {
            CardConfig::named(name).unwrap().check().unwrap();
        }
        for lanes in 1..=LANES_MAX {
            CardConfig::large().with_lanes(lanes).check().unwrap();
        }
    }

    #[test]
    fn bad_sizes_are_named() {
        assert_eq!(CardConfig::large().with_lanes(65).check().unwrap_err(), "lanes is 65, must be 1 to 64");
    }
}
