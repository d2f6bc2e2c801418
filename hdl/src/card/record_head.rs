//! Record head: the header of a result record goes to host memory before the write records of the commit, in one write with them.
//!
//! Algorithm: the processor writes the [`HEADER_WORDS`] words of the header into a small RAM, those that stay zero never. `start` has them assembled into rows, a word a
//! cycle, which are given one after the other; the commit unit's rows follow, as they come, until the next `start`.
//!
//! Handshake: `beat` and `out` are ready/valid; what is offered stays. `start` is a pulse, ignored until the last header has been taken; words are not written between it and
//! then. Latency: [`ROW_WORDS`] cycles before each row of the header; the commit unit's rows pass without a register. Reset: `reset`
//! drops a header at work, together with the writer; the words stay. Starts with all words zero.

use gaslane_abi::record::ResultHeader;
use rust_hdl_core::prelude::*;
use rust_hdl_widgets::prelude::*;

use crate::{
    leaf::SmallRam,
    word::{W256, bits_w256},
};

/// Words of a header.
pub const HEADER_WORDS: usize = size_of::<ResultHeader>() / 4;
/// Words of a row.
pub const ROW_WORDS: usize = 8;

// The unit counts to it.
const _: () = assert!(HEADER_WORDS == 3 * ROW_WORDS);

/// The block.
#[derive(LogicBlock, Default)]
pub struct RecordHead {
    /// Clock.
    pub clock: Signal<In, Clock>,
    /// Drop a header.
    pub reset: Signal<In, Bit>,
    /// Processor: a word of the header.
    pub write: Signal<In, Bit>,
    /// Processor: which.
    pub number: Signal<In, Bits<5>>,
    /// Processor: its value.
    pub word: Signal<In, Bits<32>>,
    /// A record begins.
    pub start: Signal<In, Bit>,
    /// Commit unit: a row of a write record.
    pub beat_valid: Signal<In, Bit>,
    /// Commit unit: it is taken.
    pub beat_ready: Signal<Out, Bit>,
    /// Commit unit: the row.
    pub beat: Signal<In, W256>,
    /// A row of the record.
    pub out_valid: Signal<Out, Bit>,
    /// It is taken.
    pub out_ready: Signal<In, Bit>,
    /// The row.
    pub out: Signal<Out, W256>,

    words: SmallRam<Bits<32>, 5>,
    row: DFF<W256>,
    at: DFF<Bits<5>>,
    /// Words are taken; a row is whole.
    collects: DFF<Bit>,
    gives: DFF<Bit>,
    waits: Signal<Local, Bit>,
}

impl Logic for RecordHead {
    #[hdl_gen]
    fn update(&mut self) {
        dff_setup!(self, clock, row, at, collects, gives);
        clock!(self, clock, words);
        self.words.write.next = self.write.val();
        self.words.write_address.next = self.number.val();
        self.words.write_data.next = self.word.val();
        self.words.address.next = self.at.q.val();
        self.waits.next = self.collects.q.val() | self.gives.q.val();
        if self.start.val() & (!self.waits.val()) {
            self.collects.d.next = true;
            self.at.d.next = bits::<5>(0);
        }
        if self.collects.q.val() {
            self.row.d.next = (self.row.q.val() >> 32_u64) | (bits_w256(self.words.data.val()) << 224_u64);
            self.at.d.next = self.at.q.val() + bits::<5>(1);
            if self.at.q.val().get_bits::<3>(0) == bits::<3>(7) {
                self.collects.d.next = false;
                self.gives.d.next = true;
            }
        }
        if self.gives.q.val() & self.out_ready.val() {
            self.gives.d.next = false;
            // Behind the third row the count stands at 24.
            self.collects.d.next = self.at.q.val() != bits::<5>(24);
        }
        self.out_valid.next = self.gives.q.val() | ((!self.waits.val()) & self.beat_valid.val());
        self.out.next = self.beat.val();
        self.beat_ready.next = (!self.waits.val()) & self.out_ready.val();
        if self.gives.q.val() {
            self.out.next = self.row.q.val();
        }
        if self.reset.val() {
            self.collects.d.next = false;
            self.gives.d.next = false;
        }
    }
}
