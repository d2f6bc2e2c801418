//! A recorded transaction played to the hardware with more commands between: a reset of the state is queued while the transaction waits for the host, and a
//! fill behind it. What the host answers is taken before the reset, what stands behind it is not.

use alloy_primitives::U256;
use gaslane_abi::codes::KeyKind;
use gaslane_abi::record::{EXISTS, HAS_BALANCE, HAS_CODE, HAS_NONCE, StateRecord};
use gaslane_abi::ring::{Command, Completion, CompletionKind, Submission};
use gaslane_abi::word::{Address20, Word};
use gaslane_abi::{Device, DmaMemory, Wake, regs};
use gaslane_hdl::CardConfig;
use gaslane_sim::rtl::{LinkOptions, RtlCard, VERILATOR_AVAILABLE, VerilatorEngine};
use gaslane_tests::recorded::{CONTRACT, Event, session};
use std::collections::BTreeMap;
use std::ptr::NonNull;
use std::time::Duration;
use zerocopy::{FromBytes, FromZeros, IntoBytes};

/// Where the test's own ring and record stand; the driver maps nothing there.
const OWN: u64 = 0x7000_0000_0000;
const OWN_BYTES: usize = 8192;
const RECORD: u64 = OWN + 4096;
const RESET: u32 = 0x7fff_0001;
const BEHIND: u32 = 0x7fff_0002;

/// Host memory that the card reaches.
struct Memory(BTreeMap<u64, (NonNull<u64>, usize)>);

impl Memory {
    fn map(&mut self, card: &mut RtlCard<VerilatorEngine>, iova: u64, bytes: usize) {
        let words = Box::leak(vec![0_u64; bytes / 8].into_boxed_slice());
        let memory = NonNull::from(&mut words[0]);
        // SAFETY: leaked, so it lives for ever; it is touched through this pointer alone, by the card within its own calls.
        unsafe { card.dma_map(iova, DmaMemory::private(memory.cast(), bytes)) }.unwrap();
        self.0.insert(iova, (memory, bytes));
    }

    fn at(&self, iova: u64, len: usize) -> *mut u8 {
        let (start, (memory, bytes)) = self.0.range(..=iova).next_back().expect("mapped memory");
        let offset = (iova - start) as usize;
        assert!(offset + len <= *bytes, "{iova:#x} is not mapped");
        // SAFETY: inside the allocation, as just checked.
        unsafe { memory.as_ptr().cast::<u8>().add(offset) }
    }

    fn write(&mut self, iova: u64, bytes: &[u8]) {
        // SAFETY: `at` has checked the range; the card runs within its own calls alone.
        unsafe { self.at(iova, bytes.len()).copy_from_nonoverlapping(bytes.as_ptr(), bytes.len()) }
    }

    fn read(&self, iova: u64, len: usize) -> Vec<u8> {
        let mut bytes = vec![0; len];
        // SAFETY: as in `write`.
        unsafe { self.at(iova, len).copy_to_nonoverlapping(bytes.as_mut_ptr(), len) }
        bytes
    }
}

/// A completion ring, read in order.
#[derive(Clone, Copy, Default)]
struct Ring {
    base: u64,
    entries: u32,
    head: u32,
    phase: u8,
}

impl Ring {
    fn next(&mut self, read: impl Fn(u64, usize) -> Vec<u8>) -> Option<Completion> {
        let completion = Completion::read_from_bytes(&read(self.base + 64 * u64::from(self.head), 64)).unwrap();
        if completion.phase != self.phase {
            return None;
        }
        self.head = (self.head + 1) % self.entries;
        self.phase ^= u8::from(self.head == 0);
        Some(completion)
    }
}

/// The session again, on a card as hardware.
struct Player {
    card: RtlCard<VerilatorEngine>,
    memory: Memory,
    /// What stood where in the session.
    recorded: BTreeMap<u64, [u8; 32]>,
    recorded_ring: Ring,
    /// Kinds and tags of the session's completions so far.
    expected: Vec<(u8, u32)>,
    ring: Ring,
    sq_base: u64,
    sq_entries: u32,
    sq_tail: u32,
    tail: u32,
    completions: Vec<Completion>,
}

impl Player {
    fn new() -> Self {
        let card = RtlCard::new(CardConfig::small().with_lanes(1), LinkOptions::gen3x16(100_000)).unwrap();
        let mut player = Self {
            card,
            memory: Memory(BTreeMap::new()),
            recorded: BTreeMap::new(),
            recorded_ring: Ring { phase: 1, ..Ring::default() },
            expected: Vec::new(),
            ring: Ring { phase: 1, ..Ring::default() },
            sq_base: 0,
            sq_entries: 0,
            sq_tail: 0,
            tail: 0,
            completions: Vec::new(),
        };
        player.memory.map(&mut player.card, OWN, OWN_BYTES);
        player
    }

    fn note(&mut self, iova: u64, bytes: &[u8]) {
        for (at, row) in (iova..).step_by(32).zip(bytes.chunks_exact(32)) {
            self.recorded.insert(at, row.try_into().unwrap());
        }
    }

    /// What stands in the session's memory.
    fn was(recorded: &BTreeMap<u64, [u8; 32]>, iova: u64, len: usize) -> Vec<u8> {
        let rows = (iova..iova + len as u64).step_by(32);
        rows.flat_map(|at| recorded.get(&at).copied().unwrap_or_default()).take(len).collect()
    }

    /// Lets the card run until what it has said is enough.
    fn until(&mut self, enough: impl Fn(&Self) -> bool) {
        for _ in 0..10_000 {
            while let Some(completion) = self.ring.next(|iova, len| self.memory.read(iova, len)) {
                assert_ne!(completion.kind, CompletionKind::Error as u8, "{completion:?}");
                self.completions.push(completion);
            }
            if self.ring.entries > 0 {
                self.card.write(regs::CQ_HEAD, self.ring.head).unwrap();
            }
            if enough(self) {
                return;
            }
            let wake = self.card.wait(Duration::from_secs(1)).unwrap();
            let idle = self.completions.len();
            assert!(wake == Wake::Interrupt || idle > 0, "the card rests, and has said {:?}", self.completions);
        }
        panic!("no end: {:?}", self.completions);
    }

    /// Lets the card run until it has said all that the driver had heard at this point of the session.
    fn catch_up(&mut self) {
        if self.recorded_ring.entries == 0 {
            return;
        }
        while let Some(completion) = self.recorded_ring.next(|iova, len| Self::was(&self.recorded, iova, len)) {
            self.expected.push((completion.kind, completion.tag));
        }
        self.until(|player| {
            let count = |what| player.expected.iter().filter(|expected| **expected == what).count();
            let found = |what| player.completions.iter().filter(|c| (c.kind, c.tag) == what).count();
            player.expected.iter().all(|what| found(*what) >= count(*what))
        });
    }

    fn push(&mut self, submission: &[u8]) {
        self.memory.write(OWN + 64 * u64::from(self.tail), submission);
        self.tail = (self.tail + 1) % 64;
    }

    /// A register of the session; doorbells and places of rings are ours.
    fn register(&mut self, offset: u32, value: u32, between: &mut Option<impl FnOnce(&mut Self)>) {
        let low = |word: u64| word & !0xffff_ffff | u64::from(value);
        let high = |word: u64| word & 0xffff_ffff | u64::from(value) << 32;
        match offset {
            regs::SQ_BASE => {
                self.sq_base = low(self.sq_base);
                self.card.write(offset, OWN as u32).unwrap();
            }
            _ if offset == regs::SQ_BASE + 4 => {
                self.sq_base = high(self.sq_base);
                self.card.write(offset, (OWN >> 32) as u32).unwrap();
            }
            regs::SQ_TAIL => {
                while self.sq_tail != value {
                    let entry = Self::was(&self.recorded, self.sq_base + 64 * u64::from(self.sq_tail), 64);
                    self.sq_tail = (self.sq_tail + 1) % self.sq_entries;
                    let state_request = self.completions.iter().any(|c| {
                        c.kind == CompletionKind::AssistRequest as u8 && KeyKind::from_u8(c.key_kind).is_some()
                    });
                    if state_request
                        && entry[0] == Command::Fill as u8
                        && let Some(between) = between.take()
                    {
                        between(self);
                    }
                    self.push(&entry);
                }
                self.card.write(regs::SQ_TAIL, self.tail).unwrap();
            }
            regs::CQ_HEAD => {}
            _ => {
                match offset {
                    regs::SQ_ENTRIES => {
                        assert!(value <= 64);
                        self.sq_entries = value;
                    }
                    regs::CQ_BASE => self.ring.base = low(self.ring.base),
                    regs::CQ_ENTRIES => self.ring.entries = value,
                    _ if offset == regs::CQ_BASE + 4 => self.ring.base = high(self.ring.base),
                    _ => {}
                }
                (self.recorded_ring.base, self.recorded_ring.entries) = (self.ring.base, self.ring.entries);
                self.card.write(offset, value).unwrap();
            }
        }
    }
}

#[test]
fn fills_behind_a_reset_wait_and_answers_do_not() {
    if !VERILATOR_AVAILABLE {
        println!(
            "skipped: the tests were built without Verilator (on Debian or Ubuntu: apt-get install verilator g++)"
        );
        return;
    }
    let events = session(CardConfig::small().with_lanes(1)).unwrap();
    let mut player = Player::new();
    // Behind the reset: another slot, whose key decides, and the one that the transaction waits for with the value of the next state.
    let slot = |number: u64, value: u64| StateRecord {
        kind: KeyKind::Storage as u8,
        flags: HAS_BALANCE | HAS_NONCE | HAS_CODE | EXISTS,
        address: Address20::from_be(CONTRACT.into_array()),
        key: Word(*U256::from(number).as_limbs()),
        value: Word(*U256::from(value).as_limbs()),
        ..StateRecord::new_zeroed()
    };
    let records = [slot(2, 5), slot(1, 0xbad)];
    let waits = |c: &Completion| c.key_kind == KeyKind::Storage as u8 && c.key == records[1].key;
    let mut between = Some(|player: &mut Player| {
        assert!(player.completions.iter().any(waits), "{:?}", player.completions);
        player.memory.write(RECORD, records.as_bytes());
        let reset = Submission { command: Command::ResetState as u8, tag: RESET, ..Default::default() };
        let behind = Submission {
            command: Command::Fill as u8,
            tag: BEHIND,
            addr: RECORD,
            len_bytes: 256,
            count: 2,
            seq: u64::MAX,
            ..Default::default()
        };
        player.push(reset.as_bytes());
        player.push(behind.as_bytes());
    });
    for event in &events {
        match event {
            Event::Map(iova, bytes) => player.memory.map(&mut player.card, *iova, *bytes),
            Event::Register(offset, value) => {
                player.catch_up();
                player.register(*offset, *value, &mut between);
            }
            Event::Host(iova, bytes) => {
                player.catch_up();
                player.note(*iova, bytes);
                player.memory.write(*iova, bytes);
            }
            Event::Card(iova, bytes) => player.note(*iova, bytes),
        }
    }
    assert!(between.is_none(), "the card has asked for nothing");
    player.until(|player| player.completions.iter().any(|c| c.tag == BEHIND));
    let place = |wanted: &dyn Fn(&Completion) -> bool| player.completions.iter().position(wanted).unwrap();
    let committed = place(&|c| c.kind == CompletionKind::Committed as u8 && c.tag & 0x8000_0000 == 0);
    let [reset, behind] = [RESET, BEHIND].map(|tag| place(&|c| c.tag == tag));
    assert!(committed < reset && reset < behind, "{:?}", player.completions);
    // The record but for its head, which has cycles: writes, log and output are those of the session.
    let (tag, record_bytes) = (player.completions[committed].tag, player.completions[committed].record_bytes as usize);
    let execute = (0..64).map(|index| Submission::read_from_bytes(&player.memory.read(OWN + 64 * index, 64)).unwrap());
    let execute = execute.into_iter().find(|s| s.command == Command::Execute as u8 && s.tag == tag).unwrap();
    let (body, len) = (execute.record_addr + 96, record_bytes - 96);
    assert_eq!(player.memory.read(body, len), Player::was(&player.recorded, body, len));
}
