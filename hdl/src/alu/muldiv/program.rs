//! The microprogram.
//!
//! Places in the file: limbs 0 to 8 hold the dividend, at first as it is, then normalised, at last the remainder; 9 to
//! 12 the divisor, normalised with its top limb at 12; 13 the power of two by which both were multiplied; 14 and 15 the
//! reciprocal. A result to be negated collects in 5 to 8: signed dividends have four limbs. EXP keeps its powers in
//! 0 to 3 and 4 to 7 by turns.
//!
//! The reciprocal of the divisor's top limbs D (as a fraction of 1) has 40 + 64 fractional bits. A table gives 10 bits
//! that are right. Three Newton steps, r := r (2 - D r), make that 21, 40 and 78. They are arranged so that every
//! estimate is too small, never too large: 2 - D r is formed as a complement, without the 1 that would make it a
//! negation. The second step leaves 40 fractional bits (place 14); what the third adds is less than 2^65 units of the
//! 104th, hence a carry into place 14.
//!
//! A quotient digit is the product of the two top limbs of the remainder and the reciprocal. It is at most 2^-15 too
//! small; 2^-14 is added, so it is right, or (rarely) too large by one. Then the subtraction borrows, and the divisor is
//! added back.

use super::instruction::{
    Base, CarryIn, CarryOut, Hold, If, Instruction, Relative, Slice, StepE, StepP, Sum, Target, Track, Wait, X, Y, Z,
};

/// First limb of a result that is to be negated.
pub const NEGATED: u8 = 5;
/// First limb of the divisor.
pub const DIVISOR: u8 = 9;
const TOP: u8 = 12;
const POWER: u8 = 13;
const HIGH: u8 = 14;
const LOW: u8 = 15;

/// A line of the program, with successors by name. Without a name the successor is the next line.
struct Line {
    name: &'static str,
    code: Instruction,
    taken: &'static str,
    next: &'static str,
}

/// Names and code of the lines.
#[derive(Default)]
struct Program(Vec<Line>);

impl Program {
    fn line(&mut self, name: &'static str, code: Instruction, taken: &'static str, next: &'static str) {
        self.0.push(Line { name, code, taken, next });
    }

    fn place(&self, name: &str) -> u8 {
        let place = self.0.iter().position(|line| line.name == name).expect("a successor has a line");
        u8::try_from(place).expect("the program fits its memory")
    }

    fn assemble(&self) -> Vec<Instruction> {
        let line = |(place, line): (usize, &Line)| Instruction {
            taken: if line.taken.is_empty() { 0 } else { self.place(line.taken) },
            next: if line.next.is_empty() { place as u8 + 1 } else { self.place(line.next) },
            ..line.code
        };
        self.0.iter().enumerate().map(line).collect()
    }
}

/// What most lines have in common.
const NOTHING: Instruction = Instruction {
    x: X::One,
    x_index: (0, Relative::None),
    y: Y::Zero,
    y_index: (0, Relative::None),
    issue: false,
    base: Base::Zero,
    sum: Sum::Stay,
    slice: Slice::Low,
    z: Z::Zero,
    subtract: false,
    carry_in: CarryIn::Zero,
    carry_out: CarryOut::Stay,
    target: Target::None,
    index: (0, Relative::None),
    track: Track::None,
    last: false,
    hold: Hold::Stay,
    counts: false,
    step_p: StepP::Stay,
    step_e: StepE::Stay,
    wait: Wait::None,
    condition: If::Never,
    taken: 0,
    next: 0,
    skip: false,
    finish: false,
    reset: false,
};
const ISSUE: Instruction = Instruction { issue: true, ..NOTHING };

/// The product of limb `i` of one operand and limb `column - i` of the other, in schoolbook order: base and sum.
fn schoolbook(column: u8, first: bool) -> Instruction {
    let base = match (column, first) {
        (0, _) => Base::Zero,
        (_, true) => Base::Carry,
        (_, false) => Base::Sum,
    };
    Instruction { base, sum: Sum::Load, ..ISSUE }
}

/// Index of a limb relative to nothing.
const fn at(index: u8) -> (u8, Relative) {
    (index, Relative::None)
}

/// Names of the entries, by operation.
const ENTRIES: [&str; 8] = ["mul", "div", "sdiv", "mod", "smod", "addmod", "mulmod", "exp"];
/// Address of the line that waits for a start.
pub const IDLE: u8 = 0;
/// Address of the first line of operation 0; the others follow.
pub const FIRST_ENTRY: u8 = 1;

/// The lines of the program.
pub fn program() -> Vec<Instruction> {
    let mut p = Program::default();
    p.line("idle", Instruction { x: X::A, ..NOTHING }, "", "idle");
    entries(&mut p);
    multiply(&mut p);
    prepare(&mut p);
    normalise(&mut p);
    reciprocal(&mut p);
    digits(&mut p);
    remainder(&mut p);
    power(&mut p);
    for (operation, name) in ENTRIES.iter().enumerate() {
        assert_eq!(p.place(name), FIRST_ENTRY + operation as u8);
    }
    p.assemble()
}

/// First lines of the operations.
fn entries(p: &mut Program) {
    let product = Instruction { x: X::A, y: Y::B, ..schoolbook(0, true) };
    let divide = Instruction {
        x: X::Dividend,
        x_index: (15, Relative::M),
        y: Y::Divisor,
        y_index: (15, Relative::N),
        hold: Hold::Normalise,
        wait: Wait::Idle,
        condition: If::Small,
        ..NOTHING
    };
    let signed = Instruction { condition: If::Negate, ..NOTHING };
    p.line("mul", Instruction { target: Target::Out, condition: If::Half, ..product }, "half", "full");
    p.line("div", divide, "small", "divisor");
    p.line("sdiv", signed, "blank", "signs");
    p.line("mod", divide, "small", "divisor");
    p.line("smod", signed, "blank", "signs");
    p.line("addmod", Instruction { x: X::A, sum: Sum::Load, y: Y::One, ..ISSUE }, "", "sums");
    p.line("mulmod", Instruction { target: Target::File, track: Track::M, ..product }, "", "wide");
    let exponent =
        Instruction { y: Y::B, y_index: (15, Relative::N), hold: Hold::Normalise, condition: If::NoDivisor, ..NOTHING };
    p.line("exp", exponent, "one", "base");
}

/// MUL, and the products and sums before a reduction.
fn multiply(p: &mut Program) {
    for column in 1..4 {
        for i in 0..=column {
            let last = i == column;
            let code = Instruction {
                x: X::A,
                x_index: at(i),
                y: Y::B,
                y_index: at(column - i),
                target: if last { Target::Out } else { Target::None },
                index: at(column),
                last: last && column == 3,
                ..schoolbook(column, i == 0)
            };
            p.line(
                if column == 1 && i == 0 { "full" } else { "" },
                code,
                "",
                if column == 3 && last { "idle" } else { "" },
            );
        }
    }
    // Operands of two limbs: four products; of one limb: the second column is the carry of the first.
    let low = Instruction { x: X::A, y: Y::B, y_index: at(1), condition: If::Single, ..schoolbook(1, true) };
    p.line("half", low, "single", "");
    let out = |column| Instruction { target: Target::Out, index: at(column), ..ISSUE };
    p.line("", Instruction { x: X::A, x_index: at(1), y: Y::B, base: Base::Sum, sum: Sum::Load, ..out(1) }, "", "");
    let high = Instruction { x: X::A, x_index: at(1), y: Y::B, y_index: at(1), base: Base::Carry, ..out(2) };
    p.line("", Instruction { sum: Sum::Load, ..high }, "", "");
    p.line("", Instruction { base: Base::Carry, last: true, ..out(3) }, "", "idle");
    p.line("single", Instruction { base: Base::Sum, last: true, ..out(1) }, "", "idle");

    // 512 bits into the file.
    let store = |column| Instruction { target: Target::File, index: at(column), track: Track::M, ..ISSUE };
    for column in 1..7_u8 {
        let first = column.saturating_sub(3);
        for i in first..=column.min(3) {
            let last = i == column.min(3);
            let code = Instruction { x: X::A, x_index: at(i), y: Y::B, y_index: at(column - i), ..ISSUE };
            let code = Instruction {
                target: if last { Target::File } else { Target::None },
                index: at(column),
                track: if last { Track::M } else { Track::None },
                base: schoolbook(column, i == first).base,
                sum: Sum::Load,
                ..code
            };
            p.line(if column == 1 && i == 0 { "wide" } else { "" }, code, "", "");
        }
    }
    p.line("", Instruction { base: Base::Carry, condition: If::Ones, ..store(7) }, "around", "mod");

    // Modulo 2^256 - 1: both halves are added, and the carry around; all ones are zero.
    let turn = Instruction {
        z: Z::File,
        carry_out: CarryOut::Keep,
        index: (0, Relative::I),
        counts: true,
        condition: If::Last4,
        ..ISSUE
    };
    let halves = Instruction {
        x: X::File,
        x_index: (4, Relative::I),
        y: Y::One,
        carry_in: CarryIn::First,
        target: Target::File,
        ..turn
    };
    p.line("around", Instruction { wait: Wait::Idle, ..NOTHING }, "", "");
    p.line("halves", halves, "carry", "halves");
    let carry = Instruction { carry_in: CarryIn::Kept, target: Target::FileOut, track: Track::Ones, ..turn };
    p.line("carry", carry, "ones", "carry");
    p.line("ones", Instruction { wait: Wait::Idle, condition: If::AllOnes, finish: true, ..NOTHING }, "zero", "idle");
    p.line("zero", Instruction { reset: true, finish: true, ..NOTHING }, "", "idle");

    // 257 bits into the file.
    for limb in 0..4_u8 {
        if limb > 0 {
            let left = Instruction { x: X::A, x_index: at(limb), y: Y::One, base: Base::Carry, ..ISSUE };
            p.line("", Instruction { sum: Sum::Load, ..left }, "", "");
        }
        let right = Instruction { y: Y::B, y_index: at(limb), base: Base::Sum, sum: Sum::Load, ..store(limb) };
        p.line(if limb == 0 { "sums" } else { "" }, right, "", "");
    }
    p.line("", Instruction { base: Base::Carry, ..store(4) }, "", "mod");
}

/// Magnitudes of signed operands; and what needs no division.
fn prepare(p: &mut Program) {
    let turn = Instruction { counts: true, condition: If::Last4, ..ISSUE };
    let blank = Instruction { target: Target::File, index: (NEGATED, Relative::I), ..turn };
    p.line("blank", blank, "signs", "blank");
    let negate = Instruction {
        subtract: true,
        carry_in: CarryIn::First,
        carry_out: CarryOut::Keep,
        target: Target::File,
        ..turn
    };
    p.line("signs", Instruction { condition: If::NegativeA, ..NOTHING }, "negate a", "sign b");
    let a = Instruction { x: X::A, x_index: (0, Relative::I), y: Y::One, track: Track::M, ..negate };
    p.line("negate a", Instruction { index: (0, Relative::I), ..a }, "sign b", "negate a");
    p.line("sign b", Instruction { condition: If::NegativeB, ..NOTHING }, "negate b", "mod");
    let b = Instruction { y: Y::B, y_index: (0, Relative::I), track: Track::N, ..negate };
    p.line("negate b", Instruction { index: (DIVISOR, Relative::I), ..b }, "mod", "negate b");

    // Without a division the quotient is 0, and the remainder the dividend. Modulo 0 everything is 0.
    let small = Instruction { wait: Wait::Idle, condition: If::Remainder, finish: true, ..NOTHING };
    p.line("small", small, "copy", "idle");
    let copy = Instruction { x: X::Dividend, x_index: (0, Relative::I), y: Y::One, target: Target::Out, ..turn };
    p.line("copy", Instruction { index: (0, Relative::I), ..copy }, "finish", "copy");
    p.line("finish", Instruction { wait: Wait::Idle, condition: If::Negate, finish: true, ..NOTHING }, "minus", "idle");
    p.line("minus", Instruction { reset: true, ..NOTHING }, "", "");
    let minus = Instruction { x: X::File, x_index: (NEGATED, Relative::I), y: Y::One, ..negate };
    p.line("negate", Instruction { target: Target::Out, index: (0, Relative::I), ..minus }, "finish", "negate");
}

/// Divisor and dividend times the power of two.
fn normalise(p: &mut Program) {
    let turn = Instruction { base: Base::Carry, sum: Sum::Load, counts: true, ..ISSUE };
    let divisor = Instruction {
        x: X::Held,
        y: Y::Divisor,
        y_index: (0, Relative::I),
        target: Target::FileSeed,
        index: (DIVISOR, Relative::IAligned),
        condition: If::LastN,
        ..turn
    };
    p.line("divisor", divisor, "power", "divisor");
    let power = Instruction { y: Y::Held, target: Target::File, index: at(POWER), ..ISSUE };
    p.line("power", Instruction { step_p: StepP::Top, condition: If::Less, ..power }, "small", "dividend");
    let dividend = Instruction {
        x: X::Dividend,
        x_index: (0, Relative::I),
        y: Y::Held,
        target: Target::File,
        index: (0, Relative::I),
        condition: If::LastM,
        ..turn
    };
    p.line("dividend", dividend, "above", "dividend");
    let above = Instruction { base: Base::Carry, sum: Sum::Clear, target: Target::File, ..ISSUE };
    p.line("above", Instruction { index: (0, Relative::M), ..above }, "", "");
}

/// Newton steps. A divisor of one limb skips the products of its second limb.
fn reciprocal(p: &mut Program) {
    let first = Instruction {
        x: X::File,
        x_index: at(TOP),
        y: Y::Seed,
        slice: Slice::From62,
        z: Z::Seed,
        subtract: true,
        target: Target::FileHeld,
        index: at(HIGH),
        wait: Wait::Seed,
        condition: If::Short,
        ..ISSUE
    };
    p.line("first", first, "second", "");
    let second_limb = Instruction { x: X::File, x_index: at(TOP - 1), y: Y::Held, sum: Sum::Load, ..ISSUE };
    let top_limb = Instruction {
        x: X::File,
        x_index: at(TOP),
        y: Y::Held,
        base: Base::Carry,
        subtract: true,
        target: Target::Held,
        ..ISSUE
    };
    p.line("", second_limb, "", "");
    p.line("second", Instruction { slice: Slice::From40, ..top_limb }, "", "");
    let step = Instruction { x: X::File, x_index: at(HIGH), y: Y::Held, ..ISSUE };
    let second = Instruction { slice: Slice::From62, target: Target::FileHeld, index: at(HIGH), ..step };
    p.line("", Instruction { condition: If::Short, ..second }, "third", "");
    p.line("", second_limb, "", "");
    p.line("third", Instruction { slice: Slice::From20, carry_in: CarryIn::One, ..top_limb }, "", "");
    let third = Instruction { slice: Slice::From20, carry_out: CarryOut::Above, target: Target::File, ..step };
    p.line("", Instruction { index: at(LOW), ..third }, "", "");
    let carry = Instruction { z: Z::File, carry_in: CarryIn::Kept, carry_out: CarryOut::Set, ..ISSUE };
    p.line("", Instruction { target: Target::File, index: at(HIGH), ..carry }, "", "digit");
}

/// Quotient digits: estimate, subtraction, correction.
fn digits(p: &mut Program) {
    let estimate = Instruction { x: X::File, x_index: (0, Relative::P), y: Y::File, sum: Sum::Load, ..ISSUE };
    let first = Instruction { y_index: at(LOW), base: Base::Bias, wait: Wait::Last, ..estimate };
    p.line("digit", first, "", "");
    let second = Instruction { x_index: (15, Relative::P), y_index: at(HIGH), base: Base::Sum, ..estimate };
    // Whether the digit before was right shows only now.
    p.line("", Instruction { condition: If::Borrow, ..second }, "back", "");
    let third = Instruction { y_index: at(HIGH), base: Base::Carry, sum: Sum::Clear, slice: Slice::From40, ..estimate };
    let third = Instruction { carry_out: CarryOut::Set, target: Target::Quotient, skip: true, ..third };
    p.line("", Instruction { index: (0, Relative::Digit), ..third }, "", "");
    let subtract = Instruction {
        base: Base::Carry,
        sum: Sum::Load,
        z: Z::File,
        subtract: true,
        carry_in: CarryIn::Kept,
        carry_out: CarryOut::Keep,
        target: Target::File,
        ..ISSUE
    };
    for limb in 0..4_u8 {
        let code = Instruction { x: X::File, x_index: at(DIVISOR + limb), y: Y::Held, ..subtract };
        p.line("", Instruction { index: (12 + limb, Relative::P), ..code }, "", "");
    }
    let top = Instruction { index: (0, Relative::P), step_p: StepP::Down, condition: If::NoDigit, ..subtract };
    p.line("", top, "end", "digit");

    // An unsigned quotient is complete if the last digit was right.
    let end = Instruction { wait: Wait::Idle, condition: If::More, finish: true, ..NOTHING };
    p.line("end", end, "more", "idle");
    p.line("more", Instruction { condition: If::Borrow, ..NOTHING }, "back", "complete");

    let add =
        Instruction { z: Z::File, carry_in: CarryIn::Kept, carry_out: CarryOut::Keep, target: Target::File, ..ISSUE };
    p.line("back", Instruction { wait: Wait::Idle, skip: true, ..NOTHING }, "", "");
    for limb in 0..4_u8 {
        let code = Instruction { x: X::File, x_index: at(DIVISOR + limb), y: Y::One, ..add };
        p.line("", Instruction { index: ((13 + limb) & 15, Relative::P), ..code }, "", "");
    }
    p.line("", Instruction { index: (1, Relative::P), ..add }, "", "");
    // The digit less one is the complement of its negation.
    let invert = Instruction { y: Y::Held, subtract: true, ..ISSUE };
    p.line("", Instruction { carry_in: CarryIn::One, target: Target::Held, ..invert }, "", "");
    let less = Instruction { target: Target::Quotient, index: (1, Relative::Digit), ..invert };
    p.line("", Instruction { condition: If::Below, ..less }, "complete", "digit");
    p.line("complete", Instruction { wait: Wait::Idle, condition: If::Wanted, ..NOTHING }, "finish", "remainder");
}

/// The remainder, shifted back.
fn remainder(p: &mut Program) {
    p.line("remainder", Instruction { condition: If::Aligned, ..NOTHING }, "plain", "");
    let power = Instruction { y: Y::File, y_index: at(POWER), hold: Hold::Denormalise, ..NOTHING };
    p.line("", power, "", "");
    let turn = Instruction { x: X::File, x_index: (0, Relative::I), counts: true, ..ISSUE };
    p.line("", Instruction { y: Y::Held, sum: Sum::Load, ..turn }, "", "");
    let shift = Instruction { y: Y::Held, base: Base::Carry, sum: Sum::Load, target: Target::Out, ..turn };
    let shift = Instruction { index: (15, Relative::I), condition: If::AtN, ..shift };
    p.line("shift", shift, "finish", "shift");
    let plain = Instruction { y: Y::One, target: Target::Out, index: (0, Relative::I), ..turn };
    p.line("plain", Instruction { condition: If::LastN, ..plain }, "finish", "plain");
}

/// EXP: the exponent's bits below its top one, from the highest to the lowest.
fn power(p: &mut Program) {
    let one = Instruction { y: Y::One, target: Target::Out, last: true, ..ISSUE };
    p.line("one", one, "", "idle");
    for limb in 0..4_u8 {
        let code = Instruction {
            x: X::A,
            x_index: at(limb),
            y: Y::One,
            target: Target::FileOut,
            index: (limb, Relative::Other),
            step_e: if limb == 0 { StepE::Load } else { StepE::Stay },
            step_p: if limb == 3 { StepP::Flip } else { StepP::Stay },
            ..ISSUE
        };
        p.line(if limb == 0 { "base" } else { "" }, code, "", "");
    }
    let bit = Instruction { y: Y::Exponent, step_e: StepE::Down, condition: If::NoBit, ..NOTHING };
    p.line("bit", bit, "finish", "");
    for multiplies in [false, true] {
        for column in 0..4_u8 {
            for i in 0..=column {
                let (last, done) = (i == column, i == 3);
                let code = Instruction {
                    x: if multiplies { X::A } else { X::File },
                    x_index: (i, if multiplies { Relative::None } else { Relative::P }),
                    y: Y::File,
                    y_index: (column - i, Relative::P),
                    target: if last { Target::FileOut } else { Target::None },
                    index: (column, Relative::Other),
                    step_p: if done { StepP::Flip } else { StepP::Stay },
                    condition: if done && !multiplies { If::Bit } else { If::Never },
                    ..schoolbook(column, i == 0)
                };
                let name = if multiplies && column == 0 { "times" } else { "" };
                let (taken, next) = match (done, multiplies) {
                    (false, _) => ("", ""),
                    (true, false) => ("times", "bit"),
                    (true, true) => ("", "bit"),
                };
                p.line(name, code, taken, next);
            }
        }
    }
}
