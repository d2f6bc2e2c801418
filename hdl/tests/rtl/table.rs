//! State table against its model, and the model against what it is for: no stale value, no reader lost, nobody aborted
//! in vain.

use std::collections::BTreeMap;

use gaslane_hdl::{
    blocks::SmallStateTable,
    table::{
        ConflictDetector, KeyHash, StateTable, conflict,
        layout::{
            ADD, DEFAULT_HASH_KEY, DELETED, EXISTS, HAS_BALANCE, HAS_CODE, HAS_NONCE, Limbs, TableOp, TableOutcome,
            UNAVAILABLE, key_hash, limb_hash,
        },
        model::{self, Code, Command, Contents, Key, NO_CODE, Reply, TableSize, Values},
    },
    word::{W64, W160, W256},
};
use rand::{Rng, rngs::SmallRng};
use rust_hdl_core::prelude::*;

use crate::{
    dut,
    harness::{Bench, Dut},
    random::{rng, word},
};

/// 8 entries, 4 slots, lists of 2.
type TinyTable = StateTable<2, 1, 2, 1>;
/// 64 entries in sets of 8, 32 slots, lists of 8.
type WideTable = StateTable<3, 3, 5, 3>;

dut!(ConflictDetector, clocked, [clear, gather, readers, finish, head, occupied, abort_ready] => [abort_valid, aborts]);
dut!(KeyHash, clocked, [index, limb, write, write_index, write_data] => [hash]);

/// Ports of a table, whatever its size.
trait Table: Dut {
    const SIZE: TableSize;
    fn drive(&mut self, valid: bool, command: &Command);
    fn set_key(&mut self, write: bool, index: usize, limb: u64);
    fn ready(&self) -> bool;
    /// Results without cycles, floor, requests outstanding.
    fn results(&self) -> (Reply, u64, u32);
}

macro_rules! table {
    ($type:ty, $sets:literal, $ways:literal, $slots:literal, $lists:literal) => {
        dut!($type, clocked, [
            valid, op, kind, address, slot_key, entry, slot, field, seq, flags, value, nonce, code_hash, code, key_write,
            key_index, key_data
        ] => [
            ready, outcome, found_entry, found_value, found_nonce, found_code_hash, found_code, found_exists, found_known,
            readers, waiting, changed, evicted, floor, pending
        ]);

        impl Table for $type {
            const SIZE: TableSize =
                TableSize { set_bits: $sets, way_bits: $ways, slot_bits: $slots, list_bits: $lists };

            fn drive(&mut self, valid: bool, command: &Command) {
                let Command { op, key, entry, slot, field, seq, values } = *command;
                self.valid.next = valid;
                self.op.next = (op as u64).into();
                self.kind.next = u64::from(key.kind).into();
                self.address.next = W160::from_limbs(key.address);
                self.slot_key.next = W256::from_limbs(key.slot);
                self.entry.next = u64::from(entry).into();
                self.slot.next = u64::from(slot).into();
                self.field.next = u64::from(field).into();
                self.seq.next = W64::from_limbs([seq]);
                self.flags.next = u64::from(values.flags).into();
                self.value.next = W256::from_limbs(values.value);
                self.nonce.next = W64::from_limbs([values.nonce]);
                self.code_hash.next = W256::from_limbs(values.code.hash);
                self.code.next = W64::from_limbs([values.code.packed]);
            }

            fn set_key(&mut self, write: bool, index: usize, limb: u64) {
                self.key_write.next = write;
                self.key_index.next = (index as u64).into();
                self.key_data.next = W64::from_limbs([limb]);
            }

            fn ready(&self) -> bool {
                self.ready.val()
            }

            fn results(&self) -> (Reply, u64, u32) {
                let code = Code {
                    hash: *self.found_code_hash.val().limbs(),
                    packed: self.found_code.val().limbs()[0],
                };
                let contents = Contents {
                    value: *self.found_value.val().limbs(),
                    nonce: self.found_nonce.val().limbs()[0],
                    code,
                    exists: self.found_exists.val(),
                    known: self.found_known.val().to_u64() as u8,
                };
                let reply = Reply {
                    outcome: TableOutcome::ALL[self.outcome.val().to_u64() as usize],
                    entry: Some((self.found_entry.val().to_u64() as u16, contents)),
                    readers: self.readers.val().to_u64() as u32,
                    waiting: self.waiting.val().to_u64() as u32,
                    changed: self.changed.val().to_u64() as u8,
                    evicted: self.evicted.val(),
                    cycles: 0,
                };
                (reply, self.floor.val().limbs()[0], self.pending.val().to_u64() as u32)
            }
        }
    };
}
table!(TinyTable, 2, 1, 2, 1);
table!(WideTable, 3, 3, 5, 3);
table!(SmallStateTable, 10, 2, 1, 8);

#[test]
fn key_hash_random_limbs() {
    let mut bench = Bench::<KeyHash>::new("key_hash");
    let mut rng = rng();
    let mut key = DEFAULT_HASH_KEY;
    for _ in 0..20_000 {
        let (index, limb) = (rng.random_range(0..7), word(&mut rng).limbs()[0]);
        let (write, target, data) = (rng.random_range(0..8) == 0, rng.random_range(0..8), rng.random());
        bench.index.next = (index as u64).into();
        bench.limb.next = W64::from_limbs([limb]);
        bench.write.next = write;
        bench.write_index.next = (target as u64).into();
        bench.write_data.next = W64::from_limbs([data]);
        bench.settle();
        assert_eq!(bench.hash.val().to_u64(), u64::from(limb_hash(&key, index, limb)));
        bench.tick();
        if write {
            key[target] = data;
        }
    }
    bench.cross_check();
}

/// Keys that nobody could choose well spread over the sets, whatever regularity they have.
#[test]
fn key_hash_spreads_regular_keys() {
    let mut rng = rng();
    let patterns: [fn(u64) -> Key; 4] = [
        |i| Key { kind: 2, address: [7, 0, 0], slot: [i, 0, 0, 0] },
        |i| Key { kind: 2, address: [7, 0, 0], slot: [0, i << 54, 0, 0] },
        |i| Key { kind: 1, address: [i << 32, 0, 0], slot: [0; 4] },
        |i| Key { kind: 2, address: [i, 0, 0], slot: [i, i, i, i] },
    ];
    for pattern in patterns {
        // Twice as many keys as sets, mean of 20 hash keys.
        let mut fullest = 0;
        for _ in 0..20 {
            let hash_key = rng.random();
            let mut sets = [0_u32; 512];
            for i in 0..1024 {
                let Key { kind, address, slot } = pattern(i);
                sets[usize::from(key_hash(&hash_key, kind, &address, &slot)) % 512] += 1;
            }
            fullest += sets.iter().max().unwrap();
        }
        assert!(fullest <= 20 * 10, "the fullest set holds {} on average", fullest / 20);
    }
}

/// What happened, so that the test knows that it has seen everything.
#[derive(Debug, Default)]
struct Seen {
    outcomes: BTreeMap<(u8, TableOutcome), u64>,
    evicted: u64,
    readers: u64,
    waiting: u64,
    silent: u64,
    overflowed_lists: u64,
}

/// Keys, few enough to meet.
fn any_key(rng: &mut SmallRng, accounts: u64) -> Key {
    let number = rng.random_range(0..accounts);
    let address = [number << 60 | number, number.rotate_left(33), number >> 1];
    match rng.random_range(0..8) {
        0..3 => Key { kind: 1, address, slot: *word(rng).limbs() },
        7 => Key { kind: 3, address: [0; 3], slot: [number, 0, 0, 0] },
        _ => Key { kind: 2, address, slot: [rng.random_range(0..3), 0, rng.random_range(0..2) << 63, 0] },
    }
}

fn any_code(rng: &mut SmallRng) -> Code {
    match rng.random_range(0..3) {
        0 => NO_CODE,
        number => Code { hash: [number, 2, 3, 4], packed: number << 32 | 5 },
    }
}

fn any_value(rng: &mut SmallRng) -> Limbs {
    match rng.random_range(0..4) {
        0 => [0; 4],
        1 => [1, 0, 0, 0],
        2 => [u64::MAX; 4],
        _ => *word(rng).limbs(),
    }
}

fn any_values(rng: &mut SmallRng, op: TableOp) -> Values {
    let mut flags = rng.random_range(0..1024);
    if rng.random_range(0..4) > 0 {
        flags &= !(DELETED | UNAVAILABLE);
    }
    if op == TableOp::Fill {
        flags |= EXISTS;
    } else if rng.random() {
        flags &= !ADD;
    }
    Values { value: any_value(rng), nonce: rng.random_range(0..3), code: any_code(rng), flags }
}

/// Operation after operation; every result, and every cycle, as the model says.
fn use_table<T: Table>(name: &'static str, operations: usize, accounts: u64, clears: u32) {
    let mut bench = Bench::<T>::new(name);
    let mut rng = rng();
    let mut model = model::StateTable::new(T::SIZE);
    let mut seen = Seen::default();
    let slots = 1 << T::SIZE.slot_bits;
    let (mut seq, mut entry) = (10, None);
    for _ in 0..operations {
        let op = match rng.random_range(0..100) {
            0..34 => TableOp::Read,
            34..42 => TableOp::Need,
            42..46 => TableOp::Probe,
            46..62 => TableOp::Fill,
            62..74 => TableOp::Apply,
            74..78 => TableOp::Load,
            78..83 => TableOp::TryEntry,
            83..88 => TableOp::ApplyEntry,
            88..97 => TableOp::Forget,
            97 => TableOp::ClearStorage,
            _ if rng.random_range(0..clears) == 0 => TableOp::Clear,
            _ => TableOp::Forget,
        };
        // Mostly an entry that is there.
        let resident = model.entries().map(|(id, _)| id).nth(rng.random_range(0..T::SIZE.entries()));
        entry = resident.or(entry).filter(|&id| model.entry(id).is_some());
        if matches!(op, TableOp::Load | TableOp::TryEntry | TableOp::ApplyEntry) && entry.is_none() {
            continue;
        }
        let key = match entry.and_then(|id| model.entry(id)) {
            Some(entry) if rng.random() => entry.key,
            _ => any_key(&mut rng, accounts),
        };
        let command = Command {
            op,
            key,
            entry: entry.unwrap_or(0),
            slot: rng.random_range(0..slots),
            field: rng.random_range(0..4),
            seq: match op {
                TableOp::Fill => seq - rng.random_range(0..4),
                TableOp::Clear => seq,
                _ => {
                    seq += rng.random_range(0..2);
                    seq
                }
            },
            values: any_values(&mut rng, op),
        };
        let expected = model.run(&command);
        model.check_invariants();

        bench.drive(true, &command);
        let mut cycles = 1;
        loop {
            bench.settle();
            if bench.ready() {
                break;
            }
            bench.tick();
            cycles += 1;
            assert!(cycles < 100_000, "{command:x?} does not end");
        }
        let (mut found, floor, pending) = bench.results();
        found.cycles = cycles;
        if expected.entry.is_none() {
            found.entry = None;
        }
        assert_eq!(found, expected, "{command:x?}");
        assert_eq!((floor, pending), (model.floor(), model.pending()), "{command:x?}");
        *seen.outcomes.entry((op as u8, expected.outcome)).or_default() += 1;
        seen.evicted += u64::from(expected.evicted);
        seen.readers += u64::from(expected.readers != 0);
        seen.waiting += u64::from(expected.waiting != 0);
        seen.silent += u64::from(op == TableOp::Apply && expected.entry.is_some() && expected.changed == 0);
        let walk = T::SIZE.entries() as u64 + 6;
        seen.overflowed_lists += u64::from(op == TableOp::Forget && expected.cycles == walk);
        bench.tick();

        // Results stay.
        for _ in 0..rng.random_range(0..3) {
            bench.drive(false, &Command { op: TableOp::Clear, ..command });
            bench.settle();
            assert!(!bench.ready());
            let (mut kept, ..) = bench.results();
            kept.cycles = expected.cycles;
            kept.entry = expected.entry.and(kept.entry);
            assert_eq!(kept, expected);
            bench.tick();
        }
        // Another hash key.
        if op == TableOp::Clear {
            bench.drive(false, &command);
            let hash_key: [u64; 8] = rng.random();
            for (index, limb) in hash_key.into_iter().enumerate() {
                bench.set_key(true, index, limb);
                bench.tick();
            }
            bench.set_key(false, 0, 0);
            model.set_hash_key(hash_key);
        }
    }
    println!("{seen:?}");
    use TableOutcome::{
        Absent, Answered, Done, Full, Overflow, Refused, Requested, Taken, Unavailable, Unknown, Waits,
    };
    for (op, outcomes) in [
        (TableOp::Read, &[Done, Requested, Waits, Unavailable][..]),
        (TableOp::Need, &[Done, Requested, Waits, Unavailable]),
        (TableOp::Probe, &[Done, Waits, Absent]),
        (TableOp::Fill, &[Answered, Taken, Refused]),
        (TableOp::Apply, &[Done, Absent, Overflow, Unknown]),
        (TableOp::ApplyEntry, &[Done, Overflow, Unknown]),
        (TableOp::TryEntry, &[Done, Overflow, Unknown]),
    ] {
        for outcome in outcomes {
            let rare = T::SIZE.set_bits >= 8 && matches!(outcome, Overflow | Unknown);
            assert!(rare || seen.outcomes.contains_key(&(op as u8, *outcome)), "{op:?} never was {outcome:?}");
        }
    }
    let full = [TableOp::Read, TableOp::Need].map(|op| (op as u8, Full));
    if T::SIZE.set_bits < 8 {
        assert!(full.iter().any(|key| seen.outcomes.contains_key(key)), "never full");
        assert!(seen.evicted > 20 && seen.overflowed_lists > 0);
    }
    assert!(seen.readers > 20 && seen.waiting > 20 && seen.silent > 0);
    bench.cross_check();
}

#[test]
fn tiny_table_random_operations() {
    use_table::<TinyTable>("state_table_tiny", 12_000, 6, 4);
}

#[test]
fn wide_table_random_operations() {
    use_table::<WideTable>("state_table_wide", 8_000, 40, 8);
}

#[test]
fn small_table_random_operations() {
    use_table::<SmallStateTable>("state_table", 3_000, 60, 200);
}

#[test]
fn conflict_detector_random_commits() {
    let mut bench = Bench::<ConflictDetector>::new("conflict");
    let mut rng = rng();
    // What the commit has gathered, and what waits to be taken.
    let (mut gathered, mut aborts) = (0, None);
    let mut taken = 0;
    for _ in 0..20_000 {
        bench.settle();
        assert_eq!(bench.abort_valid.val(), aborts.is_some());
        if let Some(slots) = aborts {
            assert_eq!(bench.aborts.val().to_u64(), u64::from(slots));
        }
        let readers: u32 = rng.random::<u32>() & rng.random::<u32>() & rng.random::<u32>();
        let (head, occupied) = (rng.random_range(0..32), rng.random::<u32>() | rng.random::<u32>());
        let gather = aborts.is_none() && rng.random_range(0..3) == 0;
        let (finish, ready) = (rng.random_range(0..4) == 0, rng.random());
        let clear = rng.random_range(0..50) == 0;
        bench.clear.next = clear;
        bench.gather.next = gather;
        bench.readers.next = u64::from(readers).into();
        bench.finish.next = finish;
        bench.head.next = u64::from(head).into();
        bench.occupied.next = u64::from(occupied).into();
        bench.abort_ready.next = ready;
        bench.tick();
        gathered |= if gather { readers } else { 0 };
        if clear {
            (gathered, aborts) = (0, None);
        } else if aborts.is_some() {
            if ready {
                (gathered, aborts) = (0, None);
                taken += 1;
            }
        } else if finish {
            let victims = conflict::model(gathered, head, occupied);
            assert_eq!(victims >> head & 1, 0);
            (gathered, aborts) = (0, (victims != 0).then_some(victims));
        }
    }
    assert!(taken > 1_000);
    bench.cross_check();
}

/// A host and lanes around the model: what the committed state is, what the host has applied, what the lanes have read.
struct World {
    table: model::StateTable,
    /// Values of every key after each commit.
    history: Vec<BTreeMap<Key, Limbs>>,
    /// Keys that were asked for.
    requests: Vec<Key>,
    /// Keys that each slot has read, with their values.
    reads: Vec<BTreeMap<Key, Limbs>>,
    served: u64,
    refused: u64,
    aborted: u64,
}

impl World {
    fn seq(&self) -> u64 {
        self.history.len() as u64 - 1
    }

    fn command(op: TableOp, key: Key) -> Command {
        Command { key, ..Command::new(op) }
    }

    fn value(&self, seq: u64, key: &Key) -> Limbs {
        self.history[seq as usize].get(key).copied().unwrap_or_default()
    }

    fn read(&mut self, slot: u8, key: Key) {
        let reply = self.table.run(&Command { slot, ..Self::command(TableOp::Read, key) });
        match (reply.outcome, reply.entry) {
            (TableOutcome::Done, Some((_, contents))) => {
                let truth = self.value(self.seq(), &key);
                assert_eq!(contents.value, truth, "a stale value of {key:x?}");
                self.reads[usize::from(slot)].insert(key, truth);
                self.served += 1;
            }
            (TableOutcome::Requested, _) => self.requests.push(key),
            _ => {}
        }
    }

    /// The host fills a key with what it knew after `seq` commits.
    fn fill(&mut self, key: Key, seq: u64) -> TableOutcome {
        let value = self.value(seq, &key);
        let flags = HAS_BALANCE | HAS_NONCE | HAS_CODE | EXISTS;
        let values = Values { value, flags, ..Values::default() };
        let reply = self.table.run(&Command { seq, values, ..Self::command(TableOp::Fill, key) });
        if reply.outcome == TableOutcome::Answered {
            self.requests.retain(|other| *other != key);
            for slot in (0..8).filter(|slot| reply.waiting >> slot & 1 != 0) {
                self.read(slot, key);
                assert!(self.reads[usize::from(slot)].contains_key(&key), "a slot that waited was not served");
            }
        }
        self.refused += u64::from(reply.outcome == TableOutcome::Refused);
        reply.outcome
    }

    fn forget(&mut self, slot: u8) {
        self.table.run(&Command { slot, ..Command::new(TableOp::Forget) });
        self.reads[usize::from(slot)].clear();
    }

    /// Commits writes of a slot, or clears the storage of an account. Aborted are exactly the readers of what changes.
    fn commit(&mut self, head: u8, writes: &BTreeMap<Key, Limbs>, cleared: Option<Key>) {
        let (old, mut new) = (self.history.last().unwrap().clone(), self.history.last().unwrap().clone());
        let seq = self.seq() + 1;
        let (mut readers, mut waiting) = (0, 0);
        for (&key, &value) in writes {
            let values = Values { value, flags: 1, ..Values::default() };
            let reply = self.table.run(&Command { seq, values, ..Self::command(TableOp::Apply, key) });
            readers |= reply.readers;
            waiting |= reply.waiting;
            new.insert(key, value);
        }
        if let Some(account) = cleared {
            let reply = self.table.run(&Command { seq, ..Self::command(TableOp::ClearStorage, account) });
            readers |= reply.readers;
            waiting |= reply.waiting;
            new.retain(|key, _| key.kind != 2 || key.address != account.address || writes.contains_key(key));
        }
        self.history.push(new);
        let aborts = conflict::model(readers, head, 0xff);
        for slot in (0..8).filter(|slot| *slot != head) {
            let read = &self.reads[usize::from(slot)];
            let stale = read.keys().any(|key| old.get(key).copied().unwrap_or_default() != self.value(seq, key));
            assert_eq!(aborts >> slot & 1 != 0, stale, "slot {slot}");
        }
        for slot in (0..8).filter(|slot| aborts >> slot & 1 != 0) {
            self.forget(slot);
            self.aborted += 1;
        }
        self.forget(head);
        let waits: Vec<_> = (0..8).filter(|slot| waiting >> slot & 1 != 0).collect();
        for (slot, key) in waits.into_iter().flat_map(|slot| writes.keys().map(move |key| (slot, *key))) {
            let entry = self.table.entries().find(|(_, entry)| entry.key == key);
            if entry.is_some_and(|(_, entry)| entry.waiting >> slot & 1 != 0) {
                self.read(slot, key);
            }
        }
    }
}

/// The rules keep stale values out, whatever crosses what; and aborts are exact.
#[test]
fn no_read_is_stale_and_aborts_are_exact() {
    let mut rng = rng();
    let size = TableSize { set_bits: 1, way_bits: 2, slot_bits: 3, list_bits: 1 };
    let mut world = World {
        table: model::StateTable::new(size),
        history: vec![BTreeMap::new()],
        requests: vec![],
        reads: vec![BTreeMap::new(); 8],
        served: 0,
        refused: 0,
        aborted: 0,
    };
    let mut full = 0;
    for _ in 0..60_000 {
        let number = rng.random_range(0..12);
        let key = match number {
            0..4 => Key { kind: 1, address: [number, 0, 0], slot: [0; 4] },
            _ => Key { kind: 2, address: [number % 3, 0, 0], slot: [number, 0, 0, 0] },
        };
        let slot = rng.random_range(0..8);
        let behind = rng.random_range(0..4).min(world.seq());
        match rng.random_range(0..20) {
            0..9 => world.read(slot, key),
            9..12 => {
                // A prefetch, maybe of long ago.
                if !world.requests.contains(&key) {
                    let seq = world.seq() - behind;
                    world.fill(key, seq);
                }
            }
            12..15 => {
                // An answer by a host that goes in order: it has seen every commit before the request.
                let asked = (!world.requests.is_empty()).then(|| world.requests[slot as usize % world.requests.len()]);
                if let Some(key) = asked {
                    let floor =
                        world.table.entries().find(|(_, e)| e.key == key).and_then(|(_, e)| e.requested).unwrap();
                    let seq = (world.seq() - behind).max(floor);
                    assert_eq!(world.fill(key, seq), TableOutcome::Answered);
                }
            }
            15..18 => {
                let value = [rng.random_range(0..3), 0, 0, 0];
                let writes = BTreeMap::from([(key, value)]);
                let cleared = (rng.random_range(0..8) == 0).then_some(Key { kind: 1, ..key });
                world.commit(slot, &writes, cleared);
            }
            _ => world.forget(slot),
        }
        world.table.check_invariants();
        full += u64::from(world.table.entries().count() == size.entries());
    }
    let World { served, refused, aborted, .. } = world;
    println!("{served} reads, {refused} fills refused, {aborted} aborts, {full} times full");
    assert!(served > 5_000 && refused > 500 && aborted > 500 && full > 1_000);
}
