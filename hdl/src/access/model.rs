//! What the access unit does, with exactly the cycles that it takes.
//!
//! [`AccessModel::run`] counts the cycles from `start` to `done` without those in which the unit holds `state_request` or
//! `head_wait`: how long those last is not the unit's doing. Each wait for state has one cycle at least.

use gaslane_abi::{
    codes::{Escape, KeyKind},
    isa::Field,
};

use super::layout::{
    ACCOUNT, AccessOp, AddressLimbs, DEFECT, Entry, Limbs, OK, STORAGE, TRANSIENT, UndoKind, index_hash,
};

/// BLOCKHASH reaches back this far.
const BLOCK_HASHES: u64 = 256;
/// The RIPEMD-160 precompile, whose touch no revert undoes.
const STICKY_TOUCH: AddressLimbs = [3, 0, 0];

/// Cycles that the steps of an operation take.
mod cost {
    /// Registers the operands and gives the result.
    pub const START: u64 = 1;
    /// Finds where a key belongs.
    pub const HASH: u64 = 1;
    /// Reads a place of the index.
    pub const PROBE: u64 = 1;
    /// Reads and compares row 0 of an entry.
    pub const HEAD: u64 = 2;
    /// Compares the slot, too.
    pub const SLOT: u64 = 1;
    /// Looks at the entry.
    pub const EVALUATE: u64 = 1;
    /// Makes an entry, or sees that there is no room.
    pub const MISS: u64 = 1;
    /// Writes the slot of an entry.
    pub const MISS_SLOT: u64 = 2;
    /// Reads an entry by its handle.
    pub const HANDLE: u64 = 2;
    /// Writes an undo record and one row.
    pub const RECORD: u64 = 1;
    /// Reads and writes code.
    pub const SET_CODE: u64 = 3;
    /// Keeps the operands of SETCODE while state is asked for.
    pub const STASH: u64 = 1;
    /// Adds 256 bits and writes the sum.
    pub const ADD: u64 = 5;
    /// Reads a further row.
    pub const FETCH: u64 = 2;
    /// Compares an address with the precompiles.
    pub const PRECOMPILE: u64 = 1;
    /// Sees whether the account of a slot may be new.
    pub const NEED_SLOT: u64 = 1;
    /// Comes back to the slot's entry.
    pub const RESTORE: u64 = 3;
    /// Puts up a key.
    pub const ASK: u64 = 2;
    /// Takes an answer.
    pub const SUPPLY: u64 = 1;
    /// Reads the entry again.
    pub const RELOAD: u64 = 2;
    /// Compares block numbers.
    pub const BLOCK: u64 = 2;
}

/// Key of committed state.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Key {
    /// Its kind.
    pub kind: KeyKind,
    /// Account, zero for a block hash.
    pub address: AddressLimbs,
    /// Slot or block number, zero for an account.
    pub slot: Limbs,
}

/// What is asked for, as the port `state_field` numbers it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub enum Asked {
    /// Balance, value of a slot, or block hash.
    Value = 0,
    /// Nonce.
    Nonce = 1,
    /// Code hash, with handle and size.
    Code = 2,
}

/// Committed state: what a key holds, and for [`Asked::Code`] handle << 32 | size.
pub trait State {
    /// Answers a request.
    fn read(&mut self, key: Key, asked: Asked) -> (Limbs, u64);
}

/// The unit's environment registers.
#[derive(Clone, Copy, Debug, Default)]
pub struct Environment {
    /// ADDRESS of the frame.
    pub address: AddressLimbs,
    /// Block number; block numbers have 64 bits.
    pub number: u64,
    /// Greatest address of the contiguous precompiles.
    pub precompile_last: u32,
    /// Address of a further precompile, or zero.
    pub precompile_extra: u32,
}

impl Environment {
    /// Whether an address is a precompile's.
    pub fn is_precompile(&self, address: &AddressLimbs) -> bool {
        let [low, middle, high] = *address;
        let Ok(number) = u32::try_from(low) else { return false };
        (middle, high) == (0, 0) && number != 0 && (number <= self.precompile_last || number == self.precompile_extra)
    }
}

/// Operands of an operation.
#[derive(Clone, Copy, Debug)]
pub struct Operands {
    /// Number of an [`AccessOp`].
    pub op: u8,
    /// Number of a [`Field`].
    pub field: u8,
    /// Operand a.
    pub a: Limbs,
    /// Operand b.
    pub b: Limbs,
    /// Code handle << 32 | bytes.
    pub packed: u64,
}

/// What an operation gives.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Reply {
    /// Result, if the operation has one and it went well.
    pub result: Option<Limbs>,
    /// The entry was cold.
    pub cold: bool,
    /// [`OK`], an escape, or [`DEFECT`].
    pub outcome: u8,
    /// Cycles from `start` to `done` without waiting.
    pub cycles: u64,
}

/// Record of the undo log.
#[derive(Clone, Copy, Debug)]
struct Undo {
    kind: UndoKind,
    entry: usize,
    value: Limbs,
    limb: u64,
}

/// The model.
#[derive(Debug)]
pub struct AccessModel {
    /// Environment registers.
    pub environment: Environment,
    /// Entries in order of first touch.
    pub entries: Vec<Entry>,
    /// Whether a balance that was read exceeded 256 bits with its credits.
    pub overflow: bool,
    /// Entry of each place of the index.
    places: Vec<Option<usize>>,
    undo: Vec<Undo>,
    created: usize,
    block_hash: Option<(u64, Limbs)>,
    undo_capacity: usize,
    cycles: u64,
    cold: bool,
}

fn escape<T>(reason: Escape) -> Result<T, u8> {
    Err(reason as u8)
}

fn word(value: u64) -> Limbs {
    [value, 0, 0, 0]
}

fn add(a: Limbs, b: Limbs) -> (Limbs, bool) {
    let mut carry = 0;
    let sum = std::array::from_fn(|i| {
        let sum = u128::from(a[i]) + u128::from(b[i]) + carry;
        carry = sum >> 64;
        sum as u64
    });
    (sum, carry != 0)
}

fn subtract(a: Limbs, b: Limbs) -> Limbs {
    let (sum, _) = add(a, b.map(|limb| !limb));
    add(sum, word(1)).0
}

fn to_address(value: Limbs) -> AddressLimbs {
    [value[0], value[1], value[2] & 0xffff_ffff]
}

impl AccessModel {
    /// A unit with the sizes of `AccessUnit<ENTRY_BITS, UNDO_BITS>`.
    pub fn new(entry_bits: u32, undo_bits: u32) -> Self {
        Self {
            environment: Environment::default(),
            entries: vec![],
            overflow: false,
            places: vec![None; 2 << entry_bits],
            undo: vec![],
            created: 0,
            block_hash: None,
            undo_capacity: 1 << undo_bits,
            cycles: 0,
            cold: false,
        }
    }

    /// Forgets everything but the environment.
    pub fn clear(&mut self) {
        self.entries.clear();
        self.overflow = false;
        self.places.fill(None);
        self.undo.clear();
        self.created = 0;
        self.block_hash = None;
    }

    /// Number of undo records.
    pub fn mark(&self) -> usize {
        self.undo.len()
    }

    /// Runs an operation.
    pub fn run(&mut self, operands: &Operands, state: &mut dyn State) -> Reply {
        (self.cycles, self.cold) = (cost::START, false);
        let result = self.operate(operands, state);
        let (result, outcome) = match result {
            Ok(result) => (result, OK),
            Err(outcome) => (None, outcome),
        };
        Reply { result, cold: self.cold, outcome, cycles: self.cycles }
    }

    fn operate(&mut self, operands: &Operands, state: &mut dyn State) -> Result<Option<Limbs>, u8> {
        let &Operands { op, field, a, b, packed } = operands;
        let account = to_address(a);
        let handle = |entry: usize, storage: bool| Some(word((entry as u64) << 1 | u64::from(storage)));
        match AccessOp::ALL.get(op as usize) {
            Some(AccessOp::OpenAccount) => Ok(handle(self.open_account(account)?, false)),
            Some(AccessOp::OpenSlot) => Ok(handle(self.open_slot(a)?, true)),
            Some(AccessOp::Sload) => {
                let entry = self.open_slot(a)?;
                self.need_slot(entry, state);
                self.warm(entry)?;
                Ok(Some(self.value(entry)))
            }
            Some(AccessOp::Tload) => {
                let address = self.environment.address;
                let (found, _) = self.find(TRANSIENT, &address, &a);
                self.cycles += if found.is_some() { cost::EVALUATE } else { cost::MISS };
                Ok(Some(found.map_or([0; 4], |entry| self.value(entry))))
            }
            Some(AccessOp::Tstore) => {
                let address = self.environment.address;
                let entry = self.open(TRANSIENT, address, a)?;
                self.write_value(entry, b)?;
                Ok(None)
            }
            Some(AccessOp::TouchAccount) => {
                let entry = self.open_account(account)?;
                self.warm(entry)?;
                Ok(handle(entry, false))
            }
            Some(AccessOp::Warm) => {
                let (entry, _) = self.entry(a, |_| true)?;
                self.warm(entry)?;
                Ok(Some(word(u64::from(self.cold))))
            }
            Some(AccessOp::Get) => self.get(a, field, state).map(Some),
            Some(AccessOp::Set) => self.set(a, field, b).map(|()| None),
            Some(AccessOp::Credit) => self.credit(a, b).map(|()| None),
            Some(AccessOp::BlockHash) => Ok(Some(self.hash_of_block(a, state))),
            Some(AccessOp::SetCode) => {
                let (entry, _) = self.entry(a, |storage| !storage)?;
                if self.code(entry).is_none() {
                    self.cycles += cost::STASH;
                }
                let (hash, old) = self.need_code(entry, state);
                self.cycles += cost::SET_CODE - 1;
                self.log(Undo { kind: UndoKind::Code, entry, value: hash, limb: old })?;
                self.cycles += 1;
                if let Entry::Account { code, code_dirty, .. } = &mut self.entries[entry] {
                    (*code, *code_dirty) = (Some((b, packed)), true);
                }
                Ok(None)
            }
            Some(AccessOp::Code) => {
                let (entry, _) = self.entry(a, |storage| !storage)?;
                Ok(Some(word(self.need_code(entry, state).1)))
            }
            Some(AccessOp::Undo) => {
                self.undo_to(a);
                Ok(None)
            }
            None => {
                self.cycles += cost::HANDLE + cost::EVALUATE;
                Err(DEFECT)
            }
        }
    }

    /// The entry of a key, and else the free place where it belongs.
    fn find(&mut self, kind: u16, address: &AddressLimbs, slot: &Limbs) -> (Option<usize>, usize) {
        self.cycles += cost::HASH;
        let mask = self.places.len() - 1;
        let mut place = usize::from(index_hash(kind, address, slot)) & mask;
        loop {
            self.cycles += cost::PROBE;
            let Some(entry) = self.places[place] else { return (None, place) };
            self.cycles += cost::HEAD;
            let (found_kind, found_address, found_slot) = match &self.entries[entry] {
                Entry::Account { address, .. } => (ACCOUNT, address, None),
                Entry::Storage { address, slot, .. } => (STORAGE, address, Some(slot)),
                Entry::Transient { address, slot, .. } => (TRANSIENT, address, Some(slot)),
            };
            let same = (found_kind, found_address) == (kind, address);
            if kind != ACCOUNT {
                self.cycles += cost::SLOT;
            }
            if same && (kind == ACCOUNT || found_slot == Some(slot)) {
                return (Some(entry), place);
            }
            // The last comparison is looked at with the entry.
            if same || kind == ACCOUNT {
                self.cycles += cost::EVALUATE;
            }
            place = (place + 1) & mask;
        }
    }

    fn open(&mut self, kind: u16, address: AddressLimbs, slot: Limbs) -> Result<usize, u8> {
        let (found, place) = self.find(kind, &address, &slot);
        if let Some(entry) = found {
            self.cycles += cost::EVALUATE;
            return Ok(entry);
        }
        self.cycles += cost::MISS;
        // One entry's rows are needed for other things.
        if self.entries.len() >= self.places.len() / 2 - 1 {
            return escape(Escape::AccessCapacity);
        }
        self.cycles += cost::EVALUATE + if kind == ACCOUNT { 0 } else { cost::MISS_SLOT };
        self.places[place] = Some(self.entries.len());
        self.entries.push(match kind {
            ACCOUNT => Entry::Account {
                address,
                warm: self.environment.is_precompile(&address),
                touched: false,
                balance: None,
                balance_dirty: false,
                delta: [0; 4],
                nonce: None,
                nonce_dirty: false,
                code: None,
                code_dirty: false,
                created: false,
                destroyed: false,
            },
            STORAGE => Entry::Storage { address, slot, warm: false, original: None, value: [0; 4], dirty: false },
            _ => Entry::Transient { address, slot, value: [0; 4] },
        });
        Ok(self.entries.len() - 1)
    }

    fn open_account(&mut self, address: AddressLimbs) -> Result<usize, u8> {
        self.open(ACCOUNT, address, [0; 4])
    }

    fn open_slot(&mut self, slot: Limbs) -> Result<usize, u8> {
        self.open(STORAGE, self.environment.address, slot)
    }

    /// Entry of a handle and whether it is a slot; `fits` says what the operation takes.
    fn entry(&mut self, handle: Limbs, fits: impl Fn(bool) -> bool) -> Result<(usize, bool), u8> {
        self.cycles += cost::HANDLE + cost::EVALUATE;
        let ([low, 0, 0, 0], storage) = (handle, handle[0] & 1 == 1) else { return Err(DEFECT) };
        let entry = usize::try_from(low >> 1).unwrap_or(usize::MAX);
        let known = match self.entries.get(entry) {
            Some(Entry::Account { .. }) => !storage,
            Some(Entry::Storage { .. }) => storage,
            _ => false,
        };
        if known && fits(storage) { Ok((entry, storage)) } else { Err(DEFECT) }
    }

    fn log(&mut self, record: Undo) -> Result<(), u8> {
        if self.undo.len() >= self.undo_capacity {
            return escape(Escape::UndoCapacity);
        }
        self.undo.push(record);
        Ok(())
    }

    fn log_mark(&mut self, kind: UndoKind, entry: usize) -> Result<(), u8> {
        self.log(Undo { kind, entry, value: [0; 4], limb: 0 })
    }

    fn warm(&mut self, entry: usize) -> Result<(), u8> {
        let (Entry::Account { warm, .. } | Entry::Storage { warm, .. }) = self.entries[entry] else { return Ok(()) };
        if warm {
            return Ok(());
        }
        self.cycles += cost::RECORD;
        self.log_mark(UndoKind::Warm, entry)?;
        self.cold = true;
        if let Entry::Account { warm, .. } | Entry::Storage { warm, .. } = &mut self.entries[entry] {
            *warm = true;
        }
        Ok(())
    }

    /// Balance, credits of an unread balance, or value.
    fn value(&self, entry: usize) -> Limbs {
        match self.entries[entry] {
            Entry::Account { balance, delta, .. } => balance.unwrap_or(delta),
            Entry::Storage { value, .. } | Entry::Transient { value, .. } => value,
        }
    }

    fn write_value(&mut self, entry: usize, new: Limbs) -> Result<(), u8> {
        self.cycles += cost::RECORD;
        self.log(Undo { kind: UndoKind::Value, entry, value: self.value(entry), limb: 0 })?;
        match &mut self.entries[entry] {
            Entry::Account { balance, balance_dirty, delta, .. } => {
                (*balance, *balance_dirty, *delta) = (Some(new), true, [0; 4]);
            }
            Entry::Storage { value, dirty, .. } => (*value, *dirty) = (new, true),
            Entry::Transient { value, .. } => *value = new,
        }
        Ok(())
    }

    fn ask(&mut self, entry: usize, asked: Asked, state: &mut dyn State) {
        self.cycles += cost::ASK + cost::SUPPLY + cost::RELOAD + cost::EVALUATE;
        let (kind, key_address, slot) = match &self.entries[entry] {
            Entry::Account { address, .. } => (KeyKind::Account, *address, [0; 4]),
            Entry::Storage { address, slot, .. } | Entry::Transient { address, slot, .. } => {
                (KeyKind::Storage, *address, *slot)
            }
        };
        let (committed, packed) = state.read(Key { kind, address: key_address, slot }, asked);
        match (&mut self.entries[entry], asked) {
            (Entry::Account { balance, balance_dirty, delta, .. }, Asked::Value) => {
                self.cycles += cost::SUPPLY + cost::ADD;
                let (sum, overflow) = add(committed, *delta);
                self.overflow |= overflow;
                *balance_dirty |= *delta != [0; 4];
                (*balance, *delta) = (Some(sum), [0; 4]);
            }
            (Entry::Account { nonce, .. }, Asked::Nonce) => *nonce = Some(committed[0]),
            (Entry::Account { code, .. }, Asked::Code) => {
                self.cycles += cost::SUPPLY;
                *code = Some((committed, packed));
            }
            (Entry::Storage { original, value, .. }, _) => {
                self.cycles += cost::SUPPLY;
                (*original, *value) = (Some(committed), committed);
            }
            (Entry::Transient { .. }, _) => {}
        }
    }

    fn need_slot(&mut self, entry: usize, state: &mut dyn State) {
        let Entry::Storage { address, original: None, .. } = self.entries[entry] else { return };
        self.cycles += cost::NEED_SLOT;
        if self.created > 0 {
            let (found, _) = self.find(ACCOUNT, &address, &[0; 4]);
            self.cycles += cost::RESTORE + if found.is_some() { cost::EVALUATE } else { 0 };
            if found.is_some_and(|account| matches!(self.entries[account], Entry::Account { created: true, .. })) {
                // Nothing was there before this transaction.
                self.cycles += cost::RELOAD + cost::EVALUATE;
                if let Entry::Storage { original, .. } = &mut self.entries[entry] {
                    *original = Some([0; 4]);
                }
                return;
            }
        }
        self.ask(entry, Asked::Value, state);
    }

    fn code(&self, entry: usize) -> Option<(Limbs, u64)> {
        match self.entries[entry] {
            Entry::Account { code, .. } => code,
            _ => None,
        }
    }

    fn nonce(&self, entry: usize) -> Option<u64> {
        match self.entries[entry] {
            Entry::Account { nonce, .. } => nonce,
            _ => None,
        }
    }

    fn need_code(&mut self, entry: usize, state: &mut dyn State) -> (Limbs, u64) {
        if self.code(entry).is_none() {
            self.ask(entry, Asked::Code, state);
        }
        self.code(entry).unwrap_or_default()
    }

    fn need_nonce(&mut self, entry: usize, state: &mut dyn State) -> u64 {
        if self.nonce(entry).is_none() {
            self.ask(entry, Asked::Nonce, state);
        }
        self.nonce(entry).unwrap_or_default()
    }

    fn need_balance(&mut self, entry: usize, state: &mut dyn State) -> Result<Limbs, u8> {
        if self.overflow {
            return escape(Escape::BalanceOverflow);
        }
        if let Entry::Account { balance: None, .. } = self.entries[entry] {
            self.ask(entry, Asked::Value, state);
        }
        if self.overflow { escape(Escape::BalanceOverflow) } else { Ok(self.value(entry)) }
    }

    fn is_empty(&mut self, entry: usize, state: &mut dyn State) -> Result<bool, u8> {
        if self.need_code(entry, state).1 as u32 != 0 || self.need_nonce(entry, state) != 0 {
            return Ok(false);
        }
        let balance = self.need_balance(entry, state)?;
        self.cycles += cost::FETCH;
        Ok(balance == [0; 4])
    }

    fn get(&mut self, handle: Limbs, field: u8, state: &mut dyn State) -> Result<Limbs, u8> {
        let field = Field::from_u8(field);
        let of_slot = matches!(field, Some(Field::Value | Field::Original));
        // The lane makes Delegate of the code itself.
        let known = !matches!(field, None | Some(Field::Delegate));
        let (entry, _) = self.entry(handle, |storage| known && storage == of_slot)?;
        let flag = |value: bool| Ok(word(u64::from(value)));
        match field {
            Some(Field::Balance) => self.need_balance(entry, state),
            Some(Field::Nonce) => Ok(word(self.need_nonce(entry, state))),
            Some(Field::CodeSize) => Ok(word(self.need_code(entry, state).1 & 0xffff_ffff)),
            Some(Field::Empty) => flag(self.is_empty(entry, state)?),
            Some(Field::ExtHash) => {
                if self.is_empty(entry, state)? {
                    return Ok([0; 4]);
                }
                self.cycles += cost::FETCH;
                Ok(self.need_code(entry, state).0)
            }
            Some(Field::Value | Field::Original) => {
                self.need_slot(entry, state);
                match self.entries[entry] {
                    Entry::Storage { original: Some(original), .. } if field == Some(Field::Original) => Ok(original),
                    _ => Ok(self.value(entry)),
                }
            }
            _ => {
                let Entry::Account { address, created, destroyed, .. } = self.entries[entry] else {
                    return Err(DEFECT);
                };
                match field {
                    Some(Field::Created) => flag(created),
                    Some(Field::Destroyed) => flag(destroyed),
                    _ => {
                        self.cycles += cost::PRECOMPILE;
                        flag(self.environment.is_precompile(&address))
                    }
                }
            }
        }
    }

    fn set(&mut self, handle: Limbs, field: u8, new: Limbs) -> Result<(), u8> {
        let field = Field::from_u8(field);
        let fits = |storage: bool| match field {
            Some(Field::Balance | Field::Nonce | Field::Created | Field::Destroyed) => !storage,
            Some(Field::Value) => storage,
            _ => false,
        };
        let (entry, _) = self.entry(handle, fits)?;
        if matches!(field, Some(Field::Balance | Field::Value)) {
            return self.write_value(entry, new);
        }
        self.cycles += cost::RECORD;
        match field {
            Some(Field::Nonce) => {
                let limb = self.nonce(entry).unwrap_or_default();
                self.log(Undo { kind: UndoKind::Nonce, entry, value: [0; 4], limb })?;
            }
            Some(Field::Created) => {
                self.log_mark(UndoKind::Created, entry)?;
                self.created += 1;
            }
            _ => self.log_mark(UndoKind::Destroyed, entry)?,
        }
        if let Entry::Account { nonce, nonce_dirty, created, destroyed, .. } = &mut self.entries[entry] {
            match field {
                Some(Field::Nonce) => {
                    let saturated = if new[1..] == [0; 3] { new[0] } else { u64::MAX };
                    (*nonce, *nonce_dirty) = (Some(saturated), true);
                }
                Some(Field::Created) => *created = true,
                _ => *destroyed = true,
            }
        }
        Ok(())
    }

    fn credit(&mut self, handle: Limbs, amount: Limbs) -> Result<(), u8> {
        let (entry, _) = self.entry(handle, |storage| !storage)?;
        self.cycles += cost::RECORD;
        if let Entry::Account { address, touched: false, .. } = self.entries[entry] {
            if address != STICKY_TOUCH {
                self.log_mark(UndoKind::Touched, entry)?;
            }
            if let Entry::Account { touched, .. } = &mut self.entries[entry] {
                *touched = true;
            }
        }
        if amount == [0; 4] {
            return Ok(());
        }
        self.cycles += cost::RECORD;
        self.log(Undo { kind: UndoKind::Credit, entry, value: amount, limb: 0 })?;
        self.cycles += cost::ADD;
        let (sum, overflow) = add(self.value(entry), amount);
        if overflow {
            return escape(Escape::BalanceOverflow);
        }
        if let Entry::Account { balance, balance_dirty, delta, .. } = &mut self.entries[entry] {
            match balance {
                Some(balance) => (*balance, *balance_dirty) = (sum, true),
                None => *delta = sum,
            }
        }
        Ok(())
    }

    fn hash_of_block(&mut self, number: Limbs, state: &mut dyn State) -> Limbs {
        self.cycles += cost::BLOCK;
        let [low, 0, 0, 0] = number else { return [0; 4] };
        if low >= self.environment.number || self.environment.number - low > BLOCK_HASHES {
            return [0; 4];
        }
        if let Some((known, hash)) = self.block_hash
            && known == low
        {
            self.cycles += cost::FETCH;
            return hash;
        }
        self.cycles += cost::ASK + cost::SUPPLY;
        let key = Key { kind: KeyKind::BlockHash, address: [0; 3], slot: number };
        let (hash, _) = state.read(key, Asked::Value);
        self.block_hash = Some((low, hash));
        hash
    }

    fn undo_to(&mut self, mark: Limbs) {
        // The log, then its records, then its end are looked at.
        self.cycles += 2;
        let mark = if mark[1..] == [0; 3] { usize::try_from(mark[0]).unwrap_or(usize::MAX) } else { usize::MAX };
        while self.undo.len() > mark {
            let Some(Undo { kind, entry, value: old, limb }) = self.undo.pop() else { return };
            self.cycles += undo_cycles(kind);
            match (&mut self.entries[entry], kind) {
                (Entry::Account { warm, .. } | Entry::Storage { warm, .. }, UndoKind::Warm) => *warm = false,
                (Entry::Account { touched, .. }, UndoKind::Touched) => *touched = false,
                (Entry::Account { created, .. }, UndoKind::Created) => {
                    *created = false;
                    self.created -= 1;
                }
                (Entry::Account { destroyed, .. }, UndoKind::Destroyed) => *destroyed = false,
                (Entry::Account { balance, .. }, UndoKind::Value) => *balance = Some(old),
                (Entry::Storage { value, .. } | Entry::Transient { value, .. }, UndoKind::Value) => *value = old,
                (Entry::Account { balance, delta, .. }, UndoKind::Credit) => {
                    let balance = balance.as_mut().unwrap_or(delta);
                    *balance = subtract(*balance, old);
                }
                (Entry::Account { nonce, .. }, UndoKind::Nonce) => *nonce = Some(limb),
                (Entry::Account { code, .. }, UndoKind::Code) => *code = Some((old, limb)),
                _ => unreachable!("{kind:?} was logged for an entry of another kind"),
            }
        }
    }
}

/// Cycles that undoing a record takes.
pub const fn undo_cycles(kind: UndoKind) -> u64 {
    match kind {
        UndoKind::Value => 2,
        UndoKind::Code => 3,
        UndoKind::Credit => 3 + cost::ADD,
        _ => 4,
    }
}
