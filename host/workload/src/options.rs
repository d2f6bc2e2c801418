//! Size and shape of a block.

use crate::{Kind, WorkloadError};

/// The most transactions that a block may have.
pub const MAX_TXS: usize = 100_000;

/// Size and shape of a block.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Options {
    /// Number of transactions, from 1 to [`MAX_TXS`].
    pub txs: usize,
    /// Share of transactions that touch the one hot object, from 0 to 1. The number is rounded; which ones they are
    /// follows from the seed.
    pub conflict: f64,
    /// Everything that is random follows from it.
    pub seed: u64,
}

impl Options {
    /// 200 transactions with the kind's usual share of conflicts and seed 1.
    pub fn for_kind(kind: Kind) -> Self {
        Self { txs: 200, conflict: kind.default_conflict(), seed: 1 }
    }

    /// Checks the ranges.
    pub(crate) fn check(&self) -> Result<(), WorkloadError> {
        if self.txs == 0 || self.txs > MAX_TXS {
            return Err(WorkloadError::Txs(self.txs));
        }
        if !(0.0..=1.0).contains(&self.conflict) {
            return Err(WorkloadError::Conflict(self.conflict));
        }
        Ok(())
    }
}
