//! The driver: blocks in, outcomes out, whatever card is behind the rings.
//!
//! One thread plans transactions, keeps the rings filled, answers assists, runs what escapes and applies commits
//! in block order. After any error the card is reset and its rings are opened again, so that the next block finds
//! a working card.

mod calls;
mod error;

use crate::assist::{Filler, Fills};
use crate::block::BlockInput;
use crate::dump::{self, LANE_COUNTERS};
use crate::fallback::{self, Fallback, HostError};
use crate::images::{ImageCounters, ImageStore};
use crate::oracle::execute_sequential;
use crate::outcome::{BlockOutcome, DEVICE_ERROR, ExecutedOn, Metrics, TxOutcome};
use crate::overlay::Overlay;
use crate::plan::{AuthRecord, Dependencies, Init, Prices, block_words, valid_authorizations};
pub use crate::queue::{CardInfo, DriverOptions};
use crate::queue::{Event, Queue, QueueError, StagedId};
use crate::records::Record;
use crate::rules::{self, InvalidTransaction};
use crate::{receipts, records};
use alloy_primitives::{B256, U256};
pub use error::{BlockError, DriverError};
use gaslane_abi::codes::{Escape, Status};
use gaslane_abi::ring::{Command, FLAG_DEPENDS, FLAG_ESCAPE, Submission};
use gaslane_abi::{Device, Fork, regs};
use revm::bytecode::Bytecode;
use revm::context::result::EVMError;
use revm::context::{TransactionType, TxEnv};
use revm::primitives::KECCAK_EMPTY;
use revm::state::EvmState;
use revm::{DatabaseCommit, DatabaseRef};
use std::collections::VecDeque;
use std::time::Instant;
use zerocopy::IntoBytes;

/// Registers that a block's metrics are differences of.
#[derive(Clone, Copy, Debug, Default)]
struct Counters {
    /// Before the other registers were read: on a card, reading them takes time.
    first_cycles: u64,
    /// After them.
    last_cycles: u64,
    aborts: u64,
    assists: u64,
    program_words: u64,
    firmware_words: u64,
    evm_instructions: u64,
    lanes: [u64; LANE_COUNTERS.len()],
}

impl Counters {
    fn read<D: Device>(queue: &mut Queue<D>) -> Result<Self, QueueError> {
        let first_cycles = queue.read64(regs::CYCLES)?;
        let mut lanes = [0u64; LANE_COUNTERS.len()];
        for lane in 0..queue.info().lanes {
            for (sum, counter) in lanes.iter_mut().zip(dump::lane(queue.device(), lane)?) {
                *sum = sum.wrapping_add(counter);
            }
        }
        let mut counters = Self {
            first_cycles,
            last_cycles: 0,
            aborts: queue.read64(regs::ABORTS)?,
            assists: queue.read64(regs::ASSISTS)?,
            program_words: queue.read64(regs::PROGRAM_WORDS)?,
            firmware_words: queue.read64(regs::FIRMWARE_WORDS)?,
            evm_instructions: queue.read64(regs::EVM_INSTRUCTIONS)?,
            lanes,
        };
        counters.last_cycles = queue.read64(regs::CYCLES)?;
        Ok(counters)
    }
}

/// A card, opened.
#[derive(Debug)]
pub struct Driver<D: Device> {
    queue: Queue<D>,
    images: ImageStore,
    options: DriverOptions,
    /// Commit completions that the host has applied since the card was reset.
    commits: u64,
    healthy: bool,
}

impl<D: Device> Driver<D> {
    /// Opens a card: checks its identity and version, allocates its memory, starts its rings, loads the firmware.
    pub fn open(device: D, options: DriverOptions) -> Result<Self, DriverError> {
        let mut queue = Queue::open(device, &options).map_err(DriverError::Open)?;
        let mut images = ImageStore::new(queue.info().code_bytes.into());
        images.reload(&mut queue).and_then(|()| queue.drain()).map_err(DriverError::Open)?;
        Ok(Self { queue, images, options, commits: 0, healthy: true })
    }

    /// Configuration of the card.
    pub fn info(&self) -> &CardInfo {
        self.queue.info()
    }

    /// The device, for reading registers between blocks.
    pub fn device(&mut self) -> &mut D {
        self.queue.device()
    }

    /// Resets the card and brings its rings and firmware back.
    pub fn recover(&mut self) -> Result<(), DriverError> {
        self.healthy = false;
        self.commits = 0;
        // Whoever cancels a block wants a card that works.
        let cancel = self.queue.set_cancel(None);
        let recovered =
            self.queue.reset().and_then(|()| self.images.reload(&mut self.queue)).and_then(|()| self.queue.drain());
        self.queue.set_cancel(cancel);
        recovered.map_err(DriverError::Recover)?;
        self.healthy = true;
        Ok(())
    }

    /// Executes a block on the state before it. After an error the card is reset, so that it can be used again; if that fails, it is tried again before the
    /// next block.
    pub fn execute_block<DB: DatabaseRef>(&mut self, block: &BlockInput, db: &DB) -> Result<BlockOutcome, BlockError> {
        self.queue.check_cancelled()?;
        let result = match self.healthy {
            true => Ok(()),
            false => self.recover().map_err(BlockError::from),
        };
        let result = result.and_then(|()| self.run_block(block, db));
        if let Err(error) = &result
            && error.is_device_error()
            && self.healthy
        {
            tracing::warn!(%error, registers = dump::line(self.queue.device()), "the card failed");
        }
        if result.is_err()
            && self.healthy
            && let Err(error) = self.recover()
        {
            tracing::warn!(%error, "card is out of use");
        }
        match result {
            Err(error) if self.options.fallback_on_device_error && error.is_device_error() => {
                self.queue.check_cancelled()?;
                tracing::warn!(%error, block = block.number(), "the whole block runs on the host");
                Self::run_on_host(block, db)
            }
            result => result,
        }
    }

    /// The whole block with revm, counted as such.
    fn run_on_host<DB: DatabaseRef>(block: &BlockInput, db: &DB) -> Result<BlockOutcome, BlockError> {
        let executed = execute_sequential(block, db);
        let mut outcome = executed.map_err(|error| BlockError::sequential(block.number(), error))?;
        let metrics = &mut outcome.metrics;
        metrics.escapes.insert(DEVICE_ERROR, metrics.txs);
        metrics.fallback_ns = metrics.total_ns;
        Ok(outcome)
    }

    fn run_block<DB: DatabaseRef>(&mut self, block: &BlockInput, db: &DB) -> Result<BlockOutcome, BlockError> {
        let start = Instant::now();
        let count = block.transactions.len();
        if count >= 1 << 24 {
            return Err(BlockError::TooManyTransactions { block: block.number(), count });
        }
        let rules_error = |source| BlockError::Rules { block: block.number(), source };
        rules::check_header(block).map_err(|error| rules_error(error.into()))?;
        let mut overlay = Overlay::new(db);
        rules::before_block(block, &mut overlay).map_err(rules_error)?;
        let before = Counters::read(&mut self.queue)?;
        let images_before = self.images.counters();
        let card_ns_before = self.queue.card_ns();
        let lost_before = self.queue.lost_interrupts();
        let mut run = Run::new(self, block, overlay);
        run.run()?;
        let Run { outcomes, mut metrics, engine, .. } = run;
        let outcome_start = Instant::now();
        let mut overlay = engine.into_overlay();
        let requests = rules::after_block(block, &outcomes, &mut overlay).map_err(rules_error)?;
        let (gas_used, logs_bloom, receipts_root) = receipts::summarize(&outcomes);
        let state = overlay.into_bundle();
        metrics.outcome_ns = outcome_start.elapsed().as_nanos() as u64;
        let after = Counters::read(&mut self.queue)?;
        let translated = self.images.counters();
        fill_metrics(&mut metrics, &before, &after, &images_before, &translated);
        metrics.txs = count as u64;
        metrics.lanes = self.queue.info().lanes.into();
        // By the card's own counters the time of reading them would be idle. They may be lies, and then sums overflow.
        let occupied = [
            metrics.lane_busy_cycles,
            metrics.lane_state_wait_cycles,
            metrics.lane_commit_wait_cycles,
            metrics.lane_aborted_cycles,
        ];
        let occupied = occupied.into_iter().fold(0, u64::saturating_add);
        metrics.lane_idle_cycles = metrics.cycles.saturating_mul(metrics.lanes).saturating_sub(occupied);
        metrics.card_ns = self.queue.card_ns() - card_ns_before;
        metrics.lost_interrupts = self.queue.lost_interrupts() - lost_before;
        metrics.total_ns = start.elapsed().as_nanos() as u64;
        Ok(BlockOutcome { transactions: outcomes, gas_used, logs_bloom, receipts_root, requests, state, metrics })
    }
}

fn fill_metrics(
    metrics: &mut Metrics,
    before: &Counters,
    after: &Counters,
    images_before: &ImageCounters,
    images_after: &ImageCounters,
) {
    let difference = |field: fn(&Counters) -> u64| field(after).wrapping_sub(field(before));
    metrics.cycles = after.first_cycles.wrapping_sub(before.last_cycles);
    metrics.aborts = difference(|counters| counters.aborts);
    metrics.assists = difference(|counters| counters.assists);
    metrics.lane_instructions = difference(|counters| counters.program_words);
    metrics.firmware_instructions = difference(|counters| counters.firmware_words);
    metrics.evm_instructions = difference(|counters| counters.evm_instructions);
    metrics.lane_busy_cycles = difference(|counters| counters.lanes[0]);
    metrics.lane_state_wait_cycles = difference(|counters| counters.lanes[1]);
    metrics.lane_commit_wait_cycles = difference(|counters| counters.lanes[2]);
    metrics.lane_aborted_cycles = difference(|counters| counters.lanes[3]);
    metrics.translations = images_after.translations - images_before.translations;
    metrics.translate_ns = images_after.translate_ns - images_before.translate_ns;
}

/// State that cannot be read ahead is not sent: whoever needs it will ask.
fn optional(result: Result<(), BlockError>) -> Result<(), BlockError> {
    match result {
        Err(BlockError::State(_)) => Ok(()),
        other => other,
    }
}

/// A transaction that the host has executed and the card has yet to commit.
struct Pending {
    outcome: TxOutcome,
    state: EvmState,
    staged: StagedId,
}

/// A transaction between submission and commit.
#[derive(Clone, Copy)]
struct InFlight {
    /// Payload memory to free when it commits.
    payload: Option<u64>,
    contract: bool,
}

/// Splits a run into what fills need: rings and images, the fills, the committed state.
macro_rules! parts {
    ($run:expr) => {
        (
            Filler { queue: &mut *$run.queue, images: &mut *$run.images, fork: $run.fork, seq: *$run.commits },
            &mut $run.fills,
            $run.engine.state(),
        )
    };
}
use parts;

/// One block on its way through the card.
struct Run<'r, 'b, D: Device, DB: DatabaseRef> {
    queue: &'r mut Queue<D>,
    images: &'r mut ImageStore,
    commits: &'r mut u64,
    prefetch_window: usize,

    block: &'b BlockInput,
    fork: Fork,
    prices: Prices,
    engine: Fallback<'b, DB>,
    fills: Fills,
    dependencies: Dependencies,
    /// Authorizations of transactions that were prefetched and not yet submitted.
    auths: VecDeque<(u32, Vec<AuthRecord>)>,
    /// Of the contract-creating transaction that is next, by index.
    init: Option<(u32, Init)>,
    in_flight: VecDeque<InFlight>,
    prefetched: u32,
    submitted: u32,
    committed: u32,
    pending: Option<Pending>,

    outcomes: Vec<TxOutcome>,
    gas_used: u64,
    metrics: Metrics,
    payload_words: Vec<u64>,
    record_words: Vec<u64>,
}

impl<'r, 'b, D: Device, DB: DatabaseRef> Run<'r, 'b, D, DB> {
    fn new(driver: &'r mut Driver<D>, block: &'b BlockInput, overlay: Overlay<'b, DB>) -> Self {
        Self {
            prefetch_window: driver.options.prefetch.max(1),
            queue: &mut driver.queue,
            images: &mut driver.images,
            commits: &mut driver.commits,
            block,
            fork: block.fork(),
            prices: Prices::new(block),
            engine: Fallback::new(block, overlay),
            fills: Fills::default(),
            dependencies: Dependencies::default(),
            auths: VecDeque::new(),
            init: None,
            in_flight: VecDeque::new(),
            prefetched: 0,
            submitted: 0,
            committed: 0,
            pending: None,
            outcomes: Vec::with_capacity(block.transactions.len()),
            gas_used: 0,
            metrics: Metrics::default(),
            payload_words: Vec::new(),
            record_words: Vec::new(),
        }
    }

    fn count(&self) -> u32 {
        self.block.transactions.len() as u32
    }

    fn translate_ns(&self) -> u64 {
        self.images.counters().translate_ns
    }

    /// Time since the last lap without what translation, fallback and card took meanwhile; begins the next lap.
    fn lap_ns(&self, lap: &mut (Instant, u64)) -> u64 {
        let (start, excluded_before) = std::mem::replace(lap, (Instant::now(), self.excluded_ns()));
        let elapsed_ns = lap.0.duration_since(start).as_nanos() as u64;
        elapsed_ns.saturating_sub(lap.1 - excluded_before)
    }

    fn excluded_ns(&self) -> u64 {
        self.translate_ns() + self.metrics.fallback_ns + self.metrics.host_calls_ns + self.queue.card_ns()
    }

    fn run(&mut self) -> Result<(), BlockError> {
        self.begin()?;
        let mut lap = (Instant::now(), self.excluded_ns());
        while self.committed < self.count() {
            self.queue.check_cancelled()?;
            self.plan()?;
            self.metrics.plan_ns += self.lap_ns(&mut lap);
            let mut idle = true;
            while let Some(event) = self.queue.poll()? {
                self.handle(event)?;
                idle = false;
            }
            self.fills.flush(self.queue)?;
            if idle && self.committed < self.count() {
                self.queue.wait()?;
            }
            self.metrics.commit_ns += self.lap_ns(&mut lap);
        }
        self.queue.drain()?;
        Ok(())
    }

    /// Fresh state and the block context.
    fn begin(&mut self) -> Result<(), BlockError> {
        let command = |command: Command| Submission { command: command as u8, ..Default::default() };
        self.queue.command(command(Command::ResetState), &[])?;
        self.images.make_room(self.queue)?;
        let words = block_words(self.block);
        let bytes = words.as_bytes();
        let len_bytes = bytes.len() as u32;
        self.queue.command(Submission { len_bytes, ..command(Command::SetBlock) }, &[bytes])?;
        Ok(())
    }

    /// Submits transactions as far as there is room.
    fn plan(&mut self) -> Result<(), BlockError> {
        while self.submitted < self.count() && self.submitted - self.committed < self.queue.inflight() {
            if self.submitted == self.prefetched {
                self.prefetch()?;
            }
            if !self.submit()? {
                break;
            }
        }
        Ok(self.queue.ring()?)
    }

    /// Sends the state that the next transactions will surely need.
    fn prefetch(&mut self) -> Result<(), BlockError> {
        let end = (self.prefetched as usize + self.prefetch_window).min(self.block.transactions.len());
        if self.fork.on_card() {
            if self.prefetched == 0 {
                let (mut filler, fills, overlay) = parts!(self);
                optional(fills.prefetch_account(&mut filler, overlay, self.block.env.beneficiary))?;
            }
            for index in self.prefetched as usize..end {
                self.prefetch_transaction(index as u32, &self.block.transactions[index])?;
            }
            self.fills.flush(self.queue)?;
        }
        self.prefetched = end as u32;
        Ok(())
    }

    fn prefetch_transaction(&mut self, index: u32, tx: &'b TxEnv) -> Result<(), BlockError> {
        let to = tx.kind.to().copied().unwrap_or_else(|| tx.caller.create(tx.nonce));
        let most = self.queue.info().access_entries as usize;
        let (mut filler, fills, overlay) = parts!(self);
        optional(fills.prefetch_account(&mut filler, overlay, tx.caller))?;
        optional(fills.prefetch_account(&mut filler, overlay, to))?;
        if tx.tx_type != TransactionType::Legacy as u8 {
            let keys: usize = tx.access_list.0.iter().map(|item| 1 + item.storage_keys.len()).sum();
            // A list that the card's access table cannot hold makes the transaction escape.
            for item in tx.access_list.0.iter().take(if keys <= most { usize::MAX } else { 0 }) {
                optional(fills.prefetch_account(&mut filler, overlay, item.address))?;
                for key in &item.storage_keys {
                    optional(fills.prefetch_slot(&mut filler, overlay, item.address, U256::from_be_bytes(key.0)))?;
                }
            }
        }
        if tx.tx_type == TransactionType::Eip7702 as u8 && self.fork >= Fork::Prague {
            let mut auths = Vec::new();
            for (authority, nonce, target) in valid_authorizations(tx, self.block.chain_id) {
                let mut auth = AuthRecord { authority, nonce, code_hash: KECCAK_EMPTY, code: Default::default() };
                if !target.is_zero() {
                    let code = Bytecode::new_eip7702(target);
                    auth.code_hash = code.hash_slow();
                    auth.code = filler.images.load(filler.queue, &code, auth.code_hash, self.fork)?;
                    overlay.add_code(auth.code_hash, code);
                    optional(fills.prefetch_account(&mut filler, overlay, target))?;
                }
                optional(fills.prefetch_account(&mut filler, overlay, authority))?;
                auths.push(auth);
            }
            self.auths.push_back((index, auths));
        }
        Ok(())
    }

    /// Submits the next transaction; `false` if there is no room for its payload.
    fn submit(&mut self) -> Result<bool, BlockError> {
        let index = self.submitted;
        let tx = &self.block.transactions[index as usize];
        let mut entry = Submission { tag: index, ..Default::default() };
        let mut payload = None;
        match self.payload(index, tx)? {
            Err(reason) => {
                entry.flags = FLAG_ESCAPE;
                entry.count = reason as u32;
            }
            Ok(()) => {
                // Init code is in the code store.
                let calldata: &[u8] = if tx.kind.is_create() { &[] } else { &tx.data };
                let Some((iova, position)) = self.queue.stage_payload(&self.payload_words, calldata)? else {
                    return Ok(false);
                };
                entry.addr = iova;
                entry.len_bytes = (self.payload_words.len() * 8 + gaslane_abi::pad32(calldata.len())) as u32;
                payload = Some(position);
            }
        }
        if self.auths.front().is_some_and(|(owner, _)| *owner == index) {
            self.auths.pop_front();
        }
        if let Some(distance) = self.dependencies.predecessor(tx.caller, index, self.committed) {
            entry.flags |= FLAG_DEPENDS;
            entry.depends = distance;
        }
        let contract = match tx.kind.to() {
            // If it cannot be read, the transaction itself will tell.
            Some(to) => self.engine.state().account(*to).is_ok_and(|to| to.code_hash != KECCAK_EMPTY),
            None => true,
        };
        self.metrics.contract_txs += u64::from(contract);
        self.queue.execute(entry, index)?;
        self.in_flight.push_back(InFlight { payload, contract });
        self.submitted += 1;
        Ok(true)
    }

    /// Prepares the payload's words (and the image of init code), or says why the host must run the transaction.
    fn payload(&mut self, index: u32, tx: &'b TxEnv) -> Result<Result<(), Escape>, BlockError> {
        // Blobs and authorizations go with calls alone (EIP-4844, EIP-7702); what revm does with others is its own.
        let odd_create = tx.kind.is_create() && tx.tx_type >= TransactionType::Eip4844 as u8;
        if !self.fork.on_card() || tx.tx_type > TransactionType::Eip7702 as u8 || odd_create {
            return Ok(Err(Escape::HostOnly));
        }
        // The host's own run of an invalid transaction names the reason, at its place in order.
        let Ok(gas) = self.engine.validate(tx) else { return Ok(Err(Escape::Invalid)) };
        let init = match tx.kind.is_create() {
            true => Some(self.init(index, tx)?),
            false => None,
        };
        let auths = match self.auths.front() {
            Some((owner, auths)) if *owner == index => auths.as_slice(),
            _ => &[],
        };
        let payload_bytes_max = self.queue.payload_bytes_max();
        Ok(self.prices.payload(tx, &gas, auths, init.as_ref(), payload_bytes_max, &mut self.payload_words))
    }

    fn handle(&mut self, event: Event) -> Result<(), BlockError> {
        let block = self.block.number();
        let expected = self.committed;
        let out_of_order = |event, tag| BlockError::OutOfOrder { block, event, tag, expected };
        let is_head = |tag| tag == expected && tag < self.submitted;
        match event {
            Event::Committed { tag, record_bytes } => {
                if !is_head(tag) {
                    return Err(out_of_order("a commit", tag));
                }
                match self.pending.take() {
                    Some(pending) => self.commit_pending(pending),
                    None => self.commit_record(tag, record_bytes),
                }
            }
            Event::Escaped { tag, reason } => {
                if !is_head(tag) || self.pending.is_some() {
                    return Err(out_of_order("an escape", tag));
                }
                self.execute_on_host(tag, reason)
            }
            Event::Assist { tag, key } => {
                if tag < self.committed || tag >= self.submitted {
                    return Err(out_of_order("an assist", tag));
                }
                let (mut filler, fills, overlay) = parts!(self);
                fills.answer(&mut filler, overlay, &key, block)
            }
            Event::Ask { tag, kind, request, request_bytes } => {
                if tag < self.committed || tag >= self.submitted {
                    return Err(out_of_order("a request to the host", tag));
                }
                let (start, before) = (Instant::now(), self.translate_ns());
                let result = self.answer_call(tag, kind, request, request_bytes);
                let translated = self.translate_ns() - before;
                self.metrics.host_calls_ns += (start.elapsed().as_nanos() as u64).saturating_sub(translated);
                result
            }
            Event::Code { tag, handle, pc } => {
                if tag < self.committed || tag >= self.submitted {
                    return Err(out_of_order("a request for code", tag));
                }
                match self.images.extend(self.queue, handle, pc)? {
                    true => Ok(()),
                    false => Err(out_of_order("a request for unknown code", tag)),
                }
            }
            Event::Failed { tag, code } => Err(BlockError::Card { block, code, tag }),
        }
    }

    fn invalid(&self, transaction: InvalidTransaction) -> BlockError {
        BlockError::InvalidTransaction { block: self.block.number(), transaction }
    }

    /// Checks that the block has gas left for a transaction. The card cannot know.
    fn check_gas(&self, index: u32) -> Result<(), BlockError> {
        rules::check_gas_available(self.block, index as usize, self.gas_used).map_err(|error| self.invalid(error))
    }

    /// A transaction committed from a lane.
    fn commit_record(&mut self, index: u32, record_bytes: u32) -> Result<(), BlockError> {
        let block = self.block.number();
        let record_error = |source| BlockError::Record { block, index: index as usize, source };
        let tx = &self.block.transactions[index as usize];
        self.check_gas(index)?;
        // What was collected was read before this commit.
        self.fills.flush(self.queue)?;
        self.queue
            .read_record(index, record_bytes, &mut self.record_words)?
            .ok_or_else(|| record_error(records::RecordError::Field { field: "length", value: record_bytes.into() }))?;
        let overlay = self.engine.state();
        let knows_code = |hash: B256| overlay.knows_code(hash);
        let record = Record::parse(&self.record_words, index, tx.gas_limit, knows_code).map_err(record_error)?;
        for write in record.writes {
            overlay.apply_record(write)?;
        }
        let success = record.status == Status::Success;
        let outcome = TxOutcome {
            tx_type: tx.tx_type,
            status: record.status,
            gas_used: record.header.gas_used,
            output: record.output(),
            logs: if success { record.logs() } else { Vec::new() },
            executed_on: ExecutedOn::Card,
        };
        self.metrics.on_card_txs += 1;
        self.metrics.on_card_gas += outcome.gas_used;
        if self.in_flight.front().is_some_and(|tx| tx.contract) {
            self.metrics.on_card_contract_txs += 1;
        }
        self.finish(outcome);
        Ok(())
    }

    /// A transaction committed that the host had executed.
    fn commit_pending(&mut self, pending: Pending) -> Result<(), BlockError> {
        self.fills.flush(self.queue)?;
        self.queue.unstage(pending.staged);
        self.engine.state().commit(pending.state);
        self.finish(pending.outcome);
        Ok(())
    }

    /// Notes a commit.
    fn finish(&mut self, outcome: TxOutcome) {
        if let Some(InFlight { payload: Some(position), .. }) = self.in_flight.pop_front() {
            self.queue.free_payload(position);
        }
        self.gas_used = self.gas_used.saturating_add(outcome.gas_used);
        self.outcomes.push(outcome);
        self.committed += 1;
        *self.commits += 1;
    }

    /// Runs the head transaction with revm and submits its write set.
    fn execute_on_host(&mut self, index: u32, reason: Escape) -> Result<(), BlockError> {
        let tx = &self.block.transactions[index as usize];
        *self.metrics.escapes.entry(reason.name()).or_default() += 1;
        self.check_gas(index)?;
        let start = Instant::now();
        let executed = self.engine.execute(tx);
        self.metrics.fallback_ns += start.elapsed().as_nanos() as u64;
        let (result, state) = executed.map_err(|error| self.host_error(index, error))?;
        if let Some(address) = fallback::occupied_creation(&state, &self.block.occupied) {
            return Err(BlockError::Occupied { block: self.block.number(), index: index as usize, address });
        }
        let write_set = if self.fork.on_card() {
            let (queue, images, fork) = (&mut *self.queue, &mut *self.images, self.fork);
            fallback::write_set(&state, self.engine.state(), |code, hash| {
                images.load(queue, code, hash, fork).map_err(BlockError::from)
            })?
        } else {
            // Nothing of such a block runs on the card: nobody reads the write set.
            Vec::new()
        };
        let staged = self.queue.commit_host(index, write_set.len() as u32, write_set.as_bytes())?;
        self.queue.ring()?;
        let status = fallback::status(&result);
        let gas_used = result.tx_gas_used();
        let output = result.output().cloned().unwrap_or_default();
        let logs = if status == Status::Success { result.into_logs() } else { Vec::new() };
        let executed_on = ExecutedOn::Host(reason);
        let outcome = TxOutcome { tx_type: tx.tx_type, status, gas_used, output, logs, executed_on };
        self.pending = Some(Pending { outcome, state, staged });
        Ok(())
    }

    fn host_error(&self, index: u32, error: HostError) -> BlockError {
        let block = self.block.number();
        match error {
            EVMError::Transaction(reason) => self.invalid(InvalidTransaction { index: index as usize, reason }),
            EVMError::Header(reason) => BlockError::Header { block, reason },
            EVMError::Database(error) => error.into(),
            other => BlockError::Host { block, index: index as usize, message: other.to_string() },
        }
    }
}

#[cfg(test)]
mod tests;
