//! RAM with one synchronous read port and one write port, for tables and logs.
//!
//! It has 2^(`BASE_BITS` + `MORE_BITS`) words. The address ports have 16 bits, of which the lowest ones count, so that
//! users compute addresses without knowing the size. Of every word only the lowest bits that [`Ram::new`] names are
//! kept, the others read as zero. Handshake: none. Latency: data of an address is there a cycle later; a read of the word that
//! is being written gives its old value. Reset: none; contents and output start at zero.

use rust_hdl_core::prelude::*;

/// The RAM.
#[derive(LogicBlock)]
pub struct Ram<D: Synth, const BASE_BITS: usize, const MORE_BITS: usize> {
    /// Clock.
    pub clock: Signal<In, Clock>,
    /// Address to read.
    pub address: Signal<In, Bits<16>>,
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

impl<D: Synth, const BASE_BITS: usize, const MORE_BITS: usize> Ram<D, BASE_BITS, MORE_BITS> {
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
            data: Default::default(),
            write: Default::default(),
            write_address: Default::default(),
            write_data: Default::default(),
            _kept: kept,
            _words: vec![D::default(); 1 << Self::ADDRESS_BITS],
        }
    }
}

impl<D: Synth, const BASE_BITS: usize, const MORE_BITS: usize> Default for Ram<D, BASE_BITS, MORE_BITS> {
    fn default() -> Self {
        Self::new(D::BITS)
    }
}

impl<D: Synth, const BASE_BITS: usize, const MORE_BITS: usize> Logic for Ram<D, BASE_BITS, MORE_BITS> {
    fn update(&mut self) {
        if self.clock.pos_edge() {
            let mask = (1 << Self::ADDRESS_BITS) - 1;
            self.data.next = self._words[self.address.val().index() & mask];
            if self.write.val() {
                self._words[self.write_address.val().index() & mask] = self.write_data.val();
            }
        }
    }

    fn connect(&mut self) {
        self.data.connect();
    }

    fn hdl(&self) -> Verilog {
        let (last, top, kept) = ((1 << Self::ADDRESS_BITS) - 1, Self::ADDRESS_BITS - 1, self._kept - 1);
        Verilog::Custom(format!(
            "\
reg [{kept}:0] words [0:{last}];
reg [{kept}:0] word;
integer i;
initial begin
    word = 0;
    for (i = 0; i <= {last}; i = i + 1) words[i] = 0;
end
always @(posedge clock) begin
    word <= words[address[{top}:0]];
    if (write) words[write_address[{top}:0]] <= write_data[{kept}:0];
end
always @(*) data = word;
"
        ))
    }
}
