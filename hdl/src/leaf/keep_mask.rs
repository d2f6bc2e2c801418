//! Mask of the bits that a shift keeps, from the rotation to the right that it makes: the low 256 - `rotation`, or with `left`
//! the others, all if it is zero. With `none` it keeps none.
//!
//! Algorithm: two-level thermometer code; bit `i` compares the nibbles of 255 - `i` with those of the rotation. What a left shift by n keeps is
//! what a right shift by 256 - n does not: the same code, inverted. So a bit takes four inputs.
//! Handshake and latency: combinational. Reset: no state.

use rust_hdl_core::prelude::*;

use crate::word::W256;

/// The block.
#[derive(LogicBlock, Default)]
pub struct KeepMask {
    /// Rotation to the right: the count of a right shift, for a left one what it lacks to 256.
    pub rotation: Signal<In, Bits<8>>,
    /// Whether the shift goes left.
    pub left: Signal<In, Bit>,
    /// Whether nothing is kept.
    pub none: Signal<In, Bit>,
    /// The mask.
    pub mask: Signal<Out, W256>,
}

/// What the block computes.
pub fn model(rotation: u8, left: bool, none: bool) -> W256 {
    match (left, rotation) {
        _ if none => W256::ZERO,
        (false, count) => W256::MAX >> u64::from(count),
        (true, 0) => W256::MAX,
        (true, lacks) => W256::MAX << (256 - u64::from(lacks)),
    }
}

impl Logic for KeepMask {
    fn update(&mut self) {
        self.mask.next = model(self.rotation.val().to_u64() as u8, self.left.val(), self.none.val());
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
wire inverted = left & (rotation != 8'd0) & ~none;
integer n;
integer i;
always @(*) begin
    // Nibble n of 255 - i, which is 15 - n of i, against those of the rotation.
    for (n = 0; n < 16; n = n + 1) begin
        above[n] = ~none & (4'd15 - n[3:0] > rotation[7:4]);
        same[n] = ~none & (4'd15 - n[3:0] == rotation[7:4]);
        low_kept[n] = 4'd15 - n[3:0] >= rotation[3:0];
    end
    for (i = 0; i < 16; i = i + 1)
        mask[16 * i +: 16] = ({16{above[i]}} | ({16{same[i]}} & low_kept)) ^ {16{inverted}};
end
"
            .into(),
        )
    }
}
