//! A chain of blocks in memory: each block is checked, executed on the card, and checked against its header.

use super::header::{HeaderFault, check_header};
use super::network::{BlockRules, Network};
use super::ommers::{self, OmmerFault};
use super::{body, difficulty};
use crate::block::{BlockInput, HeaderClaims};
use crate::driver::{BlockError, Driver};
use crate::fixtures::Ran;
use crate::oracle::execute_sequential;
use crate::outcome::BlockOutcome;
use crate::receipts;
use crate::rules::REQUEST_CONTRACTS;
use crate::source::MemoryState;
use crate::verify::{check_claims, compare};
use alloy_consensus::Header;
use alloy_primitives::map::HashMap;
use alloy_primitives::{Address, B256, U256};
use gaslane_abi::Device;
use revm::DatabaseRef;
use revm::primitives::hardfork::SpecId;

/// Blocks that BLOCKHASH reaches back.
const BLOCK_HASHES: u64 = 256;

/// A block of the chain.
#[derive(Debug)]
pub(super) struct Known {
    pub hash: B256,
    pub header: Header,
    pub ommers: Vec<B256>,
    total_difficulty: U256,
    /// State after the block; gone when the last block on top of it has been imported.
    state: Option<MemoryState>,
}

/// Why a block is not part of the chain.
#[derive(Debug, thiserror::Error)]
pub enum Rejection {
    /// The RLP does not decode.
    #[error("RLP does not decode: {0}")]
    Rlp(#[from] alloy_rlp::Error),
    /// Nobody knows its parent.
    #[error("parent {0} is unknown")]
    Parent(B256),
    /// The header by itself, or after its parent.
    #[error(transparent)]
    Header(#[from] HeaderFault),
    /// Its ommers.
    #[error(transparent)]
    Ommer(#[from] OmmerFault),
    /// The body.
    #[error(transparent)]
    Body(#[from] body::BodyFault),
    /// Transactions or system calls.
    #[error("{0}")]
    Execution(BlockError),
    /// A contract that the rules demand.
    #[error("system contract {0} has no code")]
    NoContract(Address),
    /// Executed, and the header claims something else.
    #[error("{0}")]
    Outcome(String),
}

/// Why a block was not imported.
#[derive(Debug)]
pub(super) enum ImportError {
    /// It is invalid.
    Rejected(Rejection),
    /// Driver or card failed, or card and revm differ.
    Failed(String),
}

impl<E: Into<Rejection>> From<E> for ImportError {
    fn from(error: E) -> Self {
        Self::Rejected(error.into())
    }
}

/// A chain, from its genesis block on.
#[derive(Debug)]
pub(super) struct Chain<'a> {
    network: &'a Network,
    chain_id: u64,
    blocks: HashMap<B256, Known>,
    head: B256,
}

impl<'a> Chain<'a> {
    /// A chain of the genesis block alone.
    pub fn new(network: &'a Network, chain_id: u64, genesis: Header, mut state: MemoryState) -> Self {
        let hash = genesis.hash_slow();
        state.insert_block_hash(genesis.number, hash);
        let known = Known {
            hash,
            total_difficulty: genesis.difficulty,
            header: genesis,
            ommers: Vec::new(),
            state: Some(state),
        };
        Self { network, chain_id, blocks: HashMap::from_iter([(hash, known)]), head: hash }
    }

    /// Hash of the head.
    pub fn head(&self) -> B256 {
        self.head
    }

    /// State after the head. `None` only if a block on top of it was imported as the last that needs it.
    pub fn state(&self) -> Option<&MemoryState> {
        self.blocks.get(&self.head)?.state.as_ref()
    }

    /// A block and those before it, as far back as the chain goes.
    pub fn ancestors(&self, hash: B256) -> impl Iterator<Item = &Known> {
        std::iter::successors(self.blocks.get(&hash), |known| self.blocks.get(&known.header.parent_hash))
    }

    /// The rules of a block after that parent.
    pub fn rules_after(&self, parent: &Known, header: &Header) -> BlockRules {
        self.network.at(header.number, header.timestamp, parent.total_difficulty)
    }

    /// Checks and executes a block and appends it. An invalid block leaves the chain as it was. `last` tells that no
    /// other block follows on the same parent.
    pub fn import<D: Device>(
        &mut self,
        driver: &mut Driver<D>,
        rlp: &[u8],
        last: bool,
    ) -> Result<(B256, Ran), ImportError> {
        let (block, hash) = body::decode(rlp)?;
        if self.blocks.contains_key(&hash) {
            return Ok((hash, Ran::default()));
        }
        let header = block.header;
        let unknown = || Rejection::Parent(header.parent_hash);
        let parent = self.blocks.get(&header.parent_hash).ok_or_else(unknown)?;
        let state = parent.state.as_ref().ok_or_else(|| ImportError::Failed("the parent's state is gone".into()))?;
        let rules = self.rules_after(parent, &header);
        check_header(&header, &parent.header, &rules)?;
        body::check(&header, &block.body, rlp.len(), &rules)?;
        ommers::check(self, &header, &block.body.ommers)?;
        let mut input = body::input(&header, &block.body, &rules, self.chain_id)?;
        input.occupied = state.occupied();
        let outcome = execute(driver, &input, state)?;
        let mut after = state.clone();
        after.apply(&outcome.state);
        if rules.has(SpecId::PRAGUE) {
            for (_, contract) in REQUEST_CONTRACTS {
                let account = after.basic_ref(contract).map_err(|error| ImportError::Failed(error.to_string()))?;
                if account.is_none_or(|account| account.is_empty_code_hash()) {
                    return Err(Rejection::NoContract(contract).into());
                }
            }
        }
        if !rules.has(SpecId::MERGE) {
            for (address, wei) in difficulty::rewards(&header, &block.body.ommers, &rules) {
                after.credit(address, wei);
            }
        }
        let receipts_root = match rules.has(SpecId::BYZANTIUM) {
            true => outcome.receipts_root,
            false => receipts_root_with_states(driver, &input, &outcome, state)?,
        };
        if let Some(difference) = first_difference(&outcome, receipts_root, after.root(), &header) {
            return Err(explain(difference, &input, &outcome, state));
        }

        let ran = Ran::block(&outcome.metrics);
        after.insert_block_hash(header.number, hash);
        if let Some(old) = header.number.checked_sub(BLOCK_HASHES) {
            after.remove_block_hash(old);
        }
        let total_difficulty = parent.total_difficulty.saturating_add(header.difficulty);
        // The heaviest chain; after the merge, the latest block.
        let is_heavier = self.blocks.get(&self.head).is_none_or(|head| total_difficulty > head.total_difficulty);
        if rules.has(SpecId::MERGE) || is_heavier {
            self.head = hash;
        }
        if last && let Some(parent) = self.blocks.get_mut(&header.parent_hash) {
            parent.state = None;
        }
        let ommers = block.body.ommers.iter().map(Header::hash_slow).collect();
        self.blocks.insert(hash, Known { hash, header, ommers, total_difficulty, state: Some(after) });
        Ok((hash, ran))
    }
}

fn execute<D: Device>(
    driver: &mut Driver<D>,
    input: &BlockInput,
    state: &MemoryState,
) -> Result<BlockOutcome, ImportError> {
    driver.execute_block(input, state).map_err(|error| match error.is_invalid_block() {
        true => Rejection::Execution(error).into(),
        false => ImportError::Failed(error.to_string()),
    })
}

/// Before Byzantium a receipt carries the root of the state after its transaction (and no status): runs them one by one.
fn receipts_root_with_states<D: Device>(
    driver: &mut Driver<D>,
    input: &BlockInput,
    outcome: &BlockOutcome,
    state: &MemoryState,
) -> Result<B256, ImportError> {
    let mut state = state.clone();
    let mut roots = Vec::with_capacity(input.transactions.len());
    for tx in &input.transactions {
        let single = BlockInput { transactions: vec![tx.clone()], ..input.clone() };
        state.apply(&execute(driver, &single, &state)?.state);
        roots.push(state.root());
    }
    Ok(receipts::root_with_states(&outcome.transactions, &roots))
}

/// The first field of a header that execution contradicts.
fn first_difference(outcome: &BlockOutcome, receipts_root: B256, state_root: B256, header: &Header) -> Option<String> {
    let claims = HeaderClaims { gas_used: header.gas_used, logs_bloom: header.logs_bloom, receipts_root: None };
    if let Some(difference) = check_claims(outcome, &claims).first() {
        return Some(difference.to_string());
    }
    let requests_hash = header.requests_hash.map(|expected| (outcome.requests.requests_hash(), expected));
    for (field, (actual, expected)) in [
        ("receipts root", (receipts_root, header.receipts_root)),
        ("requests hash", requests_hash.unwrap_or_default()),
        ("state root", (state_root, header.state_root)),
    ] {
        if actual != expected {
            return Some(format!("header: {field} is {actual}, expected {expected}"));
        }
    }
    None
}

/// Whether the header is at fault, or the card.
fn explain(difference: String, input: &BlockInput, outcome: &BlockOutcome, state: &MemoryState) -> ImportError {
    match execute_sequential(input, state) {
        Ok(expected) => match compare(outcome, &expected).first() {
            None => Rejection::Outcome(difference).into(),
            Some(first) => ImportError::Failed(format!("{difference}; card and sequential revm differ: {first}")),
        },
        Err(error) => {
            ImportError::Failed(format!("{difference}; the card accepts what sequential revm rejects: {error}"))
        }
    }
}
