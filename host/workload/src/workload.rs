//! From a kind and options to a block.

use crate::block::Built;
use crate::state::State;
use crate::world::World;
use crate::{Kind, Options, WorkloadError, apps, block, chain};
use alloy_consensus::{Header, TxEnvelope};
use alloy_primitives::{Address, B256};
use revm::context::{BlockEnv, CfgEnv, TxEnv};

/// A transaction of a generated block.
#[derive(Debug, Clone)]
pub struct Transaction {
    /// Signed; EIP-1559.
    pub envelope: TxEnvelope,
    /// Whose signature it is.
    pub from: Address,
    /// Whether it was made to touch the hot object.
    pub hot: bool,
    /// Gas used, as its receipt says.
    pub gas_used: u64,
}

/// A generated block and the state before it.
#[derive(Debug, Clone)]
pub struct Workload {
    /// What was generated.
    pub kind: Kind,
    /// From what.
    pub options: Options,
    /// For each transaction the application and the function, as in `token.transfer`.
    pub labels: Vec<String>,
    pub(crate) built: Built,
    pub(crate) pre: State,
}

/// Makes a block: sets up the contracts, plans transactions, signs them, and executes them in order to know what the
/// header must claim.
///
/// # Errors
///
/// [`WorkloadError::Txs`] and [`WorkloadError::Conflict`] if the options are out of range; the others would be mistakes
/// in this crate.
pub fn generate(kind: Kind, options: &Options) -> Result<Workload, WorkloadError> {
    options.check()?;
    let mut world = World::new(options);
    let planned = apps::plan(kind, &mut world, options.txs)?;
    let (chain, users) = world.into_parts();
    let pre = chain.into_state();
    let labels = planned.iter().map(|tx| tx.label.to_owned()).collect();
    let built = block::build(&pre, planned, &users)?;
    Ok(Workload { kind, options: *options, labels, built, pre })
}

impl Workload {
    /// The block's transactions in order.
    pub fn transactions(&self) -> &[Transaction] {
        &self.built.transactions
    }

    /// The block's header.
    pub fn header(&self) -> &Header {
        &self.built.header
    }

    /// The block's hash.
    pub fn hash(&self) -> B256 {
        self.built.header.hash_slow()
    }

    /// All accounts before the block.
    pub fn pre(&self) -> &State {
        &self.pre
    }

    /// All accounts after the block, as sequential execution leaves them.
    pub fn post(&self) -> &State {
        &self.built.post
    }

    /// The rules as revm takes them.
    pub fn cfg_env(&self) -> CfgEnv {
        chain::rules()
    }

    /// The block's environment as revm takes it.
    pub fn block_env(&self) -> BlockEnv {
        block::block_env(&self.built.header)
    }

    /// The transactions as revm takes them.
    pub fn tx_envs(&self) -> Vec<TxEnv> {
        self.built.transactions.iter().map(|tx| block::tx_env(tx.from, &tx.envelope)).collect()
    }

    /// Gas that all transactions used together.
    pub fn gas_used(&self) -> u64 {
        self.built.header.gas_used
    }
}
