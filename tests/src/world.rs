//! Random blocks: contracts that call each other, senders that share nonces and balances, transactions of all types,
//! edges of gas.

use crate::program::{Environment, program};
use crate::random::Random;
use alloy_primitives::{Address, B256, Bytes, TxKind, U256, keccak256};
use gaslane::block::{BlockInput, card_fork};
use gaslane::source::MemoryState;
use revm::context::transaction::{Authorization, RecoveredAuthority, RecoveredAuthorization};
use revm::context::{BlockEnv, TransactionType, TxEnv};
use revm::context_interface::transaction::{AccessList, AccessListItem};
use revm::primitives::hardfork::SpecId;
use revm::state::{AccountInfo, Bytecode};
use std::collections::HashMap;

/// What a random block looks like.
#[derive(Clone, Copy, Debug)]
pub struct Shape {
    /// Contracts.
    pub contracts: u64,
    /// Senders.
    pub senders: u64,
    /// Transactions.
    pub transactions: u64,
    /// Statements of a contract, at most.
    pub statements: u64,
}

/// Rules that random blocks use.
pub const SPECS: &[SpecId] =
    &[SpecId::BERLIN, SpecId::LONDON, SpecId::MERGE, SpecId::SHANGHAI, SpecId::CANCUN, SpecId::PRAGUE, SpecId::OSAKA];

fn account(kind: u8, index: u64) -> Address {
    let mut address = [kind; 20];
    address[12..].copy_from_slice(&index.to_be_bytes());
    Address::from(address)
}

/// The contract with that number.
pub fn contract(index: u64) -> Address {
    account(0xc0, index)
}

/// A random block with its state.
pub fn world(seed: u64, shape: Shape) -> (BlockInput, MemoryState) {
    let mut random = Random::new(seed);
    let spec = *random.pick(SPECS);
    let fork = card_fork(spec);
    let coinbase = if random.chance(20) { account(0x5e, 0) } else { account(0xcb, 0) };
    let contracts: Vec<_> = (0..shape.contracts).map(contract).collect();
    let senders: Vec<_> = (0..shape.senders).map(|i| account(0x5e, i)).collect();
    let mut addresses = contracts.clone();
    addresses.extend_from_slice(&senders[..senders.len().min(2)]);
    addresses.extend([coinbase, account(0xee, 0), account(0xee, 1)]);
    let environment = Environment { fork, addresses: &addresses };

    let mut state = MemoryState::default();
    for address in &contracts {
        let code = Bytes::from(program(&mut random, &environment, shape.statements));
        let mut info = AccountInfo::from_bytecode(Bytecode::new_raw(code));
        info.balance = U256::from(random.below(1000));
        info.nonce = 1;
        let slots = random.below(4);
        let storage = (0..slots).map(|slot| (U256::from(slot), random.word())).filter(|(_, value)| !value.is_zero());
        state.insert_account(*address, info, storage.collect());
    }
    if spec >= SpecId::PRAGUE {
        // An account that delegates to a contract (EIP-7702).
        let mut info = AccountInfo::from_bytecode(Bytecode::new_eip7702(*random.pick(&contracts)));
        (info.balance, info.nonce) = (U256::from(77), 3);
        state.insert_account(account(0xee, 1), info, Default::default());
    }
    for address in &senders {
        let info = AccountInfo::from_balance(U256::from(10).pow(U256::from(18)));
        state.insert_account(*address, info, Default::default());
    }
    if random.chance(50) {
        state.insert_account(
            coinbase,
            AccountInfo::from_balance(U256::from(10).pow(U256::from(18))),
            Default::default(),
        );
    }
    let number = 1000;
    for back in 1..=256 {
        state.insert_block_hash(number - back, keccak256((number - back).to_be_bytes()));
    }

    let basefee = if spec >= SpecId::LONDON { 7 } else { 0 };
    let mut env = BlockEnv {
        number: U256::from(number),
        beneficiary: coinbase,
        timestamp: U256::from(1_700_000_000u64),
        gas_limit: 1_000_000_000,
        basefee,
        difficulty: U256::from(12345),
        prevrandao: (spec >= SpecId::MERGE).then(|| keccak256(b"randao")),
        ..BlockEnv::default()
    };
    if spec >= SpecId::CANCUN {
        env.set_blob_excess_gas_and_price(0, 3_338_477);
    }
    let mut draft = Draft {
        random: &mut random,
        spec,
        basefee,
        addresses: &addresses,
        contracts: &contracts,
        senders: &senders,
        nonces: HashMap::from([(account(0xee, 1), 3)]),
        blobs_left: if spec >= SpecId::CANCUN { 6 } else { 0 },
    };
    let transactions = (0..shape.transactions).map(|_| draft.transaction()).collect();
    let block = BlockInput {
        spec,
        chain_id: 1,
        env,
        transactions,
        withdrawals: Vec::new(),
        parent_hash: None,
        parent_beacon_block_root: None,
        expected: None,
        occupied: vec![],
    };
    (block, state)
}

/// Transactions of a block under construction.
struct Draft<'a> {
    random: &'a mut Random,
    spec: SpecId,
    basefee: u64,
    addresses: &'a [Address],
    contracts: &'a [Address],
    senders: &'a [Address],
    /// Nonces of senders and authorities, as far as transactions and authorizations move them.
    nonces: HashMap<Address, u64>,
    /// Blobs that the block may still carry.
    blobs_left: usize,
}

impl Draft<'_> {
    fn transaction(&mut self) -> TxEnv {
        let Self { random, spec, basefee, addresses, .. } = self;
        let (spec, basefee) = (*spec, *basefee);
        let caller = *random.pick(self.senders);
        let bytes = if random.chance(3) { 1500 } else { random.below(100) };
        let data: Bytes = (0..bytes).map(|_| if random.chance(40) { 0 } else { random.bits() as u8 }).collect();
        let kind = match random.below(40) {
            0 => TxKind::Create,
            _ => TxKind::Call(*random.pick(addresses)),
        };
        let gas_limit = match random.below(4) {
            0 => 30_000 + random.below(30_000),
            1 => 60_000 + random.below(200_000),
            _ => 1_000_000,
        };
        let nonce = self.nonces.entry(caller).or_default();
        // Zero and other bytes cost 4 and 16 gas, from Prague on at least 10 and 40.
        let gas_limit = gas_limit + if bytes > 100 { 60_000 } else { 0 };
        let mut tx = TxEnv {
            tx_type: TransactionType::Legacy as u8,
            caller,
            gas_limit,
            gas_price: u128::from(basefee + random.below(5)),
            kind,
            value: U256::from(if random.chance(50) { 0 } else { random.below(1000) }),
            data,
            nonce: *nonce,
            chain_id: Some(1),
            ..TxEnv::default()
        };
        *nonce += 1;
        if kind == TxKind::Create {
            tx.gas_limit += 60_000; // intrinsic gas: an invalid transaction would end the block
        }
        if random.chance(30) {
            tx.tx_type = TransactionType::Eip2930 as u8;
            let keys = (0..random.below(4)).map(|key| B256::from(U256::from(key))).collect();
            tx.access_list = AccessList(vec![AccessListItem { address: *random.pick(addresses), storage_keys: keys }]);
            tx.gas_limit += 20_000;
        }
        if spec >= SpecId::LONDON && random.chance(40) {
            tx.tx_type = TransactionType::Eip1559 as u8;
            tx.gas_priority_fee = Some(u128::from(random.below(3)));
            tx.gas_price = u128::from(basefee + random.below(10)).max(tx.gas_priority_fee.unwrap_or(0));
            if kind != TxKind::Create {
                self.give_blobs_or_authorizations(&mut tx);
            }
        }
        tx
    }

    fn give_blobs_or_authorizations(&mut self, tx: &mut TxEnv) {
        if self.blobs_left > 0 && self.random.chance(15) {
            let blobs = 1 + self.random.below(self.blobs_left.min(3) as u64) as usize;
            self.blobs_left -= blobs;
            tx.tx_type = TransactionType::Eip4844 as u8;
            tx.max_fee_per_blob_gas = u128::from(1 + self.random.below(5));
            tx.blob_hashes = (0..blobs)
                .map(|_| {
                    let mut hash = keccak256(self.random.bits().to_be_bytes());
                    hash[0] = 1; // VERSIONED_HASH_VERSION_KZG
                    hash
                })
                .collect();
        } else if self.spec >= SpecId::PRAGUE && self.random.chance(50) {
            let count = 1 + self.random.below(3);
            tx.tx_type = TransactionType::Eip7702 as u8;
            tx.gas_limit += 25_000 * count;
            tx.set_recovered_authorization((0..count).map(|_| self.authorization()).collect());
        }
    }

    /// Sets, replaces or removes a delegation of a sender or of another account; invalid now and then.
    fn authorization(&mut self) -> RecoveredAuthorization {
        let random = &mut *self.random;
        let authority = match random.below(10) {
            0..=3 => *random.pick(self.senders),
            4 => *random.pick(self.contracts),
            _ => account(0xee, random.below(3)),
        };
        // Delegations of senders to contracts that create would move nonces that later transactions rely on; that makes
        // a few blocks invalid, which is a case of its own.
        let target = match random.below(10) {
            0..=2 => Address::ZERO,
            3 => *random.pick(self.addresses),
            _ => *random.pick(self.contracts),
        };
        let nonce = self.nonces.entry(authority).or_default();
        let mut authorization = Authorization { chain_id: U256::from(random.below(2)), address: target, nonce: *nonce };
        let mut signer = RecoveredAuthority::Valid(authority);
        match random.below(12) {
            0 => authorization.nonce += 1,
            1 => authorization.nonce = u64::MAX,
            2 => authorization.chain_id = U256::from(5),
            3 => authorization.chain_id = U256::MAX,
            4 => signer = RecoveredAuthority::Invalid,
            _ if self.contracts.contains(&authority) => {}
            _ => *nonce += 1,
        }
        RecoveredAuthorization::new_unchecked(authorization, signer)
    }
}
