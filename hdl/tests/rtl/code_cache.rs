//! Code cache against two models: the cycle-exact one beside it, and a record of what must and what may be answered.

use std::collections::{BTreeMap, VecDeque};

use gaslane_hdl::{
    blocks::{ProgramCache, ProgramCacheRam},
    code::{
        CodeCache,
        cache::{BURST, Inputs, Model, Outputs, flushes_per_sweep, row, sweep_cycles},
    },
    word::W256,
};
use rand::{Rng, rngs::SmallRng};
use rust_hdl_core::prelude::*;

use crate::{
    dut,
    harness::{Bench, Dut},
    random::{rng, word},
};

/// Small enough that rows are contended and sweeps are frequent.
type SmallCache = CodeCache<3>;

dut!(ProgramCacheRam, clocked, [address, write, write_address, write_tag, write_data] => [tag, data]);
dut!(SmallCache, clocked, [flush, drop, drop_line, read, line, fill_ready, fill_valid, fill_data] => [hit, data, fill_request, fill_line, filling]);
dut!(ProgramCache, clocked, [flush, drop, drop_line, read, line, fill_ready, fill_valid, fill_data] => [hit, data, fill_request, fill_line, filling]);

#[test]
fn line_ram_random_accesses() {
    let mut bench = Bench::<ProgramCacheRam>::new("line_ram");
    let mut rng = rng();
    let mut rows = vec![(u32::MAX, W256::ZERO); 1 << 9];
    for _ in 0..20_000 {
        let bits = if rng.random() { 2 } else { 9 };
        let [source, target] = std::array::from_fn(|_| rng.random_range(0..1_usize << bits));
        let (write, tag, data) = (rng.random(), rng.random(), word(&mut rng));
        bench.address.next = (source as u64).into();
        bench.write.next = write;
        bench.write_address.next = (target as u64).into();
        bench.write_tag.next = u64::from(tag).into();
        bench.write_data.next = data;
        bench.tick();
        let found = (bench.tag.val().to_u64() as u32, bench.data.val());
        if write {
            rows[target] = (tag, data);
        }
        match write && source == target {
            false => assert_eq!(found, rows[source]),
            true => assert_eq!(found, (tag, !data), "the worst of a collision"),
        }
    }
    bench.cross_check();
}

/// What a line of the code store holds; each flush changes all of it, a drop one line.
fn content(line: u32, version: u64) -> W256 {
    let mix = |salt: u64| (u64::from(line) << 20 ^ version ^ salt << 60).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    W256::from_limbs(std::array::from_fn(|i| mix(i as u64 + 1)))
}

/// How the cache is used.
struct Usage {
    flush: f64,
    drop: f64,
    read: f64,
    ready: f64,
    valid: f64,
}

/// Ports of a cache, whatever its size.
trait Cache: Dut {
    const INDEX_BITS: usize;
    fn drive(&mut self, inputs: Inputs, garbage: W256);
    /// Hit, data, request, line of the request, filling.
    fn outputs(&self) -> (bool, W256, bool, u32, bool);
}

macro_rules! cache {
    ($type:ty, $bits:literal) => {
        impl Cache for $type {
            const INDEX_BITS: usize = $bits;

            fn drive(&mut self, inputs: Inputs, garbage: W256) {
                self.flush.next = inputs.flush;
                self.drop.next = inputs.drop.is_some();
                self.drop_line.next = inputs.drop.map_or(garbage.limbs()[1] & 0xffff_ffff, u64::from).into();
                self.read.next = inputs.read.is_some();
                self.line.next = inputs.read.map_or(garbage.limbs()[0] & 0xffff_ffff, u64::from).into();
                self.fill_ready.next = inputs.fill_ready;
                self.fill_valid.next = inputs.fill.is_some();
                self.fill_data.next = inputs.fill.unwrap_or(garbage);
            }

            fn outputs(&self) -> (bool, W256, bool, u32, bool) {
                let line = self.fill_line.val().to_u64() as u32;
                (self.hit.val(), self.data.val(), self.fill_request.val(), line, self.filling.val())
            }
        }
    };
}
cache!(SmallCache, 3);
cache!(ProgramCache, 9);

/// Lines of a few neighbourhoods, so that they meet again, come from other tags in the same rows, and wrap around.
fn any_line(rng: &mut SmallRng, index_bits: usize) -> u32 {
    let tag = [0, 0, 1, 2, 0x12_3456, 1 << 31 >> index_bits, u32::MAX][rng.random_range(0..7)];
    let index = rng.random_range(0..1_u32 << index_bits.min(4)).wrapping_sub(5);
    (tag << index_bits).wrapping_add(index)
}

/// The refill that is under way.
struct Refill {
    first: u32,
    taken: u32,
    void: bool,
}

/// A read that is being answered.
struct Asked {
    line: u32,
    /// What must come, if it was filled and neither evicted nor flushed.
    must: Option<W256>,
    /// What else may come.
    may: W256,
}

fn use_cache<C: Cache>(name: &'static str, phases: &[(usize, Usage)]) {
    let mut bench = Bench::<C>::new(name);
    let mut rng = rng();
    let mut model = Model::new(C::INDEX_BITS);
    let row = |line: u32| row(line, 1 << C::INDEX_BITS) as u32;
    // What the code store holds, and what it has yet to deliver.
    let (mut version, mut coming) = (0_u64, VecDeque::new());
    let mut changes = BTreeMap::<u32, u64>::new();
    let mut drops = 0;
    let mut filled = BTreeMap::<u32, (u32, W256)>::new();
    let mut asked: Option<Asked> = None;
    let mut refill: Option<Refill> = None;
    let mut wanted = None;
    let (mut hits, mut misses, mut voids, mut sweep, mut beginless) = (0, 0, 0, 0, 0);
    for (cycles, usage) in phases {
        for _ in 0..*cycles {
            // Outputs follow registers alone.
            let (hit, data, request, fill_line, filling) = bench.outputs();
            let outputs = Outputs { hit: hit.then_some(data), request: request.then_some(fill_line), filling };
            assert_eq!(outputs, model.outputs());
            assert_eq!(request, refill.is_some() && coming.is_empty());
            assert!(filling || refill.is_none());
            sweep += usize::from(filling && refill.is_none());
            let mut missed = None;
            match asked {
                None => assert!(!hit),
                Some(Asked { line, must: Some(bytes), .. }) => assert!(hit && data == bytes, "line {line:x} is here"),
                Some(Asked { line, may, .. }) if hit => assert_eq!(data, may, "wrong bytes of line {line:x}"),
                Some(Asked { line, .. }) => missed = Some(line),
            }
            hits += usize::from(hit);
            misses += usize::from(missed.is_some());
            wanted = if hit { None } else { missed.or(wanted) };

            // Again what missed, or what should be here, or anything.
            let again = match rng.random_range(0..10) {
                0..7 if wanted.is_some() => wanted,
                0..6 => filled.range(rng.random_range(0..1 << C::INDEX_BITS)..).next().map(|(_, (line, _))| *line),
                _ => None,
            };
            let inputs = Inputs {
                flush: rng.random_bool(usage.flush),
                drop: rng.random_bool(usage.drop).then(|| {
                    let here =
                        filled.range(rng.random_range(0..1 << C::INDEX_BITS)..).next().map(|(_, (line, _))| *line);
                    here.filter(|_| rng.random_range(0..4) > 0).unwrap_or_else(|| any_line(&mut rng, C::INDEX_BITS))
                }),
                read: rng.random_bool(usage.read).then(|| again.unwrap_or_else(|| any_line(&mut rng, C::INDEX_BITS))),
                fill_ready: rng.random_bool(usage.ready),
                fill: match coming.front() {
                    Some(&line) => rng.random_bool(usage.valid).then_some(line),
                    // Lines that nobody asked for change nothing.
                    None => rng.random_bool(0.1).then(|| word(&mut rng)),
                },
            };
            bench.drive(inputs, word(&mut rng));
            bench.tick();
            model.tick(inputs);

            let mut written = None;
            if let Some(Refill { first, taken, void }) = &mut refill {
                if let Some(data) = inputs.fill.filter(|_| coming.pop_front().is_some()) {
                    let line = first.wrapping_add(*taken);
                    *taken += 1;
                    if !*void && inputs.drop.is_none() {
                        filled.insert(row(line), (line, data));
                        written = Some(row(line));
                    }
                } else if request && inputs.fill_ready {
                    assert_eq!(fill_line, *first);
                    coming.extend((0..BURST).map(|i| {
                        let line = first.wrapping_add(i);
                        content(line, version + changes.get(&line).unwrap_or(&0))
                    }));
                }
                let voided = inputs.flush || inputs.drop.is_some();
                voids += usize::from(voided && !*void);
                *void |= voided;
                if *taken == BURST {
                    refill = None;
                }
            } else if let Some(first) = missed.filter(|_| !filling) {
                // Only after a collision nothing begins.
                match bench.outputs().2 {
                    true => refill = Some(Refill { first, taken: 0, void: inputs.flush || inputs.drop.is_some() }),
                    false => beginless += 1,
                }
            }
            if inputs.flush {
                filled.clear();
                version += 1 << 32;
            }
            if let Some(line) = inputs.drop {
                drops += usize::from(filled.remove(&row(line)).is_some_and(|(found, _)| found == line));
                *changes.entry(line).or_default() += 1;
            }
            asked = inputs.read.map(|line| {
                let here = filled.get(&row(line)).filter(|(found, _)| *found == line);
                let must = here.filter(|_| written != Some(row(line))).map(|(_, data)| *data);
                Asked { line, must, may: content(line, version + changes.get(&line).unwrap_or(&0)) }
            });
        }
    }
    println!(
        "{name}: {hits} hits, {misses} misses, {voids} void refills, {sweep} cycles of sweep, {beginless} without refill"
    );
    assert!(drops > 20, "only {drops} lines are dropped");
    assert!(hits > 1_000 && misses > 1_000 && voids > 50 && beginless > 5, "the test reaches too little");
    assert!(sweep as u64 >= sweep_cycles(C::INDEX_BITS), "no sweep");
    bench.cross_check();
}

/// From calm to a flush every other cycle, with a code store that is fast, slow or hesitant.
fn phases(cycles: usize) -> [(usize, Usage); 6] {
    [
        (cycles, Usage { flush: 0.001, drop: 0.001, read: 0.9, ready: 0.5, valid: 0.5 }),
        (cycles, Usage { flush: 0.02, drop: 0.02, read: 1.0, ready: 1.0, valid: 1.0 }),
        (cycles, Usage { flush: 0.02, drop: 0.01, read: 0.5, ready: 0.1, valid: 0.2 }),
        (cycles / 2, Usage { flush: 0.5, drop: 0.05, read: 0.8, ready: 0.9, valid: 0.9 }),
        (cycles / 2, Usage { flush: 0.1, drop: 0.3, read: 1.0, ready: 0.5, valid: 0.9 }),
        (cycles, Usage { flush: 0.0, drop: 0.0, read: 1.0, ready: 0.7, valid: 0.8 }),
    ]
}

#[test]
fn small_cache() {
    use_cache::<SmallCache>("small_code_cache", &phases(8_000));
}

#[test]
fn program_cache() {
    use_cache::<ProgramCache>("code_cache", &phases(4_000));
}

/// The number of flushes to a sweep and its length, and what a read costs at best.
#[test]
fn cycles() {
    let mut bench = Bench::<SmallCache>::new("small_code_cache_cycles");
    for _ in 0..3 {
        for flushes in 1..=flushes_per_sweep(3) {
            assert!(!bench.filling.val(), "{flushes}");
            bench.drive(Inputs { flush: true, ..Default::default() }, W256::ZERO);
            bench.tick();
        }
        for _ in 0..sweep_cycles(3) {
            assert!(bench.filling.val());
            bench.drive(Inputs { flush: false, ..Default::default() }, W256::ZERO);
            bench.tick();
        }
        assert!(!bench.filling.val());
    }
    // A miss, with a code store that answers at once, read every cycle: request two cycles after the read, then a line a
    // cycle, a hit the second cycle after it was taken.
    let read = Inputs { read: Some(70), fill_ready: true, ..Default::default() };
    let mut events = vec![];
    for cycle in 0..12 {
        let (hit, data, request, line, filling) = bench.outputs();
        events.push((hit, request, filling));
        assert!(!hit || data == content(70, 9));
        let fill = (3..11).contains(&cycle).then(|| content(line, 9));
        bench.drive(Inputs { fill, ..read }, W256::ZERO);
        bench.tick();
    }
    let (no, yes) = (false, true);
    let expected = [
        (no, no, no),
        (no, no, no),
        (no, yes, yes),
        (no, no, yes),
        (no, no, yes),
        (yes, no, yes),
        (yes, no, yes),
        (yes, no, yes),
        (yes, no, yes),
        (yes, no, yes),
        (yes, no, yes),
        (yes, no, no),
    ];
    assert_eq!(events, expected);
    bench.cross_check();
}
