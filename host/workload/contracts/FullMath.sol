// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.30;

/// Products of 512 bits, divided without loss.
library FullMath {
    error Quotient();

    /// floor(a * b / d); reverts if the quotient has more than 256 bits or d is zero.
    function mulDiv(uint256 a, uint256 b, uint256 d) internal pure returns (uint256 quotient) {
        unchecked {
            // The product is known modulo 2^256 and modulo 2^256 - 1; the difference gives the high word.
            uint256 modFull = mulmod(a, b, type(uint256).max);
            uint256 low = a * b;
            uint256 high = modFull - low;
            if (modFull < low) high -= 1;
            if (high == 0 && d != 0) return low / d;
            if (d <= high) revert Quotient();
            uint256 rest = mulmod(a, b, d);
            if (rest > low) high -= 1;
            low -= rest;
            // The division is exact now: divide both by the power of two in d, then by an inverse modulo 2^256.
            uint256 power = d & (~d + 1);
            d /= power;
            low /= power;
            power = (~power + 1) / power + 1; // 2^256 / power, zero where power is one
            low |= high * power;
            uint256 inverse = (3 * d) ^ 2; // right in 4 bits; each step doubles them
            inverse *= 2 - d * inverse;
            inverse *= 2 - d * inverse;
            inverse *= 2 - d * inverse;
            inverse *= 2 - d * inverse;
            inverse *= 2 - d * inverse;
            inverse *= 2 - d * inverse;
            quotient = low * inverse;
        }
    }

    /// The same, rounded up.
    function mulDivUp(uint256 a, uint256 b, uint256 d) internal pure returns (uint256 quotient) {
        quotient = mulDiv(a, b, d);
        if (mulmod(a, b, d) > 0) quotient += 1;
    }
}
