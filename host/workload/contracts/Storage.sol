// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.30;

/// Reads and writes storage and does little else: lists of structs that grow, change and shrink, as in registries and
/// order books. Every caller has a list, and there is one board of 16 numbers for all.
contract Storage {
    struct Entry {
        uint128 amount;
        uint64 time;
        uint64 flags;
        bytes32 data;
        uint256 sum;
    }

    mapping(address => Entry[]) private lists;
    uint256[16] public board;

    function length(address who) external view returns (uint256) {
        return lists[who].length;
    }

    function entry(address who, uint256 i) external view returns (Entry memory) {
        return lists[who][i];
    }

    /// Adds entries at the end: cold slots from zero to something.
    function append(uint256 count, uint256 seed) external {
        Entry[] storage list = lists[msg.sender];
        uint256 sum = list.length == 0 ? 0 : list[list.length - 1].sum;
        unchecked {
            for (uint256 i = 0; i < count; i++) {
                uint128 amount = uint128(seed) + uint128(i);
                sum += amount;
                list.push(Entry(amount, uint64(block.timestamp), uint64(i), bytes32(seed ^ i), sum));
            }
        }
    }

    /// Changes every stride-th entry, twice: cold then warm, from something to something else.
    function change(uint256 stride, uint256 by) external {
        Entry[] storage list = lists[msg.sender];
        uint256 size = list.length;
        unchecked {
            for (uint256 round = 0; round < 2; round++) {
                for (uint256 i = 0; i < size; i += stride) {
                    Entry storage e = list[i];
                    e.amount += uint128(by);
                    e.flags ^= uint64(by);
                    e.sum += uint256(e.data);
                }
            }
        }
    }

    /// Reads all entries and keeps a sum in the first.
    function tally() external returns (uint256 sum) {
        Entry[] storage list = lists[msg.sender];
        unchecked {
            for (uint256 i = 0; i < list.length; i++) {
                Entry storage e = list[i];
                sum += e.amount ^ uint256(e.data) ^ e.sum;
            }
        }
        list[0].sum = sum;
    }

    /// Removes entries from the end, which clears their slots and refunds gas.
    function drop(uint256 count) external {
        Entry[] storage list = lists[msg.sender];
        for (uint256 i = 0; i < count; i++) list.pop();
    }

    /// Walks over the board so many steps, adding each number to the next.
    function stir(uint256 seed, uint256 steps) external {
        unchecked {
            for (uint256 i = 0; i < steps; i++) {
                uint256 to = (seed + i) % 16;
                board[to] += board[(to + 15) % 16] + seed;
            }
        }
    }
}
