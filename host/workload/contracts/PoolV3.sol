// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.30;

import {IToken} from "./Token.sol";
import {FullMath} from "./FullMath.sol";
import {TickMath} from "./TickMath.sol";

/// Who adds liquidity or swaps is asked by the pool to pay within the call.
interface IPayerV3 {
    function payV3(uint256 amount0, uint256 amount1, bytes calldata data) external;
}

/// A pool of two tokens with liquidity in ranges of prices and a fee of 0.3 %, like the pools of Uniswap V3: the square
/// root of the price as a Q64.96 number, a bitmap of the ticks where liquidity changes, fees per unit of liquidity inside
/// of a range. Swaps give an exact amount in. There is no oracle, no fee for the protocol and no withdrawal.
contract PoolV3 {
    int24 public constant SPACING = 60;
    uint256 private constant FEE = 3000; // in millionths
    uint256 private constant Q96 = 1 << 96;
    uint256 private constant Q128 = 1 << 128;

    struct Tick {
        uint128 gross;
        int128 net;
        uint256 outside0;
        uint256 outside1;
    }

    struct Position {
        uint128 liquidity;
        uint256 inside0;
        uint256 inside1;
        uint128 owed0;
        uint128 owed1;
    }

    struct Slot0 {
        uint160 price;
        int24 tick;
        bool locked;
    }

    struct Progress {
        uint256 left;
        uint256 out;
        uint160 price;
        int24 tick;
        uint128 liquidity;
        uint256 growth;
    }

    address public token0;
    address public token1;
    Slot0 public slot0;
    uint128 public liquidity;
    uint256 public growth0;
    uint256 public growth1;
    mapping(int24 => Tick) public ticks;
    mapping(int16 => uint256) public bitmap;
    mapping(bytes32 => Position) public positions;

    event Mint(address sender, address indexed owner, int24 indexed lower, int24 indexed upper, uint128 liquidity, uint256 amount0, uint256 amount1);
    event Swap(address indexed sender, address indexed to, int256 amount0, int256 amount1, uint160 price, uint128 liquidity, int24 tick);

    error Locked();
    error Started();
    error Range();
    error Limit();
    error Unpaid();
    error TransferFailed();

    modifier lock() {
        if (slot0.locked) revert Locked();
        slot0.locked = true;
        _;
        slot0.locked = false;
    }

    constructor(address token0_, address token1_) {
        token0 = token0_;
        token1 = token1_;
    }

    function start(uint160 price) external {
        if (slot0.price != 0) revert Started();
        slot0 = Slot0(price, TickMath.tickAt(price), false);
    }

    /// Adds liquidity to a range of an owner's.
    function mint(address owner, int24 lower, int24 upper, uint128 amount, bytes calldata data)
        external
        lock
        returns (uint256 amount0, uint256 amount1)
    {
        if (lower >= upper || lower % SPACING != 0 || upper % SPACING != 0 || amount == 0) revert Range();
        (uint160 price, int24 tick) = (slot0.price, slot0.tick);
        touch(lower, tick, amount, int128(amount));
        touch(upper, tick, amount, -int128(amount));
        settle(owner, lower, upper, tick, amount);
        (uint160 low, uint160 high) = (TickMath.priceAt(lower), TickMath.priceAt(upper));
        if (tick < lower) {
            amount0 = delta0(low, high, amount, true);
        } else if (tick < upper) {
            amount0 = delta0(price, high, amount, true);
            amount1 = delta1(low, price, amount, true);
            liquidity += amount;
        } else {
            amount1 = delta1(low, high, amount, true);
        }
        uint256 before0 = IToken(token0).balanceOf(address(this));
        uint256 before1 = IToken(token1).balanceOf(address(this));
        IPayerV3(msg.sender).payV3(amount0, amount1, data);
        if (IToken(token0).balanceOf(address(this)) < before0 + amount0) revert Unpaid();
        if (IToken(token1).balanceOf(address(this)) < before1 + amount1) revert Unpaid();
        emit Mint(msg.sender, owner, lower, upper, amount, amount0, amount1);
    }

    /// Swaps at most amountIn of one token until the price reaches the limit; pays out, then asks to be paid.
    function swap(address to, bool down, uint256 amountIn, uint160 limit, bytes calldata data)
        external
        lock
        returns (uint256 paid, uint256 got)
    {
        Progress memory s;
        s.price = slot0.price;
        s.tick = slot0.tick;
        if (down ? limit >= s.price : limit <= s.price) revert Limit();
        s.left = amountIn;
        s.liquidity = liquidity;
        s.growth = down ? growth0 : growth1;
        while (s.left > 0 && s.price != limit) step(s, down, limit);
        (slot0.price, slot0.tick) = (s.price, s.tick);
        if (liquidity != s.liquidity) liquidity = s.liquidity;
        if (down) growth0 = s.growth;
        else growth1 = s.growth;
        paid = amountIn - s.left;
        got = s.out;
        collect(to, down, paid, got, data);
        (int256 change0, int256 change1) = down ? (int256(paid), -int256(got)) : (-int256(got), int256(paid));
        emit Swap(msg.sender, to, change0, change1, s.price, s.liquidity, s.tick);
    }

    function collect(address to, bool down, uint256 paid, uint256 got, bytes calldata data) private {
        (address tokenIn, address tokenOut) = down ? (token0, token1) : (token1, token0);
        if (got > 0 && !IToken(tokenOut).transfer(to, got)) revert TransferFailed();
        uint256 before = IToken(tokenIn).balanceOf(address(this));
        IPayerV3(msg.sender).payV3(down ? paid : 0, down ? 0 : paid, data);
        if (IToken(tokenIn).balanceOf(address(this)) < before + paid) revert Unpaid();
    }

    /// Moves the price to the next tick that may matter, or to where the input is used up.
    function step(Progress memory s, bool down, uint160 limit) private {
        (int24 next, bool initialised) = nextTick(s.tick, down);
        if (next < -TickMath.LIMIT) next = -TickMath.LIMIT;
        else if (next > TickMath.LIMIT) next = TickMath.LIMIT;
        uint160 nextPrice = TickMath.priceAt(next);
        uint160 target = (down ? nextPrice < limit : nextPrice > limit) ? limit : nextPrice;
        uint160 from = s.price;
        {
            uint256 net = FullMath.mulDiv(s.left, 1e6 - FEE, 1e6);
            uint256 amountIn = down ? delta0(target, from, s.liquidity, true) : delta1(from, target, s.liquidity, true);
            uint256 fee;
            if (net >= amountIn) {
                s.price = target;
                fee = FullMath.mulDivUp(amountIn, FEE, 1e6 - FEE);
            } else {
                s.price = down ? after0(from, s.liquidity, net) : after1(from, s.liquidity, net);
                amountIn = down ? delta0(s.price, from, s.liquidity, true) : delta1(from, s.price, s.liquidity, true);
                fee = s.left - amountIn;
            }
            s.out += down ? delta1(s.price, from, s.liquidity, false) : delta0(from, s.price, s.liquidity, false);
            s.left -= amountIn + fee;
            if (s.liquidity > 0) {
                unchecked {
                    s.growth += FullMath.mulDiv(fee, Q128, s.liquidity);
                }
            }
        }
        if (s.price == nextPrice) {
            if (initialised) {
                int128 net = cross(next, down ? s.growth : growth0, down ? growth1 : s.growth);
                s.liquidity = uint128(int128(s.liquidity) + (down ? -net : net));
            }
            s.tick = down ? next - 1 : next;
        } else if (s.price != from) {
            s.tick = TickMath.tickAt(s.price);
        }
    }

    /// The next tick with liquidity within 256 multiples of the spacing, or the last of them.
    function nextTick(int24 tick, bool down) private view returns (int24, bool) {
        unchecked {
            int24 index = tick / SPACING;
            if (tick < 0 && tick % SPACING != 0) index -= 1;
            if (!down) index += 1;
            int16 word = int16(index >> 8);
            uint256 bit = uint256(int256(index)) & 255;
            uint256 bits = bitmap[word];
            if (down) {
                bits &= type(uint256).max >> (255 - bit);
                if (bits == 0) return ((int24(word) << 8) * SPACING, false);
                return (((int24(word) << 8) + int24(int256(TickMath.highest(bits)))) * SPACING, true);
            }
            bits &= type(uint256).max << bit;
            if (bits == 0) return (((int24(word) << 8) + 255) * SPACING, false);
            return (((int24(word) << 8) + int24(int256(TickMath.highest(bits & (~bits + 1))))) * SPACING, true);
        }
    }

    function cross(int24 tick, uint256 global0, uint256 global1) private returns (int128) {
        Tick storage t = ticks[tick];
        unchecked {
            t.outside0 = global0 - t.outside0;
            t.outside1 = global1 - t.outside1;
        }
        return t.net;
    }

    function touch(int24 tick, int24 current, uint128 amount, int128 net) private {
        Tick storage t = ticks[tick];
        if (t.gross == 0) {
            int24 index = tick / SPACING; // exact
            bitmap[int16(index >> 8)] |= 1 << (uint256(int256(index)) & 255);
            if (tick <= current) (t.outside0, t.outside1) = (growth0, growth1);
        }
        t.gross += amount;
        t.net += net;
    }

    /// Credits a position's fees since its last change, and grows it.
    function settle(address owner, int24 lower, int24 upper, int24 tick, uint128 amount) private {
        Position storage p = positions[keccak256(abi.encodePacked(owner, lower, upper))];
        unchecked {
            (Tick storage a, Tick storage b) = (ticks[lower], ticks[upper]);
            uint256 inside0 = growth0 - (tick >= lower ? a.outside0 : growth0 - a.outside0)
                - (tick < upper ? b.outside0 : growth0 - b.outside0);
            uint256 inside1 = growth1 - (tick >= lower ? a.outside1 : growth1 - a.outside1)
                - (tick < upper ? b.outside1 : growth1 - b.outside1);
            if (p.liquidity > 0) {
                p.owed0 += uint128(FullMath.mulDiv(inside0 - p.inside0, p.liquidity, Q128));
                p.owed1 += uint128(FullMath.mulDiv(inside1 - p.inside1, p.liquidity, Q128));
            }
            (p.inside0, p.inside1) = (inside0, inside1);
        }
        p.liquidity += amount;
    }

    /// Token 0 between two prices, low first.
    function delta0(uint160 low, uint160 high, uint128 l, bool up) private pure returns (uint256) {
        uint256 scaled = uint256(l) << 96;
        if (!up) return FullMath.mulDiv(scaled, high - low, high) / low;
        uint256 q = FullMath.mulDivUp(scaled, high - low, high);
        return q / low + (q % low > 0 ? 1 : 0);
    }

    /// Token 1 between two prices, low first.
    function delta1(uint160 low, uint160 high, uint128 l, bool up) private pure returns (uint256) {
        return up ? FullMath.mulDivUp(l, high - low, Q96) : FullMath.mulDiv(l, high - low, Q96);
    }

    /// The price after an amount of token 0 came in, rounded up.
    function after0(uint160 price, uint128 l, uint256 amount) private pure returns (uint160) {
        if (amount == 0) return price;
        uint256 scaled = uint256(l) << 96;
        return uint160(FullMath.mulDivUp(scaled, price, scaled + amount * price));
    }

    /// The price after an amount of token 1 came in, rounded down.
    function after1(uint160 price, uint128 l, uint256 amount) private pure returns (uint160) {
        return uint160(price + FullMath.mulDiv(amount, Q96, l));
    }
}
