//! The link between a host that speaks in frames and the buses of a core: registers, boot, both memories, resets, faults.

use std::collections::VecDeque;

use gaslane_abi::link::{Direction, Fault, Frame, FrameReader, FrameWriter, PAD_BYTES, RESYNC, to_card, to_host};
use gaslane_hdl::{
    board::{Link, link::RESET_CYCLES},
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

dut!(Link, clocked,
    [reset, in_valid, in_bad, in_data, out_ready, boot_ready,
        bar_awready, bar_wready, bar_bvalid, bar_bresp, bar_arready, bar_rvalid, bar_rdata, bar_rresp,
        host_arvalid, host_araddr, host_arlen, host_rready, host_awvalid, host_awaddr, host_awlen, host_wvalid, host_wdata,
        host_wstrb, host_wlast, host_bready,
        memory_arvalid, memory_araddr, memory_arlen, memory_rready, memory_awvalid, memory_awaddr, memory_awlen, memory_wvalid,
        memory_wdata, memory_wstrb, memory_wlast, memory_bready, interrupt_valid]
    => [out_valid, out_data, listens, core_reset, processor_reset, boot_valid, boot_program, boot_address, boot_word,
        bar_awvalid, bar_awaddr, bar_wvalid, bar_wdata, bar_wstrb, bar_bready, bar_arvalid, bar_araddr, bar_rready,
        host_arready, host_rvalid, host_rdata, host_rresp, host_rlast, host_awready, host_wready, host_bvalid, host_bresp,
        memory_arready, memory_rvalid, memory_rdata, memory_rresp, memory_rlast, memory_awready, memory_wready, memory_bvalid,
        memory_bresp, interrupt_ready]);

/// Cycles between bytes to the card.
const BYTE_CYCLES: u64 = 20;

/// One of the card's AXI managers, and the memory that the host has for it.
struct Manager {
    memory: HostMemory,
    /// A burst of reads on offer: address, beats less one.
    reads: Option<(u64, u64)>,
    /// Beats that are owed: address, last.
    expected: VecDeque<(u64, bool)>,
    /// A burst of writes on offer, and beats of bursts that went out: data, strobes, last.
    writes: Option<(u64, u64)>,
    beats: VecDeque<(W256, u32, bool)>,
    /// Bursts without response: whether it is bad.
    owed: VecDeque<bool>,
    data: Stable<(W256, u64, bool)>,
    response: Stable<u64>,
    // The host's side.
    /// Bursts whose beats come: address of the next one, beats left, any of them bad.
    filling: VecDeque<(u64, u64, bool)>,
    bad: [u64; 2],
}

impl Manager {
    fn new() -> Self {
        Self {
            memory: HostMemory { bad_every: 7, ..HostMemory::default() },
            reads: None,
            expected: VecDeque::new(),
            writes: None,
            beats: VecDeque::new(),
            owed: VecDeque::new(),
            data: Stable::new("R"),
            response: Stable::new("B"),
            filling: VecDeque::new(),
            bad: [0; 2],
        }
    }

    fn rests(&self) -> bool {
        self.reads.is_none()
            && self.expected.is_empty()
            && self.writes.is_none()
            && self.beats.is_empty()
            && self.owed.is_empty()
    }

    /// What is new: bursts within a page.
    fn begin(&mut self, rng: &mut SmallRng) {
        let burst = |rng: &mut SmallRng| {
            let beats = rng.random_range(1..=16);
            ((rng.random_range(0..1_u64 << 40) << 12) | (rng.random_range(0..=128 - beats) * 32), beats - 1)
        };
        if self.reads.is_none() && rng.random_bool(0.01) {
            self.reads = Some(burst(rng));
        }
        if self.writes.is_none() && self.beats.is_empty() && self.owed.len() < 8 && rng.random_bool(0.01) {
            self.writes = Some(burst(rng));
        }
    }
}

/// An access of a register as the host asked for it.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Access {
    Hello(u32),
    Read(u32),
    Write(u32, u32),
}

struct Rig {
    bench: Bench<Link>,
    rng: SmallRng,
    writer: FrameWriter,
    reader: FrameReader,
    to_card: VecDeque<(u8, bool)>,
    next_byte_at: u64,
    now: u64,
    managers: [Manager; 2],
    access: Option<Access>,
    answer: Option<(Frame, Access)>,
    fault: Option<Fault>,
    /// What the registers' subordinate does: address, value seen; its answer.
    seen: (Option<u32>, Option<u32>, Option<u32>),
    answers: Option<(bool, u32, bool)>,
    boots: VecDeque<(bool, u32, u32)>,
    interrupt: bool,
    /// Interrupts taken, and heard of.
    interrupts: (u64, u64),
    resets: u64,
    traffic: bool,
    /// Registers answer nothing.
    holds: bool,
}

impl Rig {
    fn new() -> Self {
        Self {
            bench: Bench::new("link"),
            rng: rng(),
            writer: FrameWriter::new(Direction::ToCard),
            reader: FrameReader::new(Direction::ToHost),
            to_card: VecDeque::new(),
            next_byte_at: 0,
            now: 0,
            managers: [Manager::new(), Manager::new()],
            access: None,
            answer: None,
            fault: None,
            seen: (None, None, None),
            answers: None,
            boots: VecDeque::new(),
            interrupt: false,
            interrupts: (0, 0),
            resets: 0,
            traffic: false,
            holds: false,
        }
    }

    fn send(&mut self, kind: u8, payload: &[u8]) {
        let frame = self.writer.frame(kind, payload);
        self.to_card.extend(frame.bytes().iter().map(|byte| (*byte, false)));
    }

    fn ask(&mut self, access: Access) {
        assert!(self.access.is_none());
        let (kind, place, value) = match access {
            Access::Hello(value) => (to_card::HELLO, 0, value),
            Access::Read(place) => (to_card::READ, place, 0),
            Access::Write(place, value) => (to_card::WRITE, place, value),
        };
        self.send(kind, &[(place as u16).to_le_bytes().as_slice(), &value.to_le_bytes()].concat());
        self.access = Some(access);
    }

    /// Everything at its beginning, on both sides.
    fn begin(&mut self, resync: bool) {
        if resync {
            self.to_card.extend(std::iter::repeat_n(0, PAD_BYTES).chain(RESYNC).map(|byte| (byte, false)));
        }
        self.run(BYTE_CYCLES * 1000, |rig| rig.resets >= RESET_CYCLES && rig.to_card.is_empty());
        (self.writer, self.reader) = (FrameWriter::new(Direction::ToCard), FrameReader::new(Direction::ToHost));
        self.resets = 0;
        self.fault = None;
    }

    fn run(&mut self, cycles: u64, ends: impl Fn(&Self) -> bool) {
        for _ in 0..cycles {
            if ends(self) {
                return;
            }
            self.cycle();
        }
        panic!("not within {cycles} cycles");
    }

    fn hello(&mut self, used: bool) {
        let number = self.rng.random();
        self.ask(Access::Hello(number));
        self.run(BYTE_CYCLES * 40, |rig| rig.answer.is_some());
        let (answer, _) = self.answer.take().unwrap();
        assert_eq!((answer.kind(), answer.number(0)), (to_host::HELLO | u8::from(used), number));
    }

    /// A frame from the card.
    fn heard(&mut self, frame: Frame) {
        let kind = frame.kind();
        // A host that knows of a fault says nothing before it begins anew.
        if self.fault.is_some() {
            return;
        }
        match kind >> 6 {
            0 if kind == to_host::INTERRUPT => self.interrupts.1 += 1,
            0 => self.fault = Fault::from_u8(kind & 7),
            1 => self.answer = Some((frame, self.access.take().expect("an access was under way"))),
            2 => {
                let which = usize::from(kind & to_host::BURST_MEMORY != 0);
                let address = u64::from(frame.number(4)) << 32 | u64::from(frame.number(0));
                let beats = u64::from(kind & 15) + 1;
                if kind & to_host::BURST_WRITE != 0 {
                    self.managers[which].filling.push_back((address, beats, false));
                    return;
                }
                for index in 0..beats {
                    let memory = &self.managers[which].memory;
                    let at = address + 32 * index;
                    let (data, bad) = (memory.beat(at), memory.is_bad(at));
                    let flags = (u8::from(bad) * to_card::ERROR) | (u8::from(index + 1 == beats) * to_card::LAST);
                    let bytes: Vec<u8> = data.limbs().iter().flat_map(|limb| limb.to_le_bytes()).collect();
                    self.send(to_card::BEAT | which as u8 | flags, &bytes);
                }
            }
            _ => {
                let which = usize::from(kind & to_host::MEMORY != 0);
                let limb =
                    |index| u64::from(frame.number(8 + 8 * index)) << 32 | u64::from(frame.number(4 + 8 * index));
                let beat = (W256::from_limbs(std::array::from_fn(limb)), frame.number(0), kind & to_host::LAST != 0);
                let manager = &mut self.managers[which];
                // Its `ready` comes after the frame's last byte.
                assert_eq!(manager.beats.front(), Some(&beat));
                let (address, left, bad) = manager.filling.front_mut().expect("a beat of a burst");
                *bad |= manager.memory.is_bad(*address);
                (*address, *left) = (*address + 32, *left - 1);
                assert_eq!(beat.2, *left == 0);
                if *left == 0 {
                    let (.., bad) = manager.filling.pop_front().unwrap();
                    manager.owed.push_back(bad);
                    self.send(to_card::WRITTEN | which as u8 | (u8::from(bad) * to_card::ERROR), &[]);
                }
            }
        }
    }

    fn cycle(&mut self) {
        let Self { bench, rng, managers, .. } = self;
        let byte = if self.now >= self.next_byte_at && rng.random_bool(0.7) { self.to_card.pop_front() } else { None };
        if byte.is_some() {
            self.next_byte_at = self.now + BYTE_CYCLES;
        }
        let (data, bad) = byte.unwrap_or((rng.random(), rng.random()));
        bench.in_valid.next = byte.is_some();
        bench.in_data.next = u64::from(data).into();
        bench.in_bad.next = bad;
        let ready = rng.random_bool(0.3);
        bench.out_ready.next = ready;
        let boot_ready = rng.random_bool(0.5);
        bench.boot_ready.next = boot_ready;
        if self.traffic {
            managers.iter_mut().for_each(|manager| manager.begin(rng));
            self.interrupt |= rng.random_bool(0.001);
        }
        bench.interrupt_valid.next = self.interrupt;
        let (slow, fast) = (rng.random_bool(0.05), rng.random_bool(0.5));
        macro_rules! drive {
            ($index:literal $arvalid:ident $araddr:ident $arlen:ident $rready:ident $awvalid:ident $awaddr:ident $awlen:ident
                $wvalid:ident $wdata:ident $wstrb:ident $wlast:ident $bready:ident) => {
                let manager = &managers[$index];
                let (address, length) = manager.reads.unwrap_or((rng.random(), rng.random_range(0..256)));
                bench.$arvalid.next = manager.reads.is_some();
                bench.$araddr.next = W64::from_limbs([address]);
                bench.$arlen.next = length.into();
                bench.$rready.next = if self.now / 20_000 % 2 == $index { slow } else { fast };
                let (address, length) = manager.writes.unwrap_or((rng.random(), rng.random_range(0..256)));
                bench.$awvalid.next = manager.writes.is_some();
                bench.$awaddr.next = W64::from_limbs([address]);
                bench.$awlen.next = length.into();
                let beat = manager.beats.front().copied();
                let (data, strobes, last) =
                    beat.unwrap_or((W256::from_limbs(rng.random()), rng.random(), rng.random()));
                bench.$wvalid.next = beat.is_some();
                bench.$wdata.next = data;
                bench.$wstrb.next = u64::from(strobes).into();
                bench.$wlast.next = last;
                bench.$bready.next = slow;
            };
        }
        drive!(0 host_arvalid host_araddr host_arlen host_rready host_awvalid host_awaddr host_awlen
            host_wvalid host_wdata host_wstrb host_wlast host_bready);
        drive!(1 memory_arvalid memory_araddr memory_arlen memory_rready memory_awvalid memory_awaddr memory_awlen
            memory_wvalid memory_wdata memory_wstrb memory_wlast memory_bready);
        // Registers.
        let (awready, wready, arready) = (rng.random_bool(0.3), rng.random_bool(0.3), rng.random_bool(0.3));
        bench.bar_awready.next = awready;
        bench.bar_wready.next = wready;
        bench.bar_arready.next = arready;
        let answers = self.answers.filter(|_| rng.random_bool(0.2) && !self.holds);
        let (writes, value, error) = answers.unwrap_or((false, rng.random(), rng.random()));
        bench.bar_bvalid.next = answers.is_some() && writes;
        bench.bar_rvalid.next = answers.is_some() && !writes;
        let response = if error { rng.random_range(2..4_u64) } else { 0 };
        bench.bar_bresp.next = response.into();
        bench.bar_rresp.next = response.into();
        bench.bar_rdata.next = u64::from(value).into();
        bench.settle();

        // What both sides take.
        macro_rules! take {
            ($index:literal $arready:ident $rvalid:ident $rready:ident $rdata:ident $rresp:ident $rlast:ident $awready:ident $wready:ident
                $bvalid:ident $bready:ident $bresp:ident) => {
                let manager = &mut managers[$index];
                if bench.$arready.val() {
                    let (address, length) = manager.reads.take().expect("AR was offered");
                    manager.expected.extend((0..=length).map(|index| (address + 32 * index, index == length)));
                }
                let offered = (bench.$rdata.val(), bench.$rresp.val().to_u64(), bench.$rlast.val());
                if let Some((data, response, last)) =
                    manager.data.cycle(bench.$rvalid.val(), bench.$rready.val(), offered)
                {
                    let (address, is_last) = manager.expected.pop_front().expect("a beat was asked for");
                    let bad = manager.memory.is_bad(address);
                    assert_eq!(
                        (data, response, last),
                        (manager.memory.beat(address), if bad { 2 } else { 0 }, is_last)
                    );
                    manager.bad[0] += u64::from(bad);
                }
                if bench.$awready.val() {
                    let (_, length) = manager.writes.take().expect("AW was offered");
                    manager.beats.extend((0..=length).map(|index| {
                        (
                            W256::from_limbs(rng.random()),
                            if rng.random() { u32::MAX } else { rng.random() },
                            index == length,
                        )
                    }));
                }
                if bench.$wready.val() {
                    manager.beats.pop_front().expect("W was offered");
                }
                let response = bench.$bresp.val().to_u64();
                if let Some(response) = manager.response.cycle(bench.$bvalid.val(), bench.$bready.val(), response) {
                    let bad = manager.owed.pop_front().expect("a burst has no response");
                    assert_eq!(response, if bad { 2 } else { 0 });
                    manager.bad[1] += u64::from(bad);
                }
            };
        }
        take!(0 host_arready host_rvalid host_rready host_rdata host_rresp host_rlast host_awready host_wready
            host_bvalid host_bready host_bresp);
        take!(1 memory_arready memory_rvalid memory_rready memory_rdata memory_rresp memory_rlast memory_awready memory_wready
            memory_bvalid memory_bready memory_bresp);
        if bench.interrupt_ready.val() {
            assert!(std::mem::take(&mut self.interrupt));
            self.interrupts.0 += 1;
        }
        if bench.boot_valid.val() && boot_ready {
            let number = |bits: Bits<32>| bits.to_u64() as u32;
            let word = (bench.boot_program.val(), number(bench.boot_address.val()), number(bench.boot_word.val()));
            assert_eq!(self.boots.pop_front(), Some(word));
        }
        if answers.is_some() {
            self.answers = None;
        }
        if bench.bar_awvalid.val() && awready {
            assert!(self.seen.0.replace(bench.bar_awaddr.val().to_u64() as u32).is_none());
        }
        if bench.bar_wvalid.val() && wready {
            assert_eq!(bench.bar_wstrb.val().to_u64(), 15);
            assert!(self.seen.1.replace(bench.bar_wdata.val().to_u64() as u32).is_none());
        }
        if bench.bar_arvalid.val() && arready {
            assert!(self.seen.2.replace(bench.bar_araddr.val().to_u64() as u32).is_none());
        }
        if let (Some(place), Some(value), _) = self.seen {
            assert_eq!(self.access, Some(Access::Write(place, value)));
            (self.seen, self.answers) = ((None, None, None), Some((true, 0, place & 8 != 0)));
        }
        if let (.., Some(place)) = self.seen {
            assert_eq!(self.access, Some(Access::Read(place)));
            (self.seen, self.answers) = ((None, None, None), Some((false, place ^ 0x5a5a_1234, place & 8 != 0)));
        }
        let resets = bench.core_reset.val();
        let heard = (bench.out_valid.val() && ready).then(|| bench.out_data.val().to_u64() as u8);
        bench.tick();
        self.now += 1;
        if resets {
            self.resets += 1;
            for manager in managers {
                let memory = std::mem::take(&mut manager.memory);
                let bad = manager.bad;
                *manager = Manager { memory, bad, ..Manager::new() };
            }
            (self.access, self.seen, self.answers, self.interrupt) = (None, (None, None, None), None, false);
            self.answer = None;
            self.boots.clear();
        } else if let Some(byte) = heard
            && let Some(frame) = self.reader.push(byte).expect("the card sends frames")
        {
            self.heard(frame);
        }
    }

    /// One access after another, with all else going on.
    fn accesses(&mut self, count: u64) -> [u64; 2] {
        let mut errors = [0; 2];
        for _ in 0..count {
            let place = self.rng.random_range(0..1024) * 4;
            let access = match self.rng.random_range(0..3) {
                0 => Access::Hello(self.rng.random()),
                1 => Access::Read(place),
                _ => Access::Write(place, self.rng.random()),
            };
            self.ask(access);
            self.run(400_000, |rig| rig.answer.is_some());
            let (frame, asked) = self.answer.take().unwrap();
            assert_eq!(asked, access);
            let error = u8::from(place & 8 != 0);
            let expected = match access {
                Access::Hello(value) => (to_host::HELLO | to_host::USED, value),
                Access::Read(_) => (to_host::REGISTER | error, place ^ 0x5a5a_1234),
                Access::Write(..) => (to_host::STORED | error, 0),
            };
            assert_eq!((frame.kind(), frame.number(0)), expected);
            errors[usize::from(error)] += 1;
        }
        errors
    }

    fn boot(&mut self, frames: u16) {
        for number in 0..frames {
            let (program, first, words) = (self.rng.random::<bool>(), 8 * number, self.rng.random::<[u32; 8]>());
            let mut payload = first.to_le_bytes().to_vec();
            for (word, address) in words.into_iter().zip((4 * u32::from(first)..).step_by(4)) {
                payload.extend(word.to_le_bytes());
                self.boots.push_back((program, address, word));
            }
            self.send(to_card::BOOT | (u8::from(program) * to_card::PROGRAM), &payload);
        }
        self.run(2 * BYTE_CYCLES * 80 * u64::from(frames), |rig| rig.boots.is_empty() && rig.to_card.is_empty());
        assert!(self.bench.processor_reset.val());
        self.send(to_card::RELEASE, &[]);
        self.run(BYTE_CYCLES * 20, |rig| !rig.bench.processor_reset.val());
    }
}

/// Beginnings anew: each way to end one in turn.
const ROUNDS: u64 = 6;

#[test]
fn link() {
    let mut rig = Rig::new();
    // After configuration.
    rig.bench.reset.next = true;
    (0..3).for_each(|_| rig.bench.tick());
    rig.bench.reset.next = false;
    (0..=RESET_CYCLES).for_each(|_| rig.bench.tick());
    // Noise before anybody speaks.
    let noise: Vec<_> = (0..100).map(|_| (rig.rng.random(), rig.rng.random())).collect();
    rig.to_card.extend(noise);
    let mut faults = [0_u64; 6];
    let (mut used, mut resync, mut accesses, mut errors) = (false, true, 0, [0; 2]);
    for round in 0..ROUNDS {
        rig.begin(resync);
        assert!(!rig.bench.core_reset.val() && rig.bench.listens.val());
        rig.hello(used);
        rig.boot(6);
        rig.traffic = true;
        for (sum, count) in errors.iter_mut().zip(rig.accesses(6)) {
            *sum += count;
            accesses += count;
        }
        used = true;
        let fault = match round % 6 {
            // At rest: an ordinary reset.
            0 => {
                rig.traffic = false;
                rig.run(3_000_000, |rig| {
                    rig.managers.iter().all(Manager::rests) && !rig.interrupt && rig.to_card.is_empty()
                });
                assert_eq!(rig.interrupts.0, rig.interrupts.1);
                assert!(rig.managers.iter().all(|manager| manager.filling.is_empty()));
                rig.send(to_card::RESET, &[]);
                (used, resync) = (false, false);
                continue;
            }
            1 => {
                rig.send(to_card::RELEASE, &[]);
                Fault::Order
            }
            2 => {
                rig.send(to_card::BOOT, &[0; 34]);
                Fault::Order
            }
            // A beat that nobody has asked for.
            3 => {
                rig.traffic = false;
                rig.run(3_000_000, |rig| rig.managers.iter().all(Manager::rests) && rig.to_card.is_empty());
                let memory = rig.rng.random_range(0..2);
                rig.send(to_card::BEAT | memory, &[0x11; 32]);
                Fault::Overrun
            }
            // An access that does not wait for the one before.
            4 => {
                rig.holds = true;
                rig.ask(Access::Write(0x40, 7));
                rig.send(to_card::HELLO, &[0; 6]);
                Fault::Overrun
            }
            _ => {
                rig.run(3_000_000, |rig| rig.to_card.len() > 60);
                let at = rig.rng.random_range(1..rig.to_card.len());
                rig.to_card[at].0 ^= 1 << rig.rng.random_range(0..8);
                // Nothing but what is found within the next frames.
                Fault::Check
            }
        };
        resync = true;
        rig.run(3_000_000, |rig| rig.fault.is_some());
        let found = rig.fault.expect("the card says so");
        faults[found as usize] += 1;
        assert!(found == fault || round % 6 == 5, "{found:?}, not {fault:?}");
        assert!(!rig.bench.listens.val());
        (rig.traffic, rig.holds) = (false, false);
        rig.to_card.clear();
    }
    let managers = &rig.managers;
    println!("{accesses} accesses, {errors:?} with errors, faults {faults:?}, interrupts {:?}", rig.interrupts);
    for manager in managers {
        println!(
            "{} beats read, {} bursts written, bad ones {:?}",
            manager.data.taken, manager.response.taken, manager.bad
        );
        assert!(manager.bad.iter().all(|bad| *bad > 2));
    }
    assert!(accesses == 6 * ROUNDS && errors.iter().all(|count| *count > 2) && rig.interrupts.1 > 5);
    let count = |fault: Fault| faults[fault as usize];
    assert!(count(Fault::Order) >= ROUNDS / 3 && count(Fault::Overrun) >= ROUNDS / 3);
    assert_eq!(faults.iter().sum::<u64>(), ROUNDS / 6 * 5);
    rig.bench.cross_check();
}
