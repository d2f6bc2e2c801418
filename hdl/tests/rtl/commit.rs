//! Commit unit against its model, both with a state table of their own.

use std::collections::BTreeMap;

use gaslane_hdl::{
    access::{
        Entry,
        layout::{
            ACCOUNT, CODE_DIRTY, CODE_KNOWN, CREATED, DESTROYED, FLAGS_SHIFT, NONCE_DIRTY, NONCE_KNOWN, STORAGE,
            TOUCHED, TRANSIENT, VALUE_DIRTY, VALUE_KNOWN, WARM, decode_entry,
        },
    },
    blocks::SmallCommitUnit,
    table::{
        commit_model::{self, Commit, End},
        layout::{ADD, EXISTS, HAS_BALANCE, HAS_CODE, HAS_NONCE, Limbs, TableOp, UNAVAILABLE},
        model::{Code, Command, Key, NO_CODE, Reply, StateTable, TableSize, Values},
    },
    word::{W64, W256},
};
use rand::{Rng, rngs::SmallRng};
use rust_hdl_core::prelude::*;

use crate::{dut, harness::Bench, random::rng};

dut!(SmallCommitUnit, clocked, [
    start, entries, slot, drain_data, proceed, refuse, table_ready, outcome, found_entry, found_value, found_nonce,
    found_code_hash, found_code, found_exists, changed, request_ready, beat_ready
] => [
    drain_row, busy, done, waits, reason, counted, changes, table_valid, op, kind, address, slot_key, entry, flags, value,
    nonce, code_hash, code, request, gather, beat_valid, beat
]);

const SIZE: TableSize = TableSize { set_bits: 2, way_bits: 1, slot_bits: 2, list_bits: 3 };

fn address(number: u64) -> [u64; 3] {
    [number << 62 | number, number.rotate_left(9), number << 30]
}

fn small(rng: &mut SmallRng) -> Limbs {
    [rng.random_range(0..3), 0, 0, 0]
}

fn any_code(rng: &mut SmallRng) -> Code {
    match rng.random_range(0..3) {
        0 => NO_CODE,
        number => Code { hash: [number, 7, 8, 9], packed: number << 32 | number },
    }
}

/// An access table of distinct keys, as rows.
fn access_table(rng: &mut SmallRng) -> Vec<[Limbs; 4]> {
    let mut rows = BTreeMap::new();
    for _ in 0..rng.random_range(0..14) {
        let (kind, number) = (rng.random_range(1..4_u16), rng.random_range(0..4));
        let mut flags = kind | rng.random_range(0..4096) & !3 & !WARM;
        if rng.random_range(0..4) > 0 {
            flags &= !DESTROYED;
        }
        if rng.random_range(0..3) == 0 {
            flags &= VALUE_KNOWN | NONCE_KNOWN | CODE_KNOWN | 3;
        }
        // What is written has been read, except balances; slots have no other flags.
        if kind == ACCOUNT {
            for (dirty, known) in [(NONCE_DIRTY, NONCE_KNOWN), (CODE_DIRTY, CODE_KNOWN), (VALUE_DIRTY, VALUE_KNOWN)] {
                flags |= if flags & dirty != 0 { known } else { 0 };
            }
        } else {
            flags &= VALUE_KNOWN | VALUE_DIRTY | 3;
        }
        let [low, middle, high] = address(number);
        let slot = if kind == ACCOUNT { 0 } else { rng.random_range(0..3) };
        let code = any_code(rng);
        let nonce = if kind == ACCOUNT { rng.random_range(0..2) } else { 0 };
        let mut value = small(rng);
        if rng.random_range(0..60) == 0 {
            value = [u64::MAX; 4];
        }
        let third = if kind == ACCOUNT { [code.packed, 0, 0, 0] } else { [slot, 0, 0, 0] };
        let head = [low, middle, high | u64::from(flags) << (FLAGS_SHIFT - 128), nonce];
        rows.insert((kind, number, slot), [head, value, code.hash, third]);
    }
    assert_eq!((ACCOUNT, STORAGE, TRANSIENT, CREATED | TOUCHED), (1, 2, 3, 1 << 10 | 1 << 3));
    // In no order.
    let mut rows: Vec<_> = rows.into_values().collect();
    for i in (1..rows.len()).rev() {
        rows.swap(i, rng.random_range(0..=i));
    }
    rows
}

/// Operations of others: fills, reads, forgetting.
fn stir(rng: &mut SmallRng, table: &mut StateTable, seq: u64) {
    for _ in 0..rng.random_range(0..30) {
        let number = rng.random_range(0..4);
        let key = match rng.random_range(0..2) {
            0 => Key { kind: 1, address: address(number), slot: [0; 4] },
            _ => Key { kind: 2, address: address(number), slot: [rng.random_range(0..3), 0, 0, 0] },
        };
        let (op, mut flags) = match rng.random_range(0..12) {
            0..6 => (TableOp::Fill, HAS_BALANCE | HAS_NONCE | HAS_CODE | EXISTS),
            11 => (TableOp::Forget, 0),
            _ => (TableOp::Read, 0),
        };
        if rng.random_range(0..40) == 0 {
            flags |= UNAVAILABLE;
        }
        let mut values = Values { value: small(rng), nonce: rng.random_range(0..2), code: any_code(rng), flags };
        if rng.random_range(0..4) == 0 {
            values = Values { flags: flags & !EXISTS, ..Values::default() };
        }
        let (slot, field) = (rng.random_range(0..4), rng.random_range(0..3));
        table.run(&Command { op, key, slot, field, seq, values, entry: 0 });
    }
}

/// Runs a commit in the unit, with `table` at its port.
fn commit(
    bench: &mut Bench<SmallCommitUnit>,
    rng: &mut SmallRng,
    rows: &[[Limbs; 4]],
    table: &mut StateTable,
    (slot, seq): (u8, u64),
    most: usize,
) -> Commit {
    bench.entries.next = (rows.len() as u64).into();
    bench.slot.next = u64::from(slot).into();
    bench.start.next = true;
    bench.tick();
    bench.start.next = rng.random();
    let mut found = Commit { end: End::Waits, requests: vec![], readers: 0, records: vec![] };
    let (mut beats, mut reply, mut delay): (Vec<Limbs>, Option<Reply>, u32) = (vec![], None, 0);
    for _ in 0..20_000 {
        let row = bench.drain_row.val().to_u64() as usize;
        // The table.
        bench.table_ready.next = false;
        if bench.table_valid.val() && reply.is_none() {
            let [low, middle, high] = *bench.address.val().limbs();
            let key = Key {
                kind: bench.kind.val().to_u64() as u8,
                address: [low, middle, high],
                slot: *bench.slot_key.val().limbs(),
            };
            let code = Code { hash: *bench.code_hash.val().limbs(), packed: bench.code.val().limbs()[0] };
            let values = Values {
                value: *bench.value.val().limbs(),
                nonce: bench.nonce.val().limbs()[0],
                code,
                flags: bench.flags.val().to_u64() as u16,
            };
            let op = TableOp::ALL[bench.op.val().to_u64() as usize];
            let entry = bench.entry.val().to_u64() as u16;
            reply = Some(table.run(&Command { op, key, entry, slot, field: 0, seq, values }));
            delay = rng.random_range(0..3);
        }
        if let Some(given) = reply {
            bench.outcome.next = (given.outcome as u64).into();
            bench.changed.next = u64::from(given.changed).into();
            if let Some((id, contents)) = given.entry {
                bench.found_entry.next = u64::from(id).into();
                bench.found_value.next = W256::from_limbs(contents.value);
                bench.found_nonce.next = W64::from_limbs([contents.nonce]);
                bench.found_code_hash.next = W256::from_limbs(contents.code.hash);
                bench.found_code.next = W64::from_limbs([contents.code.packed]);
                bench.found_exists.next = contents.exists;
            }
            if delay == 0 {
                bench.table_ready.next = true;
                reply = None;
                bench.settle();
                found.readers |= if bench.gather.val() { given.readers } else { 0 };
            } else {
                delay -= 1;
            }
        }
        // The host, the record, the caller.
        let ready = rng.random();
        bench.request_ready.next = ready;
        if bench.request.val() && ready {
            let [low, middle, high] = *bench.address.val().limbs();
            let kind = bench.kind.val().to_u64() as u8;
            let slot = *bench.slot_key.val().limbs();
            found.requests.push(Key { kind, address: [low, middle, high], slot });
        }
        let ready = rng.random();
        bench.beat_ready.next = ready;
        if bench.beat_valid.val() && ready {
            beats.push(*bench.beat.val().limbs());
        }
        let decides = bench.counted.val() && rng.random();
        let fits = bench.changes.val().to_u64() as usize <= most;
        (bench.proceed.next, bench.refuse.next) = (decides && fits, decides && !fits);
        if bench.done.val() {
            found.end = match (bench.waits.val(), bench.reason.val().to_u64()) {
                (true, _) => End::Waits,
                (_, 0) => End::Committed,
                (_, reason) => End::Escape(reason as u8),
            };
            found.records = beats.chunks(4).map(|beats| beats.try_into().expect("whole records")).collect();
            bench.start.next = false;
            bench.tick();
            bench.settle();
            assert!(!bench.busy.val());
            return found;
        }
        bench.tick();
        let data = rows.get(row / 4).map_or([u64::MAX; 4], |rows| rows[row % 4]);
        bench.drain_data.next = W256::from_limbs(data);
        bench.settle();
    }
    panic!("the commit does not end");
}

#[test]
fn commit_unit_random_access_tables() {
    let mut bench = Bench::<SmallCommitUnit>::new("commit");
    let mut rng = rng();
    let mut ends = BTreeMap::<String, u32>::new();
    let (mut table, mut readers, mut deleted, mut cleared, mut added) = (StateTable::new(SIZE), 0, 0, 0, 0);
    for seq in 1..1_500 {
        if rng.random_range(0..20) == 0 {
            table = StateTable::new(SIZE);
        }
        stir(&mut rng, &mut table, seq);
        let rows = access_table(&mut rng);
        let entries: Vec<Entry> = rows.iter().map(|rows| decode_entry(*rows)).collect();
        let (slot, most) = (rng.random_range(0..4), rng.random_range(0..8));
        let mut at_port = table.clone();
        // Values that were missing come, and the commit begins again.
        for _ in 0..3 {
            let expected = commit_model::run(&entries, &mut table, slot, seq, |count| count <= most);
            let found = commit(&mut bench, &mut rng, &rows, &mut at_port, (slot, seq), most);
            assert_eq!(found, expected, "{entries:x?}");
            table.check_invariants();
            assert_eq!(format!("{table:?}"), format!("{at_port:?}"), "the tables differ after {entries:x?}");
            *ends.entry(format!("{:?}", expected.end)).or_default() += 1;
            readers += u32::from(expected.readers & !(1 << slot) != 0);
            for record in &expected.records {
                deleted += u32::from(record[0][0] >> 8 & 16 != 0);
                cleared += u32::from(record[0][0] >> 8 & 32 != 0);
            }
            added += u32::from(
                entries.iter().any(|e| matches!(e, Entry::Account { balance: None, delta, .. } if *delta != [0; 4])),
            );
            if expected.end != End::Waits {
                break;
            }
            let pending: Vec<Key> =
                table.entries().filter(|(_, e)| e.requested.is_some()).map(|(_, e)| e.key).collect();
            for key in pending {
                let flags = HAS_BALANCE | HAS_NONCE | HAS_CODE | EXISTS;
                let values = Values { value: small(&mut rng), nonce: 0, code: any_code(&mut rng), flags };
                for table in [&mut table, &mut at_port] {
                    table.run(&Command { key, seq, values, ..Command::new(TableOp::Fill) });
                }
            }
        }
        for table in [&mut table, &mut at_port] {
            table.run(&Command { slot, ..Command::new(TableOp::Forget) });
        }
    }
    println!("{ends:?}, {readers} with readers, {deleted} deleted, {cleared} cleared, {added} with additions");
    assert_eq!(ADD, 256);
    for end in ["Waits", "Committed", "Escape(12)", "Escape(13)", "Escape(16)", "Escape(19)"] {
        assert!(ends.contains_key(end), "no commit ended with {end}");
    }
    assert!(readers > 50 && deleted > 50 && cleared > 10 && added > 100);
    bench.cross_check();
}
