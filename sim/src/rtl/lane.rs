//! A simulated hardware lane as the dispatcher sees it.
//!
//! The adapter is what surrounds the lane on the card: it transfers payload and environment, answers the code port
//! from the code store, and turns the lane's requests into yields. Cycles in which the lane waits for an answer from
//! outside are counted, not simulated.

use super::code::CodeMemory;
use super::profile::CycleProfile;
use super::waves::{Frame, SharedRecording, TracedWord};
use crate::attempt::Attempt;
use crate::image::CodeStore;
use crate::lane::{
    AccountEntry, AttemptCounters, CodeRef, HostAnswer, HostRequest, Job, Key, LogEntry, Outcome, ReadField,
    StateValue, StorageEntry, Yield,
};
use alloy_primitives::{Address, B256, U256};
use gaslane_abi::codes::{Assist, CardError, Escape, Halt, KeyKind, Status};
use gaslane_abi::env::{
    A0, ACCESS_WORDS, AUTH_COUNT, AUTH_RECORD_WORDS, BLOB_COUNT, BLOCK_FIRST, CALLDATA_LEN, S0, S1, S3, S4, TX_WORDS,
};
use gaslane_abi::isa::{Op, vector};
use gaslane_abi::ring::FIRMWARE_HANDLE;
use gaslane_hdl::CardConfig;
use gaslane_hdl::access::{Entry, decode_entry};
use gaslane_hdl::lane::{LaneInputs, LaneOutputs, LaneSimulator};
use gaslane_hdl::lane::{LaneLayout, LaneSize};
use std::collections::VecDeque;

/// A 256-bit value in limbs, least significant first.
type Limbs = [u64; 4];

/// Cycles from a refill's request to its first line.
pub const CODE_LATENCY_CYCLES: u64 = 8;
/// Beyond so many changed lines the cache forgets everything.
const DROPS_MAX: usize = 256;
/// No word takes longer: a hash of all of lane memory is under 300,000 cycles. More is a lane that hangs.
const SILENT_CYCLES_MAX: u64 = 1 << 19;
/// Lines of a refill.
pub(super) const BURST: u32 = gaslane_hdl::code::cache::BURST;

/// Statuses of a lane (`gaslane_hdl::lane::Lane::status`).
mod status {
    pub const RUNNING: u32 = 1;
    pub const WORDS: u32 = 2;
    pub const ASKS: u32 = 3;
    pub const DONE: u32 = 4;
    pub const ESCAPED: u32 = 5;
}

/// What the next run begins with.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
enum Answer {
    #[default]
    Nothing,
    State(StateValue),
    Code,
    Host(HostAnswer),
}

/// What a lane does in a cycle, for checks and traces.
pub trait Watch {
    /// After every simulated cycle of an attempt.
    fn cycle(&mut self, cycle: u64, inputs: &LaneInputs, outputs: &LaneOutputs);

    /// Whether the attempt should stop with an error.
    fn failed(&self) -> bool {
        false
    }
}

impl Watch for () {
    #[inline(always)]
    fn cycle(&mut self, _: u64, _: &LaneInputs, _: &LaneOutputs) {}
}

/// A hardware lane behind [`Attempt`].
#[derive(Debug)]
pub struct RtlLane<S, W = ()> {
    simulator: S,
    /// Sees every cycle.
    pub watch: W,
    layout: LaneLayout,
    memory: CodeMemory,
    version: Option<u64>,
    job: Option<Job>,
    started: bool,
    cycle: u64,
    start_cycle: u64,
    /// Cycles simulated since power-up, payload transfer included.
    pub ticks: u64,
    /// Where the cycles of attempts went.
    pub profile: CycleProfile,
    recording: Option<SharedRecording>,
    /// The attempt is recorded.
    records: bool,
    answer: Answer,
    refill: VecDeque<(u64, u32)>,
    request: HostRequest,
    outcome: Option<Outcome>,
    evm_instructions: i64,
    /// Of the last word, as long as it may yet not count; and where it leads then.
    pending_evm: Option<(i64, Option<u32>)>,
    /// Cycles since a word retired.
    silent_cycles: u64,
    wait_cycles: u64,
    image: u32,
    code_waits: bool,
}

fn word(value: U256) -> Limbs {
    *value.as_limbs()
}

fn value(limbs: Limbs) -> U256 {
    U256::from_limbs(limbs)
}

/// A row of memory as a word: byte 0 most significant.
fn row(bytes: &[u8]) -> Limbs {
    let mut padded = [0; 32];
    padded[..bytes.len()].copy_from_slice(bytes);
    word(U256::from_be_bytes(padded))
}

fn bytes(limbs: Limbs) -> [u8; 32] {
    value(limbs).to_be_bytes()
}

impl<S: LaneSimulator, W: Watch> RtlLane<S, W> {
    /// A lane of that configuration, which must pass [`LaneSimulator::check`].
    pub fn new(config: &CardConfig, watch: W) -> Self {
        // The card checks before it makes lanes.
        let size = S::check(config).unwrap_or(LaneSize::Large);
        Self {
            simulator: S::create(config, size),
            watch,
            layout: LaneLayout::new(config),
            memory: CodeMemory::default(),
            version: None,
            job: None,
            started: false,
            cycle: 0,
            start_cycle: 0,
            ticks: 0,
            profile: CycleProfile::default(),
            recording: None,
            records: false,
            answer: Answer::Nothing,
            refill: VecDeque::new(),
            request: HostRequest::default(),
            outcome: None,
            evm_instructions: 0,
            pending_evm: None,
            silent_cycles: 0,
            wait_cycles: 0,
            image: 0,
            code_waits: false,
        }
    }

    fn inputs(&mut self) -> &mut LaneInputs {
        self.simulator.inputs()
    }

    /// A cycle that does not count: transfers around an attempt.
    fn transfer(&mut self) -> LaneOutputs {
        self.ticks += 1;
        let outputs = *self.simulator.tick();
        let inputs = self.simulator.inputs();
        (inputs.reset, inputs.start, inputs.port_store, inputs.env_write) = (false, false, false, false);
        outputs
    }

    fn store_row(&mut self, address: u32, data: Limbs) {
        let inputs = self.inputs();
        (inputs.port_store, inputs.port_address, inputs.port_data) = (true, address, data);
        self.transfer();
    }

    fn load_row(&mut self, address: u32) -> [u8; 32] {
        self.inputs().port_address = address;
        for _ in 0..3 {
            self.transfer();
        }
        bytes(self.transfer().port_loaded)
    }

    fn load_bytes(&mut self, address: u32, len: usize) -> Vec<u8> {
        let mut all = Vec::with_capacity(len + 32);
        while all.len() < len {
            let row = self.load_row(address + all.len() as u32);
            all.extend_from_slice(&row);
        }
        all.truncate(len);
        all
    }

    fn write_env(&mut self, index: u8, data: U256) {
        let inputs = self.inputs();
        (inputs.env_write, inputs.env_index, inputs.port_data) = (true, index.into(), word(data));
        self.transfer();
    }

    fn read_env(&mut self, index: u8) -> U256 {
        self.inputs().env_index = index.into();
        // What was written last takes two cycles to operand RAM.
        for _ in 0..3 {
            self.transfer();
        }
        value(self.transfer().env_word)
    }

    fn drain(&mut self, number: u32) -> Entry {
        let rows = std::array::from_fn(|row| {
            self.inputs().drain_row = 4 * number + row as u32;
            self.transfer();
            self.transfer().drain_data
        });
        decode_entry(rows)
    }

    /// Transfers payload and environment, and starts the attempt.
    fn begin(&mut self, job: &Job) {
        self.inputs().reset = true;
        self.transfer();
        for (index, chunk) in job.payload.chunks(32).enumerate() {
            self.store_row(self.layout.payload_start + 32 * index as u32, row(chunk));
        }
        let header =
            |index: usize| job.payload.get(index * 32..index * 32 + 32).map_or(U256::ZERO, U256::from_le_slice);
        for index in 0..TX_WORDS {
            self.write_env(index as u8, header(index));
        }
        for (index, word) in job.block.words.iter().enumerate() {
            self.write_env((BLOCK_FIRST + index) as u8, *word);
        }
        let count = |index: u8| header(index.into()).saturating_to::<usize>();
        let authorizations = count(AUTH_COUNT).saturating_mul(AUTH_RECORD_WORDS);
        let lists =
            [count(ACCESS_WORDS), authorizations, count(BLOB_COUNT)].into_iter().fold(TX_WORDS, usize::saturating_add);
        let start = lists.saturating_mul(32).min(job.payload.len());
        let len = count(CALLDATA_LEN).min(job.payload.len() - start);
        let payload_start = self.layout.payload_start;
        let inputs = self.inputs();
        inputs.calldata_start = payload_start + start as u32;
        inputs.calldata_bytes = len as u32;
        inputs.payload_bytes = job.payload.len() as u32;
        inputs.record_bytes = job.record_bytes;
        inputs.is_head = false;
        inputs.start = true;
        self.transfer();
        self.started = true;
    }

    /// Counts the EVM instructions that the profile credits to a retired word. A superblock head or a dynamic jump is counted with
    /// the word after it: if it halts, that is the end of the frame, and a head may go another way; then it does not count.
    fn count_evm(&mut self, outputs: &LaneOutputs, code: &CodeStore) {
        let pc = outputs.retire_pc;
        if let Some((credited, other_way)) = self.pending_evm.take() {
            let halted = outputs.retire_firmware && pc == u32::from(vector::FRAME_END);
            let diverted = !outputs.retire_firmware && other_way == Some(pc);
            self.evm_instructions += if halted || diverted { 0 } else { credited };
        }
        if outputs.retire_firmware {
            return;
        }
        let Some(image) = code.get(self.image) else { return };
        let credited = image.profile.get(pc as usize).map_or(0, |profile| i64::from(profile.evm_instructions));
        match image.program.get(pc as usize).map(|word| word.instr) {
            Some(instr) if instr.op == Op::Seg => {
                let other_way = (instr.seg_alt() != 0).then(|| pc.wrapping_add_signed(instr.seg_alt()));
                self.pending_evm = Some((credited, other_way));
            }
            Some(instr) if instr.op == Op::JmpDyn => self.pending_evm = Some((credited, None)),
            _ => self.evm_instructions += credited,
        }
    }

    /// One cycle of the attempt, with the code port served.
    fn step(&mut self, code: &CodeStore) -> LaneOutputs {
        let now = self.ticks;
        let due = self.refill.front().is_some_and(|(cycle, _)| *cycle <= now);
        let line = if due { self.refill.pop_front().map(|(_, line)| self.memory.line(line, code)) } else { None };
        let inputs = self.simulator.inputs();
        let filled = line.is_some();
        inputs.fill_valid = filled;
        if let Some(line) = line {
            inputs.fill_data = row(&line);
        }
        inputs.fill_ready = true;
        self.ticks += 1;
        self.cycle += 1;
        let given = *self.simulator.inputs();
        let outputs = *self.simulator.tick();
        if outputs.fill_request {
            for burst in 0..BURST {
                let cycle = now + CODE_LATENCY_CYCLES + u64::from(burst);
                self.refill.push_back((cycle, outputs.fill_line.wrapping_add(burst)));
            }
        }
        let inputs = self.simulator.inputs();
        (inputs.state_valid, inputs.code_resume, inputs.answer_valid) = (false, false, false);
        (inputs.code_flush, inputs.code_drop) = (false, false);
        // The code port rests outside of steps; a refill goes on in the next attempt.
        (inputs.fill_valid, inputs.fill_ready) = (false, false);
        self.silent_cycles += 1;
        if outputs.retire {
            self.silent_cycles = 0;
            self.count_evm(&outputs, code);
        }
        self.profile.cycle(&outputs, filled, self.image, code);
        self.image = outputs.missing_handle;
        if self.records {
            self.record_cycle(given, &outputs, code);
        }
        self.watch.cycle(self.cycle, &given, &outputs);
        outputs
    }

    fn record_cycle(&mut self, inputs: LaneInputs, outputs: &LaneOutputs, code: &CodeStore) {
        let Some(Ok(mut recording)) = self.recording.as_ref().map(|recording| recording.lock()) else { return };
        recording.push(Frame { cycle: self.cycle, inputs, outputs: *outputs });
        if outputs.retire {
            let image = if outputs.retire_firmware { FIRMWARE_HANDLE } else { self.image };
            let found = code.get(image);
            let pools = recording.pools.entry(image).or_default();
            if let Some(found) = found
                && pools.len() < found.pool_entries()
            {
                *pools = (0..found.pool_entries()).map(|index| found.pool_entry(index).unwrap_or_default()).collect();
            }
            recording.words.push(TracedWord {
                cycle: self.cycle,
                image,
                firmware: outputs.retire_firmware,
                pc: outputs.retire_pc,
                gas: outputs.retire_gas as i64,
                instr: found.and_then(|found| found.program.get(outputs.retire_pc as usize)).map(|word| word.instr),
            });
        }
    }

    fn take_answer(&mut self) {
        match std::mem::take(&mut self.answer) {
            Answer::Nothing => {}
            Answer::State(state) => {
                let inputs = self.inputs();
                inputs.state_valid = true;
                match state {
                    StateValue::Word(value) => inputs.state_value = word(value),
                    StateValue::Nonce(nonce) => inputs.state_value = [nonce, 0, 0, 0],
                    StateValue::Code(code) => {
                        inputs.state_value = word(U256::from_be_bytes(code.hash.0));
                        inputs.state_code = u64::from(code.handle) << 32 | u64::from(code.bytes);
                    }
                }
            }
            Answer::Code => self.inputs().code_resume = true,
            Answer::Host(answer) => {
                let fits = answer.output.len() <= self.layout.return_bytes as usize;
                if fits {
                    for (index, chunk) in answer.output.chunks(32).enumerate() {
                        self.store_row(self.layout.return_start + 32 * index as u32, row(chunk));
                    }
                    self.write_env(S3, answer.second);
                    self.write_env(S4, U256::from(answer.output.len()));
                    // The last write is still on its way.
                    self.transfer();
                    self.transfer();
                }
                let bytes = answer.output.len() as u32;
                let inputs = self.inputs();
                (inputs.answer_valid, inputs.port_data) = (true, word(answer.value));
                inputs.answer_bytes = if fits { bytes } else { 0xf_ffff };
            }
        }
    }

    /// Has the lane's cache forget what has changed in the code store. The lane waits meanwhile, or has not begun. `false` if it
    /// cannot go on: code that it may execute has moved, or some has no place.
    fn follow_code(&mut self, code: &CodeStore) -> bool {
        if !self.started && self.memory.is_crowded() {
            self.memory.clear();
            self.version = None;
        }
        if self.version == Some(code.version()) {
            return true;
        }
        let mut followed = self.memory.follow(code, self.version);
        self.version = (!followed.full).then(|| code.version());
        if followed.flush || followed.drops.len() > DROPS_MAX {
            followed.drops.clear();
            self.inputs().code_flush = true;
            self.step(code);
        }
        while let Some(line) = followed.drops.pop_front() {
            let inputs = self.inputs();
            (inputs.code_drop, inputs.drop_line) = (true, line);
            self.step(code);
        }
        // A lane that waits for words reads the directory again, and so does every return to a frame.
        !followed.full && (!followed.moved || !self.started || self.code_waits)
    }

    fn stopped(&mut self, outputs: &LaneOutputs) -> Option<Yield> {
        if self.silent_cycles > SILENT_CYCLES_MAX {
            tracing::error!(?outputs, "the hardware lane hangs");
            return Some(Yield::Error(CardError::BadInstruction));
        }
        if outputs.state_request {
            let address = value([outputs.state_address[0], outputs.state_address[1], outputs.state_address[2], 0]);
            let address = Address::from_word(B256::from(address));
            let kind = KeyKind::from_u8(outputs.state_kind as u8)?;
            let field = match (kind, outputs.state_field) {
                (KeyKind::Account, 0) => ReadField::Balance,
                (KeyKind::Account, 1) => ReadField::Nonce,
                (KeyKind::Account, _) => ReadField::Code,
                _ => ReadField::Value,
            };
            let slot = if kind == KeyKind::Account { U256::ZERO } else { value(outputs.state_slot) };
            return Some(Yield::State(Key { kind, address, slot }, field));
        }
        if outputs.head_wait {
            return Some(Yield::Head);
        }
        Some(match outputs.status {
            status::RUNNING | 0 => return None,
            status::WORDS => {
                self.code_waits = true;
                Yield::Code(outputs.missing_handle, outputs.missing_number)
            }
            status::ASKS => {
                let args = std::array::from_fn(|index| self.read_env(A0 + index as u8));
                let len = outputs.ask_bytes as usize;
                let mut input = self.load_bytes(outputs.ask_address, len.min(outputs.ask_available as usize));
                input.resize(len, 0);
                self.request = HostRequest { kind: Assist::from_u8(outputs.ask_kind as u8), args, input };
                Yield::Ask
            }
            status::DONE => {
                self.outcome = Some(self.read_outcome(outputs));
                self.profile.evm_instructions += self.evm_instructions.max(0) as u64;
                if outputs.program_words > 0 {
                    self.profile.contracts += 1;
                    self.profile.contract_cycles += self.cycle - self.start_cycle - self.wait_cycles;
                }
                Yield::Done
            }
            status::ESCAPED => match Escape::from_u8(outputs.reason as u8) {
                Some(reason) => Yield::Escape(reason),
                None => Yield::Error(CardError::BadInstruction),
            },
            _ => Yield::Error(CardError::from_u8(outputs.reason as u8).unwrap_or(CardError::BadInstruction)),
        })
    }

    fn read_outcome(&mut self, outputs: &LaneOutputs) -> Outcome {
        let status = Status::from_u8(outputs.end_status as u8).unwrap_or(Status::Halt);
        let (mut accounts, mut storage) = (Vec::new(), Vec::new());
        let address_of = |limbs: [u64; 3]| Address::from_word(B256::from(value([limbs[0], limbs[1], limbs[2], 0])));
        for number in 0..outputs.entries {
            match self.drain(number) {
                Entry::Account {
                    address,
                    warm,
                    touched,
                    balance,
                    balance_dirty,
                    delta,
                    nonce,
                    nonce_dirty,
                    code,
                    code_dirty,
                    created,
                    destroyed,
                } => accounts.push(AccountEntry {
                    address: address_of(address),
                    warm,
                    touched,
                    balance: balance.map(value),
                    balance_dirty,
                    delta: value(delta),
                    nonce,
                    nonce_dirty,
                    code: code.map(|(hash, packed)| CodeRef {
                        hash: B256::from(bytes(hash)),
                        handle: (packed >> 32) as u32,
                        bytes: packed as u32,
                    }),
                    code_dirty,
                    created,
                    destroyed,
                }),
                Entry::Storage { address, slot, warm, original, value: current, dirty } => storage.push(StorageEntry {
                    address: address_of(address),
                    slot: value(slot),
                    warm,
                    original: original.map(value),
                    value: value(current),
                    dirty,
                }),
                Entry::Transient { .. } => {}
            }
        }
        let log_bytes = self.load_bytes(self.layout.log_start, outputs.log_bytes as usize);
        let logs = read_logs(&log_bytes, outputs.log_count);
        let output = self.load_bytes(self.layout.return_start, outputs.output_bytes as usize);
        Outcome {
            status,
            halt: Halt::from_u8(outputs.end_halt as u8).unwrap_or(Halt::None),
            gas_used: self.read_env(S0).saturating_to(),
            gas_refunded: self.read_env(S1).saturating_to(),
            output,
            accounts,
            storage,
            logs,
            counters: AttemptCounters {
                program_words: outputs.program_words.into(),
                // The last word retires in this cycle and is counted in the next one.
                firmware_words: u64::from(outputs.firmware_words)
                    + u64::from(outputs.retire && outputs.retire_firmware),
                evm_instructions: self.evm_instructions.max(0) as u64,
                wait_cycles: self.wait_cycles,
            },
        }
    }

    fn wait_until(&mut self, cycle: u64) {
        self.wait_cycles += cycle.saturating_sub(self.cycle);
        self.cycle = self.cycle.max(cycle);
    }
}

/// Logs of the log region: header word, topics, padded data.
fn read_logs(bytes: &[u8], count: u32) -> Vec<LogEntry> {
    let mut logs = Vec::new();
    let mut rest = bytes;
    for _ in 0..count {
        let Some((header, tail)) = rest.split_at_checked(32) else { break };
        let header = U256::from_be_slice(header);
        let limbs = header.as_limbs();
        let (topics, len) = ((limbs[2] >> 32) as usize, limbs[3] as usize);
        let Some((data, tail)) = tail.split_at_checked(32 * topics + gaslane_abi::pad32(len)) else { break };
        logs.push(LogEntry {
            address: Address::from_word(B256::from(header & ((U256::from(1) << 160) - U256::from(1)))),
            topics: data[..32 * topics].chunks_exact(32).map(B256::from_slice).collect(),
            data: data[32 * topics..32 * topics + len].to_vec(),
        });
        rest = tail;
    }
    logs
}

impl<S: LaneSimulator, W: Watch + Default> Attempt for RtlLane<S, W> {
    fn check(config: &CardConfig) -> Result<(), String> {
        S::check(config).map(drop)
    }

    fn create(config: &CardConfig) -> Self {
        Self::new(config, W::default())
    }

    fn cycle(&self) -> u64 {
        self.cycle
    }

    fn start(&mut self, job: Job, cycle: u64) {
        self.records = false;
        if let Some(Ok(mut recording)) = self.recording.as_ref().map(|recording| recording.lock())
            && recording.tag == job.tag
        {
            // An attempt that was aborted gives way to the next one.
            recording.clear();
            self.records = true;
        }
        self.job = Some(job);
        self.started = false;
        (self.cycle, self.start_cycle) = (cycle, cycle);
        self.answer = Answer::Nothing;
        self.outcome = None;
        (self.evm_instructions, self.pending_evm, self.silent_cycles) = (0, None, 0);
        self.wait_cycles = 0;
        self.code_waits = false;
    }

    fn run(&mut self, code: &CodeStore, _: u64) -> Yield {
        if !self.follow_code(code) {
            tracing::error!("code has outgrown its place in the simulated code store: ResetCode makes room");
            return Yield::Error(CardError::BadImage);
        }
        if !self.started {
            let Some(job) = self.job.take() else { return Yield::Error(CardError::BadInstruction) };
            self.begin(&job);
            self.job = Some(job);
        }
        if std::mem::take(&mut self.code_waits) {
            self.answer = Answer::Code;
        }
        self.take_answer();
        // The first cycle takes the answer; what the outputs show then is still the request.
        let first = self.step(code);
        let waits = first.state_request || first.head_wait || matches!(first.status, status::WORDS | status::ASKS);
        if !waits && let Some(reason) = self.stopped(&first) {
            return reason;
        }
        loop {
            let outputs = self.step(code);
            if self.watch.failed() {
                return Yield::Error(CardError::BadInstruction);
            }
            if let Some(reason) = self.stopped(&outputs) {
                return reason;
            }
        }
    }

    fn supply(&mut self, value: StateValue, cycle: u64) {
        self.wait_until(cycle);
        self.answer = Answer::State(value);
    }

    fn resume_as_head(&mut self, cycle: u64) {
        self.wait_until(cycle);
        self.inputs().is_head = true;
    }

    fn resume(&mut self, cycle: u64) {
        self.wait_until(cycle);
    }

    fn request(&self) -> &HostRequest {
        &self.request
    }

    fn answer(&mut self, answer: HostAnswer, cycle: u64) {
        self.wait_until(cycle);
        self.answer = Answer::Host(answer);
    }

    fn take_outcome(&mut self) -> Option<Outcome> {
        self.outcome.take()
    }
    fn record(&mut self, recording: &SharedRecording) -> bool {
        self.recording = Some(recording.clone());
        true
    }

    fn cycle_profile(&self) -> Option<&CycleProfile> {
        Some(&self.profile)
    }
}
