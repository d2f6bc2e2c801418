//! Difficulty of proof-of-work blocks (yellow paper 4.4.4, EIP-2, EIP-100, the difficulty bomb), and block rewards.

use super::network::BlockRules;
use alloy_consensus::Header;
use alloy_primitives::{Address, U256};
use revm::primitives::hardfork::SpecId;

/// Least difficulty.
const MIN_DIFFICULTY: u64 = 131_072;
/// Blocks after which the bomb doubles.
const BOMB_PERIOD: u64 = 100_000;
/// Wei per ether.
const ETHER: u64 = 1_000_000_000_000_000_000;

/// The difficulty that a block must have.
pub(super) fn expected(parent: &Header, number: u64, timestamp: u64, rules: &BlockRules) -> U256 {
    let step = parent.difficulty / U256::from(2048);
    let elapsed = timestamp.saturating_sub(parent.timestamp);
    // How many steps up, and how many down.
    let (up, down) = if !rules.has(SpecId::HOMESTEAD) {
        if elapsed < 13 { (1, 0) } else { (0, 1) }
    } else {
        let (base, seconds) = match (rules.has(SpecId::BYZANTIUM), parent.ommers_hash_is_empty()) {
            (false, _) => (1, 10),
            (true, true) => (1, 9),
            (true, false) => (2, 9),
        };
        (base, (elapsed / seconds).min(99 + base))
    };
    let mut difficulty = if up >= down {
        parent.difficulty.saturating_add(step * U256::from(up - down))
    } else {
        parent.difficulty.saturating_sub(step * U256::from(down - up))
    };
    let periods = number.saturating_sub(rules.bomb_delay) / BOMB_PERIOD;
    if periods >= 2 {
        difficulty = difficulty.saturating_add(U256::ONE.checked_shl(periods as usize - 2).unwrap_or(U256::MAX));
    }
    difficulty.max(U256::from(MIN_DIFFICULTY))
}

/// Who is paid how many wei for a proof-of-work block.
pub(super) fn rewards(header: &Header, ommers: &[Header], rules: &BlockRules) -> Vec<(Address, U256)> {
    let ether = match () {
        () if rules.has(SpecId::PETERSBURG) => 2,
        () if rules.has(SpecId::BYZANTIUM) => 3,
        () => 5,
    };
    let reward = U256::from(ether) * U256::from(ETHER);
    let ommer = |ommer: &Header| {
        let age = header.number.saturating_sub(ommer.number);
        (ommer.beneficiary, reward * U256::from(8u64.saturating_sub(age)) / U256::from(8))
    };
    let miner = reward + reward / U256::from(32) * U256::from(ommers.len());
    ommers.iter().map(ommer).chain([(header.beneficiary, miner)]).collect()
}

#[cfg(test)]
mod tests {
    use super::super::network::Network;
    use super::*;
    use alloy_primitives::b256;

    /// Mainnet blocks: parent's number, difficulty, time, whether it has ommers; the block's time and difficulty.
    #[test]
    fn difficulty_follows_the_fork() {
        let at = |fork: &str, parent: (u64, u64, u64, bool), time| {
            let (number, difficulty, timestamp, ommers) = parent;
            let mut header = Header { number, difficulty: U256::from(difficulty), timestamp, ..Default::default() };
            if ommers {
                header.ommers_hash = b256!("0101010101010101010101010101010101010101010101010101010101010101");
            }
            let rules = Network::parse(fork, &Default::default()).unwrap().at(number + 1, time, U256::ZERO);
            expected(&header, number + 1, time, &rules).to::<u64>()
        };
        let parent = |ommers| (10, 2_048_000, 1000, ommers);
        assert_eq!(at("Frontier", parent(false), 1012), 2_049_000);
        assert_eq!(at("Frontier", parent(false), 1013), 2_047_000);
        assert_eq!(at("Homestead", parent(false), 1009), 2_049_000);
        assert_eq!(at("Homestead", parent(false), 1010), 2_048_000);
        assert_eq!(at("Homestead", parent(false), 1020), 2_047_000);
        assert_eq!(at("Homestead", parent(false), 100_000), 2_048_000 - 99 * 1000);
        assert_eq!(at("Byzantium", parent(false), 1008), 2_049_000);
        assert_eq!(at("Byzantium", parent(false), 1009), 2_048_000);
        assert_eq!(at("Byzantium", parent(true), 1008), 2_050_000);
        assert_eq!(at("Byzantium", parent(true), 1009), 2_049_000);
        assert_eq!(at("London", parent(true), 100_000), 2_048_000 - 99 * 1000);
        // The least difficulty, and the bomb.
        assert_eq!(at("Frontier", (10, MIN_DIFFICULTY, 1000, false), 2000), MIN_DIFFICULTY);
        assert_eq!(at("Frontier", (199_998, 2_048_000, 1000, false), 1012), 2_049_000);
        assert_eq!(at("Frontier", (299_999, 2_048_000, 1000, false), 1012), 2_049_002);
        assert_eq!(at("Byzantium", (3_299_999, 2_048_000, 1000, false), 1008), 2_049_002);
    }

    #[test]
    fn miners_and_ommers_are_paid() {
        let ether = |n: u64, d: u64| U256::from(ETHER) * U256::from(n) / U256::from(d);
        let pay = |fork: &str| {
            let rules = Network::parse(fork, &Default::default()).unwrap().at(10, 0, U256::ZERO);
            let header =
                |number, byte| Header { number, beneficiary: Address::repeat_byte(byte), ..Default::default() };
            rewards(&header(10, 1), &[header(9, 2), header(4, 3)], &rules)
                .into_iter()
                .map(|(_, wei)| wei)
                .collect::<Vec<_>>()
        };
        assert_eq!(pay("Frontier"), [ether(35, 8), ether(10, 8), ether(5 * 34, 32)]);
        assert_eq!(pay("Byzantium"), [ether(21, 8), ether(6, 8), ether(3 * 34, 32)]);
        assert_eq!(pay("London"), [ether(14, 8), ether(4, 8), ether(2 * 34, 32)]);
    }
}
