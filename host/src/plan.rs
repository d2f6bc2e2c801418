//! From transactions to payloads: what a lane needs to know, computed once on the host.

use crate::block::BlockInput;
use crate::images::CodeHandle;
use alloy_primitives::map::AddressMap;
use alloy_primitives::{Address, B256, U256};
use gaslane_abi::codes::Escape;
use gaslane_abi::env::{self, ACCESS_KEYS_SHIFT, AUTH_RECORD_WORDS, BLOCK_FIRST, BLOCK_WORDS, TX_WORDS};
use gaslane_abi::word::Word;
use gaslane_abi::{Fork, pad32};
use revm::context::{Block, TransactionType, TxEnv};
use revm::context_interface::transaction::{AuthorizationTr, Transaction};
use revm::interpreter::InitialAndFloorGas;

/// Words of one environment word.
const LIMBS: usize = 4;

/// A valid authorization (EIP-7702) with the code that it gives.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct AuthRecord {
    /// Who signed.
    pub authority: Address,
    /// Nonce that the authority must have.
    pub nonce: u64,
    /// Hash of the designator, `KECCAK_EMPTY` to remove a delegation.
    pub code_hash: B256,
    /// The designator's image.
    pub code: CodeHandle,
}

/// What a contract-creating transaction creates.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Init {
    /// Address of the contract.
    pub address: Address,
    /// Image of the init code.
    pub code: CodeHandle,
    /// The address has storage (EIP-7610).
    pub occupied: bool,
}

/// An authorization whose chain id, nonce range and signature are valid: authority, nonce, target.
pub fn valid_authorizations(tx: &TxEnv, chain_id: u64) -> impl Iterator<Item = (Address, u64, Address)> + '_ {
    tx.authorization_list().filter_map(move |authorization| {
        let chain = authorization.chain_id();
        if (!chain.is_zero() && chain != U256::from(chain_id)) || authorization.nonce() == u64::MAX {
            return None;
        }
        Some((authorization.authority()?, authorization.nonce(), authorization.address()))
    })
}

/// Prices of a block, as every payload needs them.
#[derive(Clone, Copy, Debug)]
pub struct Prices {
    fork: Fork,
    base_fee: u128,
    blob_base_fee: u128,
}

impl Prices {
    /// Those of the block.
    pub fn new(block: &BlockInput) -> Self {
        Self {
            fork: block.fork(),
            base_fee: block.env.basefee.into(),
            blob_base_fee: block.env.blob_gasprice().unwrap_or_default(),
        }
    }

    /// Writes the words of a transaction's payload, all but the calldata, or says why the card cannot have it.
    ///
    /// The transaction is valid, as far as that does not depend on the state. A contract-creating one has `init`, and
    /// no calldata.
    pub fn payload(
        &self,
        tx: &TxEnv,
        gas: &InitialAndFloorGas,
        auths: &[AuthRecord],
        init: Option<&Init>,
        payload_bytes_max: usize,
        words: &mut Vec<u64>,
    ) -> Result<(), Escape> {
        let to = tx.kind.to().copied().or(init.map(|init| init.address)).ok_or(Escape::HostOnly)?;
        let calldata_bytes = if init.is_some() { 0 } else { tx.data.len() };
        let access_list: &[_] = if tx.tx_type == TransactionType::Legacy as u8 { &[] } else { &tx.access_list.0 };
        let blobs: &[B256] = if tx.tx_type == TransactionType::Eip4844 as u8 { &tx.blob_hashes } else { &[] };
        let access_words: usize = access_list.iter().map(|item| 1 + item.storage_keys.len()).sum();
        let all_words = TX_WORDS + access_words + auths.len() * AUTH_RECORD_WORDS + blobs.len();
        if all_words * 32 + pad32(calldata_bytes) > payload_bytes_max {
            return Err(Escape::PayloadCapacity);
        }
        // A cost that overflows is an invalid transaction, which the host will name.
        let max_cost = tx.max_balance_spending().map_err(|_| Escape::Invalid)?;
        let price = tx.effective_gas_price(self.base_fee);
        let tip = if self.fork >= Fork::London { price.saturating_sub(self.base_fee) } else { price };
        let floor = if self.fork >= Fork::Prague { gas.floor_gas() } else { 0 };
        let blob_fee = if blobs.is_empty() {
            U256::ZERO
        } else {
            U256::from(self.blob_base_fee.saturating_mul(tx.total_blob_gas().into()))
        };
        words.clear();
        words.resize(TX_WORDS * LIMBS, 0);
        words.reserve((all_words - TX_WORDS) * LIMBS);
        let mut set = |index: u8, word: [u64; LIMBS]| {
            words[index as usize * LIMBS..][..LIMBS].copy_from_slice(&word);
        };
        let wide = |value: u128| [value as u64, (value >> 64) as u64, 0, 0];
        let small = |value: u64| [value, 0, 0, 0];
        set(env::ORIGIN, Word::from_address(tx.caller.0.0).0);
        set(env::TO, Word::from_address(to.0.0).0);
        set(env::VALUE, tx.value.into_limbs());
        set(env::GAS_PRICE, wide(price));
        set(env::GAS_LIMIT, small(tx.gas_limit));
        set(env::NONCE, small(tx.nonce));
        set(env::MAX_COST, max_cost.into_limbs());
        set(env::TIP, wide(tip));
        set(env::INTRINSIC_GAS, small(gas.initial_total_gas()));
        set(env::FLOOR_GAS, small(floor));
        set(env::BLOB_FEE, blob_fee.into_limbs());
        set(env::ACCESS_WORDS, small(access_words as u64));
        set(env::AUTH_COUNT, small(auths.len() as u64));
        set(env::BLOB_COUNT, small(blobs.len() as u64));
        set(env::CALLDATA_LEN, small(calldata_bytes as u64));
        if let Some(init) = init {
            set(env::CREATE, [init.code.packed(), 1 | u64::from(init.occupied) << 1, 0, 0]);
        }
        for item in access_list {
            let mut word = Word::from_address(item.address.0.0);
            // Bits 160 and up: the upper half of limb 2.
            word.0[2] |= (item.storage_keys.len() as u64) << (ACCESS_KEYS_SHIFT - 128);
            words.extend(word.0);
            words.extend(item.storage_keys.iter().flat_map(|key| Word::from_be_bytes(key.0).0));
        }
        for auth in auths {
            words.extend(Word::from_address(auth.authority.0.0).0);
            words.extend(small(auth.nonce));
            words.extend(Word::from_be_bytes(auth.code_hash.0).0);
            words.extend(small(auth.code.packed()));
        }
        words.extend(blobs.iter().flat_map(|hash| Word::from_be_bytes(hash.0).0));
        Ok(())
    }
}

/// The block context of SET_BLOCK.
pub fn block_words(block: &BlockInput) -> [Word; BLOCK_WORDS] {
    let mut words = [Word::ZERO; BLOCK_WORDS];
    let mut set = |index: u8, word: Word| words[index as usize - BLOCK_FIRST] = word;
    let number = |value: U256| Word(value.into_limbs());
    let fork = block.fork();
    let env = &block.env;
    set(env::COINBASE, Word::from_address(env.beneficiary.0.0));
    set(env::TIMESTAMP, number(env.timestamp));
    set(env::NUMBER, number(env.number));
    set(
        env::PREVRANDAO,
        match env.prevrandao {
            Some(prevrandao) if fork >= Fork::Paris => Word::from_be_bytes(prevrandao.0),
            _ => number(env.difficulty),
        },
    );
    set(env::BLOCK_GAS_LIMIT, Word::from_u64(env.gas_limit));
    set(env::CHAIN_ID, Word::from_u64(block.chain_id));
    set(env::BASE_FEE, Word::from_u64(env.basefee));
    set(env::BLOB_BASE_FEE, number(U256::from(env.blob_gasprice().unwrap_or_default())));
    for (index, value) in fork.rules().env_words() {
        set(index, Word::from_u64(value));
    }
    words
}

/// Transactions that surely conflict: those of the same sender.
#[derive(Debug, Default)]
pub struct Dependencies {
    senders: AddressMap<u32>,
}

impl Dependencies {
    /// Distance to the sender's previous transaction, if it is still in flight and within reach.
    pub fn predecessor(&mut self, sender: Address, index: u32, committed: u32) -> Option<u16> {
        let last = self.senders.insert(sender, index)?;
        if last < committed { None } else { u16::try_from(index - last).ok() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloy_eips::eip2930::{AccessList, AccessListItem};
    use revm::context::BlockEnv;
    use revm::primitives::hardfork::SpecId;

    fn block(spec: SpecId) -> BlockInput {
        BlockInput {
            spec,
            chain_id: 1,
            env: BlockEnv { basefee: 7, gas_limit: 30_000_000, ..Default::default() },
            transactions: vec![],
            withdrawals: vec![],
            parent_hash: None,
            parent_beacon_block_root: None,
            expected: None,
            occupied: vec![],
        }
    }

    fn word(words: &[u64], index: usize) -> Word {
        Word(words[index * LIMBS..][..LIMBS].try_into().unwrap())
    }

    #[test]
    fn payload_carries_every_field() {
        let key = B256::repeat_byte(9);
        let address = Address::repeat_byte(0xab);
        let tx = TxEnv {
            tx_type: 4,
            caller: Address::repeat_byte(1),
            kind: revm::primitives::TxKind::Call(Address::repeat_byte(2)),
            gas_limit: 100_000,
            gas_price: 20,
            gas_priority_fee: Some(3),
            value: U256::from(5),
            nonce: 6,
            data: vec![1, 2, 3].into(),
            access_list: AccessList(vec![AccessListItem { address, storage_keys: vec![key, key] }]),
            ..Default::default()
        };
        let auth =
            AuthRecord { authority: address, nonce: 4, code_hash: key, code: CodeHandle { handle: 8, code_bytes: 23 } };
        let gas = InitialAndFloorGas::default().with_initial_regular_gas(50_000).with_floor_gas(21_010);
        let mut words = Vec::new();
        Prices::new(&block(SpecId::PRAGUE)).payload(&tx, &gas, &[auth], None, 1 << 16, &mut words).unwrap();
        assert_eq!(words.len(), (TX_WORDS + 3 + AUTH_RECORD_WORDS) * LIMBS);
        assert_eq!(word(&words, 0).to_address(), tx.caller.0.0);
        let numbers = [
            (env::VALUE, 5),
            (env::GAS_PRICE, 10),
            (env::GAS_LIMIT, 100_000),
            (env::NONCE, 6),
            (env::MAX_COST, 2_000_005),
            (env::TIP, 3),
            (env::INTRINSIC_GAS, 50_000),
            (env::FLOOR_GAS, 21_010),
            (env::BLOB_FEE, 0),
            (env::ACCESS_WORDS, 3),
            (env::AUTH_COUNT, 1),
            (env::BLOB_COUNT, 0),
            (env::CALLDATA_LEN, 3),
            (env::CREATE, 0),
        ];
        for (index, value) in numbers {
            assert_eq!(word(&words, index as usize), Word::from_u64(value), "{index}");
        }
        let item = word(&words, TX_WORDS);
        assert_eq!(item.to_address(), address.0.0);
        assert_eq!(U256::from_limbs(item.0) >> ACCESS_KEYS_SHIFT as usize, U256::from(2));
        assert_eq!(word(&words, TX_WORDS + 1).to_be_bytes(), key.0);
        assert_eq!(word(&words, TX_WORDS + 3).to_address(), address.0.0);
        assert_eq!(word(&words, TX_WORDS + 4), Word::from_u64(4));
        assert_eq!(word(&words, TX_WORDS + 5).to_be_bytes(), key.0);
        assert_eq!(word(&words, TX_WORDS + 6), Word::from_u64(8 << 32 | 23));
        let small = Prices::new(&block(SpecId::PRAGUE)).payload(&tx, &gas, &[auth], None, 600, &mut words);
        assert_eq!(small, Err(Escape::PayloadCapacity));
    }

    #[test]
    fn costs_that_overflow_are_for_the_host() {
        let tx = TxEnv {
            kind: revm::primitives::TxKind::Call(Address::ZERO),
            gas_limit: 21_000,
            gas_price: 1,
            value: U256::MAX,
            ..Default::default()
        };
        let result =
            Prices::new(&block(SpecId::CANCUN)).payload(&tx, &Default::default(), &[], None, 1 << 16, &mut Vec::new());
        assert_eq!(result, Err(Escape::Invalid));
    }

    #[test]
    fn tip_is_the_whole_price_before_london() {
        let tx = TxEnv { gas_price: 20, kind: revm::primitives::TxKind::Call(Address::ZERO), ..Default::default() };
        let mut words = Vec::new();
        for (spec, tip) in [(SpecId::BERLIN, 20), (SpecId::LONDON, 13)] {
            Prices::new(&block(spec)).payload(&tx, &Default::default(), &[], None, 1 << 16, &mut words).unwrap();
            assert_eq!(word(&words, env::TIP as usize), Word::from_u64(tip));
        }
    }

    #[test]
    fn block_context_has_values_and_rules() {
        let words = block_words(&block(SpecId::SHANGHAI));
        let at = |index: u8| words[index as usize - BLOCK_FIRST];
        assert_eq!(at(env::BASE_FEE), Word::from_u64(7));
        assert_eq!(at(env::CHAIN_ID), Word::from_u64(1));
        assert_eq!(at(env::WARM_COINBASE), Word::from_u64(1));
        assert_eq!(at(env::DELEGATION), Word::ZERO);
    }

    #[test]
    fn only_transactions_in_flight_are_predecessors() {
        let mut dependencies = Dependencies::default();
        let sender = Address::repeat_byte(3);
        assert_eq!(dependencies.predecessor(sender, 2, 0), None);
        assert_eq!(dependencies.predecessor(sender, 5, 1), Some(3));
        assert_eq!(dependencies.predecessor(sender, 9, 6), None);
        assert_eq!(dependencies.predecessor(sender, 80_000, 6), None);
    }
}
