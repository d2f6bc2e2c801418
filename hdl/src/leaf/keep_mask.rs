//! Mask of the bits that a shift by `count` keeps: the low 256 - `count`, or with `left` the high ones.
//!
//! Algorithm: two-level thermometer code; bit `i` compares the nibbles of `i` with those of `count`.
//! Handshake and latency: combinational. Reset: no state.

use rust_hdl_core::prelude::*;

use crate::word::W256;

/// The block.
#[derive(LogicBlock, Default)]
pub struct KeepMask {
    /// Shift count.
    pub count: Signal<In, Bits<8>>,
    /// Whether the shift goes left.
    pub left: Signal<In, Bit>,
    /// The mask.
    pub mask: Signal<Out, W256>,
}

/// What the block computes.
pub fn model(count: u8, left: bool) -> W256 {
    if left { W256::MAX << u64::from(count) } else { W256::MAX >> u64::from(count) }
}

impl Logic for KeepMask {
    fn update(&mut self) {
        self.mask.next = model(self.count.val().to_u64() as u8, self.left.val());
    }

    fn connect(&mut self) {
        self.mask.connect();
    }

    fn hdl(&self) -> Verilog {
        Verilog::Custom(
            "\
reg [15:0] above;
reg [15:0] same;
reg [15:0] low_kept;
reg [15:0] mirrored;
integer n;
integer i;
always @(*) begin
    // Nibble n against those of the count.
    for (n = 0; n < 16; n = n + 1) begin
        above[n] = n[3:0] > count[7:4];
        same[n] = n[3:0] == count[7:4];
        low_kept[n] = n[3:0] >= count[3:0];
    end
    // Bit i survives a left shift if i >= count, a right shift if 255 - i >= count.
    for (n = 0; n < 16; n = n + 1) mirrored[n] = low_kept[15 - n];
    for (i = 0; i < 16; i = i + 1)
        mask[16 * i +: 16] = left ? {16{above[i]}} | ({16{same[i]}} & low_kept)
                                  : {16{above[15 - i]}} | ({16{same[15 - i]}} & mirrored);
end
"
            .into(),
        )
    }
}
