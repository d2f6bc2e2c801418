//! State tests of the execution specifications (GeneralStateTests format): one transaction on a given state.
//!
//! A case passes if the post-state root and the hash of the logs are as the file says; where it expects an
//! exception, if the transaction is rejected and the state unchanged. There are no system calls and no rewards.

use crate::block::BlockInput;
use crate::driver::Driver;
use crate::fixtures::{self, Ran, Verdict};
use crate::oracle::execute_sequential;
use crate::source::MemoryState;
use crate::source::schedule::Rules;
use crate::verify::compare;
use alloy_primitives::{B256, U256, keccak256};
use gaslane_abi::Device;
use revm::context::CfgEnv;
use revm::database::BundleState;
use revm::primitives::hardfork::SpecId;
use revm_statetest_types::{SpecName, Test, TestUnit};
use std::collections::BTreeMap;

/// One case: a transaction under one fork.
#[derive(Clone, Debug)]
pub struct Case {
    /// Name in the file, with fork and indexes.
    pub name: String,
    /// Block with the one transaction; `Err` says why there is no valid transaction.
    pub block: Result<BlockInput, String>,
    /// Rules.
    pub spec: SpecId,
    /// Pre-state.
    pub state: MemoryState,
    /// The exception that the file expects.
    pub exception: Option<String>,
    /// Expected root of the state.
    pub root: B256,
    /// Expected Keccak-256 of the RLP of the logs.
    pub logs: B256,
}

/// Why a file's test cannot be a case.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Malformed {
    /// Not JSON of the format.
    #[error("not a state test: {0}")]
    Json(String),
    /// A fork without rules.
    #[error("{test}: unknown fork {fork}")]
    Fork {
        /// Name of the test.
        test: String,
        /// As the file names it.
        fork: String,
    },
    /// An index beyond its list.
    #[error("{test}: index beyond the transaction's data, gas limits or values")]
    Index {
        /// Name of the test.
        test: String,
    },
    /// A number beyond its type.
    #[error("{test}: fee beyond 128 bits")]
    Fee {
        /// Name of the test.
        test: String,
    },
}

fn spec_of(test: &str, name: &SpecName) -> Result<SpecId, Malformed> {
    match name {
        SpecName::Unknown => Err(Malformed::Fork { test: test.into(), fork: format!("{name:?}") }),
        // Constantinople proper had no lasting rules of its own; tests of it are run as Petersburg.
        SpecName::Constantinople | SpecName::ByzantiumToConstantinopleAt5 => Ok(SpecId::PETERSBURG),
        name => Ok(name.to_spec_id()),
    }
}

/// The cases of a JSON file, or why it has none.
pub fn parse(text: &[u8]) -> Result<Vec<Case>, Malformed> {
    let suite: BTreeMap<String, TestUnit> =
        serde_json::from_slice(text).map_err(|error| Malformed::Json(error.to_string()))?;
    let mut cases = Vec::new();
    for (name, unit) in &suite {
        for (spec_name, tests) in &unit.post {
            let spec = spec_of(name, spec_name)?;
            for test in tests {
                cases.push(case(name, unit, spec, test)?);
            }
        }
    }
    Ok(cases)
}

fn case(name: &str, unit: &TestUnit, spec: SpecId, test: &Test) -> Result<Case, Malformed> {
    let parts = &unit.transaction;
    let index = &test.indexes;
    if index.data >= parts.data.len() || index.gas >= parts.gas_limit.len() || index.value >= parts.value.len() {
        return Err(Malformed::Index { test: name.into() });
    }
    let wide = |fee: Option<U256>| fee.is_some_and(|fee| u128::try_from(fee).is_err());
    if wide(parts.max_priority_fee_per_gas) || wide(parts.max_fee_per_blob_gas) {
        return Err(Malformed::Fee { test: name.into() });
    }
    let mut cfg = CfgEnv::new_with_spec(spec);
    let env = unit.block_env(&mut cfg);
    let chain_id = unit.env.current_chain_id.map_or(1, |id| id.saturating_to());
    let mut state = MemoryState::default();
    for (address, account) in &unit.pre {
        let storage = account.storage.iter().map(|(slot, value)| (*slot, *value)).collect();
        state.insert_contract(*address, account.balance, account.nonce, &account.code, storage);
    }
    for back in 1..=256 {
        // As the specification's tests: the hash of a block is that of its number in decimal.
        if let Some(number) = unit.env.current_number.saturating_to::<u64>().checked_sub(back) {
            state.insert_block_hash(number, keccak256(number.to_string()));
        }
    }
    let transaction = test.tx_env(unit).map_err(|error| error.to_string());
    let block = transaction.map(|tx| BlockInput {
        chain_id,
        occupied: state.occupied(),
        ..BlockInput::plain(spec, env, vec![tx])
    });
    Ok(Case {
        name: format!("{name} {spec:?} d{} g{} v{}", index.data, index.gas, index.value),
        block,
        spec,
        state,
        exception: test.expect_exception.clone(),
        root: test.hash,
        logs: test.logs,
    })
}

impl fixtures::Case for Case {
    fn name(&self) -> &str {
        &self.name
    }

    fn uses(&self, rules: &Rules) -> bool {
        self.spec == rules.spec
    }

    fn run<D: Device>(&self, driver: &mut Driver<D>) -> Verdict {
        let block = match &self.block {
            Ok(block) => block,
            Err(reason) => return self.rejected(reason),
        };
        match driver.execute_block(block, &self.state) {
            Ok(outcome) => {
                if let Some(exception) = &self.exception {
                    return Verdict::Failed(format!("accepted, expected exception {exception}"));
                }
                let root = self.root_after(&outcome.state);
                let Some(tx) = outcome.transactions.first() else {
                    return Verdict::Failed("no transaction in the outcome".into());
                };
                let logs = keccak256(alloy_rlp::encode(&tx.logs));
                if root != self.root {
                    let difference = match execute_sequential(block, &self.state) {
                        Ok(expected) => compare(&outcome, &expected).into_iter().next(),
                        Err(_) => None,
                    };
                    let difference = difference.map_or("sequential revm has the same".into(), |d| d.to_string());
                    Verdict::Failed(format!("state root is {root}, expected {}: {difference}", self.root))
                } else if logs != self.logs {
                    Verdict::Failed(format!("hash of the logs is {logs}, expected {}", self.logs))
                } else {
                    Verdict::Passed(Ran::block(&outcome.metrics))
                }
            }
            Err(error) if error.is_invalid_block() => self.rejected(&error.to_string()),
            Err(error) => Verdict::Failed(error.to_string()),
        }
    }
}

impl Case {
    fn rejected(&self, reason: &str) -> Verdict {
        let root = self.root_after(&BundleState::default());
        match &self.exception {
            None => Verdict::Failed(format!("rejected: {reason}")),
            Some(_) if root != self.root => Verdict::Failed(format!("state root is {root}, expected {}", self.root)),
            Some(_) => Verdict::Passed(Ran { rejected: 1, ..Ran::default() }),
        }
    }

    /// Root of the state after a change.
    fn root_after(&self, change: &BundleState) -> B256 {
        let mut state = self.state.clone();
        state.apply(change);
        state.root()
    }
}
