//! State words: storage, transient storage, accounts, logs; first touches stop the lane for the state table.

use super::access::Place;
use super::exec::{Step, Stop, escape};
use super::system::code_ref;
use super::{AccountEntry, CodeRef, Key, Lane, LogEntry, ReadField, Waiting, Yield, to_address};
use crate::image::{CodeStore, DecodedWord, Image};
use alloy_primitives::{Address, B256, U256};
use gaslane_abi::codes::{Escape, Halt, KeyKind};
use gaslane_abi::env::{
    ACCESS_WORDS, ADDRESS, AUTH_COUNT, AUTH_RECORD_WORDS, BLOB_COUNT, G_COLD_ACCOUNT, G_COLD_SLOAD, G_WARM_ACCESS,
    NUMBER, TX_WORDS,
};
use gaslane_abi::isa::{Field, Op};
use gaslane_abi::pad32;
use gaslane_hdl::timing::{COPY_BYTES_PER_CYCLE, LOG_CYCLES};

/// BLOCKHASH reaches back this far.
const BLOCK_HASHES: u64 = 256;
/// Bit that GET `delegate` sets beside the target, so that a target of zero is not "none".
const DELEGATE_BIT: usize = 160;

/// Image of an account's code; escapes if the code store had no room for it.
pub(super) fn image_of(reference: CodeRef, code: &CodeStore) -> Result<Option<&Image>, Stop> {
    match code.get(reference.handle) {
        None if reference.bytes > 0 => escape(Escape::Image),
        image => Ok(image),
    }
}

/// Handle of an account (even) or a storage slot (odd) as a word: its number in order of first touch, doubled.
fn handle(number: u32, storage: bool) -> U256 {
    U256::from(u64::from(number) << 1 | u64::from(storage))
}

impl Lane {
    pub(super) fn step_state(&mut self, word: &DecodedWord, a: U256, b: U256, code: &CodeStore) -> Step {
        match word.instr.op {
            Op::Sload => {
                let entry = self.open_slot(a)?;
                self.need_slot(entry)?;
                let cold = self.access.warm_storage(entry).or_else(|_| escape(Escape::UndoCapacity))?;
                let gas = if cold { G_COLD_SLOAD } else { G_WARM_ACCESS };
                self.put(word.instr.dst, self.access.storage[entry as usize].value);
                self.charge(self.env[gas as usize])
            }
            Op::Tload => {
                self.put(word.instr.dst, self.access.transient(self.address(), a));
                Ok(())
            }
            Op::Tstore => {
                if self.is_static {
                    return self.halt(Halt::Static);
                }
                let address = self.address();
                self.access.open_transient(address, a).or_else(|_| escape(Escape::AccessCapacity))?;
                self.access.set_transient(address, a, b).or_else(|_| escape(Escape::UndoCapacity))
            }
            Op::Xacc => {
                let entry = self.open(to_address(a))?;
                let cold = self.access.warm_account(entry).or_else(|_| escape(Escape::UndoCapacity))?;
                self.ext_account = entry;
                self.put(word.instr.dst, handle(self.access.account_number(entry), false));
                self.charge(self.env[if cold { G_COLD_ACCOUNT } else { G_WARM_ACCESS } as usize])
            }
            Op::Opena => {
                let entry = self.open(to_address(a))?;
                self.put(word.instr.dst, handle(self.access.account_number(entry), false));
                Ok(())
            }
            Op::Opens => {
                let entry = self.open_slot(a)?;
                self.put(word.instr.dst, handle(self.access.storage_number(entry), true));
                Ok(())
            }
            Op::Warm => {
                let cold = match self.entry(a)? {
                    (entry, false) => self.access.warm_account(entry),
                    (entry, true) => self.access.warm_storage(entry),
                };
                let cold = cold.or_else(|_| escape(Escape::UndoCapacity))?;
                self.put(word.instr.dst, U256::from(u8::from(cold)));
                Ok(())
            }
            Op::Get => {
                let value = self.get(a, Field::from_u8(word.instr.imm as u8), code)?;
                self.put(word.instr.dst, value);
                Ok(())
            }
            Op::Set => self.set(a, Field::from_u8(word.instr.dst as u8), b),
            Op::Credit => {
                let (entry, _) = self.entry(a)?;
                match self.access.credit(entry, b) {
                    Ok(true) => Ok(()),
                    Ok(false) => escape(Escape::BalanceOverflow),
                    Err(_) => escape(Escape::UndoCapacity),
                }
            }
            Op::Blkhash => {
                let hash = self.block_hash(a)?;
                self.put(word.instr.dst, hash);
                Ok(())
            }
            Op::Blobhash => {
                let first = TX_WORDS
                    + self.env[ACCESS_WORDS as usize].saturating_to::<usize>()
                    + self.env[AUTH_COUNT as usize].saturating_to::<usize>() * AUTH_RECORD_WORDS;
                let hash = match a < self.env[BLOB_COUNT as usize] {
                    true => self.payload_word(U256::from(first) + a),
                    false => U256::ZERO,
                };
                self.put(word.instr.dst, hash);
                Ok(())
            }
            Op::Topic => {
                self.topics.push(B256::from(a));
                Ok(())
            }
            Op::Log => self.emit_log(a, b),
            _ => self.step_system(word, a, b, code),
        }
    }

    fn address(&self) -> Address {
        to_address(self.env[ADDRESS as usize])
    }

    fn open(&mut self, address: Address) -> Result<u32, Stop> {
        let precompile = self.is_precompile(&address);
        self.access.open_account(address, precompile).or_else(|_| escape(Escape::AccessCapacity))
    }

    fn open_slot(&mut self, slot: U256) -> Result<u32, Stop> {
        let address = self.address();
        self.access.open_storage(address, slot).or_else(|_| escape(Escape::AccessCapacity))
    }

    /// Precompiles are warm from the start (EIP-2929).
    fn is_precompile(&self, address: &Address) -> bool {
        let (high, low) = address.split_at(12);
        if high.iter().any(|byte| *byte != 0) {
            return false;
        }
        let number = low.iter().fold(0, |number, byte| number << 8 | u64::from(*byte));
        number != 0 && (number <= self.precompile_last || number == self.precompile_extra)
    }

    /// Entry number of a handle, and whether it is a slot.
    pub(super) fn entry(&self, handle: U256) -> Result<(u32, bool), Stop> {
        let handle = handle.saturating_to::<u64>();
        match (self.access.place(handle >> 1), handle & 1 == 1) {
            (Some(Place::Account(entry)), false) => Ok((entry, false)),
            (Some(Place::Storage(entry)), true) => Ok((entry, true)),
            _ => super::exec::defect(),
        }
    }

    fn account(&self, entry: u32) -> &AccountEntry {
        &self.access.accounts[entry as usize]
    }

    fn ask(&mut self, waiting: Waiting, key: Key, field: ReadField) -> Step {
        self.waiting = Some(waiting);
        Err(Stop::Yield(Yield::State(key, field)))
    }

    fn ask_account(&mut self, entry: u32, field: ReadField) -> Step {
        let key = Key { kind: KeyKind::Account, address: self.account(entry).address, slot: U256::ZERO };
        self.ask(Waiting::Account(entry, field), key, field)
    }

    fn need_slot(&mut self, entry: u32) -> Step {
        let slot = &self.access.storage[entry as usize];
        if slot.original.is_some() {
            return Ok(());
        }
        let key = Key { kind: KeyKind::Storage, address: slot.address, slot: slot.slot };
        if self.access.is_created(&key.address) {
            // Nothing was there before this transaction.
            self.access.storage[entry as usize].original = Some(U256::ZERO);
            return Ok(());
        }
        self.ask(Waiting::Storage(entry), key, ReadField::Value)
    }

    pub(super) fn need_code(&mut self, entry: u32) -> Result<CodeRef, Stop> {
        match self.account(entry).code {
            Some(code) => Ok(code),
            None => self.ask_account(entry, ReadField::Code).map(|()| CodeRef::default()),
        }
    }

    fn need_nonce(&mut self, entry: u32) -> Result<u64, Stop> {
        match self.account(entry).nonce {
            Some(nonce) => Ok(nonce),
            None => self.ask_account(entry, ReadField::Nonce).map(|()| 0),
        }
    }

    fn need_balance(&mut self, entry: u32) -> Result<U256, Stop> {
        if self.overflow {
            return escape(Escape::BalanceOverflow);
        }
        match self.account(entry).balance {
            Some(balance) => Ok(balance),
            // Every commit changes the beneficiary's balance: reading it early would only be aborted.
            None if !self.is_head && self.account(entry).address == self.coinbase => Err(Stop::Yield(Yield::Head)),
            None => self.ask_account(entry, ReadField::Balance).map(|()| U256::ZERO),
        }
    }

    fn is_empty(&mut self, entry: u32) -> Result<bool, Stop> {
        Ok(self.need_code(entry)?.bytes == 0 && self.need_nonce(entry)? == 0 && self.need_balance(entry)?.is_zero())
    }

    fn get(&mut self, handle: U256, field: Option<Field>, code: &CodeStore) -> Result<U256, Stop> {
        let (entry, storage) = self.entry(handle)?;
        match (field, storage) {
            (Some(Field::Balance), false) => self.need_balance(entry),
            (Some(Field::Nonce), false) => self.need_nonce(entry).map(U256::from),
            (Some(Field::CodeSize), false) => Ok(U256::from(self.need_code(entry)?.bytes)),
            (Some(Field::Empty), false) => Ok(U256::from(u8::from(self.is_empty(entry)?))),
            (Some(Field::ExtHash), false) => {
                let hash = self.need_code(entry)?.hash;
                Ok(if self.is_empty(entry)? { U256::ZERO } else { U256::from_be_bytes(hash.0) })
            }
            (Some(Field::Delegate), false) => {
                let target = image_of(self.need_code(entry)?, code)?.and_then(|image| image.delegate);
                Ok(target.map_or(U256::ZERO, |target| {
                    U256::from_be_slice(target.as_slice()) | U256::from(1) << DELEGATE_BIT
                }))
            }
            (Some(Field::Created), false) => Ok(U256::from(u8::from(self.account(entry).created))),
            (Some(Field::Destroyed), false) => Ok(U256::from(u8::from(self.account(entry).destroyed))),
            (Some(Field::Precompile), false) => {
                Ok(U256::from(u8::from(self.is_precompile(&self.account(entry).address))))
            }
            (Some(Field::Value), true) => {
                self.need_slot(entry)?;
                Ok(self.access.storage[entry as usize].value)
            }
            (Some(Field::Original), true) => {
                self.need_slot(entry)?;
                Ok(self.access.storage[entry as usize].original.unwrap_or_default())
            }
            _ => super::exec::defect(),
        }
    }

    fn set(&mut self, handle: U256, field: Option<Field>, value: U256) -> Step {
        let (entry, storage) = self.entry(handle)?;
        let written = match (field, storage) {
            (Some(Field::Balance), false) => self.access.set_balance(entry, value),
            (Some(Field::Nonce), false) => self.access.set_nonce(entry, value.saturating_to()),
            (Some(Field::Created), false) => self.access.set_created(entry),
            (Some(Field::Destroyed), false) => self.access.set_destroyed(entry),
            (Some(Field::Value), true) => self.access.set_storage(entry, value),
            _ => return super::exec::defect(),
        };
        written.or_else(|_| escape(Escape::UndoCapacity))
    }

    /// Code of an account: a delegation (EIP-7702) or what init code returned.
    pub(super) fn set_code(&mut self, handle: U256, hash: U256, packed: U256) -> Step {
        let (entry, _) = self.entry(handle)?;
        self.need_code(entry)?;
        let code = CodeRef { hash: B256::from(hash), ..code_ref(packed) };
        self.access.set_code(entry, code).or_else(|_| escape(Escape::UndoCapacity))
    }

    fn block_hash(&mut self, number: U256) -> Result<U256, Stop> {
        let current = self.env[NUMBER as usize];
        if number >= current || current - number > U256::from(BLOCK_HASHES) {
            return Ok(U256::ZERO);
        }
        if let Some((known, hash)) = self.block_hash
            && known == number
        {
            return Ok(hash);
        }
        let key = Key { kind: KeyKind::BlockHash, address: Address::ZERO, slot: number };
        self.ask(Waiting::BlockHash(number), key, ReadField::Value).map(|()| U256::ZERO)
    }

    fn emit_log(&mut self, offset: U256, len: U256) -> Step {
        if self.is_static {
            self.topics.clear();
            return self.halt(Halt::Static);
        }
        let (offset, len) = self.memory_range(offset, len)?;
        let topics = self.topics.split_off(0);
        self.charge(U256::from(8 * len as u64))?;
        self.log_bytes += 32 + 32 * topics.len() + pad32(len);
        if self.log_bytes > self.log_capacity {
            return escape(Escape::LogCapacity);
        }
        self.stall = LOG_CYCLES + (len as u64).div_ceil(COPY_BYTES_PER_CYCLE);
        let data = self.arena.get(offset, len).to_vec();
        self.logs.push(LogEntry { address: self.address(), topics, data });
        Ok(())
    }

    /// 32-byte word of the payload; zero beyond its end.
    pub(super) fn payload_word(&self, index: U256) -> U256 {
        let start = index.saturating_to::<usize>().saturating_mul(32);
        self.payload.get(start..start.saturating_add(32)).map_or(U256::ZERO, U256::from_le_slice)
    }
}
