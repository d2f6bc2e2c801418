//! The driver: blocks in, outcomes out, whatever card is behind the rings.
//!
//! One thread plans transactions, keeps the rings filled, answers assists, runs what escapes and applies commits
//! in block order. After any error the card is reset and its rings are opened again, so that the next block finds
//! a working card.

use crate::assist::{Filler, Fills};
use crate::block::BlockInput;
use crate::fallback::{self, Fallback, HostError};
use crate::images::{ImageCounters, ImageError, ImageStore};
use crate::outcome::{BlockOutcome, ExecutedOn, Metrics, TxOutcome};
use crate::overlay::{Overlay, StateError};
use crate::plan::{AuthRecord, Dependencies, Prices, block_words, valid_authorizations};
pub use crate::queue::{CardInfo, DriverOptions};
use crate::queue::{Event, Queue, QueueError, StagedId};
use crate::records::{Record, RecordError};
use crate::rules::{self, InvalidTransaction, RulesError};
use crate::{receipts, records};
use alloy_primitives::{B256, U256};
use gaslane_abi::codes::{CardError, Escape, Status};
use gaslane_abi::ring::{Command, FLAG_DEPENDS, FLAG_ESCAPE, Submission};
use gaslane_abi::{Device, Fork, regs};
use revm::bytecode::Bytecode;
use revm::context::result::{EVMError, InvalidHeader};
use revm::context::{TransactionType, TxEnv};
use revm::primitives::KECCAK_EMPTY;
use revm::state::EvmState;
use revm::{DatabaseCommit, DatabaseRef};
use std::collections::VecDeque;
use std::time::Instant;
use zerocopy::IntoBytes;

/// Why a card cannot be used.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum DriverError {
    /// The card could not be opened.
    #[error("cannot open the card: {0}")]
    Open(#[source] QueueError),
    /// The card could not be brought back after an error.
    #[error("cannot recover the card: {0}; power-cycle or reprogram it")]
    Recover(#[source] QueueError),
}

/// Why a block has no outcome.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum BlockError {
    /// A transaction is invalid at its place: so is the block.
    #[error("block {block}: {transaction}")]
    InvalidTransaction {
        /// Block number.
        block: u64,
        /// Which one, and why.
        transaction: InvalidTransaction,
    },
    /// The header lacks a field that its fork needs.
    #[error("block {block}: invalid header: {reason}")]
    Header {
        /// Block number.
        block: u64,
        /// What is missing.
        reason: InvalidHeader,
    },
    /// The state before the block could not be read.
    #[error(transparent)]
    State(#[from] StateError),
    /// The rings failed.
    #[error(transparent)]
    Queue(#[from] QueueError),
    /// A code image could not be given to the card.
    #[error(transparent)]
    Image(#[from] ImageError),
    /// The header is invalid, or a system call failed.
    #[error("block {block}: {source}")]
    Rules {
        /// Block number.
        block: u64,
        /// What failed.
        source: RulesError,
    },
    /// The fallback engine failed for a reason that is not the transaction's.
    #[error("block {block}: transaction {index} failed on the host: {message}")]
    Host {
        /// Block number.
        block: u64,
        /// Index of the transaction.
        index: usize,
        /// What revm said.
        message: String,
    },
    /// The card stopped with an error.
    #[error("block {block}: card stopped with error `{}` ({}), tag {tag:#x}", code.name(), code.doc())]
    Card {
        /// Block number.
        block: u64,
        /// The error.
        code: CardError,
        /// What it refers to.
        tag: u32,
    },
    /// The card completed something that was not in flight, or out of order.
    #[error("block {block}: card sent {event} for tag {tag:#x}, expected transaction {expected}")]
    OutOfOrder {
        /// Block number.
        block: u64,
        /// What it sent.
        event: &'static str,
        /// Its tag.
        tag: u32,
        /// The transaction whose turn it is.
        expected: u32,
    },
    /// A result record that the contract does not allow.
    #[error("block {block}: transaction {index}: {source}")]
    Record {
        /// Block number.
        block: u64,
        /// Index of the transaction.
        index: usize,
        /// What is wrong with it.
        source: RecordError,
    },
    /// More transactions than tags.
    #[error("block {block} has {count} transactions, more than a card can tell apart")]
    TooManyTransactions {
        /// Block number.
        block: u64,
        /// Transactions.
        count: usize,
    },
    /// The card is lost since an earlier error.
    #[error(transparent)]
    Driver(#[from] DriverError),
}

impl BlockError {
    /// Whether the block itself is at fault, not the card, the driver or the state source.
    pub fn is_invalid_block(&self) -> bool {
        match self {
            Self::InvalidTransaction { .. } | Self::Header { .. } => true,
            Self::Rules { source, .. } => !matches!(source, RulesError::State(_)),
            _ => false,
        }
    }
}

/// Registers that a block's metrics are differences of.
#[derive(Clone, Copy, Debug, Default)]
struct Counters {
    cycles: u64,
    aborts: u64,
    assists: u64,
    program_words: u64,
    firmware_words: u64,
    evm_instructions: u64,
    lanes: [u64; LANE_COUNTERS.len()],
}

const LANE_COUNTERS: [u32; 5] = [
    regs::LANE_BUSY_CYCLES,
    regs::LANE_STATE_WAIT_CYCLES,
    regs::LANE_COMMIT_WAIT_CYCLES,
    regs::LANE_ABORTED_CYCLES,
    regs::LANE_IDLE_CYCLES,
];

impl Counters {
    fn read<D: Device>(queue: &mut Queue<D>) -> Result<Self, QueueError> {
        let mut lanes = [0u64; LANE_COUNTERS.len()];
        for lane in 0..queue.info().lanes {
            queue.device().write(regs::LANE_SELECT, lane)?;
            for (sum, register) in lanes.iter_mut().zip(LANE_COUNTERS) {
                *sum = sum.wrapping_add(queue.read64(register)?);
            }
        }
        Ok(Self {
            cycles: queue.read64(regs::CYCLES)?,
            aborts: queue.read64(regs::ABORTS)?,
            assists: queue.read64(regs::ASSISTS)?,
            program_words: queue.read64(regs::PROGRAM_WORDS)?,
            firmware_words: queue.read64(regs::FIRMWARE_WORDS)?,
            evm_instructions: queue.read64(regs::EVM_INSTRUCTIONS)?,
            lanes,
        })
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
        self.queue
            .reset()
            .and_then(|()| self.images.reload(&mut self.queue))
            .and_then(|()| self.queue.drain())
            .map_err(DriverError::Recover)?;
        self.healthy = true;
        Ok(())
    }

    /// Executes a block on the state before it. After an error the card has been reset and can be used again.
    pub fn execute_block<DB: DatabaseRef>(&mut self, block: &BlockInput, db: &DB) -> Result<BlockOutcome, BlockError> {
        if !self.healthy {
            self.recover()?;
        }
        let result = self.run_block(block, db);
        if result.is_err()
            && let Err(error) = self.recover()
        {
            tracing::warn!(%error, "card is out of use");
        }
        result
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
        let mut run = Run::new(self, block, overlay);
        run.run()?;
        let Run { outcomes, mut metrics, engine, .. } = run;
        let outcome_start = Instant::now();
        let mut overlay = engine.into_overlay();
        rules::after_block(block, &mut overlay).map_err(rules_error)?;
        let (gas_used, logs_bloom, receipts_root) = receipts::summarize(&outcomes);
        let state = overlay.into_bundle();
        metrics.outcome_ns = outcome_start.elapsed().as_nanos() as u64;
        let after = Counters::read(&mut self.queue)?;
        let translated = self.images.counters();
        fill_metrics(&mut metrics, &before, &after, &images_before, &translated);
        metrics.txs = count as u64;
        metrics.lanes = self.queue.info().lanes.into();
        metrics.card_ns = self.queue.card_ns() - card_ns_before;
        metrics.total_ns = start.elapsed().as_nanos() as u64;
        Ok(BlockOutcome { transactions: outcomes, gas_used, logs_bloom, receipts_root, state, metrics })
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
    metrics.cycles = difference(|counters| counters.cycles);
    metrics.aborts = difference(|counters| counters.aborts);
    metrics.assists = difference(|counters| counters.assists);
    metrics.lane_instructions = difference(|counters| counters.program_words);
    metrics.firmware_instructions = difference(|counters| counters.firmware_words);
    metrics.evm_instructions = difference(|counters| counters.evm_instructions);
    metrics.lane_busy_cycles = difference(|counters| counters.lanes[0]);
    metrics.lane_state_wait_cycles = difference(|counters| counters.lanes[1]);
    metrics.lane_commit_wait_cycles = difference(|counters| counters.lanes[2]);
    metrics.lane_aborted_cycles = difference(|counters| counters.lanes[3]);
    metrics.lane_idle_cycles = difference(|counters| counters.lanes[4]);
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

    /// Time since `start` without what translation and fallback took meanwhile, and card time.
    fn own_ns(&self, start: Instant, excluded_before: u64) -> u64 {
        let excluded = self.excluded_ns() - excluded_before;
        (start.elapsed().as_nanos() as u64).saturating_sub(excluded)
    }

    fn excluded_ns(&self) -> u64 {
        self.translate_ns() + self.metrics.fallback_ns + self.queue.card_ns()
    }

    fn run(&mut self) -> Result<(), BlockError> {
        self.begin()?;
        while self.committed < self.count() {
            let (start, excluded) = (Instant::now(), self.excluded_ns());
            self.plan()?;
            self.metrics.plan_ns += self.own_ns(start, excluded);
            let (start, excluded) = (Instant::now(), self.excluded_ns());
            let mut idle = true;
            while let Some(event) = self.queue.poll()? {
                self.handle(event)?;
                idle = false;
            }
            self.fills.flush(self.queue)?;
            if idle && self.committed < self.count() {
                self.queue.wait()?;
            }
            self.metrics.commit_ns += self.own_ns(start, excluded);
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
        let Some(&to) = tx.kind.to() else { return Ok(()) };
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
                    auth.code =
                        filler.images.load(filler.queue, code.original_byte_slice(), auth.code_hash, self.fork)?;
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
        match self.payload(index, tx) {
            Err(reason) => {
                entry.flags = FLAG_ESCAPE;
                entry.count = reason as u32;
            }
            Ok(()) => {
                let Some((iova, position)) = self.queue.stage_payload(&self.payload_words, &tx.data)? else {
                    return Ok(false);
                };
                entry.addr = iova;
                entry.len_bytes = (self.payload_words.len() * 8 + gaslane_abi::pad32(tx.data.len())) as u32;
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

    /// Prepares the payload's words, or says why the host must run the transaction.
    fn payload(&mut self, index: u32, tx: &'b TxEnv) -> Result<(), Escape> {
        if !self.fork.on_card() || tx.tx_type > TransactionType::Eip7702 as u8 {
            return Err(Escape::HostOnly);
        }
        if tx.kind.is_create() {
            return Err(Escape::Create);
        }
        // The host's own run of an invalid transaction names the reason, at its place in order.
        let gas = self.engine.validate(tx).map_err(|_| Escape::Invalid)?;
        let auths = match self.auths.front() {
            Some((owner, auths)) if *owner == index => auths.as_slice(),
            _ => &[],
        };
        self.prices.payload(tx, &gas, auths, self.queue.payload_bytes_max(), &mut self.payload_words)
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
        let write_set = if self.fork.on_card() {
            let (queue, images, fork) = (&mut *self.queue, &mut *self.images, self.fork);
            fallback::write_set(&state, self.engine.state(), |code, hash| {
                images.load(queue, code.original_byte_slice(), hash, fork).map_err(BlockError::from)
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
mod tests {
    use super::*;
    use crate::fake_card::{FakeCard, Fault};
    use alloy_eips::eip2930::{AccessList, AccessListItem};
    use alloy_primitives::{Address, Bytes};
    use revm::context::BlockEnv;
    use revm::context::result::InvalidTransaction as Reason;
    use revm::context::transaction::{Authorization, RecoveredAuthority, RecoveredAuthorization};
    use revm::database::states::bundle_state::BundleRetention;
    use revm::database::{CacheDB, EmptyDB, State};
    use revm::primitives::TxKind;
    use revm::primitives::hardfork::SpecId;
    use revm::state::AccountInfo;
    use revm::{Context, ExecuteCommitEvm, MainBuilder, MainContext};
    use std::time::Duration;

    fn address(index: u64) -> Address {
        Address::with_last_byte(0x40 + index as u8)
    }

    /// Accounts 0..8 are rich; 8 stores its call value in slot 0, 11 has long code.
    fn pre_state() -> CacheDB<EmptyDB> {
        let mut db = CacheDB::new(EmptyDB::default());
        for index in 0..8 {
            db.insert_account_info(address(index), AccountInfo::from_balance(U256::from(10u64).pow(U256::from(18))));
        }
        // CALLVALUE PUSH1 0 SSTORE
        let code = Bytecode::new_legacy(Bytes::from_static(&[0x34, 0x60, 0x00, 0x55]));
        db.insert_account_info(address(8), AccountInfo::from_bytecode(code));
        // Larger than what fits into staging memory at once.
        let code = Bytecode::new_legacy(vec![0; 20_000].into());
        db.insert_account_info(address(11), AccountInfo::from_bytecode(code));
        db
    }

    fn block(spec: SpecId, transactions: Vec<TxEnv>) -> BlockInput {
        let env = BlockEnv {
            number: U256::from(100),
            beneficiary: Address::repeat_byte(0xcb),
            gas_limit: 30_000_000,
            basefee: if spec >= SpecId::LONDON { 7 } else { 0 },
            prevrandao: Some(B256::ZERO),
            blob_excess_gas_and_price: (spec >= SpecId::CANCUN)
                .then(|| revm::context_interface::block::BlobExcessGasAndPrice::new(0, 3_338_477)),
            ..Default::default()
        };
        BlockInput {
            spec,
            chain_id: 1,
            env,
            transactions,
            withdrawals: vec![],
            parent_hash: None,
            parent_beacon_block_root: None,
            expected: None,
        }
    }

    fn transfer(from: u64, nonce: u64, to: u64, value: u64) -> TxEnv {
        TxEnv {
            caller: address(from),
            kind: TxKind::Call(address(to)),
            value: U256::from(value),
            nonce,
            gas_limit: 100_000,
            gas_price: 10,
            chain_id: Some(1),
            ..Default::default()
        }
    }

    /// Transfers to old and new accounts, contract calls, a create, in a mix with chains of one sender.
    fn mixed(spec: SpecId, count: u64) -> Vec<TxEnv> {
        let mut nonces = [0u64; 8];
        (0..count)
            .map(|index| {
                let from = (index * index + index / 3) % 8;
                let mut tx = transfer(from, nonces[from as usize], (index * 7) % 12, index);
                nonces[from as usize] += 1;
                match index % 9 {
                    2 if spec >= SpecId::BERLIN => {
                        tx.tx_type = TransactionType::Eip2930 as u8;
                        let storage_keys = vec![B256::ZERO, B256::with_last_byte(1)];
                        tx.access_list = AccessList(vec![AccessListItem { address: address(8), storage_keys }]);
                    }
                    4 => tx.kind = TxKind::Call(address(8)),
                    // Delegates to the contract, or to nothing; the authority's nonce counts up with its valid ones.
                    5 if spec >= SpecId::PRAGUE => {
                        tx.tx_type = TransactionType::Eip7702 as u8;
                        tx.gas_priority_fee = Some(1);
                        let target = if index % 2 == 0 { Address::ZERO } else { address(8) };
                        let auth = Authorization { chain_id: U256::ZERO, address: target, nonce: index / 9 };
                        let authority = RecoveredAuthority::Valid(address(14));
                        let auth = RecoveredAuthorization::new_unchecked(auth, authority);
                        tx.set_recovered_authorization(vec![auth]);
                        tx.kind = TxKind::Call(address(14));
                    }
                    // Init code that returns one byte, or none.
                    7 => {
                        tx.kind = TxKind::Create;
                        if index % 2 == 0 {
                            let code = [0x60, 0x01, 0x60, 0x00, 0x52, 0x60, 0x01, 0x60, 0x1f, 0xf3];
                            tx.data = Bytes::copy_from_slice(&code);
                        }
                    }
                    _ => {}
                }
                tx
            })
            .collect()
    }

    fn options() -> DriverOptions {
        DriverOptions {
            timeout: Duration::from_millis(200),
            sq_entries: 64,
            cq_entries: 256,
            staging_bytes: 1 << 16,
            ..Default::default()
        }
    }

    fn assert_same_as_sequential(block: &BlockInput, outcome: &BlockOutcome) {
        let db = pre_state();
        let mut state = State::builder().with_database_ref(&db).with_bundle_update().build();
        let mut evm = Context::mainnet()
            .with_cfg(rules::cfg_env(block))
            .with_block(block.env.clone())
            .with_db(&mut state)
            .build_mainnet();
        for (index, tx) in block.transactions.iter().enumerate() {
            let result = evm.transact_commit(tx.clone()).unwrap();
            let found = &outcome.transactions[index];
            assert_eq!(found.gas_used, result.tx_gas_used(), "transaction {index}");
            assert_eq!(found.status, fallback::status(&result), "transaction {index}");
            assert_eq!(Some(&found.output), result.output().or(Some(&Bytes::new())), "transaction {index}");
        }
        drop(evm);
        state.merge_transitions(BundleRetention::PlainState);
        let mut expected = state.take_bundle();
        expected.state.retain(|_, account| {
            account.storage.retain(|_, slot| slot.is_changed());
            account.info != account.original_info || !account.storage.is_empty()
        });
        // revm lists the code of every created account, even none.
        expected.contracts.remove(&KECCAK_EMPTY);
        assert_eq!(outcome.state.state, expected.state);
        assert_eq!(outcome.state.contracts, expected.contracts);
    }

    #[test]
    fn blocks_equal_sequential_execution() {
        for spec in [SpecId::BERLIN, SpecId::LONDON, SpecId::SHANGHAI, SpecId::PRAGUE, SpecId::OSAKA] {
            for forgetful in [false, true] {
                let mut driver = Driver::open(FakeCard::forgetful(forgetful), options()).unwrap();
                for count in [0, 1, 7, 150] {
                    let block = block(spec, mixed(spec, count));
                    let outcome = driver.execute_block(&block, &pre_state()).unwrap();
                    assert_same_as_sequential(&block, &outcome);
                    let metrics = &outcome.metrics;
                    let escaped: u64 = metrics.escapes.values().sum();
                    assert_eq!(metrics.on_card_txs + escaped, count);
                    assert!(count < 7 || metrics.on_card_txs > count / 2, "{metrics:?}");
                }
                assert!(driver.device().depends > 0);
                assert_eq!(driver.device().assists > 0, forgetful);
            }
        }
    }

    #[test]
    fn forks_before_berlin_run_on_the_host() {
        let mut driver = Driver::open(FakeCard::default(), options()).unwrap();
        let block = block(SpecId::ISTANBUL, mixed(SpecId::ISTANBUL, 40));
        let outcome = driver.execute_block(&block, &pre_state()).unwrap();
        assert_same_as_sequential(&block, &outcome);
        assert_eq!(outcome.metrics.escapes, [("host-only", 40)].into());
    }

    #[test]
    fn invalid_transactions_are_named_in_order_and_leave_the_card_usable() {
        let mut driver = Driver::open(FakeCard::default(), options()).unwrap();
        let good = block(SpecId::CANCUN, mixed(SpecId::CANCUN, 20));
        type Case = (usize, fn(&mut TxEnv), fn(&Reason) -> bool);
        let cases: [Case; 5] = [
            (3, |tx| tx.nonce += 1, |reason| matches!(reason, Reason::NonceTooHigh { .. })),
            (5, |tx| tx.gas_price = 1, |reason| matches!(reason, Reason::GasPriceLessThanBasefee)),
            (
                6,
                |tx| tx.value = U256::MAX,
                |reason| matches!(reason, Reason::LackOfFundForMaxFee { .. } | Reason::OverflowPaymentInTransaction),
            ),
            (9, |tx| tx.gas_limit = 29_999_000, |reason| matches!(reason, Reason::CallerGasLimitMoreThanBlock)),
            (10, |tx| tx.gas_limit = 20_000, |reason| matches!(reason, Reason::CallGasCostMoreThanGasLimit { .. })),
        ];
        for (position, spoil, expected) in cases {
            let mut bad = good.clone();
            spoil(&mut bad.transactions[position]);
            // A later one that is statically invalid must not be reported first.
            bad.transactions[15].gas_price = 0;
            match driver.execute_block(&bad, &pre_state()) {
                Err(BlockError::InvalidTransaction {
                    transaction: InvalidTransaction { index, reason },
                    block: 100,
                }) => {
                    assert_eq!(index, position);
                    assert!(expected(&reason), "{reason:?}");
                }
                other => panic!("{position}: {other:?}"),
            }
            let outcome = driver.execute_block(&good, &pre_state()).unwrap();
            assert_same_as_sequential(&good, &outcome);
        }
    }

    #[test]
    fn a_card_that_breaks_the_contract_is_a_typed_error() {
        let block = block(SpecId::CANCUN, (0..20).map(|index| transfer(0, index, 1, 1)).collect());
        type Case = (Fault, fn(&BlockError) -> bool);
        let cases: [Case; 12] = [
            (Fault::Tag, |error| matches!(error, BlockError::OutOfOrder { .. })),
            (Fault::Phase, |error| matches!(error, BlockError::Queue(QueueError::BadCompletion { what: "phase", .. }))),
            (Fault::Kind, |error| matches!(error, BlockError::Queue(QueueError::BadCompletion { what: "kind", .. }))),
            (Fault::Length, |error| matches!(error, BlockError::Record { .. })),
            (Fault::Record, |error| matches!(error, BlockError::Record { .. })),
            (Fault::Error, |error| matches!(error, BlockError::Card { code: CardError::BadPayload, .. })),
            (Fault::Lost, |error| matches!(error, BlockError::Queue(QueueError::LostCompletion { .. }))),
            (Fault::Twice, |error| matches!(error, BlockError::OutOfOrder { .. })),
            (Fault::Reason, |error| matches!(error, BlockError::Queue(QueueError::BadCompletion { what: "code", .. }))),
            (Fault::Assist, |error| matches!(error, BlockError::OutOfOrder { .. })),
            (Fault::Gone, |error| {
                matches!(error, BlockError::Queue(QueueError::Device(gaslane_abi::DeviceError::Gone)))
            }),
            (Fault::Storm, |error| matches!(error, BlockError::Queue(QueueError::Timeout { .. }))),
        ];
        for (fault, expected) in cases {
            let mut driver = Driver::open(FakeCard::with_fault(fault), options()).unwrap();
            match driver.execute_block(&block, &pre_state()) {
                Err(error) => assert!(expected(&error), "{fault:?}: {error:?}"),
                Ok(_) => panic!("{fault:?} went unnoticed"),
            }
            let outcome = driver.execute_block(&block, &pre_state()).unwrap();
            assert_same_as_sequential(&block, &outcome);
        }
    }

    #[test]
    fn flipped_bits_in_completions_never_panic() {
        let block = block(SpecId::CANCUN, mixed(SpecId::CANCUN, 20));
        let options = DriverOptions { timeout: Duration::from_millis(5), ..options() };
        let mut errors = 0;
        for bit in 0..256 {
            let fault = Fault::Flip(1 + bit * 7 % 30, bit);
            let mut driver = Driver::open(FakeCard::with_fault(fault), options.clone()).unwrap();
            match driver.execute_block(&block, &pre_state()) {
                Ok(outcome) => {
                    assert_same_as_sequential(&block, &outcome);
                    driver.recover().unwrap();
                }
                Err(_) => errors += 1,
            }
            let outcome = driver.execute_block(&block, &pre_state()).unwrap();
            assert_same_as_sequential(&block, &outcome);
        }
        assert!(errors > 200, "{errors}");
    }

    /// `cargo test -p gaslane --lib host_time -- --ignored --nocapture`
    #[test]
    #[ignore = "a measurement"]
    fn host_time_per_transaction() {
        let mut driver = Driver::open(FakeCard::default(), DriverOptions::default()).unwrap();
        let transactions: Vec<TxEnv> = (0..1000).map(|index| transfer(index % 8, index / 8, 9, 1)).collect();
        let mut block = block(SpecId::CANCUN, transactions);
        block.env.gas_limit = 1 << 40;
        for _ in 0..5 {
            let metrics = driver.execute_block(&block, &pre_state()).unwrap().metrics;
            println!("{} ns plan, {} ns commit per transaction", metrics.plan_ns / 1000, metrics.commit_ns / 1000);
        }
    }

    #[test]
    fn another_abi_version_is_refused_with_both_named() {
        let card = FakeCard::with_abi(0x0002_0001);
        let error = Driver::open(card, options()).unwrap_err().to_string();
        assert!(error.contains("0x00020001") && error.contains("0x00010000"), "{error}");
    }
}
