//! RAM of the lines of a cache: each row holds a tag of 32 bits and a line of 32 bytes; one read port, one write port.
//!
//! Handshake: none. Latency: tag and line of an address are there a cycle later. A read of the row that is being written
//! gives nothing of use, so that synthesis can take block RAM as it is, without a bypass of 288 bits: the user has to look out. Both
//! simulations then give the worst that could come: the tag of the new line, and bytes of no line at all.
//! Reset: none; tags start as all ones, lines and outputs are undefined (zero in both simulations).

use rust_hdl_core::prelude::*;

use crate::word::W256;

/// RAM of 2^`ADDRESS_BITS` rows.
#[derive(LogicBlock)]
pub struct LineRam<const ADDRESS_BITS: usize> {
    /// Clock.
    pub clock: Signal<In, Clock>,
    /// Row to read.
    pub address: Signal<In, Bits<ADDRESS_BITS>>,
    /// Its tag, a cycle later.
    pub tag: Signal<Out, Bits<32>>,
    /// Its line, a cycle later.
    pub data: Signal<Out, W256>,
    /// Whether to write.
    pub write: Signal<In, Bit>,
    /// Row to write.
    pub write_address: Signal<In, Bits<ADDRESS_BITS>>,
    /// Tag to write.
    pub write_tag: Signal<In, Bits<32>>,
    /// Line to write.
    pub write_data: Signal<In, W256>,
    _rows: Vec<(Bits<32>, W256)>,
}

impl<const ADDRESS_BITS: usize> Default for LineRam<ADDRESS_BITS> {
    fn default() -> Self {
        Self {
            clock: Default::default(),
            address: Default::default(),
            tag: Default::default(),
            data: Default::default(),
            write: Default::default(),
            write_address: Default::default(),
            write_tag: Default::default(),
            write_data: Default::default(),
            _rows: vec![(u64::from(u32::MAX).into(), W256::ZERO); 1 << ADDRESS_BITS],
        }
    }
}

impl<const ADDRESS_BITS: usize> Logic for LineRam<ADDRESS_BITS> {
    fn update(&mut self) {
        if self.clock.pos_edge() {
            (self.tag.next, self.data.next) = self._rows[self.address.val().index()];
            if self.write.val() {
                let row = (self.write_tag.val(), self.write_data.val());
                self._rows[self.write_address.val().index()] = row;
                if self.address.val() == self.write_address.val() {
                    (self.tag.next, self.data.next) = (row.0, !row.1);
                }
            }
        }
    }

    fn connect(&mut self) {
        self.tag.connect();
        self.data.connect();
    }

    fn hdl(&self) -> Verilog {
        let last = (1 << ADDRESS_BITS) - 1;
        Verilog::Custom(format!(
            "\
(* no_rw_check *) reg [31:0] tags [0:{last}];
(* no_rw_check *) reg [255:0] lines [0:{last}];
integer i;
initial for (i = 0; i <= {last}; i = i + 1) tags[i] = 32'hffffffff;
always @(posedge clock) begin
    tag <= tags[address];
    data <= lines[address];
    if (write) begin
        tags[write_address] <= write_tag;
        lines[write_address] <= write_data;
    end
`ifndef SYNTHESIS
    if (write && address == write_address) begin
        tag <= write_tag;
        data <= ~write_data;
    end
`endif
end
"
        ))
    }
}
