//! The power of two by which a limb is multiplied to bring its highest set bit to bit 63.
//!
//! Algorithm: in the limb read backwards, the highest set bit is the lowest one, which a limb shares with its negation; and
//! there it stands at the place that the power of two has. Of zero it is zero. Handshake and latency: combinational.
//! Reset: no state.

use rust_hdl_core::prelude::*;

use crate::word::W64;

/// The block.
#[derive(LogicBlock, Default)]
pub struct PowerOfTwo {
    /// The limb.
    pub limb: Signal<In, W64>,
    /// The power of two.
    pub power: Signal<Out, W64>,
}

/// What the block computes.
pub fn model(limb: u64) -> u64 {
    if limb == 0 { 0 } else { 1 << limb.leading_zeros() }
}

impl Logic for PowerOfTwo {
    fn update(&mut self) {
        self.power.next = W64::from_limbs([model(self.limb.val().limbs()[0])]);
    }

    fn connect(&mut self) {
        self.power.connect();
    }

    fn hdl(&self) -> Verilog {
        Verilog::Custom(
            "\
reg [63:0] backwards;
integer i;
always @(*) begin
    for (i = 0; i < 64; i = i + 1) backwards[i] = limb[63 - i];
    power = backwards & (64'd0 - backwards);
end
"
            .into(),
        )
    }
}
