//! Memory of the microprogram.
//!
//! Handshake: none. Latency: the word of an address is there a cycle later. Reset: none; the output starts as zero, as block
//! RAM does without being told. This is the word of address 0.

use rust_hdl_core::prelude::*;

use super::program::program;
use crate::word::W128;

/// The block. Addresses beyond the program give zero.
#[derive(LogicBlock)]
pub struct Microcode {
    /// Clock.
    pub clock: Signal<In, Clock>,
    /// Address.
    pub address: Signal<In, Bits<8>>,
    /// The word of the address before.
    pub word: Signal<Out, W128>,
    _words: Vec<W128>,
    _word: W128,
}

/// Words of the program.
pub fn words() -> Vec<W128> {
    program().iter().map(|code| W128::from_limbs(code.encode())).collect()
}

impl Default for Microcode {
    fn default() -> Self {
        let words = words();
        assert!(words.len() <= 256, "the program does not fit");
        assert_eq!(words[0], W128::ZERO, "block RAM starts with another word");
        Microcode {
            clock: Default::default(),
            address: Default::default(),
            word: Default::default(),
            _word: words[0],
            _words: words,
        }
    }
}

impl Logic for Microcode {
    fn update(&mut self) {
        if self.clock.pos_edge() {
            self._word = self._words.get(self.address.val().index()).copied().unwrap_or_default();
        }
        self.word.next = self._word;
    }

    fn connect(&mut self) {
        self.word.connect();
    }

    fn hdl(&self) -> Verilog {
        let hex = |word: &W128| format!("128'h{:016x}{:016x}", word.limbs()[1], word.limbs()[0]);
        let lines: String = self
            ._words
            .iter()
            .enumerate()
            .map(|(address, word)| format!("        8'd{address}: selected = {};\n", hex(word)))
            .collect();
        Verilog::Custom(format!(
            "\
reg [127:0] selected;
always @(*)
    case (address)
{lines}        default: selected = 128'd0;
    endcase
always @(posedge clock) word <= selected;
"
        ))
    }
}
