//! Which ommers a proof-of-work block may include (yellow paper 11.1).

use super::chain::Chain;
use super::header::{self, HeaderFault};
use super::network::BlockRules;
use alloy_consensus::Header;
use alloy_primitives::B256;

/// Most ommers of a block.
const MAX_OMMERS: usize = 2;
/// Generations between a block and the parents of its ommers, at most.
const GENERATIONS: usize = 7;

/// An ommer that a block must not have.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum OmmerFault {
    /// More than two.
    #[error("{0} ommers, at most 2 are allowed")]
    TooMany(usize),
    /// Included before, or twice.
    #[error("ommer {0} was included before")]
    Repeated(B256),
    /// A block of the chain itself.
    #[error("ommer {0} is an ancestor")]
    Ancestor(B256),
    /// Its parent is none of the block's six previous generations.
    #[error("ommer {0} has no parent among the ancestors")]
    NoKin(B256),
    /// An invalid header.
    #[error("ommer {hash}: {fault}")]
    Header {
        /// Hash of the ommer.
        hash: B256,
        /// What is wrong.
        fault: HeaderFault,
    },
}

/// Checks the ommers of a block whose parent is known.
pub(super) fn check(chain: &Chain, block: &Header, ommers: &[Header]) -> Result<(), OmmerFault> {
    if ommers.len() > MAX_OMMERS {
        return Err(OmmerFault::TooMany(ommers.len()));
    }
    if ommers.is_empty() {
        return Ok(());
    }
    let ancestors: Vec<_> = chain.ancestors(block.parent_hash).take(GENERATIONS).collect();
    let mut included: Vec<B256> = ancestors.iter().flat_map(|known| known.ommers.iter().copied()).collect();
    for ommer in ommers {
        let hash = ommer.hash_slow();
        if included.contains(&hash) {
            return Err(OmmerFault::Repeated(hash));
        }
        included.push(hash);
        if ancestors.iter().any(|known| known.hash == hash) {
            return Err(OmmerFault::Ancestor(hash));
        }
        // A child of the parent would be a sibling, not an ommer.
        let parent = ancestors.iter().skip(1).find(|known| known.hash == ommer.parent_hash);
        let parent = parent.ok_or(OmmerFault::NoKin(hash))?;
        let rules: BlockRules = chain.rules_after(parent, ommer);
        header::check_header(ommer, &parent.header, &rules).map_err(|fault| OmmerFault::Header { hash, fault })?;
    }
    Ok(())
}
