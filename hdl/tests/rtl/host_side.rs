//! The bus side as a whole: a driver on the registers, host memory of any pace, and a card that answers each payload with a record.

use gaslane_abi::{
    CARD_ID,
    codes::CardError,
    regs,
    ring::{Command, CompletionKind},
};
use gaslane_hdl::{
    bus::HostSide,
    queue::ENTRY_BYTES,
    word::{W64, W256, W512},
};
use rand::{Rng, rngs::SmallRng};
use rust_hdl_core::prelude::*;

use crate::{
    axi::{HostMemory, ReadSide, Stable, WriteSide, check_burst},
    dut,
    harness::Bench,
    random::rng,
};

dut!(HostSide, clocked,
    [reset, strap_lanes, strap_slots, card_idle, card_fault, card_error, card_info, committed, committed_host, aborts, escapes, assists,
        state_reads, program_words, firmware_words, evm_instructions, evictions, lane_busy_cycles,
        lane_state_wait_cycles, lane_commit_wait_cycles, lane_aborted_cycles, lane_idle_cycles, entry_ready,
        completion_valid, completion, read1_valid, read1_address, read1_beats, read1_data_ready, read2_valid,
        read2_address, read2_beats, read2_data_ready, read3_valid, read3_address, read3_beats, read3_data_ready,
        write1_valid, write1_address, write1_beats, write1_data_valid, write1_data, write1_done_ready, write2_valid,
        write2_address, write2_beats, write2_data_valid, write2_data, write2_done_ready, write3_valid, write3_address,
        write3_beats, write3_data_valid, write3_data, write3_done_ready, interrupt_ready, bar_awvalid, bar_awaddr,
        bar_wvalid, bar_wdata, bar_wstrb, bar_bready, bar_arvalid, bar_araddr, bar_rready, host_arready, host_rvalid,
        host_rdata, host_rresp, host_rlast, host_awready, host_wready, host_bvalid, host_bresp]
    => [running, lane_select, entry_valid, entry, completion_ready, stalled, read1_ready, read1_data_valid,
        read2_ready, read2_data_valid, read3_ready, read3_data_valid, read_data, read_last, read_error, write1_ready,
        write1_data_ready, write1_done_valid, write2_ready, write2_data_ready, write2_done_valid, write3_ready,
        write3_data_ready, write3_done_valid, write_error, interrupt_valid, bar_awready, bar_wready, bar_bvalid,
        bar_bresp, bar_arready, bar_rvalid, bar_rdata, bar_rresp, host_arvalid, host_arid, host_araddr, host_arlen,
        host_arsize, host_arburst, host_rready, host_awvalid, host_awid, host_awaddr, host_awlen, host_awsize,
        host_awburst, host_wvalid, host_wdata, host_wstrb, host_wlast, host_bready]);

const SQ_BASE: u64 = 0x1_0000_0000;
const SQ_ENTRIES: u64 = 8;
const CQ_BASE: u64 = 0x2_0000_0000;
const CQ_ENTRIES: u64 = 4;

/// What the card does with a submission, step by step.
#[derive(Debug)]
enum Work {
    Idle,
    /// Asks for the payload.
    Ask(Submission),
    Read(Submission, Vec<W256>),
    /// Announces the record.
    Announce(Submission, Vec<W256>),
    /// Gives the beats that are left.
    Write(Submission, Vec<W256>),
    /// Waits until the record is in memory.
    Wait(Submission),
    Complete(Submission),
}

#[derive(Clone, Copy, Debug)]
struct Submission {
    tag: u32,
    address: u64,
    beats: u64,
    record: u64,
}

/// Beat of the record for a beat of the payload.
fn answer(payload: W256) -> W256 {
    !payload
}

type AddressChannel = Stable<(u64, u64, u64, u64)>;

struct Rig {
    bench: Bench<HostSide>,
    rng: SmallRng,
    pace: f64,
    memory: HostMemory,
    reads: ReadSide,
    writes: WriteSide,
    ar: AddressChannel,
    aw: AddressChannel,
    w: Stable<(W256, bool)>,
    work: Work,
    /// Of reads and writes at the user's side.
    beat_offered: bool,
    interrupts: u64,
    // The driver.
    tail: u64,
    head: u64,
}

impl Rig {
    fn new(name: &'static str, pace: f64) -> Self {
        let mut rig = Self {
            bench: Bench::new(name),
            rng: rng(),
            pace,
            memory: HostMemory::default(),
            reads: ReadSide::default(),
            writes: WriteSide::default(),
            ar: Stable::new("AR"),
            aw: Stable::new("AW"),
            w: Stable::new("W"),
            work: Work::Idle,
            beat_offered: false,
            interrupts: 0,
            tail: 0,
            head: 0,
        };
        rig.bench.card_idle.next = true;
        rig
    }

    fn reset(&mut self) {
        self.bench.reset.next = true;
        self.bench.tick();
        self.bench.reset.next = false;
        self.bench.settle();
        (self.work, self.beat_offered) = (Work::Idle, false);
        (self.memory, self.reads, self.writes) = Default::default();
        (self.tail, self.head) = (0, 0);
        self.ar.reset();
        self.aw.reset();
        self.w.reset();
    }

    fn cycle(&mut self) {
        let (bench, rng, pace) = (&mut self.bench, &mut self.rng, self.pace);
        // Host memory.
        let [arready, awready, wready] = std::array::from_fn(|_| rng.random_bool(pace));
        let found = (
            bench.host_araddr.val().limbs()[0],
            bench.host_arlen.val().to_u64(),
            bench.host_arsize.val().to_u64(),
            bench.host_arburst.val().to_u64(),
        );
        let read = self.ar.cycle(bench.host_arvalid.val(), arready, found).map(|(a, l, s, b)| check_burst(a, l, s, b));
        let found = (
            bench.host_awaddr.val().limbs()[0],
            bench.host_awlen.val().to_u64(),
            bench.host_awsize.val().to_u64(),
            bench.host_awburst.val().to_u64(),
        );
        let write = self.aw.cycle(bench.host_awvalid.val(), awready, found).map(|(a, l, s, b)| check_burst(a, l, s, b));
        let wready = wready && (self.writes.wants_data() || write.is_some());
        let data = (bench.host_wdata.val(), bench.host_wlast.val());
        let data = self.w.cycle(bench.host_wvalid.val(), wready, data);
        let beat = self.reads.offer(&self.memory, rng, pace);
        let read_taken = beat.is_some() && bench.host_rready.val();
        let response = self.writes.offer(rng, pace);
        let response_taken = response.is_some() && bench.host_bready.val();
        bench.host_arready.next = arready;
        bench.host_awready.next = awready;
        bench.host_wready.next = wready;
        bench.host_rvalid.next = beat.is_some();
        let beat = beat.unwrap_or_default();
        bench.host_rdata.next = beat.data;
        bench.host_rresp.next = beat.response.into();
        bench.host_rlast.next = beat.last;
        bench.host_bvalid.next = response.is_some();
        bench.host_bresp.next = response.unwrap_or(0).into();

        // The card, as user 1.
        let eager = rng.random_bool(pace);
        bench.entry_ready.next = false;
        bench.read1_valid.next = false;
        bench.read1_data_ready.next = false;
        bench.write1_valid.next = false;
        bench.write1_done_ready.next = false;
        bench.completion_valid.next = false;
        self.beat_offered |= eager;
        bench.write1_data_valid.next = false;
        let work = std::mem::replace(&mut self.work, Work::Idle);
        self.work = match work {
            Work::Idle => {
                bench.entry_ready.next = eager;
                let [head, address, length, record, ..] = *bench.entry.val().limbs();
                match bench.entry_valid.val() && eager {
                    true => Work::Ask(Submission { tag: (head >> 32) as u32, address, beats: length / 32, record }),
                    false => Work::Idle,
                }
            }
            Work::Ask(submission) => {
                bench.read1_valid.next = true;
                bench.read1_address.next = W64::from_limbs([submission.address]);
                bench.read1_beats.next = submission.beats.into();
                match bench.read1_ready.val() {
                    true => Work::Read(submission, vec![]),
                    false => Work::Ask(submission),
                }
            }
            Work::Read(submission, mut beats) => {
                bench.read1_data_ready.next = eager;
                let last = bench.read_last.val();
                if bench.read1_data_valid.val() && eager {
                    assert!(!bench.read2_data_valid.val() && !bench.read3_data_valid.val());
                    beats.push(bench.read_data.val());
                }
                match beats.len() as u64 == submission.beats {
                    true => {
                        assert!(last);
                        beats.reverse();
                        Work::Announce(submission, beats)
                    }
                    false => Work::Read(submission, beats),
                }
            }
            Work::Announce(submission, beats) => {
                bench.write1_valid.next = true;
                bench.write1_address.next = W64::from_limbs([submission.record]);
                bench.write1_beats.next = submission.beats.into();
                match bench.write1_ready.val() {
                    true => {
                        self.beat_offered = false;
                        Work::Write(submission, beats)
                    }
                    false => Work::Announce(submission, beats),
                }
            }
            Work::Write(submission, mut beats) => {
                bench.write1_data_valid.next = self.beat_offered;
                bench.write1_data.next = answer(*beats.last().unwrap());
                if self.beat_offered && bench.write1_data_ready.val() {
                    beats.pop();
                    self.beat_offered = false;
                }
                if beats.is_empty() { Work::Wait(submission) } else { Work::Write(submission, beats) }
            }
            Work::Wait(submission) => {
                bench.write1_done_ready.next = eager;
                assert!(!bench.write1_done_valid.val() || !bench.write_error.val());
                match bench.write1_done_valid.val() && eager {
                    true => Work::Complete(submission),
                    false => Work::Wait(submission),
                }
            }
            Work::Complete(submission) => {
                bench.completion_valid.next = true;
                let head = CompletionKind::Committed as u64 | u64::from(submission.tag) << 32;
                bench.completion.next = W512::from_limbs([head, submission.beats * 32, 0, 0, 0, 0, 0, 0]);
                match bench.completion_ready.val() {
                    true => Work::Idle,
                    false => Work::Complete(submission),
                }
            }
        };
        bench.card_idle.next = matches!(self.work, Work::Idle);
        bench.interrupt_ready.next = eager;
        self.interrupts += u64::from(bench.interrupt_valid.val() && eager);
        bench.tick();
        self.reads.tick(read, read_taken);
        self.writes.tick(&mut self.memory, write, data, response_taken);
    }

    fn write_register(&mut self, offset: u32, value: u32) {
        self.bench.bar_awaddr.next = u64::from(offset).into();
        self.bench.bar_wdata.next = u64::from(value).into();
        self.bench.bar_wstrb.next = 15_u64.into();
        self.bench.bar_awvalid.next = true;
        self.bench.bar_wvalid.next = true;
        self.bench.bar_bready.next = true;
        assert!(self.bench.bar_awready.val() && self.bench.bar_wready.val());
        self.cycle();
        self.bench.bar_awvalid.next = false;
        self.bench.bar_wvalid.next = false;
        while !self.bench.bar_bvalid.val() {
            self.cycle();
        }
        self.cycle();
    }

    fn read_register(&mut self, offset: u32) -> u32 {
        self.bench.bar_araddr.next = u64::from(offset).into();
        self.bench.bar_arvalid.next = true;
        self.bench.bar_rready.next = true;
        assert!(self.bench.bar_arready.val());
        self.cycle();
        self.bench.bar_arvalid.next = false;
        while !self.bench.bar_rvalid.val() {
            self.cycle();
        }
        let value = self.bench.bar_rdata.val().to_u64() as u32;
        self.cycle();
        value
    }

    fn start(&mut self, sq_entries: u64) {
        self.write_register(regs::SQ_BASE, SQ_BASE as u32);
        self.write_register(regs::SQ_BASE + 4, (SQ_BASE >> 32) as u32);
        self.write_register(regs::SQ_ENTRIES, sq_entries as u32);
        self.write_register(regs::CQ_BASE, CQ_BASE as u32);
        self.write_register(regs::CQ_BASE + 4, (CQ_BASE >> 32) as u32);
        self.write_register(regs::CQ_ENTRIES, CQ_ENTRIES as u32);
        self.write_register(regs::IRQ_ENABLE, 3);
        self.write_register(regs::IRQ_MODERATION_CYCLES, 50);
        self.write_register(regs::CONTROL, 1);
    }

    /// Writes an entry to the ring; the doorbell comes later.
    fn push(&mut self, submission: Submission) {
        let at = SQ_BASE + self.tail % SQ_ENTRIES * ENTRY_BYTES;
        let head = Command::Execute as u64 | u64::from(submission.tag) << 32;
        let limbs = [head, submission.address, submission.beats * 32, submission.record];
        self.memory.beats.insert(at, W256::from_limbs(limbs));
        self.memory.beats.insert(at + 32, W256::ZERO);
        self.tail += 1;
    }

    /// Kind, code and tag of the next completion, if its phase bit says that it is there.
    fn completion(&mut self) -> Option<(u8, u8, u32)> {
        let at = CQ_BASE + self.head % CQ_ENTRIES * ENTRY_BYTES;
        let word = self.memory.beats.get(&at)?.limbs()[0];
        let [kind, code, _, phase, ..] = word.to_le_bytes();
        if u64::from(phase) != 1 - self.head / CQ_ENTRIES % 2 {
            return None;
        }
        self.head += 1;
        Some((kind, code, (word >> 32) as u32))
    }

    /// Runs until there is a completion.
    fn await_completion(&mut self) -> (u8, u8, u32) {
        for _ in 0..10_000 {
            if let Some(found) = self.completion() {
                return found;
            }
            self.cycle();
        }
        panic!("no completion; the card is at {:?}", self.work);
    }

    fn status(&mut self) -> (u32, u32, u32) {
        (self.read_register(regs::STATUS), self.read_register(regs::ERROR), self.read_register(regs::ERROR_INFO))
    }
}

fn any_submission(rng: &mut SmallRng, tag: u32) -> Submission {
    let [address, record] = [0x10_0000_0000_u64, 0x20_0000_0000].map(|base| base + (rng.random::<u64>() >> 48) * 32);
    // Records do not overlap.
    Submission { tag, address, beats: rng.random_range(1..40), record: record + (u64::from(tag) << 24) }
}

#[test]
fn host_side() {
    let mut rig = Rig::new("host_side", 0.7);
    assert_eq!(rig.read_register(regs::ID), CARD_ID);
    rig.start(SQ_ENTRIES);
    assert_eq!(rig.read_register(regs::STATUS), regs::STATUS_RUNNING | regs::STATUS_IDLE);
    let mut submitted = Vec::new();
    let mut seen = 0;
    while seen < 150 {
        rig.pace = [0.7, 1.0, 0.3][seen / 10 % 3];
        while submitted.len() < 150 && rig.tail - rig.head < SQ_ENTRIES - 1 {
            let submission = any_submission(&mut rig.rng, submitted.len() as u32);
            submitted.push(submission);
            rig.push(submission);
        }
        rig.write_register(regs::SQ_TAIL, (rig.tail % SQ_ENTRIES) as u32);
        let (kind, code, tag) = rig.await_completion();
        assert_eq!((kind, code, tag), (CompletionKind::Committed as u8, 0, seen as u32));
        // The record was there before.
        let Submission { address, beats, record, .. } = submitted[seen];
        for i in 0..beats {
            assert_eq!(rig.memory.beats[&(record + i * 32)], answer(rig.memory.beat(address + i * 32)), "{tag}");
        }
        seen += 1;
        // Sometimes late, so that the ring fills.
        if seen % 3 == 0 {
            rig.write_register(regs::CQ_HEAD, (rig.head % CQ_ENTRIES) as u32);
        }
    }
    for _ in 0..200 {
        rig.cycle();
    }
    assert_eq!(rig.read_register(regs::STATUS), regs::STATUS_RUNNING | regs::STATUS_IDLE);
    assert_eq!(u64::from(rig.read_register(regs::SQ_HEAD)), rig.tail % SQ_ENTRIES);
    assert_eq!(u64::from(rig.read_register(regs::CQ_TAIL)), rig.head % CQ_ENTRIES);
    assert!(rig.read_register(regs::CYCLES) > 5_000);
    println!("{} interrupts", rig.interrupts);
    assert!((10..=150).contains(&rig.interrupts));

    // A card that is stopped leaves the doorbell alone until it runs again.
    rig.write_register(regs::CONTROL, 0);
    assert_eq!(rig.read_register(regs::STATUS), regs::STATUS_IDLE);
    let submission = any_submission(&mut rig.rng, 1000);
    rig.push(submission);
    rig.write_register(regs::SQ_TAIL, (rig.tail % SQ_ENTRIES) as u32);
    for _ in 0..300 {
        rig.cycle();
    }
    assert_eq!((rig.completion(), rig.read_register(regs::STATUS)), (None, 0));
    rig.write_register(regs::CONTROL, 1);
    assert_eq!(rig.await_completion(), (CompletionKind::Committed as u8, 0, 1000));

    // A payload that cannot be read: registers, completion and interrupt say so.
    let submission = any_submission(&mut rig.rng, 1001);
    let bad = submission.address + (submission.beats - 1) * 32;
    rig.memory.bad_at = Some(bad);
    rig.push(submission);
    rig.write_register(regs::CQ_HEAD, (rig.head % CQ_ENTRIES) as u32);
    let before = rig.interrupts;
    rig.write_register(regs::SQ_TAIL, (rig.tail % SQ_ENTRIES) as u32);
    let error = (CompletionKind::Error as u8, CardError::DmaFault as u8, bad as u32);
    assert_eq!(rig.await_completion(), error);
    assert_eq!(rig.status(), (regs::STATUS_IDLE | regs::STATUS_ERROR, CardError::DmaFault as u32, bad as u32));
    for _ in 0..100 {
        rig.cycle();
    }
    assert!(rig.interrupts > before);
    rig.write_register(regs::CONTROL, 1);
    assert_eq!(rig.read_register(regs::CONTROL), 0, "only a reset helps");
    rig.bench.cross_check();
}

#[test]
fn errors_of_the_driver() {
    let mut rig = Rig::new("host_side_errors", 0.9);
    let stopped = regs::STATUS_IDLE | regs::STATUS_ERROR;
    rig.start(48);
    assert_eq!(rig.status(), (stopped, CardError::BadRing as u32, regs::SQ_BASE));
    assert_eq!(rig.await_completion(), (CompletionKind::Error as u8, CardError::BadRing as u8, regs::SQ_BASE));
    rig.reset();
    assert_eq!(rig.status(), (regs::STATUS_IDLE, 0, 0));
    rig.start(SQ_ENTRIES);
    rig.write_register(regs::CQ_HEAD, 1);
    assert_eq!(rig.status(), (stopped, CardError::CompletionOverrun as u32, regs::CQ_HEAD));
    rig.reset();
    rig.start(SQ_ENTRIES);
    rig.write_register(regs::SQ_TAIL, SQ_ENTRIES as u32);
    assert_eq!(rig.status(), (stopped, CardError::BadRing as u32, regs::SQ_TAIL));
    // A write that is refused.
    rig.reset();
    rig.start(SQ_ENTRIES);
    rig.memory.bad_at = Some(CQ_BASE + 32);
    let submission = any_submission(&mut rig.rng, 7);
    rig.push(submission);
    rig.write_register(regs::SQ_TAIL, 1);
    for _ in 0..2_000 {
        rig.cycle();
    }
    assert_eq!(rig.status(), (stopped, CardError::DmaFault as u32, CQ_BASE as u32 + 32));
    assert_eq!(rig.completion(), None, "the ring cannot be written");
    rig.bench.cross_check();
}
