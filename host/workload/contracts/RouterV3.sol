// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.30;

import {IToken} from "./Token.sol";
import {IPayerV3, PoolV3} from "./PoolV3.sol";

/// Swaps and adds liquidity for users who approved it, like the router and position manager of Uniswap V3. It keeps the
/// list of pools itself.
contract RouterV3 is IPayerV3 {
    // Just within the prices of the first and the last tick.
    uint160 private constant LOWEST = 4295128740;
    uint160 private constant HIGHEST = 1461446703485210103e30;

    mapping(address => mapping(address => address)) public pools;

    error Expired();
    error NoPool();
    error NotPool();
    error Output(uint256 got, uint256 wanted);
    error TransferFailed();

    struct SwapParams {
        address tokenIn;
        address tokenOut;
        address recipient;
        uint256 deadline;
        uint256 amountIn;
        uint256 amountOutMinimum;
        uint160 limit;
    }

    function register(address pool) external {
        (address token0, address token1) = (PoolV3(pool).token0(), PoolV3(pool).token1());
        pools[token0][token1] = pool;
        pools[token1][token0] = pool;
    }

    function exactInputSingle(SwapParams calldata p) external returns (uint256 got) {
        if (block.timestamp > p.deadline) revert Expired();
        address pool = pools[p.tokenIn][p.tokenOut];
        if (pool == address(0)) revert NoPool();
        bool down = PoolV3(pool).token0() == p.tokenIn;
        uint160 limit = p.limit == 0 ? (down ? LOWEST : HIGHEST) : p.limit;
        (address token0, address token1) = down ? (p.tokenIn, p.tokenOut) : (p.tokenOut, p.tokenIn);
        (, got) = PoolV3(pool).swap(p.recipient, down, p.amountIn, limit, abi.encode(token0, token1, msg.sender));
        if (got < p.amountOutMinimum) revert Output(got, p.amountOutMinimum);
    }

    function addLiquidity(address token0, address token1, int24 lower, int24 upper, uint128 amount)
        external
        returns (uint256, uint256)
    {
        address pool = pools[token0][token1];
        if (pool == address(0)) revert NoPool();
        return PoolV3(pool).mint(msg.sender, lower, upper, amount, abi.encode(token0, token1, msg.sender));
    }

    function payV3(uint256 amount0, uint256 amount1, bytes calldata data) external {
        (address token0, address token1, address payer) = abi.decode(data, (address, address, address));
        if (pools[token0][token1] != msg.sender) revert NotPool();
        if (amount0 > 0 && !IToken(token0).transferFrom(payer, msg.sender, amount0)) revert TransferFailed();
        if (amount1 > 0 && !IToken(token1).transferFrom(payer, msg.sender, amount1)) revert TransferFailed();
    }
}
