//! Byte masks of rows. Byte 0 of a row is its most significant. Combinational, no state.

use rust_hdl_core::prelude::*;

use crate::word::W256;

/// Mask of the first `bytes` bytes of a row.
#[derive(LogicBlock, Default)]
pub struct ByteMask {
    /// How many, 0..=32.
    pub bytes: Signal<In, Bits<6>>,
    /// The mask.
    pub mask: Signal<Out, W256>,
}

/// What [`ByteMask`] computes.
pub fn byte_mask(bytes: u64) -> W256 {
    match bytes {
        0 => W256::ZERO,
        1..=31 => !(W256::MAX >> (8 * bytes)),
        _ => W256::MAX,
    }
}

impl Logic for ByteMask {
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

/// Byte enables of a store of bytes `skip` to `stop` of 32 at an offset in a row: of that row and of the next.
#[derive(LogicBlock, Default)]
pub struct StoreMask {
    /// Offset of byte 0 in its row.
    pub offset: Signal<In, Bits<5>>,
    /// First byte stored.
    pub skip: Signal<In, Bits<5>>,
    /// First byte beyond.
    pub stop: Signal<In, Bits<6>>,
    /// Enables of the first row; bit 31 is byte 0.
    pub first: Signal<Out, Bits<32>>,
    /// Enables of the second row.
    pub second: Signal<Out, Bits<32>>,
}

impl Logic for StoreMask {
    fn update(&mut self) {
        let (skip, end) = (self.skip.val().to_u64(), self.stop.val().to_u64());
        let bytes = (0..32).filter(|byte| (skip..end).contains(byte));
        let window = bytes.fold(0_u64, |mask, byte| mask | 1 << (63 - byte)) >> self.offset.val().to_u64();
        self.first.next = (window >> 32).into();
        self.second.next = (window & 0xffff_ffff).into();
    }

    fn connect(&mut self) {
        self.first.connect();
        self.second.connect();
    }

    fn hdl(&self) -> Verilog {
        Verilog::Custom(
            "\
reg [31:0] stored;
integer n;
always @(*) begin
    for (n = 0; n < 32; n = n + 1) stored[31 - n] = n[5:0] >= {1'b0, skip} && n[5:0] < stop;
    {first, second} = {stored, 32'b0} >> offset;
end
"
            .into(),
        )
    }
}
