//! The table share with three users, the table's model and a data RAM.

use std::collections::{BTreeMap, HashMap};

use gaslane_abi::record::StateRecord;
use gaslane_hdl::{
    card::TableShare,
    table::{
        layout::{ACCOUNT, DELETED, EXISTS, NO_CODE_HASH, TableOp, TableOutcome, UNAVAILABLE},
        model::{Code, Command, Key, Reply, StateTable, TableSize, Values},
    },
    word::{W64, W160, W256},
};
use rand::{Rng, rngs::SmallRng};
use rust_hdl_core::prelude::*;

use crate::{
    axi::Stable,
    dut,
    harness::Bench,
    random::{rng, word},
};

dut!(TableShare, clocked, [
    door_valid, door_kind, door_address, door_slot_key, door_slot, door_field, commit_valid, commit_op, commit_kind,
    commit_address, commit_slot_key, commit_entry, commit_flags, commit_value, commit_nonce, commit_code_hash, commit_code,
    commit_slot, commit_seq, commit_gather, commit_keeps, manager_start, manager_op, manager_slot, manager_seq, manager_flags,
    manager_row, manager_gather, request_ready, data_valid, data, table_ready, outcome, readers, waiting, changed, evicted
] => [
    door_ready, commit_ready, manager_busy, manager_outcome, manager_readers, manager_waiting, manager_changed,
    manager_evicted, request_valid, request_address, request_beats, data_ready, table_valid, op, kind, address, slot_key,
    entry, slot, field, seq, flags, value, nonce, code_hash, code, gather_valid, gather_readers, evictions
]);

const SIZE: TableSize = TableSize { set_bits: 2, way_bits: 1, slot_bits: 5, list_bits: 2 };

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum User {
    Door,
    Commit,
    Manager,
}

/// A command of the processor with what is not in it.
#[derive(Clone, Copy, Debug)]
struct Managed {
    command: Command,
    gather: bool,
    /// Its record, until it has been read.
    record: Option<u64>,
}

fn any_key(rng: &mut SmallRng) -> Key {
    let number = rng.random_range(0..8_u64);
    let address = [number << 60 | number, number.rotate_left(33), number >> 1];
    match rng.random_range(0..8) {
        0..4 => Key { kind: 1, address, slot: *word(rng).limbs() },
        7 => Key { kind: 3, address: [0; 3], slot: [number, 0, 0, 0] },
        _ => Key { kind: 2, address, slot: [rng.random_range(0..3), 0, 0, rng.random_range(0..2) << 63] },
    }
}

/// Few slots, so that FORGET finds something.
fn any_slot(rng: &mut SmallRng) -> u8 {
    [1, 9, 18, 28][rng.random_range(0..4)]
}

fn any_values(rng: &mut SmallRng, key: &Key) -> Values {
    let code = match rng.random_range(0..3) {
        0 => Code { hash: NO_CODE_HASH, packed: 0 },
        number => Code { hash: *word(rng).limbs(), packed: (number + 7) << 32 | number },
    };
    let code = if key.kind == ACCOUNT { code } else { Code { hash: key.slot, packed: rng.random() } };
    let mut flags = rng.random_range(0..1024) | if rng.random() { EXISTS } else { 0 };
    if rng.random_range(0..6) > 0 {
        flags &= !(DELETED | UNAVAILABLE);
    }
    Values { value: *word(rng).limbs(), nonce: rng.random_range(0..3), code, flags }
}

/// A command of the commit unit.
fn commit_command(rng: &mut SmallRng, table: &StateTable, slot: u8, seq: u64) -> Command {
    let entries: Vec<_> = table.entries().map(|(id, _)| id).collect();
    let by_entry = [TableOp::Load, TableOp::TryEntry, TableOp::ApplyEntry];
    let op = match rng.random_range(0..6) {
        i @ 0..3 if !entries.is_empty() => by_entry[i],
        3 => TableOp::ClearStorage,
        _ => TableOp::Need,
    };
    let entry = entries.get(rng.random_range(0..=entries.len())).copied().unwrap_or(0);
    let key = any_key(rng);
    Command { op, key, entry, slot, field: 0, seq, values: any_values(rng, &key) }
}

/// A command of the processor; its record in rows, and the flags that it adds.
fn managed_command(rng: &mut SmallRng, seq: u64) -> (Command, [W256; 4], u16) {
    let ops = [
        TableOp::Fill,
        TableOp::Fill,
        TableOp::Apply,
        TableOp::Probe,
        TableOp::ClearStorage,
        TableOp::Forget,
        TableOp::Forget,
        TableOp::Forget,
    ];
    let op = if rng.random_range(0..60) == 0 { TableOp::Clear } else { ops[rng.random_range(0..ops.len())] };
    let mut key = any_key(rng);
    let mut values = any_values(rng, &key);
    let account = key.kind == ACCOUNT;
    if account {
        // The table does not look at it; the record has the code hash there.
        key.slot = values.code.hash;
    }
    let extra = rng.random_range(0..1024) & values.flags;
    let flags = values.flags & 255 & !(extra & rng.random::<u16>());
    values.flags = flags | extra;
    // The record may give any hash and handle with code of no bytes.
    let (mut hash, mut packed) = (key.slot, values.code.packed);
    if account && packed == 0 {
        (hash, packed) = (*word(rng).limbs(), rng.random::<u64>() << 32);
        key.slot = hash;
    }
    let mut bytes = [0_u8; 128];
    let mut put = |at: usize, from: &[u8]| bytes[at..at + from.len()].copy_from_slice(from);
    use std::mem::offset_of;
    put(offset_of!(StateRecord, kind), &[key.kind, flags as u8]);
    put(offset_of!(StateRecord, reserved), &rng.random::<[u8; 2]>());
    let address: Vec<u8> = key.address.iter().flat_map(|limb| limb.to_le_bytes()).collect();
    put(offset_of!(StateRecord, address), &address[..20]);
    put(offset_of!(StateRecord, code_handle), &((packed >> 32) as u32).to_le_bytes());
    put(offset_of!(StateRecord, code_bytes), &(packed as u32).to_le_bytes());
    let limbs = |limbs: [u64; 4]| limbs.iter().flat_map(|limb| limb.to_le_bytes()).collect::<Vec<u8>>();
    put(offset_of!(StateRecord, key), &limbs(hash));
    put(offset_of!(StateRecord, value), &limbs(values.value));
    put(offset_of!(StateRecord, nonce), &values.nonce.to_le_bytes());
    put(offset_of!(StateRecord, reserved2), &rng.random::<[u8; 24]>());
    let rows = std::array::from_fn(|row| {
        W256::from_limbs(std::array::from_fn(|i| {
            u64::from_le_bytes(bytes[32 * row + 8 * i..][..8].try_into().expect("8 bytes"))
        }))
    });
    let command = Command { op, key, entry: 0, slot: any_slot(rng), field: 0, seq, values };
    (command, rows, extra)
}

/// The command at the table's port.
fn at_port(bench: &Bench<TableShare>) -> Command {
    let code = Code { hash: *bench.code_hash.val().limbs(), packed: bench.code.val().limbs()[0] };
    Command {
        op: TableOp::ALL[bench.op.val().to_u64() as usize],
        key: Key {
            kind: bench.kind.val().to_u64() as u8,
            address: *bench.address.val().limbs(),
            slot: *bench.slot_key.val().limbs(),
        },
        entry: bench.entry.val().to_u64() as u16,
        slot: bench.slot.val().to_u64() as u8,
        field: bench.field.val().to_u64() as u8,
        seq: bench.seq.val().limbs()[0],
        values: Values {
            value: *bench.value.val().limbs(),
            nonce: bench.nonce.val().limbs()[0],
            code,
            flags: bench.flags.val().to_u64() as u16,
        },
    }
}

/// Only what the user says counts.
fn counts(user: User, command: Command) -> Command {
    let Command { op, key, entry, slot, field, seq, values } = command;
    let nothing = Command::new(op);
    match user {
        User::Door => Command { key, slot, field, ..nothing },
        User::Commit => Command { key, entry, slot, seq, values, ..nothing },
        User::Manager if matches!(op, TableOp::Forget | TableOp::Clear) => Command { slot, seq, ..nothing },
        User::Manager => Command { key, slot, seq, values, ..nothing },
    }
}

/// What the table does with it. What must not be asked of it is answered all the same.
fn execute(table: &mut StateTable, command: &Command) -> Reply {
    let by_entry = matches!(command.op, TableOp::Load | TableOp::TryEntry | TableOp::ApplyEntry);
    let impossible = by_entry && table.entry(command.entry).is_none();
    if impossible || command.op == TableOp::Clear && table.pending() != 0 {
        let outcome = TableOutcome::Refused;
        return Reply { outcome, entry: None, readers: 5, waiting: 6, changed: 7, evicted: false, cycles: 3 };
    }
    table.run(command)
}

#[test]
fn table_share_random_users() {
    let mut bench = Bench::<TableShare>::new("table_share");
    let mut rng = rng();
    let mut table = StateTable::new(SIZE);
    let (mut door, mut commit, mut manager) = (None::<Command>, None::<Command>, None::<Managed>);
    let (mut commit_slot, mut commit_seq) = (3, 7);
    // The data RAM: records by address, and the rows that are due.
    let (mut records, mut due) = (HashMap::<u64, [W256; 4]>::new(), Vec::<W256>::new());
    let (mut request, mut at_table) = (Stable::new("request"), Stable::new("table"));
    let (mut owner, mut reply, mut wait) = (None::<User>, None::<Reply>, 0);
    let (mut gathered, mut managed, mut evictions) = (None::<u32>, None::<Reply>, 0);
    let mut done = BTreeMap::<(User, u8), u64>::new();
    let mut contested = 0;
    for cycle in 0..60_000 {
        let pace = [0.9, 0.05, 0.3, 0.02][cycle / 800 % 4];
        // Commits are numbered in their order, so that fills are not too old for ever.
        let seq = 1 << 50 | cycle as u64;
        // What stands in registers is as expected.
        assert_eq!(bench.table_valid.val(), owner.is_some());
        assert_eq!(bench.manager_busy.val(), manager.is_some());
        assert_eq!(bench.gather_valid.val(), gathered.is_some());
        if let Some(readers) = gathered {
            assert_eq!(bench.gather_readers.val().to_u64(), u64::from(readers));
        }
        if let (None, Some(managed)) = (&manager, &managed) {
            assert_eq!(bench.manager_outcome.val().to_u64(), managed.outcome as u64);
            assert_eq!(bench.manager_readers.val().to_u64(), u64::from(managed.readers));
            assert_eq!(bench.manager_waiting.val().to_u64(), u64::from(managed.waiting));
            assert_eq!(bench.manager_changed.val().to_u64(), u64::from(managed.changed));
            assert_eq!(bench.manager_evicted.val(), managed.evicted);
        }
        assert_eq!(bench.evictions.val().limbs()[0], evictions);

        // Users.
        if door.is_none() && rng.random_bool(pace) {
            let (slot, field) = (any_slot(&mut rng), rng.random_range(0..3));
            door = Some(Command { key: any_key(&mut rng), slot, field, ..Command::new(TableOp::Read) });
        }
        if commit.is_none() {
            if rng.random_range(0..10) == 0 {
                (commit_slot, commit_seq) = (any_slot(&mut rng), seq);
            }
            if rng.random_bool(pace) {
                commit = Some(commit_command(&mut rng, &table, commit_slot, commit_seq));
            }
        }
        let shown = door.unwrap_or(Command { key: any_key(&mut rng), ..Command::new(TableOp::Read) });
        bench.door_valid.next = door.is_some();
        bench.door_kind.next = u64::from(shown.key.kind).into();
        bench.door_address.next = W160::from_limbs(shown.key.address);
        bench.door_slot_key.next = W256::from_limbs(shown.key.slot);
        bench.door_slot.next = u64::from(shown.slot).into();
        bench.door_field.next = u64::from(shown.field).into();
        let shown = commit.unwrap_or_else(|| commit_command(&mut rng, &table, 0, 0));
        bench.commit_valid.next = commit.is_some();
        bench.commit_op.next = (shown.op as u64).into();
        bench.commit_kind.next = u64::from(shown.key.kind).into();
        bench.commit_address.next = W160::from_limbs(shown.key.address);
        bench.commit_slot_key.next = W256::from_limbs(shown.key.slot);
        bench.commit_entry.next = u64::from(shown.entry).into();
        bench.commit_flags.next = u64::from(shown.values.flags).into();
        bench.commit_value.next = W256::from_limbs(shown.values.value);
        bench.commit_nonce.next = W64::from_limbs([shown.values.nonce]);
        bench.commit_code_hash.next = W256::from_limbs(shown.values.code.hash);
        bench.commit_code.next = W64::from_limbs([shown.values.code.packed]);
        bench.commit_slot.next = u64::from(commit_slot).into();
        bench.commit_seq.next = W64::from_limbs([commit_seq]);
        let start = rng.random_bool(pace);
        let (command, rows, extra) = managed_command(&mut rng, seq);
        let (row, gather) = (32 * rng.random_range(0..1_u64 << 27), rng.random());
        bench.manager_start.next = start;
        bench.manager_op.next = (command.op as u64).into();
        bench.manager_slot.next = u64::from(command.slot).into();
        bench.manager_seq.next = W64::from_limbs([command.seq]);
        bench.manager_flags.next = u64::from(extra).into();
        bench.manager_row.next = row.into();
        bench.manager_gather.next = gather;

        // Data RAM.
        let ready = rng.random_bool(0.6);
        bench.request_ready.next = ready;
        let asked = (bench.request_address.val().limbs()[0], bench.request_beats.val().to_u64());
        let asked = request.cycle(bench.request_valid.val(), ready, asked);
        let gives = !due.is_empty() && rng.random_bool(0.7);
        bench.data_valid.next = gives;
        bench.data.next = if gives { due[0] } else { word(&mut rng) };

        // Table.
        if let (Some(user), None) = (owner, &reply) {
            let command = match user {
                User::Door => door.expect("the door has asked"),
                User::Commit => commit.expect("the commit has asked"),
                User::Manager => manager.expect("the processor has asked").command,
            };
            assert_eq!(counts(user, at_port(&bench)), counts(user, command), "{user:?}");
            // Evictions are rare here.
            let found = Reply { evicted: rng.random_range(0..4) == 0, ..execute(&mut table, &command) };
            wait = found.cycles - 1;
            reply = Some(found);
        } else {
            wait = wait.saturating_sub(1);
        }
        let ready = reply.is_some() && wait == 0;
        let shown = reply.filter(|_| ready).unwrap_or(Reply {
            outcome: TableOutcome::ALL[rng.random_range(0..11)],
            entry: None,
            readers: rng.random(),
            waiting: rng.random(),
            changed: rng.random_range(0..16),
            evicted: rng.random(),
            cycles: 0,
        });
        bench.table_ready.next = ready;
        bench.outcome.next = (shown.outcome as u64).into();
        bench.readers.next = u64::from(shown.readers).into();
        bench.waiting.next = u64::from(shown.waiting).into();
        bench.changed.next = u64::from(shown.changed).into();
        bench.evicted.next = shown.evicted;
        let commit_gather = ready && owner == Some(User::Commit) && rng.random();
        bench.commit_gather.next = commit_gather;
        let keeps = rng.random_range(0..4) == 0;
        bench.commit_keeps.next = keeps;
        bench.settle();
        at_table.cycle(bench.table_valid.val(), ready, at_port(&bench));
        assert_eq!(bench.door_ready.val(), ready && owner == Some(User::Door));
        assert_eq!(bench.commit_ready.val(), ready && owner == Some(User::Commit));

        // Who comes next.
        let manager_waits = manager.is_some_and(|managed| managed.record.is_none());
        let next = match owner {
            None if keeps => None,
            None if commit.is_some() => Some(User::Commit),
            None if manager_waits => Some(User::Manager),
            None => door.map(|_| User::Door),
            Some(user) => (!ready).then_some(user),
        };
        contested += u64::from(owner.is_none() && !keeps && commit.is_some() && manager_waits && door.is_some());
        gathered = commit_gather.then_some(shown.readers);
        if start && manager.is_none() {
            let record = !matches!(command.op, TableOp::Forget | TableOp::Clear);
            records.insert(row, rows);
            manager = Some(Managed { command, gather, record: record.then_some(row) });
        }
        if gives && bench.data_ready.val() {
            due.remove(0);
            if due.is_empty() {
                manager.as_mut().expect("rows are for a command").record = None;
            }
        }
        if let Some((address, beats)) = asked {
            assert_eq!((Some(address), beats), (manager.and_then(|managed| managed.record), 4));
            due.extend(records.remove(&address).expect("a record"));
        }
        if ready {
            let user = owner.expect("the table answers somebody");
            let op = match user {
                User::Door => door.take().map(|command| command.op),
                User::Commit => commit.take().map(|command| command.op),
                User::Manager => manager.take().map(|done| {
                    managed = reply;
                    gathered = done.gather.then_some(shown.readers);
                    done.command.op
                }),
            };
            *done.entry((user, op.expect("a command") as u8)).or_default() += 1;
            evictions += u64::from(shown.evicted);
            reply = None;
        }
        owner = next;
        bench.tick();
    }
    println!("{done:?}, {evictions} evictions, {contested} times all three");
    assert!(done.len() >= 11 && evictions > 500 && contested > 20 && request.taken > 200);
    bench.cross_check();
}
