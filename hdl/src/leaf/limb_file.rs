//! File of 16 limbs with three read ports and one write port, for distributed RAM.
//!
//! Handshake: none. Latency: reads are combinational and give what was written in earlier cycles. Reset: none; contents
//! start at zero.

use rust_hdl_core::prelude::*;

use crate::word::W64;

/// The block.
#[derive(LogicBlock, Default)]
pub struct LimbFile {
    /// Clock.
    pub clock: Signal<In, Clock>,
    /// Limb to read.
    pub x_index: Signal<In, Bits<4>>,
    /// Its value.
    pub x: Signal<Out, W64>,
    /// Limb to read.
    pub y_index: Signal<In, Bits<4>>,
    /// Its value.
    pub y: Signal<Out, W64>,
    /// Limb to read.
    pub z_index: Signal<In, Bits<4>>,
    /// Its value.
    pub z: Signal<Out, W64>,
    /// Whether to write.
    pub write: Signal<In, Bit>,
    /// Limb to write.
    pub index: Signal<In, Bits<4>>,
    /// What to write.
    pub value: Signal<In, W64>,
    _limbs: [W64; 16],
}

impl Logic for LimbFile {
    fn update(&mut self) {
        if self.clock.pos_edge() && self.write.val() {
            self._limbs[self.index.val().index()] = self.value.val();
        }
        self.x.next = self._limbs[self.x_index.val().index()];
        self.y.next = self._limbs[self.y_index.val().index()];
        self.z.next = self._limbs[self.z_index.val().index()];
    }

    fn connect(&mut self) {
        self.x.connect();
        self.y.connect();
        self.z.connect();
    }

    fn hdl(&self) -> Verilog {
        Verilog::Custom(
            "\
reg [63:0] copy_x [0:15];
reg [63:0] copy_y [0:15];
reg [63:0] copy_z [0:15];
integer i;
initial for (i = 0; i < 16; i = i + 1) begin
    copy_x[i] = 0;
    copy_y[i] = 0;
    copy_z[i] = 0;
end
always @(posedge clock) if (write) begin
    copy_x[index] <= value;
    copy_y[index] <= value;
    copy_z[index] <= value;
end
always @(*) begin
    x = copy_x[x_index];
    y = copy_y[y_index];
    z = copy_z[z_index];
end
"
            .into(),
        )
    }
}
