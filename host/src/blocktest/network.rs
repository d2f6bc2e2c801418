//! The fork schedule of a test: one fork, or a fork and the one that follows it at a number, time or total difficulty.

use crate::source::schedule::Rules;
use alloy_eips::eip7840::BlobParams;
use alloy_primitives::U256;
use revm::primitives::hardfork::SpecId;
use revm_statetest_types::deserialize_str_as_u64;
use serde::Deserialize;
use std::collections::BTreeMap;

/// Blob parameters of a fork (`config.blobSchedule`).
#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct BlobEntry {
    #[serde(deserialize_with = "deserialize_str_as_u64")]
    target: u64,
    #[serde(deserialize_with = "deserialize_str_as_u64")]
    max: u64,
    #[serde(deserialize_with = "deserialize_str_as_u64")]
    base_fee_update_fraction: u64,
}

/// Why the schedule does not exist here.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Unsupported {
    /// A fork without rules.
    #[error("fork {0} is not supported")]
    Fork(String),
    /// A transition that is not understood.
    #[error("network {0} is not supported")]
    Network(String),
    /// The irregular state change.
    #[error("the irregular state change of the DAO fork is not supported")]
    Dao,
    /// No blob parameters, or ones that cannot be.
    #[error("blobSchedule has no valid entry for fork {0}")]
    Blobs(String),
}

/// When a fork begins.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Start {
    Genesis,
    Number(u64),
    Time(u64),
    TotalDifficulty(U256),
}

#[derive(Clone, Debug, PartialEq, Eq)]
struct Stage {
    start: Start,
    rules: Rules,
    /// The rules by that name, before `blobSchedule` changes them.
    named: Option<Rules>,
    bomb_delay: u64,
}

/// A test's fork schedule.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Network(Vec<Stage>);

/// Rules of one block.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BlockRules {
    /// EVM rules and blob parameters.
    pub rules: Rules,
    /// By how many blocks the difficulty bomb is delayed.
    pub bomb_delay: u64,
}

impl BlockRules {
    /// Whether the rules include that fork's.
    pub fn has(&self, spec: SpecId) -> bool {
        self.rules.spec.is_enabled_in(spec)
    }
}

impl Network {
    pub(super) fn parse(name: &str, schedule: &BTreeMap<String, BlobEntry>) -> Result<Self, Unsupported> {
        let Some((forks, at)) = name.rsplit_once("At") else {
            return Ok(Self(vec![stage(name, Start::Genesis, schedule)?]));
        };
        let unknown = || Unsupported::Network(name.to_owned());
        let (from, to) = forks.split_once("To").ok_or_else(unknown)?;
        if to.eq_ignore_ascii_case("dao") {
            return Err(Unsupported::Dao);
        }
        let start = start(at).ok_or_else(unknown)?;
        Ok(Self(vec![stage(from, Start::Genesis, schedule)?, stage(to, start, schedule)?]))
    }

    /// The rules of a block with that number and time (in seconds), after a parent of that total difficulty.
    pub fn at(&self, number: u64, timestamp: u64, parent_total_difficulty: U256) -> BlockRules {
        let reached = |stage: &&Stage| match stage.start {
            Start::Genesis => true,
            Start::Number(first) => number >= first,
            Start::Time(first) => timestamp >= first,
            Start::TotalDifficulty(least) => parent_total_difficulty >= least,
        };
        // The first stage begins with the genesis block.
        let stage = self.0.iter().rev().find(reached).unwrap_or(&self.0[0]);
        BlockRules { rules: stage.rules, bomb_delay: stage.bomb_delay }
    }

    /// Whether a stage has these rules, blob parameters of the test aside.
    pub fn uses(&self, rules: &Rules) -> bool {
        self.0.iter().any(|stage| stage.named.as_ref() == Some(rules))
    }
}

/// `5`, `Time15k`, `DiffC0000`.
fn start(text: &str) -> Option<Start> {
    if let Some(hex) = text.strip_prefix("Diff") {
        return Some(Start::TotalDifficulty(U256::from_str_radix(hex, 16).ok()?));
    }
    let (time, number) = match text.strip_prefix("Time") {
        Some(rest) => (true, rest),
        None => (false, text),
    };
    let number = match number.strip_suffix('k') {
        Some(thousands) => thousands.parse::<u64>().ok()?.checked_mul(1000)?,
        None => number.parse().ok()?,
    };
    Some(if time { Start::Time(number) } else { Start::Number(number) })
}

fn stage(name: &str, start: Start, schedule: &BTreeMap<String, BlobEntry>) -> Result<Stage, Unsupported> {
    let unsupported = || Unsupported::Fork(name.to_owned());
    let named = Rules::named(name);
    let mut rules = match named {
        Some(rules) => rules,
        // Later forks of blob parameters only (EIP-7892): the schedule says which.
        None if name.strip_prefix("BPO").is_some_and(|n| n.parse::<u8>().is_ok()) => {
            if !schedule.contains_key(name) {
                return Err(Unsupported::Blobs(name.to_owned()));
            }
            Rules::of(SpecId::OSAKA)
        }
        None => return Err(unsupported()),
    };
    if let (Some(blobs), Some(entry)) = (&mut rules.blobs, schedule.get(name)) {
        *blobs = entry.params(*blobs, rules.spec).ok_or_else(|| Unsupported::Blobs(name.to_owned()))?;
    }
    Ok(Stage { start, rules, named, bomb_delay: bomb_delay(name, rules.spec) })
}

impl BlobEntry {
    fn params(&self, base: BlobParams, spec: SpecId) -> Option<BlobParams> {
        // Driver and oracle know the limits of Cancun and Prague, which no network has changed; the bounds keep blob
        // gas and fee within their types.
        let by_time = spec.is_enabled_in(SpecId::OSAKA);
        let valid = self.base_fee_update_fraction != 0
            && self.target <= self.max
            && self.max <= if by_time { 1 << 16 } else { base.max_blob_count };
        valid.then_some(BlobParams {
            target_blob_count: self.target,
            max_blob_count: self.max,
            update_fraction: self.base_fee_update_fraction.into(),
            max_blobs_per_tx: if by_time { base.max_blobs_per_tx } else { self.max },
            ..base
        })
    }
}

/// Blocks by which the difficulty bomb is delayed (EIP-649, 1234, 2384, 3554, 4345, 5133).
fn bomb_delay(name: &str, spec: SpecId) -> u64 {
    match name {
        "MuirGlacier" => return 9_000_000,
        "ArrowGlacier" => return 10_700_000,
        "GrayGlacier" => return 11_400_000,
        _ => {}
    }
    match spec {
        _ if spec.is_enabled_in(SpecId::LONDON) => 9_700_000,
        _ if spec.is_enabled_in(SpecId::BERLIN) => 9_000_000,
        _ if spec.is_enabled_in(SpecId::PETERSBURG) => 5_000_000,
        _ if spec.is_enabled_in(SpecId::BYZANTIUM) => 3_000_000,
        _ => 0,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(name: &str) -> Result<Network, Unsupported> {
        let entry = |target, max| BlobEntry { target, max, base_fee_update_fraction: 20_609_697 };
        Network::parse(name, &BTreeMap::from([("BPO3".into(), entry(21, 32)), ("Osaka".into(), entry(0, 3))]))
    }

    #[test]
    fn transitions_happen_where_the_name_says() {
        let spec = |name: &str, number, time, difficulty: u64| {
            parse(name).unwrap().at(number, time, U256::from(difficulty)).rules.spec
        };
        assert_eq!(spec("BerlinToLondonAt5", 4, 99_999, 0), SpecId::BERLIN);
        assert_eq!(spec("BerlinToLondonAt5", 5, 0, 0), SpecId::LONDON);
        assert_eq!(spec("ParisToShanghaiAtTime15k", 9, 14_999, 0), SpecId::MERGE);
        assert_eq!(spec("ParisToShanghaiAtTime15k", 1, 15_000, 0), SpecId::SHANGHAI);
        assert_eq!(spec("CancunToPragueAtTime15k", 1, 15_000, 0), SpecId::PRAGUE);
        assert_eq!(spec("ArrowGlacierToParisAtDiffC0000", 1, 0, 0xbffff), SpecId::LONDON);
        assert_eq!(spec("ArrowGlacierToParisAtDiffC0000", 1, 0, 0xc0000), SpecId::MERGE);
        assert_eq!(spec("TangerineWhistle", 1, 0, 0), SpecId::TANGERINE);
        let blobs = |name: &str, time| parse(name).unwrap().at(1, time, U256::ZERO).rules.blobs.unwrap().max_blob_count;
        assert_eq!((blobs("BPO2ToBPO3AtTime15k", 0), blobs("BPO2ToBPO3AtTime15k", 15_000)), (21, 32));
        assert_eq!(blobs("Osaka", 0), 3);
    }

    #[test]
    fn what_is_not_supported_is_named() {
        for (name, reason) in [
            ("Amsterdam", "fork Amsterdam is not supported"),
            ("Constantinople", "fork Constantinople is not supported"),
            ("BPO2ToAmsterdamAtTime15k", "fork Amsterdam is not supported"),
            ("HomesteadToDaoAt5", "the irregular state change of the DAO fork is not supported"),
            ("BerlinToLondonAtSome", "network BerlinToLondonAtSome is not supported"),
            ("BPO4", "blobSchedule has no valid entry for fork BPO4"),
        ] {
            assert_eq!(parse(name).unwrap_err().to_string(), reason);
        }
    }
}
