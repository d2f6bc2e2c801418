//! System calls and withdrawals around a block's transactions.

use crate::block::BlockInput;
use revm::{Database, DatabaseCommit};

/// A rule that could not be applied.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum RulesError {}

/// Applies what comes before the first transaction.
pub fn before_block<DB>(_block: &BlockInput, _state: &mut DB) -> Result<(), RulesError>
where
    DB: Database + DatabaseCommit,
    DB::Error: std::error::Error + Send + Sync + 'static,
{
    Ok(())
}

/// Applies what comes after the last transaction.
pub fn after_block<DB>(_block: &BlockInput, _state: &mut DB) -> Result<(), RulesError>
where
    DB: Database + DatabaseCommit,
    DB::Error: std::error::Error + Send + Sync + 'static,
{
    Ok(())
}
