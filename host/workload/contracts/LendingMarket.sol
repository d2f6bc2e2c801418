// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.30;

import {IToken} from "./Token.sol";

/// Prices of tokens, with 18 decimals, that its owner sets: a stand-in for a price feed.
contract PriceOracle {
    address public owner = msg.sender;
    mapping(address => uint256) public price;

    error OnlyOwner();

    function set(address token, uint256 value) external {
        if (msg.sender != owner) revert OnlyOwner();
        price[token] = value;
    }
}

/// A money market of several tokens, like Aave or Compound: deposits and debts are kept as shares of an index that grows
/// with interest, whose rate follows from utilisation; whoever's debt outgrows the collateral is liquidated for a bonus.
contract LendingMarket {
    uint256 private constant RAY = 1e27;
    uint256 private constant WAD = 1e18;
    uint256 private constant KINK = 0.8e18; // utilisation above which interest climbs
    uint256 private constant BASE = 0.01e27; // rates by the year
    uint256 private constant SLOPE = 0.04e27;
    uint256 private constant STEEP = 0.75e27;
    uint256 private constant YEAR = 365 days;
    uint256 private constant TREASURY = 0.1e18; // share of interest

    struct Reserve {
        address token;
        uint40 updated;
        uint16 ltv; // in percent: what may be borrowed
        uint16 threshold; // in percent: where liquidation begins
        uint128 supplyIndex;
        uint128 borrowIndex;
        uint128 shares;
        uint128 debt;
        uint128 cash;
        uint128 treasury;
    }

    struct Position {
        uint128 shares;
        uint128 debt;
    }

    address public owner = msg.sender;
    PriceOracle public oracle;
    Reserve[] public reserves;
    mapping(address => mapping(uint256 => Position)) public positions;
    mapping(address => uint256[]) private entered;

    event Deposit(address indexed user, uint256 indexed reserve, uint256 amount);
    event Borrow(address indexed user, uint256 indexed reserve, uint256 amount);
    event Repay(address indexed payer, address indexed user, uint256 indexed reserve, uint256 amount);
    event Liquidate(address indexed liquidator, address indexed user, uint256 debtReserve, uint256 collateral, uint256 amount, uint256 seized);
    event Accrue(uint256 indexed reserve, uint256 supplyIndex, uint256 borrowIndex);

    error OnlyOwner();
    error Cash();
    error Collateral(uint256 allowed, uint256 debt);
    error Healthy(uint256 health);
    error CloseFactor(uint256 amount, uint256 most);
    error TransferFailed();

    constructor(PriceOracle oracle_) {
        oracle = oracle_;
    }

    function list(address token, uint16 ltv, uint16 threshold) external returns (uint256 id) {
        if (msg.sender != owner) revert OnlyOwner();
        id = reserves.length;
        Reserve storage r = reserves.push();
        (r.token, r.updated, r.ltv, r.threshold) = (token, uint40(block.timestamp), ltv, threshold);
        (r.supplyIndex, r.borrowIndex) = (uint128(RAY), uint128(RAY));
    }

    function deposit(uint256 id, uint256 amount) external {
        Reserve storage r = accrue(id);
        enter(msg.sender, id);
        uint128 shares = uint128(amount * RAY / r.supplyIndex);
        r.shares += shares;
        r.cash += uint128(amount);
        positions[msg.sender][id].shares += shares;
        if (!IToken(r.token).transferFrom(msg.sender, address(this), amount)) revert TransferFailed();
        emit Deposit(msg.sender, id, amount);
    }

    function borrow(uint256 id, uint256 amount) external {
        Reserve storage r = accrue(id);
        if (r.cash < amount) revert Cash();
        enter(msg.sender, id);
        uint128 debt = uint128((amount * RAY + r.borrowIndex - 1) / r.borrowIndex);
        r.debt += debt;
        r.cash -= uint128(amount);
        positions[msg.sender][id].debt += debt;
        (uint256 allowed,, uint256 owed) = account(msg.sender);
        if (owed > allowed) revert Collateral(allowed, owed);
        if (!IToken(r.token).transfer(msg.sender, amount)) revert TransferFailed();
        emit Borrow(msg.sender, id, amount);
    }

    function repay(uint256 id, uint256 amount, address user) external returns (uint256 paid) {
        accrue(id);
        paid = reduce(id, user, amount);
        emit Repay(msg.sender, user, id, paid);
    }

    /// Repays up to half of a debt of someone in default, for collateral worth 5 % more. Collateral changes hands as
    /// shares: its reserve keeps its totals and is not written.
    function liquidate(address user, uint256 debtId, uint256 collateralId, uint256 amount) external {
        Reserve storage r = accrue(debtId);
        uint256 factor = health(user);
        if (factor >= WAD) revert Healthy(factor);
        uint256 most = uint256(positions[user][debtId].debt) * r.borrowIndex / RAY / 2;
        if (amount > most) revert CloseFactor(amount, most);
        uint256 paid = reduce(debtId, user, amount);
        Reserve storage c = reserves[collateralId];
        uint256 seized = paid * oracle.price(r.token) / oracle.price(c.token) * 105 / 100;
        (uint256 supplyIndex,,) = indices(collateralId);
        uint128 shares = uint128(seized * RAY / supplyIndex);
        enter(msg.sender, collateralId);
        positions[user][collateralId].shares -= shares;
        positions[msg.sender][collateralId].shares += shares;
        emit Liquidate(msg.sender, user, debtId, collateralId, paid, seized);
    }

    /// Value of 1e18 and above is in order; the greatest number without debts.
    function health(address user) public view returns (uint256) {
        (, uint256 backing, uint256 owed) = account(user);
        return owed == 0 ? type(uint256).max : backing * WAD / owed;
    }

    /// What a user may owe, what backs the debts, and the debts, all in the oracle's unit.
    function account(address user) public view returns (uint256 allowed, uint256 backing, uint256 owed) {
        uint256[] storage ids = entered[user];
        for (uint256 i = 0; i < ids.length; i++) {
            Position memory p = positions[user][ids[i]];
            Reserve storage r = reserves[ids[i]];
            (uint256 supplyIndex, uint256 borrowIndex,) = indices(ids[i]);
            uint256 price = oracle.price(r.token);
            uint256 value = uint256(p.shares) * supplyIndex / RAY * price / WAD;
            allowed += value * r.ltv / 100;
            backing += value * r.threshold / 100;
            owed += uint256(p.debt) * borrowIndex / RAY * price / WAD;
        }
    }

    /// Both indices as they are now, and the treasury's part of the interest since the last change.
    function indices(uint256 id) public view returns (uint256 supplyIndex, uint256 borrowIndex, uint256 cut) {
        Reserve storage r = reserves[id];
        (supplyIndex, borrowIndex) = (r.supplyIndex, r.borrowIndex);
        uint256 elapsed = block.timestamp - r.updated;
        uint256 owed = uint256(r.debt) * borrowIndex / RAY;
        if (elapsed == 0 || owed == 0) return (supplyIndex, borrowIndex, 0);
        uint256 growth = rate(owed, r.cash) * elapsed / YEAR;
        borrowIndex += borrowIndex * growth / RAY;
        uint256 interest = owed * growth / RAY;
        cut = interest * TREASURY / WAD;
        if (r.shares > 0) supplyIndex += (interest - cut) * RAY / r.shares;
    }

    /// Interest by the year for a debt beside cash.
    function rate(uint256 owed, uint256 cash) public pure returns (uint256) {
        uint256 used = owed * WAD / (owed + cash);
        if (used <= KINK) return BASE + SLOPE * used / KINK;
        return BASE + SLOPE + STEEP * (used - KINK) / (WAD - KINK);
    }

    function accrue(uint256 id) private returns (Reserve storage r) {
        r = reserves[id];
        if (r.updated == block.timestamp) return r;
        (uint256 supplyIndex, uint256 borrowIndex, uint256 cut) = indices(id);
        r.supplyIndex = uint128(supplyIndex);
        r.borrowIndex = uint128(borrowIndex);
        r.treasury += uint128(cut);
        r.updated = uint40(block.timestamp);
        emit Accrue(id, supplyIndex, borrowIndex);
    }

    function reduce(uint256 id, address user, uint256 amount) private returns (uint256 paid) {
        Reserve storage r = reserves[id];
        Position storage p = positions[user][id];
        uint256 owed = (uint256(p.debt) * r.borrowIndex + RAY - 1) / RAY;
        uint128 shares = p.debt;
        paid = owed;
        if (amount < owed) {
            paid = amount;
            shares = uint128(amount * RAY / r.borrowIndex);
        }
        p.debt -= shares;
        r.debt -= shares;
        r.cash += uint128(paid);
        if (!IToken(r.token).transferFrom(msg.sender, address(this), paid)) revert TransferFailed();
    }

    function enter(address user, uint256 id) private {
        uint256[] storage ids = entered[user];
        for (uint256 i = 0; i < ids.length; i++) {
            if (ids[i] == id) return;
        }
        ids.push(id);
    }
}
