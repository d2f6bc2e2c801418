//! Lane memory and copy engine against a byte array.

use gaslane_hdl::{
    memory::{
        CopyEngine, LaneMemory,
        copy::cycles,
        lane_memory::LOAD_CYCLES,
    },
    word::W256,
};
use rand::Rng;
use rust_hdl_core::prelude::*;

use crate::{
    dut,
    harness::Bench,
    random::{rng, word},
};

type Memory = LaneMemory<4>;
const BYTES: usize = 1024;

dut!(Memory, clocked, [load_address, store_address, store_data, store_skip, store_end] => [load_data]);
dut!(CopyEngine, clocked,
    [clear, start, kind, source, available, target, length, code_line, load_data, code_valid, code_data] =>
    [busy, done, active, load_address, store_address, store_data, store_skip, store_end, code_request, code_address]);

fn bytes(word: W256) -> Vec<u8> {
    word.limbs().iter().rev().flat_map(|limb| limb.to_be_bytes()).collect()
}

fn number(bytes: &[u8]) -> W256 {
    let limb = |i: usize| u64::from_be_bytes(bytes[8 * i..8 * i + 8].try_into().unwrap());
    W256::from_limbs([limb(3), limb(2), limb(1), limb(0)])
}

fn load(memory: &[u8], address: usize) -> W256 {
    let loaded: Vec<u8> = (0..32).map(|i| memory[(address + i) % memory.len()]).collect();
    number(&loaded)
}

fn store(memory: &mut [u8], address: usize, data: W256, skip: usize, end: usize) {
    let size = memory.len();
    for (i, byte) in bytes(data).into_iter().enumerate().take(end).skip(skip) {
        memory[(address + i) % size] = byte;
    }
}

#[test]
fn lane_memory() {
    let mut bench = Bench::<Memory>::new("lane_memory");
    let mut rng = rng();
    let mut memory = vec![0; BYTES];
    let mut expected = std::collections::VecDeque::from(vec![W256::ZERO; LOAD_CYCLES as usize]);
    for cycle in 0..20_000 {
        let near = rng.random_range(0..BYTES);
        let from = if rng.random() { near } else { rng.random_range(0..BYTES) };
        let (skip, end) = (rng.random_range(0..32_u64), rng.random_range(0..=32_u64));
        let data = word(&mut rng);
        bench.load_address.next = (from as u64).into();
        bench.store_address.next = (near as u64).into();
        (bench.store_data.next, bench.store_skip.next, bench.store_end.next) = (data, skip.into(), end.into());
        // What was stored before this cycle.
        expected.push_back(load(&memory, from));
        bench.tick();
        store(&mut memory, near, data, skip as usize, end as usize);
        let loaded = expected.pop_front().unwrap();
        if cycle >= LOAD_CYCLES as usize {
            // The data of a load is there after its third clock edge; the bench stands before the next.
            let _ = loaded;
        }
        let due = expected.front().copied();
        if cycle + 1 > LOAD_CYCLES as usize {
            assert_eq!(Some(bench.load_data.val()), due, "cycle {cycle}");
        }
    }
    bench.cross_check();
}

#[test]
fn copies() {
    let mut bench = Bench::<CopyEngine>::new("copy_engine");
    let mut rng = rng();
    let mut memory: Vec<u8> = (0..4096).map(|_| rng.random()).collect();
    let code: Vec<u8> = (0..2048).map(|_| rng.random()).collect();
    for _ in 0..3_000 {
        let kind = rng.random_range(0..3_u64);
        let length = if rng.random_range(0..8) == 0 { rng.random_range(0..1200) } else { rng.random_range(0..130_usize) };
        let target = rng.random_range(0..4096 - length);
        let source = match rng.random_range(0..3) {
            0 if kind == 0 => (target + rng.random_range(0..64)).min(4096 - length),
            1 if kind == 0 => target.saturating_sub(rng.random_range(0..64)),
            _ => rng.random_range(0..1500.min(4096 - length).max(1)),
        };
        let most = if kind == 1 { code.len() - source } else { 4096 - source };
        let available = if rng.random() { most.min(length + 7) } else { rng.random_range(0..=length.min(most)) };
        let line = rng.random_range(0..1000_u64);
        let mut expected = memory.clone();
        for i in 0..length {
            let byte = match kind {
                0 if i < available => memory[source + i],
                1 if i < available => code[source + i],
                _ => 0,
            };
            expected[target + i] = byte;
        }
        bench.start.next = true;
        bench.kind.next = kind.into();
        bench.source.next = (source as u64).into();
        bench.available.next = (available as u64).into();
        bench.target.next = (target as u64).into();
        bench.length.next = (length as u64).into();
        bench.code_line.next = line.into();
        let mut loads = std::collections::VecDeque::from([W256::ZERO; 3]);
        let mut pending: Option<(u64, u64)> = None;
        let mut count = 0;
        loop {
            bench.settle();
            let done = bench.done.val();
            if done {
                break;
            }
            let address = bench.load_address.val().index();
            let due = load(&memory, address);
            if bench.active.val() {
                let (at, end) = (bench.store_address.val().index(), bench.store_end.val().index());
                if end > 0 {
                    store(&mut memory, at, bench.store_data.val(), bench.store_skip.val().index(), end);
                }
            }
            let requested = bench.code_request.val() && !bench.code_valid.val();
            let asked = bench.code_address.val().to_u64();
            bench.tick();
            count += 1;
            assert!(count < 3_000);
            bench.start.next = false;
            loads.push_back(due);
            loads.pop_front();
            bench.load_data.next = loads[0];
            bench.code_valid.next = false;
            pending = match pending {
                None if requested => Some((rng.random_range(0..6), asked)),
                Some((0, asked)) => {
                    let first = 32 * (asked - line) as usize;
                    let mut text: Vec<u8> = code.iter().copied().skip(first).take(32).collect();
                    text.resize(32, 0xee);
                    (bench.code_valid.next, bench.code_data.next) = (true, number(&text));
                    None
                }
                Some((wait, asked)) => Some((wait - 1, asked)),
                None => None,
            };
        }
        assert_eq!(memory, expected, "kind {kind} source {source} available {available} target {target} length {length}");
        if kind != 1 {
            assert_eq!(count, cycles(kind, length as u64), "kind {kind} length {length}");
        }
        bench.tick();
    }
    bench.cross_check();
}
