//! Byte by byte one of three words; combinational.
//!
//! Bit `i` of the choices belongs to bits `8 i .. 8 i + 8`; the third word goes before the second. Reset: no state.

use rust_hdl_core::prelude::*;

use crate::{leaf::memory_bank::merge, word::W256};

/// The block.
#[derive(LogicBlock, Default)]
pub struct ByteChoice {
    /// First word.
    pub first: Signal<In, W256>,
    /// Second word.
    pub second: Signal<In, W256>,
    /// Third word.
    pub third: Signal<In, W256>,
    /// Bytes of the second word.
    pub take_second: Signal<In, Bits<32>>,
    /// Bytes of the third word.
    pub take_third: Signal<In, Bits<32>>,
    /// The chosen bytes.
    pub chosen: Signal<Out, W256>,
}

/// What the block computes.
pub fn model(words: [W256; 3], take_second: u32, take_third: u32) -> W256 {
    merge(merge(words[0], words[1], take_second), words[2], take_third)
}

impl Logic for ByteChoice {
    fn update(&mut self) {
        let words = [self.first.val(), self.second.val(), self.third.val()];
        let [second, third] = [self.take_second.val(), self.take_third.val()].map(|take| take.to_u64() as u32);
        self.chosen.next = model(words, second, third);
    }

    fn connect(&mut self) {
        self.chosen.connect();
    }

    fn hdl(&self) -> Verilog {
        Verilog::Custom(
            "\
integer n;
always @(*)
    for (n = 0; n < 32; n = n + 1)
        chosen[8 * n +: 8] = take_third[n] ? third[8 * n +: 8]
                           : take_second[n] ? second[8 * n +: 8] : first[8 * n +: 8];
"
            .into(),
        )
    }
}
