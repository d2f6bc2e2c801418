// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.30;

/// A token whose holders' votes can be looked up for any block of the past, like the voting tokens of Compound and others.
contract VoteToken {
    struct Checkpoint {
        uint32 since;
        uint224 votes;
    }

    address public owner = msg.sender;
    uint256 public totalSupply;
    mapping(address => uint256) public balanceOf;
    mapping(address => address) public delegates;
    mapping(address => Checkpoint[]) private checkpoints;

    event Transfer(address indexed from, address indexed to, uint256 amount);
    event Delegated(address indexed from, address indexed to);

    error OnlyOwner();
    error NotYet();

    function mint(address to, uint256 amount) external {
        if (msg.sender != owner) revert OnlyOwner();
        totalSupply += amount;
        balanceOf[to] += amount;
        shift(address(0), delegates[to], amount);
        emit Transfer(address(0), to, amount);
    }

    function transfer(address to, uint256 amount) external returns (bool) {
        balanceOf[msg.sender] -= amount;
        balanceOf[to] += amount;
        shift(delegates[msg.sender], delegates[to], amount);
        emit Transfer(msg.sender, to, amount);
        return true;
    }

    function delegate(address to) external {
        shift(delegates[msg.sender], to, balanceOf[msg.sender]);
        delegates[msg.sender] = to;
        emit Delegated(msg.sender, to);
    }

    /// Votes at the end of a block of the past.
    function pastVotes(address who, uint256 at) external view returns (uint256) {
        if (at >= block.number) revert NotYet();
        Checkpoint[] storage list = checkpoints[who];
        uint256 low = 0;
        uint256 high = list.length;
        while (low < high) {
            uint256 middle = (low + high) / 2;
            if (list[middle].since > at) high = middle;
            else low = middle + 1;
        }
        return high == 0 ? 0 : list[high - 1].votes;
    }

    function shift(address from, address to, uint256 amount) private {
        if (from == to) return;
        if (from != address(0)) record(from, amount, false);
        if (to != address(0)) record(to, amount, true);
    }

    function record(address who, uint256 amount, bool more) private {
        Checkpoint[] storage list = checkpoints[who];
        uint256 length = list.length;
        uint256 votes = length == 0 ? 0 : list[length - 1].votes;
        votes = more ? votes + amount : votes - amount;
        if (length > 0 && list[length - 1].since == block.number) list[length - 1].votes = uint224(votes);
        else list.push(Checkpoint(uint32(block.number), uint224(votes)));
    }
}

/// Proposals on which holders of a token vote by weight, like OpenZeppelin's or Compound's governors. The vote is open up
/// to and with a last block, and in this block it can already be counted, which closes it.
contract Governor {
    struct Proposal {
        address proposer;
        uint32 snapshot;
        uint32 last;
        uint8 outcome; // 0 open, 1 defeated, 2 queued
        uint64 due; // time from which it may be carried out
        bytes32 action;
        uint256 against;
        uint256 favour;
        uint256 abstain;
    }

    uint256 private constant QUORUM = 4; // percent of the supply
    uint256 private constant DELAY = 2 days;

    VoteToken public token;
    mapping(bytes32 => Proposal) public proposals;
    mapping(bytes32 => mapping(address => uint8)) public ballots;

    event Proposed(bytes32 indexed id, address indexed proposer, bytes32 action, uint256 snapshot, uint256 last);
    event Voted(bytes32 indexed id, address indexed voter, uint8 support, uint256 weight, string reason);
    event Counted(bytes32 indexed id, uint256 against, uint256 favour, uint256 abstain, uint8 outcome);

    error Known();
    error Unknown();
    error Closed();
    error StillOpen();
    error Twice();
    error Support();
    error NoVotes();

    constructor(VoteToken token_) {
        token = token_;
    }

    function propose(bytes32 action, bytes32 description, uint32 blocks) external returns (bytes32 id) {
        id = keccak256(abi.encode(action, description));
        Proposal storage p = proposals[id];
        if (p.proposer != address(0)) revert Known();
        p.proposer = msg.sender;
        p.snapshot = uint32(block.number);
        p.last = uint32(block.number) + blocks;
        p.action = action;
        emit Proposed(id, msg.sender, action, p.snapshot, p.last);
    }

    /// Support: 0 against, 1 in favour, 2 abstain.
    function castVote(bytes32 id, uint8 support, string calldata reason) external returns (uint256 weight) {
        Proposal storage p = proposals[id];
        if (p.proposer == address(0)) revert Unknown();
        if (p.outcome != 0 || block.number > p.last) revert Closed();
        if (ballots[id][msg.sender] != 0) revert Twice();
        weight = token.pastVotes(msg.sender, p.snapshot);
        if (weight == 0) revert NoVotes();
        ballots[id][msg.sender] = support + 1;
        if (support == 0) p.against += weight;
        else if (support == 1) p.favour += weight;
        else if (support == 2) p.abstain += weight;
        else revert Support();
        emit Voted(id, msg.sender, support, weight, reason);
    }

    /// Counts a proposal and queues it if it has the majority and the quorum.
    function queue(bytes32 id) external returns (uint8 outcome) {
        Proposal storage p = proposals[id];
        if (p.proposer == address(0)) revert Unknown();
        if (p.outcome != 0) revert Closed();
        if (block.number < p.last) revert StillOpen();
        bool quorum = (p.favour + p.abstain) * 100 >= token.totalSupply() * QUORUM;
        outcome = quorum && p.favour > p.against ? 2 : 1;
        p.outcome = outcome;
        if (outcome == 2) p.due = uint64(block.timestamp + DELAY);
        emit Counted(id, p.against, p.favour, p.abstain, outcome);
    }
}
