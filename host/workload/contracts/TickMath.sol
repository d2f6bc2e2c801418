// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.30;

/// Square roots of prices as Q64.96 numbers, and the ticks that they lie in: tick i begins at price 1.0001^i.
library TickMath {
    int24 internal constant LIMIT = 887272;

    error Tick(int24 tick);
    error Price(uint160 price);

    /// sqrt(1.0001^tick) * 2^96, rounded up.
    function priceAt(int24 tick) internal pure returns (uint160) {
        if (tick > LIMIT || tick < -LIMIT) revert Tick(tick);
        unchecked {
            uint256 size = uint256(int256(tick < 0 ? -tick : tick));
            uint256 ratio = 1 << 128;
            // The factors are 1.0001^(-2^k / 2) as Q128 numbers.
            if (size & 0x1 != 0) ratio = ratio * 0xfffcb933bd6fad37aa2d162d1a594001 >> 128;
            if (size & 0x2 != 0) ratio = ratio * 0xfff97272373d413259a46990580e213a >> 128;
            if (size & 0x4 != 0) ratio = ratio * 0xfff2e50f5f656932ef12357cf3c7fdcc >> 128;
            if (size & 0x8 != 0) ratio = ratio * 0xffe5caca7e10e4e61c3624eaa0941cd0 >> 128;
            if (size & 0x10 != 0) ratio = ratio * 0xffcb9843d60f6159c9db58835c926644 >> 128;
            if (size & 0x20 != 0) ratio = ratio * 0xff973b41fa98c081472e6896dfb254c0 >> 128;
            if (size & 0x40 != 0) ratio = ratio * 0xff2ea16466c96a3843ec78b326b52861 >> 128;
            if (size & 0x80 != 0) ratio = ratio * 0xfe5dee046a99a2a811c461f1969c3053 >> 128;
            if (size & 0x100 != 0) ratio = ratio * 0xfcbe86c7900a88aedcffc83b479aa3a4 >> 128;
            if (size & 0x200 != 0) ratio = ratio * 0xf987a7253ac413176f2b074cf7815e54 >> 128;
            if (size & 0x400 != 0) ratio = ratio * 0xf3392b0822b70005940c7a398e4b70f3 >> 128;
            if (size & 0x800 != 0) ratio = ratio * 0xe7159475a2c29b7443b29c7fa6e889d9 >> 128;
            if (size & 0x1000 != 0) ratio = ratio * 0xd097f3bdfd2022b8845ad8f792aa5825 >> 128;
            if (size & 0x2000 != 0) ratio = ratio * 0xa9f746462d870fdf8a65dc1f90e061e5 >> 128;
            if (size & 0x4000 != 0) ratio = ratio * 0x70d869a156d2a1b890bb3df62baf32f7 >> 128;
            if (size & 0x8000 != 0) ratio = ratio * 0x31be135f97d08fd981231505542fcfa6 >> 128;
            if (size & 0x10000 != 0) ratio = ratio * 0x09aa508b5b7a84e1c677de54f3e99bc9 >> 128;
            if (size & 0x20000 != 0) ratio = ratio * 0x005d6af8dedb81196699c329225ee604 >> 128;
            if (size & 0x40000 != 0) ratio = ratio * 0x00002216e584f5fa1ea926041bedfe98 >> 128;
            if (size & 0x80000 != 0) ratio = ratio * 0x00000000048a170391f7dc42444e8fa2 >> 128;
            if (tick > 0) ratio = type(uint256).max / ratio;
            return uint160((ratio + 0xffffffff) >> 32);
        }
    }

    /// The greatest tick that does not begin above a price.
    function tickAt(uint160 price) internal pure returns (int24 tick) {
        unchecked {
            if (price < priceAt(-LIMIT) || price >= priceAt(LIMIT)) revert Price(price);
            // Logarithm to base two with 18 binary digits after the point, of the price as a Q96 number: the place of
            // the highest bit, then one digit for each squaring of the mantissa.
            uint256 top = highest(price);
            uint256 mantissa = top > 127 ? uint256(price) >> (top - 127) : uint256(price) << (127 - top);
            int256 log = (int256(top) - 96) << 64;
            for (uint256 bit = 1 << 63; bit >= 1 << 46; bit >>= 1) {
                mantissa = mantissa * mantissa >> 127;
                if (mantissa >> 128 != 0) {
                    mantissa >>= 1;
                    log |= int256(bit);
                }
            }
            // Ticks in a doubling of the root, as a Q64 number.
            tick = int24(log * 255738958999603826347140 >> 128);
            if (tick > LIMIT) tick = LIMIT;
            if (tick < -LIMIT) tick = -LIMIT;
            // Eighteen digits leave less than one tick of doubt.
            if (tick < LIMIT && priceAt(tick + 1) <= price) tick += 1;
            else if (priceAt(tick) > price) tick -= 1;
        }
    }

    /// The place of the highest bit that is set.
    function highest(uint256 x) internal pure returns (uint256 place) {
        unchecked {
            for (uint256 step = 128; step > 0; step >>= 1) {
                if (x >> step != 0) {
                    x >>= step;
                    place += step;
                }
            }
        }
    }
}
