// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.30;

/// Computes Keccak-256 a lot: claims with Merkle proofs, as in an airdrop, chains of hashes, hashes of data of many
/// lengths. A result is kept for its caller or, if shared, folded into one digest.
contract Hasher {
    bytes32 public root;
    bytes32 public digest;
    mapping(address => bytes32) public results;
    mapping(uint256 => uint256) public claimed;

    event Claimed(uint256 indexed index, address indexed account, uint256 amount);

    error Proof();
    error Twice();

    constructor(bytes32 root_) {
        root = root_;
    }

    /// The leaf is the hash of index, account and amount; of two nodes the lesser is hashed first.
    function claim(uint256 index, uint256 amount, bytes32[] calldata proof, bool shared) external {
        if (claimed[index] != 0) revert Twice();
        bytes32 node = keccak256(abi.encode(index, msg.sender, amount));
        for (uint256 i = 0; i < proof.length; i++) {
            bytes32 other = proof[i];
            node = node < other ? pair(node, other) : pair(other, node);
        }
        if (node != root) revert Proof();
        claimed[index] = amount;
        emit Claimed(index, msg.sender, amount);
        if (shared) digest = pair(digest, keccak256(abi.encode(index)));
    }

    /// The hash of the hash of ... of a seed.
    function chain(bytes32 seed, uint256 rounds, bool shared) external {
        bytes32 h = seed;
        for (uint256 i = 0; i < rounds; i++) h = pair(h, seed);
        keep(h, shared);
    }

    /// Hashes of the first 1, 1 + step, 1 + 2 step, ... bytes of some data, chained.
    function lengths(bytes calldata data, uint256 step, bool shared) external {
        bytes32 h;
        for (uint256 size = 1; size <= data.length; size += step) h = pair(h, keccak256(data[:size]));
        keep(h, shared);
    }

    function keep(bytes32 h, bool shared) private {
        if (shared) digest = pair(digest, h);
        else results[msg.sender] = h;
    }

    function pair(bytes32 a, bytes32 b) private pure returns (bytes32 h) {
        assembly ("memory-safe") {
            mstore(0, a)
            mstore(32, b)
            h := keccak256(0, 64)
        }
    }
}
