//! Lane memory against an array of bytes: random loads and stores, one every cycle.

use std::collections::VecDeque;

use gaslane_hdl::{
    lane_memory::{LOAD_CYCLES, LaneMemory},
    word::W256,
};
use rand::Rng;
use rust_hdl_core::prelude::*;

use crate::{
    dut,
    harness::Bench,
    random::{rng, word},
};

dut!(LaneMemory, clocked, [address, store, store_byte, store_data] => [data]);

#[test]
fn lane_memory_random_accesses() {
    let mut bench = Bench::<LaneMemory>::new("lane_memory");
    let mut rng = rng();
    let mut memory = vec![0_u8; 1 << 15];
    let mut expected = VecDeque::new();
    for _ in 0..20_000 {
        // Half of the accesses collide in the first rows, the rest go anywhere, over the end too.
        let bits = if rng.random() { 7 } else { 15 };
        let address: usize = rng.random_range(0..1 << bits);
        let address = if rng.random_range(0..16) == 0 { memory.len() - 1 - address % 64 } else { address };
        let (kind, data) = (rng.random_range(0..3), word(&mut rng));
        bench.address.next = (address as u64).into();
        bench.store.next = kind == 1;
        bench.store_byte.next = kind == 2;
        bench.store_data.next = data;
        let place = |i: usize| (address + i) % (1 << 15);
        expected.push_back(std::array::from_fn::<u8, 32, _>(|i| memory[place(i)]));
        let bytes: Vec<u8> = data.limbs().iter().rev().flat_map(|limb| limb.to_be_bytes()).collect();
        match kind {
            1 => (0..32).for_each(|i| memory[place(i)] = bytes[i]),
            2 => memory[address] = bytes[31],
            _ => {}
        }
        bench.tick();
        if expected.len() as u64 == LOAD_CYCLES {
            let bytes = expected.pop_front().unwrap();
            let limbs = std::array::from_fn(|i| u64::from_be_bytes(bytes[24 - 8 * i..][..8].try_into().unwrap()));
            assert_eq!(bench.data.val(), W256::from_limbs(limbs), "address of three cycles ago, now {address:#x}");
        }
    }
    bench.cross_check();
}
