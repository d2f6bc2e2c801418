//! Contracts and the genesis states that hold them.

use super::transactions::Sender;
use super::{Account, ETHER};
use crate::program::{Environment, Theme, program};
use crate::random::Random;
use alloy_eips::{eip2935, eip4788, eip6110, eip7002, eip7251};
use alloy_primitives::{Address, Bytes, U256, hex, keccak256};
use gaslane::block::card_fork;
use revm::primitives::hardfork::SpecId;
use std::collections::BTreeMap;

/// Who gets fees and rewards.
pub(super) const BENEFICIARY: Address = Address::repeat_byte(0xcb);
/// Notes what it sees of the block.
pub(super) const RECORDER: Address = Address::repeat_byte(0xa1);
/// Asks the contract of EIP-4788.
pub(super) const BEACON_READER: Address = Address::repeat_byte(0xa2);
/// Asks the contract of EIP-2935.
pub(super) const HISTORY_READER: Address = Address::repeat_byte(0xa3);
/// Creates a contract and destroys itself.
pub(super) const SELF_DESTROYER: Address = Address::repeat_byte(0xa4);

/// Number of random contracts.
pub(super) const RANDOM: u8 = 4;

/// The random contract of that number.
pub(super) fn random(index: u8) -> Address {
    Address::repeat_byte(0xb0 + index)
}

/// storage[number] = blockhash(number - 1); storage[0xff] = balance(coinbase); storage[0xfe] = difficulty or prevrandao;
/// log of the caller; storage[caller] += 1.
const RECORDER_CODE: &[u8] = &hex!("4380600190034090554131 60ff5544 60fe55 3360206000a1 33546001013355 00");

/// Init code that gives one byte of code: PC 1, that is ADD.
pub(super) const INIT_CODE: &[u8] = &hex!("6001600953 60016009f3");

/// CREATE(0, 0, 0), keep its address in storage, SELFDESTRUCT to the caller.
const SELF_DESTROYER_CODE: &[u8] = &hex!("600060006000f0600055 33ff");

/// Emits its calldata as a deposit event.
fn deposit_contract() -> Bytes {
    let topic = keccak256("DepositEvent(bytes,bytes,bytes,bytes,bytes)");
    // CALLDATACOPY(0, 0, CALLDATASIZE); LOG1(0, CALLDATASIZE, topic).
    [&hex!("366000600037 7f")[..], topic.as_slice(), &hex!("366000a100")].concat().into()
}

/// A deposit event's data.
pub(super) fn deposit_event(amount_gwei: u64) -> Vec<u8> {
    let word = |value: u64| U256::from(value).to_be_bytes::<32>();
    let field = |bytes: &[u8]| {
        let mut padded = word(bytes.len() as u64).to_vec();
        padded.extend_from_slice(bytes);
        padded.resize(padded.len().next_multiple_of(32), 0);
        padded
    };
    let fields = [&[0x11; 48][..], &[0x22; 32], &amount_gwei.to_le_bytes(), &[0x33; 96], &7u64.to_le_bytes()];
    let mut data = Vec::new();
    let mut tail = Vec::new();
    for bytes in fields {
        data.extend(word(160 + tail.len() as u64));
        tail.extend(field(bytes));
    }
    data.extend(tail);
    data
}

/// mem[0] = input; STATICCALL(contract, mem[0..32]); storage[base + number] = answer.
fn reader(input: &[u8], contract: Address, base: [u8; 3]) -> Bytes {
    let mut code = input.to_vec();
    code.extend(hex!("600052 6020600060206000 73"));
    code.extend(contract);
    code.extend(hex!("5afa50 600051 43 62"));
    code.extend(base);
    code.extend(hex!("015500"));
    code.into()
}

/// A genesis state with senders, contracts, and the system contracts of the fork.
pub(super) fn genesis(spec: SpecId, senders: &[Sender]) -> BTreeMap<Address, Account> {
    let mut pre = BTreeMap::new();
    for sender in senders {
        let account = Account { balance: U256::from(ETHER) * U256::from(1000), ..Account::default() };
        pre.insert(sender.address, account);
    }
    let contract = |code: Bytes| Account { nonce: 1, code, ..Account::default() };
    let mut put = |address, code| {
        pre.insert(address, contract(code));
    };
    put(RECORDER, RECORDER_CODE.into());
    put(SELF_DESTROYER, SELF_DESTROYER_CODE.into());
    let mut seeds = Random::new(0x6a51_a11e ^ spec as u64);
    let addresses: Vec<_> = (0..RANDOM).map(random).chain([RECORDER, senders[0].address, BENEFICIARY]).collect();
    if spec.is_enabled_in(SpecId::BERLIN) {
        for index in 0..RANDOM {
            // Deploys STOP.
            let inits = [Bytes::from_static(&hex!("60016000f3"))];
            let fork = card_fork(spec);
            let environment = Environment { fork, addresses: &addresses, inits: &inits, theme: Theme::PLAIN };
            put(random(index), program(&mut seeds, &environment, 12).into());
        }
    }
    if spec.is_enabled_in(SpecId::CANCUN) {
        put(BEACON_READER, reader(&hex!("42"), eip4788::BEACON_ROOTS_ADDRESS, [1, 0, 0]));
        put(eip4788::BEACON_ROOTS_ADDRESS, eip4788::BEACON_ROOTS_CODE.clone());
    }
    if spec.is_enabled_in(SpecId::PRAGUE) {
        put(HISTORY_READER, reader(&hex!("60014303"), eip2935::HISTORY_STORAGE_ADDRESS, [2, 0, 0]));
        put(eip2935::HISTORY_STORAGE_ADDRESS, eip2935::HISTORY_STORAGE_CODE.clone());
        put(eip7002::WITHDRAWAL_REQUEST_PREDEPLOY_ADDRESS, eip7002::WITHDRAWAL_REQUEST_PREDEPLOY_CODE.clone());
        put(eip7251::CONSOLIDATION_REQUEST_PREDEPLOY_ADDRESS, eip7251::CONSOLIDATION_REQUEST_PREDEPLOY_CODE.clone());
        put(eip6110::MAINNET_DEPOSIT_CONTRACT_ADDRESS, deposit_contract());
    }
    pre
}
