//! Conflict detector: whom a commit aborts.
//!
//! Algorithm: gathers the reader masks of everything that a commit writes, and at its end names every occupied slot but the head whose
//! bit was in one of them. No other slot is named, so there are no false conflicts, and never the head, so the oldest
//! transaction always gets through. All aborts of a commit are named at once, as a commit takes effect at once.
//!
//! Handshake: in a cycle with `gather` the masks of `readers` are added; `finish` ends the commit (with a last `gather` in the same
//! cycle or without) and is ignored while `abort_valid`. `aborts` holds the slots to abort from the next cycle on, `abort_valid` is up
//! until a cycle with `abort_ready`, and no mask may be gathered until then. If there is nobody to abort, `abort_valid`
//! stays down. Latency: 1 cycle. Reset: `clear` drops everything; starts empty.

use rust_hdl_core::prelude::*;
use rust_hdl_widgets::prelude::*;

/// The detector.
#[derive(LogicBlock, Default)]
pub struct ConflictDetector {
    /// Clock.
    pub clock: Signal<In, Clock>,
    /// Forget everything.
    pub clear: Signal<In, Bit>,
    /// A write has the readers below.
    pub gather: Signal<In, Bit>,
    /// Slots that have read what it changed.
    pub readers: Signal<In, Bits<32>>,
    /// The commit ends.
    pub finish: Signal<In, Bit>,
    /// Slot that commits.
    pub head: Signal<In, Bits<5>>,
    /// Slots with a transaction.
    pub occupied: Signal<In, Bits<32>>,
    /// Slots are to be aborted.
    pub abort_valid: Signal<Out, Bit>,
    /// Which.
    pub aborts: Signal<Out, Bits<32>>,
    /// They are taken.
    pub abort_ready: Signal<In, Bit>,
    gathered: DFF<Bits<32>>,
    aborting: DFF<Bit>,
    head_bit: Signal<Local, Bits<32>>,
    added: Signal<Local, Bits<32>>,
    all: Signal<Local, Bits<32>>,
    victims: Signal<Local, Bits<32>>,
}

impl Logic for ConflictDetector {
    #[hdl_gen]
    fn update(&mut self) {
        dff_setup!(self, clock, gathered, aborting);
        self.head_bit.next = bits::<32>(1) << bit_cast::<32, 5>(self.head.val());
        self.added.next = bits::<32>(0);
        if self.gather.val() {
            self.added.next = self.readers.val();
        }
        self.all.next = self.gathered.q.val() | self.added.val();
        self.victims.next = self.all.val() & self.occupied.val() & (!self.head_bit.val());
        if self.aborting.q.val() {
            if self.abort_ready.val() {
                self.gathered.d.next = bits::<32>(0);
                self.aborting.d.next = false;
            }
        } else {
            self.gathered.d.next = self.all.val();
            if self.finish.val() {
                self.gathered.d.next = self.victims.val();
                self.aborting.d.next = self.victims.val().any();
            }
        }
        if self.clear.val() {
            self.gathered.d.next = bits::<32>(0);
            self.aborting.d.next = false;
        }
        self.abort_valid.next = self.aborting.q.val();
        self.aborts.next = self.gathered.q.val();
    }
}

/// Slots that a commit aborts: those in `readers` that are occupied, but not the head.
pub fn model(readers: u32, head: u8, occupied: u32) -> u32 {
    readers & occupied & !(1 << (head % 32))
}
