//! Operand RAM: two synchronous read ports and one write port.
//!
//! The Verilog holds two copies, each with one read and one write port, which synthesis maps to block RAM.
//! Handshake: none. Latency: data of an address is there a cycle later; a read of the word that is being written gives
//! its old value. Reset: none; contents and outputs start at zero.

use rust_hdl_core::prelude::*;

/// RAM of 2^`ADDRESS_BITS` words of `D`.
#[derive(LogicBlock)]
pub struct OperandRam<D: Synth, const ADDRESS_BITS: usize> {
    /// Clock.
    pub clock: Signal<In, Clock>,
    /// Address of read port a.
    pub address_a: Signal<In, Bits<ADDRESS_BITS>>,
    /// Data of read port a, a cycle later.
    pub data_a: Signal<Out, D>,
    /// Address of read port b.
    pub address_b: Signal<In, Bits<ADDRESS_BITS>>,
    /// Data of read port b, a cycle later.
    pub data_b: Signal<Out, D>,
    /// Whether to write.
    pub write: Signal<In, Bit>,
    /// Address to write.
    pub write_address: Signal<In, Bits<ADDRESS_BITS>>,
    /// Data to write.
    pub write_data: Signal<In, D>,
    _words: Vec<D>,
}

impl<D: Synth, const ADDRESS_BITS: usize> Default for OperandRam<D, ADDRESS_BITS> {
    fn default() -> Self {
        Self {
            clock: Default::default(),
            address_a: Default::default(),
            data_a: Default::default(),
            address_b: Default::default(),
            data_b: Default::default(),
            write: Default::default(),
            write_address: Default::default(),
            write_data: Default::default(),
            _words: vec![D::default(); 1 << ADDRESS_BITS],
        }
    }
}

impl<D: Synth, const ADDRESS_BITS: usize> Logic for OperandRam<D, ADDRESS_BITS> {
    fn update(&mut self) {
        if self.clock.pos_edge() {
            self.data_a.next = self._words[self.address_a.val().index()];
            self.data_b.next = self._words[self.address_b.val().index()];
            if self.write.val() {
                self._words[self.write_address.val().index()] = self.write_data.val();
            }
        }
    }

    fn connect(&mut self) {
        self.data_a.connect();
        self.data_b.connect();
    }

    fn hdl(&self) -> Verilog {
        let (top, last) = (D::BITS - 1, (1 << ADDRESS_BITS) - 1);
        Verilog::Custom(format!(
            "\
reg [{top}:0] copy_a [0:{last}];
reg [{top}:0] copy_b [0:{last}];
integer i;
initial begin
    data_a = 0;
    data_b = 0;
    for (i = 0; i <= {last}; i = i + 1) begin
        copy_a[i] = 0;
        copy_b[i] = 0;
    end
end
always @(posedge clock) begin
    data_a <= copy_a[address_a];
    if (write) copy_a[write_address] <= write_data;
end
always @(posedge clock) begin
    data_b <= copy_b[address_b];
    if (write) copy_b[write_address] <= write_data;
end
"
        ))
    }
}
