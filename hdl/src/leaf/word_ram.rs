//! RAM with one synchronous read port and one write port, for block RAM.
//!
//! Handshake: none. Latency: data of an address is there a cycle later; a read of the word that is being written gives
//! its old value. Reset: none; contents and output start at zero.

use rust_hdl_core::prelude::*;

/// RAM of 2^`ADDRESS_BITS` words of `D`.
#[derive(LogicBlock)]
pub struct WordRam<D: Synth, const ADDRESS_BITS: usize> {
    /// Clock.
    pub clock: Signal<In, Clock>,
    /// Address to read.
    pub address: Signal<In, Bits<ADDRESS_BITS>>,
    /// Its data, a cycle later.
    pub data: Signal<Out, D>,
    /// Whether to write.
    pub write: Signal<In, Bit>,
    /// Address to write.
    pub write_address: Signal<In, Bits<ADDRESS_BITS>>,
    /// Data to write.
    pub write_data: Signal<In, D>,
    _words: Vec<D>,
}

impl<D: Synth, const ADDRESS_BITS: usize> Default for WordRam<D, ADDRESS_BITS> {
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

impl<D: Synth, const ADDRESS_BITS: usize> Logic for WordRam<D, ADDRESS_BITS> {
    fn update(&mut self) {
        if self.clock.pos_edge() {
            self.data.next = self._words[self.address.val().index()];
            if self.write.val() {
                self._words[self.write_address.val().index()] = self.write_data.val();
            }
        }
    }

    fn connect(&mut self) {
        self.data.connect();
    }

    fn hdl(&self) -> Verilog {
        let (top, last) = (D::BITS - 1, (1 << ADDRESS_BITS) - 1);
        Verilog::Custom(format!(
            "\
(* ram_style = \"block\" *) reg [{top}:0] words [0:{last}];
integer i;
initial begin
    data = 0;
    for (i = 0; i <= {last}; i = i + 1) words[i] = 0;
end
always @(posedge clock) begin
    data <= words[address];
    if (write) words[write_address] <= write_data;
end
"
        ))
    }
}
