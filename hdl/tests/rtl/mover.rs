//! Mover of rows between memories of any pace, and its padding.

use std::collections::VecDeque;

use gaslane_hdl::{
    manage::{FirstBytes, Mover, MoverPort, first_bytes},
    word::{W64, W256},
};
use rand::{Rng, rngs::SmallRng};
use rust_hdl_core::prelude::*;

use crate::{
    axi::Stable,
    dut,
    harness::Bench,
    random::{rng, word},
};

dut!(FirstBytes, combinational, [value, count] => [kept]);
dut!(Mover, clocked,
    [reset, start, source, destination, source_address, destination_address, beats, valid_bytes,
        host_read_ready, host_read_data_valid, host_read_data, host_read_error,
        host_write_ready, host_write_data_ready, host_write_done_valid, host_write_error,
        card_read_ready, card_read_data_valid, card_read_data, card_read_error,
        card_write_ready, card_write_data_ready, card_write_done_valid, card_write_error,
        data_read_ready, data_read_data_valid, data_read_data, data_write_ready, data_write_data_ready, data_write_done_valid,
        lane_read_ready, lane_read_data_valid, lane_read_data, lane_write_ready, lane_write_data_ready, lane_write_done_valid]
    => [busy, failed, read_address, read_beats, write_address, write_beats, write_data,
        host_read_valid, host_read_data_ready, host_write_valid, host_write_data_valid, host_write_done_ready,
        card_read_valid, card_read_data_ready, card_write_valid, card_write_data_valid, card_write_done_ready,
        data_read_valid, data_read_data_ready, data_write_valid, data_write_data_valid, data_write_done_ready,
        lane_read_valid, lane_read_data_ready, lane_write_valid, lane_write_data_valid, lane_write_done_ready,
        commit_valid, commit_row, commit_data]);

fn w64(value: u64) -> W64 {
    W64::from_limbs([value])
}

#[test]
fn first_bytes_stay() {
    let mut bench = Bench::<FirstBytes>::new("first_bytes");
    let mut rng = rng();
    for i in 0..5_000_u64 {
        let value = word(&mut rng);
        bench.value.next = value;
        bench.count.next = (i % 64).into();
        bench.settle();
        let kept = bench.kept.val();
        assert_eq!(kept, first_bytes::model(value, i % 64));
        for byte in 0..32 {
            let of = |word: W256| word.limbs()[byte / 8] >> (8 * (byte % 8)) & 0xff;
            assert_eq!(of(kept), if (byte as u64) < i % 64 { of(value) } else { 0 });
        }
        bench.tick();
    }
    bench.cross_check();
}

/// How often everybody is ready.
#[derive(Clone, Copy)]
struct Pace {
    request: f64,
    source: f64,
    destination: f64,
    errors: f64,
}

const PACES: [Pace; 5] = [
    Pace { request: 1.0, source: 1.0, destination: 1.0, errors: 0.0 },
    Pace { request: 0.3, source: 0.3, destination: 0.9, errors: 0.02 },
    Pace { request: 0.8, source: 0.9, destination: 0.3, errors: 0.0 },
    Pace { request: 0.1, source: 1.0, destination: 1.0, errors: 0.3 },
    Pace { request: 0.5, source: 0.6, destination: 0.6, errors: 0.01 },
];

#[derive(Clone, Copy, Debug)]
struct Copy {
    source: MoverPort,
    destination: MoverPort,
    from: u64,
    to: u64,
    beats: u64,
    valid: u64,
}

/// One side of a port in a cycle: what the memory gives.
#[derive(Clone, Copy)]
struct Memory {
    read_ready: bool,
    row: Option<W256>,
    row_error: bool,
    write_ready: bool,
    data_ready: bool,
    done: bool,
    done_error: bool,
}

/// And what it sees.
struct Sees {
    read: bool,
    row_ready: bool,
    write: bool,
    data: bool,
    done_ready: bool,
}

/// Ports of the mover by number.
fn drive(bench: &mut Bench<Mover>, port: usize, memory: Memory, noise: W256) {
    macro_rules! inputs {
        ($read_ready:ident $read_valid:ident $read_data:ident $write_ready:ident $data_ready:ident $done:ident) => {
            bench.$read_ready.next = memory.read_ready;
            bench.$read_valid.next = memory.row.is_some();
            bench.$read_data.next = memory.row.unwrap_or(noise);
            bench.$write_ready.next = memory.write_ready;
            bench.$data_ready.next = memory.data_ready;
            bench.$done.next = memory.done;
        };
    }
    match port {
        0 => {
            inputs!(host_read_ready host_read_data_valid host_read_data host_write_ready host_write_data_ready host_write_done_valid);
            bench.host_read_error.next = memory.row_error;
            bench.host_write_error.next = memory.done_error;
        }
        1 => {
            inputs!(card_read_ready card_read_data_valid card_read_data card_write_ready card_write_data_ready card_write_done_valid);
            bench.card_read_error.next = memory.row_error;
            bench.card_write_error.next = memory.done_error;
        }
        2 => {
            inputs!(data_read_ready data_read_data_valid data_read_data data_write_ready data_write_data_ready data_write_done_valid);
        }
        _ => {
            inputs!(lane_read_ready lane_read_data_valid lane_read_data lane_write_ready lane_write_data_ready lane_write_done_valid);
        }
    }
}

fn sees(bench: &Bench<Mover>, port: usize) -> Sees {
    macro_rules! outputs {
        ($read:ident $row_ready:ident $write:ident $data:ident $done_ready:ident) => {
            Sees {
                read: bench.$read.val(),
                row_ready: bench.$row_ready.val(),
                write: bench.$write.val(),
                data: bench.$data.val(),
                done_ready: bench.$done_ready.val(),
            }
        };
    }
    match port {
        0 => {
            outputs!(host_read_valid host_read_data_ready host_write_valid host_write_data_valid host_write_done_ready)
        }
        1 => {
            outputs!(card_read_valid card_read_data_ready card_write_valid card_write_data_valid card_write_done_ready)
        }
        2 => {
            outputs!(data_read_valid data_read_data_ready data_write_valid data_write_data_valid data_write_done_ready)
        }
        _ => {
            outputs!(lane_read_valid lane_read_data_ready lane_write_valid lane_write_data_valid lane_write_done_ready)
        }
    }
}

struct Rig {
    bench: Bench<Mover>,
    rng: SmallRng,
    read: Stable<(u64, u64)>,
    write: Stable<(u64, u64)>,
    data: Stable<W256>,
    failures: u64,
    cycles: u64,
}

impl Rig {
    /// Starts a copy; the rows must be right. `abort`: a reset after so many cycles. Gives the cycles from start to the end.
    fn copy(&mut self, copy: Copy, pace: Pace, abort: Option<u64>) -> u64 {
        let Rig { bench, rng, .. } = self;
        assert!(!bench.busy.val());
        bench.start.next = true;
        bench.source.next = (copy.source as u64).into();
        bench.destination.next = (copy.destination as u64).into();
        bench.source_address.next = w64(copy.from);
        bench.destination_address.next = w64(copy.to);
        bench.beats.next = copy.beats.into();
        bench.valid_bytes.next = copy.valid.into();
        for port in 0..4 {
            let rests = Memory {
                read_ready: false,
                row: None,
                row_error: false,
                write_ready: false,
                data_ready: false,
                done: false,
                done_error: false,
            };
            drive(bench, port, rests, W256::ZERO);
        }
        bench.tick();
        let (mut asked, mut taken, mut promised) = (false, 0, false);
        // Rows as they must come out, their bytes known or not.
        let mut inside: VecDeque<Option<W256>> = VecDeque::new();
        let (mut offered, mut given, mut failed, mut ended) = (None::<(W256, bool)>, 0, false, false);
        let mut waiting_done = false;
        let mut done_error = false;
        let mut cycle = 0;
        loop {
            assert!(cycle < 20_000, "{copy:?} hangs");
            assert_eq!(bench.busy.val(), !ended, "{copy:?}, cycle {cycle}");
            assert_eq!(bench.failed.val(), failed, "{copy:?}");
            if ended {
                break;
            }
            if abort == Some(cycle) {
                bench.reset.next = true;
                bench.start.next = false;
                bench.tick();
                bench.reset.next = false;
                self.read.reset();
                self.write.reset();
                self.data.reset();
                bench.settle();
                assert!(!bench.busy.val() && !bench.failed.val());
                return cycle;
            }
            // While busy, the control inputs do not count.
            bench.start.next = rng.random();
            bench.source.next = rng.random_range(0..8_u64).into();
            bench.destination.next = rng.random_range(0..8_u64).into();
            bench.source_address.next = w64(rng.random());
            bench.destination_address.next = w64(rng.random());
            bench.beats.next = rng.random_range(0..1_u64 << 20).into();
            bench.valid_bytes.next = u64::from(rng.random::<u32>()).into();
            let has_errors = |port| matches!(port, MoverPort::Host | MoverPort::Card);
            if offered.is_none() && asked && taken < copy.beats && rng.random_bool(pace.source) {
                offered = Some((word(rng), has_errors(copy.source) && rng.random_bool(pace.errors)));
            }
            if given == copy.beats && !waiting_done && rng.random_bool(pace.destination) {
                waiting_done = true;
                done_error = has_errors(copy.destination) && rng.random_bool(pace.errors);
            }
            for port in 0..4 {
                let mut memory = Memory {
                    read_ready: rng.random_bool(pace.request),
                    row: rng.random::<bool>().then(|| word(rng)),
                    row_error: rng.random(),
                    write_ready: rng.random_bool(pace.request),
                    data_ready: rng.random_bool(pace.destination),
                    done: rng.random(),
                    done_error: rng.random(),
                };
                if port == copy.source as usize {
                    memory.row = offered.map(|(row, _)| row);
                    memory.row_error = offered.map_or_else(|| rng.random(), |(_, error)| error);
                }
                if port == copy.destination as usize {
                    memory.done = waiting_done;
                    memory.done_error = if waiting_done { done_error } else { rng.random() };
                }
                let noise = word(rng);
                drive(bench, port, memory, noise);
                bench.settle();
                let sees = sees(bench, port);
                if port == copy.source as usize {
                    let request = (bench.read_address.val().limbs()[0], bench.read_beats.val().to_u64());
                    if let Some(request) = self.read.cycle(sees.read, memory.read_ready, request) {
                        assert_eq!(request, (copy.from, copy.beats));
                        assert!(!asked);
                        asked = true;
                    }
                    if let Some((row, error)) = offered.filter(|_| sees.row_ready) {
                        offered = None;
                        let kept = copy.valid.saturating_sub(32 * taken).min(32);
                        inside.push_back((!error).then(|| first_bytes::model(row, kept)));
                        taken += 1;
                        failed |= error;
                    }
                } else {
                    assert!(!sees.read && !sees.row_ready, "{copy:?}: port {port} is not the source");
                }
                if port == copy.destination as usize {
                    let request = (bench.write_address.val().limbs()[0], bench.write_beats.val().to_u64());
                    if let Some(request) = self.write.cycle(sees.write, memory.write_ready, request) {
                        assert_eq!(request, (copy.to, copy.beats));
                        assert!(!promised);
                        promised = true;
                    } else if sees.data {
                        assert!(promised, "data before the request was taken");
                    }
                    if let Some(row) = self.data.cycle(sees.data, memory.data_ready, bench.write_data.val()) {
                        let expected = if copy.source == MoverPort::Zeros {
                            Some(W256::ZERO)
                        } else {
                            inside.pop_front().unwrap()
                        };
                        assert_eq!(row, expected.unwrap_or(row), "{copy:?}, row {given}");
                        given += 1;
                    }
                    if waiting_done && sees.done_ready {
                        assert_eq!(given, copy.beats);
                        failed |= done_error;
                        ended = true;
                    }
                } else {
                    assert!(!sees.write && !sees.data && !sees.done_ready, "{copy:?}: port {port} is no destination");
                }
            }
            if bench.commit_valid.val() {
                assert_eq!(copy.destination, MoverPort::Commit);
                assert_eq!(bench.commit_row.val().to_u64(), (copy.to + given) & 0xffff);
                let row = bench.commit_data.val();
                let expected =
                    if copy.source == MoverPort::Zeros { Some(W256::ZERO) } else { inside.pop_front().unwrap() };
                assert_eq!(row, expected.unwrap_or(row), "{copy:?}, row {given}");
                given += 1;
                ended = given == copy.beats;
            }
            assert!(given <= copy.beats && taken <= copy.beats);
            if ended {
                bench.start.next = false;
            }
            bench.tick();
            cycle += 1;
        }
        assert!(copy.source == MoverPort::Zeros || taken == copy.beats);
        self.failures += u64::from(failed);
        self.cycles += cycle;
        cycle
    }
}

#[test]
fn mover() {
    let mut rig = Rig {
        bench: Bench::new("mover"),
        rng: rng(),
        read: Stable::new("read request"),
        write: Stable::new("write request"),
        data: Stable::new("row"),
        failures: 0,
        cycles: 0,
    };
    for round in 0..300 {
        let pace = PACES[round % PACES.len()];
        let rng = &mut rig.rng;
        let beats = if rng.random() { rng.random_range(1..4) } else { rng.random_range(1..100) };
        let copy = Copy {
            source: MoverPort::SOURCES[round / 5 % 5],
            destination: MoverPort::DESTINATIONS[round / 25 % 5],
            from: rng.random(),
            to: rng.random(),
            beats,
            valid: match rng.random_range(0..3) {
                0 => 32 * beats,
                1 => rng.random_range(0..=32 * beats),
                _ => u64::from(rng.random::<u32>()),
            },
        };
        let abort = (round % 17 == 16).then(|| rng.random_range(0..30));
        rig.copy(copy, pace, abort);
        for _ in 0..rig.rng.random_range(0..3) {
            let failed = rig.bench.failed.val();
            rig.bench.tick();
            assert_eq!((rig.bench.busy.val(), rig.bench.failed.val()), (false, failed));
        }
    }
    println!("{} failures, {} cycles", rig.failures, rig.cycles);
    assert!(rig.failures > 10 && rig.read.waited > 100 && rig.data.waited > 500);
    // A row a cycle when nobody stalls.
    for source in MoverPort::SOURCES {
        for destination in MoverPort::DESTINATIONS {
            let copy = Copy { source, destination, from: 0x1000, to: 0x2000, beats: 200, valid: 200 * 32 };
            let cycles = rig.copy(copy, PACES[0], None);
            assert!(cycles <= 200 + 5, "{source:?} to {destination:?}: {cycles} cycles");
        }
    }
    rig.bench.cross_check();
}
