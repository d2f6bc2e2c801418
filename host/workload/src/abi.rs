//! Interfaces of the contracts in `contracts/`, to read what a block's transactions call and what state says.

use revm::context::result::{ExecutionResult, HaltReason};

/// How an execution ended, in words.
pub(crate) fn explain(result: &ExecutionResult<HaltReason>) -> String {
    match result {
        ExecutionResult::Success { .. } => "success".to_owned(),
        ExecutionResult::Revert { output, .. } => format!("reverted with {output}"),
        ExecutionResult::Halt { reason, .. } => format!("{reason:?}"),
    }
}

// The macro's items have no docs of their own; the Solidity sources have.
#[allow(missing_docs, clippy::too_many_arguments)]
mod sol {
    alloy_sol_types::sol! {
        #[derive(Debug, PartialEq, Eq)]
        interface Token {
            function balanceOf(address owner) external view returns (uint256);
            function totalSupply() external view returns (uint256);
            function allowance(address owner, address spender) external view returns (uint256);
            function mint(address to, uint256 amount) external;
            function approve(address spender, uint256 amount) external returns (bool);
            function transfer(address to, uint256 amount) external returns (bool);
            function transferFrom(address from, address to, uint256 amount) external returns (bool);
        }

        #[derive(Debug, PartialEq, Eq)]
        interface PairV2 {
            function token0() external view returns (address);
            function token1() external view returns (address);
            function getReserves() external view returns (uint112 reserve0, uint112 reserve1, uint32 updated);
            function price0Cumulative() external view returns (uint256);
            function price1Cumulative() external view returns (uint256);
            function totalShares() external view returns (uint256);
            function mint(address to) external returns (uint256 minted);
        }

        #[derive(Debug, PartialEq, Eq)]
        interface RouterV2 {
            function pairs(address a, address b) external view returns (address);
            function register(address pair) external;
            function swapExactTokensForTokens(uint256 amountIn, uint256 amountOutMin, address[] calldata path, address to, uint256 deadline) external returns (uint256[] memory amounts);
        }

        #[derive(Debug, PartialEq, Eq)]
        interface PoolV3 {
            function token0() external view returns (address);
            function token1() external view returns (address);
            function slot0() external view returns (uint160 price, int24 tick, bool locked);
            function liquidity() external view returns (uint128);
            function growth0() external view returns (uint256);
            function growth1() external view returns (uint256);
            function ticks(int24 tick) external view returns (uint128 gross, int128 net, uint256 outside0, uint256 outside1);
            function bitmap(int16 word) external view returns (uint256);
            function start(uint160 price) external;

            event Mint(address sender, address indexed owner, int24 indexed lower, int24 indexed upper, uint128 liquidity, uint256 amount0, uint256 amount1);
            event Swap(address indexed sender, address indexed to, int256 amount0, int256 amount1, uint160 price, uint128 liquidity, int24 tick);
        }

        #[derive(Debug, PartialEq, Eq)]
        interface RouterV3 {
            struct SwapParams {
                address tokenIn;
                address tokenOut;
                address recipient;
                uint256 deadline;
                uint256 amountIn;
                uint256 amountOutMinimum;
                uint160 limit;
            }

            function pools(address a, address b) external view returns (address);
            function register(address pool) external;
            function exactInputSingle(SwapParams calldata p) external returns (uint256 got);
            function addLiquidity(address token0, address token1, int24 lower, int24 upper, uint128 amount) external returns (uint256 amount0, uint256 amount1);
        }

        #[derive(Debug, PartialEq, Eq)]
        interface PriceOracle {
            function price(address token) external view returns (uint256);
            function set(address token, uint256 value) external;
        }

        #[derive(Debug, PartialEq, Eq)]
        interface LendingMarket {
            function oracle() external view returns (address);
            function list(address token, uint16 ltv, uint16 threshold) external returns (uint256 id);
            function deposit(uint256 id, uint256 amount) external;
            function borrow(uint256 id, uint256 amount) external;
            function repay(uint256 id, uint256 amount, address user) external returns (uint256 paid);
            function liquidate(address user, uint256 debtId, uint256 collateralId, uint256 amount) external;
            function health(address user) external view returns (uint256);
            function reserves(uint256 id) external view returns (address token, uint40 updated, uint16 ltv, uint16 threshold, uint128 supplyIndex, uint128 borrowIndex, uint128 shares, uint128 debt, uint128 cash, uint128 treasury);
            function positions(address user, uint256 id) external view returns (uint128 shares, uint128 debt);
        }

        #[derive(Debug, PartialEq, Eq)]
        interface Kitties {
            function promote(uint256 genes, address owner) external returns (uint256);
            function count() external view returns (uint256);
            function kitties(uint256 id) external view returns (uint256 genes, uint64 birth, uint64 ready, uint32 matron, uint32 sire, uint16 litters, uint16 generation);
            function ownerOf(uint256 id) external view returns (address);
            function balanceOf(address owner) external view returns (uint256);
            function approve(address spender, uint256 id) external;
            function breed(uint256 matron, uint256 sire) external returns (uint256);
        }

        #[derive(Debug, PartialEq, Eq)]
        interface KittyMarket {
            function collection() external view returns (address);
            function auctions(uint256 id) external view returns (address seller, uint64 started, uint32 duration, uint128 start, uint128 end);
            function create(uint256 id, uint128 start, uint128 end, uint32 duration) external;
            function bid(uint256 id) external payable;
        }

        #[derive(Debug, PartialEq, Eq)]
        interface Provenance {
            function admit(address who, bool inspects) external;
            function register(bytes32[] calldata ids, bytes32[] calldata origins) external;
            function move(bytes32[] calldata ids, address to, bytes32 document) external;
            function inspect(bytes32[] calldata ids, bytes32 report, uint8 grade) external;
            function items(bytes32 id) external view returns (address custodian, uint40 changed, uint24 steps, uint8 last, uint8 grade, bytes32 origin, bytes32 head);
        }

        #[derive(Debug, PartialEq, Eq)]
        interface VoteToken {
            function totalSupply() external view returns (uint256);
            function balanceOf(address who) external view returns (uint256);
            function delegates(address who) external view returns (address);
            function mint(address to, uint256 amount) external;
            function delegate(address to) external;
            function pastVotes(address who, uint256 at) external view returns (uint256);
        }

        #[derive(Debug, PartialEq, Eq)]
        interface Governor {
            function token() external view returns (address);
            function propose(bytes32 action, bytes32 description, uint32 blocks) external returns (bytes32 id);
            function castVote(bytes32 id, uint8 support, string calldata reason) external returns (uint256 weight);
            function queue(bytes32 id) external returns (uint8 outcome);
            function proposals(bytes32 id) external view returns (address proposer, uint32 snapshot, uint32 last, uint8 outcome, uint64 due, bytes32 action, uint256 against, uint256 favour, uint256 abstain);
            function ballots(bytes32 id, address voter) external view returns (uint8);
        }

        #[derive(Debug, PartialEq, Eq)]
        interface Arithmetic {
            function results(address who) external view returns (uint256);
            function total() external view returns (uint256);
            function power(uint256 base, uint256 exponent, uint256 modulus, bool shared) external returns (uint256 r);
            function polynomial(uint256[] calldata coefficients, uint256 x, uint256 places, uint256 modulus, bool shared) external returns (uint256 r);
            function exponents(uint256 x, uint256 e, uint256 rounds, bool shared) external returns (uint256 r);
            function fractions(uint256 x, uint256 y, uint256 d, uint256 rounds, bool shared) external returns (uint256 r);
        }

        #[derive(Debug, PartialEq, Eq)]
        interface Hasher {
            function root() external view returns (bytes32);
            function digest() external view returns (bytes32);
            function results(address who) external view returns (bytes32);
            function claimed(uint256 index) external view returns (uint256);
            function claim(uint256 index, uint256 amount, bytes32[] calldata proof, bool shared) external;
            function chain(bytes32 seed, uint256 rounds, bool shared) external;
            function lengths(bytes calldata data, uint256 step, bool shared) external;
        }

        #[derive(Debug, PartialEq, Eq)]
        interface Storage {
            struct Entry {
                uint128 amount;
                uint64 time;
                uint64 flags;
                bytes32 data;
                uint256 sum;
            }

            function length(address who) external view returns (uint256);
            function entry(address who, uint256 i) external view returns (Entry memory);
            function board(uint256 i) external view returns (uint256);
            function append(uint256 count, uint256 seed) external;
            function change(uint256 stride, uint256 by) external;
            function tally() external returns (uint256 sum);
            function drop(uint256 count) external;
            function stir(uint256 seed, uint256 steps) external;
        }
    }
}

pub use sol::*;
