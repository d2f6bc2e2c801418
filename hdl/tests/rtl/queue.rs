//! Rings: the blocks between a host and a reader or writer of any pace.

use std::collections::{BTreeMap, VecDeque};

use gaslane_abi::{codes::CardError, regs, ring::CompletionKind};
use gaslane_hdl::{
    queue::{
        CompletionWriter, Control, ENTRY_BYTES, Interrupts, RingCheck, SubmissionFetch, ring_check,
        submissions::{BATCH, BUFFER},
    },
    word::{W64, W256, W512},
};
use rand::{Rng, rngs::SmallRng};
use rust_hdl_core::prelude::*;

use crate::{
    axi::Stable,
    dut,
    harness::Bench,
    random::{rng, word},
};

dut!(RingCheck, combinational, [base, entries, head, tail] => [valid, mask]);
dut!(SubmissionFetch, clocked,
    [reset, run, base, entries, doorbell, doorbell_tail, request_ready, data_valid, data, data_error, entry_ready]
    => [valid, bad_doorbell, tail, head, empty, request_valid, request_address, request_beats, data_ready, entry_valid, entry]);
dut!(CompletionWriter, clocked,
    [reset, run, base, entries, doorbell, doorbell_head, completion_valid, completion, request_ready, data_ready, done_valid, done_error]
    => [valid, bad_doorbell, overrun, head, tail, completion_ready, posted, stalled, empty,
        request_valid, request_address, request_beats, data_valid, data, done_ready]);
dut!(Control, clocked,
    [reset, control_write, control_run, sq_valid, cq_valid, quiet, read_fault, read_address, write_fault, write_address,
        sq_bad_doorbell, cq_bad_doorbell, cq_overrun, card_fault, card_error, card_info, completion_ready]
    => [running, shown_running, writing, halted, error, error_info, stopped, completion_valid, completion]);
dut!(Interrupts, clocked, [reset, enable, moderation, posted, stopped, interrupt_ready] => [interrupt_valid]);

fn w64(value: u64) -> W64 {
    W64::from_limbs([value])
}

/// Halves of an entry.
fn halves(entry: W512) -> [W256; 2] {
    let limbs = entry.limbs();
    [0, 4].map(|at| W256::from_limbs(std::array::from_fn(|i| limbs[at + i])))
}

fn joined(halves: [W256; 2]) -> W512 {
    W512::from_limbs(std::array::from_fn(|i| halves[i / 4].limbs()[i % 4]))
}

#[test]
fn ring_check_at_borders() {
    let mut bench = Bench::<RingCheck>::new("ring_check");
    let mut rng = rng();
    let mut found = [0; 2];
    for _ in 0..5_000 {
        let near = |rng: &mut SmallRng, value: u32| value.wrapping_add(rng.random_range(0..3)).wrapping_sub(1);
        let power = 1_u32 << rng.random_range(0..32);
        let entries = if rng.random_bool(0.7) { power } else { near(&mut rng, power) };
        let base = rng.random::<u64>() << rng.random_range(4..9);
        let [head, tail] = std::array::from_fn(|_| match rng.random_range(0..4) {
            0 => near(&mut rng, entries),
            1 => rng.random(),
            _ => rng.random_range(0..entries.max(1)),
        });
        bench.base.next = w64(base);
        bench.entries.next = u64::from(entries).into();
        bench.head.next = u64::from(head).into();
        bench.tail.next = u64::from(tail).into();
        bench.settle();
        let valid = ring_check::model(base, entries, head, tail);
        assert_eq!(bench.valid.val(), valid, "{base:#x} {entries} {head} {tail}");
        found[usize::from(valid)] += 1;
        bench.tick();
    }
    assert!(found[1] > 300 && found[0] > 300, "{found:?}");
    bench.cross_check();
}

/// Entry number `serial`.
fn submission(serial: u64) -> W512 {
    W512::from_limbs(std::array::from_fn(|i| (serial << 3 | i as u64).wrapping_mul(0x9e37_79b9_7f4a_7c15)))
}

/// How fast everybody is.
#[derive(Clone, Copy)]
struct Pace {
    /// The host.
    host: f64,
    /// Reader or writer.
    bus: f64,
    /// Who takes entries, or gives completions.
    user: f64,
    run: f64,
}

const PACES: [Pace; 5] = [
    Pace { host: 1.0, bus: 1.0, user: 1.0, run: 1.0 },
    Pace { host: 0.3, bus: 0.9, user: 0.9, run: 1.0 },
    Pace { host: 0.9, bus: 0.3, user: 0.1, run: 0.9 },
    Pace { host: 0.05, bus: 0.5, user: 0.5, run: 0.5 },
    Pace { host: 0.9, bus: 0.1, user: 1.0, run: 1.0 },
];

/// The ring in host memory, entries by address, and what is between it and the block.
struct FetchRig {
    bench: Bench<SubmissionFetch>,
    base: u64,
    entries: u64,
    memory: BTreeMap<u64, W512>,
    /// Entries written, said by a doorbell, read, delivered.
    written: u64,
    rung: u64,
    read: u64,
    delivered: u64,
    /// Beats that the reader owes, by address.
    beats: VecDeque<u64>,
    /// A beat that is bad.
    bad: Option<u64>,
    failed: bool,
    request: Stable<(u64, u64)>,
    entry: Stable<W512>,
    bad_doorbell: bool,
    ran: bool,
}

impl FetchRig {
    fn new() -> Self {
        Self {
            bench: Bench::new("submission_fetch"),
            base: 0,
            entries: 0,
            memory: BTreeMap::new(),
            written: 0,
            rung: 0,
            read: 0,
            delivered: 0,
            beats: VecDeque::new(),
            bad: None,
            failed: false,
            request: Stable::new("request"),
            entry: Stable::new("entry"),
            bad_doorbell: false,
            ran: false,
        }
    }

    fn restart(&mut self, base: u64, entries: u64) {
        self.bench.reset.next = true;
        self.bench.doorbell.next = false;
        self.bench.data_valid.next = false;
        self.bench.base.next = w64(base);
        self.bench.entries.next = entries.into();
        self.bench.run.next = false;
        self.bench.tick();
        self.bench.reset.next = false;
        self.bench.settle();
        assert!(self.bench.valid.val() && self.bench.empty.val());
        (self.base, self.entries) = (base, entries);
        self.memory.clear();
        (self.written, self.rung, self.read, self.delivered) = (0, 0, 0, 0);
        self.beats.clear();
        (self.bad, self.failed, self.ran, self.bad_doorbell) = (None, false, false, false);
        self.request.reset();
        self.entry.reset();
    }

    fn cycle(&mut self, pace: Pace, rng: &mut SmallRng) {
        let bench = &mut self.bench;
        assert_eq!(bench.bad_doorbell.val(), self.bad_doorbell);
        assert_eq!(bench.tail.val().to_u64(), self.rung % self.entries);
        assert_eq!(bench.head.val().to_u64(), self.read % self.entries);
        assert!(bench.data_ready.val(), "data are always taken");
        assert!(self.ran || !bench.request_valid.val() || self.request.waits(), "a request begins while run is down");
        if !self.failed {
            let nothing = self.rung == self.delivered && self.beats.is_empty();
            assert_eq!(bench.empty.val(), nothing);
        }
        // The reader.
        let request_ready = rng.random_bool(pace.bus);
        let request = (bench.request_address.val().limbs()[0], bench.request_beats.val().to_u64());
        let request = self.request.cycle(bench.request_valid.val(), request_ready, request);
        let beat = self.beats.front().copied().filter(|_| rng.random_bool(pace.bus));
        let error = beat.is_some() && beat == self.bad;
        bench.request_ready.next = request_ready;
        bench.data_valid.next = beat.is_some();
        bench.data_error.next = error || beat.is_none() && rng.random();
        bench.data.next = match beat {
            Some(address) if !error => {
                let entry = self.memory[&(address & !(ENTRY_BYTES - 1))];
                halves(entry)[(address / 32 % 2) as usize]
            }
            _ => word(rng),
        };
        if let Some(address) = beat {
            self.beats.pop_front();
            self.failed |= error;
            self.read += u64::from(address / 32 % 2 == 1 && !self.failed);
        }
        if let Some((address, beats)) = request {
            assert!(beats % 2 == 0 && (2..=2 * BATCH).contains(&beats), "{beats} beats");
            let end = self.base + self.entries * ENTRY_BYTES;
            assert!(address >= self.base && address + beats * 32 <= end, "the ring ends before {address:#x} + {beats}");
            self.beats.extend((0..beats).map(|i| address + i * 32));
            assert!(self.beats.len() as u64 <= 2 * BUFFER);
        }
        // The user.
        let entry_ready = rng.random_bool(pace.user);
        if let Some(entry) = self.entry.cycle(bench.entry_valid.val(), entry_ready, bench.entry.val()) {
            assert_eq!(entry, submission(self.delivered), "entry {}", self.delivered);
            self.delivered += 1;
        }
        bench.entry_ready.next = entry_ready;
        // The host: places before the head are its own, one stays free.
        let run = rng.random_bool(pace.run);
        bench.run.next = run;
        while self.written - self.read < self.entries - 1 && rng.random_bool(pace.host) {
            let address = self.base + self.written % self.entries * ENTRY_BYTES;
            self.memory.insert(address, submission(self.written));
            self.written += 1;
        }
        self.bad_doorbell = false;
        let doorbell = rng.random_bool(pace.host / 2.0);
        bench.doorbell.next = doorbell;
        bench.doorbell_tail.next = (rng.random::<u64>() >> 32).into();
        if doorbell {
            if run && rng.random_bool(0.05) {
                let wrong = self.entries as u32 + rng.random_range(0..=u32::MAX - self.entries as u32);
                bench.doorbell_tail.next = u64::from(wrong).into();
                self.bad_doorbell = true;
            } else {
                self.rung = self.written;
                bench.doorbell_tail.next = (self.rung % self.entries).into();
            }
        }
        bench.tick();
        self.ran = run;
    }
}

#[test]
fn submission_fetch() {
    let mut rng = rng();
    let mut rig = FetchRig::new();
    let (mut delivered, mut failures) = (0, 0);
    for (round, entries) in [2, 4, 64, 8, 1 << 16, 16, 32, 128, 256, 2].into_iter().enumerate() {
        let pace = PACES[round % PACES.len()];
        rig.restart(rng.random::<u64>() >> 10 << 6, entries);
        for _ in 0..3_000 {
            rig.cycle(pace, &mut rng);
        }
        // An error in one of the halves of an entry that is on its way, or nothing more comes.
        rig.bad = rig.beats.get(rng.random_range(0..4)).copied();
        let before = rig.read;
        for _ in 0..400 {
            rig.cycle(Pace { run: 1.0, user: 1.0, ..pace }, &mut rng);
        }
        if rig.failed {
            assert!(rig.read < before + 4 && rig.delivered == rig.read && !rig.bench.entry_valid.val());
            failures += 1;
        }
        delivered += rig.delivered;
    }
    println!("{delivered} entries, {failures} errors");
    assert!(delivered > 5_000 && failures >= 4 && rig.request.waited > 20 && rig.entry.waited > 500);

    // What a ring must be; a doorbell of a card that does not run is taken as it is.
    rig.restart(0x1000, 64);
    rig.bench.doorbell.next = true;
    rig.bench.doorbell_tail.next = 64_u64.into();
    rig.bench.tick();
    rig.bench.doorbell.next = false;
    rig.bench.settle();
    assert!(!rig.bench.valid.val() && !rig.bench.bad_doorbell.val() && rig.bench.tail.val().to_u64() == 64);
    rig.bench.cross_check();
}

/// A write that the block has asked for.
#[derive(Clone, Copy)]
struct Write {
    address: u64,
    data: W256,
}

/// The ring in host memory, a host that looks at the phase bits, and a writer.
struct WriteRig {
    bench: Bench<CompletionWriter>,
    base: u64,
    entries: u64,
    memory: BTreeMap<u64, W256>,
    /// Completions in the order in which they were given; those given, seen by the host, said to be consumed.
    given: Vec<W512>,
    seen: u64,
    consumed: u64,
    /// Completion interrupts that are due, of those entries that are written.
    posted: u64,
    addresses: VecDeque<u64>,
    bytes: VecDeque<W256>,
    /// What the writer has yet to do, and to report.
    writes: VecDeque<Write>,
    dones: VecDeque<bool>,
    fails: bool,
    failed: bool,
    offer: Option<W512>,
    request: Stable<(u64, u64)>,
    data: Stable<W256>,
    pulses: (bool, bool),
    stalls: u64,
}

impl WriteRig {
    fn restart(&mut self, base: u64, entries: u64) {
        self.bench.reset.next = true;
        self.bench.run.next = false;
        self.bench.doorbell.next = false;
        self.bench.completion_valid.next = false;
        self.bench.done_valid.next = false;
        self.bench.base.next = w64(base);
        self.bench.entries.next = entries.into();
        self.bench.tick();
        self.bench.reset.next = false;
        self.bench.settle();
        assert!(self.bench.valid.val() && self.bench.empty.val());
        (self.base, self.entries) = (base, entries);
        self.memory.clear();
        self.given.clear();
        (self.seen, self.consumed, self.posted) = (0, 0, 0);
        self.addresses.clear();
        self.bytes.clear();
        self.writes.clear();
        self.dones.clear();
        (self.fails, self.failed, self.offer, self.pulses) = (false, false, None, (false, false));
        self.request.reset();
        self.data.reset();
    }

    /// What the host finds at the place of entry `serial`, if its phase bit says that it is there.
    fn look(&self, serial: u64) -> Option<W512> {
        let address = self.base + serial % self.entries * ENTRY_BYTES;
        let phase = 1 - serial / self.entries % 2;
        let first = *self.memory.get(&address)?;
        (first.limbs()[0] >> 24 & 0xff == phase).then(|| joined([first, self.memory[&(address + 32)]]))
    }

    fn cycle(&mut self, pace: Pace, rng: &mut SmallRng) {
        let bench = &mut self.bench;
        assert_eq!((bench.bad_doorbell.val(), bench.overrun.val()), self.pulses);
        assert!(bench.done_ready.val());
        assert_eq!(bench.tail.val().to_u64(), (self.posted + u64::from(bench.posted.val())) % self.entries);
        assert_eq!(bench.head.val().to_u64(), self.consumed % self.entries);
        self.posted += u64::from(bench.posted.val());
        self.stalls += u64::from(bench.stalled.val());
        assert!(self.posted <= self.given.len() as u64);
        assert!(self.given.len() as u64 - self.consumed < self.entries, "no place stays free");
        assert_eq!(bench.empty.val(), self.posted == self.given.len() as u64);

        // The writer takes addresses and bytes apart, writes some time later, reports after that.
        let (request_ready, data_ready) = (rng.random_bool(pace.bus), rng.random_bool(pace.bus));
        let request = (bench.request_address.val().limbs()[0], bench.request_beats.val().to_u64());
        let request = self.request.cycle(bench.request_valid.val(), request_ready, request);
        if let Some((address, beats)) = request {
            assert_eq!(beats, 1);
            self.addresses.push_back(address);
        }
        self.bytes.extend(self.data.cycle(bench.data_valid.val(), data_ready, bench.data.val()));
        if !self.addresses.is_empty() && !self.bytes.is_empty() {
            let (address, data) = (self.addresses.pop_front().unwrap(), self.bytes.pop_front().unwrap());
            self.writes.push_back(Write { address, data });
        }
        bench.request_ready.next = request_ready;
        bench.data_ready.next = data_ready;
        let done = if rng.random_bool(pace.bus) { self.dones.pop_front() } else { None };
        bench.done_valid.next = done.is_some();
        bench.done_error.next = done.unwrap_or_else(|| rng.random());
        self.failed |= done == Some(true);
        // Some writes are in memory long before they are reported.
        if rng.random_bool(pace.bus)
            && let Some(Write { address, data }) = self.writes.pop_front()
        {
            let end = self.base + self.entries * ENTRY_BYTES;
            assert!((self.base..end).contains(&address), "{address:#x} is outside the ring");
            let index = (address - self.base) / ENTRY_BYTES;
            let unread = (self.consumed..self.seen).any(|serial| serial % self.entries == index);
            assert!(!unread, "the host has not consumed entry {index}");
            let bad = self.fails && rng.random_bool(0.3);
            if !bad {
                self.memory.insert(address, data);
            }
            self.dones.push_back(bad);
        }

        // Who gives completions.
        if self.offer.is_none() && rng.random_bool(pace.user) {
            self.offer = Some(W512::from_limbs(rng.random()));
        }
        bench.completion_valid.next = self.offer.is_some();
        bench.completion.next = self.offer.unwrap_or_else(|| W512::from_limbs(rng.random()));
        let run = rng.random_bool(pace.run);
        bench.run.next = run;
        self.bench.settle();
        if self.bench.completion_ready.val() {
            assert!(run);
            self.given.extend(self.offer.take());
        }

        // The host looks at phase bits alone, and rings.
        self.pulses = (false, false);
        if rng.random_bool(pace.host)
            && let Some(entry) = self.look(self.seen)
        {
            let phase = 0xff00_0000;
            let mut expected = *self.given[self.seen as usize].limbs();
            expected[0] = expected[0] & !phase | entry.limbs()[0] & phase;
            assert_eq!(*entry.limbs(), expected, "entry {}", self.seen);
            self.seen += 1;
        }
        let doorbell = rng.random_bool(pace.host / 2.0);
        self.bench.doorbell.next = doorbell;
        self.bench.doorbell_head.next = (rng.random::<u64>() >> 32).into();
        if doorbell {
            let written = self.posted + u64::from(self.posted < self.given.len() as u64);
            let wrong = match rng.random_range(0..20) {
                0 if run => Some(self.entries + rng.random_range(0..1 << 20)),
                // One more than what may have been written at all.
                1 if run && written + 1 - self.consumed < self.entries => Some((written + 1) % self.entries),
                _ => None,
            };
            self.bench.doorbell_head.next = wrong.unwrap_or(self.seen % self.entries).into();
            match wrong {
                Some(index) => self.pulses = (index >= self.entries, index < self.entries),
                None => self.consumed = self.seen,
            }
        }
        self.bench.tick();
    }
}

#[test]
fn completion_writer() {
    let mut rng = rng();
    let mut rig = WriteRig {
        bench: Bench::new("completion_writer"),
        base: 0,
        entries: 0,
        memory: BTreeMap::new(),
        given: vec![],
        seen: 0,
        consumed: 0,
        posted: 0,
        addresses: VecDeque::new(),
        bytes: VecDeque::new(),
        writes: VecDeque::new(),
        dones: VecDeque::new(),
        fails: false,
        failed: false,
        offer: None,
        request: Stable::new("request"),
        data: Stable::new("data"),
        pulses: (false, false),
        stalls: 0,
    };
    let (mut seen, mut failures) = (0, 0);
    for (round, entries) in [2, 4, 8, 64, 1 << 16, 2, 4, 16, 2, 32].into_iter().enumerate() {
        let pace = PACES[round % PACES.len()];
        rig.restart(rng.random::<u64>() >> 10 << 6, entries);
        for _ in 0..5_000 {
            rig.cycle(pace, &mut rng);
        }
        if round % 2 == 0 {
            // All that was given arrives.
            for _ in 0..1_000 {
                rig.cycle(Pace { host: 1.0, bus: 1.0, user: 0.0, run: 1.0 }, &mut rng);
            }
            assert_eq!((rig.seen, rig.posted), (rig.given.len() as u64, rig.given.len() as u64));
        } else {
            rig.fails = true;
            for _ in 0..1_000 {
                rig.cycle(Pace { host: 1.0, bus: 1.0, user: 1.0, run: 1.0 }, &mut rng);
            }
            assert!(rig.failed && rig.writes.is_empty() && !rig.bench.completion_ready.val());
            failures += 1;
        }
        seen += rig.seen;
    }
    println!("{seen} completions, {failures} errors, {} cycles stalled", rig.stalls);
    assert!(seen > 2_000 && rig.stalls > 500 && rig.request.waited > 500 && rig.data.waited > 500);
    rig.bench.cross_check();
}

#[test]
fn interrupts() {
    let mut bench = Bench::<Interrupts>::new("interrupts");
    let mut rng = rng();
    let mut interrupt = Stable::new("interrupt");
    // Owed for a completion, for an error; the interrupt that waits is for completions, and when the last such one was taken.
    let (mut completion, mut error, mut moderated, mut last) = (false, false, false, None::<u64>);
    let (mut taken, mut moderated_taken) = (0, 0);
    let (mut enable, mut moderation) = (0_u32, 0_u32);
    for cycle in 0..60_000_u64 {
        if cycle % 64 == 0 {
            enable = rng.random_range(0..4) | rng.random_range(0..2);
            moderation = if rng.random_bool(0.02) { u32::MAX } else { [0, 1, 2, 10, 100][rng.random_range(0..5)] };
        }
        let pace = [0.01, 0.5, 1.0, 0.1][(cycle / 1_000 % 4) as usize];
        let (posted, stopped, ready) = (rng.random_bool(pace), rng.random_bool(0.01), rng.random_bool(0.7));
        let reset = rng.random_bool(0.001);
        bench.reset.next = reset;
        bench.enable.next = u64::from(enable).into();
        bench.moderation.next = u64::from(moderation).into();
        bench.posted.next = posted;
        bench.stopped.next = stopped;
        bench.interrupt_ready.next = ready;
        let valid = bench.interrupt_valid.val();
        let rested = last.is_none_or(|last| cycle - last >= u64::from(moderation));
        // What begins at the end of this cycle.
        let begins = (completion && enable & 1 != 0 && rested && !valid, error && enable & 2 != 0 && !valid);
        if interrupt.cycle(valid, ready, ()).is_some() {
            taken += 1;
            if moderated {
                moderated_taken += 1;
                last = Some(cycle);
            }
        }
        bench.tick();
        completion = posted || completion && !begins.0;
        error = stopped || error && !begins.1;
        let expected = valid && !ready || begins.0 || begins.1;
        if begins.0 || begins.1 {
            moderated = begins.0;
        }
        if reset {
            (completion, error, last) = (false, false, None);
            interrupt.reset();
            assert!(!bench.interrupt_valid.val());
        } else {
            assert_eq!(bench.interrupt_valid.val(), expected, "cycle {cycle}");
        }
    }
    println!("{taken} interrupts, {moderated_taken} of them for completions");
    assert!(moderated_taken > 2_000 && taken > moderated_taken + 100 && interrupt.waited > 500);
    bench.cross_check();
}

#[test]
fn control() {
    let mut bench = Bench::<Control>::new("card_control");
    let mut rng = rng();
    let (mut running, mut fault, mut stopped, mut telling) = (false, None::<(u8, u32)>, false, false);
    let mut seen = BTreeMap::new();
    for _ in 0..60_000 {
        let rare = |rng: &mut SmallRng| rng.random_bool(0.002);
        let [write, run, sq_valid, cq_valid, quiet, ready] = std::array::from_fn(|_| rng.random_bool(0.8));
        let write = write && rng.random_bool(0.1);
        let [reads, writes, sq_bad, cq_bad, overrun, card] = std::array::from_fn(|_| rare(&mut rng));
        let [read_address, write_address] = [rng.random::<u64>(), rng.random()];
        let (card_error, card_info) = (rng.random_range(1..10_u8), rng.random::<u32>());
        let reset = rng.random_bool(0.02);
        bench.reset.next = reset;
        bench.control_write.next = write;
        bench.control_run.next = run;
        bench.sq_valid.next = sq_valid;
        bench.cq_valid.next = cq_valid;
        bench.quiet.next = quiet;
        bench.read_fault.next = reads;
        bench.read_address.next = w64(read_address);
        bench.write_fault.next = writes;
        bench.write_address.next = w64(write_address);
        bench.sq_bad_doorbell.next = sq_bad;
        bench.cq_bad_doorbell.next = cq_bad;
        bench.cq_overrun.next = overrun;
        bench.card_fault.next = card;
        bench.card_error.next = u64::from(card_error).into();
        bench.card_info.next = u64::from(card_info).into();
        bench.completion_ready.next = ready;
        bench.settle();
        let (code, info) = fault.unwrap_or_default();
        assert_eq!(bench.running.val(), running);
        assert_eq!(bench.shown_running.val(), running || !quiet && fault.is_none());
        assert_eq!(bench.writing.val(), running || fault.is_some() && cq_valid);
        assert_eq!(bench.halted.val(), fault.is_some());
        assert_eq!((bench.error.val().to_u64(), bench.error_info.val().to_u64()), (code.into(), info.into()));
        assert_eq!((bench.stopped.val(), bench.completion_valid.val()), (stopped, telling));
        if telling {
            let head = CompletionKind::Error as u64 | u64::from(code) << 8 | u64::from(info) << 32;
            assert_eq!(*bench.completion.val().limbs(), [head, 0, 0, 0, 0, 0, 0, 0]);
        }
        bench.tick();

        // The first of these that applies.
        let starts = write && run && !running && fault.is_none();
        let found = [
            (card, card_error, card_info),
            (reads, CardError::DmaFault as u8, read_address as u32),
            (writes, CardError::DmaFault as u8, write_address as u32),
            (sq_bad, CardError::BadRing as u8, regs::SQ_TAIL),
            (cq_bad, CardError::BadRing as u8, regs::CQ_HEAD),
            (overrun, CardError::CompletionOverrun as u8, regs::CQ_HEAD),
            (starts && !sq_valid, CardError::BadRing as u8, regs::SQ_BASE),
            (starts && !cq_valid, CardError::BadRing as u8, regs::CQ_BASE),
        ];
        let found = found.iter().position(|(applies, ..)| *applies && fault.is_none()).map(|at| (at, found[at]));
        running = if write { run && (running || starts) } else { running };
        telling &= !ready;
        stopped = found.is_some();
        if let Some((at, (_, code, info))) = found {
            (running, telling, fault) = (false, true, Some((code, info)));
            *seen.entry(at).or_insert(0) += 1;
        }
        if reset {
            (running, fault, stopped, telling) = (false, None, false, false);
        }
    }
    println!("errors {seen:?}");
    assert!(seen.len() == 8 && seen.values().all(|&count| count > 10));
    bench.cross_check();
}
