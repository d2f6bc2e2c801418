//! Rotation of a word to the left by `count` << `LOW` bytes; combinational.
//!
//! Algorithm: a level for each bit of the count, a choice of two words. Reset: no state.

use rust_hdl_core::prelude::*;

use crate::word::W256;

/// The block, for counts of `COUNT_BITS` bits.
#[derive(LogicBlock, Default)]
pub struct ByteRotator<const LOW: usize, const COUNT_BITS: usize> {
    /// The word.
    pub value: Signal<In, W256>,
    /// How far it is rotated.
    pub count: Signal<In, Bits<COUNT_BITS>>,
    /// The word rotated.
    pub rotated: Signal<Out, W256>,
}

/// What the block computes.
pub fn model(value: W256, bytes: u64) -> W256 {
    match bytes % 32 {
        0 => value,
        bytes => (value << (8 * bytes)) | (value >> (256 - 8 * bytes)),
    }
}

impl<const LOW: usize, const COUNT_BITS: usize> Logic for ByteRotator<LOW, COUNT_BITS> {
    fn update(&mut self) {
        self.rotated.next = model(self.value.val(), self.count.val().to_u64() << LOW);
    }

    fn connect(&mut self) {
        self.rotated.connect();
    }

    fn hdl(&self) -> Verilog {
        const { assert!(COUNT_BITS > 0 && LOW + COUNT_BITS <= 5, "a word has 32 bytes") };
        let mut text = String::from("wire [255:0] level0 = value;\n");
        for bit in 0..COUNT_BITS {
            let (from, to, bits) = (format!("level{bit}"), format!("level{}", bit + 1), 8 << (LOW + bit));
            // A port of one bit has no index.
            let count = if COUNT_BITS == 1 { "count".into() } else { format!("count[{bit}]") };
            let turned = format!("{{{from}[{}:0], {from}[255:{}]}}", 255 - bits, 256 - bits);
            text += &format!("wire [255:0] {to} = {count} ? {turned} : {from};\n");
        }
        text += &format!("always @(*) rotated = level{COUNT_BITS};\n");
        Verilog::Custom(text)
    }
}
