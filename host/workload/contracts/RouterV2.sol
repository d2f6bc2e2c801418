// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.30;

import {IToken} from "./Token.sol";
import {PairV2} from "./PairV2.sol";

/// Swaps along a path of pools, like the router of Uniswap V2. It keeps the list of pools itself.
contract RouterV2 {
    mapping(address => mapping(address => address)) public pairs;

    error Expired();
    error Path();
    error NoPair(address a, address b);
    error Output(uint256 got, uint256 wanted);
    error TransferFailed();

    function register(address pair) external {
        address token0 = PairV2(pair).token0();
        address token1 = PairV2(pair).token1();
        pairs[token0][token1] = pair;
        pairs[token1][token0] = pair;
    }

    function getAmountOut(uint256 amountIn, uint256 reserveIn, uint256 reserveOut) public pure returns (uint256) {
        uint256 net = amountIn * 997;
        return net * reserveOut / (reserveIn * 1000 + net);
    }

    function swapExactTokensForTokens(
        uint256 amountIn,
        uint256 amountOutMin,
        address[] calldata path,
        address to,
        uint256 deadline
    ) external returns (uint256[] memory amounts) {
        if (block.timestamp > deadline) revert Expired();
        uint256 hops = path.length - 1;
        if (hops == 0) revert Path();
        amounts = new uint256[](path.length);
        address[] memory through = new address[](path.length);
        amounts[0] = amountIn;
        for (uint256 i = 0; i < hops; i++) {
            address pair = pairs[path[i]][path[i + 1]];
            if (pair == address(0)) revert NoPair(path[i], path[i + 1]);
            (uint112 r0, uint112 r1,) = PairV2(pair).getReserves();
            (uint256 rIn, uint256 rOut) = path[i] == PairV2(pair).token0() ? (r0, r1) : (r1, r0);
            amounts[i + 1] = getAmountOut(amounts[i], rIn, rOut);
            through[i] = pair;
        }
        through[hops] = to;
        if (amounts[hops] < amountOutMin) revert Output(amounts[hops], amountOutMin);
        if (!IToken(path[0]).transferFrom(msg.sender, through[0], amountIn)) revert TransferFailed();
        for (uint256 i = 0; i < hops; i++) {
            uint256 out = amounts[i + 1];
            bool forward = path[i] == PairV2(through[i]).token0();
            PairV2(through[i]).swap(forward ? 0 : out, forward ? out : 0, through[i + 1]);
        }
    }
}
