//! Chains of blocks in the format of the execution specifications' blockchain tests, made by programs of our own.
//!
//! Headers are computed here, with sequential revm as the executor. Nothing of the card takes part, and of what checks
//! blocks only the rules that revm and alloy implement.

mod invalid;
mod json;
mod programs;
mod scenarios;
mod transactions;

use alloy_consensus::proofs::{calculate_ommers_root, calculate_transaction_root, calculate_withdrawals_root};
use alloy_consensus::{Block, BlockBody, Header, Transaction, TxEip4844, Typed2718};
use alloy_eips::eip1559::{BaseFeeParams, INITIAL_BASE_FEE};
use alloy_eips::eip4844::DATA_GAS_PER_BLOB;
use alloy_eips::eip4895::Withdrawal;
use alloy_primitives::{Address, B256, Bytes, U256, keccak256};
use gaslane::block::BlockInput;
use gaslane::oracle::execute_sequential;
use gaslane::source::MemoryState;
use gaslane::source::schedule::Rules;
use revm::context::{BlockEnv, TxEnv};
use revm::context_interface::block::BlobExcessGasAndPrice;
use revm::primitives::hardfork::SpecId;
use serde_json::{Value, json};
use std::collections::BTreeMap;
pub use transactions::Signed;

/// A signed transaction's envelope.
pub type Envelope = alloy_consensus::EthereumTxEnvelope<TxEip4844>;
type Body = BlockBody<Envelope, Header>;

/// Wei per ether.
const ETHER: u64 = 1_000_000_000_000_000_000;
/// Gas limit of the blocks before London.
const GAS_LIMIT: u64 = 30_000_000;
/// Difficulty of proof-of-work blocks: blocks come at a pace that leaves it as it is.
const DIFFICULTY: u64 = 0x20000;

/// An account of a genesis state.
#[derive(Clone, Debug, Default)]
pub(crate) struct Account {
    balance: U256,
    nonce: u64,
    code: Bytes,
    storage: BTreeMap<U256, U256>,
}

/// Where the rules change: never, at a number, at a time.
#[derive(Clone, Copy, Debug)]
enum Change {
    Number(u64),
    Time(u64),
}

/// What goes into a block.
#[derive(Clone, Default)]
pub(crate) struct Draft {
    transactions: Vec<Signed>,
    withdrawals: Vec<Withdrawal>,
    ommers: Vec<Header>,
    /// Seconds since the parent.
    seconds: u64,
    /// Byte of extra data that tells blocks apart.
    marker: u8,
}

/// A finished block.
#[derive(Clone)]
struct Sealed {
    header: Header,
    body: Body,
    senders: Vec<Address>,
    state: MemoryState,
}

/// A chain that grows.
pub(crate) struct Chain {
    name: String,
    network: String,
    first: Rules,
    second: Option<(Change, Rules)>,
    genesis: Header,
    pre: BTreeMap<Address, Account>,
    state: MemoryState,
    parent: Header,
    parent_hash: B256,
    /// The parent's parent, its hash, the state after it.
    before: Option<(Header, B256, MemoryState)>,
    blocks: Vec<Value>,
}

impl Chain {
    /// A chain of one fork.
    pub fn new(name: &str, fork: &str, pre: BTreeMap<Address, Account>) -> Self {
        Self::with(name, fork, rules(fork), None, pre)
    }

    /// A chain that changes its fork at a time of 15,000 seconds.
    pub fn transition(name: &str, from: &str, to: &str, pre: BTreeMap<Address, Account>) -> Self {
        let network = format!("{from}To{to}AtTime15k");
        Self::with(name, &network, rules(from), Some((Change::Time(15_000), rules(to))), pre)
    }

    /// A chain that changes its fork with block 5.
    pub fn transition_at_5(name: &str, from: &str, to: &str, pre: BTreeMap<Address, Account>) -> Self {
        let network = format!("{from}To{to}At5");
        Self::with(name, &network, rules(from), Some((Change::Number(5), rules(to))), pre)
    }

    fn with(
        name: &str,
        network: &str,
        first: Rules,
        second: Option<(Change, Rules)>,
        pre: BTreeMap<Address, Account>,
    ) -> Self {
        let mut state = MemoryState::default();
        for (address, account) in &pre {
            let storage = account.storage.iter().map(|(slot, value)| (*slot, *value)).collect();
            state.insert_contract(*address, account.balance, account.nonce, &account.code, storage);
        }
        let has = |spec| first.spec.is_enabled_in(spec);
        let genesis = Header {
            state_root: state.root(),
            difficulty: if has(SpecId::MERGE) { U256::ZERO } else { U256::from(DIFFICULTY) },
            gas_limit: GAS_LIMIT,
            extra_data: Bytes::from_static(&[0]),
            base_fee_per_gas: has(SpecId::LONDON).then_some(INITIAL_BASE_FEE),
            withdrawals_root: has(SpecId::SHANGHAI).then(|| calculate_withdrawals_root(&[])),
            blob_gas_used: has(SpecId::CANCUN).then_some(0),
            excess_blob_gas: has(SpecId::CANCUN).then_some(0),
            parent_beacon_block_root: has(SpecId::CANCUN).then_some(B256::ZERO),
            requests_hash: has(SpecId::PRAGUE).then(|| alloy_eips::eip7685::Requests::default().requests_hash()),
            ..Header::default()
        };
        let parent_hash = genesis.hash_slow();
        state.insert_block_hash(0, parent_hash);
        Self {
            name: format!("{name}[{network}]"),
            network: network.into(),
            first,
            second,
            parent: genesis.clone(),
            genesis,
            pre,
            state,
            parent_hash,
            before: None,
            blocks: Vec::new(),
        }
    }

    /// The rules of the next block, if it comes after so many seconds.
    pub fn rules(&self, seconds: u64) -> Rules {
        match self.second {
            Some((Change::Number(first), rules)) if self.parent.number + 1 >= first => rules,
            Some((Change::Time(first), rules)) if self.parent.timestamp + seconds >= first => rules,
            _ => self.first,
        }
    }

    /// Timestamp of the parent's parent.
    fn before_timestamp(&self) -> u64 {
        self.before.as_ref().map_or(0, |(header, ..)| header.timestamp)
    }

    /// The base fee of the next block.
    fn base_fee(&self, rules: &Rules) -> Option<u64> {
        let next = || self.parent.next_block_base_fee(BaseFeeParams::ethereum()).unwrap_or(INITIAL_BASE_FEE);
        rules.spec.is_enabled_in(SpecId::LONDON).then(next)
    }

    fn seal(&self, draft: &Draft) -> Sealed {
        let rules = self.rules(draft.seconds);
        let has = |spec| rules.spec.is_enabled_in(spec);
        let parent = &self.parent;
        let number = parent.number + 1;
        let doubled = has(SpecId::LONDON) && parent.base_fee_per_gas.is_none();
        let excess_blob_gas = rules.blobs.map(|blobs| parent.next_block_excess_blob_gas(blobs).unwrap_or_default());
        let transactions: Vec<_> = draft.transactions.iter().map(|tx| tx.envelope.clone()).collect();
        let blobs = transactions.iter().map(|tx| tx.blob_versioned_hashes().map_or(0, |b| b.len() as u64)).sum::<u64>();
        let mut header = Header {
            parent_hash: self.parent_hash,
            ommers_hash: calculate_ommers_root(&draft.ommers),
            beneficiary: programs::BENEFICIARY,
            transactions_root: calculate_transaction_root(&transactions),
            difficulty: if has(SpecId::MERGE) { U256::ZERO } else { U256::from(DIFFICULTY) },
            number,
            gas_limit: if doubled { 2 * parent.gas_limit } else { parent.gas_limit },
            timestamp: parent.timestamp + draft.seconds,
            extra_data: [b"gaslane", &[draft.marker][..]].concat().into(),
            mix_hash: keccak256(number.to_be_bytes()),
            base_fee_per_gas: self.base_fee(&rules),
            withdrawals_root: has(SpecId::SHANGHAI).then(|| calculate_withdrawals_root(&draft.withdrawals)),
            blob_gas_used: has(SpecId::CANCUN).then_some(blobs * DATA_GAS_PER_BLOB),
            excess_blob_gas,
            parent_beacon_block_root: has(SpecId::CANCUN).then(|| keccak256([number as u8, 0x47, 0x88])),
            ..Header::default()
        };
        let input = BlockInput {
            spec: rules.spec,
            chain_id: 1,
            env: BlockEnv {
                number: U256::from(number),
                beneficiary: header.beneficiary,
                timestamp: U256::from(header.timestamp),
                gas_limit: header.gas_limit,
                basefee: header.base_fee_per_gas.unwrap_or_default(),
                difficulty: header.difficulty,
                prevrandao: has(SpecId::MERGE).then_some(header.mix_hash),
                blob_excess_gas_and_price: rules.blobs.zip(excess_blob_gas).map(|(blobs, excess_blob_gas)| {
                    BlobExcessGasAndPrice { excess_blob_gas, blob_gasprice: blobs.calc_blob_fee(excess_blob_gas) }
                }),
                slot_num: 0,
            },
            transactions: draft.transactions.iter().map(Signed::env).collect(),
            withdrawals: draft.withdrawals.clone(),
            parent_hash: Some(self.parent_hash),
            parent_beacon_block_root: header.parent_beacon_block_root,
            expected: None,
            occupied: Vec::new(),
        };
        let outcome = execute_sequential(&input, &self.state).unwrap_or_else(|error| panic!("{}: {error}", self.name));
        let mut state = self.state.clone();
        state.apply(&outcome.state);
        if !has(SpecId::MERGE) {
            reward(&mut state, &header, &draft.ommers, rules.spec);
        }
        header.gas_used = outcome.gas_used;
        header.logs_bloom = outcome.logs_bloom;
        header.receipts_root = match has(SpecId::BYZANTIUM) {
            true => outcome.receipts_root,
            false => self.old_receipts_root(&input),
        };
        header.requests_hash = has(SpecId::PRAGUE).then(|| outcome.requests.requests_hash());
        header.state_root = state.root();
        let body = BlockBody {
            transactions,
            ommers: draft.ommers.clone(),
            withdrawals: has(SpecId::SHANGHAI).then(|| draft.withdrawals.clone().into()),
        };
        Sealed { header, body, senders: draft.transactions.iter().map(|tx| tx.sender).collect(), state }
    }

    /// Before Byzantium receipts carry the state root after their transaction: that of the block cut off there.
    fn old_receipts_root(&self, input: &BlockInput) -> B256 {
        let mut roots = Vec::new();
        let mut transactions = Vec::new();
        for end in 1..=input.transactions.len() {
            let cut = BlockInput { transactions: input.transactions[..end].to_vec(), ..input.clone() };
            let outcome = execute_sequential(&cut, &self.state).expect("a prefix of a valid block");
            let mut state = self.state.clone();
            state.apply(&outcome.state);
            roots.push(state.root());
            transactions = outcome.transactions;
        }
        gaslane::receipts::root_with_states(&transactions, &roots)
    }

    /// Appends a valid block.
    pub fn push(&mut self, draft: &Draft) -> &mut Self {
        let sealed = self.seal(draft);
        self.blocks.push(json::valid_block(&sealed));
        let hash = sealed.header.hash_slow();
        self.before = Some((
            std::mem::replace(&mut self.parent, sealed.header),
            std::mem::replace(&mut self.parent_hash, hash),
            std::mem::replace(&mut self.state, sealed.state),
        ));
        self.state.insert_block_hash(self.parent.number, self.parent_hash);
        self
    }

    /// Adds a valid block beside the latest one, which stays the head; gives its header.
    pub fn side_block(&mut self, draft: &Draft) -> Header {
        let (parent, parent_hash, state) = self.before.clone().expect("a parent's parent");
        let here = (
            std::mem::replace(&mut self.parent, parent),
            std::mem::replace(&mut self.parent_hash, parent_hash),
            std::mem::replace(&mut self.state, state),
        );
        let sealed = self.seal(draft);
        (self.parent, self.parent_hash, self.state) = here;
        self.blocks.push(json::valid_block(&sealed));
        sealed.header
    }

    /// Adds a block that must be rejected: a valid one after a change.
    pub fn reject(&mut self, exception: &str, draft: &Draft, change: impl FnOnce(&mut Header, &mut Body)) {
        let Sealed { mut header, mut body, .. } = self.seal(draft);
        change(&mut header, &mut body);
        let rlp = alloy_rlp::encode(Block { header: header.clone(), body: body.clone() });
        self.blocks.push(json::invalid_block(exception, &rlp.into(), Some(&header)));
    }

    /// Adds bytes that must be rejected: the RLP of a valid block after a change.
    pub fn reject_rlp(&mut self, exception: &str, draft: &Draft, change: impl FnOnce(&mut Vec<u8>)) {
        let Sealed { header, body, .. } = self.seal(draft);
        let mut rlp = alloy_rlp::encode(Block { header, body });
        change(&mut rlp);
        self.blocks.push(json::invalid_block(exception, &rlp.into(), None));
    }

    /// Adds a block with one transaction more, which is invalid.
    pub fn reject_transaction(&mut self, exception: &str, draft: &Draft, tx: &Signed) {
        self.reject(exception, draft, |header, body| {
            body.transactions.push(tx.envelope.clone());
            header.transactions_root = calculate_transaction_root(&body.transactions);
            let blobs = body.transactions.iter().map(|tx| tx.blob_versioned_hashes().map_or(0, |b| b.len() as u64));
            header.blob_gas_used = header.blob_gas_used.map(|_| blobs.sum::<u64>() * DATA_GAS_PER_BLOB);
        });
    }

    /// The test.
    pub fn finish(&self) -> (String, Value) {
        let genesis = Block::<Envelope> {
            header: self.genesis.clone(),
            body: BlockBody {
                withdrawals: self.genesis.withdrawals_root.map(|_| Vec::new().into()),
                ..BlockBody::default()
            },
        };
        let value = json!({
            "network": self.network,
            "genesisBlockHeader": json::header(&self.genesis),
            "pre": json::alloc(&self.pre),
            "postState": json::state(&self.state),
            "lastblockhash": self.parent_hash,
            "config": json::config(&self.network, &[Some(self.first), self.second.map(|(_, rules)| rules)]),
            "genesisRLP": Bytes::from(alloy_rlp::encode(&genesis)),
            "blocks": self.blocks,
            "sealEngine": "NoProof",
            "_info": { "fixture-format": "blockchain_test", "comment": "made by gaslane-tests" },
        });
        (self.name.clone(), value)
    }
}

/// The rules of that name.
fn rules(fork: &str) -> Rules {
    Rules::named(fork).expect("a known fork")
}

/// Block and ommer rewards (yellow paper 11.3, EIP-649, EIP-1234).
fn reward(state: &mut MemoryState, header: &Header, ommers: &[Header], spec: SpecId) {
    let full = match spec {
        _ if spec.is_enabled_in(SpecId::PETERSBURG) => 2 * ETHER,
        _ if spec.is_enabled_in(SpecId::BYZANTIUM) => 3 * ETHER,
        _ => 5 * ETHER,
    };
    state.credit(header.beneficiary, U256::from(full));
    for ommer in ommers {
        state.credit(header.beneficiary, U256::from(full / 32));
        state.credit(ommer.beneficiary, U256::from(full / 8 * (ommer.number + 8 - header.number)));
    }
}

/// All files: name and content.
pub fn generate() -> BTreeMap<String, Value> {
    let mut files = BTreeMap::new();
    for (file, chains) in scenarios::all().into_iter().chain(invalid::all()) {
        let tests: serde_json::Map<_, _> = chains.iter().map(Chain::finish).collect();
        files.insert(format!("{file}.json"), Value::Object(tests));
    }
    files
}

fn env(envelope: &Envelope, sender: Address) -> TxEnv {
    use revm::context_interface::either::Either;
    TxEnv {
        tx_type: envelope.ty(),
        caller: sender,
        gas_limit: envelope.gas_limit(),
        gas_price: envelope.max_fee_per_gas(),
        kind: envelope.kind(),
        value: envelope.value(),
        data: envelope.input().clone(),
        nonce: envelope.nonce(),
        chain_id: envelope.chain_id(),
        access_list: envelope.access_list().cloned().unwrap_or_default(),
        gas_priority_fee: envelope.max_priority_fee_per_gas(),
        blob_hashes: envelope.blob_versioned_hashes().unwrap_or_default().to_vec(),
        max_fee_per_blob_gas: envelope.max_fee_per_blob_gas().unwrap_or_default(),
        authorization_list: envelope
            .authorization_list()
            .unwrap_or_default()
            .iter()
            .map(|signed| Either::Left(signed.clone()))
            .collect(),
    }
}
