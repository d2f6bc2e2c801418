//! MUL, DIV, SDIV, MOD, SMOD, ADDMOD, MULMOD and EXP on one 64 × 64 multiplier.
//!
//! Algorithm: a microprogram ([`program`]) over 64-bit limbs. Everything passes through the multiplier: products, the shifts
//! that normalise a division (as products with a power of two), and sums (as products with 1). A product adds to an
//! accumulator, and 64 bits of the sum pass through an adder to a file of 16 limbs, to the held limb, which is the second
//! factor of most products, or to the result. Division is schoolbook division with 64-bit digits, estimated with a
//! reciprocal of 104 fractional bits that Newton's iteration finds; an estimate is right, or (rarely) too large by one.
//! Leading zero limbs and a leading zero digit of the quotient take no time. MULMOD by 2^256 - 1 adds the halves of
//! the product. EXP squares and multiplies from the top bit of the exponent.
//!
//! Handshake: `start` in a cycle without `busy` takes the operands, otherwise it is ignored. `done` is up for one cycle with
//! the result, which stays until the next start. A start in the cycle of `done` is taken. `clear` ends what is
//! under way, without `done`, and prevails over `start`.
//!
//! Latency from `start` to `done`: [`model::cycles`], exactly. Reset: none; the unit starts idle.

pub mod instruction;
pub mod microcode;
pub mod model;
pub mod program;

pub use microcode::Microcode;
use rust_hdl_core::prelude::*;
use rust_hdl_widgets::prelude::*;

use crate::{
    leaf::{LimbFile, LimbProduct, PowerOfTwo, ReciprocalSeed},
    word::{W64, W128, W132, W256, bits_w64, bits_w128, bits_w132},
};

/// The unit.
#[derive(LogicBlock)]
pub struct MulDiv {
    /// Clock.
    pub clock: Signal<In, Clock>,
    /// End what is under way.
    pub clear: Signal<In, Bit>,
    /// Take the operands.
    pub start: Signal<In, Bit>,
    /// 0 MUL, 1 DIV, 2 SDIV, 3 MOD, 4 SMOD, 5 ADDMOD, 6 MULMOD, 7 EXP.
    pub op: Signal<In, Bits<3>>,
    /// First operand.
    pub a: Signal<In, W256>,
    /// Second operand.
    pub b: Signal<In, W256>,
    /// Modulus of ADDMOD and MULMOD.
    pub c: Signal<In, W256>,
    /// Whether an operation is under way.
    pub busy: Signal<Out, Bit>,
    /// Whether its result is there since this cycle.
    pub done: Signal<Out, Bit>,
    /// The result.
    pub result: Signal<Out, W256>,

    zero64: Constant<W64>,
    one64: Constant<W64>,
    ones64: Constant<W64>,
    one128: Constant<W128>,
    zero132: Constant<W132>,
    bias: Constant<W132>,
    zero256: Constant<W256>,
    /// Bits whose index has bit k set.
    index_masks: [Constant<W64>; 6],

    // Operands and what is known of them.
    left: DFF<W256>,
    right: DFF<W256>,
    modulus: DFF<W256>,
    active: DFF<Bit>,
    finished: DFF<Bit>,
    negate: DFF<Bit>,
    wanted: DFF<Bit>,
    negative_a: DFF<Bit>,
    negative_b: DFF<Bit>,
    half: DFF<Bit>,
    single: DFF<Bit>,
    modulus_ones: DFF<Bit>,
    dividend_in_file: DFF<Bit>,
    divisor_in_file: DFF<Bit>,
    divisor_is_c: DFF<Bit>,
    answer: [DFF<W64>; 4],
    /// Counters, as in the program.
    turn: DFF<Bits<4>>,
    position: DFF<Bits<4>>,
    limbs_m: DFF<Bits<4>>,
    limbs_n: DFF<Bits<4>>,
    exponent: DFF<Bits<8>>,
    factor: DFF<Bit>,
    less: DFF<Bit>,
    aligned: DFF<Bit>,
    all_ones: DFF<Bit>,

    // At a start.
    limbs_a: [Signal<Local, W64>; 4],
    limbs_b: [Signal<Local, W64>; 4],
    limbs_c: [Signal<Local, W64>; 4],
    count_a: Signal<Local, Bits<4>>,
    count_b: Signal<Local, Bits<4>>,
    count_c: Signal<Local, Bits<4>>,
    ones_c: Signal<Local, Bit>,
    is_signed: Signal<Local, Bit>,
    is_modular: Signal<Local, Bit>,
    sign_a: Signal<Local, Bit>,
    sign_b: Signal<Local, Bit>,
    entry: Signal<Local, Bits<8>>,
    upper_a: Signal<Local, Bit>,
    upper_b: Signal<Local, Bit>,

    // Sequence.
    microcode: Microcode,
    place: DFF<Bits<8>>,
    word: Signal<Local, W128>,
    successor: Signal<Local, Bits<8>>,
    following: Signal<Local, Bits<8>>,
    skipped: Signal<Local, Bits<4>>,
    stalls: Signal<Local, Bit>,
    any_early: Signal<Local, Bit>,
    waits_held: Signal<Local, Bit>,
    taken: Signal<Local, Bit>,
    finishes: Signal<Local, Bit>,
    issues: Signal<Local, Bit>,
    turn_next: Signal<Local, Bits<4>>,
    below: Signal<Local, Bits<4>>,
    one4: Constant<Bits<4>>,
    two4: Constant<Bits<4>>,
    three4: Constant<Bits<4>>,
    zero4: Constant<Bits<4>>,
    zero8: Constant<Bits<8>>,

    // Factors.
    x_relative: Signal<Local, Bits<4>>,
    y_relative: Signal<Local, Bits<4>>,
    d_relative: Signal<Local, Bits<4>>,
    aligned_turn: Signal<Local, Bits<4>>,
    digit: Signal<Local, Bits<4>>,
    starts: Signal<Local, Bit>,
    wipes: Signal<Local, Bit>,
    holds_power: Signal<Local, Bit>,
    to_be_held: Signal<Local, W64>,
    place_of_limb: Signal<Local, Bits<2>>,
    y_operand: Signal<Local, Bit>,
    y_other: Signal<Local, Bit>,
    y_small: Signal<Local, W64>,
    x_index: Signal<Local, Bits<4>>,
    y_index: Signal<Local, Bits<4>>,
    d_index: Signal<Local, Bits<4>>,
    y_place: Signal<Local, Bits<4>>,
    x_limb: Signal<Local, W64>,
    y_limb: Signal<Local, W64>,
    c_limb: Signal<Local, W64>,
    x: Signal<Local, W64>,
    y: Signal<Local, W64>,
    held: DFF<W64>,
    exponent_next: Signal<Local, Bits<8>>,
    exponent_limb: Signal<Local, Bits<2>>,
    exponent_bit: Signal<Local, Bits<6>>,
    limb_select: Signal<Local, Bits<2>>,
    /// Index of the top bit of a limb that the held power of two normalises.
    highest: Signal<Local, Bits<6>>,
    ordinal: Signal<Local, Bits<4>>,
    weight: Signal<Local, Bits<6>>,
    masked: [Signal<Local, W64>; 6],
    power: PowerOfTwo,
    multiplier: LimbProduct,
    file: LimbFile,
    seed: ReciprocalSeed,

    /// What travels with a product, by stage: three in the multiplier, then one before the adder.
    valid: [DFF<Bit>; 4],
    code: [DFF<Bits<19>>; 4],
    index: [DFF<Bits<4>>; 4],
    first: [DFF<Bit>; 4],
    /// Whether it is to be held, or to select the seed.
    holding: [DFF<Bit>; 4],
    seeding: [DFF<Bit>; 4],
    to_hold: Signal<Local, Bit>,
    to_seed: Signal<Local, Bit>,

    // The sum.
    accumulator: DFF<W132>,
    base: Signal<Local, W132>,
    total: Signal<Local, W132>,
    shifted: Signal<Local, W132>,
    high_bits: Signal<Local, Bits<28>>,
    part: DFF<W64>,
    above: DFF<Bit>,

    // The outcome.
    z: Signal<Local, W64>,
    addend: Signal<Local, W64>,
    carry_in: Signal<Local, Bit>,
    carry: DFF<Bit>,
    left_term: Signal<Local, W128>,
    right_term: Signal<Local, W128>,
    sum: Signal<Local, W128>,
    outcome_sum: Signal<Local, W128>,
    outcome: Signal<Local, W64>,
    outcome_any: Signal<Local, Bit>,
    writes_out: Signal<Local, Bit>,
    writes_result: Signal<Local, Bit>,
    writes_file: Signal<Local, Bit>,
    file_index: Signal<Local, Bits<4>>,
    limb: Signal<Local, Bits<2>>,
}

/// Bits of a limb whose index has bit `k` set.
fn index_mask(k: usize) -> W64 {
    W64::from_limbs([(0..64).filter(|i| (i >> k) & 1 == 1).fold(0, |mask, i| mask | (1 << i))])
}

impl Default for MulDiv {
    fn default() -> Self {
        MulDiv {
            microcode: Default::default(),
            zero64: Constant::new(W64::ZERO),
            one64: Constant::new(W64::from_limbs([1])),
            ones64: Constant::new(W64::MAX),
            one128: Constant::new(W128::from_limbs([1, 0])),
            zero132: Constant::new(W132::ZERO),
            bias: Constant::new(W132::from_limbs([0, 1 << 26, 0])),
            zero256: Constant::new(W256::ZERO),
            index_masks: std::array::from_fn(|k| Constant::new(index_mask(k))),
            zero4: Constant::new(0_u64.into()),
            one4: Constant::new(1_u64.into()),
            two4: Constant::new(2_u64.into()),
            three4: Constant::new(3_u64.into()),
            zero8: Constant::new(0_u64.into()),
            clock: Default::default(),
            clear: Default::default(),
            start: Default::default(),
            op: Default::default(),
            a: Default::default(),
            b: Default::default(),
            c: Default::default(),
            busy: Default::default(),
            done: Default::default(),
            result: Default::default(),
            left: Default::default(),
            right: Default::default(),
            modulus: Default::default(),
            active: Default::default(),
            finished: Default::default(),
            negate: Default::default(),
            wanted: Default::default(),
            negative_a: Default::default(),
            negative_b: Default::default(),
            half: Default::default(),
            single: Default::default(),
            modulus_ones: Default::default(),
            dividend_in_file: Default::default(),
            divisor_in_file: Default::default(),
            divisor_is_c: Default::default(),
            answer: Default::default(),
            turn: Default::default(),
            position: Default::default(),
            limbs_m: Default::default(),
            limbs_n: Default::default(),
            exponent: Default::default(),
            factor: Default::default(),
            less: Default::default(),
            aligned: Default::default(),
            all_ones: Default::default(),
            limbs_a: Default::default(),
            limbs_b: Default::default(),
            limbs_c: Default::default(),
            count_a: Default::default(),
            count_b: Default::default(),
            count_c: Default::default(),
            ones_c: Default::default(),
            is_signed: Default::default(),
            is_modular: Default::default(),
            sign_a: Default::default(),
            sign_b: Default::default(),
            entry: Default::default(),
            upper_a: Default::default(),
            upper_b: Default::default(),
            place: Default::default(),
            word: Default::default(),
            successor: Default::default(),
            following: Default::default(),
            skipped: Default::default(),
            stalls: Default::default(),
            any_early: Default::default(),
            waits_held: Default::default(),
            taken: Default::default(),
            finishes: Default::default(),
            issues: Default::default(),
            turn_next: Default::default(),
            below: Default::default(),
            x_relative: Default::default(),
            y_relative: Default::default(),
            d_relative: Default::default(),
            aligned_turn: Default::default(),
            digit: Default::default(),
            starts: Default::default(),
            wipes: Default::default(),
            holds_power: Default::default(),
            to_be_held: Default::default(),
            place_of_limb: Default::default(),
            y_operand: Default::default(),
            y_other: Default::default(),
            y_small: Default::default(),
            x_index: Default::default(),
            y_index: Default::default(),
            d_index: Default::default(),
            y_place: Default::default(),
            x_limb: Default::default(),
            y_limb: Default::default(),
            c_limb: Default::default(),
            x: Default::default(),
            y: Default::default(),
            held: Default::default(),
            exponent_next: Default::default(),
            exponent_limb: Default::default(),
            exponent_bit: Default::default(),
            limb_select: Default::default(),
            highest: Default::default(),
            ordinal: Default::default(),
            weight: Default::default(),
            masked: Default::default(),
            power: Default::default(),
            multiplier: Default::default(),
            file: Default::default(),
            seed: Default::default(),
            valid: Default::default(),
            code: Default::default(),
            index: Default::default(),
            first: Default::default(),
            holding: Default::default(),
            seeding: Default::default(),
            to_hold: Default::default(),
            to_seed: Default::default(),
            accumulator: Default::default(),
            base: Default::default(),
            total: Default::default(),
            shifted: Default::default(),
            high_bits: Default::default(),
            part: Default::default(),
            above: Default::default(),
            z: Default::default(),
            addend: Default::default(),
            carry_in: Default::default(),
            carry: Default::default(),
            left_term: Default::default(),
            right_term: Default::default(),
            sum: Default::default(),
            outcome_sum: Default::default(),
            outcome: Default::default(),
            outcome_any: Default::default(),
            writes_out: Default::default(),
            writes_result: Default::default(),
            writes_file: Default::default(),
            file_index: Default::default(),
            limb: Default::default(),
        }
    }
}

impl Logic for MulDiv {
    #[hdl_gen]
    fn update(&mut self) {
        dff_setup!(
            self,
            clock,
            left,
            right,
            modulus,
            active,
            finished,
            negate,
            wanted,
            negative_a,
            negative_b,
            half,
            single,
            modulus_ones,
            dividend_in_file,
            divisor_in_file,
            divisor_is_c,
            turn,
            position,
            limbs_m,
            limbs_n,
            exponent,
            factor,
            less,
            aligned,
            all_ones,
            place,
            held,
            accumulator,
            part,
            above,
            carry
        );
        clock!(self, clock, microcode, multiplier, file, seed);
        for i in 0..4 {
            self.valid[i].clock.next = self.clock.val();
            self.code[i].clock.next = self.clock.val();
            self.index[i].clock.next = self.clock.val();
            self.first[i].clock.next = self.clock.val();
            self.holding[i].clock.next = self.clock.val();
            self.seeding[i].clock.next = self.clock.val();
            self.answer[i].clock.next = self.clock.val();
            self.answer[i].d.next = self.answer[i].q.val();
        }
        self.word.next = self.microcode.word.val();

        // The outcome of the oldest product: its part of the sum, added to or subtracted from a limb.
        self.file.z_index.next = self.index[3].q.val();
        self.z.next = self.zero64.val();
        if self.code[3].q.val().get_bit(7) {
            self.z.next = self.seed.twice.val();
        }
        if self.code[3].q.val().get_bit(6) {
            self.z.next = self.file.z.val();
        }
        self.addend.next = self.part.q.val();
        if self.code[3].q.val().get_bit(8) {
            self.addend.next = !self.part.q.val();
        }
        self.carry_in.next = self.carry.q.val();
        match self.code[3].q.val().get_bits::<2>(9).index() {
            0 => {
                self.carry_in.next = false;
            }
            1 => {
                self.carry_in.next = true;
            }
            3 => {
                if self.first[3].q.val() {
                    self.carry_in.next = self.code[3].q.val().get_bit(8);
                }
            }
            _ => {
                self.carry_in.next = self.carry.q.val();
            }
        }
        // One more bit below, so that one addition takes the carry too.
        self.left_term.next = (bits_w128(self.z.val()) << 1_u64) | self.one128.val();
        self.right_term.next = (bits_w128(self.addend.val()) << 1_u64) | bits_w128(self.carry_in.val());
        self.sum.next = self.left_term.val() + self.right_term.val();
        self.outcome_sum.next = self.sum.val() >> 1_u64;
        self.outcome.next = bits_w64(self.outcome_sum.val());
        self.outcome_any.next = self.outcome.val().any();

        // Its target.
        self.writes_out.next = false;
        self.writes_file.next = false;
        match self.code[3].q.val().get_bits::<3>(13).index() {
            0 => {
                self.writes_file.next = false;
            }
            2 => {
                self.writes_file.next = false;
            }
            4 => {
                self.writes_out.next = self.wanted.q.val();
            }
            5 => {
                self.writes_out.next = true;
            }
            6 => {
                self.writes_file.next = true;
                self.writes_out.next = true;
            }
            _ => {
                self.writes_file.next = true;
            }
        }
        self.writes_result.next = self.writes_out.val() & (!self.negate.q.val()) & self.valid[3].q.val();
        self.file_index.next = self.index[3].q.val();
        if self.writes_out.val() & self.negate.q.val() {
            self.file_index.next = self.index[3].q.val() + bits::<4>(5);
        }
        self.file.write.next =
            (self.writes_file.val() | (self.writes_out.val() & self.negate.q.val())) & self.valid[3].q.val();
        self.file.index.next = self.file_index.val();
        self.file.value.next = self.outcome.val();
        self.limb.next = self.index[3].q.val().get_bits::<2>(0);
        self.seed.limb.next = self.outcome.val();
        self.seed.read.next = self.seeding[3].q.val();
        if self.valid[3].q.val() {
            match self.code[3].q.val().get_bits::<2>(11).index() {
                1 => {
                    self.carry.d.next = self.outcome_sum.val().get_bit(64);
                }
                2 => {
                    self.carry.d.next = true;
                }
                3 => {
                    self.carry.d.next = self.above.q.val();
                }
                _ => {
                    self.carry.d.next = self.carry.q.val();
                }
            }
            match self.code[3].q.val().get_bits::<2>(16).index() {
                1 => {
                    if self.outcome_any.val() {
                        self.limbs_m.d.next = self.index[3].q.val() + bits::<4>(1);
                    }
                }
                2 => {
                    if self.outcome_any.val() {
                        self.limbs_n.d.next = self.index[3].q.val() - bits::<4>(8);
                    }
                }
                3 => {
                    if !self.outcome.val().all() {
                        self.all_ones.d.next = false;
                    }
                }
                _ => {
                    self.all_ones.d.next = self.all_ones.q.val();
                }
            }
        }
        // The product that arrives: its sum, of which a part leaves.
        if self.code[2].q.val().get_bit(1) {
            if self.code[2].q.val().get_bit(0) {
                self.base.next = self.bias.val();
            } else {
                self.base.next = self.accumulator.q.val() >> 64_u64;
            }
        } else {
            if self.code[2].q.val().get_bit(0) {
                self.base.next = self.accumulator.q.val();
            } else {
                self.base.next = self.zero132.val();
            }
        }
        self.total.next = self.base.val() + bits_w132(self.multiplier.product.val());
        if self.code[2].q.val().get_bit(5) {
            if self.code[2].q.val().get_bit(4) {
                self.shifted.next = self.total.val() >> 62_u64;
            } else {
                self.shifted.next = self.total.val() >> 40_u64;
            }
        } else {
            if self.code[2].q.val().get_bit(4) {
                self.shifted.next = self.total.val() >> 20_u64;
            } else {
                self.shifted.next = self.total.val();
            }
        }
        self.high_bits.next = self.total.val().get_bits::<28>(104);
        self.part.d.next = bits_w64(self.shifted.val());
        if self.high_bits.val().any() & self.code[2].q.val().get_bit(5) & (!self.code[2].q.val().get_bit(4)) {
            self.part.d.next = self.ones64.val();
        }
        self.above.d.next = self.total.val().get_bit(84);

        // Places of the factors and of the target.
        self.x_relative.next = bits::<4>(0);
        match self.word.val().get_bits::<2>(7).index() {
            1 => {
                self.x_relative.next = self.turn.q.val();
            }
            2 => {
                self.x_relative.next = self.position.q.val();
            }
            3 => {
                self.x_relative.next = self.limbs_m.q.val();
            }
            _ => {
                self.x_relative.next = bits::<4>(0);
            }
        }
        self.x_index.next = self.word.val().get_bits::<4>(3) + self.x_relative.val();
        self.exponent_next.next = self.exponent.q.val() - bits::<8>(1);
        self.exponent_limb.next = self.exponent_next.val().get_bits::<2>(6);
        self.exponent_bit.next = self.exponent_next.val().get_bits::<6>(0);
        self.y_relative.next = bits::<4>(0);
        match self.word.val().get_bits::<2>(16).index() {
            1 => {
                self.y_relative.next = self.turn.q.val();
            }
            2 => {
                self.y_relative.next = self.position.q.val();
            }
            3 => {
                self.y_relative.next = self.limbs_n.q.val();
            }
            _ => {
                self.y_relative.next = bits::<4>(0);
            }
        }
        self.y_index.next = self.word.val().get_bits::<4>(12) + self.y_relative.val();
        self.skipped.next = bits::<4>(4) - self.limbs_n.q.val();
        self.aligned_turn.next = self.turn.q.val() + self.skipped.val();
        self.digit.next = self.position.q.val() - self.limbs_n.q.val();
        self.d_relative.next = bits::<4>(0);
        match self.word.val().get_bits::<3>(22).index() {
            1 => {
                self.d_relative.next = self.turn.q.val();
            }
            2 => {
                self.d_relative.next = self.position.q.val();
            }
            3 => {
                self.d_relative.next = self.limbs_m.q.val();
            }
            4 => {
                self.d_relative.next = self.aligned_turn.val();
            }
            5 => {
                self.d_relative.next = self.digit.val();
            }
            6 => {
                self.d_relative.next = self.position.q.val() ^ bits::<4>(4);
            }
            _ => {
                self.d_relative.next = bits::<4>(0);
            }
        }
        self.d_index.next = self.word.val().get_bits::<4>(18) + self.d_relative.val();

        // The factors.
        self.file.x_index.next = self.x_index.val();
        // Chains of ifs by single bits become multiplexers of the FPGA, a match of words becomes gates.
        if self.x_index.val().get_bit(1) {
            if self.x_index.val().get_bit(0) {
                self.x_limb.next = self.left.q.val().get_value_limb3();
            } else {
                self.x_limb.next = self.left.q.val().get_value_limb2();
            }
        } else {
            if self.x_index.val().get_bit(0) {
                self.x_limb.next = self.left.q.val().get_value_limb1();
            } else {
                self.x_limb.next = self.left.q.val().get_value_limb0();
            }
        }
        if self.word.val().get_bit(1) {
            if self.word.val().get_bit(0) {
                self.x.next = self.one64.val();
            } else {
                self.x.next = self.held.q.val();
            }
        } else {
            if self.word.val().get_bit(0) | (self.word.val().get_bit(2) & self.dividend_in_file.q.val()) {
                self.x.next = self.file.x.val();
            } else {
                self.x.next = self.x_limb.val();
            }
        }
        // The divisor in the file is read from its place.
        self.y_place.next = self.y_index.val();
        if self.word.val().get_bit(11) & self.word.val().get_bit(10) & (!self.word.val().get_bit(9)) {
            self.y_place.next = self.y_index.val() + bits::<4>(9);
        }
        self.file.y_index.next = self.y_place.val();
        self.limb_select.next = self.y_index.val().get_bits::<2>(0);
        if self.word.val().get_bit(11) & self.word.val().get_bit(9) {
            // An exponent bit; or the seed, which takes no limb.
            self.limb_select.next = self.exponent_limb.val();
        }
        if self.limb_select.val().get_bit(1) {
            if self.limb_select.val().get_bit(0) {
                self.y_limb.next = self.right.q.val().get_value_limb3();
                self.c_limb.next = self.modulus.q.val().get_value_limb3();
            } else {
                self.y_limb.next = self.right.q.val().get_value_limb2();
                self.c_limb.next = self.modulus.q.val().get_value_limb2();
            }
        } else {
            if self.limb_select.val().get_bit(0) {
                self.y_limb.next = self.right.q.val().get_value_limb1();
                self.c_limb.next = self.modulus.q.val().get_value_limb1();
            } else {
                self.y_limb.next = self.right.q.val().get_value_limb0();
                self.c_limb.next = self.modulus.q.val().get_value_limb0();
            }
        }
        // What stands for y: a limb of b or c, of the file, the held limb, or else a constant or the seed.
        self.y_operand.next = false;
        self.y_other.next = false;
        self.y_small.next = self.zero64.val();
        match self.word.val().get_bits::<3>(9).index() {
            1 => {
                self.y_small.next = self.one64.val();
            }
            2 => {
                self.y_other.next = true;
            }
            3 => {
                self.y_operand.next = true;
            }
            4 => {
                self.y_operand.next = true;
                self.y_other.next = true;
            }
            5 => {
                self.y_small.next = self.seed.square.val();
            }
            6 => {
                self.y_operand.next = true;
                self.y_other.next = self.divisor_in_file.q.val();
            }
            7 => {
                self.y_operand.next = true;
            }
            _ => {
                self.y_operand.next = false;
            }
        }
        if self.y_operand.val() {
            if self.y_other.val() {
                self.y.next = self.file.y.val();
            } else {
                self.y.next = self.y_limb.val();
                if self.word.val().get_bit(10) & (!self.word.val().get_bit(9)) & self.divisor_is_c.q.val() {
                    self.y.next = self.c_limb.val();
                }
            }
        } else {
            if self.y_other.val() {
                self.y.next = self.held.q.val();
                if self.holding[3].q.val() {
                    self.y.next = self.outcome.val();
                }
            } else {
                self.y.next = self.y_small.val();
            }
        }
        self.multiplier.x.next = self.x.val();
        self.multiplier.y.next = self.y.val();
        self.power.limb.next = self.y.val();

        // Whether this microinstruction waits, and whether its condition holds.
        self.any_early.next = self.valid[0].q.val() | self.valid[1].q.val() | self.valid[2].q.val();
        self.waits_held.next = self.holding[0].q.val() | self.holding[1].q.val() | self.holding[2].q.val();
        self.stalls.next = false;
        match self.word.val().get_bits::<2>(52).index() {
            1 => {
                self.stalls.next = self.any_early.val() | self.valid[3].q.val();
            }
            2 => {
                self.stalls.next = self.any_early.val();
            }
            3 => {
                self.stalls.next = self.seeding[0].q.val()
                    | self.seeding[1].q.val()
                    | self.seeding[2].q.val()
                    | self.seeding[3].q.val();
            }
            _ => {
                self.stalls.next = false;
            }
        }
        if self.waits_held.val()
            & self.word.val().get_bit(10)
            & (!self.word.val().get_bit(9))
            & (!self.word.val().get_bit(11))
        {
            self.stalls.next = true;
        }
        self.turn_next.next = self.turn.q.val() + bits::<4>(1);
        self.taken.next = false;
        match self.word.val().get_bits::<5>(64).index() {
            1 => {
                self.taken.next = self.turn_next.val() == self.limbs_n.q.val();
            }
            2 => {
                self.taken.next = self.turn_next.val() == self.limbs_m.q.val();
            }
            3 => {
                self.taken.next = self.turn.q.val() == self.three4.val();
            }
            4 => {
                self.taken.next = self.limbs_n.q.val() == self.one4.val();
            }
            5 => {
                self.taken.next = !self.carry.q.val();
            }
            6 => {
                self.taken.next = self.position.q.val() == self.limbs_n.q.val();
            }
            7 => {
                self.taken.next = self.factor.q.val();
            }
            8 => {
                self.taken.next = self.exponent.q.val() == self.zero8.val();
            }
            9 => {
                self.taken.next = self.negate.q.val();
            }
            10 => {
                self.taken.next =
                    (self.limbs_n.q.val() == self.zero4.val()) | (self.limbs_m.q.val() < self.limbs_n.q.val());
            }
            11 => {
                self.taken.next = (self.limbs_m.q.val() == self.limbs_n.q.val()) & self.less.q.val();
            }
            12 => {
                self.taken.next = self.wanted.q.val();
            }
            13 => {
                self.taken.next = self.limbs_n.q.val() == self.zero4.val();
            }
            14 => {
                self.taken.next = self.aligned.q.val();
            }
            15 => {
                self.taken.next = self.negative_a.q.val();
            }
            16 => {
                self.taken.next = self.negative_b.q.val();
            }
            17 => {
                self.taken.next = self.modulus_ones.q.val();
            }
            18 => {
                self.taken.next = self.all_ones.q.val();
            }
            19 => {
                self.taken.next = self.half.q.val();
            }
            20 => {
                self.taken.next = self.single.q.val();
            }
            21 => {
                self.taken.next = false;
                if self.limbs_n.q.val() != self.zero4.val() {
                    self.taken.next = !self.wanted.q.val();
                }
            }
            22 => {
                self.taken.next = (!self.carry.q.val()) | (!self.wanted.q.val()) | self.negate.q.val();
            }
            23 => {
                self.taken.next = self.position.q.val() < self.limbs_n.q.val();
            }
            24 => {
                self.taken.next = self.turn.q.val() == self.limbs_n.q.val();
            }
            _ => {
                self.taken.next = false;
            }
        }

        // Issue.
        self.issues.next = self.word.val().get_bit(25) & (!self.stalls.val());
        self.to_hold.next = false;
        self.to_seed.next = false;
        match self.word.val().get_bits::<3>(39).index() {
            2 => {
                self.to_hold.next = true;
            }
            3 => {
                self.to_hold.next = true;
            }
            4 => {
                self.to_hold.next = true;
            }
            7 => {
                self.to_seed.next = true;
            }
            _ => {
                self.to_hold.next = false;
            }
        }
        self.valid[0].d.next = self.issues.val();
        self.code[0].d.next = self.word.val().get_bits::<19>(26);
        self.index[0].d.next = self.d_index.val();
        self.first[0].d.next = self.turn.q.val() == self.zero4.val();
        self.holding[0].d.next = self.to_hold.val() & self.issues.val();
        self.seeding[0].d.next = self.to_seed.val() & self.issues.val();
        for i in 1..4 {
            self.valid[i].d.next = self.valid[i - 1].q.val();
            self.code[i].d.next = self.code[i - 1].q.val();
            self.index[i].d.next = self.index[i - 1].q.val();
            self.first[i].d.next = self.first[i - 1].q.val();
            self.holding[i].d.next = self.holding[i - 1].q.val();
            self.seeding[i].d.next = self.seeding[i - 1].q.val();
        }

        // Registers that products and microinstructions write.
        self.starts.next = self.start.val() & (!self.active.q.val());
        // As limbs with an enable each, it takes no multiplexer.
        self.wipes.next = self.starts.val() | (self.word.val().get_bit(56) & (!self.stalls.val()));
        self.place_of_limb.next = bits::<2>(0);
        for k in 0..4 {
            if self.writes_result.val() & (self.limb.val() == self.place_of_limb.val()) {
                self.answer[k].d.next = self.outcome.val();
            }
            if self.wipes.val() {
                self.answer[k].d.next = self.zero64.val();
            }
            self.place_of_limb.next = self.place_of_limb.val() + bits::<2>(1);
        }
        if self.valid[2].q.val() & self.code[2].q.val().get_bit(2) {
            self.accumulator.d.next = self.total.val();
        }
        if (self.valid[2].q.val() & self.code[2].q.val().get_bit(3))
            | (self.word.val().get_bit(45) & (!self.stalls.val()))
            | self.starts.val()
        {
            self.accumulator.d.next = self.zero132.val();
        }
        self.to_be_held.next = self.outcome.val();
        if self.word.val().get_bit(45) {
            self.to_be_held.next = self.power.power.val();
        }
        if self.word.val().get_bit(46) {
            self.to_be_held.next = self.power.power.val() << 1_u64;
        }
        self.holds_power.next = (self.word.val().get_bit(45) | self.word.val().get_bit(46)) & (!self.stalls.val());
        if self.holding[3].q.val() | self.holds_power.val() {
            self.held.d.next = self.to_be_held.val();
        }

        // What is done at once.
        self.highest.next = bits::<6>(63);
        self.weight.next = bits::<6>(1);
        for k in 0..6 {
            self.masked[k].next = self.held.q.val() & self.index_masks[k].val();
            if self.masked[k].val().any() {
                self.highest.next = self.highest.val() ^ self.weight.val();
            }
            self.weight.next = self.weight.val() << bits::<6>(1);
        }
        self.below.next = self.limbs_n.q.val() - bits::<4>(1);
        self.finished.d.next = false;
        self.finishes.next = self.valid[3].q.val() & self.code[3].q.val().get_bit(18);
        self.successor.next = self.place.q.val();
        self.following.next = self.word.val().get_bits::<8>(77);
        if self.word.val().get_bit(54) {
            self.following.next = self.word.val().get_bits::<8>(77) + bit_cast::<8, 4>(self.skipped.val());
        }
        if !self.stalls.val() {
            self.successor.next = self.following.val();
            if self.taken.val() {
                self.successor.next = self.word.val().get_bits::<8>(69);
            }
            if self.word.val().get_bit(55) & (!self.taken.val()) {
                self.finishes.next = true;
            }
            if self.word.val().get_bit(45) {
                self.less.d.next = self.x.val() < self.y.val();
                self.aligned.d.next = self.y.val().get_bit(63);
            }
            if self.word.val().get_bit(47) {
                self.turn.d.next = self.turn_next.val();
                if self.taken.val() {
                    self.turn.d.next = bits::<4>(0);
                }
            }
            match self.word.val().get_bits::<2>(48).index() {
                1 => {
                    self.position.d.next = self.position.q.val() - bits::<4>(1);
                }
                2 => {
                    self.position.d.next = self.limbs_m.q.val();
                    if self.less.q.val() {
                        self.position.d.next = self.limbs_m.q.val() - bits::<4>(1);
                    }
                }
                3 => {
                    self.position.d.next = self.position.q.val() ^ bits::<4>(4);
                }
                _ => {
                    self.finished.d.next = false;
                }
            }
            match self.word.val().get_bits::<2>(50).index() {
                1 => {
                    self.exponent.d.next =
                        (bit_cast::<8, 4>(self.below.val()) << bits::<8>(6)) | bit_cast::<8, 6>(self.highest.val());
                }
                2 => {
                    self.exponent.d.next = self.exponent_next.val();
                    self.factor.d.next = self.y.val().get_bit(self.exponent_bit.val().index());
                }
                _ => {
                    self.finished.d.next = false;
                }
            }
            if self.word.val().get_bit(56) {
                self.negate.d.next = false;
            }
        }
        self.finished.d.next = self.finishes.val();
        if self.finishes.val() {
            self.active.d.next = false;
        }
        self.busy.next = self.active.q.val();
        self.done.next = self.finished.q.val();
        self.result.next = self.zero256.val();
        self.result.next.set_value_limb0(self.answer[0].q.val());
        self.result.next.set_value_limb1(self.answer[1].q.val());
        self.result.next.set_value_limb2(self.answer[2].q.val());
        self.result.next.set_value_limb3(self.answer[3].q.val());

        // Start.
        self.limbs_a[0].next = self.a.val().get_value_limb0();
        self.limbs_a[1].next = self.a.val().get_value_limb1();
        self.limbs_a[2].next = self.a.val().get_value_limb2();
        self.limbs_a[3].next = self.a.val().get_value_limb3();
        self.limbs_b[0].next = self.b.val().get_value_limb0();
        self.limbs_b[1].next = self.b.val().get_value_limb1();
        self.limbs_b[2].next = self.b.val().get_value_limb2();
        self.limbs_b[3].next = self.b.val().get_value_limb3();
        self.limbs_c[0].next = self.c.val().get_value_limb0();
        self.limbs_c[1].next = self.c.val().get_value_limb1();
        self.limbs_c[2].next = self.c.val().get_value_limb2();
        self.limbs_c[3].next = self.c.val().get_value_limb3();
        self.count_a.next = bits::<4>(0);
        self.count_b.next = bits::<4>(0);
        self.count_c.next = bits::<4>(0);
        self.ones_c.next = true;
        self.ordinal.next = bits::<4>(1);
        for k in 0..4 {
            // The highest limb that is not zero is assigned last.
            if self.limbs_a[k].val().any() {
                self.count_a.next = self.ordinal.val();
            }
            if self.limbs_b[k].val().any() {
                self.count_b.next = self.ordinal.val();
            }
            if self.limbs_c[k].val().any() {
                self.count_c.next = self.ordinal.val();
            }
            self.ones_c.next = self.ones_c.val() & self.limbs_c[k].val().all();
            self.ordinal.next = self.ordinal.val() + bits::<4>(1);
        }
        self.is_signed.next = false;
        self.is_modular.next = false;
        match self.op.val().index() {
            2 => {
                self.is_signed.next = true;
            }
            4 => {
                self.is_signed.next = true;
            }
            5 => {
                self.is_modular.next = true;
            }
            6 => {
                self.is_modular.next = true;
            }
            _ => {
                self.is_signed.next = false;
            }
        }
        self.sign_a.next = self.a.val().get_bit(255) & self.is_signed.val();
        self.sign_b.next = self.b.val().get_bit(255) & self.is_signed.val();
        self.upper_a.next = self.count_a.val() > self.two4.val();
        self.upper_b.next = self.count_b.val() > self.two4.val();
        self.entry.next = bit_cast::<8, 3>(self.op.val());
        if self.starts.val() {
            self.left.d.next = self.a.val();
            self.right.d.next = self.b.val();
            self.modulus.d.next = self.c.val();
            self.active.d.next = true;
            self.negative_a.d.next = self.sign_a.val();
            self.negative_b.d.next = self.sign_b.val();
            self.half.d.next = (!self.upper_a.val()) & (!self.upper_b.val());
            self.single.d.next = (self.count_a.val() < self.two4.val()) & (self.count_b.val() < self.two4.val());
            self.modulus_ones.d.next = self.ones_c.val();
            self.dividend_in_file.d.next = self.is_modular.val() | self.sign_a.val();
            self.divisor_in_file.d.next = self.sign_b.val();
            self.divisor_is_c.d.next = self.is_modular.val();
            // An SDIV is told from an SMOD by the middle bit of its number.
            self.negate.d.next = self.sign_a.val() ^ (self.sign_b.val() & self.op.val().get_bit(1));
            self.wanted.d.next = (!self.op.val().get_bit(2)) & (self.op.val().get_bit(0) ^ self.op.val().get_bit(1));
            self.limbs_m.d.next = self.count_a.val();
            if self.is_modular.val() | self.sign_a.val() {
                self.limbs_m.d.next = bits::<4>(0);
            }
            self.limbs_n.d.next = self.count_b.val();
            if self.is_modular.val() {
                self.limbs_n.d.next = self.count_c.val();
            }
            if self.sign_b.val() {
                self.limbs_n.d.next = bits::<4>(0);
            }
            self.carry.d.next = true;
            self.all_ones.d.next = true;
            self.turn.d.next = bits::<4>(0);
            self.position.d.next = bits::<4>(0);
            self.successor.next = self.entry.val() + bits::<8>(1);
        }
        if self.clear.val() {
            self.active.d.next = false;
            self.finished.d.next = false;
            self.successor.next = bits::<8>(0);
            for i in 0..4 {
                self.valid[i].d.next = false;
                self.holding[i].d.next = false;
                self.seeding[i].d.next = false;
            }
        }
        self.place.d.next = self.successor.val();
        self.microcode.address.next = self.successor.val();
    }
}
