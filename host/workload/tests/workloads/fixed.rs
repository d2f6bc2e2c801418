//! Numbers with 256 binary digits after the point: as good as real ones for amounts of 18 decimals.

use alloy_primitives::{U256, Uint};
use std::ops::{Add, Div, Mul, Sub};

type Raw = Uint<1280, 20>;

#[derive(Debug, Clone, Copy, PartialEq, PartialOrd)]
pub struct Fixed(Raw);

pub const ZERO: Fixed = Fixed(Raw::ZERO);

impl Fixed {
    pub fn new(integer: impl TryInto<U256>) -> Self {
        Self::ratio(integer, 1)
    }

    /// A number over 2^bits.
    pub fn q(integer: impl TryInto<U256>, bits: usize) -> Self {
        Self(Self::new(integer).0 >> bits)
    }

    pub fn ratio(over: impl TryInto<U256>, under: u64) -> Self {
        let Ok(over) = over.try_into() else { panic!("out of range") };
        Self((Raw::from(over) << 256) / Raw::from(under))
    }

    /// 1.0001^(tick / 2).
    pub fn root_price(tick: i32) -> Self {
        let mut power = Self::new(1_u64);
        // The square root of 1.0001 to 256 digits.
        let mut square = Self((Self::ratio(10_001_u64, 10_000).0 << 256_usize).root(2));
        let mut left = tick.unsigned_abs();
        while left > 0 {
            if left & 1 == 1 {
                power = power * square;
            }
            square = square * square;
            left >>= 1;
        }
        if tick < 0 { Self::new(1_u64) / power } else { power }
    }

    pub fn floor(self) -> U256 {
        U256::from(self.0 >> 256)
    }

    pub fn distance(self, other: Self) -> Self {
        if self > other { self - other } else { other - self }
    }

    /// Whether two numbers differ by at most a 2^-bits part.
    pub fn close(self, other: Self, bits: usize) -> bool {
        self.distance(other).0 <= (other.0 >> bits)
    }
}

impl Add for Fixed {
    type Output = Self;
    fn add(self, other: Self) -> Self {
        Self(self.0.checked_add(other.0).unwrap())
    }
}

impl Sub for Fixed {
    type Output = Self;
    fn sub(self, other: Self) -> Self {
        Self(self.0.checked_sub(other.0).unwrap())
    }
}

// Products have twice as many digits after the point.
#[allow(clippy::suspicious_arithmetic_impl)]
impl Mul for Fixed {
    type Output = Self;
    fn mul(self, other: Self) -> Self {
        Self(self.0.checked_mul(other.0).unwrap() >> 256)
    }
}

#[allow(clippy::suspicious_arithmetic_impl)]
impl Div for Fixed {
    type Output = Self;
    fn div(self, other: Self) -> Self {
        assert!(self.0.bit_len() + 256 <= 1280);
        Self((self.0 << 256_usize) / other.0)
    }
}
