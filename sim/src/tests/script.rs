//! A scripted lane and a trivial sequential executor over a plain map.

use crate::attempt::Attempt;
use crate::image::CodeStore;
use crate::lane::*;
use crate::records::{FillValue, NO_CODE, Write};
use alloy_primitives::{Address, B256, U256};
use gaslane_abi::codes::{Assist, CardError, Escape, Halt, KeyKind, Status};
use gaslane_abi::env;
use gaslane_hdl::CardConfig;
use std::collections::BTreeMap;

/// Deterministic random numbers.
#[derive(Clone, Debug)]
pub struct Rng(pub u64);

impl Rng {
    pub fn below(&mut self, bound: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ z >> 30).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ z >> 27).wrapping_mul(0x94d0_49bb_1331_11eb);
        (z ^ z >> 31) % bound
    }

    pub fn chance(&mut self, percent: u64) -> bool {
        self.below(100) < percent
    }
}

pub fn address(a: u8) -> Address {
    Address::with_last_byte(a)
}

pub fn account(a: u8) -> Key {
    Key { kind: KeyKind::Account, address: address(a), slot: U256::ZERO }
}

pub fn storage(a: u8, b: u8) -> Key {
    Key { kind: KeyKind::Storage, address: address(a), slot: U256::from(b) }
}

pub fn code(k: u8) -> CodeRef {
    CodeRef { hash: B256::with_last_byte(k), handle: k.into(), bytes: 10 }
}

pub const WORK: u8 = 0;
pub const SLOAD: u8 = 1;
pub const SSTORE: u8 = 2;
pub const CREDIT: u8 = 3;
pub const BALANCE: u8 = 4;
pub const SET_BALANCE: u8 = 5;
pub const NONCE: u8 = 6;
pub const HEAD: u8 = 7;
pub const ESCAPE: u8 = 8;
pub const BLOCK_HASH: u8 = 9;
pub const TOUCH: u8 = 10;
pub const SET_CODE: u8 = 11;
pub const CODE: u8 = 12;
pub const DRAIN: u8 = 13;
pub const HUGE_CREDIT: u8 = 14;
pub const ASK: u8 = 15;
pub const DESTROY: u8 = 16;
pub const BREAK: u8 = 17;
pub const OPS: u64 = 17;

/// Instruction: code and two operands.
pub type Op = [u8; 3];

/// Payload whose calldata is the script.
pub fn payload(script: &[Op]) -> Vec<u8> {
    let calldata: Vec<u8> = script.iter().flatten().copied().collect();
    let mut out = vec![0; env::TX_WORDS * 32];
    out[32 * env::CALLDATA_LEN as usize..][..4].copy_from_slice(&(calldata.len() as u32).to_le_bytes());
    out.extend_from_slice(&calldata);
    out.resize(out.len().div_ceil(32) * 32, 0);
    out
}

/// Runs a script against values that it is given one by one.
#[derive(Debug, Default)]
pub struct Script {
    script: Vec<Op>,
    pc: usize,
    cycle: u64,
    acc: u64,
    asked: Option<(Key, ReadField)>,
    is_head: bool,
    /// Escapes do nothing: the host executes.
    on_host: bool,
    accounts: Vec<AccountEntry>,
    storage: Vec<StorageEntry>,
    hashes: BTreeMap<u8, U256>,
    request: HostRequest,
    answer: Option<HostAnswer>,
    waits: u64,
}

/// What the host computes for a request with that argument and input.
pub fn host_computes(arg: U256, input: &[u8]) -> U256 {
    input.iter().fold(arg, |sum, byte| sum.wrapping_mul(U256::from(31)).wrapping_add(U256::from(*byte)))
}

impl Script {
    fn account(&mut self, a: u8) -> &mut AccountEntry {
        let address = address(a);
        if let Some(at) = self.accounts.iter().position(|entry| entry.address == address) {
            return &mut self.accounts[at];
        }
        self.accounts.push(AccountEntry {
            address,
            warm: true,
            touched: false,
            balance: None,
            balance_dirty: false,
            delta: U256::ZERO,
            nonce: None,
            nonce_dirty: false,
            code: None,
            code_dirty: false,
            created: false,
            destroyed: false,
        });
        self.accounts.last_mut().unwrap()
    }

    fn mix(&mut self, value: u64) {
        self.acc = (self.acc.rotate_left(5) ^ value).wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 7;
    }

    fn ask(&self, key: Key, field: ReadField) -> Result<(), Yield> {
        Err(Yield::State(key, field))
    }

    fn balance(&mut self, a: u8) -> Result<U256, Yield> {
        match self.account(a).balance {
            Some(balance) => Ok(balance),
            None => self.ask(account(a), ReadField::Balance).map(|()| U256::ZERO),
        }
    }

    fn slot(&mut self, a: u8, b: u8) -> Result<&mut StorageEntry, Yield> {
        let key = storage(a, b);
        match self.storage.iter().position(|entry| storage_is(entry, &key)) {
            Some(at) => Ok(&mut self.storage[at]),
            None => Err(Yield::State(key, ReadField::Value)),
        }
    }

    fn step(&mut self, [op, a, b]: Op) -> Result<(), Yield> {
        match op {
            WORK => {
                self.cycle += u64::from(a);
                if b > 0 {
                    self.acc = b.into();
                }
            }
            SLOAD => {
                let value = self.slot(a, b)?.value;
                self.mix(value.wrapping_to());
            }
            SSTORE => {
                let value = U256::from(self.acc & 3);
                let slot = self.slot(a, b)?;
                (slot.value, slot.dirty) = (value, true);
            }
            CREDIT | HUGE_CREDIT => {
                let amount = if op == CREDIT { U256::from(b) } else { U256::MAX - U256::from(b) };
                let entry = self.account(a);
                entry.touched = true;
                match (&mut entry.balance, entry.delta.checked_add(amount)) {
                    (Some(balance), _) => {
                        *balance = balance.wrapping_add(amount);
                        entry.balance_dirty = true;
                    }
                    (None, Some(delta)) => entry.delta = delta,
                    (None, None) => {}
                }
            }
            BALANCE => {
                let balance = self.balance(a)?;
                self.mix(balance.wrapping_to());
            }
            SET_BALANCE => {
                let balance = self.balance(a)?.wrapping_add(U256::from(self.acc & 3));
                let entry = self.account(a);
                (entry.balance, entry.balance_dirty, entry.touched) = (Some(balance), true, true);
            }
            NONCE => {
                let Some(nonce) = self.account(a).nonce else { return self.ask(account(a), ReadField::Nonce) };
                self.mix(nonce);
                let nonce = nonce + (self.acc & 1);
                let entry = self.account(a);
                (entry.nonce, entry.nonce_dirty) = (Some(nonce), true);
            }
            HEAD if !self.is_head && !self.on_host => return Err(Yield::Head),
            ESCAPE if self.acc.is_multiple_of(4) && !self.on_host => return Err(Yield::Escape(Escape::Watchdog)),
            HEAD | ESCAPE => {}
            BLOCK_HASH => match self.hashes.get(&b) {
                Some(&hash) => self.mix(hash.wrapping_to()),
                None => {
                    let key = Key { kind: KeyKind::BlockHash, address: Address::ZERO, slot: U256::from(b) };
                    return self.ask(key, ReadField::Value);
                }
            },
            TOUCH => self.account(a).touched = true,
            ASK => {
                let (arg, input) = (U256::from(self.acc), vec![self.acc as u8; usize::from(b)]);
                let value = match self.answer.take() {
                    Some(answer) => answer.value,
                    None if self.on_host => host_computes(arg, &input),
                    None => {
                        self.request = HostRequest { kind: Some(Assist::Precompile), args: [arg; 3], input };
                        return Err(Yield::Ask);
                    }
                };
                self.mix(value.wrapping_to());
            }
            DESTROY => self.account(a).destroyed = true,
            SET_CODE | CODE => {
                let Some(old) = self.account(a).code else { return self.ask(account(a), ReadField::Code) };
                self.mix(old.hash.0[31].into());
                if op == SET_CODE {
                    let new = if self.acc & 1 == 0 { CodeRef::default() } else { code(1 + (self.acc >> 1 & 1) as u8) };
                    let entry = self.account(a);
                    (entry.code, entry.code_dirty) = (Some(new), true);
                }
            }
            DRAIN => {
                self.balance(a)?;
                if self.account(a).nonce.is_none() {
                    return self.ask(account(a), ReadField::Nonce);
                }
                if self.account(a).code.is_none() {
                    return self.ask(account(a), ReadField::Code);
                }
                let entry = self.account(a);
                (entry.balance, entry.balance_dirty, entry.touched) = (Some(U256::ZERO), true, true);
                (entry.nonce, entry.nonce_dirty) = (Some(0), true);
                (entry.code, entry.code_dirty) = (Some(CodeRef::default()), true);
            }
            _ => return Err(Yield::Error(CardError::BadInstruction)),
        }
        self.cycle += 3;
        Ok(())
    }

    fn go(&mut self) -> Yield {
        while let Some(&op) = self.script.get(self.pc) {
            if let Err(stop) = self.step(op) {
                if let Yield::State(key, field) = stop {
                    self.asked = Some((key, field));
                }
                return stop;
            }
            self.pc += 1;
        }
        Yield::Done
    }

    fn take(&mut self, value: StateValue) {
        let (key, _) = self.asked.take().unwrap();
        let a = key.address.0[19];
        match (key.kind, value) {
            (KeyKind::Account, StateValue::Word(balance)) => {
                let entry = self.account(a);
                entry.balance = Some(balance.wrapping_add(entry.delta));
                entry.balance_dirty = !entry.delta.is_zero();
            }
            (KeyKind::Account, StateValue::Nonce(nonce)) => self.account(a).nonce = Some(nonce),
            (KeyKind::Account, StateValue::Code(code)) => self.account(a).code = Some(code),
            (KeyKind::Storage, StateValue::Word(value)) => self.storage.push(StorageEntry {
                address: key.address,
                slot: key.slot,
                warm: true,
                original: Some(value),
                value,
                dirty: false,
            }),
            (KeyKind::BlockHash, StateValue::Word(hash)) => {
                self.hashes.insert(key.slot.wrapping_to(), hash);
            }
            other => panic!("wrong kind of answer: {other:?}"),
        }
    }

    fn outcome(&mut self) -> Outcome {
        Outcome {
            status: Status::Success,
            halt: Halt::None,
            gas_used: self.acc & 0xffff,
            gas_refunded: 0,
            output: self.acc.to_le_bytes().to_vec(),
            accounts: std::mem::take(&mut self.accounts),
            storage: std::mem::take(&mut self.storage),
            logs: vec![LogEntry { address: address(9), topics: vec![B256::with_last_byte(1)], data: vec![1, 2, 3] }],
            counters: AttemptCounters { program_words: self.pc as u64, ..Default::default() },
        }
    }
}

fn storage_is(entry: &StorageEntry, key: &Key) -> bool {
    entry.address == key.address && entry.slot == key.slot
}

impl Attempt for Script {
    fn create(_: &CardConfig) -> Self {
        Self::default()
    }

    fn cycle(&self) -> u64 {
        self.cycle
    }

    fn start(&mut self, job: Job, cycle: u64) {
        let len = u32::from_le_bytes(job.payload[32 * env::CALLDATA_LEN as usize..][..4].try_into().unwrap());
        let script = &job.payload[env::TX_WORDS * 32..][..len as usize];
        *self = Self {
            script: script.chunks_exact(3).map(|op| op.try_into().unwrap()).collect(),
            cycle,
            ..Self::default()
        };
    }

    fn run(&mut self, _: &CodeStore, _: u64) -> Yield {
        self.go()
    }

    fn supply(&mut self, value: StateValue, cycle: u64) {
        assert!(cycle >= self.cycle, "an answer from the past");
        self.waits += cycle - self.cycle;
        self.cycle = cycle;
        self.take(value);
    }

    fn resume_as_head(&mut self, cycle: u64) {
        assert!(cycle >= self.cycle);
        self.cycle = cycle;
        self.is_head = true;
    }

    fn resume(&mut self, cycle: u64) {
        self.cycle = cycle;
    }

    fn request(&self) -> &HostRequest {
        &self.request
    }

    fn answer(&mut self, answer: HostAnswer, cycle: u64) {
        assert!(cycle >= self.cycle, "an answer from the past");
        self.cycle = cycle;
        self.answer = Some(answer);
    }

    fn take_outcome(&mut self) -> Option<Outcome> {
        Some(self.outcome())
    }
}

/// State as a plain map. Absent accounts and zero slots have no entry.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct World {
    pub accounts: BTreeMap<Address, (U256, u64, CodeRef)>,
    pub storage: BTreeMap<(Address, U256), U256>,
}

impl World {
    pub fn account(&self, address: Address) -> (U256, u64, CodeRef) {
        self.accounts.get(&address).copied().unwrap_or((U256::ZERO, 0, NO_CODE))
    }

    pub fn value(&self, key: &Key) -> FillValue {
        match key.kind {
            KeyKind::Account => {
                let (balance, nonce, code) = self.account(key.address);
                FillValue::Account { balance, nonce, code, exists: self.accounts.contains_key(&key.address) }
            }
            KeyKind::Storage => {
                FillValue::Word(self.storage.get(&(key.address, key.slot)).copied().unwrap_or_default())
            }
            KeyKind::BlockHash => FillValue::Word(key.slot * U256::from(77)),
        }
    }

    /// Executes a script on the host; returns what it changed and its result.
    pub fn execute(&self, script: &[Op]) -> (Vec<(Key, Write)>, u64) {
        let mut run = Script { script: script.to_vec(), on_host: true, ..Script::default() };
        loop {
            match run.go() {
                Yield::State(key, field) => {
                    let value = match (self.value(&key), field) {
                        (FillValue::Unavailable, _) => unreachable!("the world knows every key"),
                        (FillValue::Word(word), _) => StateValue::Word(word),
                        (FillValue::Account { balance, .. }, ReadField::Balance) => StateValue::Word(balance),
                        (FillValue::Account { nonce, .. }, ReadField::Nonce) => StateValue::Nonce(nonce),
                        (FillValue::Account { code, .. }, _) => StateValue::Code(code),
                    };
                    run.take(value);
                }
                Yield::Done => break,
                other => panic!("{other:?} on the host"),
            }
        }
        let acc = run.acc;
        (self.writes(&run.outcome()), acc)
    }

    /// Absolute write set of an outcome, written without looking at the card's commit unit.
    fn writes(&self, outcome: &Outcome) -> Vec<(Key, Write)> {
        let mut writes = Vec::new();
        for entry in &outcome.accounts {
            let old = self.account(entry.address);
            let balance = entry.balance.unwrap_or(old.0.wrapping_add(entry.delta));
            let new = (balance, entry.nonce.unwrap_or(old.1), entry.code.unwrap_or(old.2));
            let empty = new.0.is_zero() && new.1 == 0 && new.2.bytes == 0;
            let deleted = empty || entry.destroyed;
            if deleted && !self.accounts.contains_key(&entry.address) {
                continue;
            }
            let key = Key { kind: KeyKind::Account, address: entry.address, slot: U256::ZERO };
            let write = crate::records::AccountWrite {
                balance: Some(new.0),
                nonce: Some(new.1),
                code: Some(new.2),
                deleted,
                clear_storage: entry.destroyed,
            };
            writes.push((key, Write::Account(write)));
        }
        let gone = |address| outcome.accounts.iter().any(|entry| entry.destroyed && entry.address == address);
        for entry in outcome.storage.iter().filter(|entry| entry.dirty && !gone(entry.address)) {
            let key = Key { kind: KeyKind::Storage, address: entry.address, slot: entry.slot };
            writes.push((key, Write::Word(entry.value)));
        }
        writes
    }

    /// Applies a whole write set: storage is cleared before anything is written.
    pub fn apply_set<'w>(&mut self, writes: impl Iterator<Item = (&'w Key, &'w Write)> + Clone) {
        for (key, _) in writes.clone().filter(|(_, write)| write.clears_storage()) {
            self.clear_storage(key.address);
        }
        for (key, write) in writes {
            self.apply(key, write);
        }
    }

    pub fn clear_storage(&mut self, address: Address) {
        self.storage.retain(|(owner, _), _| *owner != address);
    }

    pub fn apply(&mut self, key: &Key, write: &Write) {
        match write {
            Write::Word(value) if value.is_zero() => {
                self.storage.remove(&(key.address, key.slot));
            }
            Write::Word(value) => {
                self.storage.insert((key.address, key.slot), *value);
            }
            Write::Account(write) if write.deleted => {
                self.accounts.remove(&key.address);
            }
            Write::Account(write) => {
                let old = self.account(key.address);
                let code = crate::records::canonical(write.code.unwrap_or(old.2));
                let new = (write.balance.unwrap_or(old.0), write.nonce.unwrap_or(old.1), code);
                self.accounts.insert(key.address, new);
            }
        }
    }
}
