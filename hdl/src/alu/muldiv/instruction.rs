//! Microinstructions of the unit: what each field says, and the word of the microprogram that holds them.
//!
//! A microinstruction may issue one product of two limbs. What becomes of the product travels along with it: how it
//! adds to the accumulator, which 64 bits of the sum leave, what these are added to or subtracted from, and where the
//! outcome goes. Besides, it may step the counters, and it names its successor.

/// First factor of a product.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum X {
    /// Limb of operand a.
    A = 0,
    /// Limb of the file.
    File = 1,
    /// The held limb.
    Held = 2,
    /// 1.
    #[default]
    One = 3,
    /// Limb of the dividend: of operand a, or of the file if a was replaced.
    Dividend = 4,
}

/// Second factor of a product.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum Y {
    /// 0.
    #[default]
    Zero = 0,
    /// 1.
    One = 1,
    /// The held limb, waiting for the product that is to be held.
    Held = 2,
    /// Limb of operand b.
    B = 3,
    /// Limb of the file.
    File = 4,
    /// Square of the first estimate of the reciprocal.
    Seed = 5,
    /// Limb of the divisor: of operand b or c, or of the file if b was replaced.
    Divisor = 6,
    /// Limb of b with the next bit of the exponent.
    Exponent = 7,
}

/// What adds to a limb's index in the operands or the file.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum Relative {
    /// Nothing.
    #[default]
    None = 0,
    /// The loop counter.
    I = 1,
    /// The position in the dividend.
    P = 2,
    /// The limbs of the dividend (not for y).
    M = 3,
    /// The limbs of the divisor (y only).
    N = 7,
    /// The loop counter, shifted so that the divisor's top limb has a fixed place (target only).
    IAligned = 4,
    /// The quotient digit: position less limbs of the divisor (target only).
    Digit = 5,
    /// The half of the file that `P` does not select (target only).
    Other = 6,
}

/// What the product adds to.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum Base {
    /// Nothing.
    #[default]
    Zero = 0,
    /// The accumulator.
    Sum = 1,
    /// The accumulator without its low limb.
    Carry = 2,
    /// 2^90, which makes a quotient digit never too small.
    Bias = 3,
}

/// What the accumulator becomes.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum Sum {
    /// It stays.
    #[default]
    Stay = 0,
    /// The sum.
    Load = 1,
    /// Zero.
    Clear = 2,
}

/// Which 64 bits of the sum leave.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum Slice {
    /// The low limb.
    #[default]
    Low = 0,
    /// From bit 20.
    From20 = 1,
    /// From bit 40; all ones if the sum has higher bits.
    From40 = 2,
    /// From bit 62.
    From62 = 3,
}

/// What they add to or are subtracted from.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum Z {
    /// 0.
    #[default]
    Zero = 0,
    /// The limb of the file at the target.
    File = 1,
    /// Twice the first estimate of the reciprocal.
    Seed = 2,
}

/// Carry into this addition. A subtraction adds the complement, so a carry means no borrow.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum CarryIn {
    /// 0.
    #[default]
    Zero = 0,
    /// 1.
    One = 1,
    /// That of the last addition that kept it.
    Kept = 2,
    /// 1 in the first turn of a loop, then the kept one.
    First = 3,
}

/// What the kept carry becomes.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum CarryOut {
    /// It stays.
    #[default]
    Stay = 0,
    /// That of this addition.
    Keep = 1,
    /// 1.
    Set = 2,
    /// The bit of the sum above the slice from bit 20.
    Above = 3,
}

/// Where the outcome goes.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum Target {
    /// Nowhere.
    #[default]
    None = 0,
    /// The file.
    File = 1,
    /// Held.
    Held = 2,
    /// The file, and held.
    FileHeld = 3,
    /// Held, and a limb of the result if the quotient is wanted.
    Quotient = 4,
    /// A limb of the result; of the file, if the result is to be negated.
    Out = 5,
    /// The file, and the same limb of the result.
    FileOut = 6,
    /// The file, and the index of the first estimate of the reciprocal.
    FileSeed = 7,
}

/// Which count of limbs the outcome may raise.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum Track {
    /// None.
    #[default]
    None = 0,
    /// That of the dividend.
    M = 1,
    /// That of the divisor.
    N = 2,
    /// None; a limb that is not all ones is remembered.
    Ones = 3,
}

/// What the held limb becomes at once.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum Hold {
    /// It stays, unless a product is to be held.
    #[default]
    Stay = 0,
    /// The power of two that moves the top bit of `y` to bit 63. `x < y` and whether bit 63 of `y` is set are
    /// noted, and the accumulator is cleared.
    Normalise = 1,
    /// The power of two that, as a factor with the high limb of the product, shifts back: `y` is the power by which
    /// was normalised.
    Denormalise = 2,
}

/// Step of the position.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum StepP {
    /// It stays.
    #[default]
    Stay = 0,
    /// One less.
    Down = 1,
    /// To the highest limb of the dividend that takes part in a quotient digit.
    Top = 2,
    /// To the other half of the file.
    Flip = 3,
}

/// Step of the number of exponent bits that are left.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum StepE {
    /// It stays.
    #[default]
    Stay = 0,
    /// All below the top bit, which the held limb shows.
    Load = 1,
    /// One less; its bit is noted.
    Down = 2,
}

/// What a microinstruction waits for, besides a limb to be held that it takes as `y`.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum Wait {
    /// Nothing.
    #[default]
    None = 0,
    /// Every product has reached its target.
    Idle = 1,
    /// Every product but the last one has reached its target.
    Last = 2,
    /// The first estimate of the reciprocal.
    Seed = 3,
}

/// Conditions of a branch.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum If {
    /// Never.
    #[default]
    Never = 0,
    /// The loop counter is at the divisor's top limb.
    LastN = 1,
    /// The loop counter is at the dividend's top limb.
    LastM = 2,
    /// The loop counter is 3.
    Last4 = 3,
    /// The divisor has one limb.
    Short = 4,
    /// The kept carry is 0: the last subtraction borrowed.
    Borrow = 5,
    /// No quotient digit is left.
    NoDigit = 6,
    /// The noted bit of the exponent is set.
    Bit = 7,
    /// No bit of the exponent is left.
    NoBit = 8,
    /// The result is to be negated.
    Negate = 9,
    /// The divisor is zero, or has more limbs than the dividend.
    Small = 10,
    /// Both have as many limbs, and the dividend's top limb is smaller.
    Less = 11,
    /// The quotient is wanted.
    Wanted = 12,
    /// The divisor is zero.
    NoDivisor = 13,
    /// The divisor's top limb had bit 63 set.
    Aligned = 14,
    /// Operand a is negative, and the operation signed.
    NegativeA = 15,
    /// Operand b is negative, and the operation signed.
    NegativeB = 16,
    /// Operand c is all ones.
    Ones = 17,
    /// Every limb that was tracked was all ones.
    AllOnes = 18,
    /// The operands have at most two limbs each.
    Half = 19,
    /// The operands have one limb each at most.
    Single = 20,
    /// The remainder is wanted, and the divisor is not zero.
    Remainder = 21,
    /// The last subtraction borrowed, the quotient is not wanted, or it is to be negated.
    More = 22,
    /// The position is below the divisor's limbs: no quotient digit is left after the one before.
    Below = 23,
    /// The loop counter is one beyond the divisor's top limb.
    AtN = 24,
}

/// A microinstruction.
#[derive(Clone, Copy, Debug, Default)]
pub struct Instruction {
    /// First factor.
    pub x: X,
    /// Its index, and what adds to it.
    pub x_index: (u8, Relative),
    /// Second factor.
    pub y: Y,
    /// Its index, and what adds to it.
    pub y_index: (u8, Relative),
    /// Whether it issues a product.
    pub issue: bool,
    /// What the product adds to.
    pub base: Base,
    /// What the accumulator becomes.
    pub sum: Sum,
    /// Which part of the sum leaves.
    pub slice: Slice,
    /// What it adds to.
    pub z: Z,
    /// Whether it is subtracted from it.
    pub subtract: bool,
    /// Carry of this addition.
    pub carry_in: CarryIn,
    /// What the kept carry becomes.
    pub carry_out: CarryOut,
    /// Where the outcome goes.
    pub target: Target,
    /// Its index, and what adds to it.
    pub index: (u8, Relative),
    /// What the outcome counts for.
    pub track: Track,
    /// Whether the operation is done when the outcome reaches its target.
    pub last: bool,
    /// What the held limb becomes.
    pub hold: Hold,
    /// Whether this is a loop: one turn more unless the branch is taken, which resets the counter.
    pub counts: bool,
    /// Step of the position.
    pub step_p: StepP,
    /// Step of the exponent.
    pub step_e: StepE,
    /// What it waits for.
    pub wait: Wait,
    /// Condition of the branch.
    pub condition: If,
    /// Successor if the condition holds.
    pub taken: u8,
    /// Successor if it does not.
    pub next: u8,
    /// Whether 4 less the divisor's limbs add to the successor.
    pub skip: bool,
    /// Whether the operation is done.
    pub finish: bool,
    /// Whether the result is cleared, or set to be positive.
    pub reset: bool,
}

/// Bits of an address in the microprogram.
pub const ADDRESS_BITS: usize = 8;

impl Instruction {
    /// Fields with their offsets, as the block slices them.
    fn fields(&self) -> [(usize, u64); 31] {
        [
            (0, self.x as u64),
            (3, self.x_index.0.into()),
            (7, self.x_index.1 as u64 & 3),
            (9, self.y as u64),
            (12, self.y_index.0.into()),
            (16, self.y_index.1 as u64 & 3),
            (18, self.index.0.into()),
            (22, self.index.1 as u64),
            (25, self.issue.into()),
            (26, self.base as u64),
            (28, self.sum as u64),
            (30, self.slice as u64),
            (32, self.z as u64),
            (34, self.subtract.into()),
            (35, self.carry_in as u64),
            (37, self.carry_out as u64),
            (39, self.target as u64),
            (42, self.track as u64),
            (44, self.last.into()),
            (45, self.hold as u64),
            (47, self.counts.into()),
            (48, self.step_p as u64),
            (50, self.step_e as u64),
            (52, self.wait as u64),
            (54, self.skip.into()),
            (55, self.finish.into()),
            (56, self.reset.into()),
            (57, 0),
            (64, self.condition as u64),
            (69, self.taken.into()),
            (77, self.next.into()),
        ]
    }

    /// The word of the microprogram, in two halves.
    pub fn encode(&self) -> [u64; 2] {
        let mut word = 0_u128;
        for (offset, value) in self.fields() {
            word |= u128::from(value) << offset;
        }
        [word as u64, (word >> 64) as u64]
    }
}
