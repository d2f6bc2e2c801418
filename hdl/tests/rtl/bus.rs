//! Host memory: reader and writer against a subordinate with any pace, and the small blocks that they are made of.

use std::collections::{HashMap, VecDeque};

use gaslane_hdl::{
    blocks::{RequestFifo, RequestRam, WordSlice},
    bus::{BEAT_BYTES, BURSTS_OUTSTANDING, BurstWalk, HostReader, HostWriter, bursts, request::RequestWord},
    word::{W64, W256},
};
use rand::{Rng, rngs::SmallRng};
use rust_hdl_core::prelude::*;

use crate::{
    axi::{HostMemory, ReadSide, Stable, WriteSide, check_burst},
    dut,
    harness::Bench,
    random::{rng, word},
};

dut!(RequestRam, clocked, [address, write, write_address, write_data] => [data]);
dut!(RequestFifo, clocked, [reset, in_valid, in_data, out_ready] => [in_ready, out_valid, out_data]);
dut!(WordSlice, clocked, [reset, in_valid, in_data, out_ready] => [in_ready, out_valid, out_data]);
dut!(BurstWalk, clocked, [reset, load, load_address, load_beats, step_beat, step_burst]
    => [active, address, length, burst_ends, beat_is_last, burst_is_last]);
dut!(HostReader, clocked,
    [reset, run, request_valid, request_address, request_beats, request_tag, data_ready, arready, rvalid, rdata, rresp, rlast]
    => [quiet, request_ready, data_valid, data, data_tag, data_last, data_error, fault, fault_address,
        arvalid, arid, araddr, arlen, arsize, arburst, rready]);
dut!(HostWriter, clocked,
    [reset, run, request_valid, request_address, request_beats, request_tag, data_valid, data, done_ready,
        awready, wready, bvalid, bresp]
    => [quiet, request_ready, data_ready, done_valid, done_tag, done_error, fault, fault_address,
        awvalid, awid, awaddr, awlen, awsize, awburst, wvalid, wdata, wstrb, wlast, bready]);

fn w64(value: u64) -> W64 {
    W64::from_limbs([value])
}

fn request_word(rng: &mut SmallRng) -> RequestWord {
    RequestWord::from_limbs([rng.random(), rng.random()])
}

#[test]
fn small_ram_random_accesses() {
    let mut bench = Bench::<RequestRam>::new("small_ram");
    let mut rng = rng();
    let mut words = [RequestWord::ZERO; 4];
    for _ in 0..5_000 {
        let (source, target, write) = (rng.random_range(0..4_usize), rng.random_range(0..4_usize), rng.random());
        let data = request_word(&mut rng);
        bench.address.next = (source as u64).into();
        bench.write.next = write;
        bench.write_address.next = (target as u64).into();
        bench.write_data.next = data;
        bench.settle();
        assert_eq!(bench.data.val(), words[source]);
        bench.tick();
        if write {
            words[target] = data;
        }
    }
    bench.cross_check();
}

/// A queue of `depth` words: nothing lost, doubled or in another order; closed when full, and only then.
macro_rules! queue_test {
    ($test:ident, $type:ty, $name:literal, $depth:literal, $word:expr) => {
        #[test]
        fn $test() {
            let mut bench = Bench::<$type>::new($name);
            let mut rng = rng();
            let mut inside = VecDeque::new();
            let mut output = Stable::new("output");
            let (mut offer, mut fulls, mut passed) = (None, 0, 0);
            for cycle in 0..20_000 {
                let (give, take) = [(0.5, 0.5), (1.0, 1.0), (0.9, 0.2), (0.2, 0.9)][cycle / 100 % 4];
                if offer.is_none() && rng.random_bool(give) {
                    offer = Some($word(&mut rng));
                }
                let (reset, ready) = (rng.random_bool(0.005), rng.random_bool(take));
                bench.reset.next = reset;
                bench.in_valid.next = offer.is_some();
                bench.in_data.next = offer.unwrap_or_else(|| $word(&mut rng));
                bench.out_ready.next = ready;
                assert_eq!(bench.in_ready.val(), inside.len() < $depth);
                assert_eq!(bench.out_valid.val(), !inside.is_empty());
                fulls += usize::from(inside.len() == $depth);
                let given = output.cycle(bench.out_valid.val(), ready, bench.out_data.val());
                if let Some(given) = given {
                    assert_eq!(inside.pop_front(), Some(given));
                    passed += 1;
                }
                if bench.in_ready.val() {
                    inside.extend(offer.take());
                }
                bench.tick();
                if reset {
                    inside.clear();
                    output.reset();
                }
            }
            assert!(fulls > 1_000 && passed > 5_000, "{fulls} {passed}");
            bench.cross_check();
        }
    };
}
queue_test!(fifo, RequestFifo, "fifo", 4, request_word);
queue_test!(slice, WordSlice, "slice", 2, word);

/// Addresses around the borders of pages and of the address space; requests of few beats, or of many.
fn any_request(rng: &mut SmallRng, most: u64) -> (u64, u64) {
    let page = [0x1000, 0x1000, 0x12_3456_7000, 0x7fff_ffff_f000][rng.random_range(0..4)];
    let address = page + 32 * rng.random_range(0..128) + if rng.random_bool(0.2) { rng.random_range(0..32) } else { 0 };
    let beats = match rng.random_range(0..10) {
        0 => rng.random_range(0..=most),
        1..4 => rng.random_range(1..40),
        4 => 0,
        _ => rng.random_range(1..4),
    };
    (address, beats)
}

#[test]
fn burst_walk() {
    let mut bench = Bench::<BurstWalk>::new("burst_walk");
    let mut rng = rng();
    for round in 0..2_000 {
        let (address, beats) = any_request(&mut rng, 300);
        let address = address & !31;
        bench.load.next = true;
        bench.load_address.next = w64(address);
        bench.load_beats.next = beats.into();
        bench.tick();
        bench.load.next = false;
        if round % 50 == 0 {
            bench.reset.next = true;
            bench.tick();
            bench.reset.next = false;
            bench.settle();
            assert!(!bench.active.val());
            continue;
        }
        let by_beat = rng.random();
        for (index, (from, length)) in bursts(address, beats).into_iter().enumerate() {
            for beat in 0..if by_beat { length } else { 1 } {
                bench.settle();
                assert!(bench.active.val());
                assert_eq!(bench.address.val(), w64(from + beat * BEAT_BYTES));
                assert_eq!(bench.length.val().to_u64(), length - beat);
                assert_eq!(bench.burst_ends.val(), length - beat == 1);
                let last = bursts(address, beats).len() == index + 1;
                assert_eq!(bench.burst_is_last.val(), last);
                assert_eq!(bench.beat_is_last.val(), last && length - beat == 1);
                let step = rng.random_bool(0.8);
                if !step {
                    bench.tick();
                }
                bench.step_beat.next = by_beat;
                bench.step_burst.next = !by_beat;
                bench.tick();
                bench.step_beat.next = false;
                bench.step_burst.next = false;
            }
        }
        bench.settle();
        assert!(!bench.active.val());
    }
    bench.cross_check();
}

/// How fast everybody is.
#[derive(Clone, Copy)]
struct Pace {
    request: f64,
    /// Ready of addresses.
    address: f64,
    /// Valid or ready of data on the bus.
    bus: f64,
    /// Valid or ready of data at the user.
    user: f64,
    /// Responses of writes, and their acceptance.
    response: f64,
    /// Chance that `run` is up.
    run: f64,
    /// One beat in so many is bad.
    bad_every: u64,
}

const EAGER: Pace = Pace { request: 1.0, address: 1.0, bus: 1.0, user: 1.0, response: 1.0, run: 1.0, bad_every: 0 };

const PACES: [Pace; 6] = [
    EAGER,
    Pace { request: 0.3, address: 0.3, bus: 0.7, user: 0.9, response: 0.3, bad_every: 200, ..EAGER },
    Pace { address: 0.9, bus: 0.9, user: 0.2, response: 0.9, bad_every: 20, ..EAGER },
    Pace { address: 0.1, bus: 0.9, user: 0.9, response: 0.05, ..EAGER },
    Pace { bus: 0.1, response: 0.5, run: 0.5, bad_every: 50, ..EAGER },
    Pace { request: 0.5, address: 0.5, bus: 0.5, user: 0.5, response: 0.5, run: 0.1, bad_every: 5 },
];

/// The reader between a user and host memory.
struct ReadRig {
    bench: Bench<HostReader>,
    memory: HostMemory,
    side: ReadSide,
    address: Stable<(u64, u64, u64, u64)>,
    data: Stable<(W256, u64, bool, bool)>,
    /// A request that waits to be taken.
    request: Option<(u64, u64, u64)>,
    expected: VecDeque<(u64, u64, bool)>,
    expected_bursts: VecDeque<(u64, u64)>,
    /// What must be reported in this cycle.
    fault: Option<u64>,
    ran: bool,
    faults: u64,
    beats: u64,
    most_outstanding: usize,
}

impl ReadRig {
    fn new(name: &'static str) -> Self {
        Self {
            bench: Bench::new(name),
            memory: HostMemory::default(),
            side: ReadSide::default(),
            address: Stable::new("AR"),
            data: Stable::new("data"),
            request: None,
            expected: VecDeque::new(),
            expected_bursts: VecDeque::new(),
            fault: None,
            ran: true,
            faults: 0,
            beats: 0,
            most_outstanding: 0,
        }
    }

    fn cycle(&mut self, pace: Pace, rng: &mut SmallRng) {
        let bench = &mut self.bench;
        // Outputs follow registers alone.
        assert_eq!((bench.fault.val(), self.faults), (self.fault.is_some(), self.faults));
        if let Some(fault) = self.fault.take() {
            assert_eq!(bench.fault_address.val(), w64(fault));
            self.faults += 1;
        }
        let address = (
            bench.araddr.val().limbs()[0],
            bench.arlen.val().to_u64(),
            bench.arsize.val().to_u64(),
            bench.arburst.val().to_u64(),
        );
        assert!(self.ran || !bench.arvalid.val() || self.address.waits(), "a burst begins while run is down");
        let arready = rng.random_bool(pace.address);
        let burst = self.address.cycle(bench.arvalid.val(), arready, address);
        let burst = burst.map(|(address, length, size, kind)| check_burst(address, length, size, kind));
        if let Some(burst) = burst {
            assert_eq!(self.expected_bursts.pop_front(), Some(burst));
        }
        let offer = self.side.offer(&self.memory, rng, pace.bus);
        let taken = offer.is_some() && bench.rready.val();
        let ready = rng.random_bool(pace.user);
        let data = (bench.data.val(), bench.data_tag.val().to_u64(), bench.data_last.val(), bench.data_error.val());
        let data = self.data.cycle(bench.data_valid.val(), ready, data);
        if let Some((data, tag, last, error)) = data {
            let (at, expected_tag, expected_last) = self.expected.pop_front().expect("a beat that nobody asked for");
            assert_eq!((tag, last, error), (expected_tag, expected_last, self.memory.is_bad(at)), "{at:#x}");
            assert!(error || data == self.memory.beat(at), "{at:#x}");
            self.beats += 1;
        }
        let run = rng.random_bool(pace.run);
        bench.run.next = run;
        bench.request_valid.next = self.request.is_some();
        let (address, beats, tag) = self.request.unwrap_or_else(|| (rng.random(), rng.random::<u64>() >> 44, 3));
        bench.request_address.next = w64(address);
        bench.request_beats.next = beats.into();
        bench.request_tag.next = tag.into();
        bench.data_ready.next = ready;
        bench.arready.next = arready;
        bench.rvalid.next = offer.is_some();
        let beat = offer.unwrap_or_default();
        bench.rdata.next = beat.data;
        bench.rresp.next = beat.response.into();
        bench.rlast.next = beat.last;
        if taken && beat.response != 0 {
            self.fault = Some(self.side.bursts[0].0);
        }
        if bench.request_ready.val() && self.request.take().is_some() {
            let start = address & !31;
            self.expected.extend((0..beats).map(|i| (start + i * BEAT_BYTES, tag, i + 1 == beats)));
            self.expected_bursts.extend(bursts(address, beats));
        }
        bench.tick();
        self.side.tick(burst, taken);
        self.ran = run;
        let waits = usize::from(bench.arvalid.val());
        let outstanding = self.side.bursts.len() + waits;
        assert!(outstanding as u64 <= BURSTS_OUTSTANDING);
        assert_eq!(bench.quiet.val(), outstanding == 0);
        self.most_outstanding = self.most_outstanding.max(outstanding);
    }

    fn drain(&mut self, rng: &mut SmallRng) {
        let mut left = 20_000;
        while self.request.is_some() || !self.expected.is_empty() {
            self.cycle(EAGER, rng);
            left -= 1;
            assert!(left > 0, "the reader hangs");
        }
        self.cycle(EAGER, rng);
        assert!(self.bench.quiet.val() && self.bench.request_ready.val() && !self.bench.data_valid.val());
    }
}

#[test]
fn host_reader() {
    let mut rng = rng();
    let mut rig = ReadRig::new("host_reader");
    for (round, pace) in PACES.iter().cycle().take(3 * PACES.len()).enumerate() {
        rig.memory.bad_every = pace.bad_every;
        for _ in 0..2_000 {
            if rig.request.is_none() && rng.random_bool(pace.request) {
                let (address, beats) = any_request(&mut rng, 300);
                rig.request = Some((address, beats, rng.random_range(0..16)));
            }
            rig.cycle(*pace, &mut rng);
        }
        if round % 5 == 4 {
            // Everything at once forgets, the bus too.
            rig.bench.reset.next = true;
            rig.bench.request_valid.next = false;
            rig.bench.rvalid.next = false;
            rig.bench.tick();
            rig.bench.reset.next = false;
            rig.bench.settle();
            (rig.request, rig.fault, rig.side) = (None, None, ReadSide::default());
            rig.expected.clear();
            rig.expected_bursts.clear();
            rig.address.reset();
            rig.data.reset();
            assert!(rig.bench.quiet.val() && !rig.bench.arvalid.val() && !rig.bench.data_valid.val());
        } else {
            rig.drain(&mut rng);
        }
    }
    println!("{} beats, {} bursts, {} faults", rig.beats, rig.address.taken, rig.faults);
    assert!(rig.beats > 8_000 && rig.address.taken > 1_000 && rig.faults > 100, "the test reaches too little");
    assert!(rig.address.waited > 500 && rig.data.waited > 500);
    assert_eq!(rig.most_outstanding as u64, BURSTS_OUTSTANDING);
    rig.bench.cross_check();
}

/// A beat a cycle over many bursts, and the cycles to the first one; a beat that nobody asked for and an RLAST at the
/// wrong place.
#[test]
fn host_reader_cycles() {
    let mut rng = rng();
    let mut rig = ReadRig::new("host_reader_cycles");
    rig.request = Some((0x1040, 200, 5));
    let mut cycles = 0;
    while rig.request.is_some() || !rig.expected.is_empty() {
        rig.cycle(EAGER, &mut rng);
        cycles += 1;
    }
    // Request, walk, AR, R, data.
    assert_eq!(cycles, 200 + 4);

    let bench = &mut rig.bench;
    bench.rvalid.next = true;
    bench.tick();
    assert!(!bench.data_valid.val() && !bench.fault.val());
    bench.rvalid.next = false;
    bench.request_valid.next = true;
    bench.request_address.next = w64(0x2000);
    bench.request_beats.next = 2_u64.into();
    bench.tick();
    bench.request_valid.next = false;
    for _ in 0..4 {
        bench.tick();
    }
    for last in [true, false] {
        bench.rvalid.next = true;
        bench.rlast.next = last;
        bench.tick();
        assert!(bench.fault.val() && bench.data_error.val(), "RLAST is at the wrong place");
        assert_eq!(bench.fault_address.val(), w64(if last { 0x2000 } else { 0x2020 }));
    }
    bench.rvalid.next = false;
    bench.tick();
    assert!(bench.quiet.val());
    rig.bench.cross_check();
}

/// The writer between a user and host memory.
struct WriteRig {
    bench: Bench<HostWriter>,
    memory: HostMemory,
    side: WriteSide,
    address: Stable<(u64, u64, u64, u64)>,
    bus: Stable<(W256, u64, bool)>,
    done: Stable<(u64, bool)>,
    request: Option<(u64, u64, u64)>,
    /// Beats that the user will give: address and bytes.
    data: VecDeque<(u64, W256)>,
    offers: bool,
    /// What must be in memory in the end.
    written: HashMap<u64, W256>,
    /// Requests that are not done, with what must be in memory then.
    expected: VecDeque<(u64, Vec<(u64, W256)>)>,
    expected_bursts: VecDeque<(u64, u64)>,
    /// Bursts in the order of their responses.
    answered: VecDeque<u64>,
    fault: Option<u64>,
    ran: bool,
    faults: u64,
    beats: u64,
    most_outstanding: usize,
}

impl WriteRig {
    fn new(name: &'static str) -> Self {
        Self {
            bench: Bench::new(name),
            memory: HostMemory::default(),
            side: WriteSide::default(),
            address: Stable::new("AW"),
            bus: Stable::new("W"),
            done: Stable::new("done"),
            request: None,
            data: VecDeque::new(),
            offers: false,
            written: HashMap::new(),
            expected: VecDeque::new(),
            expected_bursts: VecDeque::new(),
            answered: VecDeque::new(),
            fault: None,
            ran: true,
            faults: 0,
            beats: 0,
            most_outstanding: 0,
        }
    }

    fn cycle(&mut self, pace: Pace, rng: &mut SmallRng) {
        let bench = &mut self.bench;
        assert_eq!(bench.fault.val(), self.fault.is_some());
        if let Some(fault) = self.fault.take() {
            assert_eq!(bench.fault_address.val(), w64(fault));
            self.faults += 1;
        }
        let address = (
            bench.awaddr.val().limbs()[0],
            bench.awlen.val().to_u64(),
            bench.awsize.val().to_u64(),
            bench.awburst.val().to_u64(),
        );
        assert!(self.ran || !bench.awvalid.val() || self.address.waits(), "a burst begins while run is down");
        let (awready, wready) = (rng.random_bool(pace.address), rng.random_bool(pace.bus));
        let burst = self.address.cycle(bench.awvalid.val(), awready, address);
        let burst = burst.map(|(address, length, size, kind)| check_burst(address, length, size, kind));
        if let Some(burst) = burst {
            assert_eq!(self.expected_bursts.pop_front(), Some(burst));
            self.answered.push_back(burst.0);
        }
        // Data may be offered before their address is taken; memory takes them afterwards.
        let wready = wready && (self.side.wants_data() || burst.is_some());
        let beat = (bench.wdata.val(), bench.wstrb.val().to_u64(), bench.wlast.val());
        let beat = self.bus.cycle(bench.wvalid.val(), wready, beat);
        let beat = beat.map(|(data, strobes, last)| {
            assert_eq!(strobes, 0xffff_ffff);
            self.beats += 1;
            (data, last)
        });
        let offer = self.side.offer(rng, pace.response);
        let taken = offer.is_some() && bench.bready.val();
        if taken {
            let burst = self.answered.pop_front().unwrap();
            self.fault = offer.filter(|&response| response != 0).map(|_| burst);
        }
        // By the time that it is done, memory holds the bytes. Requests may overlap.
        if bench.done_valid.val()
            && let Some((_, beats)) = self.expected.front()
        {
            let kept = beats.iter().filter(|(at, _)| !self.memory.is_bad(*at));
            for (at, _) in kept {
                assert!(self.memory.beats.contains_key(at), "{at:#x}: done, but not written");
            }
        }
        let done_ready = rng.random_bool(pace.response.max(0.3));
        let done = (bench.done_tag.val().to_u64(), bench.done_error.val());
        if let Some((tag, error)) = self.done.cycle(bench.done_valid.val(), done_ready, done) {
            let (expected, beats) = self.expected.pop_front().expect("done, but not asked for");
            assert_eq!((tag, error), (expected, beats.iter().any(|(at, _)| self.memory.is_bad(*at))));
        }
        let run = rng.random_bool(pace.run);
        bench.run.next = run;
        bench.request_valid.next = self.request.is_some();
        let (address, beats, tag) = self.request.unwrap_or_else(|| (rng.random(), rng.random::<u64>() >> 44, 3));
        bench.request_address.next = w64(address);
        bench.request_beats.next = beats.into();
        bench.request_tag.next = tag.into();
        self.offers |= !self.data.is_empty() && rng.random_bool(pace.user);
        bench.data_valid.next = self.offers;
        bench.data.next = if self.offers { self.data[0].1 } else { word(rng) };
        if self.offers && bench.data_ready.val() {
            self.offers = false;
            self.data.pop_front();
        }
        bench.done_ready.next = done_ready;
        bench.awready.next = awready;
        bench.wready.next = wready;
        bench.bvalid.next = offer.is_some();
        bench.bresp.next = offer.unwrap_or(0).into();
        if bench.request_ready.val() && self.request.take().is_some() {
            let written: Vec<_> = (0..beats).map(|i| ((address & !31) + i * BEAT_BYTES, word(rng))).collect();
            self.data.extend(&written);
            self.written.extend(written.iter().copied());
            self.expected.push_back((tag, written));
            self.expected_bursts.extend(bursts(address, beats));
        }
        bench.tick();
        self.side.tick(&mut self.memory, burst, beat, taken);
        self.ran = run;
        let outstanding = self.side.outstanding() + usize::from(bench.awvalid.val());
        assert!(outstanding as u64 <= BURSTS_OUTSTANDING);
        assert_eq!(bench.quiet.val(), outstanding == 0);
        self.most_outstanding = self.most_outstanding.max(outstanding);
    }

    fn drain(&mut self, rng: &mut SmallRng) {
        let mut left = 20_000;
        while self.request.is_some() || !self.expected.is_empty() {
            self.cycle(EAGER, rng);
            left -= 1;
            assert!(left > 0, "the writer hangs");
        }
        assert!(self.data.is_empty() && self.expected_bursts.is_empty());
        assert!(self.bench.quiet.val() && self.bench.request_ready.val() && !self.bench.wvalid.val());
    }
}

#[test]
fn host_writer() {
    let mut rng = rng();
    let mut rig = WriteRig::new("host_writer");
    for (round, pace) in PACES.iter().cycle().take(3 * PACES.len()).enumerate() {
        rig.memory = HostMemory { bad_every: pace.bad_every, ..Default::default() };
        rig.written.clear();
        for _ in 0..2_000 {
            if rig.request.is_none() && rng.random_bool(pace.request) {
                let (address, beats) = any_request(&mut rng, 300);
                rig.request = Some((address, beats, rng.random_range(0..16)));
            }
            rig.cycle(*pace, &mut rng);
        }
        if round % 5 == 4 {
            rig.bench.reset.next = true;
            rig.bench.request_valid.next = false;
            rig.bench.data_valid.next = false;
            rig.bench.bvalid.next = false;
            rig.bench.tick();
            rig.bench.reset.next = false;
            rig.bench.settle();
            (rig.request, rig.fault, rig.side, rig.offers) = (None, None, WriteSide::default(), false);
            rig.data.clear();
            rig.expected.clear();
            rig.expected_bursts.clear();
            rig.answered.clear();
            rig.address.reset();
            rig.bus.reset();
            rig.done.reset();
            assert!(rig.bench.quiet.val() && !rig.bench.awvalid.val() && !rig.bench.wvalid.val());
        } else {
            rig.drain(&mut rng);
            rig.written.retain(|at, _| !rig.memory.is_bad(*at));
            assert_eq!(rig.memory.beats, rig.written);
        }
    }
    println!("{} beats, {} bursts, {} faults", rig.beats, rig.address.taken, rig.faults);
    assert!(rig.beats > 8_000 && rig.address.taken > 1_000 && rig.faults > 100, "the test reaches too little");
    assert!(rig.address.waited > 500 && rig.bus.waited > 500 && rig.done.waited > 100);
    assert_eq!(rig.most_outstanding as u64, BURSTS_OUTSTANDING);
    rig.bench.cross_check();
}

/// A beat a cycle over many bursts, and the cycles around them.
#[test]
fn host_writer_cycles() {
    let mut rng = rng();
    let mut rig = WriteRig::new("host_writer_cycles");
    for (beats, expected) in [(200, 200 + 5), (1, 6), (0, 3)] {
        rig.request = Some((0x1040, beats, 5));
        let mut cycles = 0;
        while rig.request.is_some() || !rig.expected.is_empty() {
            rig.cycle(EAGER, &mut rng);
            cycles += 1;
        }
        assert_eq!(cycles, expected, "{beats} beats");
    }
    rig.bench.cross_check();
}
