//! Rules of a block beside its transactions, for every engine alike: header checks, system calls, withdrawals.
//!
//! Not applied: proof-of-work rewards (a block's difference does not contain them) and the irregular state change of
//! the DAO fork.

use crate::block::BlockInput;
use crate::outcome::TxOutcome;
use crate::requests::{self, DepositError};
use crate::source::schedule::Rules;
use alloy_eips::eip7685::Requests;
use alloy_eips::{eip2935, eip4788, eip7002, eip7251};
use alloy_primitives::{Address, B256, Bytes, KECCAK256_EMPTY};
use revm::context::{CfgEnv, result};
use revm::database_interface::DatabaseCommitExt;
use revm::handler::SYSTEM_ADDRESS;
use revm::primitives::hardfork::SpecId;
use revm::{Context, Database, DatabaseCommit, MainBuilder, MainContext, SystemCallEvm};
use std::collections::BTreeMap;

/// Least gas limit of a block (yellow paper 4.4.4).
const MIN_GAS_LIMIT: u64 = 5_000;
/// Wei per gwei, the unit of withdrawals (EIP-4895).
const GWEI: u128 = 1_000_000_000;

/// A transaction that must not stand in its block. The block is invalid as a whole.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("transaction {index} is invalid: {reason}")]
pub struct InvalidTransaction {
    /// Its index in the block.
    pub index: usize,
    /// What is wrong with it.
    pub reason: result::InvalidTransaction,
}

/// A header that no block can have.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum HeaderError {
    /// Yellow paper 4.4.4: 5,000 to 2⁶³ − 1.
    #[error("gas limit {0} is outside 5000 to 2^63 - 1")]
    GasLimit(u64),
    /// More gas used than the limit.
    #[error("header claims {used} gas used, more than its limit {limit}")]
    GasUsed {
        /// What the header claims.
        used: u64,
        /// Gas limit.
        limit: u64,
    },
    /// EIP-1559: a base fee of zero from London on, or one before.
    #[error("base fee {base_fee} does not go with the rules of {spec}")]
    BaseFee {
        /// Base fee in wei.
        base_fee: u64,
        /// Rules.
        spec: SpecId,
    },
    /// A value that the rules demand is missing.
    #[error("{field} is missing, which {spec} demands")]
    Missing {
        /// Name of the value.
        field: &'static str,
        /// Rules.
        spec: SpecId,
    },
    /// A value that the rules do not know.
    #[error("{field} is present, which {spec} does not know")]
    Unknown {
        /// Name of the value.
        field: &'static str,
        /// Rules.
        spec: SpecId,
    },
    /// EIP-4844: more blobs than the block may carry.
    #[error("transactions carry {blobs} blobs, more than the block's {max}")]
    Blobs {
        /// Blobs of all transactions.
        blobs: u64,
        /// Most blobs of a block.
        max: u64,
    },
}

/// A block whose rules beside its transactions fail.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum RulesError {
    /// The header.
    #[error("invalid header")]
    Header(#[from] HeaderError),
    /// A system call that must succeed did not (EIP-7002, EIP-7251).
    #[error("system call to {contract} failed: {reason}")]
    SystemCall {
        /// Contract called.
        contract: Address,
        /// How it ended.
        reason: String,
    },
    /// An event of the deposit contract that is no deposit (EIP-6110).
    #[error(transparent)]
    Deposit(#[from] DepositError),
    /// The state could not be read.
    #[error("state is unavailable")]
    State(#[source] Box<dyn std::error::Error + Send + Sync>),
}

impl RulesError {
    fn state(error: impl std::error::Error + Send + Sync + 'static) -> Self {
        Self::State(Box::new(error))
    }
}

/// revm's configuration for the block, for every engine that runs revm.
pub fn cfg_env(block: &BlockInput) -> CfgEnv {
    let mut cfg = CfgEnv::new_with_spec(block.spec).with_chain_id(block.chain_id);
    cfg.max_blobs_per_tx = blob_limits(block).map(|(per_tx, _)| per_tx);
    cfg
}

/// Most blobs of a transaction and of a block. From Osaka on the latter depends on the time (EIP-7892), so without
/// mainnet's schedule (another chain, or a fork that was named) it is not known and not limited.
fn blob_limits(block: &BlockInput) -> Option<(u64, u64)> {
    let mainnet = Rules::mainnet(block.number(), block.env.timestamp.saturating_to());
    if block.chain_id == 1 && mainnet.spec == block.spec {
        return mainnet.blobs.map(|b| (b.max_blobs_per_tx, b.max_blob_count));
    }
    let by_time = block.spec.is_enabled_in(SpecId::OSAKA);
    Rules::of(block.spec).blobs.map(|b| (b.max_blobs_per_tx, if by_time { u64::MAX } else { b.max_blob_count }))
}

/// Checks what a header must satisfy by itself, without its parent.
pub fn check_header(block: &BlockInput) -> Result<(), HeaderError> {
    let (spec, env) = (block.spec, &block.env);
    let limit = env.gas_limit;
    if !(MIN_GAS_LIMIT..=i64::MAX as u64).contains(&limit) {
        return Err(HeaderError::GasLimit(limit));
    }
    if let Some(used) = block.expected.as_ref().map(|claims| claims.gas_used).filter(|used| *used > limit) {
        return Err(HeaderError::GasUsed { used, limit });
    }
    if !spec.is_enabled_in(SpecId::LONDON) && env.basefee != 0 {
        return Err(HeaderError::BaseFee { base_fee: env.basefee, spec });
    }
    for (field, since, present) in [
        ("prevrandao", SpecId::MERGE, env.prevrandao.is_some()),
        ("excess blob gas", SpecId::CANCUN, env.blob_excess_gas_and_price.is_some()),
    ] {
        if spec.is_enabled_in(since) && !present {
            return Err(HeaderError::Missing { field, spec });
        }
    }
    for (field, since, present) in [
        ("a withdrawal", SpecId::SHANGHAI, !block.withdrawals.is_empty()),
        ("parent beacon block root", SpecId::CANCUN, block.parent_beacon_block_root.is_some()),
    ] {
        if !spec.is_enabled_in(since) && present {
            return Err(HeaderError::Unknown { field, spec });
        }
    }
    let blobs = block.transactions.iter().map(|tx| tx.blob_hashes.len() as u64).sum();
    match blob_limits(block) {
        Some((_, max)) if blobs > max => Err(HeaderError::Blobs { blobs, max }),
        _ => Ok(()),
    }
}

/// Checks that the block still has the gas that a transaction may use (yellow paper 6.2). Before each transaction.
pub fn check_gas_available(block: &BlockInput, index: usize, gas_used: u64) -> Result<(), InvalidTransaction> {
    let available = block.env.gas_limit.saturating_sub(gas_used);
    if block.transactions[index].gas_limit > available {
        return Err(InvalidTransaction { index, reason: result::InvalidTransaction::CallerGasLimitMoreThanBlock });
    }
    Ok(())
}

/// Applies what comes before the first transaction: the system calls of EIP-2935 and EIP-4788. A call is skipped if
/// the block lacks its value, or the state its contract.
pub fn before_block<DB: Database + DatabaseCommit>(block: &BlockInput, state: &mut DB) -> Result<(), RulesError> {
    let calls = [
        (SpecId::CANCUN, eip4788::BEACON_ROOTS_ADDRESS, block.parent_beacon_block_root),
        (SpecId::PRAGUE, eip2935::HISTORY_STORAGE_ADDRESS, block.parent_hash),
    ];
    for (since, contract, value) in calls {
        if let Some(value) = value.filter(|_| block.spec.is_enabled_in(since) && block.number() != 0) {
            // These two fail silently.
            system_call(block, state, contract, value.0.into())?;
        }
    }
    Ok(())
}

/// Applies what comes after the last transaction: withdrawals (EIP-4895), and from Prague on the system calls that
/// collect requests (EIP-7002, EIP-7251). Gives the requests, with the deposits (EIP-6110) that the logs hold.
pub fn after_block<DB: Database + DatabaseCommit>(
    block: &BlockInput,
    transactions: &[TxOutcome],
    state: &mut DB,
) -> Result<Requests, RulesError> {
    let mut credits = BTreeMap::<Address, u128>::new();
    for withdrawal in &block.withdrawals {
        let credit = credits.entry(withdrawal.address).or_default();
        *credit = credit.saturating_add(u128::from(withdrawal.amount) * GWEI);
    }
    // One account at a time would do as well; twice the same account in one go would lose a credit.
    state.increment_balances(credits).map_err(RulesError::state)?;
    let mut requests = Requests::default();
    if block.spec.is_enabled_in(SpecId::PRAGUE) {
        requests.push_request_with_type(alloy_eips::eip6110::DEPOSIT_REQUEST_TYPE, requests::deposits(transactions)?);
        for (kind, contract) in REQUEST_CONTRACTS {
            match system_call(block, state, contract, Bytes::new())? {
                CallEnd::Failed(reason) => return Err(RulesError::SystemCall { contract, reason }),
                CallEnd::Returned(output) => requests.push_request_with_type(kind, output),
                CallEnd::NoCode => {}
            }
        }
    }
    Ok(requests)
}

/// Contracts that collect requests, with the type of their requests, in the order of the calls. From Prague on a chain
/// must have them; that they are skipped here where they are absent allows for states that are not whole.
pub const REQUEST_CONTRACTS: [(u8, Address); 2] = [
    (eip7002::WITHDRAWAL_REQUEST_TYPE, eip7002::WITHDRAWAL_REQUEST_PREDEPLOY_ADDRESS),
    (eip7251::CONSOLIDATION_REQUEST_TYPE, eip7251::CONSOLIDATION_REQUEST_PREDEPLOY_ADDRESS),
];

/// How a system call ended.
enum CallEnd {
    /// There is no contract.
    NoCode,
    /// With this output.
    Returned(Bytes),
    /// For this reason.
    Failed(String),
}

/// Calls a system contract and commits what it changed.
fn system_call<DB: Database + DatabaseCommit>(
    block: &BlockInput,
    state: &mut DB,
    contract: Address,
    data: Bytes,
) -> Result<CallEnd, RulesError> {
    let code_hash = state.basic(contract).map_err(RulesError::state)?.map_or(B256::ZERO, |info| info.code_hash);
    if code_hash == KECCAK256_EMPTY || code_hash.is_zero() {
        return Ok(CallEnd::NoCode);
    }
    let context = Context::mainnet().with_db(&mut *state).with_block(block.env.clone()).with_cfg(cfg_env(block));
    let outcome = context.build_mainnet().system_call(contract, data);
    let outcome = outcome.map_err(|e| match e {
        result::EVMError::Database(e) => RulesError::state(e),
        other => RulesError::SystemCall { contract, reason: other.to_string() },
    })?;
    let mut changes = outcome.state;
    // The system address is no account: the call leaves no trace of it.
    changes.remove(&SYSTEM_ADDRESS);
    state.commit(changes);
    Ok(match outcome.result {
        result::ExecutionResult::Success { output, .. } => CallEnd::Returned(output.into_data()),
        result::ExecutionResult::Revert { .. } => CallEnd::Failed("reverted".to_owned()),
        result::ExecutionResult::Halt { reason, .. } => CallEnd::Failed(format!("{reason:?}")),
    })
}
