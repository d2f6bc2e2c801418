//! Keccak-256 (the padding begins with 0x01, unlike SHA-3) of a range of lane memory.
//!
//! Algorithm: loads at offsets 0, 32, 64, 96 and 128 of each block of 136 bytes, one a cycle, fill the message block of a [`Sponge`]; then 24
//! rounds, one a cycle. The loads of the next block are on their way while the last rounds run: its first data come with
//! the last round. Of the last block, only groups with bytes of the message are loaded. The address wraps around.
//!
//! Handshake: `start` in a cycle without `busy` takes the operands, otherwise it is ignored. `done` is up for one cycle with
//! the digest, which stays until the next start. A start in the cycle of `done` is taken. `clear` makes the unit idle, even in the
//! cycle of a start; the digest is undefined then until the next `done`. In cycles with `loading` the unit owns the load
//! port; the 32 bytes at `load_address` come in [`LOAD_CYCLES`] later.
//!
//! Latency from `start` to `done`: [`cycles`]. Reset: `clear`; the unit starts idle with a digest of zero.

use rust_hdl_core::prelude::*;
use rust_hdl_widgets::prelude::*;

use super::{
    Sponge,
    keccak::{BLOCK_BYTES, ROUNDS},
};
use crate::word::W256;

/// Cycles from a load to its data.
pub const LOAD_CYCLES: u64 = 3;

/// Cycles from `start` to `done` for a message of `length` bytes.
pub const fn cycles(length: u64) -> u64 {
    let (full, rest) = (length / BLOCK_BYTES as u64, length % BLOCK_BYTES as u64);
    // A last block without any byte of the message makes one load too.
    let last_loads = if rest == 0 { 1 } else { rest.div_ceil(32) };
    // The first data of a block that follows another come in the last round, hence one cycle less.
    1 + LOAD_CYCLES + full * (5 + ROUNDS as u64 - 1) + last_loads + ROUNDS as u64
}

/// The unit.
#[derive(LogicBlock, Default)]
pub struct HashEngine {
    /// Clock.
    pub clock: Signal<In, Clock>,
    /// Become idle.
    pub clear: Signal<In, Bit>,
    /// Take the operands.
    pub start: Signal<In, Bit>,
    /// Address of the first byte.
    pub address: Signal<In, Bits<20>>,
    /// Bytes of the message.
    pub length: Signal<In, Bits<20>>,
    /// Whether a message is being hashed.
    pub busy: Signal<Out, Bit>,
    /// Whether the digest is complete since this cycle.
    pub done: Signal<Out, Bit>,
    /// The digest, first byte most significant.
    pub digest: Signal<Out, W256>,
    /// Address of 32 bytes to load.
    pub load_address: Signal<Out, Bits<20>>,
    /// Whether the unit loads in this cycle.
    pub loading: Signal<Out, Bit>,
    /// The 32 bytes at the address of [`LOAD_CYCLES`] ago, first byte most significant.
    pub load_data: Signal<In, W256>,
    sponge: Sponge,
    active: DFF<Bit>,
    finished: DFF<Bit>,
    /// The cycle after a start, which resets the sponge.
    fresh: DFF<Bit>,
    /// Loads of a block are being issued.
    issuing: DFF<Bit>,
    /// The message reaches beyond the loads that were issued, or its padding does.
    more: DFF<Bit>,
    /// Group, address and remaining bytes of the message at the next load.
    group: DFF<Bits<3>>,
    position: DFF<Bits<20>>,
    remaining: DFF<Bits<20>>,
    whole: Signal<Local, Bits<15>>,
    rest: Signal<Local, Bits<5>>,
    fifth: Signal<Local, Bit>,
    count: Signal<Local, Bits<6>>,
    ends: Signal<Local, Bit>,
    completes: Signal<Local, Bit>,
    selected: Signal<Local, Bits<5>>,
    /// Loads on their way, by the cycles since: their group, bytes of the message, whether it ends there, whether the
    /// block is complete with them.
    groups: [DFF<Bits<5>>; 2],
    counts: [DFF<Bits<6>>; 2],
    ending: [DFF<Bit>; 2],
    completing: [DFF<Bit>; 3],
    /// A round is computed: which one, whether it is the first, whether it is of the message's last block.
    running: DFF<Bit>,
    round: DFF<Bits<5>>,
    first_round: DFF<Bit>,
    last_block: DFF<Bit>,
    last_round: Signal<Local, Bit>,
    reload: Signal<Local, Bit>,
}

impl Logic for HashEngine {
    #[hdl_gen]
    fn update(&mut self) {
        dff_setup!(
            self,
            clock,
            active,
            finished,
            fresh,
            issuing,
            more,
            group,
            position,
            remaining,
            running,
            round,
            first_round,
            last_block
        );
        clock!(self, clock, sponge);
        for i in 0..2 {
            self.groups[i].clock.next = self.clock.val();
            self.counts[i].clock.next = self.clock.val();
            self.ending[i].clock.next = self.clock.val();
        }
        for i in 0..3 {
            self.completing[i].clock.next = self.clock.val();
        }

        // Issue: the fifth load of a block is of 8 bytes.
        self.whole.next = self.remaining.q.val().get_bits::<15>(5);
        self.rest.next = self.remaining.q.val().get_bits::<5>(0);
        self.fifth.next = self.group.q.val() == bits::<3>(4);
        self.count.next = bit_cast::<6, 5>(self.rest.val());
        self.ends.next = true;
        if self.whole.val().any() {
            self.count.next = bits::<6>(32);
            // Exactly 32 bytes: they are the end, unless the group takes only 8.
            self.ends.next = (self.whole.val() == bits::<15>(1)) & (self.rest.val() == bits::<5>(0));
        }
        if self.fifth.val() {
            self.ends.next = (self.whole.val() == bits::<15>(0)) & (self.rest.val() < bits::<5>(8));
        }
        self.completes.next = self.fifth.val() | self.ends.val();
        self.selected.next = bits::<5>(1) << self.group.q.val();
        self.groups[0].d.next = bits::<5>(0);
        self.counts[0].d.next = self.count.val();
        self.ending[0].d.next = self.ends.val();
        self.completing[0].d.next = self.issuing.q.val() & self.completes.val();
        if self.issuing.q.val() {
            self.groups[0].d.next = self.selected.val();
            self.group.d.next = self.group.q.val() + bits::<3>(1);
            self.position.d.next = self.position.q.val() + bits::<20>(32);
            self.remaining.d.next = self.remaining.q.val() - bits::<20>(32);
            if self.fifth.val() {
                self.group.d.next = bits::<3>(0);
                self.position.d.next = self.position.q.val() + bits::<20>(8);
                self.remaining.d.next = self.remaining.q.val() - bits::<20>(8);
            }
            if self.completes.val() {
                self.issuing.d.next = false;
            }
            if self.ends.val() {
                self.more.d.next = false;
            }
        }
        // Loads from the 21st round on: their first data come in the last one, which the block is empty for.
        self.reload.next = self.round.q.val() == bits::<5>(19);
        if (self.running.q.val() & self.reload.val()) & self.more.q.val() {
            self.issuing.d.next = true;
        }
        self.groups[1].d.next = self.groups[0].q.val();
        self.counts[1].d.next = self.counts[0].q.val();
        self.ending[1].d.next = self.ending[0].q.val();
        for i in 1..3 {
            self.completing[i].d.next = self.completing[i - 1].q.val();
        }

        // Rounds.
        self.last_round.next = self.round.q.val() == bits::<5>(23);
        self.first_round.d.next = false;
        self.finished.d.next = false;
        if self.running.q.val() {
            self.round.d.next = self.round.q.val() + bits::<5>(1);
            if self.last_round.val() {
                self.running.d.next = false;
                if self.last_block.q.val() {
                    self.finished.d.next = true;
                    self.active.d.next = false;
                }
            }
        }
        // The block is complete after this cycle, and earlier rounds are done: data come in the last round or later.
        if self.completing[2].q.val() {
            self.running.d.next = true;
            self.first_round.d.next = true;
            self.round.d.next = bits::<5>(0);
            // Loads of the block after this one are not issued yet.
            self.last_block.d.next = !self.more.q.val();
        }

        self.sponge.reset.next = self.fresh.q.val();
        self.sponge.write.next = self.groups[1].q.val();
        self.sponge.count.next = self.counts[1].q.val();
        self.sponge.ends.next = self.ending[1].q.val();
        self.sponge.data.next = self.load_data.val();
        self.sponge.step.next = self.running.q.val();
        self.sponge.empty.next = self.first_round.q.val();
        self.sponge.round.next = self.round.q.val();
        self.load_address.next = self.position.q.val();
        self.loading.next = self.issuing.q.val();
        self.digest.next = self.sponge.digest.val();
        self.busy.next = self.active.q.val();
        self.done.next = self.finished.q.val();

        self.fresh.d.next = false;
        if self.start.val() & (!self.active.q.val()) {
            self.active.d.next = true;
            self.fresh.d.next = true;
            self.issuing.d.next = true;
            self.more.d.next = true;
            self.group.d.next = bits::<3>(0);
            self.position.d.next = self.address.val();
            self.remaining.d.next = self.length.val();
        }
        if self.clear.val() {
            self.active.d.next = false;
            self.finished.d.next = false;
            self.fresh.d.next = false;
            self.issuing.d.next = false;
            self.running.d.next = false;
            self.first_round.d.next = false;
            self.groups[0].d.next = bits::<5>(0);
            self.groups[1].d.next = bits::<5>(0);
            for i in 0..3 {
                self.completing[i].d.next = false;
            }
        }
    }
}
