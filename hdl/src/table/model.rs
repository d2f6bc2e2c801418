//! The state table in plain Rust: the same results, victims and cycles as the block.
//!
//! [`StateTable::run`] takes a [`Command`] and gives a [`Reply`]. Who uses it in place of a fully associative table whose lanes
//! wait beside it (`sim::state`) finds its steps here as operations:
//!
//! | step | operation |
//! |---|---|
//! | find, or request if absent; value; mark or wait | `Read`; again for each slot in `waiting` of a fill or write, oldest first |
//! | find, or request if absent; mark balance or value; complete | `Need` |
//! | find | `Probe` |
//! | answer or prefetch | `Fill`: `Answered` or `Taken`, else `Refused` |
//! | apply; raise the floor if absent | `Apply`; `ApplyEntry` for an entry that is pinned |
//! | evaluate a change | `TryEntry` with `ADD` or `DELETE_EMPTY` |
//! | forget | `Forget` |
//! | clear storage | `ClearStorage` |
//! | clear | `Clear` |
//!
//! Two things differ. A slot keeps its waiting bit, which pins the entry, until it reads again or is forgotten. And a
//! set may be full while the table is not: `Full` is the escape `StateCapacity`, wherever it comes from.

use super::layout::{
    ACCOUNT, ACCOUNT_LIMBS, ADD, AddressLimbs, DEFAULT_HASH_KEY, DELETE_EMPTY, DELETED, EXISTS, HAS_BALANCE, HAS_CODE,
    HAS_NONCE, HASH_KEY_LIMBS, KEY_LIMBS, Limbs, NO_CODE_HASH, STORAGE, TableOp, TableOutcome, UNAVAILABLE,
    address_hash, key_hash,
};

/// Number of an entry.
pub type EntryId = u16;

/// Sizes of a table.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TableSize {
    /// There are 2^this sets.
    pub set_bits: usize,
    /// A set has 2^this entries, 8 at most.
    pub way_bits: usize,
    /// There are 2^this slots, 32 at most.
    pub slot_bits: usize,
    /// The list of entries that a slot has marked has room for 2^this; if it overflows, FORGET walks the table.
    pub list_bits: usize,
}

impl TableSize {
    /// Number of entries.
    pub const fn entries(&self) -> usize {
        1 << (self.set_bits + self.way_bits)
    }
}

/// A key.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Key {
    /// Number of a `gaslane_abi::codes::KeyKind`.
    pub kind: u8,
    /// Account, 0 for a block hash.
    pub address: AddressLimbs,
    /// Slot, or number of the block; does not count for an account.
    pub slot: Limbs,
}

/// Code of an account: hash, and handle << 32 | size.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Code {
    /// Hash.
    pub hash: Limbs,
    /// Handle << 32 | size.
    pub packed: u64,
}

/// Code of an account without code. Whoever fills or writes gives it this form, and no other.
pub const NO_CODE: Code = Code { hash: NO_CODE_HASH, packed: 0 };

impl Default for Code {
    fn default() -> Self {
        NO_CODE
    }
}

/// Values of a fill or write.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Values {
    /// Balance, value, or block hash; amount to be added.
    pub value: Limbs,
    /// Nonce.
    pub nonce: u64,
    /// Code.
    pub code: Code,
    /// Flags of [`super::layout`].
    pub flags: u16,
}

/// An operation with its operands; those that it does not name do not count.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Command {
    /// Operation.
    pub op: TableOp,
    /// Key: of `ClearStorage` only the address.
    pub key: Key,
    /// `Load`, `TryEntry`, `ApplyEntry`: the entry, which must exist.
    pub entry: EntryId,
    /// `Read`, `Need`, `Forget`: the slot.
    pub slot: u8,
    /// `Read`: 0 balance or value, 1 nonce, 2 code.
    pub field: u8,
    /// `Fill`, writes, `Clear`: number of a commit.
    pub seq: u64,
    /// `Fill`, writes.
    pub values: Values,
}

impl Command {
    /// A command without operands.
    pub fn new(op: TableOp) -> Self {
        Self { op, key: Key::default(), entry: 0, slot: 0, field: 0, seq: 0, values: Values::default() }
    }
}

/// What an entry holds. Fields that are not known are zero.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Contents {
    /// Balance, value, or block hash.
    pub value: Limbs,
    /// Nonce.
    pub nonce: u64,
    /// Code of an account; the hash is the slot or block number for other keys.
    pub code: Code,
    /// The account exists, as far as it is known.
    pub exists: bool,
    /// `HAS_*` of the fields that are known; a value counts as balance.
    pub known: u8,
}

/// What an operation gives.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Reply {
    /// Outcome.
    pub outcome: TableOutcome,
    /// The entry, and what it holds after the operation (`TryEntry`: would hold). `None` if there is none.
    pub entry: Option<(EntryId, Contents)>,
    /// Writes: slots that have read a field whose value changed.
    pub readers: u32,
    /// Fills and writes: slots that wait for the entry (`ClearStorage`: for any that it wrote). They have to read again.
    pub waiting: u32,
    /// Writes: `HAS_*` of the fields whose value changed, `EXISTS` if that did.
    pub changed: u8,
    /// An entry was evicted.
    pub evicted: bool,
    /// Cycles from the one that shows the command until the one that is ready for it, both counted.
    pub cycles: u64,
}

/// An entry.
#[derive(Clone, Debug)]
pub struct Entry {
    /// Its key.
    pub key: Key,
    /// What it holds.
    pub contents: Contents,
    /// The host could not read the fields that are not known.
    pub unavailable: bool,
    /// The floor at the time of the request that is outstanding.
    pub requested: Option<u64>,
    /// Number of the commit that wrote it last, 0 for none.
    pub last_write: u64,
    /// Slots that have read balance or value, nonce, code.
    pub readers: [u32; 3],
    /// Slots that wait.
    pub waiting: u32,
}

impl Entry {
    fn new(key: Key) -> Self {
        let hash = if key.kind == ACCOUNT { NO_CODE_HASH } else { key.slot };
        let contents = Contents { code: Code { hash, packed: 0 }, ..Contents::default() };
        Self { key, contents, unavailable: false, requested: None, last_write: 0, readers: [0; 3], waiting: 0 }
    }

    fn account(&self) -> bool {
        self.key.kind == ACCOUNT
    }

    fn all(&self) -> u8 {
        (if self.account() { HAS_BALANCE | HAS_NONCE | HAS_CODE } else { HAS_BALANCE }) as u8
    }

    /// Every field is known.
    pub fn complete(&self) -> bool {
        self.contents.known == self.all()
    }

    fn marks(&self) -> u32 {
        self.readers[0] | self.readers[1] | self.readers[2] | self.waiting
    }

    fn evictable(&self) -> bool {
        self.requested.is_none() && self.marks() == 0
    }

    fn fill(&mut self, values: &Values) {
        if values.flags & UNAVAILABLE != 0 {
            self.unavailable = true;
            return;
        }
        let unknown = self.all() & !self.contents.known;
        if unknown & HAS_BALANCE as u8 != 0 {
            self.contents.value = values.value;
        }
        if unknown & HAS_NONCE as u8 != 0 {
            self.contents.nonce = values.nonce;
        }
        if unknown & HAS_CODE as u8 != 0 {
            self.contents.code = values.code;
        }
        self.contents.exists |= self.account() && unknown != 0 && values.flags & EXISTS != 0;
        self.contents.known = self.all();
    }

    /// What a write makes of it, with what changes; or why it cannot be made.
    fn written(&self, values: &Values) -> Result<(Contents, u8), TableOutcome> {
        let old = &self.contents;
        let (mut new, mut changed) = (*old, 0);
        let is = |flag: u16| self.account() && values.flags & flag != 0;
        let deleted = is(DELETED);
        if deleted {
            (new.value, new.nonce, new.code) = ([0; 4], 0, NO_CODE);
            new.known = self.all();
        } else {
            if is(ADD) {
                if old.known & HAS_BALANCE as u8 == 0 {
                    return Err(TableOutcome::Unknown);
                }
                new.value = add(&old.value, &values.value).ok_or(TableOutcome::Overflow)?;
            } else if !self.account() || is(HAS_BALANCE) {
                new.value = values.value;
                new.known |= HAS_BALANCE as u8;
            }
            if is(HAS_NONCE) {
                new.nonce = values.nonce;
                new.known |= HAS_NONCE as u8;
            }
            if is(HAS_CODE) {
                new.code = values.code;
                new.known |= HAS_CODE as u8;
            }
        }
        let filled = new.value != [0; 4] || new.nonce != 0 || new.code.packed as u32 != 0;
        new.exists = self.account() && !deleted && (filled || old.exists && !is(DELETE_EMPTY));
        let learned = new.known & !old.known;
        for (flag, differs) in [
            (HAS_BALANCE, new.value != old.value),
            (HAS_NONCE, new.nonce != old.nonce),
            (HAS_CODE, new.code != old.code),
            (EXISTS, new.exists != old.exists),
        ] {
            if differs || learned & flag as u8 != 0 {
                changed |= flag as u8;
            }
        }
        Ok((new, changed))
    }

    fn readers_of(&self, changed: u8) -> u32 {
        (0..3).filter(|field| changed >> field & 1 != 0).fold(0, |mask, field| mask | self.readers[field])
    }
}

fn add(a: &Limbs, b: &Limbs) -> Option<Limbs> {
    let mut carry = false;
    let sum = std::array::from_fn(|i| {
        let (sum, first) = a[i].overflowing_add(b[i]);
        let (sum, second) = sum.overflowing_add(u64::from(carry));
        carry = first | second;
        sum
    });
    (!carry).then_some(sum)
}

#[derive(Clone, Debug)]
struct Set {
    ways: Vec<Option<Entry>>,
    referenced: u8,
    hand: usize,
}

/// Entries that a slot has marked.
#[derive(Clone, Debug, Default)]
struct Touched {
    entries: Vec<EntryId>,
    overflowed: bool,
}

/// The table.
#[derive(Clone, Debug)]
pub struct StateTable {
    size: TableSize,
    hash_key: [u64; HASH_KEY_LIMBS],
    sets: Vec<Set>,
    touched: Vec<Touched>,
    /// By the hash of an address: slots of such an account may be in the table.
    stored: Vec<bool>,
    floor: u64,
    pending: u32,
}

/// What a look-up has found.
enum Found {
    Entry(usize, usize, u64),
    Absent(usize, u64),
}

impl StateTable {
    /// An empty table.
    pub fn new(size: TableSize) -> Self {
        let set = Set { ways: vec![None; 1 << size.way_bits], referenced: 0, hand: 0 };
        Self {
            size,
            hash_key: DEFAULT_HASH_KEY,
            sets: vec![set; 1 << size.set_bits],
            touched: vec![Touched::default(); 1 << size.slot_bits],
            stored: vec![false; 1 << size.set_bits],
            floor: 0,
            pending: 0,
        }
    }

    /// Replaces the hash key; the table must be empty.
    pub fn set_hash_key(&mut self, hash_key: [u64; HASH_KEY_LIMBS]) {
        self.hash_key = hash_key;
    }

    /// Highest commit whose write the table does not hold.
    pub fn floor(&self) -> u64 {
        self.floor
    }

    /// Number of requests outstanding.
    pub fn pending(&self) -> u32 {
        self.pending
    }

    /// All entries with their numbers.
    pub fn entries(&self) -> impl Iterator<Item = (EntryId, &Entry)> {
        let ways = self.sets.iter().flat_map(|set| &set.ways);
        ways.enumerate().filter_map(|(id, entry)| entry.as_ref().map(|entry| (id as EntryId, entry)))
    }

    /// An entry.
    pub fn entry(&self, id: EntryId) -> Option<&Entry> {
        let (set, way) = self.place(id);
        self.sets[set].ways[way].as_ref()
    }

    fn place(&self, id: EntryId) -> (usize, usize) {
        let id = usize::from(id) % self.size.entries();
        (id >> self.size.way_bits, id & ((1 << self.size.way_bits) - 1))
    }

    fn id(&self, set: usize, way: usize) -> EntryId {
        (set << self.size.way_bits | way) as EntryId
    }

    /// Set of a key.
    pub fn set_of(&self, key: &Key) -> usize {
        usize::from(key_hash(&self.hash_key, key.kind, &key.address, &key.slot)) & ((1 << self.size.set_bits) - 1)
    }

    /// Where the filter has its bit for an address.
    fn filter_of(&self, address: &AddressLimbs) -> usize {
        usize::from(address_hash(&self.hash_key, address)) & (self.stored.len() - 1)
    }

    /// Looks a key up. The cycles are those of hash and probes, and the first one of the operation.
    fn find(&self, key: &Key) -> Found {
        let set = self.set_of(key);
        let same = |entry: &Entry| {
            let same = (entry.key.kind, entry.key.address) == (key.kind, key.address);
            same && (key.kind == ACCOUNT || entry.key.slot == key.slot)
        };
        let limbs = if key.kind == ACCOUNT { ACCOUNT_LIMBS } else { KEY_LIMBS };
        match self.sets[set].ways.iter().position(|entry| entry.as_ref().is_some_and(same)) {
            Some(way) => Found::Entry(set, way, (limbs + way + 2) as u64),
            None => Found::Absent(set, (limbs + (1 << self.size.way_bits) + 1) as u64),
        }
    }

    /// A place for a new entry, the cycles that it took, and whether there was an entry.
    fn allocate(&mut self, set: usize) -> Option<(usize, u64, bool)> {
        let row = &mut self.sets[set];
        if let Some(way) = row.ways.iter().position(Option::is_none) {
            return Some((way, 0, false));
        }
        if !row.ways.iter().flatten().any(Entry::evictable) {
            return None;
        }
        let mut cycles = 0;
        loop {
            let way = row.hand;
            row.hand = (way + 1) % row.ways.len();
            cycles += 1;
            let Some(entry) = row.ways[way].as_ref().filter(|entry| entry.evictable()) else { continue };
            if row.referenced >> way & 1 == 0 {
                self.floor = self.floor.max(entry.last_write);
                return Some((way, cycles + 2, true));
            }
            row.referenced &= !(1 << way);
        }
    }

    fn reply(&self, outcome: TableOutcome, cycles: u64) -> Reply {
        Reply { outcome, entry: None, readers: 0, waiting: 0, changed: 0, evicted: false, cycles }
    }

    /// Puts an entry on the list of a slot, unless it is there.
    fn touch(&mut self, set: usize, way: usize, slot: usize) {
        let id = self.id(set, way);
        let marked = self.sets[set].ways[way].as_ref().is_some_and(|entry| entry.marks() >> slot & 1 != 0);
        let list = &mut self.touched[slot];
        if marked {
        } else if list.entries.len() == 1 << self.size.list_bits {
            list.overflowed = true;
        } else {
            list.entries.push(id);
        }
    }

    /// Carries out an operation.
    pub fn run(&mut self, command: &Command) -> Reply {
        match command.op {
            TableOp::Read | TableOp::Need | TableOp::Probe | TableOp::Fill | TableOp::Apply => self.keyed(command),
            TableOp::Load | TableOp::TryEntry | TableOp::ApplyEntry => {
                let (set, way) = self.place(command.entry);
                // Idle, fetch, capture.
                self.work(command, set, way, false, 3)
            }
            TableOp::Forget => self.forget(command.slot),
            TableOp::ClearStorage => self.clear_storage(command.key.address, command.seq),
            TableOp::Clear => self.clear(command.seq),
        }
    }

    fn keyed(&mut self, command: &Command) -> Reply {
        let mut key = command.key;
        key.address[2] &= 0xffff_ffff;
        if key.kind == STORAGE {
            let bit = self.filter_of(&key.address);
            self.stored[bit] = true;
        }
        let (set, cycles) = match self.find(&key) {
            Found::Entry(set, way, cycles) => return self.work(command, set, way, false, cycles),
            Found::Absent(set, cycles) => (set, cycles + 1),
        };
        let refused = match command.op {
            TableOp::Probe => return self.reply(TableOutcome::Absent, cycles + 1),
            TableOp::Apply => {
                self.floor = self.floor.max(command.seq);
                return self.reply(TableOutcome::Absent, cycles + 1);
            }
            TableOp::Fill if command.seq < self.floor => return self.reply(TableOutcome::Refused, cycles + 1),
            TableOp::Fill => TableOutcome::Refused,
            _ => TableOutcome::Full,
        };
        let Some((way, more, evicted)) = self.allocate(set) else { return self.reply(refused, cycles + 1) };
        self.sets[set].ways[way] = Some(Entry::new(key));
        let reply = self.work(command, set, way, true, cycles + more);
        Reply { evicted, ..reply }
    }

    /// An operation with its entry, which is new if `fresh`.
    fn work(&mut self, command: &Command, set: usize, way: usize, fresh: bool, cycles: u64) -> Reply {
        let id = self.id(set, way);
        let slot = usize::from(command.slot) % self.touched.len();
        if matches!(command.op, TableOp::Read | TableOp::Need) {
            self.touch(set, way, slot);
        }
        let mut reply = self.reply(TableOutcome::Done, cycles + 2);
        let row = &mut self.sets[set];
        let Some(entry) = &mut row.ways[way] else { return reply };
        let mut uses = fresh;
        match command.op {
            TableOp::Probe if entry.requested.is_some() => reply.outcome = TableOutcome::Waits,
            TableOp::Probe => {}
            TableOp::Read | TableOp::Need => {
                let reads = command.op == TableOp::Read;
                let field = if reads && entry.account() { usize::from(command.field.min(2)) } else { 0 };
                let wanted = if reads { 1 << field } else { entry.all() };
                let known = entry.contents.known & wanted == wanted;
                reply.outcome = match () {
                    () if known => TableOutcome::Done,
                    () if entry.unavailable => TableOutcome::Unavailable,
                    () if fresh => TableOutcome::Requested,
                    () => TableOutcome::Waits,
                };
                let settled = known || entry.unavailable;
                uses = true;
                if settled || !reads {
                    entry.readers[field] |= 1 << slot;
                }
                entry.waiting = entry.waiting & !(1 << slot) | u32::from(!settled) << slot;
                if fresh {
                    entry.requested = Some(self.floor);
                    self.pending += 1;
                }
            }
            TableOp::Fill => {
                reply.cycles += u64::from(!fresh);
                if fresh {
                    entry.fill(&command.values);
                    reply.outcome = TableOutcome::Taken;
                } else if entry.requested.is_some_and(|floor| command.seq >= floor) {
                    entry.requested = None;
                    entry.fill(&command.values);
                    self.pending -= 1;
                    reply.outcome = TableOutcome::Answered;
                    reply.waiting = entry.waiting;
                } else {
                    reply.outcome = TableOutcome::Refused;
                }
            }
            TableOp::Apply | TableOp::TryEntry | TableOp::ApplyEntry => {
                let adds = entry.account() && command.values.flags & (ADD | DELETED) == ADD;
                reply.cycles += if adds { 5 } else { 1 };
                match entry.written(&command.values) {
                    Err(outcome) => reply.outcome = outcome,
                    Ok((contents, changed)) => {
                        reply.changed = changed;
                        reply.readers = entry.readers_of(changed);
                        reply.waiting = entry.waiting;
                        if command.op == TableOp::TryEntry {
                            reply.entry = Some((id, contents));
                            return reply;
                        }
                        uses = true;
                        entry.contents = contents;
                        entry.last_write = command.seq;
                    }
                }
            }
            _ => {}
        }
        reply.entry = Some((id, entry.contents));
        row.referenced |= u8::from(uses) << way;
        reply
    }

    /// Clears every bit of a slot.
    fn forget(&mut self, slot: u8) -> Reply {
        let slot = usize::from(slot) % self.touched.len();
        let Touched { entries, overflowed } = std::mem::take(&mut self.touched[slot]);
        let cycles = match (overflowed, entries.len()) {
            (true, _) => self.size.entries() as u64 + 3,
            (false, 0) => 1,
            (false, count) => count as u64 + 4,
        };
        let clear = |entry: &mut Entry| {
            for mask in entry.readers.iter_mut().chain([&mut entry.waiting]) {
                *mask &= !(1 << slot);
            }
        };
        if overflowed {
            self.sets.iter_mut().flat_map(|set| &mut set.ways).flatten().for_each(clear);
        } else {
            for id in entries {
                let (set, way) = self.place(id);
                self.sets[set].ways[way].iter_mut().for_each(clear);
            }
        }
        self.reply(TableOutcome::Done, cycles + 3)
    }

    fn clear_storage(&mut self, mut address: AddressLimbs, seq: u64) -> Reply {
        address[2] &= 0xffff_ffff;
        self.floor = self.floor.max(seq);
        if !self.stored[self.filter_of(&address)] {
            return self.reply(TableOutcome::Done, 5);
        }
        let mut reply = self.reply(TableOutcome::Done, self.size.entries() as u64 + 8);
        for entry in self.sets.iter_mut().flat_map(|set| &mut set.ways).flatten() {
            if entry.key.kind != STORAGE || entry.key.address != address || entry.last_write == seq {
                continue;
            }
            // A write of zero, which the reference bit does not notice.
            let Ok((contents, changed)) = entry.written(&Values::default()) else { continue };
            (entry.contents, entry.last_write) = (contents, seq);
            reply.changed |= changed;
            reply.readers |= entry.readers_of(changed);
            reply.waiting |= entry.waiting;
        }
        reply
    }

    fn clear(&mut self, seq: u64) -> Reply {
        for set in &mut self.sets {
            set.ways.fill(None);
            (set.referenced, set.hand) = (0, 0);
        }
        self.touched.fill(Touched::default());
        self.stored.fill(false);
        (self.floor, self.pending) = (seq, 0);
        let cycles = 1 << self.size.set_bits.max(self.size.slot_bits);
        self.reply(TableOutcome::Done, cycles + 3)
    }

    /// Checks what must hold between operations; panics if it does not.
    pub fn check_invariants(&self) {
        let (mut pending, mut marked) = (0, vec![0; self.touched.len()]);
        for (id, entry) in self.entries() {
            assert!(
                entry.requested.is_some() || entry.complete() || entry.unavailable,
                "entry {id} is incomplete and not asked for: {entry:?}"
            );
            assert!(matches!(self.find(&entry.key), Found::Entry(set, way, _) if self.id(set, way) == id));
            pending += u32::from(entry.requested.is_some());
            assert!(entry.key.kind != STORAGE || self.stored[self.filter_of(&entry.key.address)], "entry {id}");
            for (slot, count) in marked.iter_mut().enumerate() {
                if entry.marks() >> slot & 1 != 0 {
                    *count += 1;
                    let list = &self.touched[slot];
                    assert!(list.overflowed || list.entries.contains(&id), "slot {slot} lost entry {id}");
                }
            }
        }
        assert_eq!(pending, self.pending);
        for (slot, (list, count)) in self.touched.iter().zip(marked).enumerate() {
            assert!(list.overflowed || list.entries.len() == count, "list of slot {slot}");
        }
    }
}
