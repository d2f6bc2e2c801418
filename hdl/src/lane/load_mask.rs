//! Mask of the bytes of a load that exist. Byte 0 is the most significant. Combinational, no state.

use rust_hdl_core::prelude::*;

use crate::word::W256;

/// Mask of the first `bytes` bytes of a row.
#[derive(LogicBlock, Default)]
pub struct LoadMask {
    /// How many, 0..=32.
    pub bytes: Signal<In, Bits<6>>,
    /// The mask.
    pub mask: Signal<Out, W256>,
}

/// What [`LoadMask`] computes.
pub fn byte_mask(bytes: u64) -> W256 {
    match bytes {
        0 => W256::ZERO,
        1..=31 => !(W256::MAX >> (8 * bytes)),
        _ => W256::MAX,
    }
}

impl Logic for LoadMask {
    fn update(&mut self) {
        self.mask.next = byte_mask(self.bytes.val().to_u64());
    }

    fn connect(&mut self) {
        self.mask.connect();
    }

    fn hdl(&self) -> Verilog {
        Verilog::Custom(
            "\
integer n;
always @(*)
    for (n = 0; n < 32; n = n + 1) mask[248 - 8 * n +: 8] = {8{n[5:0] < bytes}};
"
            .into(),
        )
    }
}
