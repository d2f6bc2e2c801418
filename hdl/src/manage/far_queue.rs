//! Far queue: moves between host memory and the card, one after the other, as the processor has asked for them.
//!
//! Algorithm: a queue before a [`Mover`](super::Mover). Each move that ends counts in `done`, and makes `ended` rise until `seen`, unless it is `quiet`: the processor compares
//! `done` with how many it has asked for. After a move that fails nothing moves any more, until a reset; `failed_address` is the low word of its
//! address in host memory.
//!
//! Handshake: `push` is a pulse with the move, ignored if the queue is full: the processor has no more than [`PLACES`] on their way, and leaves no more
//! than so many ends unnoticed, of 63 that are counted. `seen` is a pulse, ignored while `ended` is
//! down. `start` and the operands are the mover's. Latency: 1 from `push` to `start`, if the mover is free; 1 from the fall of `far_busy` to
//! `done` and `ended`, in that cycle the next one starts. Reset: `reset` drops everything, together with the mover; starts so.

use rust_hdl_core::prelude::*;
use rust_hdl_widgets::prelude::*;

use crate::{
    bus::Fifo,
    word::{W64, W256, bits_w256},
};
pub use gaslane_abi::manage::mover::FAR_MOVES_MAX as PLACES;

// A place of the queue besides the move that is under way, which has left it: it never is full.
const _: () = assert!(PLACES <= 16);

/// The queue.
#[derive(LogicBlock, Default)]
pub struct FarQueue {
    /// Clock.
    pub clock: Signal<In, Clock>,
    /// Drop everything.
    pub reset: Signal<In, Bit>,
    /// One more move.
    pub push: Signal<In, Bit>,
    /// Its end is not to be noticed.
    pub quiet: Signal<In, Bit>,
    /// From where.
    pub push_source: Signal<In, Bits<3>>,
    /// To where.
    pub push_destination: Signal<In, Bits<3>>,
    /// First address there.
    pub push_source_address: Signal<In, W64>,
    /// First address there.
    pub push_destination_address: Signal<In, W64>,
    /// Rows.
    pub push_beats: Signal<In, Bits<20>>,
    /// Bytes of them that count.
    pub push_valid_bytes: Signal<In, Bits<32>>,
    /// An end has been noticed.
    pub seen: Signal<In, Bit>,
    /// A move has ended that is to be noticed.
    pub ended: Signal<Out, Bit>,
    /// Moves that have ended.
    pub done: Signal<Out, Bits<32>>,
    /// A move has failed.
    pub failed: Signal<Out, Bit>,
    /// Where in host memory, low word.
    pub failed_address: Signal<Out, Bits<32>>,

    /// Mover: begin.
    pub start: Signal<Out, Bit>,
    /// Mover: from where.
    pub source: Signal<Out, Bits<3>>,
    /// Mover: to where.
    pub destination: Signal<Out, Bits<3>>,
    /// Mover: first address there.
    pub source_address: Signal<Out, W64>,
    /// Mover: first address there.
    pub destination_address: Signal<Out, W64>,
    /// Mover: rows.
    pub beats: Signal<Out, Bits<20>>,
    /// Mover: bytes that count.
    pub valid_bytes: Signal<Out, Bits<32>>,
    /// Mover: it moves.
    pub far_busy: Signal<In, Bit>,
    /// Mover: the last move has failed.
    pub far_failed: Signal<In, Bit>,

    moves: Fifo<W256, 4>,
    moving: DFF<Bit>,
    is_quiet: DFF<Bit>,
    host_address: DFF<Bits<32>>,
    failed_bit: DFF<Bit>,
    done_count: DFF<Bits<32>>,
    /// Ends that have not been noticed.
    unseen: DFF<Bits<6>>,
    starts: Signal<Local, Bit>,
    ends: Signal<Local, Bit>,
    tells: Signal<Local, Bit>,
    sees: Signal<Local, Bit>,
}

impl Logic for FarQueue {
    #[hdl_gen]
    fn update(&mut self) {
        dff_setup!(self, clock, moving, is_quiet, host_address, failed_bit, done_count, unseen);
        clock!(self, clock, moves);
        self.moves.reset.next = self.reset.val();
        self.moves.in_valid.next = self.push.val();
        self.moves.in_data.next = (bits_w256(self.push_source_address.val())
            | (bits_w256(self.push_destination_address.val()) << 64_u64))
            | (((bits_w256(self.push_beats.val()) << 128_u64) | (bits_w256(self.push_valid_bytes.val()) << 160_u64))
                | (((bits_w256(self.push_source.val()) << 192_u64)
                    | (bits_w256(self.push_destination.val()) << 196_u64))
                    | (bits_w256(self.quiet.val()) << 200_u64)));

        self.starts.next = (self.moves.out_valid.val() & (!self.failed_bit.q.val()))
            & ((!self.moving.q.val()) & (!self.far_busy.val()));
        self.ends.next = self.moving.q.val() & (!self.far_busy.val());
        self.moves.out_ready.next = self.starts.val();
        self.start.next = self.starts.val();
        self.source_address.next = self.moves.out_data.val().get_value_limb0();
        self.destination_address.next = self.moves.out_data.val().get_value_limb1();
        self.beats.next = self.moves.out_data.val().get_bits::<20>(128);
        self.valid_bytes.next = self.moves.out_data.val().get_bits::<32>(160);
        self.source.next = self.moves.out_data.val().get_bits::<3>(192);
        self.destination.next = self.moves.out_data.val().get_bits::<3>(196);

        if self.starts.val() {
            self.moving.d.next = true;
            self.is_quiet.d.next = self.moves.out_data.val().get_bit(200);
            self.host_address.d.next = self.moves.out_data.val().get_bits::<32>(64);
            // Host memory has number 0.
            if !self.moves.out_data.val().get_bits::<3>(192).any() {
                self.host_address.d.next = self.moves.out_data.val().get_bits::<32>(0);
            }
        }
        if self.ends.val() {
            self.moving.d.next = false;
            self.done_count.d.next = self.done_count.q.val() + bits::<32>(1);
            self.failed_bit.d.next = self.far_failed.val();
        }
        self.tells.next = self.ends.val() & (!self.is_quiet.q.val());
        self.sees.next = self.seen.val() & self.unseen.q.val().any();
        if self.tells.val() & (!self.sees.val()) {
            self.unseen.d.next = self.unseen.q.val() + bits::<6>(1);
        }
        if self.sees.val() & (!self.tells.val()) {
            self.unseen.d.next = self.unseen.q.val() - bits::<6>(1);
        }
        self.ended.next = self.unseen.q.val().any();
        self.done.next = self.done_count.q.val();
        self.failed.next = self.failed_bit.q.val();
        self.failed_address.next = self.host_address.q.val();

        if self.reset.val() {
            self.moving.d.next = false;
            self.failed_bit.d.next = false;
            self.done_count.d.next = bits::<32>(0);
            self.unseen.d.next = bits::<6>(0);
        }
    }
}
