//! The code server with lanes behind a bus, and card memory that hesitates and fails.

use std::collections::VecDeque;

use gaslane_hdl::{
    card::{LaneOp, StatusRow, code_server::CodeServer, code_server::line_address},
    word::{W64, W256},
};
use rand::{Rng, rngs::SmallRng};
use rust_hdl_core::prelude::*;

use crate::{
    axi::{HostMemory, Stable},
    dut,
    harness::Bench,
    random::rng,
};

dut!(CodeServer, clocked, [
    wants, hold, code_base, directory_base, directory_handles, bus_ready, response_valid, response_data, request_ready,
    data_valid, data, data_error
] => [
    idle, bus_valid, bus_lane, bus_op, bus_address, bus_data, request_valid, request_address, request_beats, data_ready,
    failed
]);

const LANES: usize = 32;
const BURST: u32 = gaslane_abi::manage::lane::REFILL_LINES;

/// A lane's refill.
#[derive(Clone, Copy, Default)]
struct Lane {
    /// Its first line, and how many have come.
    wants: Option<(u32, u32)>,
    rest: u32,
    passed_over: u32,
}

/// Places of the code store.
#[derive(Clone, Copy, Debug)]
struct Bases {
    code: u64,
    directory: u64,
    handles: u32,
}

impl Bases {
    fn any(rng: &mut SmallRng) -> Self {
        let handles = match rng.random_range(0..4) {
            0 => rng.random_range(0..6),
            1 => 1 << 20,
            _ => rng.random_range(0..1_000),
        };
        Self {
            code: 32 * rng.random_range(0..1_u64 << 40),
            directory: (1 << 62) + 32 * rng.random_range(0..1 << 40),
            handles,
        }
    }

    fn any_line(&self, rng: &mut SmallRng) -> u32 {
        match rng.random_range(0..8) {
            0..3 => rng.random_range(0..0x7fff_0000),
            3 => 0xffff_fffe | rng.random_range(0..2),
            // Around the beginning and the end of the directory.
            4 => 1 << 31 | rng.random_range(0..4),
            5 => (1 << 31 | (2 * self.handles + rng.random_range(0..4)).saturating_sub(rng.random_range(0..9)))
                .max(1 << 31),
            6 => 1 << 31 | rng.random::<u32>() & 0x7fff_ffff,
            _ => 1 << 31 | rng.random_range(0..=2 * self.handles),
        }
    }

    fn row(&self, line: u32, memory: &HostMemory) -> W256 {
        let address = line_address(line, self.code, self.directory, self.handles);
        address.map_or(W256::ZERO, |address| memory.beat(address))
    }

    /// A read stays in the code memory or in the directory.
    fn check(&self, address: u64, beats: u64) {
        assert!((1..=8).contains(&beats));
        if address >= 1 << 62 {
            let end = address - self.directory + 32 * beats;
            assert!(
                address >= self.directory && end <= 64 * u64::from(self.handles.max(1)),
                "{self:?} {address:#x} {beats}"
            );
        } else {
            assert!(address >= self.code && address - self.code < 32 << 31);
        }
    }
}

#[test]
fn line_addresses() {
    let at = |line| line_address(line, 0x1000, 0x10_0000, 3);
    assert_eq!((at(0), at(5), at(0x7fff_ffff)), (Some(0x1000), Some(0x10a0), Some(0x10_0000_0fe0)));
    assert_eq!((at(0x8000_0000), at(0x8000_0001)), (None, None));
    assert_eq!((at(0x8000_0002), at(0x8000_0005)), (Some(0x10_0040), Some(0x10_00a0)));
    assert_eq!((at(0x8000_0006), at(0xffff_fffd)), (None, None));
    assert_eq!((at(0xffff_fffe), at(0xffff_ffff)), (Some(0x10_0000), Some(0x10_0020)));
}

#[test]
fn code_server_random_lanes() {
    let mut bench = Bench::<CodeServer>::new("code_server");
    let mut rng = rng();
    let mut memory = HostMemory::default();
    let mut lanes = [Lane::default(); LANES];
    let (mut down, mut up) = (VecDeque::<(u64, usize, Option<W256>)>::new(), VecDeque::<(u64, W256)>::new());
    let mut levels: VecDeque<u32> = VecDeque::from(vec![0; 4]);
    let (mut bus, mut request) = (Stable::new("bus"), Stable::new("request"));
    // Beats that are due, with the cycle from which they are.
    let mut beats = VecDeque::<(u64, u64)>::new();
    let mut bases = Bases::any(&mut rng);
    let (mut hold, mut served, mut failed) = (0_u32, None::<usize>, false);
    let (mut refills, mut held, mut fastest) = (0, 0, u64::MAX);
    let mut fills = vec![];
    for now in 0..60_000_u64 {
        let phase = (now / 1_000 % 4) as usize;
        let (pace, ready, latency) =
            ([0.2, 0.02, 0.002, 0.05][phase], [1.0, 0.4, 1.0, 0.7][phase], [2, 4, 3, 1][phase]);
        assert_eq!(bench.failed.val(), failed);
        let idle = bench.idle.val();
        if idle {
            served = None;
            assert!(!bench.bus_valid.val() && !bench.request_valid.val() && !bench.data_ready.val());
        }

        // What arrives at lanes.
        while down.front().is_some_and(|(cycle, ..)| *cycle <= now) {
            let (_, lane, row) = down.pop_front().expect("an operation");
            let (first, come) = lanes[lane].wants.expect("the lane wants nothing");
            let Some(row) = row else {
                let [a, b, c, d]: [u64; 4] = rng.random();
                let wants = W256::from_limbs([a, b, c, d >> 32 | u64::from(first) << 32]);
                up.push_back((now + latency, wants));
                continue;
            };
            assert_eq!(row, bases.row(first.wrapping_add(come), &memory), "{bases:?}, line {first:#x} + {come}");
            lanes[lane].wants = (come + 1 < BURST).then_some((first, come + 1));
            if come + 1 == BURST {
                lanes[lane].rest = rng.random_range(3..30);
                refills += 1;
            }
        }
        for lane in &mut lanes {
            lane.rest = lane.rest.saturating_sub(1);
            if lane.wants.is_none() && lane.rest == 0 && rng.random_bool(pace) {
                lane.wants = Some((bases.any_line(&mut rng), 0));
            }
        }
        let wants = lanes
            .iter()
            .enumerate()
            .fold(0, |all, (number, lane)| all | u32::from(lane.wants.is_some_and(|(_, come)| come == 0)) << number);
        levels.push_back(wants);
        bench.wants.next = u64::from(levels.pop_front().expect("a level")).into();

        // The processor moves the code store now and then.
        if hold > 0 {
            hold -= 1;
            if idle && hold > 0 {
                held += 1;
                if down.is_empty() && rng.random_bool(0.1) {
                    bases = Bases::any(&mut rng);
                }
            }
        } else if rng.random_bool(0.002) {
            hold = rng.random_range(1..200);
        }
        bench.hold.next = hold > 0;
        bench.code_base.next = W64::from_limbs([bases.code]);
        bench.directory_base.next = W64::from_limbs([bases.directory]);
        bench.directory_handles.next = u64::from(bases.handles).into();

        // The bus.
        let taken = rng.random_bool(ready);
        bench.bus_ready.next = taken;
        let op = (
            bench.bus_lane.val().to_u64() as usize,
            bench.bus_op.val().to_u64(),
            bench.bus_address.val().to_u64(),
            bench.bus_data.val(),
        );
        // The data of STATUS do not count.
        let shown = if op.1 == LaneOp::Status as u64 { (op.0, op.1, op.2, W256::ZERO) } else { op };
        if let Some((lane, op, row, data)) = bus.cycle(bench.bus_valid.val(), taken, shown) {
            assert!(served.is_none_or(|before| before == lane));
            if served.is_none() {
                for (other, passed) in lanes.iter_mut().enumerate() {
                    passed.passed_over =
                        if passed.wants.is_some() && other != lane { passed.passed_over + 1 } else { 0 };
                    assert!(passed.passed_over <= LANES as u32, "lane {other} waits for ever");
                }
            }
            served = Some(lane);
            let fill = op == LaneOp::Fill as u64;
            if fill {
                fills.push(now);
            }
            if fills.len() == BURST as usize {
                fastest = fastest.min(now - fills[0]);
                fills.clear();
            }
            assert!(fill || (op, row) == (LaneOp::Status as u64, StatusRow::Wants as u64));
            down.push_back((now + latency, lane, fill.then_some(data)));
        }
        let response = up.front().is_some_and(|(cycle, _)| *cycle <= now);
        bench.response_valid.next = response;
        bench.response_data.next =
            if response { up.pop_front().expect("a row").1 } else { W256::from_limbs(rng.random()) };

        // Card memory; it fails late in the run.
        if now == 50_000 {
            memory.bad_every = 50;
        }
        let taken = rng.random_bool(ready);
        bench.request_ready.next = taken;
        let asked = (bench.request_address.val().limbs()[0], bench.request_beats.val().to_u64());
        if let Some((address, count)) = request.cycle(bench.request_valid.val(), taken, asked) {
            bases.check(address, count);
            beats.extend((0..count).map(|beat| (now + 3, address + 32 * beat)));
        }
        let due = beats.front().copied().filter(|(cycle, _)| *cycle <= now && rng.random_bool(ready));
        bench.data_valid.next = due.is_some();
        bench.data.next = due.map_or_else(|| W256::from_limbs(rng.random()), |(_, address)| memory.beat(address));
        let error = rng.random_bool(0.01) && (due.is_none() || memory.bad_every > 0);
        bench.data_error.next = error;
        bench.settle();
        if due.is_some() && bench.data_ready.val() {
            beats.pop_front();
            failed |= error;
        }
        bench.tick();
    }
    println!("{refills} refills, {held} cycles held, fastest {fastest}");
    assert!(refills > 500 && held > 500 && failed && fastest == 7);
    bench.cross_check();
}
