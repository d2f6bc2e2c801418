//! One lane alone against revm: translator, firmware and lane without rings, state table or driver. A difference
//! here lies in what a lane executes, not in how the card commits.

use alloy_primitives::{Address, B256, Bytes, Log, TxKind, U256, keccak256};
use gaslane::block::BlockInput;
use gaslane::host_calls::Request;
use gaslane::oracle::tx_outcome;
use gaslane::outcome::ExecutedOn;
use gaslane::rules::before_block;
use gaslane::source::samples::SAMPLES;
use gaslane::source::{MemoryState, bundle};
use gaslane_abi::codes::{Assist, Escape, KeyKind, Status};
use gaslane_abi::env;
use gaslane_abi::ring::FIRMWARE_HANDLE;
use gaslane_hdl::CardConfig;
use gaslane_sim::image::{CodeStore, Image};
use gaslane_sim::lane::{
    AttemptCounters, BlockContext, CodeRef, HostAnswer, HostRequest, Job, Lane, Outcome, ReadField, StateValue, Yield,
};
use gaslane_tests::random::seeds;
use gaslane_tests::world::{Shape, world};
use gaslane_translate::{Growing, Options};
use revm::context::{TransactionType, TxEnv};
use revm::context_interface::Transaction;
use revm::database::CacheDB;
use revm::{Context, Database, DatabaseRef, ExecuteCommitEvm, MainBuilder, MainContext};
use std::collections::HashMap;
use std::sync::Arc;

struct Bench {
    lane: Lane,
    code: CodeStore,
    handles: HashMap<B256, u32>,
    /// By handle, from 1.
    translations: Vec<Growing>,
}

impl Bench {
    fn new() -> Self {
        let mut code = CodeStore::default();
        code.insert(FIRMWARE_HANDLE, Image::parse(&gaslane_firmware::image()).unwrap());
        Self { lane: Lane::new(&CardConfig::large()), code, handles: HashMap::new(), translations: Vec::new() }
    }

    fn code_ref<DB: DatabaseRef>(&mut self, block: &BlockInput, db: &CacheDB<DB>, hash: B256) -> CodeRef {
        let code = db.code_by_hash_ref(hash).map(|code| code.original_bytes()).unwrap_or_default();
        self.load(block, &code, hash)
    }

    fn load(&mut self, block: &BlockInput, code: &[u8], hash: B256) -> CodeRef {
        if code.is_empty() {
            return CodeRef { hash, handle: 0, bytes: 0 };
        }
        let next = self.handles.len() as u32 + 1;
        let handle = *self.handles.entry(hash).or_insert(next);
        if handle == next {
            let translation = Growing::new(code, hash, block.fork(), &Options::default());
            self.code.insert(handle, Image::parse(&translation.image()).unwrap());
            self.translations.push(translation);
        }
        CodeRef { hash, handle, bytes: code.len() as u32 }
    }

    fn execute<DB: DatabaseRef>(
        &mut self,
        block: &BlockInput,
        db: &mut CacheDB<DB>,
        tx: &TxEnv,
    ) -> Result<Outcome, Escape> {
        self.lane.start(job(block, tx), 0);
        loop {
            match self.lane.run(&self.code) {
                Yield::State(key, field) => {
                    let account = db.basic(key.address).ok().flatten().unwrap_or_default();
                    let value = match (key.kind, field) {
                        (KeyKind::BlockHash, _) => {
                            StateValue::Word(U256::from_be_bytes(db.block_hash(key.slot.to()).ok().unwrap().0))
                        }
                        (KeyKind::Storage, _) => StateValue::Word(db.storage(key.address, key.slot).ok().unwrap()),
                        (_, ReadField::Balance) => StateValue::Word(account.balance),
                        (_, ReadField::Nonce) => StateValue::Nonce(account.nonce),
                        _ => StateValue::Code(self.code_ref(block, db, account.code_hash)),
                    };
                    self.lane.supply(value, self.lane.cycle + 16);
                }
                Yield::Code(handle, pc) => {
                    let translation = &mut self.translations[handle as usize - 1];
                    let version = translation.version();
                    translation.extend(pc);
                    self.code.patch(handle, &translation.patch_since(version).unwrap()).unwrap();
                    self.lane.resume(self.lane.cycle + 500);
                }
                Yield::Ask => {
                    let answer = self.answer(block, tx);
                    self.lane.answer(answer, self.lane.cycle + 500);
                }
                Yield::Pause => {}
                Yield::Head => self.lane.resume_as_head(self.lane.cycle),
                Yield::Done => return Ok(self.lane.take_outcome().unwrap()),
                Yield::Escape(reason) => return Err(reason),
                Yield::Error(error) => panic!("card error {error:?}"),
            }
        }
    }
}

impl Bench {
    /// What a driver answers.
    fn answer(&mut self, block: &BlockInput, tx: &TxEnv) -> HostAnswer {
        let HostRequest { kind, args, input } = self.lane.request().clone();
        let request = Request { args, input: &input };
        let hash = keccak256(&input);
        let mut code = || {
            let code = self.load(block, &input, hash);
            U256::from(u64::from(code.handle) << 32 | u64::from(code.bytes))
        };
        match kind.unwrap() {
            Assist::Precompile => {
                let (answer, output) = request.precompile(block.spec, tx.gas_limit).unwrap();
                HostAnswer { value: U256::from_limbs(answer.value.0), output, ..HostAnswer::default() }
            }
            Assist::Create => {
                let address = request.created_address(hash).unwrap();
                HostAnswer { value: U256::from_be_slice(address.as_slice()), second: code(), output: Vec::new() }
            }
            Assist::Deploy => HostAnswer { value: hash.into(), second: code(), output: Vec::new() },
            kind => panic!("{kind:?} is no request"),
        }
    }
}

fn job(block: &BlockInput, tx: &TxEnv) -> Job {
    let mut words = vec![U256::ZERO; env::TX_WORDS];
    let basefee = block.env.basefee;
    let price = tx.effective_gas_price(basefee.into());
    let intrinsic = revm::interpreter::gas::calculate_initial_tx_gas_for_tx(tx, block.spec, None);
    let to = match tx.kind {
        TxKind::Call(to) => to,
        TxKind::Create => Address::ZERO,
    };
    let blob_price = block.env.blob_excess_gas_and_price.map_or(0, |b| b.blob_gasprice);
    let blob_gas = U256::from(tx.total_blob_gas());
    let mut list = Vec::new();
    for item in tx.access_list.iter() {
        let keys = U256::from(item.storage_keys.len()) << 160;
        list.push(U256::from_be_slice(item.address.as_slice()) | keys);
        list.extend(item.storage_keys.iter().map(|key| U256::from_be_bytes(key.0)));
    }
    for (index, value) in [
        (env::ORIGIN, U256::from_be_slice(tx.caller.as_slice())),
        (env::TO, U256::from_be_slice(to.as_slice())),
        (env::VALUE, tx.value),
        (env::GAS_PRICE, U256::from(price)),
        (env::GAS_LIMIT, U256::from(tx.gas_limit)),
        (env::NONCE, U256::from(tx.nonce)),
        (
            env::MAX_COST,
            U256::from(tx.gas_limit) * U256::from(tx.gas_price)
                + tx.value
                + blob_gas * U256::from(tx.max_fee_per_blob_gas),
        ),
        (env::BLOB_FEE, blob_gas * U256::from(blob_price)),
        (env::BLOB_COUNT, U256::from(tx.blob_hashes.len())),
        (env::TIP, U256::from(price - u128::from(basefee))),
        (env::INTRINSIC_GAS, U256::from(intrinsic.initial_total_gas())),
        (env::FLOOR_GAS, U256::from(intrinsic.floor_gas())),
        (env::ACCESS_WORDS, U256::from(list.len())),
        (env::CALLDATA_LEN, U256::from(tx.data.len())),
    ] {
        words[index as usize] = value;
    }
    words.extend(list);
    words.extend(tx.blob_hashes.iter().map(|hash| U256::from_be_bytes(hash.0)));
    let mut payload: Vec<u8> = words.iter().flat_map(|word| word.to_le_bytes::<32>()).collect();
    payload.extend_from_slice(&tx.data);
    payload.resize(gaslane_abi::pad32(payload.len()), 0);

    let mut context = BlockContext { words: [U256::ZERO; env::BLOCK_WORDS] };
    let mut set = |index: u8, value: U256| context.words[index as usize - env::BLOCK_FIRST] = value;
    for (index, value) in block.fork().rules().env_words() {
        set(index, U256::from(value));
    }
    set(env::COINBASE, U256::from_be_slice(block.env.beneficiary.as_slice()));
    set(env::TIMESTAMP, block.env.timestamp);
    set(env::NUMBER, block.env.number);
    let difficulty = block.env.prevrandao.map_or(block.env.difficulty, |hash| U256::from_be_bytes(hash.0));
    set(env::PREVRANDAO, difficulty);
    set(env::BLOCK_GAS_LIMIT, U256::from(block.env.gas_limit));
    set(env::CHAIN_ID, U256::from(block.chain_id));
    set(env::BASE_FEE, U256::from(basefee));
    set(env::BLOB_BASE_FEE, U256::from(blob_price));
    Job { tag: 0, payload: payload.into(), block: Arc::new(context), record_bytes: 1 << 20 }
}

/// Sums over transactions.
#[derive(Debug, Default)]
struct Totals {
    /// Halted, succeeded, reverted on the lane.
    by_status: [u64; 3],
    escaped: u64,
    counters: AttemptCounters,
}

/// Runs a block on the lane, transaction by transaction, each compared with revm.
fn check(name: &str, block: &BlockInput, state: &MemoryState, totals: &mut Totals) {
    let mut bench = Bench::new();
    let mut db = CacheDB::new(state);
    before_block(block, &mut db).unwrap();
    for (index, tx) in block.transactions.iter().enumerate() {
        let place = || format!("{name} {:?} transaction {index}", block.spec);
        let outcome = match tx.kind {
            // Init code and authorizations refer to code images that only a driver loads.
            TxKind::Create => Err(Escape::HostOnly),
            TxKind::Call(_) if tx.tx_type == TransactionType::Eip7702 as u8 => Err(Escape::HostOnly),
            TxKind::Call(_) => bench.execute(block, &mut db, tx),
        };
        let context =
            Context::mainnet().with_db(&mut db).with_block(block.env.clone()).with_cfg(gaslane::rules::cfg_env(block));
        let result = context.build_mainnet().transact_commit(tx.clone());
        let Ok(result) = result else {
            let invalid = matches!(outcome, Err(Escape::Invalid | Escape::HostOnly));
            assert!(invalid, "{}: {result:?}", place());
            continue;
        };
        let expected = tx_outcome(tx.tx_type, result, ExecutedOn::Sequential);
        let Ok(outcome) = outcome else {
            totals.escaped += 1;
            continue;
        };
        totals.by_status[outcome.status as usize] += 1;
        totals.counters.program_words += outcome.counters.program_words;
        totals.counters.firmware_words += outcome.counters.firmware_words;
        totals.counters.evm_instructions += outcome.counters.evm_instructions;
        let logs: Vec<Log> = outcome
            .logs
            .iter()
            .filter(|_| outcome.status == Status::Success)
            .map(|log| Log::new_unchecked(log.address, log.topics.clone(), log.data.clone().into()))
            .collect();
        assert_eq!(outcome.status, expected.status, "{}: status", place());
        assert_eq!(outcome.gas_used, expected.gas_used, "{}: gas ({:?})", place(), outcome.halt);
        assert_eq!(Bytes::from(outcome.output.clone()), expected.output, "{}: output", place());
        assert_eq!(logs, expected.logs, "{}: logs", place());
        let gone: Vec<_> = outcome.accounts.iter().filter(|account| account.destroyed).map(|a| a.address).collect();
        for account in outcome.accounts.iter().filter(|account| !account.destroyed) {
            let info = db.basic(account.address).unwrap().unwrap_or_default();
            if let Some(balance) = account.balance {
                assert_eq!(balance, info.balance, "{}: balance of {}", place(), account.address);
            }
            if let Some(nonce) = account.nonce {
                assert_eq!(nonce, info.nonce, "{}: nonce of {}", place(), account.address);
            }
        }
        for slot in outcome.storage.iter().filter(|slot| slot.original.is_some() && !gone.contains(&slot.address)) {
            let value = db.storage(slot.address, slot.slot).unwrap();
            assert_eq!(slot.value, value, "{}: slot {} of {}", place(), slot.slot, slot.address);
        }
    }
}

#[test]
fn random_blocks_agree_with_revm() {
    let shape = Shape { contracts: 5, senders: 4, transactions: 20, statements: 40 };
    let mut totals = Totals::default();
    for seed in seeds(1, 300) {
        let (block, state) = world(seed, shape);
        check(&format!("GASLANE_SEED={seed}"), &block, &state, &mut totals);
    }
    println!("{totals:?}");
    if std::env::var("GASLANE_SEED").is_err() {
        let [halted, succeeded, reverted] = totals.by_status;
        assert!(
            succeeded > 1500 && reverted > 100 && halted > 100,
            "the generator makes too little variety: {totals:?}"
        );
    }
}

#[test]
fn sample_blocks_agree_with_revm() {
    let mut totals = Totals::default();
    for (name, bytes) in SAMPLES {
        let (block, state) = bundle::parse(name, bytes).unwrap();
        if block.fork().on_card() {
            check(name, &block, &state, &mut totals);
        }
    }
    println!("{totals:?}");
    assert!(totals.by_status.iter().sum::<u64>() > 9 * totals.escaped);
}
