//! Price of a memory expansion (yellow paper, C_mem): 3 gas a word and the growth of words² / 512.
//!
//! Algorithm: both squares on 16 × 16 multipliers, floors, difference. Handshake: inputs stay while the price is
//! computed. Latency: 3 cycles (squares, differences, sum). Reset: none.

use rust_hdl_core::prelude::*;
use rust_hdl_widgets::prelude::*;

/// Cycles from the sizes to the price.
pub const PRICE_CYCLES: u64 = 3;

/// The block.
#[derive(LogicBlock, Default)]
pub struct GrowthPrice {
    /// Clock.
    pub clock: Signal<In, Clock>,
    /// Size in words before.
    pub old_words: Signal<In, Bits<16>>,
    /// Size in words after, not less.
    pub new_words: Signal<In, Bits<16>>,
    /// Gas, three cycles later.
    pub price: Signal<Out, Bits<24>>,
    old_square: DFF<Bits<32>>,
    new_square: DFF<Bits<32>>,
    growth: DFF<Bits<16>>,
    squares: DFF<Bits<24>>,
    linear: DFF<Bits<24>>,
    total: DFF<Bits<24>>,
    old_floor: Signal<Local, Bits<24>>,
    new_floor: Signal<Local, Bits<24>>,
    words: Signal<Local, Bits<24>>,
}

impl Logic for GrowthPrice {
    #[hdl_gen]
    fn update(&mut self) {
        dff_setup!(self, clock, old_square, new_square, growth, squares, linear, total);
        self.old_square.d.next = self.old_words.val() * self.old_words.val();
        self.new_square.d.next = self.new_words.val() * self.new_words.val();
        self.growth.d.next = self.new_words.val() - self.old_words.val();
        self.old_floor.next = bit_cast::<24, 23>(self.old_square.q.val().get_bits::<23>(9));
        self.new_floor.next = bit_cast::<24, 23>(self.new_square.q.val().get_bits::<23>(9));
        self.squares.d.next = self.new_floor.val() - self.old_floor.val();
        self.words.next = bit_cast::<24, 16>(self.growth.q.val());
        self.linear.d.next = self.words.val() + (self.words.val() << bits::<24>(1));
        self.total.d.next = self.squares.q.val() + self.linear.q.val();
        self.price.next = self.total.q.val();
    }
}

/// What the block computes.
pub fn model(old_words: u64, new_words: u64) -> u64 {
    3 * (new_words - old_words) + new_words * new_words / 512 - old_words * old_words / 512
}
