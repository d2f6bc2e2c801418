//! State and message block of Keccak-256, with one round between them: the data path of [`HashEngine`](super::HashEngine).
//!
//! A block of 136 bytes is collected in groups of 32 bytes, of which the fifth has only 8: a group always goes to the same
//! four lanes, and nothing rotates. Bytes beyond the message are masked on their way into the block, where the padding is
//! inserted too. Every round adds the block to the state first, in gates that it has anyway; so the block must be empty (zero)
//! in all rounds but the first of a permutation, and the next block cannot be collected meanwhile. A gate at each
//! bit of the block would allow that, for a fifth more LUT4.
//!
//! Handshake: none; the engine sequences it. `write`, `count` and `ends` come one cycle before their `data`. A group is in
//! the block one cycle after its data, a round in the state one cycle after its `step`, and the block is empty one cycle
//! after `empty`. Data that come with `empty` or `reset` are lost.
//! Reset: `reset` zeroes state and block; they also start at zero.

use rust_hdl_core::prelude::*;

use super::keccak;
use crate::word::W256;

/// The block.
#[derive(LogicBlock, Default)]
pub struct Sponge {
    /// Clock.
    pub clock: Signal<In, Clock>,
    /// Zero state and block.
    pub reset: Signal<In, Bit>,
    /// Group that the next cycle's data belong to, one bit for each.
    pub write: Signal<In, Bits<5>>,
    /// How many of their bytes belong to the message, up to 32 (more count as 32). With fewer the padding starts behind them.
    pub count: Signal<In, Bits<6>>,
    /// Whether the message ends with them. If that is at the end of the group, the padding starts in the next one.
    pub ends: Signal<In, Bit>,
    /// Data of the group announced in the cycle before, first byte most significant.
    pub data: Signal<In, W256>,
    /// Add the block to the state and compute a round.
    pub step: Signal<In, Bit>,
    /// Empty the block after this cycle.
    pub empty: Signal<In, Bit>,
    /// Which round it is.
    pub round: Signal<In, Bits<5>>,
    /// First 32 bytes of the state, first byte most significant.
    pub digest: Signal<Out, W256>,
    _state: [u64; 25],
    _block: [u64; 17],
    /// Padding that does not go through the data: the last bit, and a first bit at the start of a group.
    _marks: [u64; 17],
    /// What was announced: group, count, end.
    _announced: (u32, u32, bool),
}

impl Logic for Sponge {
    fn update(&mut self) {
        if !self.clock.pos_edge() {
            return;
        }
        let (reset, empty) = (self.reset.val(), self.empty.val());
        if reset {
            self._state = [0; 25];
        } else if self.step.val() {
            for (i, lane) in self._state.iter_mut().take(17).enumerate() {
                *lane ^= self._block[i] | self._marks[i];
            }
            self._state = keccak::round(&self._state, self.round.val().index());
        }
        let (write, count, ends) = self._announced;
        if reset || empty {
            (self._block, self._marks) = ([0; 17], [0; 17]);
        } else if write != 0 {
            self.collect(write, count as usize, ends);
        }
        self._announced = (self.write.val().to_u64() as u32, self.count.val().to_u64() as u32, self.ends.val());
        self.digest.next = W256::from_limbs(std::array::from_fn(|i| self._state[3 - i].swap_bytes()));
    }

    fn connect(&mut self) {
        self.digest.connect();
    }

    fn hdl(&self) -> Verilog {
        Verilog::Custom(include_str!("sponge.v").into())
    }
}

impl Sponge {
    /// Takes the data of the announced groups into the block.
    fn collect(&mut self, write: u32, count: usize, ends: bool) {
        let mut bytes = [0; 32];
        for (bytes, limb) in bytes.chunks_mut(8).zip(self.data.val().limbs().iter().rev()) {
            bytes.copy_from_slice(&limb.to_be_bytes());
        }
        if count < 32 {
            bytes[count..].fill(0);
            bytes[count] = 1;
        }
        for group in (0..5).filter(|group| (write >> group) & 1 == 1) {
            for (lane, bytes) in self._block.iter_mut().skip(4 * group).zip(bytes.chunks(8)) {
                *lane = u64::from_le_bytes(bytes.try_into().expect("eight bytes"));
            }
        }
        if ends {
            self._marks[16] |= 1 << 63;
            for group in (0..4).filter(|group| count >= 32 && (write >> group) & 1 == 1) {
                self._marks[4 * group + 4] |= 1;
            }
        }
    }
}
