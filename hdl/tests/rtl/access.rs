//! Access unit against its model: random operations in short attempts on small tables, with slow state, waits for the
//! head, and attempts that are aborted.

use std::collections::BTreeMap;

use gaslane_abi::{codes::KeyKind, isa::Field};
use gaslane_hdl::{
    access::{
        AccessModel, AccessUnit,
        layout::{AccessOp, DEFECT, Limbs, decode_entry, index_hash},
        model::{Asked, Key, Operands, Reply, State},
    },
    blocks::{AccessIndex, SmallAccessUnit},
    word::{W64, W256, Word},
};
use rand::{Rng, rngs::SmallRng};
use rust_hdl_core::prelude::*;

use crate::{
    dut,
    harness::Bench,
    random::{rng, word},
};

/// 15 entries and 32 undo records.
type TinyUnit = AccessUnit<4, 5>;

dut!(AccessIndex, clocked, [address, read, write, write_address, write_data] => [data]);
dut!(TinyUnit, clocked, [
    clear, start, op, a, b, packed_code, field, env_write, env_index, env_data, is_head, state_valid, state_value, state_code, drain_row
] => [
    busy, done, result, cold, outcome, head_wait, state_request, state_kind, state_address, state_slot, state_field, mark,
    overflow, entries, drain_data
]);
dut!(SmallAccessUnit, clocked, [
    clear, start, op, a, b, packed_code, field, env_write, env_index, env_data, is_head, state_valid, state_value, state_code, drain_row
] => [
    busy, done, result, cold, outcome, head_wait, state_request, state_kind, state_address, state_slot, state_field, mark,
    overflow, entries, drain_data
]);

#[test]
fn ram_random_accesses() {
    let mut bench = Bench::<AccessIndex>::new("ram");
    let mut rng = rng();
    let mut words = vec![0_u64; 1 << 9];
    for _ in 0..20_000 {
        let [source, target] = std::array::from_fn(|_| {
            let bits = if rng.random() { 2 } else { 16 };
            rng.random_range(0..1_u64 << bits)
        });
        let (read, write, data) = (rng.random_range(0..4) > 0, rng.random(), rng.random_range(0..1_u64 << 16));
        bench.read.next = read;
        bench.address.next = source.into();
        bench.write.next = write;
        bench.write_address.next = target.into();
        bench.write_data.next = data.into();
        bench.tick();
        let collides = write && source % 512 == target % 512;
        let expected = match (read, collides) {
            (false, _) => 0,
            (true, true) => 0xffff,
            (true, false) => words[source as usize % 512],
        };
        assert_eq!(bench.data.val().to_u64(), expected);
        if write {
            words[target as usize % 512] = data;
        }
    }
    bench.cross_check();
}

/// A request that the model made, and the answer that it was given.
#[derive(Clone, Copy, Debug)]
struct Asking {
    key: Key,
    asked: Asked,
    value: Limbs,
    code: u64,
}

/// Committed state that answers anything: small balances, huge ones, empty accounts, zero slots.
struct RandomState<'a> {
    rng: &'a mut SmallRng,
    log: Vec<Asking>,
}

impl State for RandomState<'_> {
    fn read(&mut self, key: Key, asked: Asked) -> (Limbs, u64) {
        let mut value = match self.rng.random_range(0..8) {
            0..=3 => [0; 4],
            4 => *(W256::MAX - W256::from_limbs([self.rng.random_range(0..8), 0, 0, 0])).limbs(),
            5 => [self.rng.random_range(1..4), 0, 0, 0],
            _ => *word(self.rng).limbs(),
        };
        let mut code = 0;
        if key.kind == KeyKind::Account {
            match asked {
                Asked::Nonce => value = [value[0], 0, 0, 0],
                Asked::Code if self.rng.random() => code = self.rng.random(),
                Asked::Code => code = u64::from(self.rng.random::<u32>()) << 32,
                Asked::Value => {}
            }
        }
        self.log.push(Asking { key, asked, value, code });
        (value, code)
    }
}

/// Addresses that collide in the index or mean something: precompiles, the beneficiary, 3.
fn addresses(count: u64) -> Vec<W256> {
    let special = [1, 2, 3, 9, 10, 0x100, 0x101].map(|low| W256::from_limbs([low, 0, 0, 0]));
    let far =
        [[3, 0, 1, 0], [1, 1, 0, 0], [0, 1 << 32, 0, 0], [u64::MAX, u64::MAX, 0xffff_ffff, 0]].map(W256::from_limbs);
    let others = (0..count).map(|i| W256::from_limbs([0x1111 * i, i << 40, i & 0xff, 0]));
    special.into_iter().chain(far).chain(others).collect()
}

fn slots(count: u64) -> Vec<W256> {
    // The last ones share their hash with the first.
    let same = (0..count / 4).map(|i| W256::from_limbs([i, 7, 7, 0]));
    (0..count).map(|i| W256::from_limbs([i, 0, 0, 0])).chain(same).collect()
}

/// What happened over a run, so that the test knows that it has seen everything.
#[derive(Default)]
struct Seen {
    operations: u64,
    outcomes: BTreeMap<u8, u64>,
    asked: u64,
    head_waits: u64,
    undone: u64,
    aborted: u64,
    sweeps: u64,
    overflows: u64,
    cold: u64,
    held: u64,
}

macro_rules! exercise {
    ($name:ident, $unit:ty, $bits:expr, $attempts:expr, $most:expr, $aborts:expr) => {
        /// Runs attempts; panics at the first difference.
        fn $name(bench: &mut Bench<$unit>, rng: &mut SmallRng, addresses: &[W256], slots: &[W256]) -> Seen {
            let (entry_bits, undo_bits) = $bits;
            let mut seen = Seen::default();
            let mut model = AccessModel::new(entry_bits, undo_bits);
            for _ in 0..$attempts {
                // The block of the attempt.
                let beneficiary = addresses[rng.random_range(0..4)];
                model.environment.number = 1000;
                (model.environment.precompile_last, model.environment.precompile_extra) = (9, 0x100);
                for (index, value) in [
                    (16, beneficiary),
                    (18, W256::from_limbs([1000, 0, 0, 0])),
                    (45, W256::from_limbs([9, 0, 0, 0])),
                    (46, W256::from_limbs([0x100, 0, 0, 0])),
                    (17, word(rng)),
                ] {
                    bench.env_write.next = true;
                    bench.env_index.next = (index as u64).into();
                    bench.env_data.next = value;
                    bench.tick();
                }
                bench.env_write.next = false;
                bench.clear.next = true;
                bench.start.next = rng.random();
                bench.tick();
                (bench.clear.next, bench.start.next) = (false, false);
                model.clear();
                bench.settle();
                assert!(!bench.state_request.val() && !bench.done.val());
                let mut sweep = 0_u64;
                while bench.busy.val() {
                    // A start during the sweep is ignored.
                    bench.start.next = rng.random();
                    bench.tick();
                    sweep += 1;
                }
                bench.start.next = false;
                assert!(sweep == 0 || sweep == 2 << entry_bits, "sweep of {sweep} cycles");
                seen.sweeps += u64::from(sweep > 0);
                bench.is_head.next = rng.random_range(0..3) == 0;
                let mut handles: Vec<W256> = vec![];
                let mut frame = addresses[0];
                let mut aborted = false;
                for step in 0..rng.random_range(1..$most) {
                    if step == 0 || rng.random_range(0..8) == 0 {
                        frame = addresses[rng.random_range(0..addresses.len())];
                        bench.env_write.next = true;
                        bench.env_index.next = 64_u64.into();
                        // What is above the address does not count.
                        bench.env_data.next = frame | (word(rng) << 160_u64);
                        bench.tick();
                        bench.env_write.next = false;
                    }
                    let limbs = frame.limbs();
                    model.environment.address = [limbs[0], limbs[1], limbs[2]];
                    let operands = operands(rng, addresses, slots, &handles, model.mark());
                    let mut state = RandomState { rng, log: vec![] };
                    let reply = model.run(&operands, &mut state);
                    let log = state.log;
                    let abort = (rng.random_range(0..$aborts) == 0).then(|| rng.random_range(0..16_u64));

                    // The operation in the unit.
                    bench.start.next = true;
                    bench.op.next = u64::from(operands.op).into();
                    bench.field.next = u64::from(operands.field).into();
                    bench.a.next = W256::from_limbs(operands.a);
                    bench.b.next = W256::from_limbs(operands.b);
                    bench.packed_code.next = W64::from_limbs([operands.packed]);
                    bench.settle();
                    if bench.busy.val() {
                        // The last operation still writes row 0: the start is ignored.
                        bench.tick();
                        bench.settle();
                        seen.held += 1;
                    }
                    assert!(!bench.busy.val());
                    bench.tick();
                    // Operands are taken at the start.
                    bench.start.next = rng.random_range(0..4) == 0;
                    bench.op.next = rng.random_range(0..16_u64).into();
                    bench.field.next = rng.random_range(0..16_u64).into();
                    (bench.a.next, bench.b.next) = (word(rng), word(rng));
                    bench.packed_code.next = W64::from_limbs([rng.random()]);
                    let (mut cycles, mut requests, mut answered) = (1, 0_u64, 0);
                    loop {
                        bench.state_valid.next = false;
                        bench.settle();
                        if bench.done.val() {
                            break;
                        }
                        if abort.is_some_and(|at| requests + cycles > at) {
                            aborted = true;
                            break;
                        }
                        assert!(bench.busy.val() && cycles < 100_000, "{operands:x?} does not end");
                        if bench.head_wait.val() {
                            let Asking { key, asked, .. } = log[answered];
                            let [low, middle, high, _] = *beneficiary.limbs();
                            assert_eq!((key.kind, asked), (KeyKind::Account, Asked::Value));
                            assert_eq!(key.address, [low, middle, high]);
                            assert!(!bench.state_request.val());
                            seen.head_waits += 1;
                            requests += 1;
                            bench.is_head.next = rng.random_range(0..4) == 0;
                        } else if bench.state_request.val() {
                            requests += 1;
                            let Asking { key, asked, value, code } = *log.get(answered).expect("a request too many");
                            let [low, middle, high] = key.address;
                            let found =
                                (bench.state_kind.val().to_u64(), bench.state_address.val(), bench.state_slot.val());
                            let address = Word::from_limbs([low, middle, high]);
                            assert_eq!(found, (key.kind as u64, address, W256::from_limbs(key.slot)), "{operands:x?}");
                            assert_eq!(bench.state_field.val().to_u64(), asked as u64, "{operands:x?}");
                            let waits = (key.kind, asked) == (KeyKind::Account, Asked::Value)
                                && [low, middle, high, 0] == *beneficiary.limbs();
                            assert!(!waits || bench.is_head.val(), "the beneficiary's balance is read early");
                            let answers = rng.random_range(0..3) == 0;
                            bench.state_valid.next = answers;
                            if answers {
                                bench.state_value.next = W256::from_limbs(value);
                                bench.state_code.next = W64::from_limbs([code]);
                                answered += 1;
                            }
                        } else {
                            cycles += 1;
                            // An answer to nothing does nothing.
                            bench.state_valid.next = rng.random_range(0..4) == 0;
                            bench.state_value.next = word(rng);
                            bench.state_code.next = W64::from_limbs([rng.random()]);
                        }
                        bench.tick();
                    }
                    bench.start.next = false;
                    bench.state_valid.next = false;
                    seen.operations += 1;
                    seen.asked += answered as u64;
                    if aborted {
                        seen.aborted += 1;
                        break;
                    }
                    let context = || format!("{operands:x?} {reply:x?}");
                    let Reply { result, cold, outcome, cycles: expected } = reply;
                    assert_eq!(bench.outcome.val().to_u64(), u64::from(outcome), "{}", context());
                    assert_eq!(answered, log.len(), "{}", context());
                    assert_eq!(cycles, expected, "{}", context());
                    assert_eq!(bench.cold.val(), cold, "{}", context());
                    if let Some(result) = result {
                        assert_eq!(bench.result.val(), W256::from_limbs(result), "{}", context());
                    }
                    assert_eq!(bench.mark.val().to_u64(), model.mark() as u64, "{}", context());
                    assert_eq!(bench.entries.val().to_u64(), model.entries.len() as u64, "{}", context());
                    assert_eq!(bench.overflow.val(), model.overflow, "{}", context());
                    *seen.outcomes.entry(outcome).or_default() += 1;
                    seen.cold += u64::from(cold);
                    seen.undone += u64::from(operands.op == AccessOp::Undo as u8);
                    let opens = [AccessOp::OpenAccount, AccessOp::OpenSlot, AccessOp::TouchAccount];
                    if opens.iter().any(|op| operands.op == *op as u8)
                        && let Some(handle) = result
                    {
                        handles.push(W256::from_limbs(handle));
                    }
                    // The result stays.
                    if rng.random() {
                        let before = (bench.result.val(), bench.cold.val(), bench.outcome.val());
                        bench.tick();
                        assert!(!bench.done.val() && !bench.busy.val());
                        assert_eq!((bench.result.val(), bench.cold.val(), bench.outcome.val()), before);
                    }
                }
                seen.overflows += u64::from(model.overflow);
                if aborted {
                    continue;
                }
                bench.tick();
                for (i, expected) in model.entries.iter().enumerate() {
                    let rows = std::array::from_fn(|row| {
                        bench.drain_row.next = (i as u64 * 4 + row as u64).into();
                        bench.tick();
                        *bench.drain_data.val().limbs()
                    });
                    assert_eq!(decode_entry(rows), *expected, "entry {i}");
                }
            }
            seen
        }
    };
}

/// Operands of a random operation that mostly makes sense.
fn operands(rng: &mut SmallRng, addresses: &[W256], slots: &[W256], handles: &[W256], mark: usize) -> Operands {
    let op = match rng.random_range(0..40) {
        39 => rng.random_range(0..16),
        // Few undos, so that the log fills.
        13 | 27 if rng.random_range(0..3) > 0 => 9,
        other => (other % 14) as u8,
    };
    // Some keys come often.
    let pick = |rng: &mut SmallRng, keys: &[W256]| {
        let most = if rng.random() { 4 } else { keys.len() };
        keys[rng.random_range(0..most)]
    };
    let handle = |rng: &mut SmallRng| match rng.random_range(0..24) {
        0 => word(rng),
        1 => W256::from_limbs([rng.random_range(0..64), 0, 0, 0]),
        _ if handles.is_empty() => W256::from_limbs([rng.random_range(0..4), 0, 0, 0]),
        _ => handles[rng.random_range(0..handles.len())],
    };
    let a = match op {
        0 | 5 => pick(rng, addresses) | (word(rng) << 160_u64),
        1..=4 => pick(rng, slots),
        10 => match rng.random_range(0..8) {
            0 => word(rng),
            1 => W256::from_limbs([rng.random_range(735..752), 0, 0, 0]),
            _ => W256::from_limbs([rng.random_range(995..1003), 0, 0, 0]),
        },
        13 => match rng.random_range(0..8) {
            0 => word(rng),
            1 => W256::from_limbs([rng.random_range(0..mark as u64 + 2), 0, 0, 0]),
            _ => W256::from_limbs([(mark as u64).saturating_sub(rng.random_range(0..6)), 0, 0, 0]),
        },
        _ => handle(rng),
    };
    // Fields that fit the handle, mostly.
    let storage = a.get_bit(0);
    let fitting: &[Field] = match (op, storage) {
        (7, true) => &[Field::Value, Field::Original],
        (8, true) => &[Field::Value],
        (8, false) => &[Field::Balance, Field::Nonce, Field::Created, Field::Destroyed],
        _ => &[
            Field::Balance,
            Field::Nonce,
            Field::CodeSize,
            Field::Empty,
            Field::ExtHash,
            Field::Created,
            Field::Destroyed,
            Field::Precompile,
        ],
    };
    let field = match rng.random_range(0..16) {
        0 => rng.random_range(0..16),
        _ => fitting[rng.random_range(0..fitting.len())] as u8,
    };
    let b = match rng.random_range(0..5) {
        0 => W256::ZERO,
        1 | 2 => W256::from_limbs([rng.random_range(0..4), 0, 0, 0]),
        3 => W256::from_limbs([rng.random(), 0, 0, 0]),
        _ => word(rng),
    };
    let packed = if rng.random() { rng.random() } else { 0 };
    Operands { op, field, a: *a.limbs(), b: *b.limbs(), packed }
}

exercise!(exercise_tiny, TinyUnit, (4, 5), 600, 180, 300);
exercise!(exercise_small, SmallAccessUnit, (8, 9), 6, 1500, 3000);

fn report(seen: &Seen) {
    let Seen { operations, outcomes, asked, head_waits, undone, aborted, sweeps, overflows, cold, held } = seen;
    println!(
        "{operations} operations, {asked} requests, {head_waits} cycles of waiting for the head, {undone} undos, \
         {aborted} aborted, {sweeps} sweeps, {overflows} overflows, {cold} cold, {held} starts held, outcomes {outcomes:?}"
    );
}

#[test]
fn access_unit_in_many_short_attempts() {
    let mut bench = Bench::<TinyUnit>::new("access_tiny");
    let mut rng = rng();
    let seen = exercise_tiny(&mut bench, &mut rng, &addresses(4), &slots(8));
    report(&seen);
    assert!(seen.operations >= 10_000 && seen.sweeps >= 2 && seen.aborted > 10 && seen.head_waits > 10);
    for outcome in [0, 7, 8, 16, DEFECT] {
        assert!(seen.outcomes.get(&outcome).is_some_and(|count| *count > 10), "outcome {outcome} was not seen");
    }
    assert!(seen.overflows > 0 && seen.undone > 100 && seen.cold > 100 && seen.asked > 1000 && seen.held > 100);
    bench.cross_check();
}

#[test]
fn access_unit_in_long_attempts() {
    let mut bench = Bench::<SmallAccessUnit>::new("access");
    let mut rng = rng();
    let seen = exercise_small(&mut bench, &mut rng, &addresses(40), &slots(120));
    report(&seen);
    assert!(seen.operations >= 1000 && seen.asked > 100);
    bench.cross_check();
}

#[test]
fn keys_that_share_a_hash_are_told_apart() {
    // The random runs above would show it only by luck.
    let slots = slots(8);
    let hash = |slot: &W256| index_hash(2, &[5, 0, 0], slot.limbs());
    assert_eq!(hash(&slots[0]), hash(&slots[8]));
}
