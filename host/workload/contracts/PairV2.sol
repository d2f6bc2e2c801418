// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.30;

import {IToken} from "./Token.sol";

/// A pool of two tokens with a constant product and a fee of 0.3 %, like the pairs of Uniswap V2: both reserves and the
/// time of the last change share a slot, prices are accumulated over time, shares are kept as balances without transfers.
contract PairV2 {
    uint256 private constant MINIMUM_SHARES = 1000;

    address public token0;
    address public token1;
    uint112 private reserve0;
    uint112 private reserve1;
    uint32 private updated;
    uint256 public price0Cumulative;
    uint256 public price1Cumulative;
    uint256 public totalShares;
    mapping(address => uint256) public shares;
    uint256 private unlocked = 1;

    event Mint(address indexed sender, uint256 amount0, uint256 amount1);
    event Swap(address indexed sender, uint256 in0, uint256 in1, uint256 out0, uint256 out1, address indexed to);
    event Sync(uint112 reserve0, uint112 reserve1);

    error Locked();
    error NoOutput();
    error Liquidity();
    error Recipient();
    error NoInput();
    error Product();
    error Overflow();
    error TransferFailed();

    modifier lock() {
        if (unlocked != 1) revert Locked();
        unlocked = 2;
        _;
        unlocked = 1;
    }

    constructor(address token0_, address token1_) {
        token0 = token0_;
        token1 = token1_;
    }

    function getReserves() public view returns (uint112, uint112, uint32) {
        return (reserve0, reserve1, updated);
    }

    /// Gives shares for what was sent to the pool since its last update.
    function mint(address to) external lock returns (uint256 minted) {
        (uint112 r0, uint112 r1,) = getReserves();
        uint256 balance0 = IToken(token0).balanceOf(address(this));
        uint256 balance1 = IToken(token1).balanceOf(address(this));
        uint256 amount0 = balance0 - r0;
        uint256 amount1 = balance1 - r1;
        uint256 total = totalShares;
        if (total == 0) {
            minted = root(amount0 * amount1) - MINIMUM_SHARES;
            shares[address(0)] = MINIMUM_SHARES; // so that a share never gets dear beyond use
            total = MINIMUM_SHARES;
        } else {
            uint256 by0 = amount0 * total / r0;
            uint256 by1 = amount1 * total / r1;
            minted = by0 < by1 ? by0 : by1;
        }
        if (minted == 0) revert Liquidity();
        totalShares = total + minted;
        shares[to] += minted;
        update(balance0, balance1, r0, r1);
        emit Mint(msg.sender, amount0, amount1);
    }

    /// Pays out what is asked, then checks that what came in before keeps the product, less the fee.
    function swap(uint256 out0, uint256 out1, address to) external lock {
        if (out0 == 0 && out1 == 0) revert NoOutput();
        (uint112 r0, uint112 r1,) = getReserves();
        if (out0 >= r0 || out1 >= r1) revert Liquidity();
        uint256 balance0;
        uint256 balance1;
        {
            (address t0, address t1) = (token0, token1);
            if (to == t0 || to == t1) revert Recipient();
            if (out0 > 0 && !IToken(t0).transfer(to, out0)) revert TransferFailed();
            if (out1 > 0 && !IToken(t1).transfer(to, out1)) revert TransferFailed();
            balance0 = IToken(t0).balanceOf(address(this));
            balance1 = IToken(t1).balanceOf(address(this));
        }
        uint256 in0 = balance0 > r0 - out0 ? balance0 - (r0 - out0) : 0;
        uint256 in1 = balance1 > r1 - out1 ? balance1 - (r1 - out1) : 0;
        if (in0 == 0 && in1 == 0) revert NoInput();
        {
            uint256 left0 = balance0 * 1000 - in0 * 3;
            uint256 left1 = balance1 * 1000 - in1 * 3;
            if (left0 * left1 < uint256(r0) * r1 * 1_000_000) revert Product();
        }
        update(balance0, balance1, r0, r1);
        emit Swap(msg.sender, in0, in1, out0, out1, to);
    }

    function update(uint256 balance0, uint256 balance1, uint112 r0, uint112 r1) private {
        if (balance0 > type(uint112).max || balance1 > type(uint112).max) revert Overflow();
        uint32 time = uint32(block.timestamp);
        unchecked {
            uint32 elapsed = time - updated; // both wrap
            if (elapsed > 0 && r0 != 0 && r1 != 0) {
                price0Cumulative += (uint256(r1) << 112) / r0 * elapsed;
                price1Cumulative += (uint256(r0) << 112) / r1 * elapsed;
            }
        }
        reserve0 = uint112(balance0);
        reserve1 = uint112(balance1);
        updated = time;
        emit Sync(uint112(balance0), uint112(balance1));
    }

    function root(uint256 x) private pure returns (uint256 r) {
        if (x == 0) return 0;
        r = x;
        uint256 next = x / 2 + 1;
        while (next < r) {
            r = next;
            next = (x / next + next) / 2;
        }
    }
}
