//! Copy engine: copies within lane memory, from lines of the code store, or fills with zeros.
//!
//! Algorithm: 32 bytes a cycle. A copy within memory loads each 32 bytes and stores them three cycles later; where
//! source and target overlap it goes in the direction in which a store only meets bytes that have been loaded, so the copy is as
//! if at once (EIP-5656). Bytes of the source beyond `available` are zero. Code comes in aligned lines; each is stored with
//! the bytes outside the range left out.
//!
//! Handshake: `start` takes a command while not `busy`; `done` is up for one cycle when the last store has been issued.
//! `code_request` stays until `code_valid`. `active`: the engine owns both memory ports. `clear` makes it idle. Latency: see
//! [`cycles`]; code takes what the lines take. Reset: none; starts idle.

use rust_hdl_core::prelude::*;
use rust_hdl_widgets::prelude::*;

use super::ByteMask;
use crate::word::W256;

/// Cycles from `start` to `done` of a copy within memory (`kind` 0) or a fill (2).
pub const fn cycles(kind: u64, length: u64) -> u64 {
    match (kind, length) {
        (_, 0) => 2,
        (0, _) => length.div_ceil(32) + 5,
        _ => length.div_ceil(32) + 2,
    }
}

/// What the engine does.
#[derive(Clone, Copy, Debug, PartialEq, LogicState)]
enum Work {
    Idle,
    Copy,
    Drain,
    Ask,
    Fill,
    Done,
}

/// The engine.
#[derive(LogicBlock)]
pub struct CopyEngine {
    /// Clock.
    pub clock: Signal<In, Clock>,
    /// Back to idle.
    pub clear: Signal<In, Bit>,
    /// Take the command.
    pub start: Signal<In, Bit>,
    /// 0 within memory, 1 from code, 2 zeros.
    pub kind: Signal<In, Bits<2>>,
    /// Byte address of the source; for code the offset of its first byte.
    pub source: Signal<In, Bits<20>>,
    /// Bytes of the source that exist.
    pub available: Signal<In, Bits<20>>,
    /// Byte address of the target.
    pub target: Signal<In, Bits<20>>,
    /// Bytes to write.
    pub length: Signal<In, Bits<20>>,
    /// First line of the code.
    pub code_line: Signal<In, Bits<32>>,
    /// A command is under way.
    pub busy: Signal<Out, Bit>,
    /// The command has ended.
    pub done: Signal<Out, Bit>,
    /// The engine owns the memory ports.
    pub active: Signal<Out, Bit>,
    /// Load port.
    pub load_address: Signal<Out, Bits<20>>,
    /// Its data, three cycles later.
    pub load_data: Signal<In, W256>,
    /// Store port.
    pub store_address: Signal<Out, Bits<20>>,
    /// Its data.
    pub store_data: Signal<Out, W256>,
    /// First byte stored.
    pub store_skip: Signal<Out, Bits<5>>,
    /// First byte not stored any more.
    pub store_end: Signal<Out, Bits<6>>,
    /// Asks for a line of code.
    pub code_request: Signal<Out, Bit>,
    /// Which.
    pub code_address: Signal<Out, Bits<32>>,
    /// The line is here.
    pub code_valid: Signal<In, Bit>,
    /// The line.
    pub code_data: Signal<In, W256>,
    zero: Constant<W256>,
    work: DFF<Work>,
    backward: DFF<Bit>,
    /// Place in the copy: bytes from the start.
    place: DFF<Bits<20>>,
    from: DFF<Bits<20>>,
    to: DFF<Bits<20>>,
    have: DFF<Bits<20>>,
    total: DFF<Bits<20>>,
    line: DFF<Bits<32>>,
    /// Stores whose data is on its way: valid, place.
    flight: [DFF<Bit>; 3],
    flight_place: [DFF<Bits<20>>; 3],
    mask: ByteMask,
    here: Signal<Local, Bits<20>>,
    left: Signal<Local, Bits<21>>,
    kept: Signal<Local, Bits<21>>,
    last: Signal<Local, Bits<20>>,
    after: Signal<Local, Bits<21>>,
    end_here: Signal<Local, Bits<6>>,
    keep_here: Signal<Local, Bits<6>>,
    storing: Signal<Local, Bit>,
    present: Signal<Local, Bits<20>>,
    source_end: Signal<Local, Bits<21>>,
    code_end: Signal<Local, Bits<21>>,
    line_start: Signal<Local, Bits<21>>,
    wide_target: Signal<Local, Bits<21>>,
    wide_length: Signal<Local, Bits<21>>,
}

impl Default for CopyEngine {
    fn default() -> Self {
        Self {
            clock: Default::default(),
            clear: Default::default(),
            start: Default::default(),
            kind: Default::default(),
            source: Default::default(),
            available: Default::default(),
            target: Default::default(),
            length: Default::default(),
            code_line: Default::default(),
            busy: Default::default(),
            done: Default::default(),
            active: Default::default(),
            load_address: Default::default(),
            load_data: Default::default(),
            store_address: Default::default(),
            store_data: Default::default(),
            store_skip: Default::default(),
            store_end: Default::default(),
            code_request: Default::default(),
            code_address: Default::default(),
            code_valid: Default::default(),
            code_data: Default::default(),
            zero: Constant::new(W256::ZERO),
            work: Default::default(),
            backward: Default::default(),
            place: Default::default(),
            from: Default::default(),
            to: Default::default(),
            have: Default::default(),
            total: Default::default(),
            line: Default::default(),
            flight: Default::default(),
            flight_place: Default::default(),
            mask: Default::default(),
            here: Default::default(),
            left: Default::default(),
            kept: Default::default(),
            last: Default::default(),
            after: Default::default(),
            end_here: Default::default(),
            keep_here: Default::default(),
            storing: Default::default(),
            present: Default::default(),
            source_end: Default::default(),
            code_end: Default::default(),
            line_start: Default::default(),
            wide_target: Default::default(),
            wide_length: Default::default(),
        }
    }
}

impl Logic for CopyEngine {
    #[hdl_gen]
    fn update(&mut self) {
        dff_setup!(self, clock, work, backward, place, from, to, have, total, line);
        for i in 0..3 {
            self.flight[i].clock.next = self.clock.val();
            self.flight_place[i].clock.next = self.clock.val();
        }
        self.flight[0].d.next = false;
        self.flight_place[0].d.next = self.place.q.val();
        for i in 1..3 {
            self.flight[i].d.next = self.flight[i - 1].q.val();
            self.flight_place[i].d.next = self.flight_place[i - 1].q.val();
        }
        self.busy.next = self.work.q.val() != Work::Idle;
        self.active.next = self.work.q.val() != Work::Idle;
        self.done.next = false;
        self.code_request.next = false;
        self.code_address.next = self.line.q.val();
        self.load_address.next = self.from.q.val() + self.place.q.val();
        self.store_skip.next = bits::<5>(0);
        self.wide_length.next = bit_cast::<21, 20>(self.total.q.val());
        self.after.next = bit_cast::<21, 20>(self.place.q.val());
        self.after.next = self.after.val() + bits::<21>(32);

        // The store of this cycle, unless it is code.
        self.here.next = self.place.q.val();
        self.storing.next = self.work.q.val() == Work::Fill;
        if self.flight[2].q.val() {
            self.here.next = self.flight_place[2].q.val();
            self.storing.next = true;
        }
        self.left.next = self.wide_length.val() - bit_cast::<21, 20>(self.here.val());
        self.end_here.next = bits::<6>(32);
        if !self.left.val().get_bits::<16>(5).any() {
            self.end_here.next = self.left.val().get_bits::<6>(0);
        }
        self.kept.next = bit_cast::<21, 20>(self.have.q.val());
        self.kept.next = self.kept.val() - bit_cast::<21, 20>(self.here.val());
        self.keep_here.next = bits::<6>(32);
        if !self.kept.val().get_bits::<16>(5).any() {
            self.keep_here.next = self.kept.val().get_bits::<6>(0);
        }
        if self.kept.val().get_bit(20) | (self.work.q.val() == Work::Fill) {
            self.keep_here.next = bits::<6>(0);
        }
        self.mask.bytes.next = self.keep_here.val();
        self.store_address.next = self.to.q.val() + self.here.val();
        self.store_data.next = self.load_data.val() & self.mask.mask.val();
        self.store_end.next = bits::<6>(0);
        if self.storing.val() {
            self.store_end.next = self.end_here.val();
        }

        // Code: the part of the line that lies in the range.
        self.line_start.next = bit_cast::<21, 20>(self.place.q.val());
        self.source_end.next = bit_cast::<21, 20>(self.from.q.val());
        self.source_end.next = self.source_end.val() + bit_cast::<21, 20>(self.have.q.val());
        self.code_end.next = self.source_end.val() - self.line_start.val();

        self.present.next = self.length.val();
        if self.available.val() < self.length.val() {
            self.present.next = self.available.val();
        }
        self.last.next = self.length.val() - bits::<20>(1);
        self.wide_target.next = bit_cast::<21, 20>(self.source.val());
        self.wide_target.next = self.wide_target.val() + bit_cast::<21, 20>(self.length.val());
        match self.work.q.val() {
            Work::Idle => {
                if self.start.val() {
                    self.from.d.next = self.source.val();
                    self.to.d.next = self.target.val();
                    self.have.d.next = self.present.val();
                    self.total.d.next = self.length.val();
                    self.place.d.next = bits::<20>(0);
                    self.backward.d.next = false;
                    self.line.d.next =
                        self.code_line.val() + bit_cast::<32, 15>(self.source.val().get_bits::<15>(5));
                    self.work.d.next = Work::Copy;
                    if self.source.val() < self.target.val() {
                        if bit_cast::<21, 20>(self.target.val()) < self.wide_target.val() {
                            self.backward.d.next = true;
                            self.place.d.next = (self.last.val() >> bits::<20>(5)) << bits::<20>(5);
                        }
                    }
                    if self.kind.val().get_bit(0) {
                        self.backward.d.next = false;
                        self.place.d.next = (self.source.val() >> bits::<20>(5)) << bits::<20>(5);
                        self.work.d.next = Work::Ask;
                        if !self.present.val().any() {
                            self.place.d.next = bits::<20>(0);
                            self.work.d.next = Work::Fill;
                        }
                    }
                    if self.kind.val().get_bit(1) {
                        self.backward.d.next = false;
                        self.place.d.next = bits::<20>(0);
                        self.work.d.next = Work::Fill;
                    }
                    if !self.length.val().any() {
                        self.work.d.next = Work::Done;
                    }
                }
            }
            Work::Copy => {
                self.flight[0].d.next = true;
                self.place.d.next = self.place.q.val() + bits::<20>(32);
                if self.backward.q.val() {
                    self.place.d.next = self.place.q.val() - bits::<20>(32);
                    if !self.place.q.val().any() {
                        self.work.d.next = Work::Drain;
                    }
                } else if self.after.val() >= self.wide_length.val() {
                    self.work.d.next = Work::Drain;
                }
            }
            Work::Drain => {
                if !(self.flight[0].q.val() | self.flight[1].q.val()) {
                    self.work.d.next = Work::Done;
                }
            }
            Work::Ask => {
                self.code_request.next = true;
                self.store_data.next = self.code_data.val();
                self.store_address.next = self.to.q.val() + (self.place.q.val() - self.from.q.val());
                if self.place.q.val() < self.from.q.val() {
                    self.store_skip.next = self.from.q.val().get_bits::<5>(0);
                }
                if self.code_valid.val() {
                    self.store_end.next = bits::<6>(32);
                    self.line.d.next = self.line.q.val() + bits::<32>(1);
                    self.place.d.next = self.place.q.val() + bits::<20>(32);
                    if self.code_end.val() <= bits::<21>(32) {
                        self.store_end.next = self.code_end.val().get_bits::<6>(0);
                        self.place.d.next = self.have.q.val();
                        self.work.d.next = Work::Fill;
                        if self.have.q.val() == self.total.q.val() {
                            self.work.d.next = Work::Done;
                        }
                    }
                }
            }
            Work::Fill => {
                self.store_data.next = self.zero.val();
                self.place.d.next = self.place.q.val() + bits::<20>(32);
                if self.after.val() >= self.wide_length.val() {
                    self.work.d.next = Work::Done;
                }
            }
            Work::Done => {
                self.done.next = true;
                self.work.d.next = Work::Idle;
            }
            _ => {
                self.work.d.next = Work::Idle;
            }
        }
        if self.clear.val() {
            self.work.d.next = Work::Idle;
            for i in 0..3 {
                self.flight[i].d.next = false;
            }
        }
    }
}
