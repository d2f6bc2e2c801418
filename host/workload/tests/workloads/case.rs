//! A block executed from its bundle, and views of the state before and after it.

use alloy_consensus::proofs::{calculate_receipt_root, state_root_unhashed, storage_root_unhashed};
use alloy_consensus::{Eip658Value, Receipt, ReceiptEnvelope, Transaction as _, TrieAccount, TxEnvelope};
use alloy_primitives::{Address, B256, Bloom, Bytes, Log, TxKind, U256, map::HashMap};
use alloy_sol_types::SolCall;
use gaslane_workload::{Kind, Options, generate};
use revm::context::result::ExecutionResult;
use revm::context::{BlockEnv, CfgEnv, Context, TxEnv};
use revm::database::{CacheDB, EmptyDB};
use revm::handler::{MainnetContext, MainnetEvm};
use revm::primitives::KECCAK_EMPTY;
use revm::primitives::hardfork::SpecId;
use revm::state::{AccountInfo, Bytecode};
use revm::{Database, ExecuteCommitEvm, ExecuteEvm, MainBuilder, MainContext};
use serde::de::DeserializeOwned;
use serde_json::Value;

pub type State = CacheDB<EmptyDB>;
pub type Evm<D> = MainnetEvm<MainnetContext<D>>;

/// A transaction as the bundle has it, and what it did.
#[derive(Debug, Clone)]
pub struct Done {
    pub label: String,
    pub from: Address,
    pub to: Address,
    pub value: U256,
    pub input: Bytes,
    pub env: TxEnv,
    /// What it cost in wei.
    pub fee: U256,
    pub gas_used: u64,
    pub logs: Vec<Log>,
}

pub struct Case {
    pub block: BlockEnv,
    pub before: View,
    pub after: View,
    pub done: Vec<Done>,
}

/// Reads a member.
pub fn get<T: DeserializeOwned>(value: &Value, key: &str) -> T {
    serde_json::from_value(value[key].clone()).unwrap_or_else(|e| panic!("{key}: {e}: {}", value[key]))
}

impl Case {
    pub fn new(kind: Kind, options: &Options) -> Self {
        let workload = generate(kind, options).unwrap();
        let bundle = workload.bundle();
        let block = environment(&bundle["block"]);
        let state = state(&bundle);
        let mut evm = evm(block.clone(), state.clone());
        let mut done = Vec::new();
        let (mut gas_used, mut bloom, mut receipts) = (0, Bloom::ZERO, Vec::new());
        for (value, label) in bundle["block"]["transactions"].as_array().unwrap().iter().zip(&workload.labels) {
            let (from, env) = transaction(value);
            let result = evm.transact_commit(env.clone()).unwrap();
            let ExecutionResult::Success { gas, logs, .. } = result else { panic!("{label}: {result:?}") };
            let limit = env.gas_limit;
            let needed = gas.total_gas_spent();
            assert!(needed == 21_000 && limit == 21_000 || (needed * 3 / 2..needed * 2).contains(&limit), "{limit}");
            gas_used += gas.tx_gas_used();
            let receipt = Receipt { status: Eip658Value::success(), cumulative_gas_used: gas_used, logs: logs.clone() };
            let receipt = receipt.with_bloom();
            bloom |= receipt.logs_bloom;
            receipts.push(ReceiptEnvelope::Eip1559(receipt));
            let price: u128 = get::<U256>(value, "gasPrice").to();
            done.push(Done {
                label: label.clone(),
                from,
                to: get(value, "to"),
                value: env.value,
                input: env.data.clone(),
                env,
                fee: U256::from(price) * U256::from(gas.tx_gas_used()),
                gas_used: gas.tx_gas_used(),
                logs,
            });
        }
        let header = &bundle["block"];
        assert_eq!(get::<U256>(header, "gasUsed"), U256::from(gas_used));
        assert_eq!(get::<Bloom>(header, "logsBloom"), bloom);
        assert_eq!(get::<B256>(header, "receiptsRoot"), calculate_receipt_root(&receipts));
        let after = evm.ctx.journaled_state.database;
        assert_eq!(get::<B256>(header, "stateRoot"), root(&after));
        Self { block: block.clone(), before: View::new(&block, state), after: View::new(&block, after), done }
    }

    /// The transactions whose labels begin with an application's name.
    pub fn of(&self, application: &str) -> Vec<Done> {
        self.done.iter().filter(|tx| tx.label.split('.').next() == Some(application)).cloned().collect()
    }

    pub fn time(&self) -> u64 {
        self.block.timestamp.to()
    }

    pub fn number(&self) -> u64 {
        self.block.number.to()
    }
}

impl Done {
    /// The call, if it is this one.
    pub fn call<C: SolCall>(&self) -> Option<C> {
        self.input.starts_with(&C::SELECTOR).then(|| C::abi_decode(&self.input).unwrap())
    }
}

/// A state that can be asked.
pub struct View {
    evm: Evm<State>,
}

impl View {
    pub fn new(block: &BlockEnv, state: State) -> Self {
        let block = BlockEnv { basefee: 0, ..block.clone() };
        Self { evm: evm(block, state) }
    }

    pub fn state(&mut self) -> &mut State {
        &mut self.evm.ctx.journaled_state.database
    }

    /// What a view gives.
    pub fn get<C: SolCall>(&mut self, to: Address, call: C) -> C::Return {
        let tx = TxEnv {
            kind: TxKind::Call(to),
            data: call.abi_encode().into(),
            gas_limit: 10_000_000,
            nonce: self.state().basic(Address::ZERO).unwrap().map_or(0, |info| info.nonce),
            ..TxEnv::default()
        };
        let result = self.evm.transact(tx).unwrap().result;
        assert!(result.is_success(), "{}: {result:?}", C::SIGNATURE);
        C::abi_decode_returns(result.output().unwrap()).unwrap()
    }

    pub fn info(&mut self, address: Address) -> AccountInfo {
        self.state().basic(address).unwrap().unwrap_or_default()
    }

    /// Slots that are not zero.
    pub fn storage(&mut self, address: Address) -> HashMap<U256, U256> {
        let Some(account) = self.state().cache.accounts.get(&address) else { return HashMap::default() };
        account.storage.iter().filter(|(_, v)| !v.is_zero()).map(|(k, v)| (*k, *v)).collect()
    }

    pub fn addresses(&mut self) -> Vec<Address> {
        self.state().cache.accounts.keys().copied().collect()
    }
}

pub fn evm<D: Database>(block: BlockEnv, state: D) -> Evm<D> {
    Context::mainnet().with_cfg(CfgEnv::new_with_spec(SpecId::CANCUN)).with_block(block).with_db(state).build_mainnet()
}

fn environment(header: &Value) -> BlockEnv {
    BlockEnv {
        number: get(header, "number"),
        timestamp: get(header, "timestamp"),
        beneficiary: get(header, "miner"),
        gas_limit: get::<U256>(header, "gasLimit").to(),
        basefee: get::<U256>(header, "baseFeePerGas").to(),
        prevrandao: Some(get(header, "mixHash")),
        ..BlockEnv::default()
    }
}

/// A transaction for revm, from JSON.
fn transaction(value: &Value) -> (Address, TxEnv) {
    let from = get(value, "from");
    let tx: TxEnvelope = serde_json::from_value(value.clone()).unwrap();
    let env = TxEnv {
        tx_type: 2,
        caller: from,
        gas_limit: get::<U256>(value, "gas").to(),
        gas_price: get::<U256>(value, "maxFeePerGas").to(),
        gas_priority_fee: Some(get::<U256>(value, "maxPriorityFeePerGas").to()),
        kind: TxKind::Call(get(value, "to")),
        value: get(value, "value"),
        data: get(value, "input"),
        nonce: get::<U256>(value, "nonce").to(),
        chain_id: tx.chain_id(),
        ..TxEnv::default()
    };
    (from, env)
}

/// The state of a bundle.
fn state(bundle: &Value) -> State {
    let mut state = State::default();
    for (hash, code) in bundle["codes"].as_object().unwrap() {
        let code: Bytes = serde_json::from_value(code.clone()).unwrap();
        let hash: B256 = hash.parse().unwrap();
        assert_eq!(alloy_primitives::keccak256(&code), hash);
        state.cache.contracts.insert(hash, Bytecode::new_raw(code));
    }
    for (address, account) in bundle["pre"].as_object().unwrap() {
        let address: Address = address.parse().unwrap();
        let code_hash = if account["code_hash"].is_null() { KECCAK_EMPTY } else { get(account, "code_hash") };
        let (balance, nonce) = (get(account, "balance"), get::<U256>(account, "nonce").to());
        let info = AccountInfo { balance, nonce, code_hash, code: None, ..AccountInfo::default() };
        state.insert_account_info(address, info);
        for (slot, value) in account["storage"].as_object().into_iter().flatten() {
            let value: U256 = serde_json::from_value(value.clone()).unwrap();
            state.insert_account_storage(address, slot.parse().unwrap(), value).unwrap();
        }
    }
    state
}

/// The root over all accounts that are not empty.
fn root(state: &State) -> B256 {
    let accounts = state.cache.accounts.iter().filter(|(_, account)| !account.info.is_empty());
    let leaves = accounts.map(|(address, account)| {
        let slots = account.storage.iter().filter(|(_, value)| !value.is_zero());
        let storage_root = storage_root_unhashed(slots.map(|(slot, value)| (B256::from(*slot), *value)));
        let AccountInfo { nonce, balance, code_hash, .. } = account.info;
        (*address, TrieAccount { nonce, balance, storage_root, code_hash })
    });
    state_root_unhashed(leaves)
}
