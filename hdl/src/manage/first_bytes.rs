//! A row of which only the first bytes count: the others become zero.
//!
//! Algorithm: byte `i` stays if `i` < `count`.
//! Handshake and latency: combinational. Reset: no state.

use rust_hdl_core::prelude::*;

use crate::word::W256;

/// The block.
#[derive(LogicBlock, Default)]
pub struct FirstBytes {
    /// The row, first byte least significant.
    pub value: Signal<In, W256>,
    /// Bytes that stay; 32 and more: all.
    pub count: Signal<In, Bits<6>>,
    /// The row with zeros behind them.
    pub kept: Signal<Out, W256>,
}

/// What the block computes.
pub fn model(value: W256, count: u64) -> W256 {
    match count {
        0 => W256::ZERO,
        1..32 => value & (W256::MAX >> (256 - 8 * count)),
        _ => value,
    }
}

impl Logic for FirstBytes {
    fn update(&mut self) {
        self.kept.next = model(self.value.val(), self.count.val().to_u64());
    }

    fn connect(&mut self) {
        self.kept.connect();
    }

    fn hdl(&self) -> Verilog {
        Verilog::Custom(
            "\
integer n;
always @(*)
    for (n = 0; n < 32; n = n + 1) kept[8 * n +: 8] = value[8 * n +: 8] & {8{n[5:0] < count}};
"
            .into(),
        )
    }
}
