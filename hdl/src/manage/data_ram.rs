//! Data memory of the processor, shared with users of whole rows.
//!
//! Rows of 32 bytes in one [`MemoryBank`], the first byte least significant; addresses wrap. Three users read rows, two write rows, each
//! as a stream of requests.
//!
//! Algorithm: a cycle belongs to the processor, or to one reader and one writer. The processor has every cycle that it wants, but
//! no two in a row while a user of rows waits. Readers take turns, so do writers. A reader whose row is written in the cycle
//! waits for the next one: so no byte is ever read in the cycle in which it is written. Rows that were read wait in a queue for each
//! reader, and a reader reads only if it has a place there. Rows to write come through queues too.
//!
//! Handshake: ready/valid everywhere, from registers alone. `processor_ready` does not depend on the access; the word of a read is
//! there in the cycle after it was taken, and only in that one. A request takes its user until all its rows are read,
//! or until `done` is taken. Rows of a write may come before their request. `done`: every later access finds the rows. Requests have at least one row.
//!
//! Latency: three cycles from the request of a reader to its first row, a row a cycle then; two cycles from a row to write to `done`.
//! Reset: `reset` forgets requests and rows on their way; starts so, with a memory of zeros.

use rust_hdl_core::prelude::*;
use rust_hdl_widgets::prelude::*;

use crate::{
    bus::Fifo,
    leaf::MemoryBank,
    word::{W64, W256, bits_w64, bits_w256},
};

/// Memory of 2^(`BANK_BITS` - 1) rows, as its [`MemoryBank`] counts them.
#[derive(LogicBlock)]
pub struct DataRam<const BANK_BITS: usize> {
    /// Clock.
    pub clock: Signal<In, Clock>,
    /// Forget all requests.
    pub reset: Signal<In, Bit>,
    /// Processor: an access.
    pub processor_valid: Signal<In, Bit>,
    /// Processor: it is taken.
    pub processor_ready: Signal<Out, Bit>,
    /// Processor: it is a write.
    pub processor_write: Signal<In, Bit>,
    /// Processor: a byte address; its word is accessed.
    pub processor_address: Signal<In, Bits<32>>,
    /// Processor: bytes of the word to write.
    pub processor_strobes: Signal<In, Bits<4>>,
    /// Processor: what to write, each byte on its lane.
    pub processor_data: Signal<In, Bits<32>>,
    /// Processor: the word of the read that was taken in the cycle before.
    pub processor_read: Signal<Out, Bits<32>>,
    /// Reader 1: a request.
    pub read1_valid: Signal<In, Bit>,
    /// Reader 1: it is taken.
    pub read1_ready: Signal<Out, Bit>,
    /// Reader 1: its first byte, a multiple of 32.
    pub read1_address: Signal<In, W64>,
    /// Reader 1: its rows.
    pub read1_beats: Signal<In, Bits<20>>,
    /// Reader 1: a row.
    pub read1_data_valid: Signal<Out, Bit>,
    /// Reader 1: it is taken.
    pub read1_data_ready: Signal<In, Bit>,
    /// Reader 1: the row.
    pub read1_data: Signal<Out, W256>,
    /// Reader 2: a request.
    pub read2_valid: Signal<In, Bit>,
    /// Reader 2: it is taken.
    pub read2_ready: Signal<Out, Bit>,
    /// Reader 2: its first byte, a multiple of 32.
    pub read2_address: Signal<In, W64>,
    /// Reader 2: its rows.
    pub read2_beats: Signal<In, Bits<20>>,
    /// Reader 2: a row.
    pub read2_data_valid: Signal<Out, Bit>,
    /// Reader 2: it is taken.
    pub read2_data_ready: Signal<In, Bit>,
    /// Reader 2: the row.
    pub read2_data: Signal<Out, W256>,
    /// Reader 3: a request.
    pub read3_valid: Signal<In, Bit>,
    /// Reader 3: it is taken.
    pub read3_ready: Signal<Out, Bit>,
    /// Reader 3: its first byte, a multiple of 32.
    pub read3_address: Signal<In, W64>,
    /// Reader 3: its rows.
    pub read3_beats: Signal<In, Bits<20>>,
    /// Reader 3: a row.
    pub read3_data_valid: Signal<Out, Bit>,
    /// Reader 3: it is taken.
    pub read3_data_ready: Signal<In, Bit>,
    /// Reader 3: the row.
    pub read3_data: Signal<Out, W256>,
    /// Writer 1: a request.
    pub write1_valid: Signal<In, Bit>,
    /// Writer 1: it is taken.
    pub write1_ready: Signal<Out, Bit>,
    /// Writer 1: its first byte, a multiple of 32.
    pub write1_address: Signal<In, W64>,
    /// Writer 1: its rows.
    pub write1_beats: Signal<In, Bits<20>>,
    /// Writer 1: a row.
    pub write1_data_valid: Signal<In, Bit>,
    /// Writer 1: it is taken.
    pub write1_data_ready: Signal<Out, Bit>,
    /// Writer 1: the row.
    pub write1_data: Signal<In, W256>,
    /// Writer 1: all rows are written.
    pub write1_done_valid: Signal<Out, Bit>,
    /// Writer 1: this has been noticed.
    pub write1_done_ready: Signal<In, Bit>,
    /// Writer 2: a request.
    pub write2_valid: Signal<In, Bit>,
    /// Writer 2: it is taken.
    pub write2_ready: Signal<Out, Bit>,
    /// Writer 2: its first byte, a multiple of 32.
    pub write2_address: Signal<In, W64>,
    /// Writer 2: its rows.
    pub write2_beats: Signal<In, Bits<20>>,
    /// Writer 2: a row.
    pub write2_data_valid: Signal<In, Bit>,
    /// Writer 2: it is taken.
    pub write2_data_ready: Signal<Out, Bit>,
    /// Writer 2: the row.
    pub write2_data: Signal<In, W256>,
    /// Writer 2: all rows are written.
    pub write2_done_valid: Signal<Out, Bit>,
    /// Writer 2: this has been noticed.
    pub write2_done_ready: Signal<In, Bit>,
    bank: MemoryBank<BANK_BITS>,
    // Readers: the request, places that are free or not at the output, a row that comes from the bank.
    queues: [Fifo<W256, 2>; 3],
    read_active: [DFF<Bit>; 3],
    read_row: [DFF<Bits<14>>; 3],
    read_left: [DFF<Bits<20>>; 3],
    /// Rows that were read and not taken.
    read_out: [DFF<Bits<3>>; 3],
    reading: [DFF<Bit>; 3],
    read_last: DFF<Bits<2>>,
    request_valid: [Signal<Local, Bit>; 3],
    request_row: [Signal<Local, Bits<14>>; 3],
    request_beats: [Signal<Local, Bits<20>>; 3],
    taken: [Signal<Local, Bit>; 3],
    read_wants: [Signal<Local, Bit>; 3],
    read_first: [Signal<Local, Bit>; 3],
    reads: [Signal<Local, Bit>; 3],
    // Writers.
    rows: [Fifo<W256, 1>; 2],
    write_active: [DFF<Bit>; 2],
    write_row: [DFF<Bits<14>>; 2],
    write_left: [DFF<Bits<20>>; 2],
    write_done: [DFF<Bit>; 2],
    write_last: DFF<Bit>,
    announced: [Signal<Local, Bit>; 2],
    announced_row: [Signal<Local, Bits<14>>; 2],
    announced_beats: [Signal<Local, Bits<20>>; 2],
    noticed: [Signal<Local, Bit>; 2],
    write_wants: [Signal<Local, Bit>; 2],
    write_first: [Signal<Local, Bit>; 2],
    writes: [Signal<Local, Bit>; 2],
    // The bank's cycle.
    rows_wait: Signal<Local, Bit>,
    ready: Signal<Local, Bit>,
    serves: Signal<Local, Bit>,
    /// The processor had the cycle before.
    served: DFF<Bit>,
    word: DFF<Bits<3>>,
    place: Signal<Local, Bits<3>>,
    row: Signal<Local, Bits<14>>,
    target: Signal<Local, Bits<14>>,
    any_write: Signal<Local, Bit>,
    apart: Signal<Local, Bits<14>>,
    collides: Signal<Local, Bit>,
    twice: Signal<Local, W64>,
    all_bytes: Constant<Bits<32>>,
    /// Bits of a row number that count.
    wrap: Constant<Bits<14>>,
}

impl<const BANK_BITS: usize> Default for DataRam<BANK_BITS> {
    fn default() -> Self {
        Self {
            clock: Default::default(),
            reset: Default::default(),
            processor_valid: Default::default(),
            processor_ready: Default::default(),
            processor_write: Default::default(),
            processor_address: Default::default(),
            processor_strobes: Default::default(),
            processor_data: Default::default(),
            processor_read: Default::default(),
            read1_valid: Default::default(),
            read1_ready: Default::default(),
            read1_address: Default::default(),
            read1_beats: Default::default(),
            read1_data_valid: Default::default(),
            read1_data_ready: Default::default(),
            read1_data: Default::default(),
            read2_valid: Default::default(),
            read2_ready: Default::default(),
            read2_address: Default::default(),
            read2_beats: Default::default(),
            read2_data_valid: Default::default(),
            read2_data_ready: Default::default(),
            read2_data: Default::default(),
            read3_valid: Default::default(),
            read3_ready: Default::default(),
            read3_address: Default::default(),
            read3_beats: Default::default(),
            read3_data_valid: Default::default(),
            read3_data_ready: Default::default(),
            read3_data: Default::default(),
            write1_valid: Default::default(),
            write1_ready: Default::default(),
            write1_address: Default::default(),
            write1_beats: Default::default(),
            write1_data_valid: Default::default(),
            write1_data_ready: Default::default(),
            write1_data: Default::default(),
            write1_done_valid: Default::default(),
            write1_done_ready: Default::default(),
            write2_valid: Default::default(),
            write2_ready: Default::default(),
            write2_address: Default::default(),
            write2_beats: Default::default(),
            write2_data_valid: Default::default(),
            write2_data_ready: Default::default(),
            write2_data: Default::default(),
            write2_done_valid: Default::default(),
            write2_done_ready: Default::default(),
            bank: Default::default(),
            queues: Default::default(),
            read_active: Default::default(),
            read_row: Default::default(),
            read_left: Default::default(),
            read_out: Default::default(),
            reading: Default::default(),
            read_last: Default::default(),
            request_valid: Default::default(),
            request_row: Default::default(),
            request_beats: Default::default(),
            taken: Default::default(),
            read_wants: Default::default(),
            read_first: Default::default(),
            reads: Default::default(),
            rows: Default::default(),
            write_active: Default::default(),
            write_row: Default::default(),
            write_left: Default::default(),
            write_done: Default::default(),
            write_last: Default::default(),
            announced: Default::default(),
            announced_row: Default::default(),
            announced_beats: Default::default(),
            noticed: Default::default(),
            write_wants: Default::default(),
            write_first: Default::default(),
            writes: Default::default(),
            rows_wait: Default::default(),
            ready: Default::default(),
            serves: Default::default(),
            served: Default::default(),
            word: Default::default(),
            place: Default::default(),
            row: Default::default(),
            target: Default::default(),
            any_write: Default::default(),
            apart: Default::default(),
            collides: Default::default(),
            twice: Default::default(),
            all_bytes: Constant::new(0xffff_ffff_u64.into()),
            wrap: Constant::new(((1_u64 << (BANK_BITS - 1)) - 1).into()),
        }
    }
}

impl<const BANK_BITS: usize> DataRam<BANK_BITS> {
    /// Bytes that it holds.
    pub const BYTES: usize = 32 << (BANK_BITS - 1);
}

impl<const BANK_BITS: usize> Logic for DataRam<BANK_BITS> {
    #[hdl_gen]
    fn update(&mut self) {
        dff_setup!(self, clock, read_last, write_last, served, word);
        clock!(self, clock, bank);
        for i in 0..3 {
            self.queues[i].clock.next = self.clock.val();
            self.read_active[i].clock.next = self.clock.val();
            self.read_row[i].clock.next = self.clock.val();
            self.read_left[i].clock.next = self.clock.val();
            self.read_out[i].clock.next = self.clock.val();
            self.reading[i].clock.next = self.clock.val();
            self.read_active[i].d.next = self.read_active[i].q.val();
            self.read_row[i].d.next = self.read_row[i].q.val();
            self.read_left[i].d.next = self.read_left[i].q.val();
            self.read_out[i].d.next = self.read_out[i].q.val();
        }
        for i in 0..2 {
            self.rows[i].clock.next = self.clock.val();
            self.write_active[i].clock.next = self.clock.val();
            self.write_row[i].clock.next = self.clock.val();
            self.write_left[i].clock.next = self.clock.val();
            self.write_done[i].clock.next = self.clock.val();
            self.write_active[i].d.next = self.write_active[i].q.val();
            self.write_row[i].d.next = self.write_row[i].q.val();
            self.write_left[i].d.next = self.write_left[i].q.val();
            self.write_done[i].d.next = self.write_done[i].q.val();
        }

        // Users by number.
        self.request_valid[0].next = self.read1_valid.val();
        self.request_row[0].next = self.read1_address.val().get_bits::<14>(5);
        self.request_beats[0].next = self.read1_beats.val();
        self.read1_ready.next = !self.read_active[0].q.val();
        self.read1_data_valid.next = self.queues[0].out_valid.val();
        self.queues[0].out_ready.next = self.read1_data_ready.val();
        self.read1_data.next = self.queues[0].out_data.val();
        self.request_valid[1].next = self.read2_valid.val();
        self.request_row[1].next = self.read2_address.val().get_bits::<14>(5);
        self.request_beats[1].next = self.read2_beats.val();
        self.read2_ready.next = !self.read_active[1].q.val();
        self.read2_data_valid.next = self.queues[1].out_valid.val();
        self.queues[1].out_ready.next = self.read2_data_ready.val();
        self.read2_data.next = self.queues[1].out_data.val();
        self.request_valid[2].next = self.read3_valid.val();
        self.request_row[2].next = self.read3_address.val().get_bits::<14>(5);
        self.request_beats[2].next = self.read3_beats.val();
        self.read3_ready.next = !self.read_active[2].q.val();
        self.read3_data_valid.next = self.queues[2].out_valid.val();
        self.queues[2].out_ready.next = self.read3_data_ready.val();
        self.read3_data.next = self.queues[2].out_data.val();
        self.announced[0].next = self.write1_valid.val();
        self.announced_row[0].next = self.write1_address.val().get_bits::<14>(5);
        self.announced_beats[0].next = self.write1_beats.val();
        self.write1_ready.next = (!self.write_active[0].q.val()) & (!self.write_done[0].q.val());
        self.rows[0].in_valid.next = self.write1_data_valid.val();
        self.rows[0].in_data.next = self.write1_data.val();
        self.write1_data_ready.next = self.rows[0].in_ready.val();
        self.write1_done_valid.next = self.write_done[0].q.val();
        self.noticed[0].next = self.write1_done_ready.val();
        self.announced[1].next = self.write2_valid.val();
        self.announced_row[1].next = self.write2_address.val().get_bits::<14>(5);
        self.announced_beats[1].next = self.write2_beats.val();
        self.write2_ready.next = (!self.write_active[1].q.val()) & (!self.write_done[1].q.val());
        self.rows[1].in_valid.next = self.write2_data_valid.val();
        self.rows[1].in_data.next = self.write2_data.val();
        self.write2_data_ready.next = self.rows[1].in_ready.val();
        self.write2_done_valid.next = self.write_done[1].q.val();
        self.noticed[1].next = self.write2_done_ready.val();

        // Who waits for the bank.
        self.rows_wait.next = false;
        for i in 0..3 {
            self.read_wants[i].next = self.read_active[i].q.val() & (!self.read_out[i].q.val().get_bit(2));
            if self.read_wants[i].val() {
                self.rows_wait.next = true;
            }
        }
        for i in 0..2 {
            self.write_wants[i].next = self.write_active[i].q.val() & self.rows[i].out_valid.val();
            if self.write_wants[i].val() {
                self.rows_wait.next = true;
            }
        }
        self.ready.next = !(self.served.q.val() & self.rows_wait.val());
        self.processor_ready.next = self.ready.val();
        self.serves.next = self.processor_valid.val() & self.ready.val();
        self.served.d.next = self.serves.val();

        // Turns: the reader after the last one goes first. `read_last` is its number, from 1.
        self.read_first[0].next = self.read_wants[0].val();
        self.read_first[1].next = self.read_wants[1].val() & (!self.read_wants[0].val());
        self.read_first[2].next = self.read_wants[2].val() & (!self.read_wants[0].val()) & (!self.read_wants[1].val());
        if self.read_last.q.val() == bits::<2>(1) {
            self.read_first[0].next =
                self.read_wants[0].val() & (!self.read_wants[1].val()) & (!self.read_wants[2].val());
            self.read_first[1].next = self.read_wants[1].val();
            self.read_first[2].next = self.read_wants[2].val() & (!self.read_wants[1].val());
        }
        if self.read_last.q.val() == bits::<2>(2) {
            self.read_first[0].next = self.read_wants[0].val() & (!self.read_wants[2].val());
            self.read_first[1].next =
                self.read_wants[1].val() & (!self.read_wants[2].val()) & (!self.read_wants[0].val());
            self.read_first[2].next = self.read_wants[2].val();
        }
        self.write_first[0].next = self.write_wants[0].val() & (self.write_last.q.val() | (!self.write_wants[1].val()));
        self.write_first[1].next = self.write_wants[1].val() & (!(self.write_last.q.val() & self.write_wants[0].val()));

        // The write port.
        self.place.next = self.processor_address.val().get_bits::<3>(2);
        self.twice.next = bits_w64(self.processor_data.val()) | (bits_w64(self.processor_data.val()) << 32_u64);
        self.target.next = self.processor_address.val().get_bits::<14>(5);
        self.bank.enable.next = bits::<32>(0);
        self.bank.write_data.next = bits_w256(self.twice.val())
            | (bits_w256(self.twice.val()) << 64_u64)
            | (bits_w256(self.twice.val()) << 128_u64)
            | (bits_w256(self.twice.val()) << 192_u64);
        if self.serves.val() & self.processor_write.val() {
            self.bank.enable.next =
                bit_cast::<32, 4>(self.processor_strobes.val()) << (bit_cast::<5, 3>(self.place.val()) << bits::<5>(2));
        }
        self.any_write.next = false;
        for i in 0..2 {
            self.writes[i].next = self.write_first[i].val() & (!self.serves.val());
            self.rows[i].out_ready.next = self.writes[i].val();
            if self.write_first[i].val() & (!self.serves.val()) {
                self.any_write.next = true;
                self.bank.enable.next = self.all_bytes.val();
                self.target.next = self.write_row[i].q.val();
                self.bank.write_data.next = self.rows[i].out_data.val();
            }
        }
        if self.writes[0].val() {
            self.write_last.d.next = false;
        }
        if self.writes[1].val() {
            self.write_last.d.next = true;
        }
        self.bank.write_row.next = self.target.val();

        // The read port.
        self.row.next = self.processor_address.val().get_bits::<14>(5);
        for i in 0..3 {
            if self.read_first[i].val() & (!self.serves.val()) {
                self.row.next = self.read_row[i].q.val();
            }
        }
        self.apart.next = (self.row.val() ^ self.target.val()) & self.wrap.val();
        self.collides.next = self.any_write.val() & (!self.apart.val().any());
        for i in 0..3 {
            self.reads[i].next = self.read_first[i].val() & (!self.serves.val()) & (!self.collides.val());
            self.reading[i].d.next = self.reads[i].val();
        }
        if self.reads[0].val() {
            self.read_last.d.next = bits::<2>(1);
        }
        if self.reads[1].val() {
            self.read_last.d.next = bits::<2>(2);
        }
        if self.reads[2].val() {
            self.read_last.d.next = bits::<2>(3);
        }
        self.bank.row.next = self.row.val();

        // The processor's word.
        self.word.d.next = self.place.val();
        self.processor_read.next = bits::<32>(0);
        match self.word.q.val().index() {
            0 => {
                self.processor_read.next = self.bank.data.val().get_bits::<32>(0);
            }
            1 => {
                self.processor_read.next = self.bank.data.val().get_bits::<32>(32);
            }
            2 => {
                self.processor_read.next = self.bank.data.val().get_bits::<32>(64);
            }
            3 => {
                self.processor_read.next = self.bank.data.val().get_bits::<32>(96);
            }
            4 => {
                self.processor_read.next = self.bank.data.val().get_bits::<32>(128);
            }
            5 => {
                self.processor_read.next = self.bank.data.val().get_bits::<32>(160);
            }
            6 => {
                self.processor_read.next = self.bank.data.val().get_bits::<32>(192);
            }
            _ => {
                self.processor_read.next = self.bank.data.val().get_bits::<32>(224);
            }
        }

        // Readers.
        for i in 0..3 {
            self.queues[i].reset.next = self.reset.val();
            self.queues[i].in_valid.next = self.reading[i].q.val();
            self.queues[i].in_data.next = self.bank.data.val();
            self.taken[i].next = self.queues[i].out_valid.val() & self.queues[i].out_ready.val();
            if self.reads[i].val() & (!self.taken[i].val()) {
                self.read_out[i].d.next = self.read_out[i].q.val() + bits::<3>(1);
            }
            if self.taken[i].val() & (!self.reads[i].val()) {
                self.read_out[i].d.next = self.read_out[i].q.val() - bits::<3>(1);
            }
            if self.reads[i].val() {
                self.read_row[i].d.next = self.read_row[i].q.val() + bits::<14>(1);
                self.read_left[i].d.next = self.read_left[i].q.val() - bits::<20>(1);
                if self.read_left[i].q.val() == bits::<20>(1) {
                    self.read_active[i].d.next = false;
                }
            }
            if self.request_valid[i].val() & (!self.read_active[i].q.val()) {
                self.read_active[i].d.next = true;
                self.read_row[i].d.next = self.request_row[i].val();
                self.read_left[i].d.next = self.request_beats[i].val();
            }
            if self.reset.val() {
                self.read_active[i].d.next = false;
                self.read_out[i].d.next = bits::<3>(0);
                self.reading[i].d.next = false;
            }
        }

        // Writers.
        for i in 0..2 {
            self.rows[i].reset.next = self.reset.val();
            if self.noticed[i].val() {
                self.write_done[i].d.next = false;
            }
            if self.writes[i].val() {
                self.write_row[i].d.next = self.write_row[i].q.val() + bits::<14>(1);
                self.write_left[i].d.next = self.write_left[i].q.val() - bits::<20>(1);
                if self.write_left[i].q.val() == bits::<20>(1) {
                    self.write_active[i].d.next = false;
                    self.write_done[i].d.next = true;
                }
            }
            if self.announced[i].val() & (!self.write_active[i].q.val()) & (!self.write_done[i].q.val()) {
                self.write_active[i].d.next = true;
                self.write_row[i].d.next = self.announced_row[i].val();
                self.write_left[i].d.next = self.announced_beats[i].val();
            }
            if self.reset.val() {
                self.write_active[i].d.next = false;
                self.write_done[i].d.next = false;
            }
        }
        if self.reset.val() {
            self.served.d.next = false;
        }
    }
}
