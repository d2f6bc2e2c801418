//! Product of two 64-bit limbs, pipelined for DSP blocks.
//!
//! Registers stand at the inputs, after the product and at the output, where synthesis can move them into the DSP blocks.
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
reg [127:0] unregistered;
initial begin
    x_held = 0;
    y_held = 0;
    unregistered = 0;
    product = 0;
end
always @(posedge clock) begin
    x_held <= x;
    y_held <= y;
    unregistered <= {64'd0, x_held} * {64'd0, y_held};
    product <= unregistered;
end
"
            .into(),
        )
    }
}
