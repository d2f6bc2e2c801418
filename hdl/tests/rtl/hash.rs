//! Keccak-256: the model, the leaf with any inputs, and the unit with a memory of the test's own.

use std::collections::VecDeque;

use alloy_primitives::keccak256;
use gaslane_hdl::{
    hash::{
        HashEngine, Sponge,
        engine::{LOAD_CYCLES, cycles},
        keccak,
    },
    word::W256,
};
use rand::{Rng, rngs::SmallRng};
use rust_hdl_core::prelude::*;

use crate::{
    dut,
    harness::Bench,
    random::{rng, word},
};

dut!(Sponge, clocked, [reset, write, count, ends, data, step, empty, round] => [digest]);
dut!(HashEngine, clocked, [clear, start, address, length, load_data] => [busy, done, digest, load_address, loading]);

fn from_bytes(bytes: [u8; 32]) -> W256 {
    W256::from_limbs(std::array::from_fn(|i| u64::from_be_bytes(bytes[24 - 8 * i..][..8].try_into().unwrap())))
}

#[test]
fn keccak_model() {
    let mut rng = rng();
    for length in 0..=1_000 {
        let message: Vec<u8> = (0..length).map(|_| rng.random()).collect();
        assert_eq!(keccak::keccak256(&message), keccak256(&message), "{length} bytes");
    }
}

/// The engine uses the leaf in one order only; the two descriptions must agree on any input.
#[test]
fn sponge_random_inputs() {
    let mut bench = Bench::<Sponge>::new("sponge");
    let mut rng = rng();
    let mut digests = std::collections::HashSet::new();
    for _ in 0..20_000 {
        // Writes mostly name one group; a few write several.
        let write = match rng.random_range(0..4) {
            0 => rng.random_range(0..32),
            1 => 0,
            _ => 1 << rng.random_range(0..5),
        };
        let count = if rng.random() { 32 } else { rng.random_range(0..64) };
        bench.reset.next = rng.random_range(0..100) == 0;
        bench.write.next = u64::from(write as u32).into();
        bench.count.next = u64::from(count as u32).into();
        bench.ends.next = rng.random_range(0..4) == 0;
        bench.data.next = word(&mut rng);
        bench.step.next = rng.random_range(0..4) != 0;
        bench.empty.next = rng.random_range(0..8) == 0;
        bench.round.next = rng.random_range(0..32_u64).into();
        bench.tick();
        digests.insert(*bench.digest.val().limbs());
    }
    assert!(digests.len() > 10_000, "the state moves: {} values", digests.len());
    bench.cross_check();
}

/// The unit beside a memory that answers every address after three cycles, its own or another's.
struct Machine {
    bench: Bench<HashEngine>,
    memory: Vec<u8>,
    data: VecDeque<W256>,
    rng: SmallRng,
}

impl Machine {
    fn new(name: &'static str) -> Self {
        let mut rng = rng();
        let memory = (0..1 << 20).map(|_| rng.random()).collect();
        let data = std::iter::repeat_n(W256::ZERO, LOAD_CYCLES as usize).collect();
        Machine { bench: Bench::new(name), memory, data, rng }
    }

    fn bytes(&self, address: usize, length: usize) -> Vec<u8> {
        (address..address + length).map(|i| self.memory[i % self.memory.len()]).collect()
    }

    fn tick(&mut self) {
        // Registers decide the address, so it does not depend on the data of this cycle.
        self.bench.settle();
        let address = if self.bench.loading.val() {
            self.bench.load_address.val().to_u64() as usize
        } else {
            self.rng.random_range(0..self.memory.len())
        };
        self.data.push_back(from_bytes(self.bytes(address, 32).try_into().unwrap()));
        self.bench.load_data.next = self.data.pop_front().unwrap();
        self.bench.tick();
        self.bench.settle();
    }

    fn operands(&mut self, address: usize, length: usize) {
        self.bench.address.next = (address as u64).into();
        self.bench.length.next = (length as u64).into();
    }

    /// Anywhere, often at the borders of rows and at the end of the memory.
    fn random_address(&mut self) -> usize {
        let offset = self.rng.random_range(0..64);
        match self.rng.random_range(0..4) {
            0 => 32 * offset,
            1 => self.memory.len() - 1 - offset,
            _ => self.rng.random_range(0..self.memory.len()),
        }
    }

    fn random_length(&mut self) -> usize {
        match self.rng.random_range(0..64) {
            0 => self.rng.random_range(0..4_000),
            1..8 => self.rng.random_range(0..300),
            8..16 => 136 * self.rng.random_range(0..4),
            16..32 => 32 * self.rng.random_range(0..6),
            _ => self.rng.random_range(0..136),
        }
    }

    /// Hashes a message; it is started in the current cycle, and `done` is up in the cycle after this.
    fn hash(&mut self, address: usize, length: usize) {
        self.bench.start.next = true;
        self.operands(address, length);
        self.tick();
        let mut count = 1;
        while !self.bench.done.val() {
            assert!(self.bench.busy.val() && count < 10_000, "{length} bytes: busy in cycle {count}");
            // Operands and starts while it is busy change nothing.
            self.bench.start.next = self.rng.random();
            let (other_address, other_length) = (self.random_address(), self.random_length());
            self.operands(other_address, other_length);
            self.tick();
            count += 1;
        }
        self.bench.start.next = false;
        assert!(!self.bench.busy.val());
        assert_eq!(count, cycles(length as u64), "{length} bytes");
        self.check(address, length);
    }

    fn check(&self, address: usize, length: usize) {
        let expected = from_bytes(*keccak256(self.bytes(address, length)));
        assert_eq!(self.bench.digest.val(), expected, "{length} bytes at {address:#x}");
    }
}

#[test]
fn hash_engine_messages() {
    let mut machine = Machine::new("hash_engine");
    for length in (0..=300).chain([1_000, 4_000, 136 * 30, 136 * 30 - 1]) {
        let address = machine.random_address();
        machine.hash(address, length);
    }
    for _ in 0..10_000 {
        let (address, length) = (machine.random_address(), machine.random_length());
        machine.hash(address, length);
        // The next start comes in the cycle of `done`, or later: the digest stays.
        for _ in 0..machine.rng.random_range(0..3) {
            machine.tick();
            assert!(!machine.bench.done.val() && !machine.bench.busy.val());
            machine.check(address, length);
        }
    }
    machine.bench.cross_check();
}

#[test]
fn hash_engine_clear() {
    let mut machine = Machine::new("hash_engine_clear");
    for _ in 0..1_000 {
        let (address, length) = (machine.random_address(), machine.rng.random_range(0..500));
        machine.operands(address, length);
        machine.bench.start.next = true;
        // In the cycle of the start too, where the start is lost, and in that of `done`.
        let until = machine.rng.random_range(0..=cycles(length as u64));
        for _ in 0..until {
            machine.tick();
            machine.bench.start.next = false;
        }
        machine.bench.clear.next = true;
        machine.tick();
        (machine.bench.clear.next, machine.bench.start.next) = (false, false);
        machine.bench.settle();
        for _ in 0..machine.rng.random_range(0..50) {
            assert!(!machine.bench.busy.val() && !machine.bench.done.val() && !machine.bench.loading.val());
            machine.tick();
        }
        let (address, length) = (machine.random_address(), machine.rng.random_range(0..200));
        machine.hash(address, length);
    }
    machine.bench.cross_check();
}
