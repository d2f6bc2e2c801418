//! Memory of a microprogram.
//!
//! Handshake: none. Latency: the word of an address is there a cycle later. Reset: none; the output starts as the word of
//! address 0.

use rust_hdl_core::prelude::*;

use crate::word::W128;

/// The block. Addresses beyond the program give zero.
#[derive(LogicBlock, Default)]
pub struct Microcode {
    /// Clock.
    pub clock: Signal<In, Clock>,
    /// Address.
    pub address: Signal<In, Bits<8>>,
    /// The word of the address before.
    pub word: Signal<Out, W128>,
    _words: Vec<W128>,
    _started: bool,
}

impl Microcode {
    /// A memory that holds `words`.
    pub fn new(words: Vec<W128>) -> Self {
        assert!(words.len() <= 256, "the program does not fit");
        Microcode { _words: words, ..Default::default() }
    }
}

impl Logic for Microcode {
    fn update(&mut self) {
        let word = |address: usize| self._words.get(address).copied().unwrap_or_default();
        if !self._started {
            self.word.next = word(0);
            self._started = true;
        }
        if self.clock.pos_edge() {
            self.word.next = word(self.address.val().index());
        }
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
        let first = self._words.first().map_or_else(|| "128'd0".into(), hex);
        Verilog::Custom(format!(
            "\
reg [127:0] selected;
initial word = {first};
always @(*)
    case (address)
{lines}        default: selected = 128'd0;
    endcase
always @(posedge clock) word <= selected;
"
        ))
    }
}
