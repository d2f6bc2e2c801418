// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.30;

/// Traces goods along a supply chain, in batches: who holds an item, and a chain of hashes over all that happened to it.
contract Provenance {
    uint8 private constant REGISTERED = 1;
    uint8 private constant MOVED = 2;
    uint8 private constant INSPECTED = 3;

    struct Item {
        address custodian;
        uint40 changed;
        uint24 steps;
        uint8 last;
        uint8 grade;
        bytes32 origin;
        bytes32 head; // of the chain of hashes
    }

    address public owner = msg.sender;
    mapping(address => bool) public party;
    mapping(address => bool) public inspector;
    mapping(bytes32 => Item) public items;

    event Step(bytes32 indexed item, address indexed by, uint8 what, bytes32 document, bytes32 head);

    error OnlyOwner();
    error NotParty(address who);
    error NotInspector(address who);
    error Known(bytes32 item);
    error NotCustodian(bytes32 item);
    error Unknown(bytes32 item);
    error Lengths();

    function admit(address who, bool inspects) external {
        if (msg.sender != owner) revert OnlyOwner();
        party[who] = true;
        if (inspects) inspector[who] = true;
    }

    /// New items with their papers of origin; the caller holds them.
    function register(bytes32[] calldata ids, bytes32[] calldata origins) external {
        if (!party[msg.sender]) revert NotParty(msg.sender);
        if (ids.length != origins.length) revert Lengths();
        for (uint256 i = 0; i < ids.length; i++) {
            Item storage item = items[ids[i]];
            if (item.custodian != address(0)) revert Known(ids[i]);
            item.custodian = msg.sender;
            item.origin = origins[i];
            note(item, ids[i], REGISTERED, origins[i]);
        }
    }

    /// Hands items over to another party.
    function move(bytes32[] calldata ids, address to, bytes32 document) external {
        if (!party[to]) revert NotParty(to);
        for (uint256 i = 0; i < ids.length; i++) {
            Item storage item = items[ids[i]];
            if (item.custodian != msg.sender) revert NotCustodian(ids[i]);
            item.custodian = to;
            note(item, ids[i], MOVED, document);
        }
    }

    /// An inspector's grade; items keep the lowest that they ever got.
    function inspect(bytes32[] calldata ids, bytes32 report, uint8 grade) external {
        if (!inspector[msg.sender]) revert NotInspector(msg.sender);
        for (uint256 i = 0; i < ids.length; i++) {
            Item storage item = items[ids[i]];
            if (item.custodian == address(0)) revert Unknown(ids[i]);
            if (item.grade == 0 || grade < item.grade) item.grade = grade;
            note(item, ids[i], INSPECTED, report);
        }
    }

    function note(Item storage item, bytes32 id, uint8 what, bytes32 document) private {
        bytes32 head = keccak256(abi.encode(item.head, what, msg.sender, document, block.timestamp));
        item.head = head;
        item.changed = uint40(block.timestamp);
        item.steps += 1;
        item.last = what;
        emit Step(id, msg.sender, what, document, head);
    }
}
