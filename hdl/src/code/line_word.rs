//! Words of a line of the code store: the 64-bit word and the 32-bit word at an index.
//!
//! Byte 0 of a line is its most significant one, words in memory are little-endian: the bytes of what is selected are reversed.
//! One index serves both, as who reads program words does not read jump entries in the same cycle.
//! Handshake and latency: combinational. Reset: no state.

use rust_hdl_core::prelude::*;

use crate::word::{W64, W256};

/// The block.
#[derive(LogicBlock, Default)]
pub struct LineWord {
    /// The line, byte 0 most significant.
    pub line: Signal<In, W256>,
    /// Index of a 32-bit word; of a 64-bit word twice its index (bit 0 does not matter then).
    pub index: Signal<In, Bits<3>>,
    /// 64-bit word `index / 2`.
    pub word: Signal<Out, W64>,
    /// 32-bit word `index`.
    pub half: Signal<Out, Bits<32>>,
}

/// What the block computes: 64-bit word `index / 2` and 32-bit word `index`.
pub fn model(line: W256, index: usize) -> (u64, u32) {
    let word = line.limbs()[3 - index / 2].swap_bytes();
    (word, (word >> (32 * (index % 2))) as u32)
}

impl Logic for LineWord {
    fn update(&mut self) {
        let (word, half) = model(self.line.val(), self.index.val().index());
        self.word.next = W64::from_limbs([word]);
        self.half.next = u64::from(half).into();
    }

    fn connect(&mut self) {
        self.word.connect();
        self.half.connect();
    }

    fn hdl(&self) -> Verilog {
        Verilog::Custom(
            "\
reg [63:0] limb;
integer i;
always @(*) begin
    case (index[2:1])
        2'd0: limb = line[255:192];
        2'd1: limb = line[191:128];
        2'd2: limb = line[127:64];
        default: limb = line[63:0];
    endcase
    for (i = 0; i < 8; i = i + 1) word[8 * i +: 8] = limb[56 - 8 * i +: 8];
    half = index[0] ? word[63:32] : word[31:0];
end
"
            .into(),
        )
    }
}
