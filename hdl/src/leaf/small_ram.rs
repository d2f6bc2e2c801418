//! RAM of a few words with one write port and one combinational read port, for distributed RAM.
//!
//! Handshake: none. Latency: reads are combinational and give what was written in earlier cycles. Reset: none; contents
//! start at zero.

use rust_hdl_core::prelude::*;

/// RAM of 2^`ADDRESS_BITS` words.
#[derive(LogicBlock)]
pub struct SmallRam<D: Synth, const ADDRESS_BITS: usize> {
    /// Clock.
    pub clock: Signal<In, Clock>,
    /// Word to read.
    pub address: Signal<In, Bits<ADDRESS_BITS>>,
    /// Its value.
    pub data: Signal<Out, D>,
    /// Whether to write.
    pub write: Signal<In, Bit>,
    /// Word to write.
    pub write_address: Signal<In, Bits<ADDRESS_BITS>>,
    /// What to write.
    pub write_data: Signal<In, D>,
    _words: Vec<D>,
}

impl<D: Synth, const ADDRESS_BITS: usize> Default for SmallRam<D, ADDRESS_BITS> {
    fn default() -> Self {
        Self {
            clock: Default::default(),
            address: Default::default(),
            data: Default::default(),
            write: Default::default(),
            write_address: Default::default(),
            write_data: Default::default(),
            _words: vec![D::default(); 1 << ADDRESS_BITS],
        }
    }
}

impl<D: Synth, const ADDRESS_BITS: usize> Logic for SmallRam<D, ADDRESS_BITS> {
    fn update(&mut self) {
        if self.clock.pos_edge() && self.write.val() {
            self._words[self.write_address.val().index()] = self.write_data.val();
        }
        self.data.next = self._words[self.address.val().index()];
    }

    fn connect(&mut self) {
        self.data.connect();
    }

    fn hdl(&self) -> Verilog {
        let (top, last) = (D::BITS - 1, (1 << ADDRESS_BITS) - 1);
        Verilog::Custom(format!(
            "\
reg [{top}:0] words [0:{last}];
integer i;
initial for (i = 0; i <= {last}; i = i + 1) words[i] = 0;
always @(posedge clock) if (write) words[write_address] <= write_data;
always @(*) data = words[address];
"
        ))
    }
}
