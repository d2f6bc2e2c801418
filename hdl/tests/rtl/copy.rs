//! Copy engine on the model of lane memory, with code lines that come after random times.

use std::collections::VecDeque;

use gaslane_hdl::memory::{
    CopyEngine,
    copy::{COPY_CODE, COPY_MEMORY, COPY_ZERO, cycles, model},
    lane_memory::{LOAD_CYCLES, Model},
};
use rand::{Rng, rngs::SmallRng};
use rust_hdl_core::prelude::*;

use crate::{
    dut,
    harness::Bench,
    memory::{to_bytes, to_word},
    random::{rng, word},
};

dut!(CopyEngine, clocked,
    [clear, start, kind, source, available, target, length, code_line, load_data, code_valid, code_data]
    => [busy, done, active, load_address, store_address, store_data, store_skip, store_end, code_request, code_address]);

const ROW_BITS: usize = 8;
const SIZE: usize = 32 << ROW_BITS;

#[derive(Clone, Copy, Debug)]
struct Command {
    kind: u8,
    source: usize,
    available: usize,
    target: usize,
    length: usize,
    code_line: u32,
}

/// The engine with what it is connected to.
struct Rig {
    bench: Bench<CopyEngine>,
    memory: Model,
    loads: VecDeque<[u8; 32]>,
    code: Vec<u8>,
    rng: SmallRng,
    /// Where stores may go.
    command: Command,
    /// Cycles until the requested line comes.
    wait: Option<u32>,
    longest_wait: u32,
}

impl Rig {
    /// A cycle: answers the ports, checks what they ask for.
    fn tick(&mut self) {
        let (bench, command, rng) = (&mut self.bench, &self.command, &mut self.rng);
        bench.settle();
        bench.code_valid.next = false;
        bench.code_data.next = word(rng);
        if bench.code_request.val() {
            let wait = self.wait.unwrap_or_else(|| rng.random_range(0..=self.longest_wait));
            self.wait = Some(wait.saturating_sub(1));
            if wait == 0 {
                let line = (bench.code_address.val().to_u64() as u32).wrapping_sub(command.code_line) as usize;
                assert_eq!(command.kind, COPY_CODE, "{command:?}");
                let used = command.source..command.source + command.available.min(command.length);
                assert!(line * 32 < used.end && line * 32 + 32 > used.start, "line {line} is useless for {command:?}");
                bench.code_valid.next = true;
                bench.code_data.next = to_word(std::array::from_fn(|i| self.code[line * 32 + i]));
                self.wait = None;
            }
        } else {
            self.wait = None;
        }
        self.loads.push_back(self.memory.load(bench.load_address.val().to_u64() as usize));
        let (skip, end) = (bench.store_skip.val().to_u64() as usize, bench.store_end.val().to_u64() as usize);
        if end != 0 {
            assert!(bench.active.val(), "{command:?}");
            let address = bench.store_address.val().to_u64() as usize;
            for i in skip..end {
                let place = (address + i) % (1 << 20);
                assert!((command.target..command.target + command.length).contains(&place), "{place} of {command:?}");
            }
            self.memory.store(address, to_bytes(bench.store_data.val()), skip, end);
        }
        bench.tick();
        if self.loads.len() as u64 == LOAD_CYCLES {
            let data = self.loads.pop_front().unwrap();
            self.bench.load_data.next = to_word(data);
        }
        self.bench.settle();
    }

    fn operands(&mut self, command: Command) {
        self.bench.kind.next = u64::from(command.kind).into();
        self.bench.source.next = (command.source as u64).into();
        self.bench.available.next = (command.available as u64).into();
        self.bench.target.next = (command.target as u64).into();
        self.bench.length.next = (command.length as u64).into();
        self.bench.code_line.next = u64::from(command.code_line).into();
    }

    fn random_command(&mut self) -> Command {
        let rng = &mut self.rng;
        let length = match rng.random_range(0..16) {
            0 => 0,
            1 => rng.random_range(0..SIZE / 2),
            2 => 32 * rng.random_range(0..6),
            _ => rng.random_range(0..200),
        };
        let target = rng.random_range(0..=SIZE - length);
        let kind = rng.random_range(0..4);
        let mut source = match rng.random_range(0..4) {
            // Overlaps of every distance, in both directions.
            0 => target.saturating_sub(rng.random_range(0..70)).min(SIZE - length),
            1 => (target + rng.random_range(0..70)).min(SIZE - length),
            _ => rng.random_range(0..=SIZE - length),
        };
        let mut available = match rng.random_range(0..4) {
            0 => rng.random_range(0..=length),
            1 => length,
            _ => length + rng.random_range(0..=SIZE - length - source),
        };
        if available == 0 || (kind & 2 != 0 && rng.random()) {
            // Nothing is read, so that it need not be there.
            source = rng.random_range(0..1 << 20);
            available = if kind & 2 != 0 { rng.random_range(0..1 << 20) } else { 0 };
        }
        let code_line = if rng.random_range(0..8) == 0 { u32::MAX - rng.random_range(0..4) } else { rng.random() };
        Command { kind, source, available, target, length, code_line }
    }

    /// The memory with what is at the store port in this cycle.
    fn bytes(&mut self) -> Vec<u8> {
        let mut bytes = self.memory.bytes().to_vec();
        let (skip, end) = (self.bench.store_skip.val().to_u64() as usize, self.bench.store_end.val().to_u64() as usize);
        let address = self.bench.store_address.val().to_u64() as usize;
        let data = to_bytes(self.bench.store_data.val());
        (skip..end).for_each(|i| bytes[(address + i) % SIZE] = data[i]);
        bytes
    }

    /// Starts a command in this cycle.
    fn start(&mut self, command: Command) {
        self.operands(command);
        self.bench.start.next = true;
        // A store of the command before may go out in this cycle.
        self.tick();
        self.command = command;
        self.bench.start.next = false;
    }

    /// Starts a command and runs it to `done`; other starts meanwhile change nothing. The last store goes out with the next cycle.
    fn run(&mut self, command: Command) -> u64 {
        self.start(command);
        let mut cycles = 1;
        while !self.bench.done.val() {
            assert!(self.bench.busy.val() && self.bench.active.val() && cycles < 10_000, "{command:?}: {cycles}");
            let other = self.random_command();
            self.operands(other);
            self.bench.start.next = self.rng.random();
            self.tick();
            cycles += 1;
        }
        self.bench.start.next = false;
        assert!(!self.bench.busy.val() && self.bench.active.val());
        cycles
    }
}

fn expected_cycles(c: Command) -> u64 {
    cycles(c.kind, c.source as u64, c.available as u64, c.target as u64, c.length as u64)
}

#[test]
fn copies_and_fills() {
    let mut rng = rng();
    let code = (0..SIZE + 32).map(|_| rng.random()).collect();
    let nothing = Command { kind: 0, source: 0, available: 0, target: 0, length: 0, code_line: 0 };
    let mut rig = Rig {
        bench: Bench::new("copy_engine"),
        memory: Model::new(ROW_BITS),
        loads: VecDeque::new(),
        code,
        rng,
        command: nothing,
        wait: None,
        longest_wait: 0,
    };
    rig.memory.bytes().copy_from_slice(&(0..SIZE).map(|_| rig.rng.random()).collect::<Vec<u8>>());
    let mut seen = [0_u32; 4];
    for round in 0..12_000 {
        let command = rig.random_command();
        rig.longest_wait = [0, 1, 6][rig.rng.random_range(0..3)];
        // Without an idle cycle the start comes in the cycle of `done`.
        let idle = rig.rng.random();
        if idle {
            rig.tick();
            assert!(!rig.bench.busy.val() && !rig.bench.done.val() && !rig.bench.active.val());
        }
        let mut expected = rig.bytes();
        let bytes = if command.kind == COPY_CODE { &rig.code } else { &expected };
        let before = bytes.get(command.source..).unwrap_or_default().to_vec();
        let written = model(command.kind, &before, command.available, command.length);
        for (i, &byte) in written.iter().enumerate() {
            let copied = i < command.available && (command.kind == COPY_MEMORY || command.kind == COPY_CODE);
            assert_eq!(byte, if copied { before[i] } else { 0 });
        }
        expected[command.target..command.target + command.length].copy_from_slice(&written);
        if rig.rng.random_range(0..16) == 0 {
            // Aborted after a while: outside of the target nothing has changed.
            rig.start(command);
            for _ in 0..rig.rng.random_range(0..12) {
                rig.tick();
            }
            rig.bench.clear.next = true;
            rig.bench.start.next = rig.rng.random();
            rig.tick();
            rig.bench.clear.next = false;
            rig.bench.start.next = false;
            let range = command.target..command.target + command.length;
            let found = rig.memory.bytes().to_vec();
            expected[range.clone()].copy_from_slice(&found[range]);
            assert!(expected == found, "round {round}: aborted {command:?}");
            for _ in 0..8 {
                let idle = !rig.bench.busy.val() && !rig.bench.done.val() && !rig.bench.active.val();
                assert!(idle && !rig.bench.code_request.val() && !rig.bench.store_end.val().any());
                rig.tick();
            }
            continue;
        }
        let taken = rig.run(command);
        seen[usize::from(command.kind)] += 1;
        if command.kind != COPY_CODE || rig.longest_wait == 0 {
            assert_eq!(taken, expected_cycles(command), "{command:?}");
        } else {
            assert!(taken >= expected_cycles(command));
        }
        let found = rig.bytes();
        if found != expected {
            let place = (0..SIZE).find(|&i| found[i] != expected[i]).unwrap();
            panic!("round {round}: byte {place:#x} is {:#x}, not {:#x}: {command:?}", found[place], expected[place]);
        }
    }
    println!("commands of each kind: {seen:?}");
    assert_eq!(cycles(COPY_ZERO, 0, 0, 0, 33), 3);
    rig.bench.cross_check();
}
