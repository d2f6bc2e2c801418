// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.30;

/// What other contracts of this folder call of a token.
interface IToken {
    function balanceOf(address owner) external view returns (uint256);
    function transfer(address to, uint256 amount) external returns (bool);
    function transferFrom(address from, address to, uint256 amount) external returns (bool);
}

/// A fungible token with allowances: an ordinary ERC-20 as most tokens on mainnet are.
contract Token is IToken {
    string public name;
    string public symbol;
    uint8 public constant decimals = 18;
    address public minter;
    uint256 public totalSupply;
    mapping(address => uint256) public balanceOf;
    mapping(address => mapping(address => uint256)) public allowance;

    event Transfer(address indexed from, address indexed to, uint256 amount);
    event Approval(address indexed owner, address indexed spender, uint256 amount);

    error OnlyMinter();
    error NoRecipient();
    error Balance(uint256 has, uint256 needs);
    error Allowance(uint256 has, uint256 needs);

    constructor(string memory name_, string memory symbol_) {
        name = name_;
        symbol = symbol_;
        minter = msg.sender;
    }

    function mint(address to, uint256 amount) external {
        if (msg.sender != minter) revert OnlyMinter();
        totalSupply += amount;
        unchecked {
            balanceOf[to] += amount; // no balance exceeds the supply
        }
        emit Transfer(address(0), to, amount);
    }

    function approve(address spender, uint256 amount) external returns (bool) {
        allowance[msg.sender][spender] = amount;
        emit Approval(msg.sender, spender, amount);
        return true;
    }

    function transfer(address to, uint256 amount) external returns (bool) {
        move(msg.sender, to, amount);
        return true;
    }

    function transferFrom(address from, address to, uint256 amount) external returns (bool) {
        uint256 allowed = allowance[from][msg.sender];
        if (allowed != type(uint256).max) {
            if (allowed < amount) revert Allowance(allowed, amount);
            unchecked {
                allowance[from][msg.sender] = allowed - amount;
            }
        }
        move(from, to, amount);
        return true;
    }

    function move(address from, address to, uint256 amount) private {
        if (to == address(0)) revert NoRecipient();
        uint256 has = balanceOf[from];
        if (has < amount) revert Balance(has, amount);
        unchecked {
            balanceOf[from] = has - amount;
            balanceOf[to] += amount;
        }
        emit Transfer(from, to, amount);
    }
}
