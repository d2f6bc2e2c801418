//! Copy engine of a lane: moves a range of lane memory, brings raw code into it, or fills a range with zeros.
//!
//! Algorithm: the range is cut into pieces of 32 bytes that count from its start, for code from the start of the first code
//! line. A piece is loaded and stored whole, the last one up to the end of the range, the first piece of code from
//! the start of it; bytes beyond `available` are masked to zero on the way. Pieces go upwards, or downwards in a copy to a higher
//! address, so that overlapping ranges copy as if at once: loads run ahead of stores, in the direction away from the bytes that
//! are still to be loaded. Pieces without any available byte of code are not requested.
//!
//! Handshake: `start` without `busy` takes the operands, otherwise it is ignored. `done` is up for one cycle, together with the
//! last store; `active` says that the load and store ports are in use, up to and with that cycle. A start in the cycle of `done` is taken.
//! `code_request` with `code_address` stays up until `code_valid` brings the line. Neither range wraps around the end of the memory.
//! Latency from `start` to `done`: [`cycles`] for copies and zeros; a piece of code takes two cycles and the wait for its line, or one if
//! there is nothing to request. Reset: `clear` makes the engine idle in the next cycle, in which nothing is stored any more;
//! a code line that is on its way must not be delivered then. The engine starts idle.

use rust_hdl_core::prelude::*;
use rust_hdl_widgets::prelude::*;

use crate::{memory::lane_memory::LOAD_CYCLES, word::W256};

/// `kind`: copy within lane memory.
pub const COPY_MEMORY: u8 = 0;
/// `kind`: copy from code lines.
pub const COPY_CODE: u8 = 1;
/// `kind`: fill with zeros.
pub const COPY_ZERO: u8 = 2;

/// Cycles from `start` to `done`. Of a copy from code, which depends on the code side, those with every line delivered in the cycle of
/// its request.
pub const fn cycles(kind: u8, source: u64, available: u64, target: u64, length: u64) -> u64 {
    let pieces = length.div_ceil(32);
    match kind {
        _ if length == 0 => 1,
        COPY_MEMORY => 1 + LOAD_CYCLES + (target > source) as u64 + pieces,
        COPY_CODE => {
            let last = (source % 32 + length).div_ceil(32);
            let present = if available == 0 { 0 } else { (source % 32 + available).div_ceil(32) };
            let requested = if last < present { last } else { present };
            1 + last + requested
        }
        _ => 1 + pieces,
    }
}

/// The engine.
#[derive(LogicBlock)]
pub struct CopyEngine {
    /// Clock.
    pub clock: Signal<In, Clock>,
    /// Become idle.
    pub clear: Signal<In, Bit>,
    /// Take the operands.
    pub start: Signal<In, Bit>,
    /// [`COPY_MEMORY`], [`COPY_CODE`] or [`COPY_ZERO`]; 3 fills with zeros too.
    pub kind: Signal<In, Bits<2>>,
    /// Byte address in lane memory, or byte offset in the raw code.
    pub source: Signal<In, Bits<20>>,
    /// Bytes that exist from the source on; zeros are written for the others.
    pub available: Signal<In, Bits<20>>,
    /// Byte address in lane memory.
    pub target: Signal<In, Bits<20>>,
    /// Bytes to write.
    pub length: Signal<In, Bits<20>>,
    /// Line address of the first 32 bytes of the raw code.
    pub code_line: Signal<In, Bits<32>>,
    /// Whether a command is under way.
    pub busy: Signal<Out, Bit>,
    /// Whether the last byte is stored in this cycle.
    pub done: Signal<Out, Bit>,
    /// Whether the load and store ports are in use.
    pub active: Signal<Out, Bit>,
    /// Load port of the memory.
    pub load_address: Signal<Out, Bits<20>>,
    /// What the memory loads.
    pub load_data: Signal<In, W256>,
    /// Store port of the memory.
    pub store_address: Signal<Out, Bits<20>>,
    /// What to store.
    pub store_data: Signal<Out, W256>,
    /// First byte that is stored.
    pub store_skip: Signal<Out, Bits<5>>,
    /// First byte that is not stored any more; 0 stores nothing.
    pub store_end: Signal<Out, Bits<6>>,
    /// Whether a code line is wanted.
    pub code_request: Signal<Out, Bit>,
    /// Its line address.
    pub code_address: Signal<Out, Bits<32>>,
    /// Whether the code line is there.
    pub code_valid: Signal<In, Bit>,
    /// The code line, first byte most significant.
    pub code_data: Signal<In, W256>,
    all_bytes: Constant<W256>,
    no_bytes: Constant<W256>,
    first_piece: Constant<Bits<16>>,
    // Command.
    is_code: Signal<Local, Bit>,
    is_memory: Signal<Local, Bit>,
    /// Distance of the range from the start of its first piece.
    offset: Signal<Local, Bits<5>>,
    /// Offset of the last byte from the start of the first piece.
    last_byte: Signal<Local, Bits<21>>,
    /// Offset of the first missing byte from there.
    missing: Signal<Local, Bits<21>>,
    base: Signal<Local, Bits<20>>,
    goes_down: Signal<Local, Bit>,
    from_code: DFF<Bit>,
    from_memory: DFF<Bit>,
    down: DFF<Bit>,
    last_index: DFF<Bits<16>>,
    last_place: DFF<Bits<5>>,
    missing_index: DFF<Bits<16>>,
    missing_place: DFF<Bits<5>>,
    skip: DFF<Bits<5>>,
    // Issue of pieces.
    running: DFF<Bit>,
    /// The first cycle of a copy downwards, which goes to the last piece.
    seeking: DFF<Bit>,
    issuing: DFF<Bit>,
    index: DFF<Bits<16>>,
    step: Signal<Local, Bits<16>>,
    load_low: DFF<Bits<5>>,
    load_row: DFF<Bits<15>>,
    line: DFF<Bits<32>>,
    requested: DFF<Bit>,
    /// This piece: whether it has the end of the range, is the last to be issued, has its start, exists in full, in part.
    is_tail: Signal<Local, Bit>,
    is_first: Signal<Local, Bit>,
    is_last: Signal<Local, Bit>,
    is_whole: Signal<Local, Bit>,
    is_part: Signal<Local, Bit>,
    exists: Signal<Local, Bit>,
    issue: Signal<Local, Bit>,
    // Flags beside the loads.
    valid: [DFF<Bit>; 3],
    last: [DFF<Bit>; 3],
    tail: [DFF<Bit>; 3],
    whole: [DFF<Bit>; 3],
    part: [DFF<Bit>; 3],
    // Store.
    store: Signal<Local, Bit>,
    store_last: Signal<Local, Bit>,
    store_tail: Signal<Local, Bit>,
    store_whole: Signal<Local, Bit>,
    store_part: Signal<Local, Bit>,
    missing_bits: Signal<Local, Bits<8>>,
    keep: Signal<Local, W256>,
    bytes: Signal<Local, W256>,
    row: DFF<Bits<15>>,
    row_step: Signal<Local, Bits<15>>,
    stored_row: DFF<Bits<15>>,
    stored_low: DFF<Bits<5>>,
    stored: DFF<W256>,
    stored_skip: DFF<Bits<5>>,
    stored_end: DFF<Bits<6>>,
    finished: DFF<Bit>,
}

impl Default for CopyEngine {
    fn default() -> Self {
        CopyEngine {
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
            all_bytes: Constant::new(W256::MAX),
            no_bytes: Constant::new(W256::ZERO),
            first_piece: Constant::new(0_u64.into()),
            is_code: Default::default(),
            is_memory: Default::default(),
            offset: Default::default(),
            last_byte: Default::default(),
            missing: Default::default(),
            base: Default::default(),
            goes_down: Default::default(),
            from_code: Default::default(),
            from_memory: Default::default(),
            down: Default::default(),
            last_index: Default::default(),
            last_place: Default::default(),
            missing_index: Default::default(),
            missing_place: Default::default(),
            skip: Default::default(),
            running: Default::default(),
            seeking: Default::default(),
            issuing: Default::default(),
            index: Default::default(),
            step: Default::default(),
            load_low: Default::default(),
            load_row: Default::default(),
            line: Default::default(),
            requested: Default::default(),
            is_tail: Default::default(),
            is_first: Default::default(),
            is_last: Default::default(),
            is_whole: Default::default(),
            is_part: Default::default(),
            exists: Default::default(),
            issue: Default::default(),
            valid: Default::default(),
            last: Default::default(),
            tail: Default::default(),
            whole: Default::default(),
            part: Default::default(),
            store: Default::default(),
            store_last: Default::default(),
            store_tail: Default::default(),
            store_whole: Default::default(),
            store_part: Default::default(),
            missing_bits: Default::default(),
            keep: Default::default(),
            bytes: Default::default(),
            row: Default::default(),
            row_step: Default::default(),
            stored_row: Default::default(),
            stored_low: Default::default(),
            stored: Default::default(),
            stored_skip: Default::default(),
            stored_end: Default::default(),
            finished: Default::default(),
        }
    }
}

impl Logic for CopyEngine {
    #[hdl_gen]
    fn update(&mut self) {
        dff_setup!(
            self,
            clock,
            from_code,
            from_memory,
            down,
            last_index,
            last_place,
            missing_index,
            missing_place,
            skip,
            running,
            seeking,
            issuing,
            index,
            load_low,
            load_row,
            line,
            requested,
            row,
            stored_row,
            stored_low,
            stored,
            stored_skip,
            stored_end,
            finished
        );
        for i in 0..3 {
            self.valid[i].clock.next = self.clock.val();
            self.last[i].clock.next = self.clock.val();
            self.tail[i].clock.next = self.clock.val();
            self.whole[i].clock.next = self.clock.val();
            self.part[i].clock.next = self.clock.val();
        }

        // This piece.
        self.is_tail.next = self.index.q.val() == self.last_index.q.val();
        self.is_first.next = self.index.q.val() == self.first_piece.val();
        self.is_last.next = self.is_tail.val();
        if self.down.q.val() {
            self.is_last.next = self.is_first.val();
        }
        self.is_whole.next = self.index.q.val() < self.missing_index.q.val();
        self.is_part.next = self.index.q.val() == self.missing_index.q.val();
        self.exists.next = self.is_whole.val() | (self.is_part.val() & self.missing_place.q.val().any());

        // Issue: a piece of memory goes to the load port, of code becomes a request, the others to the store.
        self.issue.next = self.issuing.q.val();
        if self.from_code.q.val() & self.exists.val() {
            self.issue.next = self.requested.q.val() & self.code_valid.val();
            self.requested.d.next = self.issuing.q.val();
            if self.issue.val() {
                self.requested.d.next = false;
            }
        }
        self.step.next = bits::<16>(1);
        if self.down.q.val() {
            self.step.next = bits::<16>(0xffff);
        }
        if self.seeking.q.val() {
            self.step.next = self.last_index.q.val();
            self.seeking.d.next = false;
            self.issuing.d.next = true;
        }
        if self.issue.val() | self.seeking.q.val() {
            self.index.d.next = self.index.q.val() + self.step.val();
            self.load_row.d.next = self.load_row.q.val() + bit_cast::<15, 16>(self.step.val());
            self.line.d.next = self.line.q.val() + bits::<32>(1);
        }
        if self.issue.val() & self.is_last.val() {
            self.issuing.d.next = false;
        }

        // Beside the loads.
        self.valid[0].d.next = self.issue.val() & self.from_memory.q.val();
        self.last[0].d.next = self.is_last.val();
        self.tail[0].d.next = self.is_tail.val();
        self.whole[0].d.next = self.is_whole.val();
        self.part[0].d.next = self.is_part.val();
        for i in 1..3 {
            self.valid[i].d.next = self.valid[i - 1].q.val();
            self.last[i].d.next = self.last[i - 1].q.val();
            self.tail[i].d.next = self.tail[i - 1].q.val();
            self.whole[i].d.next = self.whole[i - 1].q.val();
            self.part[i].d.next = self.part[i - 1].q.val();
        }

        // Store.
        self.store.next = self.issue.val();
        self.store_last.next = self.is_last.val();
        self.store_tail.next = self.is_tail.val();
        self.store_whole.next = self.is_whole.val();
        self.store_part.next = self.is_part.val();
        self.bytes.next = self.code_data.val();
        if self.from_memory.q.val() {
            self.store.next = self.valid[2].q.val();
            self.store_last.next = self.last[2].q.val();
            self.store_tail.next = self.tail[2].q.val();
            self.store_whole.next = self.whole[2].q.val();
            self.store_part.next = self.part[2].q.val();
            self.bytes.next = self.load_data.val();
        }
        self.missing_bits.next = bit_cast::<8, 5>(self.missing_place.q.val()) << bits::<8>(3);
        self.keep.next = self.no_bytes.val();
        if self.store_part.val() {
            self.keep.next = !(self.all_bytes.val() >> self.missing_bits.val());
        }
        if self.store_whole.val() {
            self.keep.next = self.all_bytes.val();
        }
        self.stored.d.next = self.bytes.val() & self.keep.val();
        self.stored_row.d.next = self.row.q.val();
        self.stored_skip.d.next = self.skip.q.val();
        self.stored_end.d.next = bits::<6>(0);
        self.row_step.next = bit_cast::<15, 16>(self.step.val());
        if self.store.val() {
            self.stored_end.d.next = bits::<6>(32);
            if self.store_tail.val() {
                self.stored_end.d.next = bit_cast::<6, 5>(self.last_place.q.val()) + bits::<6>(1);
            }
            // Only the first piece of code is skipped into.
            self.skip.d.next = bits::<5>(0);
        }
        if self.store.val() | self.seeking.q.val() {
            self.row.d.next = self.row.q.val() + self.row_step.val();
        }
        self.finished.d.next = self.store.val() & self.store_last.val();
        if self.store.val() & self.store_last.val() {
            self.running.d.next = false;
        }

        // Command.
        self.is_code.next = self.kind.val().get_bit(0) & (!self.kind.val().get_bit(1));
        self.is_memory.next = !(self.kind.val().get_bit(0) | self.kind.val().get_bit(1));
        self.offset.next = bits::<5>(0);
        if self.is_code.val() {
            self.offset.next = self.source.val().get_bits::<5>(0);
        }
        self.base.next = self.target.val() - bit_cast::<20, 5>(self.offset.val());
        self.last_byte.next =
            (bit_cast::<21, 20>(self.length.val()) + bit_cast::<21, 5>(self.offset.val())) - bits::<21>(1);
        self.missing.next = bits::<21>(0);
        if (self.is_code.val() | self.is_memory.val()) & self.available.val().any() {
            self.missing.next = bit_cast::<21, 20>(self.available.val()) + bit_cast::<21, 5>(self.offset.val());
        }
        self.goes_down.next = self.is_memory.val() & (self.source.val() < self.target.val());
        if self.start.val() & (!self.running.q.val()) {
            self.from_code.d.next = self.is_code.val();
            self.from_memory.d.next = self.is_memory.val();
            self.down.d.next = self.goes_down.val();
            self.last_index.d.next = self.last_byte.val().get_bits::<16>(5);
            self.last_place.d.next = self.last_byte.val().get_bits::<5>(0);
            self.missing_index.d.next = self.missing.val().get_bits::<16>(5);
            self.missing_place.d.next = self.missing.val().get_bits::<5>(0);
            self.skip.d.next = self.offset.val();
            self.index.d.next = bits::<16>(0);
            self.load_low.d.next = self.source.val().get_bits::<5>(0);
            self.load_row.d.next = self.source.val().get_bits::<15>(5);
            self.line.d.next = self.code_line.val() + bit_cast::<32, 15>(self.source.val().get_bits::<15>(5));
            self.row.d.next = self.base.val().get_bits::<15>(5);
            self.stored_low.d.next = self.base.val().get_bits::<5>(0);
            if self.length.val().any() {
                self.running.d.next = true;
                self.seeking.d.next = self.goes_down.val();
                self.issuing.d.next = !self.goes_down.val();
            } else {
                self.finished.d.next = true;
            }
        }
        if self.clear.val() {
            self.running.d.next = false;
            self.seeking.d.next = false;
            self.issuing.d.next = false;
            self.requested.d.next = false;
            self.stored_end.d.next = bits::<6>(0);
            self.finished.d.next = false;
            for i in 0..3 {
                self.valid[i].d.next = false;
            }
        }

        self.busy.next = self.running.q.val();
        self.done.next = self.finished.q.val();
        self.active.next = self.running.q.val() | self.finished.q.val();
        self.load_address.next =
            (bit_cast::<20, 15>(self.load_row.q.val()) << bits::<20>(5)) | bit_cast::<20, 5>(self.load_low.q.val());
        self.store_address.next =
            (bit_cast::<20, 15>(self.stored_row.q.val()) << bits::<20>(5)) | bit_cast::<20, 5>(self.stored_low.q.val());
        self.store_data.next = self.stored.q.val();
        self.store_skip.next = self.stored_skip.q.val();
        self.store_end.next = self.stored_end.q.val();
        self.code_request.next = self.requested.q.val();
        self.code_address.next = self.line.q.val();
    }
}

/// What a command writes, as a function of the bytes from `source` on (lane memory before the command, or raw code).
pub fn model(kind: u8, source: &[u8], available: usize, length: usize) -> Vec<u8> {
    let byte = |i: usize| if kind > COPY_CODE || i >= available { 0 } else { source[i] };
    (0..length).map(byte).collect()
}
