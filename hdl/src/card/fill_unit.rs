//! Fill unit: carries out FILL commands without the processor. It stands between the submission ring and the processor's registers, between
//! these and the share of the state table, and between these and completions, and passes on what is not its own.
//!
//! Algorithm: while `enable` and `run` are up, a well-formed FILL at the head of the submissions is claimed: the processor does not see it. Its records
//! are read from host memory, up to [`CHUNK`] at a time, and stream into the table's share as those of the processor do from
//! data RAM, a FILL each, with the commit number of the command. Slots that wait for what was filled have their lanes tried again, the committing one is told by
//! `woken`. In the end the completion Done is posted. A record that is not well-formed, or cannot be read, stops the unit: `bad` or
//! `failed`, with `tag` and `address`, until a reset, and takes what beats are left; what has gone to the table then is of no matter, as the card stops. A FILL that is not well-formed
//! or of 2^16 records and more is left to the processor.
//!
//! The processor's operations on the table wait for a record at work, and go before the next one. Their results stand for it until its next one,
//! whatever is filled meanwhile.
//!
//! Handshake: `entry`, `request`, `data`, `ram_*`, `post` and `completion` are ready/valid. `start` is a pulse, ignored while `busy`, which is up from the next
//! cycle on; its operands stay until it falls. `share_*` is the same towards the share. `works` is up from the cycle after a claim until
//! Done has been taken. `woken` falls with `commit_start`. `enable` may fall at any time; what has been claimed is carried out.
//!
//! Latency: 1 cycle from `entry_valid` to the claim's request; for each record 1 to the share's start, the share's and the table's cycles, 1, and
//! 1 for each slot that waits; `start` to `share_start`: 1; to the fall of `busy`: 1 more than the share's. Data pass without a register.
//! Reset: `reset` drops everything, `bad` and `failed` too; starts so.

use gaslane_abi::{
    codes::KeyKind,
    record::{EXISTS, HAS_BALANCE, HAS_CODE, HAS_NONCE, UNAVAILABLE},
    ring::{Command, CompletionKind},
};
use rust_hdl_core::prelude::*;
use rust_hdl_widgets::prelude::*;

use super::LaneTurn;
use crate::{
    leaf::SmallRam,
    table::layout::TableOp,
    word::{W64, W256, W512, bits_w64, bits_w512},
};

/// Records that are read together. Their beats hold up other readers of host memory while the table works, so they are few.
pub const CHUNK: u64 = 8;

/// Where the command stands.
#[derive(Clone, Copy, Debug, PartialEq, LogicState)]
enum State {
    Idle,
    /// Records are asked for.
    Request,
    /// The next one wants the table.
    Start,
    /// It is there.
    Table,
    /// Who waits for it is woken.
    Wake,
    /// The completion is given.
    Post,
    /// An error, until a reset.
    Stopped,
}

/// The unit.
#[derive(LogicBlock)]
pub struct FillUnit {
    /// Clock.
    pub clock: Signal<In, Clock>,
    /// Drop everything.
    pub reset: Signal<In, Bit>,
    /// Fills may be claimed.
    pub enable: Signal<In, Bit>,
    /// The host lets the card run.
    pub run: Signal<In, Bit>,

    /// A submission.
    pub entry_valid: Signal<In, Bit>,
    /// Its 64 bytes.
    pub entry: Signal<In, W512>,
    /// It is not for the processor.
    pub claims: Signal<Out, Bit>,
    /// It is taken here.
    pub entry_ready: Signal<Out, Bit>,

    /// Host memory: a read.
    pub request_valid: Signal<Out, Bit>,
    /// It is taken.
    pub request_ready: Signal<In, Bit>,
    /// Its address.
    pub request_address: Signal<Out, W64>,
    /// Its beats.
    pub request_beats: Signal<Out, Bits<20>>,
    /// A beat.
    pub data_valid: Signal<In, Bit>,
    /// It is taken.
    pub data_ready: Signal<Out, Bit>,
    /// Its bytes.
    pub data: Signal<In, W256>,
    /// It could not be read.
    pub data_error: Signal<In, Bit>,

    /// The processor begins an operation on the table.
    pub start: Signal<In, Bit>,
    /// Its operation.
    pub op: Signal<In, Bits<4>>,
    /// Its number of a commit.
    pub seq: Signal<In, W64>,
    /// Its flags.
    pub flags: Signal<In, Bits<10>>,
    /// Its readers are to be gathered.
    pub gather: Signal<In, Bit>,
    /// It is under way.
    pub busy: Signal<Out, Bit>,
    /// Its outcome.
    pub outcome: Signal<Out, Bits<4>>,
    /// Its readers.
    pub readers: Signal<Out, Bits<32>>,
    /// Slots that wait.
    pub waiting: Signal<Out, Bits<32>>,
    /// What it changed.
    pub changed: Signal<Out, Bits<4>>,
    /// It evicted an entry.
    pub evicted: Signal<Out, Bit>,

    /// Share: an operation begins.
    pub share_start: Signal<Out, Bit>,
    /// It.
    pub share_op: Signal<Out, Bits<4>>,
    /// Its number of a commit.
    pub share_seq: Signal<Out, W64>,
    /// Its flags.
    pub share_flags: Signal<Out, Bits<10>>,
    /// Its readers are to be gathered.
    pub share_gather: Signal<Out, Bit>,
    /// It is under way.
    pub share_busy: Signal<In, Bit>,
    /// Its outcome.
    pub share_outcome: Signal<In, Bits<4>>,
    /// Its readers.
    pub share_readers: Signal<In, Bits<32>>,
    /// Slots that wait.
    pub share_waiting: Signal<In, Bits<32>>,
    /// What it changed.
    pub share_changed: Signal<In, Bits<4>>,
    /// It evicted an entry.
    pub share_evicted: Signal<In, Bit>,

    /// Share: it wants a record.
    pub share_request_valid: Signal<In, Bit>,
    /// It will get it.
    pub share_request_ready: Signal<Out, Bit>,
    /// A row.
    pub share_data_valid: Signal<Out, Bit>,
    /// It is taken.
    pub share_data_ready: Signal<In, Bit>,
    /// Its bytes.
    pub share_data: Signal<Out, W256>,
    /// Data RAM: a read for the processor's operation.
    pub ram_request_valid: Signal<Out, Bit>,
    /// It is taken.
    pub ram_request_ready: Signal<In, Bit>,
    /// A row.
    pub ram_data_valid: Signal<In, Bit>,
    /// It is taken.
    pub ram_data_ready: Signal<Out, Bit>,
    /// Its bytes.
    pub ram_data: Signal<In, W256>,

    /// The processor posts a completion.
    pub post_valid: Signal<In, Bit>,
    /// It is taken.
    pub post_ready: Signal<Out, Bit>,
    /// Its 64 bytes.
    pub post: Signal<In, W512>,
    /// A completion.
    pub completion_valid: Signal<Out, Bit>,
    /// It is taken.
    pub completion_ready: Signal<In, Bit>,
    /// Its 64 bytes.
    pub completion: Signal<Out, W512>,

    /// The slot of a lane is written.
    pub map_write: Signal<In, Bit>,
    /// Of this lane.
    pub map_lane: Signal<In, Bits<5>>,
    /// It is this.
    pub map_slot: Signal<In, Bits<5>>,
    /// Lanes whose reads are tried again.
    pub retry: Signal<Out, Bits<32>>,
    /// The commit unit begins to look at a transaction.
    pub commit_start: Signal<In, Bit>,
    /// Slot that commits.
    pub commit_slot: Signal<In, Bits<5>>,
    /// Something has come that it waits for.
    pub woken: Signal<Out, Bit>,

    /// A command is under way.
    pub works: Signal<Out, Bit>,
    /// A record could not be read.
    pub failed: Signal<Out, Bit>,
    /// A record is not well-formed.
    pub bad: Signal<Out, Bit>,
    /// Tag of the command.
    pub tag: Signal<Out, Bits<32>>,
    /// Where the records after those that were asked for stand.
    pub address: Signal<Out, W64>,

    fill: Constant<Bits<32>>,
    op_fill: Constant<Bits<4>>,
    done_head: Constant<Bits<32>>,
    chunk_records: Constant<Bits<16>>,
    account: Constant<Bits<8>>,
    storage: Constant<Bits<8>>,
    block_hash: Constant<Bits<8>>,
    all_flags: Constant<Bits<8>>,
    exists: Constant<Bits<8>>,
    known_flags: Constant<Bits<8>>,
    unavailable: Constant<Bits<8>>,
    last_lane: Constant<Bits<5>>,

    lanes: SmallRam<Bits<5>, 5>,
    turn: LaneTurn,

    state: DFF<State>,
    tag_held: DFF<Bits<32>>,
    seq_held: DFF<W64>,
    next_address: DFF<W64>,
    /// Records to come, and those of them that have been asked for.
    left: DFF<Bits<16>>,
    asked: DFF<Bits<16>>,
    /// Slots that are still to be woken.
    sleepers: DFF<Bits<32>>,
    woken_bit: DFF<Bit>,
    // The record that streams by.
    beat: DFF<Bits<2>>,
    wrong: DFF<Bit>,
    /// It says of an account that there is none.
    absent: DFF<Bit>,
    /// It gives something of an account.
    gives: DFF<Bit>,
    error: DFF<Bit>,
    failed_bit: DFF<Bit>,
    bad_bit: DFF<Bit>,

    // Whose operation the share has.
    owns: DFF<Bit>,
    wants: DFF<Bit>,
    started: DFF<Bit>,
    kept_outcome: DFF<Bits<4>>,
    kept_readers: DFF<Bits<32>>,
    kept_waiting: DFF<Bits<32>>,
    kept_changed: DFF<Bits<4>>,
    kept_evicted: DFF<Bit>,
    /// The processor's completion has been offered and not taken.
    passing: DFF<Bit>,

    free: Signal<Local, Bit>,
    waits: Signal<Local, Bit>,
    start_processor: Signal<Local, Bit>,
    start_fill: Signal<Local, Bit>,
    processor_done: Signal<Local, Bit>,
    fill_done: Signal<Local, Bit>,
    is_fill: Signal<Local, Bit>,
    fits: Signal<Local, Bit>,
    takes: Signal<Local, Bit>,
    command: Signal<Local, Bits<32>>,
    number: Signal<Local, Bits<16>>,
    entry_address: Signal<Local, W64>,
    entry_seq: Signal<Local, W64>,
    count: Signal<Local, Bits<16>>,
    count_bytes: Signal<Local, Bits<16>>,
    one: Signal<Local, Bits<16>>,
    row_taken: Signal<Local, Bit>,
    kind: Signal<Local, Bits<8>>,
    record_flags: Signal<Local, Bits<8>>,
    strange: Signal<Local, Bits<8>>,
    given: Signal<Local, Bits<8>>,
    is_account: Signal<Local, Bit>,
    is_storage: Signal<Local, Bit>,
    is_hash: Signal<Local, Bit>,
    has_address: Signal<Local, Bit>,
    of_known_kind: Signal<Local, Bit>,
    says_nothing: Signal<Local, Bit>,
    is_full: Signal<Local, Bit>,
    is_fine: Signal<Local, Bit>,
    not_there: Signal<Local, Bit>,
    commit_bit: Signal<Local, Bits<32>>,
    slot_bit: Signal<Local, Bits<32>>,
    gives_done: Signal<Local, Bit>,
    done: Signal<Local, W512>,
}

impl Default for FillUnit {
    fn default() -> Self {
        let byte = |value: u8| Constant::new(u64::from(value).into());
        let all = HAS_BALANCE | HAS_NONCE | HAS_CODE;
        Self {
            clock: Default::default(),
            reset: Default::default(),
            enable: Default::default(),
            run: Default::default(),
            entry_valid: Default::default(),
            entry: Default::default(),
            claims: Default::default(),
            entry_ready: Default::default(),
            request_valid: Default::default(),
            request_ready: Default::default(),
            request_address: Default::default(),
            request_beats: Default::default(),
            data_valid: Default::default(),
            data_ready: Default::default(),
            data: Default::default(),
            data_error: Default::default(),
            start: Default::default(),
            op: Default::default(),
            seq: Default::default(),
            flags: Default::default(),
            gather: Default::default(),
            busy: Default::default(),
            outcome: Default::default(),
            readers: Default::default(),
            waiting: Default::default(),
            changed: Default::default(),
            evicted: Default::default(),
            share_start: Default::default(),
            share_op: Default::default(),
            share_seq: Default::default(),
            share_flags: Default::default(),
            share_gather: Default::default(),
            share_busy: Default::default(),
            share_outcome: Default::default(),
            share_readers: Default::default(),
            share_waiting: Default::default(),
            share_changed: Default::default(),
            share_evicted: Default::default(),
            share_request_valid: Default::default(),
            share_request_ready: Default::default(),
            share_data_valid: Default::default(),
            share_data_ready: Default::default(),
            share_data: Default::default(),
            ram_request_valid: Default::default(),
            ram_request_ready: Default::default(),
            ram_data_valid: Default::default(),
            ram_data_ready: Default::default(),
            ram_data: Default::default(),
            post_valid: Default::default(),
            post_ready: Default::default(),
            post: Default::default(),
            completion_valid: Default::default(),
            completion_ready: Default::default(),
            completion: Default::default(),
            map_write: Default::default(),
            map_lane: Default::default(),
            map_slot: Default::default(),
            retry: Default::default(),
            commit_start: Default::default(),
            commit_slot: Default::default(),
            woken: Default::default(),
            works: Default::default(),
            failed: Default::default(),
            bad: Default::default(),
            tag: Default::default(),
            address: Default::default(),
            fill: Constant::new((Command::Fill as u64).into()),
            op_fill: Constant::new((TableOp::Fill as u64).into()),
            done_head: Constant::new((CompletionKind::Done as u64).into()),
            chunk_records: Constant::new(CHUNK.into()),
            account: byte(KeyKind::Account as u8),
            storage: byte(KeyKind::Storage as u8),
            block_hash: byte(KeyKind::BlockHash as u8),
            all_flags: byte(all),
            exists: byte(EXISTS),
            known_flags: byte(all | EXISTS),
            unavailable: byte(UNAVAILABLE),
            last_lane: Constant::new(31_u64.into()),
            lanes: Default::default(),
            turn: Default::default(),
            state: Default::default(),
            tag_held: Default::default(),
            seq_held: Default::default(),
            next_address: Default::default(),
            left: Default::default(),
            asked: Default::default(),
            sleepers: Default::default(),
            woken_bit: Default::default(),
            beat: Default::default(),
            wrong: Default::default(),
            absent: Default::default(),
            gives: Default::default(),
            error: Default::default(),
            failed_bit: Default::default(),
            bad_bit: Default::default(),
            owns: Default::default(),
            wants: Default::default(),
            started: Default::default(),
            kept_outcome: Default::default(),
            kept_readers: Default::default(),
            kept_waiting: Default::default(),
            kept_changed: Default::default(),
            kept_evicted: Default::default(),
            passing: Default::default(),
            free: Default::default(),
            waits: Default::default(),
            start_processor: Default::default(),
            start_fill: Default::default(),
            processor_done: Default::default(),
            fill_done: Default::default(),
            is_fill: Default::default(),
            fits: Default::default(),
            takes: Default::default(),
            command: Default::default(),
            number: Default::default(),
            entry_address: Default::default(),
            entry_seq: Default::default(),
            count: Default::default(),
            count_bytes: Default::default(),
            one: Default::default(),
            row_taken: Default::default(),
            kind: Default::default(),
            record_flags: Default::default(),
            strange: Default::default(),
            given: Default::default(),
            is_account: Default::default(),
            is_storage: Default::default(),
            is_hash: Default::default(),
            has_address: Default::default(),
            of_known_kind: Default::default(),
            says_nothing: Default::default(),
            is_full: Default::default(),
            is_fine: Default::default(),
            not_there: Default::default(),
            commit_bit: Default::default(),
            slot_bit: Default::default(),
            gives_done: Default::default(),
            done: Default::default(),
        }
    }
}

impl Logic for FillUnit {
    #[hdl_gen]
    fn update(&mut self) {
        clock!(self, clock, lanes);
        dff_setup!(
            self,
            clock,
            state,
            tag_held,
            seq_held,
            next_address,
            left,
            asked,
            sleepers,
            woken_bit,
            beat,
            wrong,
            absent,
            gives,
            error,
            failed_bit,
            bad_bit,
            owns,
            wants,
            started,
            kept_outcome,
            kept_readers,
            kept_waiting,
            kept_changed,
            kept_evicted,
            passing
        );

        // What is claimed: word 0 is FILL without flags, addresses are multiples of 32, the last words are zero.
        self.command.next = self.entry.val().get_bits::<32>(0);
        self.is_fill.next = self.command.val() == self.fill.val();
        self.fits.next = (self.is_fill.val()
            & (!(self.entry.val().get_bits::<5>(64).any() | self.entry.val().get_bits::<5>(192).any())))
            & ((!self.entry.val().get_bits::<16>(176).any())
                & (!((self.entry.val().get_bits::<32>(384).any() | self.entry.val().get_bits::<32>(416).any())
                    | (self.entry.val().get_bits::<32>(448).any() | self.entry.val().get_bits::<32>(480).any()))));
        self.claims.next = (self.enable.val() & self.entry_valid.val()) & self.fits.val();
        self.takes.next = (self.claims.val() & self.run.val()) & (self.state.q.val() == State::Idle);
        self.entry_ready.next = self.takes.val();
        self.number.next = self.entry.val().get_bits::<16>(160);
        self.entry_address.next =
            bits_w64(self.entry.val().get_bits::<32>(64)) | (bits_w64(self.entry.val().get_bits::<32>(96)) << 32_u64);
        self.entry_seq.next =
            bits_w64(self.entry.val().get_bits::<32>(320)) | (bits_w64(self.entry.val().get_bits::<32>(352)) << 32_u64);

        // Who gets the share.
        self.free.next = (!self.share_busy.val()) & (!self.owns.q.val());
        self.waits.next = self.wants.q.val() & (!self.started.q.val());
        self.start_processor.next = self.free.val() & self.waits.val();
        self.start_fill.next = (self.free.val() & (!self.waits.val())) & (self.state.q.val() == State::Start);
        self.processor_done.next = (self.wants.q.val() & self.started.q.val()) & (!self.share_busy.val());
        self.fill_done.next = self.owns.q.val() & (!self.share_busy.val());
        if self.start.val() & (!self.wants.q.val()) {
            self.wants.d.next = true;
        }
        if self.start_processor.val() {
            self.started.d.next = true;
        }
        if self.processor_done.val() {
            self.wants.d.next = false;
            self.started.d.next = false;
            self.kept_outcome.d.next = self.share_outcome.val();
            self.kept_readers.d.next = self.share_readers.val();
            self.kept_waiting.d.next = self.share_waiting.val();
            self.kept_changed.d.next = self.share_changed.val();
            self.kept_evicted.d.next = self.share_evicted.val();
        }
        if self.start_fill.val() {
            self.owns.d.next = true;
        }
        if self.fill_done.val() {
            self.owns.d.next = false;
        }
        self.busy.next = self.wants.q.val();
        self.outcome.next = self.kept_outcome.q.val();
        self.readers.next = self.kept_readers.q.val();
        self.waiting.next = self.kept_waiting.q.val();
        self.changed.next = self.kept_changed.q.val();
        self.evicted.next = self.kept_evicted.q.val();
        self.share_start.next = self.start_processor.val() | self.start_fill.val();
        self.share_op.next = self.op.val();
        self.share_seq.next = self.seq.val();
        self.share_flags.next = self.flags.val();
        self.share_gather.next = self.gather.val();
        if self.start_fill.val() {
            self.share_op.next = self.op_fill.val();
            self.share_seq.next = self.seq_held.q.val();
            self.share_flags.next = bits::<10>(0);
            self.share_gather.next = false;
        }

        // Rows, from data RAM or from host memory.
        self.ram_request_valid.next = self.share_request_valid.val();
        self.share_request_ready.next = self.ram_request_ready.val();
        self.share_data_valid.next = self.ram_data_valid.val();
        self.ram_data_ready.next = self.share_data_ready.val();
        self.share_data.next = self.ram_data.val();
        self.data_ready.next = false;
        if self.owns.q.val() {
            self.ram_request_valid.next = false;
            self.share_request_ready.next = true;
            self.share_data_valid.next = self.data_valid.val();
            self.ram_data_ready.next = false;
            self.share_data.next = self.data.val();
            self.data_ready.next = self.share_data_ready.val();
        }
        // Beats that nobody wants any more hold up nobody.
        if self.state.q.val() == State::Stopped {
            self.data_ready.next = true;
        }

        // Whether the record is well-formed, as the contract says.
        self.row_taken.next = (self.owns.q.val() & self.data_valid.val()) & self.share_data_ready.val();
        self.kind.next = self.data.val().get_bits::<8>(0);
        self.record_flags.next = self.data.val().get_bits::<8>(8);
        self.is_account.next = self.kind.val() == self.account.val();
        self.is_storage.next = self.kind.val() == self.storage.val();
        self.is_hash.next = self.kind.val() == self.block_hash.val();
        self.has_address.next = ((self.data.val().get_bits::<32>(32).any() | self.data.val().get_bits::<32>(64).any())
            | (self.data.val().get_bits::<32>(96).any() | self.data.val().get_bits::<32>(128).any()))
            | self.data.val().get_bits::<32>(160).any();
        self.of_known_kind.next = (!self.data.val().get_bits::<16>(16).any())
            & ((self.is_account.val() | self.is_storage.val()) | (self.is_hash.val() & (!self.has_address.val())));
        self.strange.next = self.record_flags.val() & (!self.known_flags.val());
        self.given.next = self.record_flags.val() & self.all_flags.val();
        self.says_nothing.next = self.record_flags.val() == self.unavailable.val();
        self.is_full.next = self.given.val() == self.all_flags.val();
        self.is_fine.next = self.of_known_kind.val()
            & (self.says_nothing.val()
                | ((!self.strange.val().any()) & ((!self.is_account.val()) | self.is_full.val())));
        self.not_there.next = (self.is_account.val() & (!self.says_nothing.val()))
            & (!(self.record_flags.val() & self.exists.val()).any());
        if self.row_taken.val() {
            self.beat.d.next = self.beat.q.val() + bits::<2>(1);
            if self.data_error.val() {
                self.error.d.next = true;
            }
            match self.beat.q.val().index() {
                0 => {
                    self.wrong.d.next = !self.is_fine.val();
                    self.absent.d.next = self.not_there.val();
                    self.gives.d.next = self.data.val().get_bits::<32>(224).any();
                }
                1 => {}
                2 => {
                    if self.data.val().any() {
                        self.gives.d.next = true;
                    }
                }
                _ => {
                    if self.data.val().get_bits::<32>(0).any() | self.data.val().get_bits::<32>(32).any() {
                        self.gives.d.next = true;
                    }
                }
            }
        }

        // Who is woken.
        self.lanes.write.next = self.map_write.val();
        self.lanes.write_address.next = self.map_slot.val();
        self.lanes.write_data.next = self.map_lane.val();
        self.turn.asks.next = self.sleepers.q.val();
        self.turn.last.next = self.last_lane.val();
        self.lanes.address.next = self.turn.lane.val();
        self.slot_bit.next = bits::<32>(1) << bit_cast::<32, 5>(self.turn.lane.val());
        self.commit_bit.next = bits::<32>(1) << bit_cast::<32, 5>(self.commit_slot.val());
        self.retry.next = bits::<32>(0);
        if (self.state.q.val() == State::Wake) & self.turn.any.val() {
            self.retry.next = bits::<32>(1) << bit_cast::<32, 5>(self.lanes.data.val());
        }
        if self.commit_start.val() {
            self.woken_bit.d.next = false;
        }
        if self.fill_done.val() & (self.share_waiting.val() & self.commit_bit.val()).any() {
            self.woken_bit.d.next = true;
        }
        self.woken.next = self.woken_bit.q.val();

        // The command.
        self.one.next = bits::<16>(1);
        self.count.next = self.left.q.val();
        if self.left.q.val() > self.chunk_records.val() {
            self.count.next = self.chunk_records.val();
        }
        self.count_bytes.next = self.count.val() << bits::<16>(7);
        self.request_valid.next = self.state.q.val() == State::Request;
        self.request_address.next = self.next_address.q.val();
        self.request_beats.next = bit_cast::<20, 16>(self.count.val()) << bits::<20>(2);
        match self.state.q.val() {
            State::Idle => {
                self.tag_held.d.next = self.entry.val().get_bits::<32>(32);
                self.next_address.d.next = self.entry_address.val();
                self.seq_held.d.next = self.entry_seq.val();
                self.left.d.next = self.number.val();
                self.error.d.next = false;
                if self.takes.val() {
                    self.state.d.next = State::Request;
                    if !self.number.val().any() {
                        self.state.d.next = State::Post;
                    }
                }
            }
            State::Request => {
                if self.request_ready.val() {
                    self.asked.d.next = self.count.val();
                    self.next_address.d.next = self.next_address.q.val() + bits_w64(self.count_bytes.val());
                    self.state.d.next = State::Start;
                }
            }
            State::Start => {
                self.beat.d.next = bits::<2>(0);
                if self.start_fill.val() {
                    self.state.d.next = State::Table;
                }
            }
            State::Table => {
                if self.fill_done.val() {
                    self.sleepers.d.next = self.share_waiting.val();
                    self.left.d.next = self.left.q.val() - self.one.val();
                    self.asked.d.next = self.asked.q.val() - self.one.val();
                    self.state.d.next = State::Wake;
                }
            }
            State::Wake => {
                self.sleepers.d.next = self.sleepers.q.val() & (!self.slot_bit.val());
                if !self.turn.any.val() {
                    self.state.d.next = State::Start;
                    if !self.asked.q.val().any() {
                        self.state.d.next = State::Request;
                    }
                    if !self.left.q.val().any() {
                        self.state.d.next = State::Post;
                    }
                    if self.wrong.q.val() | (self.absent.q.val() & self.gives.q.val()) {
                        self.bad_bit.d.next = true;
                        self.state.d.next = State::Stopped;
                    }
                    if self.error.q.val() {
                        self.bad_bit.d.next = false;
                        self.failed_bit.d.next = true;
                        self.state.d.next = State::Stopped;
                    }
                }
            }
            State::Post => {
                if self.gives_done.val() & self.completion_ready.val() {
                    self.state.d.next = State::Idle;
                }
            }
            State::Stopped => {}
        }
        self.works.next = self.state.q.val() != State::Idle;
        self.failed.next = self.failed_bit.q.val();
        self.bad.next = self.bad_bit.q.val();
        self.tag.next = self.tag_held.q.val();
        self.address.next = self.next_address.q.val();

        // Completions.
        self.done.next = bits_w512(self.done_head.val()) | (bits_w512(self.tag_held.q.val()) << 32_u64);
        self.gives_done.next = (self.state.q.val() == State::Post) & (!self.passing.q.val());
        self.passing.d.next = (self.post_valid.val() & (!self.gives_done.val())) & (!self.completion_ready.val());
        self.completion_valid.next = self.gives_done.val() | self.post_valid.val();
        self.completion.next = self.post.val();
        self.post_ready.next = self.completion_ready.val();
        if self.gives_done.val() {
            self.completion.next = self.done.val();
            self.post_ready.next = false;
        }

        if self.reset.val() {
            self.state.d.next = State::Idle;
            self.owns.d.next = false;
            self.wants.d.next = false;
            self.started.d.next = false;
            self.passing.d.next = false;
            self.woken_bit.d.next = false;
            self.failed_bit.d.next = false;
            self.bad_bit.d.next = false;
        }
    }
}
