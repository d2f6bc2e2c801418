//! Transactions of a block.

use super::cast::{Cast, Style, base_fee_wei, block_env};
use crate::program::precompiles;
use crate::random::Random;
use crate::state::State;
use alloy_primitives::{Address, B256, Bytes, TxKind, U256, keccak256};
use gaslane::block::BlockInput;
use revm::context::{TransactionType, TxEnv};
use revm::context_interface::transaction::{AccessList, AccessListItem};
use revm::interpreter::gas::calculate_initial_tx_gas_for_tx;
use revm::precompile::u64_to_address;
use revm::primitives::hardfork::SpecId;
use std::collections::HashMap;

/// Number of the first block of a world.
const FIRST_BLOCK: u64 = 1000;
/// Most gas of a transaction from Osaka on (EIP-7825).
const TX_GAS_MAX: u64 = 1 << 24;

/// Transactions of a block under construction.
pub(super) struct Draft<'a> {
    pub(super) random: &'a mut Random,
    pub(super) cast: &'a Cast,
    pub(super) state: &'a State,
    /// Nonces of senders and authorities, as far as transactions and authorizations move them.
    pub(super) nonces: HashMap<Address, u64>,
    /// Blobs that the block may still carry.
    blobs_left: usize,
}

/// Least gas limit that makes the transaction valid.
pub fn least_gas(tx: &TxEnv, spec: SpecId) -> u64 {
    let gas = calculate_initial_tx_gas_for_tx(tx, spec, None);
    gas.initial_total_gas().max(gas.floor_gas())
}

impl Cast {
    /// A random block on a state.
    pub fn block(&self, random: &mut Random, transactions: u64, state: &State) -> BlockInput {
        let number = FIRST_BLOCK + random.below(2);
        let blobs_left = if self.spec >= SpecId::CANCUN { 6 } else { 0 };
        let mut draft = Draft { random, cast: self, state, nonces: HashMap::new(), blobs_left };
        let mut list = Vec::new();
        while (list.len() as u64) < transactions && (list.is_empty() || !draft.random.exhausted()) {
            let tx = draft.transaction();
            if self.style == Style::Everything && draft.random.chance(2) {
                draft.sweep(tx, &mut list);
            } else {
                list.push(tx);
            }
        }
        BlockInput::plain(self.spec, block_env(self.spec, number, self.coinbase), list)
    }
}

impl Draft<'_> {
    fn next_nonce(&mut self, address: Address) -> u64 {
        let nonce = self.nonces.entry(address).or_insert_with(|| self.state.nonce(address));
        *nonce += 1;
        *nonce - 1
    }

    fn transaction(&mut self) -> TxEnv {
        let caller = *self.random.pick(&self.cast.senders);
        let kind = self.kind();
        let random = &mut *self.random;
        let base_fee = base_fee_wei(self.cast.spec);
        let mut tx = TxEnv {
            tx_type: TransactionType::Legacy as u8,
            caller,
            gas_price: u128::from(base_fee + random.below(5)),
            kind,
            value: U256::from(if random.chance(50) { random.below(1000) } else { 0 }),
            chain_id: Some(1),
            ..TxEnv::default()
        };
        tx.data = self.data(kind);
        tx.nonce = self.next_nonce(caller);
        let random = &mut *self.random;
        if random.chance(30) {
            tx.tx_type = TransactionType::Eip2930 as u8;
            let entries = random.below(3);
            tx.access_list = AccessList((0..entries).map(|_| self.access()).collect());
        }
        let random = &mut *self.random;
        if self.cast.spec >= SpecId::LONDON && random.chance(40) {
            tx.tx_type = TransactionType::Eip1559 as u8;
            tx.gas_priority_fee = Some(u128::from(random.below(3)));
            tx.gas_price = u128::from(base_fee + random.below(10)).max(tx.gas_priority_fee.unwrap_or(0));
            if kind != TxKind::Create {
                self.give_blobs_or_authorizations(&mut tx);
            }
        }
        tx.gas_limit = least_gas(&tx, self.cast.spec) + self.spare_gas(kind);
        tx.gas_limit = tx.gas_limit.min(TX_GAS_MAX);
        tx
    }

    fn kind(&mut self) -> TxKind {
        let random = &mut *self.random;
        let to = match (self.cast.style, random.below(40)) {
            (_, 39) | (Style::Everything, 36..=38) => return TxKind::Create,
            (Style::Everything, 34..=35) => u64_to_address(precompiles::number(random)),
            (Style::Everything, 0..=20) => *random.pick(&self.cast.contracts),
            _ => *random.pick(&self.cast.addresses),
        };
        TxKind::Call(to)
    }

    /// Gas beyond what the transaction costs by itself.
    fn spare_gas(&mut self, kind: TxKind) -> u64 {
        let random = &mut *self.random;
        match random.below(16) {
            0..=3 => 1_000_000,
            4..=8 => 40_000 + random.below(200_000),
            9..=12 => 9_000 + random.below(30_000),
            13 => random.below(9_000),
            14 => random.below(3),
            // Enough for the largest code.
            _ if kind == TxKind::Create || random.chance(10) => 6_000_000,
            _ => 400_000,
        }
    }

    fn data(&mut self, kind: TxKind) -> Bytes {
        let random = &mut *self.random;
        if self.cast.style == Style::Everything {
            match (kind, random.below(10)) {
                (TxKind::Create, 0..=7) => return random.pick(&self.cast.inits).clone(),
                (TxKind::Call(to), 0..=6) if to.0.starts_with(&[0; 18]) => {
                    let number = u64::from(to.0[18]) << 8 | u64::from(to.0[19]);
                    return precompiles::input(random, number).into();
                }
                (TxKind::Call(_), 0..=4) => return self.words(),
                (TxKind::Call(_), 5) => return random.pick(&self.cast.inits).clone(),
                _ => {}
            }
        }
        let bytes = if random.chance(3) { 1500 } else { random.below(100) };
        (0..bytes).map(|_| if random.chance(40) { 0 } else { random.bits() as u8 }).collect()
    }

    /// Addresses and small numbers, then perhaps init code: what small contracts read.
    fn words(&mut self) -> Bytes {
        let random = &mut *self.random;
        let mut data = Vec::new();
        for _ in 0..1 + random.below(4) {
            let word = match random.below(8) {
                0 => U256::from(random.below(4)),
                1 => random.word(),
                _ => U256::from_be_slice(random.pick(&self.cast.addresses).as_slice()),
            };
            data.extend(word.to_be_bytes::<32>());
        }
        if random.chance(25) {
            data.extend_from_slice(random.pick::<Bytes>(&self.cast.inits));
        }
        data.into()
    }

    fn access(&mut self) -> AccessListItem {
        let random = &mut *self.random;
        let keys = (0..random.below(4)).map(|_| B256::from(U256::from(random.below(5)))).collect();
        AccessListItem { address: *random.pick(&self.cast.addresses), storage_keys: keys }
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
        } else if self.cast.spec >= SpecId::PRAGUE && self.random.chance(50) {
            let count = 1 + self.random.below(3);
            tx.tx_type = TransactionType::Eip7702 as u8;
            tx.set_recovered_authorization((0..count).map(|_| self.authorization()).collect());
        }
    }

    /// The same transaction with one gas limit after another, so that it runs out of gas at one place after another.
    fn sweep(&mut self, tx: TxEnv, list: &mut Vec<TxEnv>) {
        // Blobs are counted, and authorizations have their nonces.
        if !matches!(tx.tx_type, 0..=2) {
            return list.push(tx);
        }
        let least = least_gas(&tx, self.cast.spec);
        let step = *self.random.pick(&[1, 3, 100, 700, 2_600]);
        let count = 2 + self.random.below(8);
        for index in 0..count {
            let nonce = if index == 0 { tx.nonce } else { self.next_nonce(tx.caller) };
            list.push(TxEnv { nonce, gas_limit: (least + index * step).min(TX_GAS_MAX), ..tx.clone() });
        }
    }
}
