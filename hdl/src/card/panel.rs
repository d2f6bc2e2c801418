//! Panel: the registers of the management processor, between it and everything else on the card.
//!
//! Algorithm: none. A write sets a register, or starts something for a cycle (`gaslane_manager::map` has the numbers); a read takes what is there.
//! What has been started counts as busy from the write on. It also asks for the place of write records in host memory when a commit proceeds, and
//! remembers that the commit unit has ended until the processor has seen it.
//!
//! Handshake: every access is taken at once; `data_in` is there in the cycle after it. `lane`, `record` and `completion` are ready/valid, their payload
//! stays until it is taken. The processor does not use what is busy. Latency: 1 cycle to everything. Reset: none; starts with all registers zero.

use rust_hdl_core::prelude::*;
use rust_hdl_widgets::prelude::*;

use crate::word::{W64, W160, W256, W512, bits_w64, bits_w256, bits_w512};

/// The panel.
#[derive(LogicBlock, Default)]
pub struct Panel {
    /// Clock.
    pub clock: Signal<In, Clock>,
    /// Processor: an access.
    pub valid: Signal<In, Bit>,
    /// Processor: it writes.
    pub write: Signal<In, Bit>,
    /// Processor: register.
    pub number: Signal<In, Bits<8>>,
    /// Processor: what it writes.
    pub data_out: Signal<In, Bits<32>>,
    /// Submission at hand.
    pub entry_valid: Signal<In, Bit>,
    /// Its 64 bytes.
    pub entry: Signal<In, W512>,
    /// The host lets the card run.
    pub running: Signal<In, Bit>,
    /// A completion finds no room.
    pub stalled: Signal<In, Bit>,
    /// Lane whose counters the host wants to see.
    pub lane_select: Signal<In, Bits<32>>,
    /// Far moves: one has ended.
    pub far_ended: Signal<In, Bit>,
    /// Far moves: one has failed.
    pub far_failed: Signal<In, Bit>,
    /// Far moves that have ended.
    pub far_done: Signal<In, Bits<32>>,
    /// Host address of the one that has failed.
    pub far_address: Signal<In, Bits<32>>,
    /// Near mover.
    pub near_busy: Signal<In, Bit>,
    /// Near mover.
    pub near_failed: Signal<In, Bit>,
    /// A launch is under way.
    pub launch_busy: Signal<In, Bit>,
    /// A move of it has failed.
    pub launch_failed: Signal<In, Bit>,
    /// Its payload is wrong.
    pub launch_bad: Signal<In, Bit>,
    /// Its lane.
    pub launched_lane: Signal<In, Bits<5>>,
    /// Lane bus: it is taken.
    pub lane_ready: Signal<In, Bit>,
    /// Lanes that have stopped.
    pub stopped: Signal<In, Bits<32>>,
    /// Lanes whose state read gives no value.
    pub blocked: Signal<In, Bits<32>>,
    /// Cycles that the selected lane has waited for state.
    pub waited: Signal<In, Bits<32>>,
    /// Keys that lanes have had asked for.
    pub keys_asked: Signal<In, W64>,
    /// Fill unit: it has a command.
    pub fill_works: Signal<In, Bit>,
    /// It could not read a record.
    pub fill_failed: Signal<In, Bit>,
    /// A record is not well-formed.
    pub fill_bad: Signal<In, Bit>,
    /// Tag of its command.
    pub fill_tag: Signal<In, Bits<32>>,
    /// Where it would read next.
    pub fill_address: Signal<In, W64>,
    /// Something has come that the commit unit waits for.
    pub woken: Signal<In, Bit>,
    /// Outcome of the read of the selected lane.
    pub outcome: Signal<In, Bits<4>>,
    /// A state read is under way.
    pub serving: Signal<In, Bit>,
    /// Of this lane.
    pub serving_lane: Signal<In, Bits<5>>,
    /// State reads.
    pub state_reads: Signal<In, W64>,
    /// Evictions.
    pub evictions: Signal<In, W64>,
    /// Entries that wait for the host.
    pub pending: Signal<In, Bits<17>>,
    /// No code refill is under way.
    pub server_idle: Signal<In, Bit>,
    /// A code refill has failed.
    pub server_failed: Signal<In, Bit>,
    /// The operation is under way.
    pub table_busy: Signal<In, Bit>,
    /// Its outcome.
    pub table_outcome: Signal<In, Bits<4>>,
    /// It has evicted an entry.
    pub table_evicted: Signal<In, Bit>,
    /// What it has changed.
    pub table_changed: Signal<In, Bits<4>>,
    /// Slots that had read that.
    pub table_readers: Signal<In, Bits<32>>,
    /// Slots that wait for it.
    pub table_waiting: Signal<In, Bits<32>>,
    /// The commit unit works.
    pub commit_busy: Signal<In, Bit>,
    /// It has ended.
    pub commit_done: Signal<In, Bit>,
    /// Values are missing.
    pub commit_waits: Signal<In, Bit>,
    /// Escape that the transaction becomes.
    pub commit_reason: Signal<In, Bits<8>>,
    /// It waits for leave to write.
    pub counted: Signal<In, Bit>,
    /// Write records to come.
    pub changes: Signal<In, Bits<16>>,
    /// A key is to be asked for.
    pub asked: Signal<In, Bit>,
    /// Its kind.
    pub asked_kind: Signal<In, Bits<2>>,
    /// Its address.
    pub asked_address: Signal<In, W160>,
    /// Its slot.
    pub asked_slot: Signal<In, W256>,
    /// Write records: it is taken.
    pub record_ready: Signal<In, Bit>,
    /// Write records: all have been written.
    pub record_done: Signal<In, Bit>,
    /// Write records: not all of them.
    pub record_error: Signal<In, Bit>,
    /// Slots are aborted.
    pub abort_valid: Signal<In, Bit>,
    /// Which.
    pub aborts: Signal<In, Bits<32>>,
    /// It is taken.
    pub completion_ready: Signal<In, Bit>,
    /// Processor: what it reads, in the cycle after.
    pub data_in: Signal<Out, Bits<32>>,
    /// It is taken.
    pub entry_ready: Signal<Out, Bit>,
    /// Far moves: one more.
    pub far_start: Signal<Out, Bit>,
    /// Far moves: its end is not to be noticed.
    pub far_quiet: Signal<Out, Bit>,
    /// Far moves: an end has been noticed.
    pub far_seen: Signal<Out, Bit>,
    /// Near mover.
    pub near_start: Signal<Out, Bit>,
    /// Movers: source.
    pub source: Signal<Out, Bits<3>>,
    /// Movers: destination.
    pub destination: Signal<Out, Bits<3>>,
    /// Movers: first address of the source.
    pub source_address: Signal<Out, W64>,
    /// Movers: first address of the destination.
    pub destination_address: Signal<Out, W64>,
    /// Movers: rows.
    pub beats: Signal<Out, Bits<20>>,
    /// Movers: bytes that count.
    pub valid_bytes: Signal<Out, Bits<32>>,
    /// A launch begins; the movers' registers and those of the lane bus are its operands.
    pub launch_start: Signal<Out, Bit>,
    /// Its lane.
    pub launch_lane: Signal<Out, Bits<5>>,
    /// With the block context.
    pub launch_block: Signal<Out, Bit>,
    /// Lane bus: an operation.
    pub lane_valid: Signal<Out, Bit>,
    /// Lane bus: lane.
    pub lane_number: Signal<Out, Bits<6>>,
    /// Lane bus: for all lanes.
    pub lane_all: Signal<Out, Bit>,
    /// Lane bus: operation.
    pub lane_op: Signal<Out, Bits<4>>,
    /// Lane bus: its address.
    pub lane_address: Signal<Out, Bits<32>>,
    /// Lane bus: its data.
    pub lane_data: Signal<Out, W256>,
    /// Lane whose outcome is shown.
    pub outcome_lane: Signal<Out, Bits<5>>,
    /// Lanes whose state reads are served.
    pub door_enable: Signal<Out, Bits<32>>,
    /// Lanes whose blocked reads are tried again.
    pub door_retry: Signal<Out, Bits<32>>,
    /// The slot of a lane is set.
    pub map_write: Signal<Out, Bit>,
    /// Which lane.
    pub map_lane: Signal<Out, Bits<5>>,
    /// Which slot.
    pub map_slot: Signal<Out, Bits<5>>,
    /// Tag of its transaction.
    pub map_tag: Signal<Out, Bits<32>>,
    /// No key is asked for.
    pub ask_hold: Signal<Out, Bit>,
    /// Fills may be claimed.
    pub fill_enable: Signal<Out, Bit>,
    /// No code refill begins.
    pub server_hold: Signal<Out, Bit>,
    /// Directory in card memory.
    pub directory_base: Signal<Out, W64>,
    /// Handles that it has room for.
    pub directory_handles: Signal<Out, Bits<32>>,
    /// An operation on the state table.
    pub table_start: Signal<Out, Bit>,
    /// Which.
    pub table_op: Signal<Out, Bits<4>>,
    /// For this slot.
    pub table_slot: Signal<Out, Bits<5>>,
    /// Flags added to those of the record.
    pub table_flags: Signal<Out, Bits<10>>,
    /// Record in data RAM.
    pub table_row: Signal<Out, Bits<32>>,
    /// Its readers concern the conflict detector.
    pub table_gather: Signal<Out, Bit>,
    /// Number of a commit.
    pub seq: Signal<Out, W64>,
    /// The commit unit starts.
    pub commit_start: Signal<Out, Bit>,
    /// Entries of the access table.
    pub commit_entries: Signal<Out, Bits<16>>,
    /// Slot that commits.
    pub commit_slot: Signal<Out, Bits<5>>,
    /// Number of its commit.
    pub commit_seq: Signal<Out, W64>,
    /// The record fits.
    pub proceed: Signal<Out, Bit>,
    /// It does not.
    pub refuse: Signal<Out, Bit>,
    /// The key has been asked for.
    pub asked_ready: Signal<Out, Bit>,
    /// A word of the record's header.
    pub head_write: Signal<Out, Bit>,
    /// Which.
    pub head_number: Signal<Out, Bits<5>>,
    /// Its value.
    pub head_word: Signal<Out, Bits<32>>,
    /// Write records: a request to write.
    pub record_valid: Signal<Out, Bit>,
    /// Write records: where.
    pub record_address: Signal<Out, W64>,
    /// Write records: how many rows.
    pub record_beats: Signal<Out, Bits<20>>,
    /// All changes of a commit are made.
    pub finish: Signal<Out, Bit>,
    /// Slot that commits.
    pub finish_slot: Signal<Out, Bits<5>>,
    /// Slots with a transaction.
    pub occupied: Signal<Out, Bits<32>>,
    /// Aborts have been noticed.
    pub aborts_ready: Signal<Out, Bit>,
    /// A completion.
    pub completion_valid: Signal<Out, Bit>,
    /// Its 64 bytes.
    pub completion: Signal<Out, W512>,
    /// The card has found an error.
    pub fault: Signal<Out, Bit>,
    /// Which.
    pub fault_error: Signal<Out, Bits<8>>,
    /// What it refers to.
    pub fault_info: Signal<Out, Bits<32>>,
    /// Nothing is in flight.
    pub idle: Signal<Out, Bit>,
    /// Counter.
    pub committed: Signal<Out, W64>,
    /// Counter.
    pub committed_host: Signal<Out, W64>,
    /// Counter.
    pub aborts_counted: Signal<Out, W64>,
    /// Counter.
    pub escapes: Signal<Out, W64>,
    /// Counter.
    pub assists: Signal<Out, W64>,
    /// Counter.
    pub state_reads_shown: Signal<Out, W64>,
    /// Counter.
    pub program_words: Signal<Out, W64>,
    /// Counter.
    pub firmware_words: Signal<Out, W64>,
    /// Counter.
    pub evm_instructions: Signal<Out, W64>,
    /// Counter.
    pub evictions_shown: Signal<Out, W64>,
    /// Counter.
    pub lane_busy_cycles: Signal<Out, W64>,
    /// Counter.
    pub lane_state_wait_cycles: Signal<Out, W64>,
    /// Counter.
    pub lane_commit_wait_cycles: Signal<Out, W64>,
    /// Counter.
    pub lane_aborted_cycles: Signal<Out, W64>,
    /// Counter.
    pub lane_idle_cycles: Signal<Out, W64>,
    from_low: DFF<Bits<32>>,
    from_high: DFF<Bits<32>>,
    to_low: DFF<Bits<32>>,
    to_high: DFF<Bits<32>>,
    lane_address_word: DFF<Bits<32>>,
    lane_data_word: DFF<Bits<32>>,
    table_row_word: DFF<Bits<32>>,
    seq_low: DFF<Bits<32>>,
    seq_high: DFF<Bits<32>>,
    record_low: DFF<Bits<32>>,
    record_high: DFF<Bits<32>>,
    occupied_word: DFF<Bits<32>>,
    fault_info_word: DFF<Bits<32>>,
    lowest_word: DFF<Bits<32>>,
    directory_word: DFF<Bits<32>>,
    map_tag_word: DFF<Bits<32>>,
    ask_hold_bit: DFF<Bit>,
    fill_enable_bit: DFF<Bit>,
    handles_word: DFF<Bits<32>>,
    valid_word: DFF<Bits<32>>,
    doors: DFF<Bits<32>>,
    completion0: DFF<Bits<32>>,
    completion1: DFF<Bits<32>>,
    completion2: DFF<Bits<32>>,
    completion3: DFF<Bits<32>>,
    completion4: DFF<Bits<32>>,
    completion5: DFF<Bits<32>>,
    completion6: DFF<Bits<32>>,
    completion7: DFF<Bits<32>>,
    completion8: DFF<Bits<32>>,
    completion9: DFF<Bits<32>>,
    completion10: DFF<Bits<32>>,
    completion11: DFF<Bits<32>>,
    completion12: DFF<Bits<32>>,
    completion13: DFF<Bits<32>>,
    completion14: DFF<Bits<32>>,
    completion15: DFF<Bits<32>>,
    counter0: DFF<Bits<32>>,
    counter1: DFF<Bits<32>>,
    counter2: DFF<Bits<32>>,
    counter3: DFF<Bits<32>>,
    counter4: DFF<Bits<32>>,
    counter5: DFF<Bits<32>>,
    counter6: DFF<Bits<32>>,
    counter7: DFF<Bits<32>>,
    counter8: DFF<Bits<32>>,
    counter9: DFF<Bits<32>>,
    counter10: DFF<Bits<32>>,
    counter11: DFF<Bits<32>>,
    counter12: DFF<Bits<32>>,
    counter13: DFF<Bits<32>>,
    counter14: DFF<Bits<32>>,
    counter15: DFF<Bits<32>>,
    counter16: DFF<Bits<32>>,
    counter17: DFF<Bits<32>>,
    counter18: DFF<Bits<32>>,
    counter19: DFF<Bits<32>>,
    counter20: DFF<Bits<32>>,
    counter21: DFF<Bits<32>>,
    counter22: DFF<Bits<32>>,
    counter23: DFF<Bits<32>>,
    counter24: DFF<Bits<32>>,
    counter25: DFF<Bits<32>>,
    counter26: DFF<Bits<32>>,
    counter27: DFF<Bits<32>>,
    counter28: DFF<Bits<32>>,
    counter29: DFF<Bits<32>>,
    beats_word: DFF<Bits<20>>,
    flags_word: DFF<Bits<10>>,
    hold: DFF<Bit>,
    outcome_word: DFF<Bits<5>>,
    idle_bit: DFF<Bit>,
    fault_code: DFF<Bits<8>>,
    far_go: DFF<Bit>,
    source_word: DFF<Bits<3>>,
    destination_word: DFF<Bits<3>>,
    far_quiet_bit: DFF<Bit>,
    far_seen_go: DFF<Bit>,
    head_go: DFF<Bit>,
    head_number_word: DFF<Bits<5>>,
    head_value: DFF<Bits<32>>,
    near_go: DFF<Bit>,
    launch_go: DFF<Bit>,
    launch_lane_word: DFF<Bits<5>>,
    launch_block_bit: DFF<Bit>,
    map_go: DFF<Bit>,
    map_lane_word: DFF<Bits<5>>,
    map_slot_word: DFF<Bits<5>>,
    table_go: DFF<Bit>,
    table_op_word: DFF<Bits<4>>,
    table_slot_word: DFF<Bits<5>>,
    gather: DFF<Bit>,
    commit_go: DFF<Bit>,
    entries_word: DFF<Bits<16>>,
    commit_slot_word: DFF<Bits<5>>,
    proceed_go: DFF<Bit>,
    refuse_go: DFF<Bit>,
    asked_go: DFF<Bit>,
    finish_go: DFF<Bit>,
    finish_slot_word: DFF<Bits<5>>,
    seen_go: DFF<Bit>,
    retry: DFF<Bits<32>>,
    op_word: DFF<Bits<4>>,
    op_lane: DFF<Bits<6>>,
    op_all: DFF<Bit>,
    op_waits: DFF<Bit>,
    pop: DFF<Bit>,
    posting: DFF<Bit>,
    faulted: DFF<Bit>,
    read_word: DFF<Bits<32>>,
    cycle_low: DFF<Bits<32>>,
    cycle_high: DFF<Bits<32>>,
    kept_high: DFF<Bits<32>>,
    commit_sequence: DFF<W64>,
    /// The commit unit has ended, and the processor has not seen it.
    ended: DFF<Bit>,
    record_waits: DFF<Bit>,
    record_works: DFF<Bit>,
    record_bad: DFF<Bit>,
    writes: Signal<Local, Bit>,
    reads: Signal<Local, Bit>,
    events: Signal<Local, Bits<32>>,
    low_bit: Signal<Local, Bits<5>>,
    read_value: Signal<Local, Bits<32>>,
    record_count: Signal<Local, Bits<20>>,
    commit_value: Signal<Local, Bits<32>>,
    full_words: Signal<Local, W512>,
    table_value: Signal<Local, Bits<32>>,
}

impl Logic for Panel {
    #[hdl_gen]
    fn update(&mut self) {
        dff_setup!(
            self,
            clock,
            from_low,
            from_high,
            to_low,
            to_high,
            lane_address_word,
            lane_data_word,
            table_row_word,
            seq_low,
            seq_high,
            record_low,
            record_high,
            occupied_word,
            fault_info_word,
            lowest_word,
            directory_word,
            map_tag_word,
            ask_hold_bit,
            fill_enable_bit,
            handles_word,
            valid_word,
            doors,
            completion0,
            completion1,
            completion2,
            completion3,
            completion4,
            completion5,
            completion6,
            completion7,
            completion8,
            completion9,
            completion10,
            completion11,
            completion12,
            completion13,
            completion14,
            completion15,
            counter0,
            counter1,
            counter2,
            counter3,
            counter4,
            counter5,
            counter6,
            counter7,
            counter8,
            counter9,
            counter10,
            counter11,
            counter12,
            counter13,
            counter14,
            counter15,
            counter16,
            counter17,
            counter18,
            counter19,
            counter20,
            counter21,
            counter22,
            counter23,
            counter24,
            counter25,
            counter26,
            counter27,
            counter28,
            counter29,
            beats_word,
            flags_word,
            hold,
            outcome_word,
            idle_bit,
            fault_code,
            far_go,
            source_word,
            destination_word,
            far_quiet_bit,
            far_seen_go,
            head_go,
            head_number_word,
            head_value,
            near_go,
            launch_go,
            launch_lane_word,
            launch_block_bit,
            map_go,
            map_lane_word,
            map_slot_word,
            table_go,
            table_op_word,
            table_slot_word,
            gather,
            commit_go,
            entries_word,
            commit_slot_word,
            proceed_go,
            refuse_go,
            asked_go,
            finish_go,
            finish_slot_word,
            seen_go,
            retry,
            op_word,
            op_lane,
            op_all,
            op_waits,
            pop,
            posting,
            faulted,
            read_word,
            cycle_low,
            cycle_high,
            kept_high,
            commit_sequence,
            ended,
            record_waits,
            record_works,
            record_bad
        );
        self.writes.next = self.valid.val() & self.write.val();
        self.reads.next = self.valid.val() & (!self.write.val());
        self.cycle_low.d.next = self.cycle_low.q.val() + bits::<32>(1);
        if self.cycle_low.q.val().all() {
            self.cycle_high.d.next = self.cycle_high.q.val() + bits::<32>(1);
        }

        // What a write starts lasts a cycle.
        self.far_go.d.next = false;
        self.near_go.d.next = false;
        self.far_seen_go.d.next = false;
        self.head_go.d.next = false;
        self.launch_go.d.next = false;
        self.map_go.d.next = false;
        self.table_go.d.next = false;
        self.commit_go.d.next = false;
        self.proceed_go.d.next = false;
        self.refuse_go.d.next = false;
        self.asked_go.d.next = false;
        self.finish_go.d.next = false;
        self.seen_go.d.next = false;
        self.retry.d.next = bits::<32>(0);
        self.pop.d.next = false;
        if self.lane_ready.val() {
            self.op_waits.d.next = false;
        }
        if self.completion_ready.val() {
            self.posting.d.next = false;
        }
        if self.commit_done.val() {
            self.ended.d.next = true;
        }
        if self.record_ready.val() {
            self.record_waits.d.next = false;
        }
        if self.record_done.val() {
            self.record_works.d.next = false;
            self.record_bad.d.next = self.record_error.val();
        }
        if self.writes.val() {
            if self.number.val() == bits::<8>(0) {
                self.pop.d.next = true;
                self.fill_enable_bit.d.next = false;
                // What is taken is in flight, until the firmware says that nothing is.
                self.idle_bit.d.next = false;
            }
            if self.number.val() == bits::<8>(3) {
                self.from_low.d.next = self.data_out.val();
            }
            if self.number.val() == bits::<8>(4) {
                self.from_high.d.next = self.data_out.val();
            }
            if self.number.val() == bits::<8>(5) {
                self.to_low.d.next = self.data_out.val();
            }
            if self.number.val() == bits::<8>(6) {
                self.to_high.d.next = self.data_out.val();
            }
            if self.number.val() == bits::<8>(10) {
                self.lane_address_word.d.next = self.data_out.val();
            }
            if self.number.val() == bits::<8>(11) {
                self.lane_data_word.d.next = self.data_out.val();
            }
            if self.number.val() == bits::<8>(18) {
                self.table_row_word.d.next = self.data_out.val();
            }
            if self.number.val() == bits::<8>(19) {
                self.seq_low.d.next = self.data_out.val();
            }
            if self.number.val() == bits::<8>(20) {
                self.seq_high.d.next = self.data_out.val();
            }
            if self.number.val() == bits::<8>(26) {
                self.record_low.d.next = self.data_out.val();
            }
            if self.number.val() == bits::<8>(27) {
                self.record_high.d.next = self.data_out.val();
            }
            if self.number.val() == bits::<8>(29) {
                self.occupied_word.d.next = self.data_out.val();
            }
            if self.number.val() == bits::<8>(33) {
                self.fault_info_word.d.next = self.data_out.val();
            }
            if self.number.val() == bits::<8>(35) {
                self.lowest_word.d.next = self.data_out.val();
            }
            if self.number.val() == bits::<8>(37) {
                self.directory_word.d.next = self.data_out.val();
            }
            if self.number.val() == bits::<8>(38) {
                self.handles_word.d.next = self.data_out.val();
            }
            if self.number.val() == bits::<8>(39) {
                self.ask_hold_bit.d.next = self.data_out.val().get_bit(0);
            }
            if self.number.val() == bits::<8>(41) {
                self.fill_enable_bit.d.next = self.data_out.val().get_bit(0);
            }
            if self.number.val() == bits::<8>(40) {
                self.map_tag_word.d.next = self.data_out.val();
            }
            if self.number.val() == bits::<8>(8) {
                self.valid_word.d.next = self.data_out.val();
            }
            if self.number.val() == bits::<8>(12) {
                self.doors.d.next = self.data_out.val();
            }
            if self.number.val() == bits::<8>(48) {
                self.completion0.d.next = self.data_out.val();
            }
            if self.number.val() == bits::<8>(49) {
                self.completion1.d.next = self.data_out.val();
            }
            if self.number.val() == bits::<8>(50) {
                self.completion2.d.next = self.data_out.val();
            }
            if self.number.val() == bits::<8>(51) {
                self.completion3.d.next = self.data_out.val();
            }
            if self.number.val() == bits::<8>(52) {
                self.completion4.d.next = self.data_out.val();
            }
            if self.number.val() == bits::<8>(53) {
                self.completion5.d.next = self.data_out.val();
            }
            if self.number.val() == bits::<8>(54) {
                self.completion6.d.next = self.data_out.val();
            }
            if self.number.val() == bits::<8>(55) {
                self.completion7.d.next = self.data_out.val();
            }
            if self.number.val() == bits::<8>(56) {
                self.completion8.d.next = self.data_out.val();
            }
            if self.number.val() == bits::<8>(57) {
                self.completion9.d.next = self.data_out.val();
            }
            if self.number.val() == bits::<8>(58) {
                self.completion10.d.next = self.data_out.val();
            }
            if self.number.val() == bits::<8>(59) {
                self.completion11.d.next = self.data_out.val();
            }
            if self.number.val() == bits::<8>(60) {
                self.completion12.d.next = self.data_out.val();
            }
            if self.number.val() == bits::<8>(61) {
                self.completion13.d.next = self.data_out.val();
            }
            if self.number.val() == bits::<8>(62) {
                self.completion14.d.next = self.data_out.val();
            }
            if self.number.val() == bits::<8>(63) {
                self.completion15.d.next = self.data_out.val();
            }
            if self.number.val() == bits::<8>(64) {
                self.counter0.d.next = self.data_out.val();
            }
            if self.number.val() == bits::<8>(65) {
                self.counter1.d.next = self.data_out.val();
            }
            if self.number.val() == bits::<8>(66) {
                self.counter2.d.next = self.data_out.val();
            }
            if self.number.val() == bits::<8>(67) {
                self.counter3.d.next = self.data_out.val();
            }
            if self.number.val() == bits::<8>(68) {
                self.counter4.d.next = self.data_out.val();
            }
            if self.number.val() == bits::<8>(69) {
                self.counter5.d.next = self.data_out.val();
            }
            if self.number.val() == bits::<8>(70) {
                self.counter6.d.next = self.data_out.val();
            }
            if self.number.val() == bits::<8>(71) {
                self.counter7.d.next = self.data_out.val();
            }
            if self.number.val() == bits::<8>(72) {
                self.counter8.d.next = self.data_out.val();
            }
            if self.number.val() == bits::<8>(73) {
                self.counter9.d.next = self.data_out.val();
            }
            if self.number.val() == bits::<8>(74) {
                self.counter10.d.next = self.data_out.val();
            }
            if self.number.val() == bits::<8>(75) {
                self.counter11.d.next = self.data_out.val();
            }
            if self.number.val() == bits::<8>(76) {
                self.counter12.d.next = self.data_out.val();
            }
            if self.number.val() == bits::<8>(77) {
                self.counter13.d.next = self.data_out.val();
            }
            if self.number.val() == bits::<8>(78) {
                self.counter14.d.next = self.data_out.val();
            }
            if self.number.val() == bits::<8>(79) {
                self.counter15.d.next = self.data_out.val();
            }
            if self.number.val() == bits::<8>(80) {
                self.counter16.d.next = self.data_out.val();
            }
            if self.number.val() == bits::<8>(81) {
                self.counter17.d.next = self.data_out.val();
            }
            if self.number.val() == bits::<8>(82) {
                self.counter18.d.next = self.data_out.val();
            }
            if self.number.val() == bits::<8>(83) {
                self.counter19.d.next = self.data_out.val();
            }
            if self.number.val() == bits::<8>(84) {
                self.counter20.d.next = self.data_out.val();
            }
            if self.number.val() == bits::<8>(85) {
                self.counter21.d.next = self.data_out.val();
            }
            if self.number.val() == bits::<8>(86) {
                self.counter22.d.next = self.data_out.val();
            }
            if self.number.val() == bits::<8>(87) {
                self.counter23.d.next = self.data_out.val();
            }
            if self.number.val() == bits::<8>(88) {
                self.counter24.d.next = self.data_out.val();
            }
            if self.number.val() == bits::<8>(89) {
                self.counter25.d.next = self.data_out.val();
            }
            if self.number.val() == bits::<8>(90) {
                self.counter26.d.next = self.data_out.val();
            }
            if self.number.val() == bits::<8>(91) {
                self.counter27.d.next = self.data_out.val();
            }
            if self.number.val() == bits::<8>(92) {
                self.counter28.d.next = self.data_out.val();
            }
            if self.number.val() == bits::<8>(93) {
                self.counter29.d.next = self.data_out.val();
            }
            if self.number.val() == bits::<8>(7) {
                self.beats_word.d.next = self.data_out.val().get_bits::<20>(0);
            }
            if self.number.val() == bits::<8>(17) {
                self.flags_word.d.next = self.data_out.val().get_bits::<10>(0);
            }
            if self.number.val() == bits::<8>(15) {
                self.hold.d.next = self.data_out.val().get_bit(0);
            }
            if self.number.val() == bits::<8>(36) {
                self.outcome_word.d.next = self.data_out.val().get_bits::<5>(0);
            }
            if self.number.val() == bits::<8>(34) {
                self.idle_bit.d.next = self.data_out.val().get_bit(0);
            }
            if self.number.val() == bits::<8>(32) {
                self.fault_code.d.next = self.data_out.val().get_bits::<8>(0);
                self.faulted.d.next = true;
            }
            if self.number.val() == bits::<8>(1) {
                self.far_go.d.next = true;
                self.far_quiet_bit.d.next = self.data_out.val().get_bit(8);
                self.source_word.d.next = self.data_out.val().get_bits::<3>(0);
                self.destination_word.d.next = self.data_out.val().get_bits::<3>(4);
            }
            if self.number.val() == bits::<8>(2) {
                self.near_go.d.next = true;
                self.source_word.d.next = self.data_out.val().get_bits::<3>(0);
                self.destination_word.d.next = self.data_out.val().get_bits::<3>(4);
            }
            if self.number.val() == bits::<8>(43) {
                self.far_seen_go.d.next = true;
            }
            if self.number.val().get_bits::<3>(5) == bits::<3>(3) {
                self.head_go.d.next = true;
                self.head_number_word.d.next = self.number.val().get_bits::<5>(0);
                self.head_value.d.next = self.data_out.val();
            }
            if self.number.val() == bits::<8>(42) {
                self.launch_go.d.next = true;
                self.launch_lane_word.d.next = self.data_out.val().get_bits::<5>(0);
                self.launch_block_bit.d.next = self.data_out.val().get_bit(8);
            }
            if self.number.val() == bits::<8>(14) {
                self.map_go.d.next = true;
                self.map_lane_word.d.next = self.data_out.val().get_bits::<5>(0);
                self.map_slot_word.d.next = self.data_out.val().get_bits::<5>(8);
            }
            if self.number.val() == bits::<8>(16) {
                self.table_go.d.next = true;
                self.table_op_word.d.next = self.data_out.val().get_bits::<4>(0);
                self.table_slot_word.d.next = self.data_out.val().get_bits::<5>(8);
                self.gather.d.next = self.data_out.val().get_bit(16);
            }
            if self.number.val() == bits::<8>(21) {
                self.commit_go.d.next = true;
                self.entries_word.d.next = self.data_out.val().get_bits::<16>(0);
                self.commit_slot_word.d.next = self.data_out.val().get_bits::<5>(16);
                self.commit_sequence.d.next =
                    bits_w64(self.seq_low.q.val()) | (bits_w64(self.seq_high.q.val()) << 32_u64);
            }
            if self.number.val() == bits::<8>(22) {
                self.proceed_go.d.next = true;
                self.record_waits.d.next = true;
                self.record_works.d.next = true;
                self.record_bad.d.next = false;
            }
            if self.number.val() == bits::<8>(23) {
                self.refuse_go.d.next = true;
            }
            if self.number.val() == bits::<8>(25) {
                self.asked_go.d.next = true;
            }
            if self.number.val() == bits::<8>(28) {
                self.finish_go.d.next = true;
                self.finish_slot_word.d.next = self.data_out.val().get_bits::<5>(0);
            }
            if self.number.val() == bits::<8>(30) {
                self.seen_go.d.next = true;
            }
            if self.number.val() == bits::<8>(9) {
                self.op_word.d.next = self.data_out.val().get_bits::<4>(0);
                self.op_lane.d.next = self.data_out.val().get_bits::<6>(8);
                self.op_all.d.next = self.data_out.val().get_bit(16);
                self.op_waits.d.next = true;
            }
            if self.number.val() == bits::<8>(13) {
                self.retry.d.next = self.data_out.val();
            }
            if self.number.val() == bits::<8>(24) {
                self.ended.d.next = false;
            }
            if self.number.val() == bits::<8>(31) {
                self.posting.d.next = true;
            }
            if (self.number.val() == bits::<8>(31)) & (!self.data_out.val().get_bit(0)) {
                self.completion3.d.next = bits::<32>(0);
                self.completion4.d.next = bits::<32>(0);
                self.completion5.d.next = bits::<32>(0);
                self.completion6.d.next = bits::<32>(0);
                self.completion7.d.next = bits::<32>(0);
                self.completion8.d.next = bits::<32>(0);
                self.completion9.d.next = bits::<32>(0);
                self.completion10.d.next = bits::<32>(0);
                self.completion11.d.next = bits::<32>(0);
                self.completion12.d.next = bits::<32>(0);
                self.completion13.d.next = bits::<32>(0);
                self.completion14.d.next = bits::<32>(0);
                self.completion15.d.next = bits::<32>(0);
            }
        }

        // Outputs.
        // Three rows of the header, four a write record.
        self.record_count.next = (bit_cast::<20, 16>(self.changes.val()) << bits::<20>(2)) + bits::<20>(3);
        self.full_words.next = bits_w512(self.completion0.q.val())
            | (bits_w512(self.completion1.q.val()) << 32_u64)
            | (bits_w512(self.completion2.q.val()) << 64_u64)
            | (bits_w512(self.completion3.q.val()) << 96_u64)
            | (bits_w512(self.completion4.q.val()) << 128_u64)
            | (bits_w512(self.completion5.q.val()) << 160_u64)
            | (bits_w512(self.completion6.q.val()) << 192_u64)
            | (bits_w512(self.completion7.q.val()) << 224_u64)
            | (bits_w512(self.completion8.q.val()) << 256_u64)
            | (bits_w512(self.completion9.q.val()) << 288_u64)
            | (bits_w512(self.completion10.q.val()) << 320_u64)
            | (bits_w512(self.completion11.q.val()) << 352_u64)
            | (bits_w512(self.completion12.q.val()) << 384_u64)
            | (bits_w512(self.completion13.q.val()) << 416_u64)
            | (bits_w512(self.completion14.q.val()) << 448_u64)
            | (bits_w512(self.completion15.q.val()) << 480_u64);
        self.entry_ready.next = self.pop.q.val();
        self.far_start.next = self.far_go.q.val();
        self.far_quiet.next = self.far_quiet_bit.q.val();
        self.far_seen.next = self.far_seen_go.q.val();
        self.head_write.next = self.head_go.q.val();
        self.head_number.next = self.head_number_word.q.val();
        self.head_word.next = self.head_value.q.val();
        self.near_start.next = self.near_go.q.val();
        self.launch_start.next = self.launch_go.q.val();
        self.launch_lane.next = self.launch_lane_word.q.val();
        self.launch_block.next = self.launch_block_bit.q.val();
        self.source.next = self.source_word.q.val();
        self.destination.next = self.destination_word.q.val();
        self.source_address.next = bits_w64(self.from_low.q.val()) | (bits_w64(self.from_high.q.val()) << 32_u64);
        self.destination_address.next = bits_w64(self.to_low.q.val()) | (bits_w64(self.to_high.q.val()) << 32_u64);
        self.beats.next = self.beats_word.q.val();
        self.valid_bytes.next = self.valid_word.q.val();
        self.lane_valid.next = self.op_waits.q.val();
        self.lane_number.next = self.op_lane.q.val();
        self.lane_all.next = self.op_all.q.val();
        self.lane_op.next = self.op_word.q.val();
        self.lane_address.next = self.lane_address_word.q.val();
        self.lane_data.next = bits_w256(self.lane_data_word.q.val());
        self.outcome_lane.next = self.outcome_word.q.val();
        self.door_enable.next = self.doors.q.val();
        self.door_retry.next = self.retry.q.val();
        self.map_write.next = self.map_go.q.val();
        self.map_lane.next = self.map_lane_word.q.val();
        self.map_slot.next = self.map_slot_word.q.val();
        self.map_tag.next = self.map_tag_word.q.val();
        self.ask_hold.next = self.ask_hold_bit.q.val();
        self.fill_enable.next = self.fill_enable_bit.q.val();
        self.server_hold.next = self.hold.q.val();
        self.directory_base.next = bits_w64(self.directory_word.q.val());
        self.directory_handles.next = self.handles_word.q.val();
        self.table_start.next = self.table_go.q.val();
        self.table_op.next = self.table_op_word.q.val();
        self.table_slot.next = self.table_slot_word.q.val();
        self.table_flags.next = self.flags_word.q.val();
        self.table_row.next = self.table_row_word.q.val();
        self.table_gather.next = self.gather.q.val();
        self.seq.next = bits_w64(self.seq_low.q.val()) | (bits_w64(self.seq_high.q.val()) << 32_u64);
        self.commit_start.next = self.commit_go.q.val();
        self.commit_entries.next = self.entries_word.q.val();
        self.commit_slot.next = self.commit_slot_word.q.val();
        self.commit_seq.next = self.commit_sequence.q.val();
        self.proceed.next = self.proceed_go.q.val();
        self.refuse.next = self.refuse_go.q.val();
        self.asked_ready.next = self.asked_go.q.val();
        self.record_valid.next = self.record_waits.q.val();
        self.record_address.next = bits_w64(self.record_low.q.val()) | (bits_w64(self.record_high.q.val()) << 32_u64);
        self.record_beats.next = self.record_count.val();
        self.finish.next = self.finish_go.q.val();
        self.finish_slot.next = self.finish_slot_word.q.val();
        self.occupied.next = self.occupied_word.q.val();
        self.aborts_ready.next = self.seen_go.q.val();
        self.completion_valid.next = self.posting.q.val();
        self.completion.next = self.full_words.val();
        self.fault.next = self.faulted.q.val();
        self.fault_error.next = self.fault_code.q.val();
        self.fault_info.next = self.fault_info_word.q.val();
        self.idle.next = self.idle_bit.q.val();
        self.committed.next = bits_w64(self.counter0.q.val()) | (bits_w64(self.counter1.q.val()) << 32_u64);
        self.committed_host.next = bits_w64(self.counter2.q.val()) | (bits_w64(self.counter3.q.val()) << 32_u64);
        self.aborts_counted.next = bits_w64(self.counter4.q.val()) | (bits_w64(self.counter5.q.val()) << 32_u64);
        self.escapes.next = bits_w64(self.counter6.q.val()) | (bits_w64(self.counter7.q.val()) << 32_u64);
        self.assists.next = bits_w64(self.counter8.q.val()) | (bits_w64(self.counter9.q.val()) << 32_u64);
        self.state_reads_shown.next = bits_w64(self.counter10.q.val()) | (bits_w64(self.counter11.q.val()) << 32_u64);
        self.program_words.next = bits_w64(self.counter12.q.val()) | (bits_w64(self.counter13.q.val()) << 32_u64);
        self.firmware_words.next = bits_w64(self.counter14.q.val()) | (bits_w64(self.counter15.q.val()) << 32_u64);
        self.evm_instructions.next = bits_w64(self.counter16.q.val()) | (bits_w64(self.counter17.q.val()) << 32_u64);
        self.evictions_shown.next = bits_w64(self.counter18.q.val()) | (bits_w64(self.counter19.q.val()) << 32_u64);
        self.lane_busy_cycles.next = bits_w64(self.counter20.q.val()) | (bits_w64(self.counter21.q.val()) << 32_u64);
        self.lane_state_wait_cycles.next =
            bits_w64(self.counter22.q.val()) | (bits_w64(self.counter23.q.val()) << 32_u64);
        self.lane_commit_wait_cycles.next =
            bits_w64(self.counter24.q.val()) | (bits_w64(self.counter25.q.val()) << 32_u64);
        self.lane_aborted_cycles.next = bits_w64(self.counter26.q.val()) | (bits_w64(self.counter27.q.val()) << 32_u64);
        self.lane_idle_cycles.next = bits_w64(self.counter28.q.val()) | (bits_w64(self.counter29.q.val()) << 32_u64);

        // Reads.
        self.events.next = bits::<32>(0);
        if self.entry_valid.val() & (!self.pop.q.val()) {
            self.events.next = self.events.val() | bits::<32>(0x1);
        }
        if self.far_ended.val() & (!self.far_seen_go.q.val()) {
            self.events.next = self.events.val() | bits::<32>(0x2);
        }
        if self.far_failed.val() {
            self.events.next = self.events.val() | bits::<32>(0x4);
        }
        if (self.near_busy.val() | self.near_go.q.val()) | (self.launch_busy.val() | self.launch_go.q.val()) {
            self.events.next = self.events.val() | bits::<32>(0x8);
        }
        if self.near_failed.val() {
            self.events.next = self.events.val() | bits::<32>(0x10);
        }
        if self.op_waits.q.val() {
            self.events.next = self.events.val() | bits::<32>(0x20);
        }
        if self.table_busy.val() | self.table_go.q.val() {
            self.events.next = self.events.val() | bits::<32>(0x40);
        }
        if self.commit_busy.val() | self.commit_go.q.val() {
            self.events.next = self.events.val() | bits::<32>(0x80);
        }
        if self.ended.q.val() {
            self.events.next = self.events.val() | bits::<32>(0x100);
        }
        if self.counted.val() & (!self.proceed_go.q.val()) & (!self.refuse_go.q.val()) {
            self.events.next = self.events.val() | bits::<32>(0x200);
        }
        if self.asked.val() & (!self.asked_go.q.val()) {
            self.events.next = self.events.val() | bits::<32>(0x400);
        }
        if self.abort_valid.val() & (!self.seen_go.q.val()) {
            self.events.next = self.events.val() | bits::<32>(0x800);
        }
        if self.posting.q.val() {
            self.events.next = self.events.val() | bits::<32>(0x1000);
        }
        if self.stalled.val() {
            self.events.next = self.events.val() | bits::<32>(0x2000);
        }
        if self.running.val() {
            self.events.next = self.events.val() | bits::<32>(0x4000);
        }
        if self.server_idle.val() {
            self.events.next = self.events.val() | bits::<32>(0x8000);
        }
        if self.record_works.q.val() {
            self.events.next = self.events.val() | bits::<32>(0x10000);
        }
        if self.record_bad.q.val() {
            self.events.next = self.events.val() | bits::<32>(0x20000);
        }
        if self.server_failed.val() {
            self.events.next = self.events.val() | bits::<32>(0x40000);
        }
        if self.fill_works.val() {
            self.events.next = self.events.val() | bits::<32>(0x80000);
        }
        if self.fill_failed.val() {
            self.events.next = self.events.val() | bits::<32>(0x100000);
        }
        if self.fill_bad.val() {
            self.events.next = self.events.val() | bits::<32>(0x200000);
        }
        if self.woken.val() {
            self.events.next = self.events.val() | bits::<32>(0x400000);
        }
        if self.launch_failed.val() {
            self.events.next = self.events.val() | bits::<32>(0x800000);
        }
        if self.launch_bad.val() {
            self.events.next = self.events.val() | bits::<32>(0x1000000);
        }
        self.low_bit.next = bits::<5>(0);
        // The last one that holds is the lowest.
        if self.lowest_word.q.val().get_bit(31) {
            self.low_bit.next = bits::<5>(31);
        }
        if self.lowest_word.q.val().get_bit(30) {
            self.low_bit.next = bits::<5>(30);
        }
        if self.lowest_word.q.val().get_bit(29) {
            self.low_bit.next = bits::<5>(29);
        }
        if self.lowest_word.q.val().get_bit(28) {
            self.low_bit.next = bits::<5>(28);
        }
        if self.lowest_word.q.val().get_bit(27) {
            self.low_bit.next = bits::<5>(27);
        }
        if self.lowest_word.q.val().get_bit(26) {
            self.low_bit.next = bits::<5>(26);
        }
        if self.lowest_word.q.val().get_bit(25) {
            self.low_bit.next = bits::<5>(25);
        }
        if self.lowest_word.q.val().get_bit(24) {
            self.low_bit.next = bits::<5>(24);
        }
        if self.lowest_word.q.val().get_bit(23) {
            self.low_bit.next = bits::<5>(23);
        }
        if self.lowest_word.q.val().get_bit(22) {
            self.low_bit.next = bits::<5>(22);
        }
        if self.lowest_word.q.val().get_bit(21) {
            self.low_bit.next = bits::<5>(21);
        }
        if self.lowest_word.q.val().get_bit(20) {
            self.low_bit.next = bits::<5>(20);
        }
        if self.lowest_word.q.val().get_bit(19) {
            self.low_bit.next = bits::<5>(19);
        }
        if self.lowest_word.q.val().get_bit(18) {
            self.low_bit.next = bits::<5>(18);
        }
        if self.lowest_word.q.val().get_bit(17) {
            self.low_bit.next = bits::<5>(17);
        }
        if self.lowest_word.q.val().get_bit(16) {
            self.low_bit.next = bits::<5>(16);
        }
        if self.lowest_word.q.val().get_bit(15) {
            self.low_bit.next = bits::<5>(15);
        }
        if self.lowest_word.q.val().get_bit(14) {
            self.low_bit.next = bits::<5>(14);
        }
        if self.lowest_word.q.val().get_bit(13) {
            self.low_bit.next = bits::<5>(13);
        }
        if self.lowest_word.q.val().get_bit(12) {
            self.low_bit.next = bits::<5>(12);
        }
        if self.lowest_word.q.val().get_bit(11) {
            self.low_bit.next = bits::<5>(11);
        }
        if self.lowest_word.q.val().get_bit(10) {
            self.low_bit.next = bits::<5>(10);
        }
        if self.lowest_word.q.val().get_bit(9) {
            self.low_bit.next = bits::<5>(9);
        }
        if self.lowest_word.q.val().get_bit(8) {
            self.low_bit.next = bits::<5>(8);
        }
        if self.lowest_word.q.val().get_bit(7) {
            self.low_bit.next = bits::<5>(7);
        }
        if self.lowest_word.q.val().get_bit(6) {
            self.low_bit.next = bits::<5>(6);
        }
        if self.lowest_word.q.val().get_bit(5) {
            self.low_bit.next = bits::<5>(5);
        }
        if self.lowest_word.q.val().get_bit(4) {
            self.low_bit.next = bits::<5>(4);
        }
        if self.lowest_word.q.val().get_bit(3) {
            self.low_bit.next = bits::<5>(3);
        }
        if self.lowest_word.q.val().get_bit(2) {
            self.low_bit.next = bits::<5>(2);
        }
        if self.lowest_word.q.val().get_bit(1) {
            self.low_bit.next = bits::<5>(1);
        }
        if self.lowest_word.q.val().get_bit(0) {
            self.low_bit.next = bits::<5>(0);
        }
        self.commit_value.next =
            (bit_cast::<32, 16>(self.changes.val()) << bits::<32>(16)) | bit_cast::<32, 8>(self.commit_reason.val());
        if self.commit_waits.val() {
            self.commit_value.next = self.commit_value.val() | bits::<32>(0x100);
        }

        self.read_value.next = bits::<32>(0);
        if self.number.val() == bits::<8>(0) {
            self.read_value.next = self.events.val();
        }
        if self.number.val() == bits::<8>(1) {
            self.read_value.next = self.stopped.val();
        }
        if self.number.val() == bits::<8>(2) {
            self.read_value.next = self.blocked.val();
        }
        if self.number.val() == bits::<8>(3) {
            self.read_value.next = self.cycle_low.q.val();
        }
        if self.number.val() == bits::<8>(4) {
            self.read_value.next = self.kept_high.q.val();
        }
        self.table_value.next = bit_cast::<32, 4>(self.table_outcome.val())
            | (bit_cast::<32, 4>(self.table_changed.val()) << bits::<32>(8));
        if self.table_evicted.val() {
            self.table_value.next = self.table_value.val() | bits::<32>(0x10);
        }
        if self.number.val() == bits::<8>(5) {
            self.read_value.next = self.table_value.val();
        }
        if self.number.val() == bits::<8>(6) {
            self.read_value.next = self.table_readers.val();
        }
        if self.number.val() == bits::<8>(7) {
            self.read_value.next = self.table_waiting.val();
        }
        if self.number.val() == bits::<8>(8) {
            self.read_value.next = self.commit_value.val();
        }
        if self.number.val() == bits::<8>(9) {
            self.read_value.next = self.aborts.val();
        }
        if self.number.val() == bits::<8>(10) {
            self.read_value.next = bit_cast::<32, 5>(self.low_bit.val());
        }
        if self.number.val() == bits::<8>(11) {
            self.read_value.next = bit_cast::<32, 4>(self.outcome.val());
        }
        if (self.number.val() == bits::<8>(12)) & self.serving.val() {
            self.read_value.next = bits::<32>(0x100) | bit_cast::<32, 5>(self.serving_lane.val());
        }
        if self.number.val() == bits::<8>(13) {
            self.read_value.next = self.lane_select.val();
        }
        if self.number.val() == bits::<8>(14) {
            self.read_value.next = self.state_reads.val().get_bits::<32>(0);
        }
        if self.number.val() == bits::<8>(15) {
            self.read_value.next = self.state_reads.val().get_bits::<32>(32);
        }
        if self.number.val() == bits::<8>(16) {
            self.read_value.next = self.evictions.val().get_bits::<32>(0);
        }
        if self.number.val() == bits::<8>(17) {
            self.read_value.next = self.evictions.val().get_bits::<32>(32);
        }
        if self.number.val() == bits::<8>(18) {
            self.read_value.next = bit_cast::<32, 17>(self.pending.val());
        }
        if self.number.val() == bits::<8>(19) {
            self.read_value.next = self.waited.val();
        }
        if self.number.val() == bits::<8>(20) {
            self.read_value.next = self.keys_asked.val().get_bits::<32>(0);
        }
        if self.number.val() == bits::<8>(21) {
            self.read_value.next = self.keys_asked.val().get_bits::<32>(32);
        }
        if self.number.val() == bits::<8>(22) {
            self.read_value.next = self.fill_tag.val();
        }
        if self.number.val() == bits::<8>(23) {
            self.read_value.next = self.fill_address.val().get_bits::<32>(0);
        }
        if self.number.val() == bits::<8>(24) {
            self.read_value.next = bit_cast::<32, 5>(self.launched_lane.val());
        }
        if self.number.val() == bits::<8>(25) {
            self.read_value.next = self.far_done.val();
        }
        if self.number.val() == bits::<8>(26) {
            self.read_value.next = self.far_address.val();
        }
        if self.number.val() == bits::<8>(32) {
            self.read_value.next = self.entry.val().get_bits::<32>(0);
        }
        if self.number.val() == bits::<8>(33) {
            self.read_value.next = self.entry.val().get_bits::<32>(32);
        }
        if self.number.val() == bits::<8>(34) {
            self.read_value.next = self.entry.val().get_bits::<32>(64);
        }
        if self.number.val() == bits::<8>(35) {
            self.read_value.next = self.entry.val().get_bits::<32>(96);
        }
        if self.number.val() == bits::<8>(36) {
            self.read_value.next = self.entry.val().get_bits::<32>(128);
        }
        if self.number.val() == bits::<8>(37) {
            self.read_value.next = self.entry.val().get_bits::<32>(160);
        }
        if self.number.val() == bits::<8>(38) {
            self.read_value.next = self.entry.val().get_bits::<32>(192);
        }
        if self.number.val() == bits::<8>(39) {
            self.read_value.next = self.entry.val().get_bits::<32>(224);
        }
        if self.number.val() == bits::<8>(40) {
            self.read_value.next = self.entry.val().get_bits::<32>(256);
        }
        if self.number.val() == bits::<8>(41) {
            self.read_value.next = self.entry.val().get_bits::<32>(288);
        }
        if self.number.val() == bits::<8>(42) {
            self.read_value.next = self.entry.val().get_bits::<32>(320);
        }
        if self.number.val() == bits::<8>(43) {
            self.read_value.next = self.entry.val().get_bits::<32>(352);
        }
        if self.number.val() == bits::<8>(44) {
            self.read_value.next = self.entry.val().get_bits::<32>(384);
        }
        if self.number.val() == bits::<8>(45) {
            self.read_value.next = self.entry.val().get_bits::<32>(416);
        }
        if self.number.val() == bits::<8>(46) {
            self.read_value.next = self.entry.val().get_bits::<32>(448);
        }
        if self.number.val() == bits::<8>(47) {
            self.read_value.next = self.entry.val().get_bits::<32>(480);
        }
        if self.number.val() == bits::<8>(48) {
            self.read_value.next = bit_cast::<32, 2>(self.asked_kind.val());
        }
        if self.number.val() == bits::<8>(49) {
            self.read_value.next = self.asked_address.val().get_bits::<32>(0);
        }
        if self.number.val() == bits::<8>(50) {
            self.read_value.next = self.asked_address.val().get_bits::<32>(32);
        }
        if self.number.val() == bits::<8>(51) {
            self.read_value.next = self.asked_address.val().get_bits::<32>(64);
        }
        if self.number.val() == bits::<8>(52) {
            self.read_value.next = self.asked_address.val().get_bits::<32>(96);
        }
        if self.number.val() == bits::<8>(53) {
            self.read_value.next = self.asked_address.val().get_bits::<32>(128);
        }
        if self.number.val() == bits::<8>(56) {
            self.read_value.next = self.asked_slot.val().get_bits::<32>(0);
        }
        if self.number.val() == bits::<8>(57) {
            self.read_value.next = self.asked_slot.val().get_bits::<32>(32);
        }
        if self.number.val() == bits::<8>(58) {
            self.read_value.next = self.asked_slot.val().get_bits::<32>(64);
        }
        if self.number.val() == bits::<8>(59) {
            self.read_value.next = self.asked_slot.val().get_bits::<32>(96);
        }
        if self.number.val() == bits::<8>(60) {
            self.read_value.next = self.asked_slot.val().get_bits::<32>(128);
        }
        if self.number.val() == bits::<8>(61) {
            self.read_value.next = self.asked_slot.val().get_bits::<32>(160);
        }
        if self.number.val() == bits::<8>(62) {
            self.read_value.next = self.asked_slot.val().get_bits::<32>(192);
        }
        if self.number.val() == bits::<8>(63) {
            self.read_value.next = self.asked_slot.val().get_bits::<32>(224);
        }
        if self.reads.val() {
            self.read_word.d.next = self.read_value.val();
            // The high word belongs to the low one.
            if self.number.val() == bits::<8>(3) {
                self.kept_high.d.next = self.cycle_high.q.val();
            }
        }
        self.data_in.next = self.read_word.q.val();
    }
}
