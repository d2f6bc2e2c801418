//! Rules of a block beside its transactions.

use crate::block::BlockInput;
use revm::context::{CfgEnv, result};
use revm::primitives::hardfork::SpecId;
use revm::{Database, DatabaseCommit};

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
pub enum HeaderError {}

/// A block whose rules beside its transactions fail.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum RulesError {
    /// The header.
    #[error("invalid header")]
    Header(#[from] HeaderError),
    /// The state could not be read.
    #[error("state is unavailable")]
    State(#[source] Box<dyn std::error::Error + Send + Sync>),
}

/// revm's configuration for the block, for every engine that runs revm.
pub fn cfg_env(block: &BlockInput) -> CfgEnv {
    let mut cfg = CfgEnv::new_with_spec(block.spec).with_chain_id(block.chain_id);
    cfg.max_blobs_per_tx = block.spec.is_enabled_in(SpecId::CANCUN).then_some(6);
    cfg
}

/// Checks what a header must satisfy by itself, without its parent.
pub fn check_header(_block: &BlockInput) -> Result<(), HeaderError> {
    Ok(())
}

/// Checks that the block still has the gas that a transaction may use. Before each transaction.
pub fn check_gas_available(block: &BlockInput, index: usize, gas_used: u64) -> Result<(), InvalidTransaction> {
    let available = block.env.gas_limit.saturating_sub(gas_used);
    if block.transactions[index].gas_limit > available {
        return Err(InvalidTransaction { index, reason: result::InvalidTransaction::CallerGasLimitMoreThanBlock });
    }
    Ok(())
}

/// Applies what comes before the first transaction.
pub fn before_block<DB: Database + DatabaseCommit>(_block: &BlockInput, _state: &mut DB) -> Result<(), RulesError> {
    Ok(())
}

/// Applies what comes after the last transaction.
pub fn after_block<DB: Database + DatabaseCommit>(_block: &BlockInput, _state: &mut DB) -> Result<(), RulesError> {
    Ok(())
}
