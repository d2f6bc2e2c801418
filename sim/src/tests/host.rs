//! Host memory and ring handling for tests: a driver in miniature.

use super::script::{Script, host_computes};
use crate::card::{Card, SimOptions};
use crate::lane::{CodeRef, Key};
use crate::records::{FillValue, HAS_ALL, HostWrite, write_record};
use alloy_primitives::U256;
use gaslane_abi::codes::KeyKind;
use gaslane_abi::record::{AssistAnswer, AssistRequest, EXISTS, StateRecord, UNAVAILABLE};
use gaslane_abi::regs;
use gaslane_abi::ring::{Command, Completion, Submission};
use gaslane_abi::word::{Address20, Word};
use gaslane_abi::{Device, DmaMemory, Wake};
use gaslane_hdl::CardConfig;
use std::ptr::NonNull;
use std::time::Duration;
use zerocopy::{FromBytes, IntoBytes};

pub const IOVA: u64 = 0x10_0000;
const BYTES: usize = 8 << 20;
const CQ: u64 = 0x1_0000;
/// Buffers start here.
const HEAP: u64 = 0x2_0000;

/// Card with mapped memory and running rings.
pub struct Host<D: Device = Card<Script>> {
    pub card: D,
    memory: NonNull<u64>,
    sq_entries: u32,
    cq_entries: u32,
    tail: u32,
    rung: u32,
    head: u32,
    phase: u8,
    heap: u64,
}

impl<D: Device> Drop for Host<D> {
    fn drop(&mut self) {
        self.card.dma_unmap(IOVA).unwrap();
        // SAFETY: made by `Vec::leak` of that length in `new`, and the card no longer uses it.
        drop(unsafe { Vec::from_raw_parts(self.memory.as_ptr(), BYTES / 8, BYTES / 8) });
    }
}

pub fn config(lanes: u32, slots: u32, state_entries: u32) -> CardConfig {
    CardConfig { lanes, slots, state_entries, ..CardConfig::small() }
}

impl Host {
    pub fn stopped(config: CardConfig, sim: SimOptions) -> Self {
        Self::with(Card::new(config, sim).unwrap())
    }

    pub fn new(config: CardConfig, sim: SimOptions, sq_entries: u32, cq_entries: u32) -> Self {
        Self::stopped(config, sim).started(sq_entries, cq_entries)
    }
}

impl<D: Device> Host<D> {
    /// A card that is off.
    pub fn with(mut card: D) -> Self {
        let mut words = std::mem::ManuallyDrop::new(vec![0u64; BYTES / 8]);
        assert_eq!(words.capacity(), BYTES / 8);
        let memory = NonNull::new(words.as_mut_ptr()).unwrap();
        // SAFETY: freed only in `drop`, after unmapping, and accessed only through the raw pointer.
        unsafe { card.dma_map(IOVA, DmaMemory::private(memory.cast(), BYTES)).unwrap() };
        Self { card, memory, sq_entries: 64, cq_entries: 64, tail: 0, rung: 0, head: 0, phase: 1, heap: HEAP }
    }

    /// Sets up the rings, and has it run.
    pub fn started(mut self, sq_entries: u32, cq_entries: u32) -> Self {
        (self.sq_entries, self.cq_entries) = (sq_entries, cq_entries);
        for (register, value) in [
            (regs::SQ_BASE, IOVA as u32),
            (regs::SQ_ENTRIES, sq_entries),
            (regs::CQ_BASE, (IOVA + CQ) as u32),
            (regs::CQ_ENTRIES, cq_entries),
            (regs::IRQ_ENABLE, 3),
            (regs::CONTROL, 1),
        ] {
            self.card.write(register, value).unwrap();
        }
        self
    }

    fn at(&self, iova: u64) -> *mut u8 {
        assert!((IOVA..IOVA + BYTES as u64).contains(&iova));
        // SAFETY: inside the allocation, as just checked.
        unsafe { self.memory.as_ptr().cast::<u8>().add((iova - IOVA) as usize) }
    }

    pub fn poke(&mut self, iova: u64, bytes: &[u8]) {
        // SAFETY: test buffers lie inside the allocation, and the card runs only inside its own calls.
        unsafe { self.at(iova).copy_from_nonoverlapping(bytes.as_ptr(), bytes.len()) }
    }

    pub fn peek(&self, iova: u64, len: usize) -> Vec<u8> {
        let mut out = vec![0; len];
        // SAFETY: as in `poke`.
        unsafe { self.at(iova).copy_to_nonoverlapping(out.as_mut_ptr(), len) }
        out
    }

    /// Memory for a buffer; old ones are overwritten when the heap wraps.
    pub fn alloc(&mut self, len: usize) -> u64 {
        let len = len.div_ceil(64) as u64 * 64;
        if self.heap + len > BYTES as u64 {
            self.heap = HEAP;
        }
        self.heap += len;
        IOVA + self.heap - len
    }

    pub fn place(&mut self, bytes: &[u8]) -> u64 {
        let iova = self.alloc(bytes.len());
        self.poke(iova, bytes);
        iova
    }

    pub fn read(&mut self, register: u32) -> u32 {
        self.card.read(register).unwrap()
    }

    pub fn read64(&mut self, register: u32) -> u64 {
        u64::from(self.read(register)) | u64::from(self.read(register + 4)) << 32
    }

    /// Free entries of the submission ring.
    pub fn room(&mut self) -> u32 {
        let used = self.tail.wrapping_sub(self.read(regs::SQ_HEAD)) & (self.sq_entries - 1);
        self.sq_entries - 1 - used
    }

    /// Writes an entry without ringing.
    pub fn push(&mut self, submission: Submission) {
        assert!(self.room() > 0);
        self.poke(IOVA + u64::from(self.tail) * 64, submission.as_bytes());
        self.tail = (self.tail + 1) & (self.sq_entries - 1);
    }

    pub fn ring(&mut self) {
        if self.rung != self.tail {
            self.rung = self.tail;
            self.card.write(regs::SQ_TAIL, self.tail).unwrap();
        }
    }

    pub fn submit(&mut self, submission: Submission) {
        self.push(submission);
        self.ring();
    }

    pub fn wait(&mut self) -> Result<Wake, gaslane_abi::DeviceError> {
        self.card.wait(Duration::from_secs(1))
    }

    /// Takes the next completion.
    pub fn take(&mut self) -> Option<Completion> {
        let bytes = self.peek(IOVA + CQ + u64::from(self.head) * 64, 64);
        let completion = Completion::read_from_bytes(&bytes).unwrap();
        if completion.phase != self.phase {
            return None;
        }
        self.head = (self.head + 1) & (self.cq_entries - 1);
        self.phase ^= (self.head == 0) as u8;
        Some(completion)
    }

    pub fn acknowledge(&mut self) {
        self.card.write(regs::CQ_HEAD, self.head).unwrap();
    }

    /// Runs until `wait` has nothing new, and returns what was posted.
    pub fn drain(&mut self) -> Vec<Completion> {
        let mut all = Vec::new();
        loop {
            let wake = self.wait();
            let before = all.len();
            while let Some(completion) = self.take() {
                all.push(completion);
            }
            self.acknowledge();
            if wake != Ok(Wake::Interrupt) && before == all.len() {
                return all;
            }
        }
    }

    pub fn execute(&mut self, tag: u32, payload: &[u8]) -> Submission {
        let addr = self.place(payload);
        let record_bytes = 4096;
        Submission {
            command: Command::Execute as u8,
            tag,
            addr,
            len_bytes: payload.len() as u32,
            record_addr: self.alloc(record_bytes as usize),
            record_bytes,
            ..Default::default()
        }
    }

    /// The answer to request `number` in that record buffer; zero if a later attempt has overwritten it.
    pub fn answer(&mut self, record_addr: u64, number: u64) -> Submission {
        let bytes = self.peek(record_addr, size_of::<AssistRequest>());
        let request = AssistRequest::read_from_bytes(&bytes).unwrap();
        let mut answer = AssistAnswer::default();
        if request.request == number {
            let input = self.peek(record_addr + size_of::<AssistRequest>() as u64, request.input_bytes as usize);
            answer.value = Word(host_computes(U256::from_limbs(request.args[0].0), &input).into_limbs());
        }
        let (addr, len_bytes) = (self.place(answer.as_bytes()), size_of::<AssistAnswer>() as u32);
        let command = Command::Answer as u8;
        Submission { command, tag: u32::MAX, addr, len_bytes, seq: number, ..Default::default() }
    }

    pub fn records(&mut self, command: Command, tag: u32, seq: u64, records: &[StateRecord]) -> Submission {
        let addr = self.place(records.as_bytes());
        Submission { command: command as u8, tag, addr, count: records.len() as u32, seq, ..Default::default() }
    }
}

pub fn fill_record(key: &Key, value: &FillValue) -> StateRecord {
    let mut record = StateRecord {
        kind: key.kind as u8,
        address: Address20::from_be(key.address.into_array()),
        key: Word(*key.slot.as_limbs()),
        ..Default::default()
    };
    match *value {
        FillValue::Unavailable => record.flags = UNAVAILABLE,
        FillValue::Word(word) => record.value = Word(*word.as_limbs()),
        FillValue::Account { balance, nonce, code, exists } => {
            let CodeRef { hash, handle, bytes } = code;
            record.flags = HAS_ALL | if exists { EXISTS } else { 0 };
            record.value = Word(*balance.as_limbs());
            record.nonce = nonce;
            record.key = Word::from_be_bytes(hash.0);
            (record.code_handle, record.code_bytes) = (handle, bytes);
        }
    }
    record
}

pub fn host_record(write: &HostWrite) -> StateRecord {
    write_record(&write.key, &write.write)
}

pub fn key_of(completion: &Completion) -> Key {
    Key {
        kind: KeyKind::from_u8(completion.key_kind).unwrap(),
        address: completion.address.to_be().into(),
        slot: U256::from_limbs(completion.key.0),
    }
}
