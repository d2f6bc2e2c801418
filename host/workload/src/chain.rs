//! A chain in process for the set-up: calls cost nothing and need no signature.

use crate::contracts::creation;
use crate::state::State;
use crate::{WorkloadError, abi};
use alloy_primitives::{Address, Bytes, TxKind, U256};
use alloy_sol_types::SolCall;
use revm::context::result::{ExecutionResult, Output};
use revm::context::{BlockEnv, CfgEnv, Context, TxEnv};
use revm::context_interface::block::BlobExcessGasAndPrice;
use revm::database::{CacheDB, EmptyDB};
use revm::handler::{MainnetContext, MainnetEvm};
use revm::primitives::hardfork::SpecId;
use revm::{ExecuteCommitEvm, ExecuteEvm, MainBuilder, MainContext};

/// EIP-155 chain id of all blocks.
pub(crate) const CHAIN_ID: u64 = 1;
/// Number of the block that is generated.
pub(crate) const NUMBER: u64 = 20_000_000;
/// Time of the block that is generated.
pub(crate) const TIME: u64 = 1_718_000_000;
/// How many blocks the set-up begins earlier.
const LEAD: u64 = 6_000;
const BLOCK_TIME: u64 = 12;
const CALL_GAS: u64 = 1 << 32;

pub(crate) type Database = CacheDB<EmptyDB>;

/// The chain before the block.
pub(crate) struct Chain {
    evm: MainnetEvm<MainnetContext<Database>>,
    /// How many blocks before the one that is generated.
    back: u64,
}

/// The rules: Cancun.
pub(crate) fn rules() -> CfgEnv {
    let mut cfg = CfgEnv::new_with_spec(SpecId::CANCUN);
    cfg.chain_id = CHAIN_ID;
    cfg
}

/// A block `back` blocks before the one that is generated.
pub(crate) fn environment(back: u64) -> BlockEnv {
    BlockEnv {
        number: U256::from(NUMBER - back),
        timestamp: U256::from(TIME - back * BLOCK_TIME),
        gas_limit: u64::MAX,
        prevrandao: Some(Default::default()),
        blob_excess_gas_and_price: Some(BlobExcessGasAndPrice { excess_blob_gas: 0, blob_gasprice: 1 }),
        ..BlockEnv::default()
    }
}

/// An EVM for a block.
pub(crate) fn evm(cfg: CfgEnv, block: BlockEnv, database: Database) -> MainnetEvm<MainnetContext<Database>> {
    Context::mainnet().with_cfg(cfg).with_block(block).with_db(database).build_mainnet()
}

impl Chain {
    pub(crate) fn new() -> Self {
        let mut cfg = rules();
        cfg.disable_nonce_check = true;
        Self { evm: evm(cfg, environment(LEAD), Database::default()), back: LEAD }
    }

    /// Goes on by some blocks, but never to the one that is generated.
    pub(crate) fn advance(&mut self, blocks: u64) {
        self.back = self.back.saturating_sub(blocks).max(1);
        self.evm.set_block(environment(self.back));
    }

    /// Blocks from here to the one that is generated.
    pub(crate) fn back(&self) -> u64 {
        self.back
    }

    /// Sets a balance.
    pub(crate) fn fund(&mut self, who: Address, balance: U256) {
        self.database().cache.accounts.entry(who).or_default().info.balance = balance;
        // An account that was seen as absent would stay so.
        if let Some(account) = self.database().cache.accounts.get_mut(&who) {
            account.account_state = Default::default();
        }
    }

    /// Creates a contract of `contracts/`.
    pub(crate) fn deploy(&mut self, name: &str, from: Address, arguments: Bytes) -> Result<Address, WorkloadError> {
        let mut code = creation(name)?.to_vec();
        code.extend_from_slice(&arguments);
        let error = |reason: String| WorkloadError::Setup { what: name.to_owned(), to: Address::ZERO, reason };
        match self.transact(from, TxKind::Create, code.into(), U256::ZERO).map_err(error)? {
            Output::Create(_, Some(address)) => Ok(address),
            output => Err(error(format!("no address, {output:?}"))),
        }
    }

    /// Calls a contract and keeps the effects.
    pub(crate) fn call<C: SolCall>(
        &mut self,
        from: Address,
        to: Address,
        call: &C,
    ) -> Result<C::Return, WorkloadError> {
        let error = |reason: String| WorkloadError::Setup { what: C::SIGNATURE.to_owned(), to, reason };
        let output = self.transact(from, TxKind::Call(to), call.abi_encode().into(), U256::ZERO).map_err(error)?;
        C::abi_decode_returns(output.data()).map_err(|e| error(e.to_string()))
    }

    /// All that is there now.
    pub(crate) fn into_state(mut self) -> State {
        State::of(self.database())
    }

    fn database(&mut self) -> &mut Database {
        &mut self.evm.ctx.journaled_state.database
    }

    fn transact(&mut self, from: Address, kind: TxKind, data: Bytes, value: U256) -> Result<Output, String> {
        let tx = TxEnv { caller: from, kind, data, value, gas_limit: CALL_GAS, gas_price: 0, ..TxEnv::default() };
        match self.evm.transact_commit(tx).map_err(|e| e.to_string())? {
            ExecutionResult::Success { output, .. } => Ok(output),
            failed => Err(abi::explain(&failed)),
        }
    }
}
