//! Lane memory against an array of bytes: a random load and a random store in every cycle.

use std::collections::VecDeque;

use gaslane_hdl::{
    blocks::SmallMemory,
    memory::{
        LaneMemory,
        lane_memory::{LOAD_CYCLES, Model},
    },
    word::W256,
};
use rand::Rng;
use rust_hdl_core::prelude::*;

use crate::{
    dut,
    harness::{Bench, Dut},
    random::{rng, word},
};

/// 512 bytes.
type TinyMemory = LaneMemory<4>;

dut!(TinyMemory, clocked, [load_address, store_address, store_data, store_skip, store_end] => [load_data]);
dut!(SmallMemory, clocked, [load_address, store_address, store_data, store_skip, store_end] => [load_data]);

/// The word with these bytes, first byte most significant.
pub fn to_word(bytes: [u8; 32]) -> W256 {
    W256::from_limbs(std::array::from_fn(|i| u64::from_be_bytes(bytes[24 - 8 * i..][..8].try_into().unwrap())))
}

/// The bytes of a word, most significant first.
pub fn to_bytes(word: W256) -> [u8; 32] {
    let mut bytes = word.limbs().map(u64::to_le_bytes).concat();
    bytes.reverse();
    bytes.try_into().unwrap()
}

fn random_accesses<const ROW_BITS: usize>(name: &'static str)
where
    LaneMemory<ROW_BITS>: Dut,
{
    let mut bench = Bench::<LaneMemory<ROW_BITS>>::new(name);
    let mut rng = rng();
    let mut memory = Model::new(ROW_BITS);
    let size = 32 << ROW_BITS;
    let mut expected = VecDeque::new();
    let mut recent = 0_usize;
    for _ in 0..20_000 {
        // Most accesses are near the one before, the others anywhere, also around the end and beyond it.
        let [load, store] = std::array::from_fn(|_| {
            let near =
                |place: usize, rng: &mut rand::rngs::SmallRng| (place + rng.random_range(0..96)).wrapping_sub(48);
            let address = match rng.random_range(0..8) {
                0 => rng.random_range(0..1 << 20),
                1 => near(size, &mut rng),
                _ => near(recent, &mut rng),
            };
            // The same byte may have several addresses.
            let address = address % size + size * rng.random_range(0..(1 << 20) / size);
            recent = if rng.random() { address } else { recent };
            address
        });
        let (skip, end) = match rng.random_range(0..4) {
            0 => (0, 32),
            1 => (0, 0),
            2 => (31, 32),
            _ => (rng.random_range(0..32), rng.random_range(0..=32)),
        };
        let data = word(&mut rng);
        bench.load_address.next = (load as u64).into();
        bench.store_address.next = (store as u64).into();
        bench.store_data.next = data;
        bench.store_skip.next = (skip as u64).into();
        bench.store_end.next = (end as u64).into();
        expected.push_back(memory.load(load));
        memory.store(store, to_bytes(data), skip, end);
        bench.tick();
        if expected.len() as u64 == LOAD_CYCLES {
            assert_eq!(to_bytes(bench.load_data.val()), expected.pop_front().unwrap(), "load of three cycles ago");
        }
    }
    bench.cross_check();
}

#[test]
fn tiny_memory_random_accesses() {
    random_accesses::<4>("tiny_memory");
}

#[test]
fn small_memory_random_accesses() {
    random_accesses::<11>("lane_memory");
}
