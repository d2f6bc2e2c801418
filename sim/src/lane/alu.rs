//! Arithmetic of the lane on 256-bit words, as the yellow paper (appendix H) and later EIPs define it.

use alloy_primitives::U256;

/// Whether the sign bit is set.
pub fn is_negative(a: U256) -> bool {
    a.bit(255)
}

/// Absolute value of a word in two's complement.
pub fn magnitude(a: U256) -> U256 {
    if is_negative(a) { a.wrapping_neg() } else { a }
}

/// Unsigned quotient; 0 if `b` is 0.
pub fn div(a: U256, b: U256) -> U256 {
    a.checked_div(b).unwrap_or_default()
}

/// Unsigned remainder; 0 if `b` is 0.
pub fn rem(a: U256, b: U256) -> U256 {
    a.checked_rem(b).unwrap_or_default()
}

/// Two's complement quotient, truncated; 0 if `b` is 0. The most negative number divided by −1 is itself.
pub fn sdiv(a: U256, b: U256) -> U256 {
    let quotient = div(magnitude(a), magnitude(b));
    if is_negative(a) != is_negative(b) { quotient.wrapping_neg() } else { quotient }
}

/// Two's complement remainder with the sign of `a`; 0 if `b` is 0.
pub fn smod(a: U256, b: U256) -> U256 {
    let remainder = rem(magnitude(a), magnitude(b));
    if is_negative(a) { remainder.wrapping_neg() } else { remainder }
}

/// a < b in two's complement.
pub fn slt(a: U256, b: U256) -> bool {
    match (is_negative(a), is_negative(b)) {
        (true, false) => true,
        (false, true) => false,
        _ => a < b,
    }
}

/// `b` sign-extended from byte `a`, byte 0 the least significant.
pub fn signextend(a: U256, b: U256) -> U256 {
    if a >= U256::from(31) {
        return b;
    }
    let bit = a.to::<usize>() * 8 + 7;
    let mask = (U256::from(1) << (bit + 1)) - U256::from(1);
    if b.bit(bit) { b | !mask } else { b & mask }
}

/// Byte `a` of `b`, byte 0 the most significant.
pub fn byte(a: U256, b: U256) -> U256 {
    if a >= U256::from(32) {
        return U256::ZERO;
    }
    U256::from(b.byte(31 - a.to::<usize>()))
}

fn count(a: U256) -> Option<usize> {
    (a < U256::from(256)).then(|| a.to())
}

/// `b` shifted left by `a`.
pub fn shl(a: U256, b: U256) -> U256 {
    count(a).map_or(U256::ZERO, |n| b << n)
}

/// `b` shifted right by `a`.
pub fn shr(a: U256, b: U256) -> U256 {
    count(a).map_or(U256::ZERO, |n| b >> n)
}

/// `b` shifted right arithmetically by `a`.
pub fn sar(a: U256, b: U256) -> U256 {
    match count(a) {
        Some(n) => b.arithmetic_shr(n),
        None if is_negative(b) => U256::MAX,
        None => U256::ZERO,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn int(value: i64) -> U256 {
        if value < 0 { U256::from(value.unsigned_abs()).wrapping_neg() } else { U256::from(value) }
    }

    #[test]
    fn signed_division_follows_the_yellow_paper() {
        for (a, b, q, r) in [(7, -2, -3, 1), (-7, 2, -3, -1), (-7, -2, 3, -1), (7, 0, 0, 0)] {
            assert_eq!(sdiv(int(a), int(b)), int(q));
            assert_eq!(smod(int(a), int(b)), int(r));
        }
        let least = U256::from(1) << 255;
        assert_eq!(sdiv(least, U256::MAX), least);
        assert_eq!(smod(least, U256::MAX), U256::ZERO);
    }

    #[test]
    fn corners() {
        assert_eq!(signextend(U256::ZERO, U256::from(0x80)), int(-128));
        assert_eq!(signextend(U256::from(31), U256::from(0x80)), U256::from(0x80));
        assert_eq!(signextend(U256::MAX, U256::from(0x80)), U256::from(0x80));
        assert_eq!(byte(U256::from(31), U256::from(0xab)), U256::from(0xab));
        assert_eq!(byte(U256::from(32), U256::MAX), U256::ZERO);
        assert_eq!(shl(U256::from(256), U256::MAX), U256::ZERO);
        assert_eq!(sar(U256::MAX, int(-1)), U256::MAX);
        assert_eq!(sar(U256::from(255), int(-1)), U256::MAX);
        assert!(slt(int(-1), U256::ZERO) && !slt(U256::ZERO, int(-1)));
        assert_eq!((magnitude(int(-5)), magnitude(int(7))), (int(5), int(7)));
    }
}
