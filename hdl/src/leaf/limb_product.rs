//! Product of two 64-bit limbs, pipelined for DSP blocks.
//!
//! Algorithm: 16 products of 16-bit digits. Registers stand at the inputs, after the sums of each digit of `y` with all of
//! `x`, and at the output, so that a stage holds a DSP block and one addition, or two additions.
//! Handshake: none, new operands every cycle. Latency: [`PRODUCT_CYCLES`]. Reset: none; registers start at zero.

use rust_hdl_core::prelude::*;

use crate::word::{W64, W128};

/// Cycles from the operands to their product.
pub const PRODUCT_CYCLES: u64 = 3;

/// The block.
#[derive(LogicBlock, Default)]
pub struct LimbProduct {
    /// Clock.
    pub clock: Signal<In, Clock>,
    /// Left operand.
    pub x: Signal<In, W64>,
    /// Right operand.
    pub y: Signal<In, W64>,
    /// Product of the operands of [`PRODUCT_CYCLES`] ago.
    pub product: Signal<Out, W128>,
    _operands: (u64, u64),
    _product: u128,
}

impl Logic for LimbProduct {
    fn update(&mut self) {
        if self.clock.pos_edge() {
            self.product.next = W128::from_limbs([self._product as u64, (self._product >> 64) as u64]);
            self._product = u128::from(self._operands.0) * u128::from(self._operands.1);
            self._operands = (self.x.val().limbs()[0], self.y.val().limbs()[0]);
        }
    }

    fn connect(&mut self) {
        self.product.connect();
    }

    fn hdl(&self) -> Verilog {
        Verilog::Custom(
            "\
reg [63:0] x_held;
reg [63:0] y_held;
reg [79:0] rows [0:3];
(* keep *) wire [79:0] new_rows [0:3];
(* keep *) wire [96:0] low;
(* keep *) wire [96:0] high;
genvar j;
generate
    for (j = 0; j < 4; j = j + 1) begin : digits
        // Products of neighbouring digits overlap, those of every other one stand side by side.
        wire [31:0] p0 = x_held[15:0] * y_held[16 * j +: 16];
        wire [31:0] p1 = x_held[31:16] * y_held[16 * j +: 16];
        wire [31:0] p2 = x_held[47:32] * y_held[16 * j +: 16];
        wire [31:0] p3 = x_held[63:48] * y_held[16 * j +: 16];
        assign new_rows[j] = {16'd0, p2, p0} + {p3, p1, 16'd0};
    end
endgenerate
assign low = {17'd0, rows[0]} + {1'd0, rows[1], 16'd0};
assign high = {17'd0, rows[2]} + {1'd0, rows[3], 16'd0};
integer i;
initial begin
    x_held = 0;
    y_held = 0;
    for (i = 0; i < 4; i = i + 1) rows[i] = 0;
    product = 0;
end
always @(posedge clock) begin
    x_held <= x;
    y_held <= y;
    for (i = 0; i < 4; i = i + 1) rows[i] <= new_rows[i];
    product <= {31'd0, low} + {high[95:0], 32'd0};
end
"
            .into(),
        )
    }
}
