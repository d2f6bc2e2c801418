//! The unit in plain Rust: the microprogram, executed cycle by cycle.
//!
//! It gives the result, the exact number of cycles, and how often the rare paths were taken. That the program computes
//! what the EVM prescribes is for the tests to show, against arithmetic that knows nothing of it.

use std::sync::LazyLock;

use super::{
    instruction::{
        Base, CarryIn, CarryOut, Hold, If, Instruction, Relative, Slice, StepE, StepP, Sum, Target, Track, Wait, X, Y,
        Z,
    },
    program::{DIVISOR, FIRST_ENTRY, IDLE, NEGATED, program},
};
use crate::{
    leaf::{limb_product::PRODUCT_CYCLES, power_of_two, reciprocal_seed},
    word::W256,
};

/// What an operation did.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Run {
    /// The result.
    pub result: W256,
    /// Cycles from `start` to `done`.
    pub cycles: u64,
    /// Quotient digits that were estimated.
    pub digits: u64,
    /// Quotient digits that were too large by one.
    pub corrections: u64,
    /// Quotient digits whose estimate was 2^64 or more.
    pub saturations: u64,
    /// Whether the reciprocal's third step carried into its high limb.
    pub carried: bool,
}

/// Cycles from `start` to `done`. Operations are numbered as in [`super::MulDiv::op`].
pub fn cycles(op: u8, a: W256, b: W256, c: W256) -> u64 {
    run(op, a, b, c).cycles
}

/// A product under way.
#[derive(Clone, Copy)]
struct Flight {
    code: Instruction,
    issued: u64,
    index: usize,
    first: bool,
    product: u128,
    /// The slice of the sum, once it is known, and the bit above the slice from bit 20.
    part: (u64, bool),
}

struct Machine {
    operands: [[u64; 4]; 3],
    file: [u64; 16],
    result: [u64; 4],
    held: u64,
    seed: usize,
    /// 192 bits.
    accumulator: [u64; 3],
    carry: bool,
    i: u8,
    p: u8,
    m: u8,
    n: u8,
    e: u8,
    bit: bool,
    less: bool,
    aligned: bool,
    ones: bool,
    negate: bool,
    wanted: bool,
    dividend_in_file: bool,
    divisor: Place,
    flags: Flags,
}

#[derive(Clone, Copy, PartialEq)]
enum Place {
    B,
    C,
    File,
}

/// What is known of the operands from the start.
struct Flags {
    negative_a: bool,
    negative_b: bool,
    ones: bool,
    half: bool,
    single: bool,
}

fn limbs(word: [u64; 4]) -> u8 {
    (4 - word.iter().rev().take_while(|&&limb| limb == 0).count()) as u8
}

impl Machine {
    fn new(op: u8, a: [u64; 4], b: [u64; 4], c: [u64; 4]) -> Self {
        let signed = op == 2 || op == 4;
        let [negative_a, negative_b] = [a, b].map(|word| signed && word[3] >> 63 == 1);
        let modular = op == 5 || op == 6;
        let dividend_in_file = modular || negative_a;
        let divisor = if modular {
            Place::C
        } else if negative_b {
            Place::File
        } else {
            Place::B
        };
        let (lower, one) = (|word| limbs(word) <= 2, |word| limbs(word) <= 1);
        Machine {
            operands: [a, b, c],
            file: [0; 16],
            result: [0; 4],
            held: 0,
            seed: 0,
            accumulator: [0; 3],
            carry: true,
            i: 0,
            p: 0,
            m: if dividend_in_file { 0 } else { limbs(a) },
            n: match divisor {
                Place::B => limbs(b),
                Place::C => limbs(c),
                Place::File => 0,
            },
            e: 0,
            bit: false,
            less: false,
            aligned: false,
            ones: true,
            negate: if op == 2 { negative_a != negative_b } else { negative_a },
            wanted: op == 1 || op == 2,
            dividend_in_file,
            divisor,
            flags: Flags {
                negative_a,
                negative_b,
                ones: c == [u64::MAX; 4],
                half: lower(a) && lower(b),
                single: one(a) && one(b),
            },
        }
    }

    fn place(&self, (index, relative): (u8, Relative)) -> usize {
        let add = match relative {
            Relative::None => 0,
            Relative::I => self.i,
            Relative::P => self.p,
            Relative::M => self.m,
            Relative::N => self.n,
            Relative::IAligned => self.i + 4 - self.n,
            Relative::Digit => self.p.wrapping_sub(self.n),
            Relative::Other => self.p ^ 4,
        };
        usize::from(index.wrapping_add(add) & 15)
    }

    fn x(&self, code: &Instruction) -> u64 {
        let index = self.place(code.x_index);
        match code.x {
            X::Dividend if self.dividend_in_file => self.file[index],
            X::A | X::Dividend => self.operands[0][index & 3],
            X::File => self.file[index],
            X::Held => self.held,
            X::One => 1,
        }
    }

    /// `held` is what is being held in this cycle.
    fn y(&self, code: &Instruction, held: u64) -> u64 {
        let index = self.place(code.y_index);
        match (code.y, self.divisor) {
            (Y::Zero, _) => 0,
            (Y::One, _) => 1,
            (Y::Held, _) => held,
            (Y::B, _) | (Y::Divisor, Place::B) => self.operands[1][index & 3],
            (Y::Divisor, Place::C) => self.operands[2][index & 3],
            (Y::Divisor, Place::File) => self.file[(index + usize::from(DIVISOR)) & 15],
            (Y::File, _) => self.file[index],
            (Y::Seed, _) => reciprocal_seed::square(self.seed),
            (Y::Exponent, _) => self.operands[1][usize::from(self.e.wrapping_sub(1) >> 6)],
        }
    }

    fn holds(&self, condition: If) -> bool {
        match condition {
            If::Never => false,
            If::LastN => self.i + 1 == self.n,
            If::LastM => self.i + 1 == self.m,
            If::Last4 => self.i == 3,
            If::Short => self.n == 1,
            If::Borrow => !self.carry,
            If::NoDigit => self.p == self.n,
            If::Bit => self.bit,
            If::NoBit => self.e == 0,
            If::Negate => self.negate,
            If::Small => self.n == 0 || self.m < self.n,
            If::Less => self.m == self.n && self.less,
            If::Wanted => self.wanted,
            If::NoDivisor => self.n == 0,
            If::Aligned => self.aligned,
            If::NegativeA => self.flags.negative_a,
            If::NegativeB => self.flags.negative_b,
            If::Ones => self.flags.ones,
            If::AllOnes => self.ones,
            If::Half => self.flags.half,
            If::Single => self.flags.single,
            If::Remainder => !self.wanted && self.n != 0,
            If::More => !self.carry || !self.wanted || self.negate,
            If::Below => self.p < self.n,
            If::AtN => self.i == self.n,
        }
    }

    /// The product arrives: it adds to its base, and a slice leaves.
    fn arrive(&mut self, flight: &mut Flight) -> bool {
        let code = &flight.code;
        let [low, middle, high] = self.accumulator;
        let base = match code.base {
            Base::Zero => [0; 3],
            Base::Sum => self.accumulator,
            Base::Carry => [middle, high, 0],
            Base::Bias => [0, 1 << 26, 0],
        };
        debug_assert!(code.base != Base::Bias || code.sum == Sum::Load, "{low}");
        let (sum_low, carry) = base[0].overflowing_add(flight.product as u64);
        let rest = (u128::from(base[2]) << 64 | u128::from(base[1])) + (flight.product >> 64) + u128::from(carry);
        let sum = [sum_low, rest as u64, (rest >> 64) as u64];
        let from = |bit: u32| {
            let pair = |i: usize| u128::from(sum[i + 1]) << 64 | u128::from(sum[i]);
            if bit < 64 { (pair(0) >> bit) as u64 } else { (pair(1) >> (bit - 64)) as u64 }
        };
        let saturates = code.slice == Slice::From40 && (sum[1] >> 40 != 0 || sum[2] != 0);
        let part = match code.slice {
            Slice::Low => sum[0],
            Slice::From20 => from(20),
            Slice::From40 if saturates => u64::MAX,
            Slice::From40 => from(40),
            Slice::From62 => from(62),
        };
        flight.part = (part, (sum[1] >> 20) & 1 == 1);
        match code.sum {
            Sum::Stay => {}
            Sum::Load => self.accumulator = sum,
            Sum::Clear => self.accumulator = [0; 3],
        }
        saturates
    }

    /// The outcome of a product, with its carry.
    fn outcome(&self, flight: &Flight) -> (u64, bool) {
        let code = &flight.code;
        let z = match code.z {
            Z::Zero => 0,
            Z::File => self.file[flight.index],
            Z::Seed => reciprocal_seed::twice(self.seed),
        };
        let part = if code.subtract { !flight.part.0 } else { flight.part.0 };
        let carry = match code.carry_in {
            CarryIn::Zero => false,
            CarryIn::One => true,
            CarryIn::First if flight.first => code.subtract,
            CarryIn::Kept | CarryIn::First => self.carry,
        };
        let sum = u128::from(z) + u128::from(part) + u128::from(carry);
        (sum as u64, sum >> 64 != 0)
    }

    /// The outcome reaches its target.
    fn write(&mut self, flight: &Flight, (value, carry): (u64, bool)) {
        let code = &flight.code;
        match code.carry_out {
            CarryOut::Stay => {}
            CarryOut::Keep => self.carry = carry,
            CarryOut::Set => self.carry = true,
            CarryOut::Above => self.carry = flight.part.1,
        }
        let (index, limb) = (flight.index, flight.index & 3);
        match code.target {
            Target::None => {}
            Target::File => self.file[index] = value,
            Target::Held => self.held = value,
            Target::FileHeld => {
                self.file[index] = value;
                self.held = value;
            }
            Target::Quotient | Target::Out => {
                if code.target == Target::Quotient {
                    self.held = value;
                }
                if code.target == Target::Out || self.wanted {
                    if self.negate {
                        self.file[(index + usize::from(NEGATED)) & 15] = value;
                    } else {
                        self.result[limb] = value;
                    }
                }
            }
            Target::FileOut => {
                self.file[index] = value;
                self.result[limb] = value;
            }
            Target::FileSeed => {
                self.file[index] = value;
                self.seed = reciprocal_seed::index(value);
            }
        }
        match code.track {
            Track::None => {}
            Track::M if value != 0 => self.m = index as u8 + 1,
            Track::N if value != 0 => self.n = index as u8 + 1 - DIVISOR,
            Track::Ones if value != u64::MAX => self.ones = false,
            _ => {}
        }
    }

    /// What a microinstruction does at once.
    fn step(&mut self, code: &Instruction, x: u64, y: u64, taken: bool) {
        match code.hold {
            Hold::Stay => {}
            Hold::Normalise => {
                self.held = power_of_two::model(y);
                self.less = x < y;
                self.aligned = y >> 63 == 1;
                self.accumulator = [0; 3];
            }
            Hold::Denormalise => self.held = power_of_two::model(y) << 1,
        }
        match code.step_e {
            StepE::Stay => {}
            StepE::Load => self.e = (self.n.wrapping_sub(1) << 6) | (63 - (self.held.trailing_zeros() & 63) as u8),
            StepE::Down => {
                let next = self.e.wrapping_sub(1);
                self.bit = (y >> (next & 63)) & 1 == 1;
                self.e = next;
            }
        }
        match code.step_p {
            StepP::Stay => {}
            StepP::Down => self.p = self.p.wrapping_sub(1),
            StepP::Top => self.p = self.m - u8::from(self.less),
            StepP::Flip => self.p ^= 4,
        }
        if code.counts {
            self.i = if taken { 0 } else { self.i + 1 };
        }
        if code.reset {
            self.result = [0; 4];
            self.negate = false;
        }
    }
}

/// Executes operation `op` of [`super::MulDiv::op`].
pub fn run(op: u8, a: W256, b: W256, c: W256) -> Run {
    static PROGRAM: LazyLock<Vec<Instruction>> = LazyLock::new(program);
    let mut machine = Machine::new(op, *a.limbs(), *b.limbs(), *c.limbs());
    let mut run = Run::default();
    let mut flights = Vec::<Flight>::with_capacity(8);
    let mut address = FIRST_ENTRY + op;
    let mut now = 0;
    loop {
        now += 1;
        let code = &PROGRAM[usize::from(address)];
        let age = |flight: &Flight| now - flight.issued;
        // The oldest product may be at its target, the one behind it at the accumulator.
        let (sums, writes) = (PRODUCT_CYCLES, PRODUCT_CYCLES + 1);
        let finishing = flights.first().filter(|flight| age(flight) == writes).copied();
        let outcome = finishing.as_ref().map(|flight| machine.outcome(flight));
        let to_be_held =
            |flight: &&Flight| matches!(flight.code.target, Target::Held | Target::FileHeld | Target::Quotient);
        let bypass = finishing.as_ref().filter(to_be_held).and(outcome);
        let held = bypass.map_or(machine.held, |(value, _)| value);
        let waits = match code.wait {
            Wait::None => false,
            Wait::Idle => !flights.is_empty(),
            Wait::Last => flights.iter().any(|flight| age(flight) < writes),
            Wait::Seed => flights.iter().any(|flight| flight.code.target == Target::FileSeed),
        };
        let waits =
            waits || (code.y == Y::Held && flights.iter().any(|flight| age(flight) < writes && to_be_held(&flight)));
        let arriving = flights.iter().position(|flight| age(flight) == sums);

        let mut issued = None;
        let mut finished = finishing.is_some_and(|flight| flight.code.last);
        let mut step = None;
        if !waits {
            let (x, y, taken) = (machine.x(code), machine.y(code, held), machine.holds(code.condition));
            if code.issue {
                issued = Some(Flight {
                    code: *code,
                    issued: now,
                    index: machine.place(code.index),
                    first: machine.i == 0,
                    product: u128::from(x) * u128::from(y),
                    part: (0, false),
                });
            }
            run.digits += u64::from(code.target == Target::Quotient && code.skip);
            run.corrections += u64::from(code.target == Target::Quotient && !code.skip);
            finished |= code.finish && !taken;
            step = Some((x, y, taken));
        }
        // The clock edge.
        let skip = if code.skip { 4 - machine.n } else { 0 };
        if let Some(index) = arriving {
            let mut flight = flights[index];
            run.saturations += u64::from(machine.arrive(&mut flight));
            flights[index] = flight;
        }
        if let (Some(flight), Some(outcome)) = (finishing, outcome) {
            run.carried |= flight.code.carry_out == CarryOut::Above && flight.part.1;
            machine.write(&flight, outcome);
            flights.remove(0);
        }
        if let Some((x, y, taken)) = step {
            machine.step(code, x, y, taken);
            address = if taken { code.taken } else { code.next + skip };
        }
        flights.extend(issued);
        if finished {
            debug_assert!(flights.is_empty() && address == IDLE);
            run.result = W256::from_limbs(machine.result);
            run.cycles = now + 1;
            return run;
        }
    }
}
