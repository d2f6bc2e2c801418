//! RAM with one synchronous read port and one write port, for tables and logs.
//!
//! It has 2^(`BASE_BITS` + `MORE_BITS`) words. The address ports have 16 bits, of which the lowest ones count, so that
//! users compute addresses without knowing the size. Of every word only the lowest bits that [`Ram::new`] names are
//! kept, the others read as zero. Handshake: none. Latency: data of an address is there a cycle later. A read of the word
//! that is being written gives anything, as block RAM does: all ones in both simulations, so that who uses it is found
//! out. Synthesis is told not to care, else it would add bypasses. Reset: none; contents start at zero.

use rust_hdl_core::prelude::*;

use crate::word::Word;

/// What a [`Ram`] can hold.
pub trait Stored: Synth {
    /// The lowest `count` bits set.
    fn ones(count: usize) -> Self;
}

impl<const N: usize> Stored for Bits<N> {
    fn ones(count: usize) -> Self {
        const { assert!(N < 64, "wider values are words") };
        ((1_u64 << count) - 1).into()
    }
}

impl<const BITS: usize, const LIMBS: usize> Stored for Word<BITS, LIMBS> {
    fn ones(count: usize) -> Self {
        Word::MAX >> (BITS - count) as u64
    }
}

/// The RAM.
#[derive(LogicBlock)]
pub struct Ram<D: Stored, const BASE_BITS: usize, const MORE_BITS: usize> {
    /// Clock.
    pub clock: Signal<In, Clock>,
    /// Address to read.
    pub address: Signal<In, Bits<16>>,
    /// Whether to read; else the data will be zero, which costs nothing and lets users join what they read by an or.
    pub read: Signal<In, Bit>,
    /// Its data, a cycle later.
    pub data: Signal<Out, D>,
    /// Whether to write.
    pub write: Signal<In, Bit>,
    /// Address to write.
    pub write_address: Signal<In, Bits<16>>,
    /// Data to write; bits that are not kept must be zero.
    pub write_data: Signal<In, D>,
    _kept: usize,
    _words: Vec<D>,
}

impl<D: Stored, const BASE_BITS: usize, const MORE_BITS: usize> Ram<D, BASE_BITS, MORE_BITS> {
    const ADDRESS_BITS: usize = {
        assert!(BASE_BITS + MORE_BITS >= 1 && BASE_BITS + MORE_BITS <= 16, "addresses have 16 bits");
        BASE_BITS + MORE_BITS
    };

    /// A RAM that keeps the lowest `kept` bits of each word.
    pub fn new(kept: usize) -> Self {
        assert!(kept >= 1 && kept <= D::BITS, "a word has {} bits", D::BITS);
        Self {
            clock: Default::default(),
            address: Default::default(),
            read: Default::default(),
            data: Default::default(),
            write: Default::default(),
            write_address: Default::default(),
            write_data: Default::default(),
            _kept: kept,
            _words: vec![D::default(); 1 << Self::ADDRESS_BITS],
        }
    }
}

impl<D: Stored, const BASE_BITS: usize, const MORE_BITS: usize> Default for Ram<D, BASE_BITS, MORE_BITS> {
    fn default() -> Self {
        Self::new(D::BITS)
    }
}

impl<D: Stored, const BASE_BITS: usize, const MORE_BITS: usize> Logic for Ram<D, BASE_BITS, MORE_BITS> {
    fn update(&mut self) {
        if self.clock.pos_edge() {
            let mask = (1 << Self::ADDRESS_BITS) - 1;
            let (source, target) = (self.address.val().index() & mask, self.write_address.val().index() & mask);
            self.data.next = self._words[source];
            if self.write.val() {
                self._words[target] = self.write_data.val();
                if source == target {
                    self.data.next = D::ones(self._kept);
                }
            }
            if !self.read.val() {
                self.data.next = D::default();
            }
        }
    }

    fn connect(&mut self) {
        self.data.connect();
    }

    fn hdl(&self) -> Verilog {
        let (last, top) = ((1 << Self::ADDRESS_BITS) - 1, Self::ADDRESS_BITS - 1);
        let (width, kept) = (self._kept, self._kept - 1);
        Verilog::Custom(format!(
            "\
(* no_rw_check *) reg [{kept}:0] words [0:{last}];
reg [{kept}:0] word;
integer i;
initial for (i = 0; i <= {last}; i = i + 1) words[i] = 0;
always @(posedge clock) begin
    if (!read) word <= 0;
`ifndef SYNTHESIS
    else if (write && address[{top}:0] == write_address[{top}:0]) word <= {{{width}{{1'b1}}}};
`endif
    else word <= words[address[{top}:0]];
    if (write) words[write_address[{top}:0]] <= write_data[{kept}:0];
end
always @(*) data = word;
"
        ))
    }
}
