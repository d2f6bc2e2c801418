// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.30;

import {FullMath} from "./FullMath.sol";

/// Computes and hardly stores: exponentiation modulo a number, polynomials modulo a number, powers modulo 2^256, quotients of
/// products. Resembles
/// what verifiers of proofs and signatures do. A result is kept for its caller or, if shared, folded into one number.
contract Arithmetic {
    mapping(address => uint256) public results;
    uint256 public total;

    /// base^exponent mod modulus, by squaring.
    function power(uint256 base, uint256 exponent, uint256 modulus, bool shared) external returns (uint256 r) {
        r = addmod(1, 0, modulus);
        uint256 square = base;
        while (exponent != 0) {
            if (exponent & 1 != 0) r = mulmod(r, square, modulus);
            square = mulmod(square, square, modulus);
            exponent >>= 1;
        }
        keep(r, shared);
    }

    /// A polynomial, coefficient of the highest power first, at so many places x, x + 1, ...; the sum of the values.
    function polynomial(uint256[] calldata coefficients, uint256 x, uint256 places, uint256 modulus, bool shared)
        external
        returns (uint256 r)
    {
        unchecked {
            for (uint256 k = 0; k < places; k++) {
                uint256 value = 0;
                for (uint256 i = 0; i < coefficients.length; i++) {
                    value = addmod(mulmod(value, x + k, modulus), coefficients[i], modulus);
                }
                r = addmod(r, value, modulus);
            }
        }
        keep(r, shared);
    }

    /// r = r + x^e, x = 3x + r, e = e / 2 for so many rounds, starting with r = 0, all modulo 2^256.
    function exponents(uint256 x, uint256 e, uint256 rounds, bool shared) external returns (uint256 r) {
        unchecked {
            for (uint256 i = 0; i < rounds; i++) {
                r += x ** e;
                x = 3 * x + r;
                e >>= 1;
            }
        }
        keep(r, shared);
    }

    /// The sum modulo 2^256 of floor(x * y / d), for x, 3x + 1, 9x + 4, ... modulo 2^256, so many; y must be below d.
    function fractions(uint256 x, uint256 y, uint256 d, uint256 rounds, bool shared) external returns (uint256 r) {
        unchecked {
            for (uint256 i = 0; i < rounds; i++) {
                r += FullMath.mulDiv(x, y, d);
                x = 3 * x + 1;
            }
        }
        keep(r, shared);
    }

    function keep(uint256 r, bool shared) private {
        unchecked {
            if (shared) total = total * 31 + r;
            else results[msg.sender] = r;
        }
    }
}
