//! Lane: executes one attempt of one transaction, privately.
//!
//! # Algorithm
//! Single issue, in order. A word passes F (code cache), I (decode, hazards, operand addresses), R (operand read and
//! forwarding), X1 and X2 (two-stage units, memory address, branch decision) and W (operand RAM). Results are forwarded
//! from X2 and the two cycles after it, so a word can use one that was issued two cycles before. A load's data comes back
//! three cycles after its X2 and takes the place of a result there. A word takes effect in X2 at the earliest;
//! what X2 finds out (branch taken, out of gas, memory too small) becomes `kill` in the next cycle, which
//! drops everything younger. Words that take longer run alone: the sequencer ([`stage`]) works while nothing else is in
//! the pipeline. Words with more than two sources pass several times (phases). TSTORE, SET and CREDIT are posted: they leave
//! the sequencer as the access unit takes them. Until it is done, no other word runs alone than those of the unit, which wait for it;
//! an escape then ends the attempt, whatever has executed since. A load or store just beyond the end of memory drops what is
//! younger, lets the sequencer extend the memory, and is executed again.
//!
//! # Handshake
//! `start` begins an attempt whose payload and environment words are in place; `status` tells how it stands. While it asks
//! for state (`state_request`), for lines of the code store (`fill_request`), or stops with a status that waits, it
//! goes on with the answer. When lines of the code store change, `code_drop` has the cache forget them, one a cycle, or
//! `code_flush` all of them, before `code_resume`. `reset` aborts it. While the lane is off, has ended, or waits for the host's
//! answer, `port_*` and `env_*` reach its memories from outside.
//!
//! # Latency
//! Words a cycle: one; see `docs/rtl.md` for each operation. Reset: everything idle in the next cycle; memories keep
//! their contents, which the next attempt cannot see.

// Kernels know no `&&`.
#![allow(clippy::collapsible_if)]

pub mod control;
pub mod frame_records;
pub mod gas;
pub mod growth;
pub mod layout;
pub mod line;
pub mod load_mask;
pub mod ports;
pub mod size;
pub mod stage;

use control::{ControlTable, Kind, Routine, Unit};
use frame_records::FrameRecords;
use gas::GasCounter;
use gaslane_abi::codes::{CardError, Escape, Halt, Status};
use gaslane_abi::{env, isa};
use growth::GrowthPrice;
pub use layout::LaneLayout;
use line::{ByteLength, JumpBlockLookup, LineFields, Reverse};
use load_mask::LoadMask;
pub use ports::{LaneInputs, LaneOutputs, LaneSimulator};
use rust_hdl_core::prelude::*;
use rust_hdl_widgets::prelude::*;
pub use size::{LaneSize, LargeLane, SmallLane};
use stage::Stage;

use crate::access::AccessUnit;
use crate::alu::logic::LogicOp;
use crate::alu::shift::ShiftOp;
use crate::alu::{AddSub, ByteUnit, Clz, LogicUnit, MulDiv, Shifter};
use crate::code::{CodeCache, ConstantUnit};
use crate::hash::HashEngine;
use crate::leaf::{OperandRam, Ram};
use crate::memory::{CopyEngine, LaneMemory};
use crate::word::{W64, W160, W256, bits_w64, bits_w160, bits_w256};

/// Declares the lane and its constructor.
macro_rules! lane {
    ($(#[$meta:meta])* fields { $($(#[$doc:meta])* $vis:vis $field:ident: $type:ty,)* } constants { $($(#[$cdoc:meta])* $constant:ident: $ctype:ty = $value:expr;)* }) => {
        $(#[$meta])*
        #[derive(LogicBlock)]
        pub struct Lane<const O: usize, const R: usize, const E: usize, const U: usize, const F: usize, const C: usize> {
            /// Access table.
            access: AccessUnit<E, U>,
            $($(#[$doc])* $vis $field: $type,)*
            $($(#[$cdoc])* $constant: Constant<$ctype>,)*
        }

        impl<const O: usize, const R: usize, const E: usize, const U: usize, const F: usize, const C: usize> Lane<O, R, E, U, F, C> {
            /// A lane with that layout.
            pub fn new(layout: &LaneLayout) -> Self {
                let lane = layout;
                Self {
                    access: AccessUnit::default(),
                    $($field: Default::default(),)*
                    $($constant: { let value: fn(&LaneLayout) -> $ctype = $value; Constant::new(value(lane)) },)*
                }
            }
        }
    };
}

lane! {
    /// The lane: 2^`O` operand words, 2^`R` rows of memory, 2^`E` − 1 entries of the access table, 2^`U` undo records, 2^`F`
    /// frames, 2^`C` lines of code cache.
    fields {
        /// Clock.
        pub clock: Signal<In, Clock>,
        /// Aborts.
        pub reset: Signal<In, Bit>,
        /// Begins an attempt.
        pub start: Signal<In, Bit>,
        /// Place of the transaction's calldata in lane memory.
        pub calldata_start: Signal<In, Bits<20>>,
        /// Its length.
        pub calldata_bytes: Signal<In, Bits<20>>,
        /// Length of the payload.
        pub payload_bytes: Signal<In, Bits<20>>,
        /// Length of the record buffer in host memory.
        pub record_bytes: Signal<In, Bits<32>>,
        /// The transaction is the head.
        pub is_head: Signal<In, Bit>,
        /// Data from outside: a row of memory, an environment word, or the value of an answer.
        pub port_data: Signal<In, W256>,
        /// Store a row of memory.
        pub port_store: Signal<In, Bit>,
        /// Byte address of the row to store or load.
        pub port_address: Signal<In, Bits<20>>,
        /// Write an environment word.
        pub env_write: Signal<In, Bit>,
        /// Environment word to write or read.
        pub env_index: Signal<In, Bits<7>>,
        /// Row of the access table to read.
        pub drain_row: Signal<In, Bits<16>>,
        /// The state table answers.
        pub state_valid: Signal<In, Bit>,
        /// Balance, nonce, value or hash.
        pub state_value: Signal<In, W256>,
        /// Code: handle << 32 | bytes.
        pub state_code: Signal<In, W64>,
        /// The refill request is taken.
        pub fill_ready: Signal<In, Bit>,
        /// A line of the refill.
        pub fill_valid: Signal<In, Bit>,
        /// The line.
        pub fill_data: Signal<In, W256>,
        /// The code store has changed.
        pub code_flush: Signal<In, Bit>,
        /// One line of it has changed.
        pub code_drop: Signal<In, Bit>,
        /// That line.
        pub drop_line: Signal<In, Bits<32>>,
        /// Missing words may be there.
        pub code_resume: Signal<In, Bit>,
        /// The host has answered: `port_data` is the value, S3, S4 and the return buffer hold the rest.
        pub answer_valid: Signal<In, Bit>,
        /// Length of the answer's output.
        pub answer_bytes: Signal<In, Bits<20>>,

        /// 0 off, 1 running, 2 words missing, 3 asks the host, 4 done, 5 escaped, 6 error.
        pub status: Signal<Out, Bits<4>>,
        /// Escape or card error.
        pub reason: Signal<Out, Bits<8>>,
        /// Row at `port_address` three cycles ago.
        pub port_loaded: Signal<Out, W256>,
        /// Environment word `env_index`, a cycle later.
        pub env_word: Signal<Out, W256>,
        /// Row of the access table, a cycle later.
        pub drain_data: Signal<Out, W256>,
        /// Entries of the access table.
        pub entries: Signal<Out, Bits<16>>,
        /// Asks for committed state.
        pub state_request: Signal<Out, Bit>,
        /// Kind of key.
        pub state_kind: Signal<Out, Bits<2>>,
        /// Account.
        pub state_address: Signal<Out, W160>,
        /// Slot or block number.
        pub state_slot: Signal<Out, W256>,
        /// 0 balance or value, 1 nonce, 2 code.
        pub state_field: Signal<Out, Bits<2>>,
        /// Waits to be the head.
        pub head_wait: Signal<Out, Bit>,
        /// Asks for lines of the code store.
        pub fill_request: Signal<Out, Bit>,
        /// First line.
        pub fill_line: Signal<Out, Bits<32>>,
        /// Handle of the code that lacks words.
        pub missing_handle: Signal<Out, Bits<32>>,
        /// Request number of the MISS, or EVM program counter.
        pub missing_number: Signal<Out, Bits<32>>,
        /// Assist asked for.
        pub ask_kind: Signal<Out, Bits<8>>,
        /// Place of the input in lane memory.
        pub ask_address: Signal<Out, Bits<20>>,
        /// Bytes of it that exist.
        pub ask_available: Signal<Out, Bits<20>>,
        /// Its length.
        pub ask_bytes: Signal<Out, Bits<20>>,
        /// Status of the transaction.
        pub end_status: Signal<Out, Bits<2>>,
        /// Reason of its halt.
        pub end_halt: Signal<Out, Bits<8>>,
        /// Length of the return buffer.
        pub output_bytes: Signal<Out, Bits<20>>,
        /// Logs.
        pub log_count: Signal<Out, Bits<16>>,
        /// Length of the logs in the log region: for each a header word (address, topics << 160, data length << 192), topics as words, data padded.
        pub log_bytes: Signal<Out, Bits<20>>,
        /// Program words retired.
        pub program_words: Signal<Out, Bits<32>>,
        /// Firmware words retired.
        pub firmware_words: Signal<Out, Bits<32>>,
        /// A word retires.
        pub retire: Signal<Out, Bit>,
        /// It is firmware.
        pub retire_firmware: Signal<Out, Bit>,
        /// Its index.
        pub retire_pc: Signal<Out, Bits<20>>,
        /// Gas counter after it.
        pub retire_gas: Signal<Out, W64>,
        /// Operand RAM is written.
        pub write: Signal<Out, Bit>,
        /// Where: stack place, or 3,968 + environment word.
        pub write_address: Signal<Out, Bits<12>>,
        /// What.
        pub write_data: Signal<Out, W256>,
        /// Memory is stored to: first byte beyond what is stored, 0 for no store.
        pub store_end: Signal<Out, Bits<6>>,
        /// First byte stored.
        pub store_skip: Signal<Out, Bits<5>>,
        /// Byte address of byte 0.
        pub store_address: Signal<Out, Bits<20>>,
        /// Data.
        pub store_data: Signal<Out, W256>,
        /// What holds the lane up, for counters: 0 nothing, 1 fetch, 2 dependency, 3 sequencer, 4 waits.
        pub held_by: Signal<Out, Bits<3>>,

        // Units.
        operands: OperandRam<W256, O>,
        cache: CodeCache<C>,
        fields: LineFields,
        jump_block: JumpBlockLookup,
        constant_unit: ConstantUnit,
        table_of_control: ControlTable,
        addsub: AddSub,
        logic_unit: LogicUnit,
        shifter: Shifter,
        byte_unit: ByteUnit,
        zeros_unit: Clz,
        muldiv: MulDiv,
        hasher: HashEngine,
        memory: LaneMemory<R>,
        copier: CopyEngine,
        load_mask: LoadMask,
        gas_counter: GasCounter,
        growth: GrowthPrice,
        byte_length: ByteLength,
        reverse: Reverse,
        frame_env: Ram<W256, F, 3>,
        frame_records: FrameRecords<F>,

        // Fetch.
        fetching: DFF<Bit>,
        fetch_pc: DFF<Bits<20>>,
        fetch_valid: DFF<Bit>,
        data_pending: DFF<Bit>,
        in_firmware: DFF<Bit>,
        firmware_line: DFF<Bits<32>>,
        firmware_pool: DFF<Bits<32>>,
        image: DFF<Bits<32>>,
        image_flags: DFF<Bits<32>>,
        image_line: DFF<Bits<32>>,
        image_pool: DFF<Bits<32>>,
        image_index: DFF<Bits<32>>,
        image_entries: DFF<Bits<32>>,
        image_raw: DFF<Bits<32>>,
        image_raw_bytes: DFF<Bits<32>>,
        image_blocks: DFF<Bits<32>>,
        present_pc: Signal<Local, Bits<20>>,
        redirect: Signal<Local, Bit>,
        redirect_pc: Signal<Local, Bits<20>>,
        program_line: Signal<Local, Bits<32>>,
        pool_line: Signal<Local, Bits<32>>,
        data_read: Signal<Local, Bit>,
        data_line: Signal<Local, Bits<32>>,
        data_ready: Signal<Local, Bit>,
        data_missed: Signal<Local, Bit>,
        word_ready: Signal<Local, Bit>,

        // Issue.
        i_valid: DFF<Bit>,
        i_word: DFF<W64>,
        i_pc: DFF<Bits<20>>,
        i_phase: DFF<Bits<2>>,
        pool_state: DFF<Bits<2>>,
        pool_value: DFF<W256>,
        range_first: DFF<Bit>,
        i_imm: Signal<Local, Bits<32>>,
        i_mode: Signal<Local, Bits<3>>,
        i_dst: Signal<Local, Bits<7>>,
        i_a: Signal<Local, Bits<7>>,
        i_b: Signal<Local, Bits<7>>,
        i_c: Signal<Local, Bits<7>>,
        a_env: Signal<Local, Bit>,
        b_env: Signal<Local, Bit>,
        a_const: Signal<Local, Bit>,
        b_const: Signal<Local, Bit>,
        extended: Signal<Local, Bit>,
        extended_pool: Signal<Local, Bit>,
        both_short: Signal<Local, Bit>,
        setcode: Signal<Local, Bit>,
        last_phase: Signal<Local, Bit>,
        side_a_slot: Signal<Local, Bit>,
        side_a_const: Signal<Local, Bit>,
        side_b_slot: Signal<Local, Bit>,
        side_b_const: Signal<Local, Bit>,
        side_b_short: Signal<Local, Bit>,
        short: Signal<Local, Bits<16>>,
        third_pool: Signal<Local, Bit>,
        pool_needed: Signal<Local, Bit>,
        pool_index: Signal<Local, Bits<16>>,
        slot_a: Signal<Local, Bits<7>>,
        slot_b: Signal<Local, Bits<7>>,
        side_a_env: Signal<Local, Bit>,
        side_b_env: Signal<Local, Bit>,
        wide_a: Signal<Local, Bits<12>>,
        wide_b: Signal<Local, Bits<12>>,
        wide_dst: Signal<Local, Bits<12>>,
        address_a: Signal<Local, Bits<12>>,
        address_b: Signal<Local, Bits<12>>,
        address_dst: Signal<Local, Bits<12>>,
        i_env: Signal<Local, Bits<12>>,
        i_writes: Signal<Local, Bit>,
        serial_kind: Signal<Local, Bit>,
        hazard: Signal<Local, Bit>,
        loads_in_flight: Signal<Local, Bit>,
        issue: Signal<Local, Bit>,
        leaves: Signal<Local, Bit>,
        i_ready: Signal<Local, Bit>,
        jump_now: Signal<Local, Bit>,
        constant_kind: Signal<Local, Bits<3>>,
        outside: Signal<Local, Bit>,
        scalar_value: Signal<Local, W64>,
        sp: DFF<Bits<12>>,

        // Operand read.
        r_valid: DFF<Bit>,
        r_kind: DFF<Kind>,
        r_unit: DFF<Unit>,
        r_routine: DFF<Routine>,
        r_action: DFF<Bits<4>>,
        r_last: DFF<Bit>,
        r_firmware: DFF<Bit>,
        r_pc: DFF<Bits<20>>,
        r_sp: DFF<Bits<12>>,
        r_imm: DFF<Bits<32>>,
        r_fields: DFF<Bits<32>>,
        r_dst: DFF<Bits<12>>,
        r_writes: DFF<Bit>,
        r_result: DFF<Bit>,
        r_a_ram: DFF<Bit>,
        r_a_const: DFF<Bit>,
        r_a_x2: DFF<Bit>,
        r_a_w: DFF<Bit>,
        r_a_w2: DFF<Bit>,
        r_b_ram: DFF<Bit>,
        r_b_const: DFF<Bit>,
        r_b_x2: DFF<Bit>,
        r_b_w: DFF<Bit>,
        r_b_w2: DFF<Bit>,
        r_b_short: DFF<Bit>,
        r_short: DFF<Bits<16>>,
        r_pool: DFF<Bit>,
        r_scalar: DFF<Bit>,
        scalar: DFF<W64>,
        constant: Signal<Local, W256>,
        signs: Signal<Local, W256>,
        pick_a: [Signal<Local, W256>; 5],
        pick_b: [Signal<Local, W256>; 6],
        distance: Signal<Local, Bits<20>>,

        // First execute stage.
        x1_valid: DFF<Bit>,
        x1_kind: DFF<Kind>,
        x1_unit: DFF<Unit>,
        x1_routine: DFF<Routine>,
        x1_action: DFF<Bits<4>>,
        x1_last: DFF<Bit>,
        x1_firmware: DFF<Bit>,
        x1_pc: DFF<Bits<20>>,
        x1_sp: DFF<Bits<12>>,
        x1_imm: DFF<Bits<32>>,
        x1_fields: DFF<Bits<32>>,
        x1_dst: DFF<Bits<12>>,
        x1_writes: DFF<Bit>,
        x1_result: DFF<Bit>,
        x1_target: DFF<Bits<20>>,
        x1_a: DFF<W256>,
        x1_b: DFF<W256>,
        third: DFF<W256>,
        source: DFF<Bits<21>>,
        source_far: DFF<Bit>,
        low_a: Signal<Local, Bits<20>>,
        access_base: Signal<Local, Bits<20>>,
        height: Signal<Local, Bits<13>>,
        grown: Signal<Local, Bits<13>>,
        highest: Signal<Local, Bits<13>>,
        need: Signal<Local, Bits<13>>,
        low_end: Signal<Local, Bits<21>>,

        // Second execute stage.
        x2_valid: DFF<Bit>,
        x2_kind: DFF<Kind>,
        x2_unit: DFF<Unit>,
        x2_routine: DFF<Routine>,
        x2_action: DFF<Bits<4>>,
        x2_last: DFF<Bit>,
        x2_firmware: DFF<Bit>,
        x2_pc: DFF<Bits<20>>,
        x2_sp: DFF<Bits<12>>,
        x2_imm: DFF<Bits<32>>,
        x2_fields: DFF<Bits<32>>,
        x2_dst: DFF<Bits<12>>,
        x2_writes: DFF<Bit>,
        x2_result: DFF<Bit>,
        x2_target: DFF<Bits<20>>,
        x2_b: DFF<W256>,
        x2_address: DFF<Bits<20>>,
        x2_end: DFF<Bits<21>>,
        x2_far: DFF<Bit>,
        x2_left: DFF<Bits<21>>,
        x2_stack: DFF<Bit>,
        x2_full: DFF<Bit>,
        live: Signal<Local, Bit>,
        in_range: Signal<Local, Bit>,
        grows: Signal<Local, Bit>,
        third_slot: Signal<Local, Bit>,
        load_go: Signal<Local, Bit>,
        store_go: Signal<Local, Bit>,
        range_fault: Signal<Local, Bit>,
        grow_fault: Signal<Local, Bit>,
        grow_near: Signal<Local, Bit>,
        grow_end: Signal<Local, Bits<22>>,
        condition: Signal<Local, Bit>,
        taken: Signal<Local, Bit>,
        segment_fault: Signal<Local, Bit>,
        segment_ok: Signal<Local, Bit>,
        fault: Signal<Local, Bit>,
        serial_now: Signal<Local, Bit>,
        result_value: Signal<Local, W256>,
        result_picks: [Signal<Local, W256>; 7],
        kill: DFF<Bit>,
        kill_fetch: DFF<Bit>,
        kill_pc: DFF<Bits<20>>,
        kill_sp: DFF<Bits<12>>,

        // Loads on their way.
        load1: DFF<Bit>,
        load2: DFF<Bit>,
        load3: DFF<Bit>,
        load1_dst: DFF<Bits<12>>,
        load2_dst: DFF<Bits<12>>,
        load3_dst: DFF<Bits<12>>,
        load1_keep: DFF<Bits<6>>,
        load2_keep: DFF<Bits<6>>,
        load3_keep: DFF<Bits<6>>,

        // Results on their way to operand RAM.
        slot1_valid: Signal<Local, Bit>,
        slot1: Signal<Local, Bits<12>>,
        slot2_valid: Signal<Local, Bit>,
        slot2: Signal<Local, Bits<12>>,
        w_valid: DFF<Bit>,
        w_address: DFF<Bits<12>>,
        w_value: DFF<W256>,
        w2_valid: DFF<Bit>,
        w2_address: DFF<Bits<12>>,
        w2_value: DFF<W256>,
        w_env: Signal<Local, Bit>,
        w_index: Signal<Local, Bits<7>>,

        // Copies of environment words.
        return_size: DFF<Bits<32>>,
        gas_warm: DFF<Bits<32>>,
        gas_cold_slot: DFF<Bits<32>>,
        gas_cold_account: DFF<Bits<32>>,
        gas_exp_byte: DFF<Bits<16>>,
        access_words: DFF<Bits<16>>,
        auth_count: DFF<Bits<16>>,
        blob_count: DFF<Bits<16>>,
        address: DFF<W160>,

        // Sequencer.
        stage: DFF<Stage>,
        serial: DFF<Bit>,
        /// The access unit works on an operation that nothing waits for.
        posted: DFF<Bit>,
        posted_kind: Signal<Local, Bit>,
        posting: Signal<Local, Bit>,
        access_ready: Signal<Local, Bit>,
        ended_status: DFF<Bits<4>>,
        ended_reason: DFF<Bits<8>>,
        transaction_status: DFF<Bits<2>>,
        frame_status: DFF<Bits<2>>,
        end_offset: DFF<Bits<20>>,
        end_bytes: DFF<Bits<20>>,
        halt: DFF<Bits<8>>,
        halting: DFF<Bits<8>>,
        frame_base: DFF<Bits<12>>,
        next_frame_base: DFF<Bits<12>>,
        used: DFF<Bits<7>>,
        depth: DFF<Bits<12>>,
        memory_base: DFF<Bits<20>>,
        memory_bytes: DFF<Bits<20>>,
        refund: DFF<W64>,
        is_static: DFF<Bit>,
        trap_pc: DFF<Bits<20>>,
        trap_sp: DFF<Bits<12>>,
        trap_dst: DFF<Bits<12>>,
        trap_ahead: DFF<Bits<16>>,
        frame_calldata_start: DFF<Bits<20>>,
        frame_calldata_bytes: DFF<Bits<20>>,
        mark_undo: DFF<Bits<16>>,
        mark_refund: DFF<W64>,
        mark_logs: DFF<Bits<16>>,
        mark_log_bytes: DFF<Bits<20>>,
        return_bytes: DFF<Bits<20>>,
        logs: DFF<Bits<16>>,
        logged_bytes: DFF<Bits<20>>,
        topics: DFF<Bits<3>>,
        ext_account: DFF<Bits<16>>,
        charge: DFF<W64>,
        range_near: DFF<Bit>,
        range_beyond: DFF<Bit>,
        range_empty: DFF<Bit>,
        range_end: DFF<Bits<22>>,
        range_offset: DFF<Bits<20>>,
        range_bytes: DFF<Bits<20>>,
        range_source: DFF<Bit>,
        new_words: DFF<Bits<16>>,
        growing: DFF<Bit>,
        count: DFF<Bits<4>>,
        lookup: DFF<Bits<32>>,
        jump_entry: DFF<Bits<32>>,
        jump_place: DFF<Bits<21>>,
        target_address: DFF<Bits<20>>,
        copy_line: DFF<Bits<32>>,
        copy_raw_bytes: DFF<Bits<32>>,
        copy_kind: DFF<Bits<2>>,
        copy_source: DFF<Bits<20>>,
        copy_limit: DFF<Bits<21>>,
        copy_available: DFF<Bits<20>>,
        copy_target: DFF<Bits<20>>,
        copy_length: DFF<Bits<20>>,
        copy_go: DFF<Bit>,
        hash_go: DFF<Bit>,
        muldiv_go: DFF<Bit>,
        slow: DFF<W256>,
        slow_write: DFF<Bit>,
        slow_address: DFF<Bits<12>>,
        slow_store: DFF<Bit>,
        slow_store_address: DFF<Bits<20>>,
        retired: DFF<Bit>,
        retired_firmware: DFF<Bit>,
        retired_pc: DFF<Bits<20>>,
        words_of_program: DFF<Bits<32>>,
        words_of_firmware: DFF<Bits<32>>,
        own_cycles: DFF<Bits<32>>,
        missing: DFF<Bits<32>>,
        asked: DFF<Bits<8>>,
        asked_address: DFF<Bits<20>>,
        asked_available: DFF<Bits<20>>,
        asked_bytes: DFF<Bits<20>>,
        expired: DFF<Bit>,
        end_serial: Signal<Local, Bit>,
        jump: Signal<Local, Bit>,
        jump_pc: Signal<Local, Bits<20>>,
        put: Signal<Local, Bit>,
        put_address: Signal<Local, Bits<12>>,
        put_little: Signal<Local, Bit>,
        little: Signal<Local, W64>,
        little_signed: Signal<Local, Bit>,
        slow_picks: [Signal<Local, W256>; 9],
        do_halt: Signal<Local, Bit>,
        halt_code: Signal<Local, Bits<8>>,
        do_escape: Signal<Local, Bit>,
        escape_code: Signal<Local, Bits<8>>,
        do_error: Signal<Local, Bit>,
        gas_set: Signal<Local, Bit>,
        gas_add: Signal<Local, Bit>,
        gas_subtract: Signal<Local, Bit>,
        gas_amount: Signal<Local, W64>,
        refund14: Signal<Local, Bits<14>>,
        clamped: Signal<Local, W64>,
        far_a: Signal<Local, Bit>,
        far_b: Signal<Local, Bit>,
        near_end: Signal<Local, Bits<22>>,
        sum_end: Signal<Local, Bits<22>>,
        old_words: Signal<Local, Bits<16>>,
        rounded: Signal<Local, Bits<22>>,
        words: Signal<Local, Bits<16>>,
        padded: Signal<Local, Bits<20>>,
        wire_bytes: Signal<Local, Bits<32>>,
        log_total: Signal<Local, Bits<21>>,
        log_after: Signal<Local, Bits<21>>,
        topic_bytes: Signal<Local, Bits<20>>,
        topic_room: Signal<Local, Bits<21>>,
        topic_fits: Signal<Local, Bit>,
        room: Signal<Local, Bits<22>>,
        index_low: Signal<Local, Bits<20>>,
        waiting: Signal<Local, Bit>,
        load_from: Signal<Local, Bits<20>>,
        state_op: Signal<Local, Bits<4>>,
        exp_price: Signal<Local, Bits<32>>,
        exp_bytes: Signal<Local, Bits<16>>,
        price: Signal<Local, Bits<32>>,
        copy_left: Signal<Local, Bits<21>>,
        count_before: Signal<Local, Bits<4>>,
        store_at: Signal<Local, Bits<20>>,
        store_word: Signal<Local, W256>,
        store_from: Signal<Local, Bits<5>>,
        store_to: Signal<Local, Bits<6>>,
        load_at: Signal<Local, Bits<20>>,
        pc_wide: Signal<Local, Bits<32>>,
        sp_wide: Signal<Local, Bits<13>>,
        bytes21: Signal<Local, Bits<21>>,
        source21: Signal<Local, Bits<21>>,
        sum32: Signal<Local, Bits<32>>,
        row_end: Signal<Local, Bits<22>>,
        row_limit: Signal<Local, Bits<22>>,
        halt_asked: Signal<Local, Bits<8>>,
        field_asked: Signal<Local, Bits<8>>,
        frame_slot: Signal<Local, Bits<16>>,
        sequencer_reads: Signal<Local, Bit>,
        read_index: Signal<Local, Bits<7>>,
        header: Signal<Local, W256>,
        sp_next: Signal<Local, Bits<12>>,
        payload_row: Signal<Local, Bits<20>>,
        list_words: Signal<Local, Bits<20>>,
        waiting_for_words: DFF<Bit>,
    }
    constants {
        zero: W256 = |_| W256::ZERO;
        ones: W256 = |_| W256::MAX;
        zero64: W64 = |_| W64::ZERO;
        most: W64 = |_| W64::from_limbs([(1 << 63) - 1]);
        /// First environment word in operand addresses.
        env_first: Bits<12> = |_| 0xf80.into();
        guard: Bits<12> = |_| u64::from(layout::GUARD).into();
        stack_limit: Bits<13> = |lane| u64::from(lane.stack_limit).into();
        frames_limit: Bits<12> = |lane| u64::from(lane.frames).into();
        arena_bytes: Bits<22> = |lane| u64::from(lane.arena_bytes).into();
        payload_start: Bits<20> = |lane| u64::from(lane.payload_start).into();
        return_start: Bits<20> = |lane| u64::from(lane.return_start).into();
        return_limit: Bits<20> = |lane| u64::from(lane.return_bytes).into();
        log_start: Bits<20> = |lane| u64::from(lane.log_start).into();
        log_limit: Bits<21> = |lane| u64::from(lane.log_bytes).into();
        watchdog: Bits<32> = |lane| lane.watchdog_cycles.min(u64::from(u32::MAX)).into();
        grow_most: Bits<22> = |_| (isa::GROW_BYTES_MAX as u64).into();
        e_a0: Bits<7> = |_| u64::from(env::A0).into();
        e_mem_end: Bits<12> = |_| (0xf80 | u64::from(env::S_MEM_END)).into();
        e_status: Bits<12> = |_| (0xf80 | u64::from(env::S_STATUS)).into();
        e_out_offset: Bits<12> = |_| (0xf80 | u64::from(env::S_OUT_OFFSET)).into();
        e_out_len: Bits<12> = |_| (0xf80 | u64::from(env::S_OUT_LEN)).into();
        e_calldata_size: Bits<12> = |_| (0xf80 | u64::from(env::CALLDATA_SIZE)).into();
        e_return_size: Bits<12> = |_| (0xf80 | u64::from(env::RETURNDATA_SIZE)).into();
        e_code_size: Bits<12> = |_| (0xf80 | u64::from(env::CODE_SIZE)).into();
        e_creating: Bits<12> = |_| (0xf80 | u64::from(env::CREATING)).into();
        i_address: Bits<7> = |_| u64::from(env::ADDRESS).into();
        i_return_size: Bits<7> = |_| u64::from(env::RETURNDATA_SIZE).into();
        i_gas_warm: Bits<7> = |_| u64::from(env::G_WARM_ACCESS).into();
        i_gas_cold_slot: Bits<7> = |_| u64::from(env::G_COLD_SLOAD).into();
        i_gas_cold_account: Bits<7> = |_| u64::from(env::G_COLD_ACCOUNT).into();
        i_gas_exp_byte: Bits<7> = |_| u64::from(env::G_EXP_BYTE).into();
        i_access_words: Bits<7> = |_| u64::from(env::ACCESS_WORDS).into();
        i_auth_count: Bits<7> = |_| u64::from(env::AUTH_COUNT).into();
        i_blob_count: Bits<7> = |_| u64::from(env::BLOB_COUNT).into();
        payload_lists: Bits<20> = |_| (env::PAYLOAD_LISTS as u64).into();
        vector_prologue: Bits<20> = |_| u64::from(isa::vector::PROLOGUE).into();
        vector_frame_end: Bits<20> = |_| u64::from(isa::vector::FRAME_END).into();
        vector_memory: Bits<20> = |_| u64::from(isa::vector::MEMORY).into();
        firmware_handle: Bits<32> = |_| u64::from(gaslane_abi::ring::FIRMWARE_HANDLE).into();
        escape_stack: Bits<8> = |_| (Escape::StackCapacity as u64).into();
        escape_memory: Bits<8> = |_| (Escape::MemoryCapacity as u64).into();
        escape_frames: Bits<8> = |_| (Escape::FrameCapacity as u64).into();
        escape_logs: Bits<8> = |_| (Escape::LogCapacity as u64).into();
        escape_return: Bits<8> = |_| (Escape::ReturnCapacity as u64).into();
        escape_record: Bits<8> = |_| (Escape::RecordCapacity as u64).into();
        escape_watchdog: Bits<8> = |_| (Escape::Watchdog as u64).into();
        escape_balance: Bits<8> = |_| (Escape::BalanceOverflow as u64).into();
        escape_image: Bits<8> = |_| (Escape::Image as u64).into();
        error_instruction: Bits<8> = |_| (CardError::BadInstruction as u64).into();
        error_image: Bits<8> = |_| (CardError::BadImage as u64).into();
        halt_out_of_gas: Bits<8> = |_| (Halt::OutOfGas as u64).into();
        halt_stack: Bits<8> = |_| (Halt::Stack as u64).into();
        halt_jump: Bits<8> = |_| (Halt::BadJump as u64).into();
        halt_opcode: Bits<8> = |_| (Halt::BadOpcode as u64).into();
        halt_static: Bits<8> = |_| (Halt::Static as u64).into();
        halt_return_data: Bits<8> = |_| (Halt::ReturnData as u64).into();
        halt_last: Bits<8> = |_| (Halt::Collision as u64).into();
        status_success: Bits<2> = |_| (Status::Success as u64).into();
        jump_miss: Bits<32> = |_| u64::from(gaslane_abi::image::JUMP_MISS).into();
        field_delegate: Bits<8> = |_| (isa::Field::Delegate as u64).into();
    }
}

impl<const O: usize, const R: usize, const E: usize, const U: usize, const F: usize, const C: usize> Logic
    for Lane<O, R, E, U, F, C>
{
    #[hdl_gen]
    fn update(&mut self) {
        dff_setup!(
            self,
            clock,
            fetching,
            fetch_pc,
            fetch_valid,
            data_pending,
            in_firmware,
            firmware_line,
            firmware_pool,
            image,
            image_flags,
            image_line,
            image_pool,
            image_index,
            image_entries,
            image_raw,
            image_raw_bytes,
            image_blocks,
            i_valid,
            i_word,
            i_pc,
            i_phase,
            pool_state,
            pool_value,
            range_first,
            sp,
            r_valid,
            r_kind,
            r_unit,
            r_routine,
            r_action,
            r_last,
            r_firmware,
            r_pc,
            r_sp,
            r_imm,
            r_fields,
            r_dst,
            r_writes,
            r_result,
            r_a_ram,
            r_a_const,
            r_a_x2,
            r_a_w,
            r_a_w2,
            r_b_ram,
            r_b_const,
            r_b_x2,
            r_b_w,
            r_b_w2,
            r_b_short,
            r_short,
            r_pool,
            r_scalar,
            scalar,
            x1_valid,
            x1_kind,
            x1_unit,
            x1_routine,
            x1_action,
            x1_last,
            x1_firmware,
            x1_pc,
            x1_sp,
            x1_imm,
            x1_fields,
            x1_dst,
            x1_writes,
            x1_result,
            x1_target,
            x1_a,
            x1_b,
            third,
            source,
            source_far,
            x2_valid,
            x2_kind,
            x2_unit,
            x2_routine,
            x2_action,
            x2_last,
            x2_firmware,
            x2_pc,
            x2_sp,
            x2_imm,
            x2_fields,
            x2_dst,
            x2_writes,
            x2_result,
            x2_target,
            x2_b,
            x2_address,
            x2_end,
            x2_far,
            x2_left,
            x2_stack,
            x2_full,
            kill,
            kill_fetch,
            kill_pc,
            kill_sp,
            load1,
            load2,
            load3,
            load1_dst,
            load2_dst,
            load3_dst,
            load1_keep,
            load2_keep,
            load3_keep,
            w_valid,
            w_address,
            w_value,
            w2_valid,
            w2_address,
            w2_value,
            return_size,
            gas_warm,
            gas_cold_slot,
            gas_cold_account,
            gas_exp_byte,
            access_words,
            auth_count,
            blob_count,
            address,
            stage,
            serial,
            posted,
            ended_status,
            ended_reason,
            transaction_status,
            frame_status,
            end_offset,
            end_bytes,
            halt,
            halting,
            frame_base,
            next_frame_base,
            used,
            depth,
            memory_base,
            memory_bytes,
            refund,
            is_static,
            trap_pc,
            trap_sp,
            trap_dst,
            trap_ahead,
            frame_calldata_start,
            frame_calldata_bytes,
            mark_undo,
            mark_refund,
            mark_logs,
            mark_log_bytes,
            return_bytes,
            logs,
            logged_bytes,
            topics,
            ext_account,
            charge,
            range_near,
            range_beyond,
            range_empty,
            range_end,
            range_offset,
            range_bytes,
            range_source,
            new_words,
            growing,
            count,
            lookup,
            jump_entry,
            jump_place,
            target_address,
            copy_line,
            copy_raw_bytes,
            copy_kind,
            copy_source,
            copy_limit,
            copy_available,
            copy_target,
            copy_length,
            copy_go,
            hash_go,
            muldiv_go,
            slow,
            slow_write,
            slow_address,
            slow_store,
            slow_store_address,
            retired,
            retired_firmware,
            retired_pc,
            words_of_program,
            words_of_firmware,
            own_cycles,
            missing,
            asked,
            asked_address,
            asked_available,
            asked_bytes,
            expired,
            waiting_for_words
        );
        clock!(
            self,
            clock,
            operands,
            cache,
            constant_unit,
            addsub,
            logic_unit,
            shifter,
            byte_unit,
            zeros_unit,
            muldiv,
            hasher,
            access,
            memory,
            copier,
            gas_counter,
            growth,
            frame_env,
            frame_records
        );

        // What the sequencer and the stages ask for in this cycle.
        self.end_serial.next = false;
        self.jump.next = false;
        self.jump_pc.next = self.x2_pc.q.val();
        self.sp_next.next = self.sp.q.val();
        self.put.next = false;
        self.put_address.next = self.x2_dst.q.val();
        self.put_little.next = false;
        self.little.next = self.zero64.val();
        self.little_signed.next = false;
        self.do_halt.next = false;
        self.halt_code.next = self.halt_out_of_gas.val();
        self.do_escape.next = false;
        self.escape_code.next = self.escape_image.val();
        self.do_error.next = false;
        self.gas_set.next = false;
        self.gas_add.next = false;
        self.gas_subtract.next = false;
        self.gas_amount.next = self.charge.q.val();
        self.data_read.next = false;
        self.data_line.next = self.lookup.q.val();
        self.sequencer_reads.next = false;
        self.read_index.next = self.env_index.val();
        self.load_from.next = self.port_address.val();
        self.copy_go.d.next = false;
        self.hash_go.d.next = false;
        self.muldiv_go.d.next = false;
        self.slow_write.d.next = false;
        self.slow_store.d.next = false;
        self.retired.d.next = false;
        self.kill.d.next = false;
        self.kill_fetch.d.next = false;
        for i in 0..9 {
            self.slow_picks[i].next = self.zero.val();
        }

        // W: operand RAM and the registers that follow environment words.
        self.operands.write.next = self.w_valid.q.val();
        self.operands.write_address.next = bit_cast::<O, 12>(self.w_address.q.val());
        self.operands.write_data.next = self.w_value.q.val();
        self.w2_valid.d.next = self.w_valid.q.val();
        self.w2_address.d.next = self.w_address.q.val();
        self.w2_value.d.next = self.w_value.q.val();
        self.w_env.next = self.w_valid.q.val() & self.w_address.q.val().get_bits::<5>(7).all();
        self.w_index.next = self.w_address.q.val().get_bits::<7>(0);
        self.access.env_write.next = self.w_env.val();
        self.access.env_index.next = self.w_index.val();
        self.access.env_data.next = self.w_value.q.val();
        if self.w_env.val() {
            if self.w_index.val() == self.i_address.val() {
                self.address.d.next = bits_w160(self.w_value.q.val());
            }
            if self.w_index.val() == self.i_return_size.val() {
                self.return_size.d.next = self.w_value.q.val().get_bits::<32>(0);
            }
            if self.w_index.val() == self.i_gas_warm.val() {
                self.gas_warm.d.next = self.w_value.q.val().get_bits::<32>(0);
            }
            if self.w_index.val() == self.i_gas_cold_slot.val() {
                self.gas_cold_slot.d.next = self.w_value.q.val().get_bits::<32>(0);
            }
            if self.w_index.val() == self.i_gas_cold_account.val() {
                self.gas_cold_account.d.next = self.w_value.q.val().get_bits::<32>(0);
            }
            if self.w_index.val() == self.i_gas_exp_byte.val() {
                self.gas_exp_byte.d.next = self.w_value.q.val().get_bits::<16>(0);
            }
            if self.w_index.val() == self.i_access_words.val() {
                self.access_words.d.next = self.w_value.q.val().get_bits::<16>(0);
            }
            if self.w_index.val() == self.i_auth_count.val() {
                self.auth_count.d.next = self.w_value.q.val().get_bits::<16>(0);
            }
            if self.w_index.val() == self.i_blob_count.val() {
                self.blob_count.d.next = self.w_value.q.val().get_bits::<16>(0);
            }
        }
        self.write.next = self.w_valid.q.val();
        self.write_address.next = self.w_address.q.val();
        self.write_data.next = self.w_value.q.val();

        // Code cache: what was read in the last cycle.
        self.program_line.next = self.image_line.q.val();
        self.pool_line.next = self.image_pool.q.val();
        if self.in_firmware.q.val() {
            self.program_line.next = self.firmware_line.q.val();
            self.pool_line.next = self.firmware_pool.q.val();
        }
        self.data_ready.next = self.data_pending.q.val() & self.cache.hit.val();
        self.data_missed.next = self.data_pending.q.val() & !self.cache.hit.val();
        self.word_ready.next = self.fetch_valid.q.val() & self.cache.hit.val();
        self.fields.line.next = self.cache.data.val();
        self.fields.index.next = self.fetch_pc.q.val().get_bits::<2>(0);
        if self.data_pending.q.val() {
            self.fields.index.next = self.jump_entry.q.val().get_bits::<2>(1);
        }
        self.jump_block.line.next = self.cache.data.val();
        self.jump_block.place.next = self.jump_place.q.val().get_bits::<7>(0);

        // X2: decisions. A word that is killed is not live.
        self.live.next = self.x2_valid.q.val() & !self.kill.q.val();
        self.low_end.next = bit_cast::<21, 20>(self.memory_bytes.q.val());
        self.in_range.next = self.x2_end.q.val() <= self.low_end.val();
        if self.x2_far.q.val() {
            self.in_range.next = false;
        }
        // Memory of a program may grow up to here without a trap.
        self.grow_end.next = bit_cast::<22, 21>(self.x2_end.q.val());
        self.grow_near.next =
            !(self.x2_far.q.val() | self.x2_firmware.q.val()) & (self.grow_end.val() <= self.grow_most.val());
        self.grow_end.next = self.grow_end.val() + bits::<22>(31);
        self.load_go.next = false;
        self.store_go.next = false;
        self.range_fault.next = false;
        self.grow_fault.next = false;
        self.taken.next = false;
        self.segment_fault.next = false;
        self.segment_ok.next = false;
        self.fault.next = false;
        self.serial_now.next = false;
        self.condition.next = self.addsub.equal.val();
        if self.x2_action.q.val().get_bit(0) {
            self.condition.next = self.addsub.less.val();
        }
        if self.x2_action.q.val().get_bit(1) {
            self.condition.next = self.addsub.less_signed.val();
        }
        self.topic_bytes.next = self.logged_bytes.q.val() + (bit_cast::<20, 3>(self.topics.q.val()) << bits::<20>(5));
        self.topic_room.next = bit_cast::<21, 20>(self.topic_bytes.val()) + bits::<21>(64);
        self.topic_fits.next = self.topic_room.val() <= self.log_limit.val();
        self.refund14.next = self.x2_fields.q.val().get_bits::<14>(15);
        if self.live.val() {
            match self.x2_kind.q.val() {
                Kind::Branch => {
                    self.taken.next = self.condition.val() ^ self.x2_action.q.val().get_bit(2);
                    self.retired.d.next = true;
                }
                Kind::Jump => {
                    self.gas_add.next = true;
                    self.gas_amount.next = bits_w64(self.refund14.val());
                    self.retired.d.next = true;
                    if self.x2_stack.q.val() {
                        self.do_error.next = true;
                        self.fault.next = true;
                    }
                }
                Kind::Segment => {
                    self.retired.d.next = true;
                    self.gas_amount.next = bits_w64(self.x2_imm.q.val().get_bits::<14>(0));
                    if self.x2_stack.q.val() {
                        if self.x2_imm.q.val().get_bits::<18>(14).any() {
                            self.taken.next = true;
                        } else {
                            self.do_halt.next = true;
                            self.halt_code.next = self.halt_stack.val();
                            self.segment_fault.next = true;
                        }
                    } else if self.gas_counter.negative.val() {
                        self.do_halt.next = true;
                        self.segment_fault.next = true;
                    } else {
                        self.gas_subtract.next = true;
                        self.segment_ok.next = true;
                    }
                }
                Kind::Load => {
                    if self.x2_action.q.val().get_bit(0) | self.in_range.val() {
                        self.load_go.next = self.x2_result.q.val();
                        self.retired.d.next = self.x2_result.q.val();
                    } else {
                        self.range_fault.next = self.x2_result.q.val() & !self.grow_near.val();
                        self.grow_fault.next = self.x2_result.q.val() & self.grow_near.val();
                    }
                    self.serial_now.next = !self.x2_result.q.val();
                }
                Kind::Store => {
                    if self.x2_action.q.val().get_bit(1) {
                        self.store_go.next = self.topic_fits.val();
                        self.topics.d.next = self.topics.q.val() + bits::<3>(1);
                        self.retired.d.next = true;
                    } else if self.x2_result.q.val() {
                        self.store_go.next = self.in_range.val();
                        self.retired.d.next = self.in_range.val();
                        self.range_fault.next = !self.in_range.val() & !self.grow_near.val();
                        self.grow_fault.next = !self.in_range.val() & self.grow_near.val();
                    } else {
                        self.serial_now.next = true;
                    }
                }
                Kind::Serial => {
                    self.serial_now.next = true;
                }
                Kind::Invalid => {
                    self.serial_now.next = true;
                }
                Kind::Copy => {
                    self.serial_now.next = self.x2_last.q.val();
                }
                Kind::Third => {
                    self.serial_now.next = self.x2_last.q.val();
                }
                Kind::Trap => {
                    self.serial_now.next = self.x2_last.q.val();
                }
                _ => {
                    self.retired.d.next = self.x2_last.q.val();
                }
            }
        }

        // Memory grows where it stands: what is younger goes, the sequencer takes over, and the word is executed again.
        if self.grow_fault.val() {
            self.fault.next = true;
            self.serial.d.next = true;
            self.sp_next.next = self.x2_sp.q.val();
            self.new_words.d.next = self.grow_end.val().get_bits::<16>(5);
            self.count.d.next = bits::<4>(0);
            self.stage.d.next = Stage::GrowPrice;
        }

        // Sequencer.
        self.far_a.next = (self.x1_a.q.val() >> 21_u64) != self.zero.val();
        self.far_b.next = (self.x1_b.q.val() >> 21_u64) != self.zero.val();
        self.clamped.next = self.most.val();
        if (self.x1_a.q.val() >> 63_u64) == self.zero.val() {
            self.clamped.next = bits_w64(self.x1_a.q.val());
        }
        self.near_end.next = bit_cast::<22, 21>(self.x1_a.q.val().get_bits::<21>(0));
        self.sum_end.next = self.near_end.val() + bit_cast::<22, 21>(self.x1_b.q.val().get_bits::<21>(0));
        self.rounded.next = self.range_end.q.val() + bits::<22>(31);
        self.old_words.next = bit_cast::<16, 15>(self.memory_bytes.q.val().get_bits::<15>(5));
        self.padded.next = self.range_bytes.q.val() + bits::<20>(31);
        self.words.next = bit_cast::<16, 15>(self.padded.val().get_bits::<15>(5));
        self.padded.next = (self.padded.val() >> bits::<20>(5)) << bits::<20>(5);
        self.growth.old_words.next = self.old_words.val();
        self.growth.new_words.next = self.new_words.q.val();
        self.room.next = (bit_cast::<22, 16>(self.new_words.q.val()) << bits::<22>(5))
            + bit_cast::<22, 20>(self.memory_base.q.val());
        self.byte_length.value.next = self.x1_b.q.val();
        self.exp_bytes.next = bit_cast::<16, 6>(self.byte_length.bytes.val());
        self.exp_price.next = self.exp_bytes.val() * self.gas_exp_byte.q.val();
        self.price.next = bits::<32>(0);
        self.grows.next = false;
        self.field_asked.next = self.x2_imm.q.val().get_bits::<8>(0);
        self.log_total.next = bit_cast::<21, 20>(self.topic_bytes.val()) + bits::<21>(32);
        self.log_after.next = self.log_total.val() + bit_cast::<21, 20>(self.padded.val());
        self.wire_bytes.next = ((bit_cast::<32, 21>(self.x1_b.q.val().get_bits::<21>(0)) + bits::<32>(31))
            >> bits::<32>(5))
            << bits::<32>(5);
        self.wire_bytes.next = self.wire_bytes.val() + bits::<32>(128);
        self.list_words.next = self.payload_lists.val()
            + bit_cast::<20, 16>(self.access_words.q.val())
            + (bit_cast::<20, 16>(self.auth_count.q.val()) << bits::<20>(2));
        self.state_op.next = self.x2_action.q.val();
        if (self.x2_action.q.val() == bits::<4>(7)) & (self.field_asked.val() == self.field_delegate.val()) {
            self.state_op.next = bits::<4>(12);
        }
        // TSTORE, SET, CREDIT: no result, no gas that depends on them, no committed state.
        self.posted_kind.next = (self.x2_routine.q.val() == Routine::State)
            & ((self.x2_action.q.val() == bits::<4>(4))
                | ((self.x2_action.q.val() == bits::<4>(8)) | (self.x2_action.q.val() == bits::<4>(9))));
        self.copy_left.next = bits::<21>(0);
        self.count_before.next = bits::<4>(0);
        self.payload_row.next = bits::<20>(0);
        self.row_end.next = bits::<22>(0);
        self.row_limit.next = bit_cast::<22, 20>(self.payload_bytes.val());
        self.sp_wide.next = bits::<13>(0);
        self.pc_wide.next = bit_cast::<32, 16>(self.jump_place.q.val().get_bits::<16>(5));
        self.source21.next = self.x1_a.q.val().get_bits::<21>(0);
        self.bytes21.next = bit_cast::<21, 16>(self.blob_count.q.val());
        self.sum32.next = bits::<32>(0);
        self.halt_asked.next = self.x2_imm.q.val().get_bits::<8>(0);
        self.header.next = bits_w256(self.address.q.val())
            | (bits_w256(self.topics.q.val()) << 160_u64)
            | (bits_w256(self.range_bytes.q.val()) << 192_u64);
        self.waiting.next = false;
        self.frame_slot.next =
            (bit_cast::<16, 12>(self.depth.q.val()) << bits::<16>(3)) | bit_cast::<16, 4>(self.count.q.val());
        self.frame_env.write.next = false;
        self.frame_records.write.next = false;
        self.access.start.next = false;
        // The unit sees an environment word the cycle after it is written.
        self.access_ready.next = !(self.access.busy.val() | self.w_env.val());
        self.posting.next = false;
        match self.stage.q.val() {
            Stage::Off => {
                self.serial.d.next = true;
            }
            Stage::Boot => {
                self.data_read.next = true;
                self.stage.d.next = Stage::BootWait;
            }
            Stage::BootWait => {
                if self.data_ready.val() {
                    self.firmware_line.d.next = self.fields.field1.val();
                    self.firmware_pool.d.next = self.fields.field2.val();
                    if self.fields.field0.val().get_bit(31) {
                        self.jump.next = true;
                        self.jump_pc.next = self.vector_prologue.val();
                        self.fetching.d.next = true;
                        self.serial.d.next = false;
                        self.stage.d.next = Stage::Idle;
                    } else {
                        self.ended_status.d.next = bits::<4>(6);
                        self.ended_reason.d.next = self.error_image.val();
                        self.stage.d.next = Stage::Ended;
                    }
                }
                if self.data_missed.val() {
                    self.stage.d.next = Stage::Boot;
                }
            }
            Stage::Idle => {
                if self.serial_now.val() {
                    match self.x2_routine.q.val() {
                        Routine::None => {
                            self.do_error.next = true;
                        }
                        Routine::Gas => {
                            self.gas_amount.next = bits_w64(self.x2_imm.q.val().get_bits::<16>(16));
                            self.put.next = true;
                            self.put_little.next = true;
                            self.little.next = self.gas_counter.after.val();
                            if self.gas_counter.after.val().get_bit(63) {
                                self.put.next = false;
                                self.do_halt.next = true;
                            } else {
                                self.end_serial.next = true;
                            }
                        }
                        Routine::Charge => {
                            self.charge.d.next = self.clamped.val();
                            self.stage.d.next = Stage::Pay;
                        }
                        Routine::ChargeExact => {
                            self.charge.d.next = self.clamped.val();
                            self.stage.d.next = Stage::Pay;
                        }
                        Routine::Stop => {
                            self.frame_status.d.next = self.status_success.val();
                            self.end_offset.d.next = bits::<20>(0);
                            self.end_bytes.d.next = bits::<20>(0);
                            if self.gas_counter.negative.val() {
                                self.do_halt.next = true;
                            } else {
                                self.stage.d.next = Stage::EndStatus;
                            }
                        }
                        Routine::EndFrame => {
                            self.stage.d.next = Stage::Range;
                        }
                        Routine::Halt => {
                            self.do_halt.next = true;
                            self.halt_code.next = self.x2_imm.q.val().get_bits::<8>(0);
                            if self.halt_asked.val() > self.halt_last.val() {
                                self.halt_code.next = self.halt_opcode.val();
                            }
                        }
                        Routine::JumpDynamic => {
                            self.jump_place.d.next = self.x1_a.q.val().get_bits::<21>(0);
                            if self.far_a.val() {
                                self.do_halt.next = true;
                                self.halt_code.next = self.halt_jump.val();
                            } else {
                                self.stage.d.next = Stage::JumpIndex;
                            }
                        }
                        Routine::Miss => {
                            self.missing.d.next = bit_cast::<32, 20>(self.x2_imm.q.val().get_bits::<20>(0));
                            self.stage.d.next = Stage::CodeWait;
                        }
                        Routine::JumpRegister => {
                            self.jump.next = true;
                            self.jump_pc.next = self.x1_a.q.val().get_bits::<20>(0);
                            self.end_serial.next = true;
                        }
                        Routine::Arithmetic => {
                            self.muldiv_go.d.next = true;
                            self.stage.d.next = Stage::ArithmeticWait;
                        }
                        Routine::Power => {
                            self.charge.d.next = bits_w64(self.exp_price.val());
                            self.stage.d.next = Stage::Pay;
                        }
                        Routine::Keccak => {
                            self.stage.d.next = Stage::Range;
                        }
                        Routine::Copy => {
                            self.stage.d.next = Stage::Range;
                            if self.x2_action.q.val() == bits::<4>(2) {
                                self.near_end.next = bit_cast::<22, 21>(self.source.q.val());
                                self.sum_end.next =
                                    self.near_end.val() + bit_cast::<22, 21>(self.x1_b.q.val().get_bits::<21>(0));
                                self.sum32.next = bit_cast::<32, 22>(self.sum_end.val());
                                if self.source_far.q.val()
                                    | self.far_b.val()
                                    | (self.sum32.val() > self.return_size.q.val())
                                {
                                    self.do_halt.next = true;
                                    self.halt_code.next = self.halt_return_data.val();
                                }
                            }
                        }
                        Routine::State => {
                            if (self.x2_action.q.val() == bits::<4>(4)) & self.is_static.q.val() {
                                self.do_halt.next = true;
                                self.halt_code.next = self.halt_static.val();
                            } else {
                                self.access.start.next = self.access_ready.val();
                                self.stage.d.next = Stage::StateStart;
                                if self.access_ready.val() {
                                    self.stage.d.next = Stage::StateWait;
                                    if self.posted_kind.val() {
                                        self.posting.next = true;
                                        self.end_serial.next = true;
                                        self.stage.d.next = Stage::Idle;
                                    }
                                }
                            }
                            if self.x2_action.q.val() == bits::<4>(13) {
                                self.refund.d.next = self.mark_refund.q.val();
                                self.logs.d.next = self.mark_logs.q.val();
                                self.logged_bytes.d.next = self.mark_log_bytes.q.val();
                            }
                        }
                        Routine::Log => {
                            self.stage.d.next = Stage::Range;
                            if self.is_static.q.val() {
                                self.do_halt.next = true;
                                self.halt_code.next = self.halt_static.val();
                            }
                        }
                        Routine::WriteSpecial => match self.x2_fields.q.val().get_bits::<7>(8).index() {
                            0 => {
                                self.gas_set.next = true;
                                self.gas_amount.next = bits_w64(self.x1_a.q.val());
                                self.end_serial.next = true;
                            }
                            1 => {
                                self.refund.d.next = bits_w64(self.x1_a.q.val());
                                self.end_serial.next = true;
                            }
                            2 => {
                                self.range_end.d.next = bit_cast::<22, 21>(self.x1_a.q.val().get_bits::<21>(0));
                                self.range_near.d.next = !self.far_a.val();
                                self.range_beyond.d.next = self.far_a.val();
                                self.new_words.d.next = self.x1_a.q.val().get_bits::<16>(5);
                                self.stage.d.next = Stage::SizeWait;
                            }
                            4 => {
                                self.is_static.d.next = self.x1_a.q.val().any();
                                self.end_serial.next = true;
                            }
                            _ => {
                                self.do_error.next = true;
                            }
                        },
                        Routine::Trap => {
                            self.gas_add.next = true;
                            self.gas_amount.next = bits_w64(self.x2_imm.q.val().get_bits::<16>(16));
                            if self.gas_counter.after.val().get_bit(63) {
                                self.do_halt.next = true;
                            } else {
                                self.trap_pc.d.next = self.x2_pc.q.val() + bits::<20>(1);
                                self.trap_sp.d.next = self.x2_sp.q.val();
                                self.trap_dst.d.next = self.x2_dst.q.val();
                                self.trap_ahead.d.next = self.x2_imm.q.val().get_bits::<16>(16);
                                self.sp_next.next = self.x2_sp.q.val() + bit_cast::<12, 7>(self.used.q.val());
                                self.in_firmware.d.next = true;
                                self.jump.next = true;
                                self.jump_pc.next = bit_cast::<20, 4>(self.x2_action.q.val());
                                self.end_serial.next = true;
                                if self.expired.q.val() {
                                    self.do_escape.next = true;
                                    self.escape_code.next = self.escape_watchdog.val();
                                }
                            }
                        }
                        Routine::TrapReturn => {
                            self.gas_subtract.next = true;
                            self.gas_amount.next = bits_w64(self.trap_ahead.q.val());
                            self.sp_next.next = self.trap_sp.q.val();
                            self.in_firmware.d.next = false;
                            self.jump.next = true;
                            self.jump_pc.next = self.trap_pc.q.val();
                            self.end_serial.next = true;
                        }
                        Routine::FramePush => {
                            self.stage.d.next = Stage::Range;
                        }
                        Routine::FramePop => {
                            self.count.d.next = bits::<4>(0);
                            self.depth.d.next = self.depth.q.val() - bits::<12>(1);
                            self.stage.d.next = Stage::FrameRestore;
                            if !self.depth.q.val().any() {
                                self.do_error.next = true;
                            }
                        }
                        Routine::Checkpoint => {
                            self.mark_undo.d.next = self.access.mark.val();
                            self.mark_refund.d.next = self.refund.q.val();
                            self.mark_logs.d.next = self.logs.q.val();
                            self.mark_log_bytes.d.next = self.logged_bytes.q.val();
                            self.end_serial.next = true;
                        }
                        Routine::Enter => {
                            self.access.start.next = self.access_ready.val();
                            self.stage.d.next = Stage::StateStart;
                            if self.access_ready.val() {
                                self.stage.d.next = Stage::StateWait;
                            }
                        }
                        Routine::EnterCode => {
                            self.image.d.next = self.x1_a.q.val().get_bits::<32>(32);
                            self.stage.d.next = Stage::Directory;
                        }
                        Routine::ReturnSave => {
                            self.stage.d.next = Stage::Range;
                        }
                        Routine::Payload => {
                            self.source.d.next = self.x1_a.q.val().get_bits::<21>(0);
                            self.source_far.d.next = self.far_a.val();
                            self.count.d.next = bits::<4>(0);
                            self.stage.d.next = Stage::Payload;
                        }
                        Routine::BlobHash => {
                            self.source.d.next = bit_cast::<21, 20>(self.list_words.val())
                                + bit_cast::<21, 20>(self.x1_a.q.val().get_bits::<20>(0));
                            self.source_far.d.next = self.far_a.val() | (self.source21.val() >= self.bytes21.val());
                            self.count.d.next = bits::<4>(0);
                            self.stage.d.next = Stage::Payload;
                        }
                        Routine::Escape => {
                            self.do_escape.next = true;
                            self.escape_code.next = self.x2_imm.q.val().get_bits::<8>(0);
                            self.end_serial.next = true;
                        }
                        Routine::Finish => {
                            self.retired.d.next = true;
                            self.fetching.d.next = false;
                            self.transaction_status.d.next = self.x1_a.q.val().get_bits::<2>(0);
                            if self.access.overflow.val() {
                                self.do_escape.next = true;
                                self.escape_code.next = self.escape_balance.val();
                            } else {
                                self.ended_status.d.next = bits::<4>(4);
                                self.stage.d.next = Stage::Ended;
                            }
                        }
                        Routine::Ask => {
                            self.asked.d.next = self.x2_imm.q.val().get_bits::<8>(0);
                            if self.far_b.val() | (self.wire_bytes.val() > self.record_bytes.val()) {
                                self.do_escape.next = true;
                                self.escape_code.next = self.escape_record.val();
                            } else if self.x2_imm.q.val().get_bit(8) {
                                self.stage.d.next = Stage::AskInput;
                            } else {
                                self.stage.d.next = Stage::Range;
                            }
                        }
                        Routine::Grow => {
                            self.stage.d.next = Stage::Range;
                        }
                        _ => {
                            self.do_error.next = true;
                        }
                    }
                }
            }

            Stage::Range => {
                self.range_empty.d.next = self.x1_b.q.val() == self.zero.val();
                self.range_near.d.next = !(self.far_a.val() | self.far_b.val());
                self.range_end.d.next = self.sum_end.val();
                self.range_offset.d.next = self.x1_a.q.val().get_bits::<20>(0);
                self.range_bytes.d.next = self.x1_b.q.val().get_bits::<20>(0);
                self.stage.d.next = Stage::RangeCheck;
            }
            Stage::RangeCheck => {
                self.new_words.d.next = self.rounded.val().get_bits::<16>(5);
                self.count.d.next = bits::<4>(0);
                self.near_end.next = bit_cast::<22, 20>(self.memory_bytes.q.val());
                if self.range_empty.q.val() {
                    self.range_offset.d.next = bits::<20>(0);
                    self.range_bytes.d.next = bits::<20>(0);
                    self.stage.d.next = Stage::Ranged;
                } else if self.range_near.q.val() & (self.range_end.q.val() <= self.near_end.val()) {
                    self.stage.d.next = Stage::Ranged;
                } else if (self.x2_kind.q.val() == Kind::Serial) & (self.x2_routine.q.val() == Routine::Grow) {
                    self.stage.d.next = Stage::GrowPrice;
                    self.grows.next = self.range_near.q.val() & (self.range_end.q.val() <= self.grow_most.val());
                    if !self.grows.val() {
                        self.put.next = true;
                        self.put_little.next = true;
                        self.little.next = bits_w64(true);
                        self.end_serial.next = true;
                        self.stage.d.next = Stage::Idle;
                    }
                } else if self.in_firmware.q.val() {
                    self.do_error.next = true;
                } else if self.range_near.q.val() & (self.range_end.q.val() <= self.grow_most.val()) {
                    self.stage.d.next = Stage::GrowPrice;
                } else {
                    self.stage.d.next = Stage::FarTrap;
                }
            }
            Stage::GrowPrice => {
                self.count.d.next = self.count.q.val() + bits::<4>(1);
                if !self.count.q.val().any() {
                    // Zeros while the price is computed: what lies beyond the memory is nobody's.
                    self.copy_kind.d.next = bits::<2>(2);
                    self.copy_target.d.next = self.memory_base.q.val() + self.memory_bytes.q.val();
                    self.copy_length.d.next =
                        (bit_cast::<20, 16>(self.new_words.q.val()) << bits::<20>(5)) - self.memory_bytes.q.val();
                    self.copy_go.d.next = self.room.val() <= self.arena_bytes.val();
                    self.growing.d.next = self.room.val() <= self.arena_bytes.val();
                }
                if self.count.q.val() == bits::<4>(3) {
                    self.gas_subtract.next = true;
                    self.gas_amount.next = bits_w64(self.growth.price.val());
                    self.stage.d.next = Stage::GrowPay;
                }
            }
            Stage::GrowPay => {
                if !self.copier.active.val() {
                    if self.gas_counter.debt.val() {
                        self.do_halt.next = true;
                    } else if !self.growing.q.val() {
                        self.do_escape.next = true;
                        self.escape_code.next = self.escape_memory.val();
                    } else {
                        self.memory_bytes.d.next = bit_cast::<20, 16>(self.new_words.q.val()) << bits::<20>(5);
                        self.stage.d.next = Stage::Ranged;
                        if (self.x2_routine.q.val() == Routine::Grow) & (self.x2_kind.q.val() != Kind::Serial) {
                            // The load or store is executed again, now in range.
                            self.jump.next = true;
                            self.serial.d.next = false;
                            self.stage.d.next = Stage::Idle;
                        }
                    }
                }
            }
            Stage::FarTrap => {
                // The end, or all ones if it exceeds 256 bits (no carry shows as "less").
                self.put_address.next = self.e_mem_end.val();
                if !self.addsub.less.val() {
                    self.put.next = true;
                    self.put_little.next = true;
                    self.little_signed.next = true;
                    self.little.next = !self.zero64.val();
                }
                self.trap_pc.d.next = self.x2_pc.q.val();
                self.trap_sp.d.next = self.x2_sp.q.val();
                self.trap_dst.d.next = bits::<12>(0);
                self.trap_ahead.d.next = bits::<16>(0);
                self.range_source.d.next = false;
                self.sp_next.next = self.x2_sp.q.val() + bit_cast::<12, 7>(self.used.q.val());
                self.in_firmware.d.next = true;
                self.jump.next = true;
                self.jump_pc.next = self.vector_memory.val();
                self.serial.d.next = false;
                self.stage.d.next = Stage::Idle;
            }
            Stage::Ranged => {
                match self.x2_routine.q.val() {
                    Routine::Grow => {
                        self.stage.d.next = Stage::Idle;
                        if self.x2_kind.q.val() == Kind::Serial {
                            self.put.next = true;
                            self.put_little.next = true;
                            self.end_serial.next = true;
                        } else {
                            // The load or store is executed again, now in range.
                            self.jump.next = true;
                            self.serial.d.next = false;
                        }
                    }
                    Routine::EndFrame => {
                        self.frame_status.d.next = self.x2_action.q.val().get_bits::<2>(0);
                        self.end_offset.d.next = self.range_offset.q.val();
                        self.end_bytes.d.next = self.range_bytes.q.val();
                        if self.gas_counter.negative.val() {
                            self.do_halt.next = true;
                        } else {
                            self.stage.d.next = Stage::EndStatus;
                        }
                    }
                    Routine::Keccak => {
                        self.price.next = bit_cast::<32, 16>(self.words.val()) << bits::<32>(1);
                        self.price.next = self.price.val() + (self.price.val() << bits::<32>(1));
                        self.charge.d.next = bits_w64(self.price.val());
                        self.stage.d.next = Stage::Pay;
                    }
                    Routine::Copy => {
                        self.stage.d.next = Stage::CopyPrice;
                        if !self.range_source.q.val() {
                            self.target_address.d.next = self.memory_base.q.val() + self.range_offset.q.val();
                        }
                        match self.x2_action.q.val().index() {
                            3 => {
                                if !self.range_source.q.val() {
                                    // Memory to memory: once more for the source.
                                    self.range_source.d.next = true;
                                    self.jump.next = true;
                                    self.serial.d.next = false;
                                    self.stage.d.next = Stage::Idle;
                                }
                            }
                            4 => {
                                self.stage.d.next = Stage::ExternalCode;
                            }
                            5 => {
                                self.stage.d.next = Stage::CopySource;
                            }
                            _ => {
                                self.stage.d.next = Stage::CopyPrice;
                            }
                        }
                    }
                    Routine::Log => {
                        self.price.next = bit_cast::<32, 20>(self.range_bytes.q.val()) << bits::<32>(3);
                        self.charge.d.next = bits_w64(self.price.val());
                        self.stage.d.next = Stage::Pay;
                    }
                    Routine::FramePush => {
                        self.count.d.next = bits::<4>(0);
                        self.stage.d.next = Stage::FrameSave;
                        if self.depth.q.val() >= self.frames_limit.val() {
                            self.do_escape.next = true;
                            self.escape_code.next = self.escape_frames.val();
                        }
                    }
                    Routine::ReturnSave => {
                        self.copy_kind.d.next = bits::<2>(0);
                        self.copy_source.d.next = self.memory_base.q.val() + self.range_offset.q.val();
                        self.copy_available.d.next = self.range_bytes.q.val();
                        self.copy_target.d.next = self.return_start.val();
                        self.copy_length.d.next = self.range_bytes.q.val();
                        self.return_bytes.d.next = self.range_bytes.q.val();
                        self.copy_go.d.next = true;
                        self.stage.d.next = Stage::CopyWait;
                        if self.range_bytes.q.val() > self.return_limit.val() {
                            self.copy_go.d.next = false;
                            self.do_escape.next = true;
                            self.escape_code.next = self.escape_return.val();
                        }
                    }
                    Routine::Ask => {
                        self.stage.d.next = Stage::AskInput;
                    }
                    _ => {
                        self.do_error.next = true;
                    }
                }
            }

            Stage::Pay => {
                self.gas_subtract.next = true;
                self.stage.d.next = Stage::PayCheck;
            }
            Stage::PayCheck => {
                if self.gas_counter.debt.val() {
                    self.do_halt.next = true;
                } else {
                    match self.x2_routine.q.val() {
                        Routine::Charge => {
                            self.end_serial.next = true;
                            self.stage.d.next = Stage::Idle;
                        }
                        Routine::ChargeExact => {
                            if self.gas_counter.negative.val() {
                                self.do_halt.next = true;
                            } else {
                                self.end_serial.next = true;
                                self.stage.d.next = Stage::Idle;
                            }
                        }
                        Routine::State => {
                            self.end_serial.next = true;
                            self.stage.d.next = Stage::Idle;
                        }
                        Routine::Power => {
                            self.muldiv_go.d.next = true;
                            self.stage.d.next = Stage::ArithmeticWait;
                        }
                        Routine::Keccak => {
                            self.hash_go.d.next = true;
                            self.stage.d.next = Stage::HashWait;
                        }
                        Routine::Copy => {
                            self.stage.d.next = Stage::CopySource;
                        }
                        Routine::Log => {
                            self.stage.d.next = Stage::LogHeader;
                        }
                        _ => {
                            self.do_error.next = true;
                        }
                    }
                }
            }

            Stage::EndStatus => {
                self.put.next = true;
                self.put_little.next = true;
                self.put_address.next = self.e_status.val();
                self.little.next = bits_w64(self.frame_status.q.val());
                self.topics.d.next = bits::<3>(0);
                self.range_source.d.next = false;
                self.stage.d.next = Stage::EndOffset;
            }
            Stage::EndOffset => {
                self.put.next = true;
                self.put_little.next = true;
                self.put_address.next = self.e_out_offset.val();
                self.little.next = bits_w64(self.end_offset.q.val());
                self.stage.d.next = Stage::EndLength;
            }
            Stage::EndLength => {
                self.put.next = true;
                self.put_little.next = true;
                self.put_address.next = self.e_out_len.val();
                self.little.next = bits_w64(self.end_bytes.q.val());
                self.sp_next.next = self.frame_base.q.val();
                self.in_firmware.d.next = true;
                self.jump.next = true;
                self.jump_pc.next = self.vector_frame_end.val();
                self.end_serial.next = true;
                self.stage.d.next = Stage::Idle;
            }

            Stage::JumpIndex => {
                self.data_read.next = true;
                self.data_line.next =
                    self.image_index.q.val() + bit_cast::<32, 14>(self.jump_place.q.val().get_bits::<14>(7));
                self.stage.d.next = Stage::JumpIndexWait;
                if self.pc_wide.val() >= self.image_blocks.q.val() {
                    self.data_read.next = false;
                    self.do_halt.next = true;
                    self.halt_code.next = self.halt_jump.val();
                }
            }
            Stage::JumpIndexWait => {
                self.jump_entry.d.next = self.jump_block.entry.val();
                if self.data_ready.val() {
                    self.stage.d.next = Stage::JumpEntry;
                    if !self.jump_block.valid.val() {
                        self.do_halt.next = true;
                        self.halt_code.next = self.halt_jump.val();
                    }
                }
                if self.data_missed.val() {
                    self.stage.d.next = Stage::JumpIndex;
                }
            }
            Stage::JumpEntry => {
                self.data_read.next = true;
                self.data_line.next = self.image_entries.q.val() + (self.jump_entry.q.val() >> bits::<32>(3));
                self.stage.d.next = Stage::JumpEntryWait;
            }
            Stage::JumpEntryWait => {
                self.lookup.d.next = self.fields.word.val().get_bits::<32>(0);
                if self.jump_entry.q.val().get_bit(0) {
                    self.lookup.d.next = self.fields.word.val().get_bits::<32>(32);
                }
                if self.data_ready.val() {
                    self.stage.d.next = Stage::DirectoryDone;
                }
                if self.data_missed.val() {
                    self.stage.d.next = Stage::JumpEntry;
                }
            }
            Stage::CodeWait => {
                self.waiting.next = true;
                if self.code_resume.val() {
                    self.stage.d.next = Stage::Directory;
                }
            }
            Stage::Directory => {
                self.data_read.next = true;
                self.data_line.next = (self.image.q.val() << bits::<32>(1)) | bits::<32>(0x8000_0000_u64);
                self.stage.d.next = Stage::DirectoryWait;
            }
            Stage::DirectoryWait => {
                if self.data_ready.val() {
                    self.image_flags.d.next = self.fields.field0.val();
                    self.image_line.d.next = self.fields.field1.val();
                    self.image_pool.d.next = self.fields.field2.val();
                    self.image_index.d.next = self.fields.field3.val();
                    self.image_entries.d.next = self.fields.field4.val();
                    self.image_raw.d.next = self.fields.field5.val();
                    self.image_raw_bytes.d.next = self.fields.field6.val();
                    self.image_blocks.d.next = self.fields.field7.val();
                    self.stage.d.next = Stage::DirectoryDone;
                }
                if self.data_missed.val() {
                    self.stage.d.next = Stage::Directory;
                }
            }
            Stage::DirectoryDone => {
                self.stage.d.next = Stage::Idle;
                match self.x2_routine.q.val() {
                    Routine::JumpDynamic => {
                        if self.lookup.q.val() == self.jump_miss.val() {
                            if self.waiting_for_words.q.val() {
                                // The words were asked for and the directory was read again: look once more.
                                self.waiting_for_words.d.next = false;
                                self.stage.d.next = Stage::JumpIndex;
                            } else {
                                self.waiting_for_words.d.next = true;
                                self.missing.d.next = bit_cast::<32, 21>(self.jump_place.q.val());
                                self.stage.d.next = Stage::CodeWait;
                            }
                        } else {
                            self.gas_add.next = true;
                            self.gas_amount.next = bits_w64(self.x2_imm.q.val().get_bits::<14>(0));
                            self.sp_next.next =
                                self.x2_sp.q.val() + (bit_cast::<12, 7>(self.x2_fields.q.val().get_bits::<7>(8)));
                            if self.x2_fields.q.val().get_bit(14) {
                                self.sp_next.next = self.sp_next.val() - bits::<12>(128);
                            }
                            self.jump.next = true;
                            self.jump_pc.next = self.lookup.q.val().get_bits::<20>(0);
                            self.end_serial.next = true;
                            self.sp_wide.next = bit_cast::<13, 12>(self.sp_next.val());
                            if (self.sp_next.val() < self.guard.val()) | (self.sp_wide.val() > self.stack_limit.val()) {
                                self.do_error.next = true;
                            }
                        }
                    }
                    Routine::Miss => {
                        // Executed again: the host has made it a JMP.
                        self.jump.next = true;
                        self.serial.d.next = false;
                    }
                    Routine::FramePop => {
                        self.end_serial.next = true;
                    }
                    _ => {
                        self.put.next = true;
                        self.put_little.next = true;
                        self.put_address.next = self.e_code_size.val();
                        self.little.next = bits_w64(self.image_raw_bytes.q.val());
                        self.frame_base.d.next = self.next_frame_base.q.val();
                        self.sp_wide.next = bit_cast::<13, 12>(self.next_frame_base.q.val());
                        self.used.d.next = bits::<7>(0);
                        self.sp_next.next = self.next_frame_base.q.val();
                        if !self.image_flags.q.val().get_bit(31) {
                            self.do_escape.next = true;
                        } else if self.image_flags.q.val().get_bit(1) {
                            self.do_halt.next = true;
                            self.halt_code.next = self.halt_opcode.val();
                        } else if self.image_flags.q.val().get_bit(3) {
                            self.do_escape.next = true;
                        } else if self.sp_wide.val() > self.stack_limit.val() {
                            self.do_escape.next = true;
                            self.escape_code.next = self.escape_stack.val();
                        } else {
                            self.in_firmware.d.next = false;
                            self.jump.next = true;
                            self.jump_pc.next = bits::<20>(0);
                            self.end_serial.next = true;
                        }
                    }
                }
            }

            Stage::ArithmeticWait => {
                if self.muldiv.done.val() {
                    self.put.next = true;
                    self.slow_picks[0].next = self.muldiv.result.val();
                    self.end_serial.next = true;
                    self.stage.d.next = Stage::Idle;
                }
            }
            Stage::HashWait => {
                if self.hasher.done.val() {
                    self.put.next = true;
                    self.slow_picks[1].next = self.hasher.digest.val();
                    self.end_serial.next = true;
                    self.stage.d.next = Stage::Idle;
                }
            }
            Stage::StateStart => {
                // The unit works on what was posted, or sweeps its index after the start.
                self.access.start.next = true;
                if !self.access.busy.val() {
                    self.stage.d.next = Stage::StateWait;
                    if self.posted_kind.val() {
                        self.posting.next = true;
                        self.end_serial.next = true;
                        self.stage.d.next = Stage::Idle;
                    }
                }
            }
            Stage::StateWait => {
                self.waiting.next = self.access.state_request.val() | self.access.head_wait.val();
                self.lookup.d.next = self.access.result.val().get_bits::<32>(32);
                if self.access.done.val() {
                    self.stage.d.next = Stage::Idle;
                    if self.access.outcome.val().get_bit(7) {
                        self.do_error.next = true;
                    } else if self.access.outcome.val().any() {
                        self.do_escape.next = true;
                        self.escape_code.next = self.access.outcome.val();
                    } else if self.x2_routine.q.val() == Routine::Enter {
                        self.image.d.next = self.access.result.val().get_bits::<32>(32);
                        self.stage.d.next = Stage::Directory;
                    } else if (self.x2_action.q.val() == bits::<4>(7))
                        & (self.field_asked.val() == self.field_delegate.val())
                    {
                        self.stage.d.next = Stage::Delegate;
                        if !self.access.result.val().get_bits::<32>(0).any() {
                            self.put.next = true;
                            self.put_little.next = true;
                            self.end_serial.next = true;
                            self.stage.d.next = Stage::Idle;
                        }
                    } else {
                        self.put.next = self.x2_writes.q.val();
                        self.slow_picks[2].next = self.access.result.val();
                        self.end_serial.next = true;
                        match self.x2_action.q.val().index() {
                            2 => {
                                self.charge.d.next = bits_w64(self.gas_warm.q.val());
                                if self.access.cold.val() {
                                    self.charge.d.next = bits_w64(self.gas_cold_slot.q.val());
                                }
                                self.end_serial.next = false;
                                self.stage.d.next = Stage::Pay;
                            }
                            5 => {
                                self.charge.d.next = bits_w64(self.gas_warm.q.val());
                                if self.access.cold.val() {
                                    self.charge.d.next = bits_w64(self.gas_cold_account.q.val());
                                }
                                self.ext_account.d.next = self.access.result.val().get_bits::<16>(0);
                                self.end_serial.next = false;
                                self.stage.d.next = Stage::Pay;
                            }
                            _ => {
                                self.stage.d.next = Stage::Idle;
                            }
                        }
                    }
                }
            }
            Stage::Delegate => {
                self.data_read.next = true;
                self.data_line.next = (self.lookup.q.val() << bits::<32>(1)) | bits::<32>(0x8000_0000_u64);
                self.stage.d.next = Stage::DelegateWait;
            }
            Stage::DelegateWait => {
                if self.data_ready.val() {
                    self.stage.d.next = Stage::DelegateTarget;
                    if !self.fields.field0.val().get_bit(31) {
                        self.do_escape.next = true;
                    }
                }
                if self.data_missed.val() {
                    self.stage.d.next = Stage::Delegate;
                }
            }
            Stage::DelegateTarget => {
                self.data_read.next = true;
                self.data_line.next = (self.lookup.q.val() << bits::<32>(1)) | bits::<32>(0x8000_0001_u64);
                self.stage.d.next = Stage::DelegateTargetWait;
            }
            Stage::DelegateTargetWait => {
                if self.data_ready.val() {
                    self.put.next = true;
                    self.slow_picks[3].next = self.cache.data.val();
                    self.end_serial.next = true;
                    self.stage.d.next = Stage::Idle;
                }
                if self.data_missed.val() {
                    self.stage.d.next = Stage::DelegateTarget;
                }
            }

            Stage::ExternalCode => {
                self.access.start.next = true;
                self.state_op.next = bits::<4>(12);
                if !self.access.busy.val() {
                    self.stage.d.next = Stage::ExternalCodeWait;
                }
            }
            Stage::ExternalCodeWait => {
                self.waiting.next = self.access.state_request.val() | self.access.head_wait.val();
                self.lookup.d.next = self.access.result.val().get_bits::<32>(32);
                self.copy_raw_bytes.d.next = bits::<32>(0);
                if self.access.done.val() {
                    self.stage.d.next = Stage::CopyPrice;
                    if self.access.outcome.val().get_bit(7) {
                        self.do_error.next = true;
                    } else if self.access.outcome.val().any() {
                        self.do_escape.next = true;
                        self.escape_code.next = self.access.outcome.val();
                    } else if self.access.result.val().get_bits::<32>(0).any() {
                        self.stage.d.next = Stage::External;
                    }
                }
            }
            Stage::External => {
                self.data_read.next = true;
                self.data_line.next = (self.lookup.q.val() << bits::<32>(1)) | bits::<32>(0x8000_0000_u64);
                self.stage.d.next = Stage::ExternalWait;
            }
            Stage::ExternalWait => {
                self.copy_line.d.next = self.fields.field5.val();
                self.copy_raw_bytes.d.next = self.fields.field6.val();
                if self.data_ready.val() {
                    self.stage.d.next = Stage::CopyPrice;
                    if !self.fields.field0.val().get_bit(31) {
                        self.do_escape.next = true;
                    }
                }
                if self.data_missed.val() {
                    self.stage.d.next = Stage::External;
                }
            }
            Stage::CopyPrice => {
                self.price.next = bit_cast::<32, 16>(self.words.val());
                self.price.next = self.price.val() + (self.price.val() << bits::<32>(1));
                self.charge.d.next = bits_w64(self.price.val());
                self.stage.d.next = Stage::Pay;
            }
            Stage::CopySource => {
                self.copy_kind.d.next = bits::<2>(0);
                self.copy_target.d.next = self.target_address.q.val();
                self.copy_length.d.next = self.range_bytes.q.val();
                self.copy_limit.d.next = bit_cast::<21, 20>(self.return_bytes.q.val());
                self.copy_source.d.next = self.return_start.val();
                match self.x2_action.q.val().index() {
                    0 => {
                        self.copy_limit.d.next = bit_cast::<21, 20>(self.frame_calldata_bytes.q.val());
                        self.copy_source.d.next = self.frame_calldata_start.q.val();
                    }
                    1 => {
                        self.copy_kind.d.next = bits::<2>(1);
                        self.copy_limit.d.next = bit_cast::<21, 20>(self.image_raw_bytes.q.val().get_bits::<20>(0));
                        self.copy_source.d.next = bits::<20>(0);
                        self.copy_line.d.next = self.image_raw.q.val();
                    }
                    3 => {
                        self.copy_limit.d.next = bits::<21>(0x1f_ffff);
                        self.copy_source.d.next = self.memory_base.q.val();
                    }
                    4 => {
                        self.copy_kind.d.next = bits::<2>(1);
                        self.copy_limit.d.next = bit_cast::<21, 20>(self.copy_raw_bytes.q.val().get_bits::<20>(0));
                        self.copy_source.d.next = bits::<20>(0);
                    }
                    _ => {
                        self.copy_kind.d.next = bits::<2>(0);
                    }
                }
                self.stage.d.next = Stage::CopyStart;
            }
            Stage::CopyStart => {
                self.copy_source.d.next = self.copy_source.q.val() + self.source.q.val().get_bits::<20>(0);
                self.copy_left.next = self.copy_limit.q.val() - self.source.q.val();
                self.copy_available.d.next = self.copy_left.val().get_bits::<20>(0);
                if self.source_far.q.val() | (self.source.q.val() >= self.copy_limit.q.val()) {
                    self.copy_available.d.next = bits::<20>(0);
                }
                self.copy_go.d.next = true;
                self.stage.d.next = Stage::CopyWait;
            }
            Stage::CopyWait => {
                self.data_line.next = self.copier.code_address.val();
                self.data_read.next = self.copier.code_request.val() & !self.data_pending.q.val();
                if self.copier.done.val() {
                    self.range_source.d.next = false;
                    self.end_serial.next = true;
                    self.stage.d.next = Stage::Idle;
                }
            }

            Stage::LogHeader => {
                self.slow_picks[4].next = self.header.val();
                self.slow_store.d.next = true;
                self.slow_store_address.d.next = self.log_start.val() + self.logged_bytes.q.val();
                self.copy_kind.d.next = bits::<2>(0);
                self.copy_source.d.next = self.memory_base.q.val() + self.range_offset.q.val();
                self.copy_available.d.next = self.range_bytes.q.val();
                self.copy_target.d.next = self.log_start.val() + self.topic_bytes.val() + bits::<20>(32);
                self.copy_length.d.next = self.padded.val();
                self.stage.d.next = Stage::LogData;
                self.topics.d.next = bits::<3>(0);
                self.logs.d.next = self.logs.q.val() + bits::<16>(1);
                self.logged_bytes.d.next = self.log_after.val().get_bits::<20>(0);
                if self.log_after.val() > self.log_limit.val() {
                    self.slow_store.d.next = false;
                    self.do_escape.next = true;
                    self.escape_code.next = self.escape_logs.val();
                }
            }
            Stage::LogData => {
                self.copy_go.d.next = true;
                self.stage.d.next = Stage::CopyWait;
            }
            Stage::SizeWait => {
                self.near_end.next = bit_cast::<22, 20>(self.memory_bytes.q.val());
                if self.range_near.q.val() & (self.range_end.q.val() <= self.near_end.val()) {
                    self.end_serial.next = true;
                    self.stage.d.next = Stage::Idle;
                } else if self.range_beyond.q.val() | (self.room.val() > self.arena_bytes.val()) {
                    self.do_escape.next = true;
                    self.escape_code.next = self.escape_memory.val();
                } else {
                    self.copy_kind.d.next = bits::<2>(2);
                    self.copy_target.d.next = self.memory_base.q.val() + self.memory_bytes.q.val();
                    self.copy_length.d.next =
                        (bit_cast::<20, 16>(self.new_words.q.val()) << bits::<20>(5)) - self.memory_bytes.q.val();
                    self.memory_bytes.d.next = bit_cast::<20, 16>(self.new_words.q.val()) << bits::<20>(5);
                    self.copy_go.d.next = true;
                    self.stage.d.next = Stage::CopyWait;
                }
            }

            Stage::FrameSave => {
                // Word 64 + count is read in this cycle and stored in the next.
                self.sequencer_reads.next = true;
                self.read_index.next = bits::<7>(64) | bit_cast::<7, 4>(self.count.q.val());
                self.count_before.next = self.count.q.val() - bits::<4>(1);
                self.frame_slot.next = (bit_cast::<16, 12>(self.depth.q.val()) << bits::<16>(3))
                    | bit_cast::<16, 4>(self.count_before.val());
                self.frame_env.write.next = self.count.q.val().any();
                self.frame_records.write.next = !self.count.q.val().any();
                self.count.d.next = self.count.q.val() + bits::<4>(1);
                self.put_little.next = true;
                match self.count.q.val().index() {
                    5 => {
                        self.put.next = true;
                        self.put_address.next = self.e_calldata_size.val();
                        self.little.next = bits_w64(self.range_bytes.q.val());
                    }
                    6 => {
                        self.put.next = true;
                        self.put_address.next = self.e_return_size.val();
                    }
                    7 => {
                        self.put.next = true;
                        self.put_address.next = self.e_creating.val();
                        self.mark_undo.d.next = self.access.mark.val();
                        self.mark_refund.d.next = self.refund.q.val();
                        self.mark_logs.d.next = self.logs.q.val();
                        self.mark_log_bytes.d.next = self.logged_bytes.q.val();
                        self.frame_calldata_start.d.next = self.memory_base.q.val() + self.range_offset.q.val();
                        self.frame_calldata_bytes.d.next = self.range_bytes.q.val();
                        self.memory_base.d.next = self.memory_base.q.val() + self.memory_bytes.q.val();
                        self.memory_bytes.d.next = bits::<20>(0);
                        self.next_frame_base.d.next =
                            self.x2_sp.q.val() + bit_cast::<12, 7>(self.x2_imm.q.val().get_bits::<7>(0));
                        self.depth.d.next = self.depth.q.val() + bits::<12>(1);
                        self.end_serial.next = true;
                        self.stage.d.next = Stage::Idle;
                    }
                    _ => {
                        self.put.next = false;
                    }
                }
            }
            Stage::FrameRestore => {
                // Word 64 + count is read in this cycle and put in the next; RETURNDATA_SIZE stays.
                self.count.d.next = self.count.q.val() + bits::<4>(1);
                self.put.next = self.count.q.val().any() & (self.count.q.val() != bits::<4>(5));
                self.put_address.next = bits::<12>(0xfbf) + bit_cast::<12, 4>(self.count.q.val());
                self.slow_picks[5].next = self.frame_env.data.val();
                if self.count.q.val() == bits::<4>(7) {
                    self.stage.d.next = Stage::FrameTake;
                }
            }
            Stage::FrameTake => {
                self.trap_pc.d.next = self.frame_records.saved_trap_pc.val();
                self.trap_sp.d.next = self.frame_records.saved_trap_sp.val();
                self.trap_dst.d.next = self.frame_records.saved_trap_dst.val();
                self.trap_ahead.d.next = self.frame_records.saved_trap_ahead.val();
                self.sp.d.next = self.frame_records.saved_sp.val();
                self.frame_base.d.next = self.frame_records.saved_frame_base.val();
                self.used.d.next = self.frame_records.saved_used.val();
                self.memory_base.d.next = self.frame_records.saved_memory_base.val();
                self.memory_bytes.d.next = self.frame_records.saved_memory_bytes.val();
                self.gas_set.next = true;
                self.gas_amount.next = self.frame_records.saved_gas.val();
                self.is_static.d.next = self.frame_records.saved_is_static.val();
                self.frame_calldata_start.d.next = self.frame_records.saved_calldata_start.val();
                self.frame_calldata_bytes.d.next = self.frame_records.saved_calldata_bytes.val();
                self.image.d.next = self.frame_records.saved_image.val();
                self.mark_undo.d.next = self.frame_records.saved_mark_undo.val();
                self.mark_refund.d.next = self.frame_records.saved_mark_refund.val();
                self.mark_logs.d.next = self.frame_records.saved_mark_logs.val();
                self.mark_log_bytes.d.next = self.frame_records.saved_mark_log_bytes.val();
                self.halt.d.next = bits::<8>(0);
                self.stage.d.next = Stage::Directory;
            }

            Stage::Payload => {
                self.payload_row.next = bit_cast::<20, 15>(self.source.q.val().get_bits::<15>(0)) << bits::<20>(5);
                self.load_from.next = self.payload_start.val() + self.payload_row.val();
                self.count.d.next = self.count.q.val() + bits::<4>(1);
                self.row_end.next = bit_cast::<22, 20>(self.payload_row.val());
                self.row_end.next = self.row_end.val() + bits::<22>(32);
                if self.source_far.q.val()
                    | self.source.q.val().get_bits::<6>(15).any()
                    | (self.row_end.val() > self.row_limit.val())
                {
                    self.put.next = true;
                    self.put_little.next = true;
                    self.end_serial.next = true;
                    self.stage.d.next = Stage::Idle;
                } else if self.count.q.val() == bits::<4>(3) {
                    self.put.next = true;
                    self.slow_picks[6].next = self.reverse.reversed.val();
                    self.end_serial.next = true;
                    self.stage.d.next = Stage::Idle;
                }
            }
            Stage::AskInput => {
                self.asked_bytes.d.next = self.x1_b.q.val().get_bits::<20>(0);
                self.asked_address.d.next = self.memory_base.q.val() + self.range_offset.q.val();
                self.asked_available.d.next = self.range_bytes.q.val();
                self.bytes21.next = bit_cast::<21, 20>(self.frame_calldata_bytes.q.val());
                if self.x2_imm.q.val().get_bit(8) {
                    self.asked_address.d.next = self.frame_calldata_start.q.val() + self.x1_a.q.val().get_bits::<20>(0);
                    self.asked_available.d.next =
                        self.frame_calldata_bytes.q.val() - self.x1_a.q.val().get_bits::<20>(0);
                    if self.far_a.val() | (self.source21.val() >= self.bytes21.val()) {
                        self.asked_available.d.next = bits::<20>(0);
                    }
                }
                self.stage.d.next = Stage::AskWait;
            }
            Stage::AskWait => {
                self.waiting.next = true;
                if self.answer_valid.val() {
                    self.stage.d.next = Stage::Idle;
                    if self.answer_bytes.val() > self.return_limit.val() {
                        self.do_escape.next = true;
                        self.escape_code.next = self.escape_return.val();
                    } else {
                        self.return_bytes.d.next = self.answer_bytes.val();
                        self.put.next = true;
                        self.slow_picks[7].next = self.port_data.val();
                        self.end_serial.next = true;
                    }
                }
            }
            Stage::Ended => {
                self.serial.d.next = true;
            }
            _ => {
                self.do_error.next = true;
            }
        }
        // A serial word that halts, escapes or errs does so here.
        if self.segment_ok.val() {
            self.used.d.next = self.x2_fields.q.val().get_bits::<7>(22);
            if self.gas_counter.after.val().get_bit(63) & !self.x2_fields.q.val().get_bit(29) {
                self.do_halt.next = true;
                self.segment_fault.next = true;
            } else if self.x2_full.q.val() {
                self.do_escape.next = true;
                self.escape_code.next = self.escape_stack.val();
                self.segment_fault.next = true;
            } else if self.expired.q.val() {
                self.do_escape.next = true;
                self.escape_code.next = self.escape_watchdog.val();
                self.segment_fault.next = true;
            }
        }
        if self.segment_fault.val() {
            self.fault.next = true;
            self.retired.d.next = self.do_escape.val();
        }
        // A posted operation ends; if it escapes, it does so before all that came after it.
        self.posted.d.next = self.posting.val() | (self.posted.q.val() & !self.access.done.val());
        if self.posted.q.val() & self.access.done.val() {
            if self.access.outcome.val().get_bit(7) {
                self.do_error.next = true;
                self.fault.next = true;
                self.posted.d.next = false;
            } else if self.access.outcome.val().any() {
                self.do_escape.next = true;
                self.escape_code.next = self.access.outcome.val();
                self.fault.next = true;
                self.posted.d.next = false;
            }
        }
        if self.do_halt.val() {
            if !(self.depth.q.val().any() & self.halt.q.val().any()) {
                self.halt.d.next = self.halt_code.val();
            }
            self.frame_status.d.next = bits::<2>(0);
            self.end_offset.d.next = bits::<20>(0);
            self.end_bytes.d.next = bits::<20>(0);
            self.serial.d.next = true;
            self.stage.d.next = Stage::EndStatus;
        }
        if self.end_serial.val() {
            self.serial.d.next = false;
            self.retired.d.next = true;
        }
        if self.do_escape.val() {
            self.ended_status.d.next = bits::<4>(5);
            self.ended_reason.d.next = self.escape_code.val();
            self.put.next = false;
            self.jump.next = false;
            self.serial.d.next = true;
            self.fetching.d.next = false;
            self.stage.d.next = Stage::Ended;
        }
        if self.do_error.val() {
            self.ended_status.d.next = bits::<4>(6);
            self.ended_reason.d.next = self.error_instruction.val();
            self.put.next = false;
            self.jump.next = false;
            self.serial.d.next = true;
            self.fetching.d.next = false;
            self.stage.d.next = Stage::Ended;
        }
        if self.fault.val() {
            self.kill.d.next = true;
        }
        self.kill_pc.d.next = self.jump_pc.val();
        self.kill_sp.d.next = self.sp_next.val();
        if self.jump.val() {
            self.kill.d.next = true;
            self.kill_fetch.d.next = true;
        }
        if self.taken.val() {
            self.kill.d.next = true;
            self.kill_fetch.d.next = true;
            self.kill_pc.d.next = self.x2_target.q.val();
            self.kill_sp.d.next = self.x2_sp.q.val();
        }
        if self.range_fault.val() {
            self.kill.d.next = true;
            self.kill_fetch.d.next = true;
            self.kill_pc.d.next = self.x2_pc.q.val();
            self.kill_sp.d.next = self.x2_sp.q.val();
            self.range_first.d.next = true;
        }
        self.retired_firmware.d.next = self.x2_firmware.q.val();
        self.retired_pc.d.next = self.x2_pc.q.val();
        self.retire.next = self.retired.q.val();
        self.retire_firmware.next = self.retired_firmware.q.val();
        self.retire_pc.next = self.retired_pc.q.val();
        self.retire_gas.next = self.gas_counter.gas.val();
        if self.retired.q.val() {
            if self.retired_firmware.q.val() {
                self.words_of_firmware.d.next = self.words_of_firmware.q.val() + bits::<32>(1);
            } else {
                self.words_of_program.d.next = self.words_of_program.q.val() + bits::<32>(1);
            }
        }
        self.program_words.next = self.words_of_program.q.val();
        self.firmware_words.next = self.words_of_firmware.q.val();
        self.gas_counter.replace.next = self.gas_set.val();
        self.gas_counter.add.next = self.gas_add.val();
        self.gas_counter.subtract.next = self.gas_subtract.val();
        self.gas_counter.amount.next = self.gas_amount.val();

        // X2: results, loads and stores.
        self.load1.d.next = self.load_go.val();
        self.load1_dst.d.next = self.x2_dst.q.val();
        self.load1_keep.d.next = bits::<6>(32);
        if self.x2_action.q.val().get_bit(0) {
            // Calldata: bytes beyond its end are zero.
            if self.x2_far.q.val() | self.x2_left.q.val().get_bit(20) {
                self.load1_keep.d.next = bits::<6>(0);
            } else if !self.x2_left.q.val().get_bits::<15>(5).any() {
                self.load1_keep.d.next = self.x2_left.q.val().get_bits::<6>(0);
            }
        }
        self.load2.d.next = self.load1.q.val();
        self.load2_dst.d.next = self.load1_dst.q.val();
        self.load2_keep.d.next = self.load1_keep.q.val();
        self.load3.d.next = self.load2.q.val();
        self.load3_dst.d.next = self.load2_dst.q.val();
        self.load3_keep.d.next = self.load2_keep.q.val();
        self.load_mask.bytes.next = self.load3_keep.q.val();
        self.reverse.value.next = self.memory.load_data.val();
        for i in 0..7 {
            self.result_picks[i].next = self.zero.val();
        }
        if self.load3.q.val() {
            self.result_picks[0].next = self.memory.load_data.val() & self.load_mask.mask.val();
        } else if self.stage.q.val() == Stage::FarTrap {
            self.result_picks[1].next = self.addsub.result.val();
        } else {
            match self.x2_unit.q.val() {
                Unit::Logic => {
                    self.result_picks[2].next = self.logic_unit.result.val();
                }
                Unit::Sum => {
                    self.result_picks[1].next = self.addsub.result.val();
                }
                Unit::Flag => {
                    self.result_picks[6].next = bits_w256(self.condition.val());
                }
                Unit::Shift => {
                    self.result_picks[3].next = self.shifter.result.val();
                }
                Unit::Byte => {
                    self.result_picks[4].next = self.byte_unit.result.val();
                }
                Unit::Zeros => {
                    self.result_picks[5].next = bits_w256(self.zeros_unit.count.val());
                }
            }
        }
        self.result_value.next = ((self.result_picks[0].val() | self.result_picks[1].val())
            | (self.result_picks[2].val() | self.result_picks[3].val()))
            | ((self.result_picks[4].val() | self.result_picks[5].val()) | self.result_picks[6].val());
        self.slot2_valid.next = (self.live.val() & self.x2_result.q.val()) & self.x2_writes.q.val();
        self.slot2.next = self.x2_dst.q.val();
        if self.x2_kind.q.val() == Kind::Load {
            self.slot2_valid.next = false;
        }
        if self.load3.q.val() {
            self.slot2_valid.next = true;
            self.slot2.next = self.load3_dst.q.val();
        }
        if self.stage.q.val() == Stage::FarTrap {
            self.slot2_valid.next = self.addsub.less.val();
            self.slot2.next = self.e_mem_end.val();
        }
        self.w_value.d.next = self.result_value.val();
        if self.slow_write.q.val() {
            self.slot2_valid.next = true;
            self.slot2.next = self.slow_address.q.val();
            self.w_value.d.next = self.slow.q.val();
        }
        self.w_valid.d.next = self.slot2_valid.val();
        self.w_address.d.next = self.slot2.val();
        self.slot1_valid.next = (self.x1_valid.q.val() & self.x1_result.q.val()) & self.x1_writes.q.val();
        self.slot1.next = self.x1_dst.q.val();
        if self.x1_kind.q.val() == Kind::Load {
            self.slot1_valid.next = false;
        }
        if self.load2.q.val() {
            self.slot1_valid.next = true;
            self.slot1.next = self.load2_dst.q.val();
        }

        // Slow results: one register on the way to operand RAM and memory.
        self.slow_address.d.next = self.put_address.val();
        self.slow_write.d.next = self.put.val();
        self.signs.next = self.zero.val();
        if self.put_little.val() {
            if self.little_signed.val() {
                self.signs.next = self.ones.val() << 64_u64;
            }
            self.slow_picks[8].next = self.signs.val() | bits_w256(self.little.val());
        }
        self.outside.next = (self.stage.q.val() == Stage::Off)
            | (self.stage.q.val() == Stage::Ended)
            | (self.stage.q.val() == Stage::AskWait);
        if self.outside.val() {
            if self.env_write.val() {
                self.slow_write.d.next = true;
                self.slow_address.d.next = self.env_first.val() | bit_cast::<12, 7>(self.env_index.val());
                self.slow_picks[7].next = self.port_data.val();
            }
            if self.port_store.val() {
                self.slow_store.d.next = true;
                self.slow_store_address.d.next = self.port_address.val();
                self.slow_picks[7].next = self.port_data.val();
            }
        }
        self.slow.d.next = ((self.slow_picks[0].val() | self.slow_picks[1].val())
            | (self.slow_picks[2].val() | self.slow_picks[3].val()))
            | ((self.slow_picks[4].val() | self.slow_picks[5].val())
                | (self.slow_picks[6].val() | self.slow_picks[7].val()))
            | self.slow_picks[8].val();

        // Memory ports.
        if self.load_go.val() {
            self.load_from.next = self.x2_address.q.val();
        }
        self.load_at.next = self.load_from.val();
        if self.copier.active.val() {
            self.load_at.next = self.copier.load_address.val();
        }
        if self.hasher.loading.val() {
            self.load_at.next = self.hasher.load_address.val();
        }
        self.memory.load_address.next = self.load_at.val();
        self.store_at.next = self.x2_address.q.val();
        self.store_word.next = self.x2_b.q.val();
        self.store_from.next = bits::<5>(0);
        self.store_to.next = bits::<6>(0);
        if self.store_go.val() {
            self.store_to.next = bits::<6>(32);
            if self.x2_action.q.val().get_bit(0) {
                // The lowest byte, at the address of the 31 before it.
                self.store_from.next = bits::<5>(31);
            }
            if self.x2_action.q.val().get_bit(1) {
                self.store_at.next = self.log_start.val() + self.topic_bytes.val() + bits::<20>(32);
            }
        }
        if self.slow_store.q.val() {
            self.store_at.next = self.slow_store_address.q.val();
            self.store_word.next = self.slow.q.val();
            self.store_to.next = bits::<6>(32);
        }
        if self.copier.active.val() & !self.slow_store.q.val() {
            self.store_at.next = self.copier.store_address.val();
            self.store_word.next = self.copier.store_data.val();
            self.store_from.next = self.copier.store_skip.val();
            self.store_to.next = self.copier.store_end.val();
        }
        self.memory.store_address.next = self.store_at.val();
        self.memory.store_data.next = self.store_word.val();
        self.memory.store_skip.next = self.store_from.val();
        self.memory.store_end.next = self.store_to.val();
        self.copier.load_data.next = self.memory.load_data.val();
        self.hasher.load_data.next = self.memory.load_data.val();
        self.port_loaded.next = self.memory.load_data.val();
        self.store_end.next = self.store_to.val();
        self.store_skip.next = self.store_from.val();
        self.store_address.next = self.store_at.val();
        self.store_data.next = self.store_word.val();
        self.copier.clear.next = self.reset.val();
        self.copier.start.next = self.copy_go.q.val();
        self.copier.kind.next = self.copy_kind.q.val();
        self.copier.source.next = self.copy_source.q.val();
        self.copier.available.next = self.copy_available.q.val();
        self.copier.target.next = self.copy_target.q.val();
        self.copier.length.next = self.copy_length.q.val();
        self.copier.code_line.next = self.copy_line.q.val();
        self.copier.code_valid.next = self.data_ready.val() & (self.stage.q.val() == Stage::CopyWait);
        self.copier.code_data.next = self.cache.data.val();
        self.hasher.clear.next = self.reset.val();
        self.hasher.start.next = self.hash_go.q.val();
        self.hasher.address.next = self.memory_base.q.val() + self.range_offset.q.val();
        self.hasher.length.next = self.range_bytes.q.val();
        self.muldiv.clear.next = self.reset.val();
        self.muldiv.start.next = self.muldiv_go.q.val();
        self.muldiv.op.next = self.x2_action.q.val().get_bits::<3>(0);
        self.muldiv.a.next = self.x1_a.q.val();
        self.muldiv.b.next = self.x1_b.q.val();
        self.muldiv.c.next = self.third.q.val();

        // Access unit.
        self.access.clear.next = self.start.val() | self.reset.val();
        self.access.op.next = self.state_op.val();
        self.access.a.next = self.x1_a.q.val();
        if self.x2_action.q.val() == bits::<4>(13) {
            self.access.a.next.set_value_limb0(bits_w64(self.mark_undo.q.val()));
        }
        if self.stage.q.val() == Stage::ExternalCode {
            self.access.a.next = bits_w256(self.ext_account.q.val());
        }
        self.access.b.next = self.x1_b.q.val();
        self.access.packed_code.next = bits_w64(self.third.q.val());
        self.access.field.next = self.x2_imm.q.val().get_bits::<4>(0);
        if self.x2_action.q.val() == bits::<4>(8) {
            self.access.field.next = self.x2_fields.q.val().get_bits::<4>(8);
        }
        self.access.is_head.next = self.is_head.val();
        self.access.state_valid.next = self.state_valid.val();
        self.access.state_value.next = self.state_value.val();
        self.access.state_code.next = self.state_code.val();
        self.access.drain_row.next = self.drain_row.val();
        self.drain_data.next = self.access.drain_data.val();
        self.entries.next = self.access.entries.val();
        self.state_request.next = self.access.state_request.val();
        self.state_kind.next = self.access.state_kind.val();
        self.state_address.next = self.access.state_address.val();
        self.state_slot.next = self.access.state_slot.val();
        self.state_field.next = self.access.state_field.val();
        self.head_wait.next = self.access.head_wait.val();

        // Frames.
        self.frame_env.address.next = self.frame_slot.val();
        self.frame_env.read.next = true;
        self.frame_env.write_address.next = self.frame_slot.val();
        self.frame_env.write_data.next = self.operands.data_a.val();
        self.frame_records.frame.next = bit_cast::<F, 12>(self.depth.q.val());
        self.frame_records.trap_pc.next = self.trap_pc.q.val();
        self.frame_records.trap_sp.next = self.trap_sp.q.val();
        self.frame_records.trap_dst.next = self.trap_dst.q.val();
        self.frame_records.trap_ahead.next = self.trap_ahead.q.val();
        self.frame_records.sp.next = self.x2_sp.q.val();
        self.frame_records.frame_base.next = self.frame_base.q.val();
        self.frame_records.used.next = self.used.q.val();
        self.frame_records.memory_base.next = self.memory_base.q.val();
        self.frame_records.memory_bytes.next = self.memory_bytes.q.val();
        self.frame_records.gas.next = self.gas_counter.gas.val();
        self.frame_records.is_static.next = self.is_static.q.val();
        self.frame_records.calldata_start.next = self.frame_calldata_start.q.val();
        self.frame_records.calldata_bytes.next = self.frame_calldata_bytes.q.val();
        self.frame_records.image.next = self.image.q.val();
        self.frame_records.mark_undo.next = self.mark_undo.q.val();
        self.frame_records.mark_refund.next = self.mark_refund.q.val();
        self.frame_records.mark_logs.next = self.mark_logs.q.val();
        self.frame_records.mark_log_bytes.next = self.mark_log_bytes.q.val();

        // X1: units, memory addresses, stack checks.
        self.addsub.a.next = self.x1_a.q.val();
        self.addsub.b.next = self.x1_b.q.val();
        self.addsub.subtract.next = true;
        if self.x1_unit.q.val() == Unit::Sum {
            self.addsub.subtract.next = self.x1_action.q.val().get_bit(0);
        }
        if self.stage.q.val() == Stage::RangeCheck {
            self.addsub.subtract.next = false;
        }
        self.logic_unit.a.next = self.x1_a.q.val();
        self.logic_unit.b.next = self.x1_b.q.val();
        match self.x1_action.q.val().index() {
            0 => {
                self.logic_unit.op.next = LogicOp::And;
            }
            2 => {
                self.logic_unit.op.next = LogicOp::Xor;
            }
            3 => {
                self.logic_unit.op.next = LogicOp::Not;
            }
            _ => {
                self.logic_unit.op.next = LogicOp::Or;
            }
        }
        if self.x1_kind.q.val() != Kind::Alu {
            self.logic_unit.op.next = LogicOp::Or;
        }
        self.shifter.count.next = self.x1_a.q.val();
        self.shifter.value.next = self.x1_b.q.val();
        match self.x1_action.q.val().index() {
            0 => {
                self.shifter.op.next = ShiftOp::Shl;
            }
            1 => {
                self.shifter.op.next = ShiftOp::Shr;
            }
            _ => {
                self.shifter.op.next = ShiftOp::Sar;
            }
        }
        self.byte_unit.extend.next = self.x1_action.q.val().get_bit(0);
        self.byte_unit.index.next = self.x1_a.q.val();
        self.byte_unit.value.next = self.x1_b.q.val();
        self.zeros_unit.value.next = self.x1_a.q.val();
        self.low_a.next = self.x1_a.q.val().get_bits::<20>(0);
        self.access_base.next = self.memory_base.q.val();
        self.x2_end.d.next = bit_cast::<21, 20>(self.low_a.val()) + bits::<21>(32);
        if self.x1_action.q.val().get_bit(0) {
            if self.x1_kind.q.val() == Kind::Store {
                self.access_base.next = self.memory_base.q.val() - bits::<20>(31);
                self.x2_end.d.next = bit_cast::<21, 20>(self.low_a.val()) + bits::<21>(1);
            } else {
                self.access_base.next = self.frame_calldata_start.q.val();
            }
        }
        self.x2_address.d.next = self.access_base.val() + self.low_a.val();
        self.x2_far.d.next = (self.x1_a.q.val() >> 20_u64) != self.zero.val();
        self.x2_left.d.next =
            bit_cast::<21, 20>(self.frame_calldata_bytes.q.val()) - bit_cast::<21, 20>(self.low_a.val());
        self.height.next = bit_cast::<13, 12>(self.x1_sp.q.val()) - bit_cast::<13, 12>(self.frame_base.q.val());
        self.need.next = bit_cast::<13, 7>(self.x1_fields.q.val().get_bits::<7>(8));
        self.grown.next = self.height.val() + bit_cast::<13, 7>(self.x1_fields.q.val().get_bits::<7>(15));
        self.highest.next =
            bit_cast::<13, 12>(self.x1_sp.q.val()) + bit_cast::<13, 7>(self.x1_fields.q.val().get_bits::<7>(22));
        self.x2_full.d.next = self.highest.val() > self.stack_limit.val();
        self.x2_stack.d.next = (self.height.val() < self.need.val()) | (self.grown.val() > bits::<13>(1024));
        if self.x1_kind.q.val() == Kind::Jump {
            self.wide_dst.next = self.x1_sp.q.val() + bit_cast::<12, 7>(self.x1_fields.q.val().get_bits::<7>(8));
            if self.x1_fields.q.val().get_bit(14) {
                self.wide_dst.next = self.wide_dst.val() - bits::<12>(128);
            }
            self.x2_stack.d.next = (self.wide_dst.val() < self.guard.val())
                | (bit_cast::<13, 12>(self.wide_dst.val()) > self.stack_limit.val());
        }
        // A fault keeps what the sequencer needs.
        self.x2_valid.d.next = (self.x1_valid.q.val() & !self.kill.q.val()) & !self.fault.val();
        if (self.x1_valid.q.val() & !self.kill.q.val()) & !self.fault.val() {
            self.x2_kind.d.next = self.x1_kind.q.val();
            self.x2_unit.d.next = self.x1_unit.q.val();
            self.x2_routine.d.next = self.x1_routine.q.val();
            self.x2_action.d.next = self.x1_action.q.val();
            self.x2_last.d.next = self.x1_last.q.val();
            self.x2_firmware.d.next = self.x1_firmware.q.val();
            self.x2_pc.d.next = self.x1_pc.q.val();
            self.x2_sp.d.next = self.x1_sp.q.val();
            self.x2_imm.d.next = self.x1_imm.q.val();
            self.x2_fields.d.next = self.x1_fields.q.val();
            self.x2_dst.d.next = self.x1_dst.q.val();
            self.x2_writes.d.next = self.x1_writes.q.val();
            self.x2_result.d.next = self.x1_result.q.val();
            self.x2_target.d.next = self.x1_target.q.val();
            self.x2_b.d.next = self.x1_b.q.val();
            if !self.x1_last.q.val() {
                if self.x1_kind.q.val() == Kind::Third {
                    self.third.d.next = self.x1_b.q.val();
                }
                if self.x1_kind.q.val() == Kind::Copy {
                    self.source.d.next = self.x1_a.q.val().get_bits::<21>(0);
                    self.source_far.d.next = (self.x1_a.q.val() >> 21_u64) != self.zero.val();
                }
            }
        }

        // R: operands.
        self.constant.next = self.constant_unit.constant.val();
        if self.r_pool.q.val() {
            self.constant.next = self.pool_value.q.val();
        }
        if self.r_scalar.q.val() {
            self.constant.next = bits_w256(self.scalar.q.val());
            if self.scalar.q.val().get_bit(63) {
                self.constant.next = (self.ones.val() << 64_u64) | bits_w256(self.scalar.q.val());
            }
        }
        for i in 0..5 {
            self.pick_a[i].next = self.zero.val();
        }
        for i in 0..6 {
            self.pick_b[i].next = self.zero.val();
        }
        if self.r_a_ram.q.val() {
            self.pick_a[0].next = self.operands.data_a.val();
        }
        if self.r_a_const.q.val() {
            self.pick_a[1].next = self.constant.val();
        }
        if self.r_a_x2.q.val() {
            self.pick_a[2].next = self.result_value.val();
        }
        if self.r_a_w.q.val() {
            self.pick_a[3].next = self.w_value.q.val();
        }
        if self.r_a_w2.q.val() {
            self.pick_a[4].next = self.w2_value.q.val();
        }
        if self.r_b_ram.q.val() {
            self.pick_b[0].next = self.operands.data_b.val();
        }
        if self.r_b_const.q.val() {
            self.pick_b[1].next = self.constant.val();
        }
        if self.r_b_x2.q.val() {
            self.pick_b[2].next = self.result_value.val();
        }
        if self.r_b_w.q.val() {
            self.pick_b[3].next = self.w_value.q.val();
        }
        if self.r_b_w2.q.val() {
            self.pick_b[4].next = self.w2_value.q.val();
        }
        if self.r_b_short.q.val() {
            self.pick_b[5].next = bits_w256(self.r_short.q.val());
        }
        self.distance.next = bit_cast::<20, 16>(self.r_imm.q.val().get_bits::<16>(16));
        if self.r_imm.q.val().get_bit(31) {
            self.distance.next = self.distance.val() | bits::<20>(0xf_0000);
        }
        if self.r_kind.q.val() == Kind::Segment {
            self.distance.next = bit_cast::<20, 18>(self.r_imm.q.val().get_bits::<18>(14));
            if self.r_imm.q.val().get_bit(31) {
                self.distance.next = self.distance.val() | bits::<20>(0xc_0000);
            }
        }
        self.x1_valid.d.next = self.r_valid.q.val() & !self.kill.q.val();
        if self.r_valid.q.val() {
            self.x1_kind.d.next = self.r_kind.q.val();
            self.x1_unit.d.next = self.r_unit.q.val();
            self.x1_routine.d.next = self.r_routine.q.val();
            self.x1_action.d.next = self.r_action.q.val();
            self.x1_last.d.next = self.r_last.q.val();
            self.x1_firmware.d.next = self.r_firmware.q.val();
            self.x1_pc.d.next = self.r_pc.q.val();
            self.x1_sp.d.next = self.r_sp.q.val();
            self.x1_imm.d.next = self.r_imm.q.val();
            self.x1_fields.d.next = self.r_fields.q.val();
            self.x1_dst.d.next = self.r_dst.q.val();
            self.x1_writes.d.next = self.r_writes.q.val();
            self.x1_result.d.next = self.r_result.q.val();
            self.x1_target.d.next = self.r_pc.q.val() + self.distance.val();
            self.x1_a.d.next = (self.pick_a[0].val() | self.pick_a[1].val())
                | (self.pick_a[2].val() | self.pick_a[3].val())
                | self.pick_a[4].val();
            self.x1_b.d.next = (self.pick_b[0].val() | self.pick_b[1].val())
                | (self.pick_b[2].val() | self.pick_b[3].val())
                | (self.pick_b[4].val() | self.pick_b[5].val());
        }

        // I: decode.
        self.table_of_control.op.next = self.i_word.q.val().get_bits::<7>(0);
        self.i_dst.next = self.i_word.q.val().get_bits::<7>(8);
        self.i_a.next = self.i_word.q.val().get_bits::<7>(15);
        self.i_b.next = self.i_word.q.val().get_bits::<7>(22);
        self.i_mode.next = self.i_word.q.val().get_bits::<3>(29);
        self.i_imm.next = self.i_word.q.val().get_bits::<32>(32);
        self.a_env.next = false;
        self.b_env.next = false;
        self.a_const.next = false;
        self.b_const.next = false;
        self.both_short.next = false;
        self.extended.next = false;
        if self.table_of_control.modes.val() {
            match self.i_mode.val().index() {
                1 => {
                    self.b_const.next = true;
                }
                2 => {
                    self.a_const.next = true;
                }
                3 => {
                    self.b_const.next = true;
                    self.extended.next = true;
                }
                4 => {
                    self.a_const.next = true;
                    self.extended.next = true;
                }
                5 => {
                    self.a_const.next = true;
                    self.both_short.next = true;
                }
                6 => {
                    self.b_env.next = true;
                }
                7 => {
                    self.a_env.next = true;
                }
                _ => {
                    self.a_env.next = false;
                }
            }
        }
        self.extended_pool.next =
            self.extended.val() & (self.table_of_control.split.val() | !self.i_imm.val().get_bits::<4>(28).any());
        self.setcode.next =
            (self.table_of_control.kind.val() == Kind::Third) & (self.table_of_control.action.val() == bits::<4>(11));
        self.i_c.next = self.i_imm.val().get_bits::<7>(0);
        if (self.table_of_control.kind.val() == Kind::Copy) | self.setcode.val() {
            self.i_c.next = self.i_dst.val();
        }
        self.third_slot.next = self.setcode.val() | self.i_phase.q.val().any();
        self.third_pool.next = (self.table_of_control.kind.val() == Kind::Third) & self.i_imm.val().get_bit(15);
        if self.third_slot.val() {
            self.third_pool.next = false;
        }
        self.slot_a.next = self.i_a.val();
        self.slot_b.next = self.i_b.val();
        self.side_a_env.next = self.a_env.val();
        self.side_b_env.next = self.b_env.val();
        self.side_a_const.next = self.table_of_control.reads_a.val() & self.a_const.val();
        self.side_a_slot.next = self.table_of_control.reads_a.val() & !self.a_const.val();
        self.side_b_const.next = self.table_of_control.reads_b.val() & self.b_const.val();
        self.side_b_short.next = self.table_of_control.reads_b.val() & self.both_short.val();
        self.side_b_slot.next = self.table_of_control.reads_b.val() & !(self.b_const.val() | self.both_short.val());
        self.short.next = self.i_imm.val().get_bits::<16>(16);
        self.constant_kind.next = bits::<3>(0);
        if self.extended.val() {
            self.constant_kind.next = bits::<3>(3);
        }
        if self.table_of_control.split.val() | self.both_short.val() {
            self.constant_kind.next = bits::<3>(1);
        }
        self.last_phase.next = true;
        self.i_env.next = self.env_first.val() | bit_cast::<12, 7>(self.i_dst.val());
        self.i_writes.next = self.table_of_control.writes.val();
        self.serial_kind.next = false;
        self.wide_dst.next = self.sp.q.val() + bit_cast::<12, 7>(self.i_dst.val());
        if self.i_dst.val().get_bit(6) {
            self.wide_dst.next = self.wide_dst.val() - bits::<12>(128);
        }
        self.address_dst.next = self.wide_dst.val();
        match self.table_of_control.kind.val() {
            Kind::Environment => {
                // b passes on the side of a, in a phase of its own.
                self.side_b_slot.next = false;
                self.side_b_const.next = false;
                self.side_b_short.next = false;
                self.i_writes.next = true;
                self.address_dst.next = self.i_env.val();
                if self.table_of_control.action.val().get_bit(0) {
                    self.last_phase.next = self.i_phase.q.val().any();
                    if self.i_phase.q.val().any() {
                        self.address_dst.next = self.i_env.val() + bits::<12>(1);
                        self.slot_a.next = self.i_b.val();
                        self.side_a_env.next = self.b_env.val();
                        self.side_a_const.next = self.b_const.val() | self.both_short.val();
                        self.side_a_slot.next = !(self.b_const.val() | self.both_short.val());
                        if self.both_short.val() {
                            self.constant_kind.next = bits::<3>(2);
                        }
                    }
                }
            }
            Kind::TrapResult => {
                self.i_writes.next = true;
                self.address_dst.next = self.trap_dst.q.val();
            }
            Kind::Trap => {
                self.side_b_slot.next = false;
                self.side_b_const.next = false;
                self.i_writes.next = !self.i_phase.q.val().get_bit(1);
                self.last_phase.next = self.i_phase.q.val().get_bit(1);
                self.serial_kind.next = self.i_phase.q.val().get_bit(1);
                self.i_env.next = (self.env_first.val() | bit_cast::<12, 7>(self.e_a0.val()))
                    + bit_cast::<12, 2>(self.i_phase.q.val());
                if !self.i_phase.q.val().get_bit(1) {
                    self.address_dst.next = self.i_env.val();
                }
                if self.i_phase.q.val().get_bit(0) {
                    self.slot_a.next = self.i_b.val();
                    self.side_a_env.next = self.b_env.val();
                    self.side_a_const.next = self.b_const.val();
                    self.side_a_slot.next = !self.b_const.val();
                }
                if self.i_phase.q.val().get_bit(1) {
                    self.side_a_slot.next = false;
                    self.side_a_const.next = false;
                }
            }
            Kind::Copy => {
                self.last_phase.next = self.i_phase.q.val().any();
                self.serial_kind.next = self.i_phase.q.val().any();
                if self.i_phase.q.val().any() & !self.range_source.q.val() {
                    self.slot_a.next = self.i_c.val();
                    self.side_a_env.next = false;
                    self.side_a_const.next = false;
                    self.side_a_slot.next = true;
                }
            }
            Kind::Third => {
                self.last_phase.next = self.i_phase.q.val().any();
                self.serial_kind.next = self.i_phase.q.val().any();
                self.i_writes.next = self.i_phase.q.val().any() & self.table_of_control.writes.val();
                if !self.i_phase.q.val().any() {
                    self.slot_b.next = self.i_c.val();
                    self.side_b_env.next = false;
                    self.side_b_const.next = self.third_pool.val();
                    self.side_b_short.next = false;
                    self.side_b_slot.next = !self.third_pool.val();
                }
            }
            Kind::Store => {
                if self.table_of_control.action.val().get_bit(1) {
                    self.slot_b.next = self.i_a.val();
                    self.side_b_env.next = self.a_env.val();
                    self.side_b_const.next = self.a_const.val();
                    self.side_b_slot.next = !self.a_const.val();
                }
                self.serial_kind.next = self.range_first.q.val();
            }
            Kind::Load => {
                self.serial_kind.next = self.range_first.q.val();
            }
            Kind::Serial => {
                self.serial_kind.next = true;
            }
            Kind::Invalid => {
                self.serial_kind.next = true;
            }
            Kind::Scalar => {
                self.side_a_const.next = true;
            }
            _ => {
                self.last_phase.next = true;
            }
        }
        if self.range_first.q.val() {
            // Only the range of the load or store is looked at.
            self.side_b_slot.next = false;
            self.side_b_const.next = false;
            self.side_b_short.next = true;
            self.short.next = bits::<16>(32);
            if (self.table_of_control.kind.val() == Kind::Store) & self.table_of_control.action.val().get_bit(0) {
                self.short.next = bits::<16>(1);
            }
        }
        self.pool_needed.next = self.extended_pool.val() | self.third_pool.val();
        self.pool_index.next = self.i_imm.val().get_bits::<16>(0);
        if self.third_pool.val() {
            self.pool_index.next = bit_cast::<16, 15>(self.i_imm.val().get_bits::<15>(0));
        }
        self.constant_unit.imm.next = self.i_imm.val();
        self.constant_unit.kind.next = self.constant_kind.val();
        self.wide_a.next = self.sp.q.val() + bit_cast::<12, 7>(self.slot_a.val());
        if self.slot_a.val().get_bit(6) {
            self.wide_a.next = self.wide_a.val() - bits::<12>(128);
        }
        self.wide_b.next = self.sp.q.val() + bit_cast::<12, 7>(self.slot_b.val());
        if self.slot_b.val().get_bit(6) {
            self.wide_b.next = self.wide_b.val() - bits::<12>(128);
        }
        self.address_a.next = self.wide_a.val();
        self.address_b.next = self.wide_b.val();
        if self.side_a_env.val() {
            self.address_a.next = self.env_first.val() | bit_cast::<12, 7>(self.i_imm.val().get_bits::<7>(0));
        }
        if self.side_b_env.val() {
            self.address_b.next = self.env_first.val() | bit_cast::<12, 7>(self.i_imm.val().get_bits::<7>(0));
        }
        if self.outside.val() | self.sequencer_reads.val() {
            self.address_a.next = self.env_first.val() | bit_cast::<12, 7>(self.read_index.val());
        }
        self.operands.address_a.next = bit_cast::<O, 12>(self.address_a.val());
        self.operands.address_b.next = bit_cast::<O, 12>(self.address_b.val());
        self.env_word.next = self.operands.data_a.val();

        // I: hazards.
        self.loads_in_flight.next = ((self.r_valid.q.val() & (self.r_kind.q.val() == Kind::Load))
            | (self.x1_valid.q.val() & (self.x1_kind.q.val() == Kind::Load)))
            | ((self.live.val() & (self.x2_kind.q.val() == Kind::Load))
                | (self.load1.q.val() | (self.load2.q.val() | self.load3.q.val())));
        self.hazard.next = self.pool_needed.val() & !self.pool_state.q.val().get_bit(1);
        if self.serial_kind.val() & self.loads_in_flight.val() {
            self.hazard.next = true;
        }
        if (self.serial_kind.val() & self.posted.q.val()) & (self.table_of_control.routine.val() != Routine::State) {
            self.hazard.next = true;
        }
        // A result of the word before.
        if self.r_valid.q.val() & (self.r_result.q.val() & self.r_writes.q.val()) {
            if (self.side_a_slot.val() & (self.address_a.val() == self.r_dst.q.val()))
                | (self.side_b_slot.val() & (self.address_b.val() == self.r_dst.q.val()))
            {
                self.hazard.next = true;
            }
            if (self.r_kind.q.val() == Kind::Load)
                & (self.i_writes.val() & (self.address_dst.val() == self.r_dst.q.val()))
            {
                self.hazard.next = true;
            }
        }
        // Loads that have not come back.
        if self.x1_valid.q.val() & (self.x1_kind.q.val() == Kind::Load) {
            if (self.side_a_slot.val() & (self.address_a.val() == self.x1_dst.q.val()))
                | (self.side_b_slot.val() & (self.address_b.val() == self.x1_dst.q.val()))
                | (self.i_writes.val() & (self.address_dst.val() == self.x1_dst.q.val()))
            {
                self.hazard.next = true;
            }
        }
        if self.live.val() & (self.x2_kind.q.val() == Kind::Load) {
            // The result of a word issued now would meet the load's.
            if self.i_writes.val()
                | (self.side_a_slot.val() & (self.address_a.val() == self.x2_dst.q.val()))
                | (self.side_b_slot.val() & (self.address_b.val() == self.x2_dst.q.val()))
            {
                self.hazard.next = true;
            }
        }
        if self.load1.q.val() {
            if (self.side_a_slot.val() & (self.address_a.val() == self.load1_dst.q.val()))
                | (self.side_b_slot.val() & (self.address_b.val() == self.load1_dst.q.val()))
            {
                self.hazard.next = true;
            }
        }
        self.issue.next = (self.i_valid.q.val() & !self.hazard.val()) & !(self.serial.q.val() | self.kill.q.val());
        self.leaves.next = self.issue.val() & self.last_phase.val();
        self.i_ready.next = !self.i_valid.q.val() | self.leaves.val();
        self.jump_now.next = false;
        if self.issue.val() {
            self.i_phase.d.next = self.i_phase.q.val() + bits::<2>(1);
            if self.table_of_control.kind.val() == Kind::Jump {
                self.jump_now.next = true;
                self.sp.d.next = self.wide_dst.val();
            }
            if (self.table_of_control.kind.val() == Kind::Scalar) & (self.table_of_control.action.val() == bits::<4>(9))
            {
                self.jump_now.next = true;
            }
            if self.serial_kind.val() {
                self.serial.d.next = true;
            }
            // Not what a word that is killed in this cycle has just asked for.
            if self.last_phase.val() & self.range_first.q.val() {
                self.range_first.d.next = false;
            }
        }

        // I: pool entries.
        if ((self.i_valid.q.val() & self.pool_needed.val()) & !self.pool_state.q.val().any())
            & !(self.serial.q.val() | self.kill.q.val())
        {
            self.data_read.next = true;
            self.data_line.next = self.pool_line.val() + bit_cast::<32, 16>(self.pool_index.val());
            self.pool_state.d.next = bits::<2>(1);
        }
        if self.pool_state.q.val().get_bit(0) {
            self.pool_value.d.next = self.fields.number.val();
            self.pool_state.d.next = bits::<2>(0);
            if self.data_ready.val() {
                self.pool_state.d.next = bits::<2>(2);
            }
        }

        // I to R.
        self.scalar_value.next = self.gas_counter.gas.val();
        match self.i_imm.val().get_bits::<8>(0).index() {
            1 => {
                self.scalar_value.next = self.refund.q.val();
            }
            2 => {
                self.scalar_value.next = bits_w64(self.memory_bytes.q.val());
            }
            3 => {
                self.scalar_value.next = bits_w64(self.depth.q.val());
            }
            4 => {
                self.scalar_value.next = bits_w64(self.is_static.q.val());
            }
            _ => {
                self.scalar_value.next = self.gas_counter.gas.val();
            }
        }
        if self.table_of_control.action.val() == bits::<4>(8) {
            self.scalar_value.next = bits_w64(self.memory_bytes.q.val());
        }
        self.index_low.next = self.i_pc.q.val() + bits::<20>(1);
        if self.table_of_control.action.val() == bits::<4>(9) {
            self.scalar_value.next = bits_w64(self.index_low.val());
        }
        self.scalar.d.next = self.scalar_value.val();
        self.r_valid.d.next = self.issue.val();
        self.r_kind.d.next = self.table_of_control.kind.val();
        self.r_unit.d.next = self.table_of_control.unit.val();
        self.r_routine.d.next = self.table_of_control.routine.val();
        if self.table_of_control.privileged.val() & !self.in_firmware.q.val() {
            self.r_routine.d.next = Routine::None;
        }
        self.r_action.d.next = self.table_of_control.action.val();
        self.r_last.d.next = self.last_phase.val();
        self.r_firmware.d.next = self.in_firmware.q.val();
        self.r_pc.d.next = self.i_pc.q.val();
        self.r_sp.d.next = self.sp.q.val();
        self.r_imm.d.next = self.i_imm.val();
        self.r_fields.d.next = self.i_word.q.val().get_bits::<32>(0);
        self.r_dst.d.next = self.address_dst.val();
        self.r_writes.d.next = self.i_writes.val();
        self.r_result.d.next = !self.serial_kind.val();
        self.r_scalar.d.next = self.table_of_control.kind.val() == Kind::Scalar;
        self.r_pool.d.next = self.pool_needed.val();
        self.r_short.d.next = self.short.val();
        self.r_b_short.d.next = self.side_b_short.val();
        self.r_a_const.d.next = self.side_a_const.val();
        self.r_b_const.d.next = self.side_b_const.val();
        self.r_a_ram.d.next = self.side_a_slot.val();
        self.r_b_ram.d.next = self.side_b_slot.val();
        self.r_a_x2.d.next = false;
        self.r_a_w.d.next = false;
        self.r_a_w2.d.next = false;
        self.r_b_x2.d.next = false;
        self.r_b_w.d.next = false;
        self.r_b_w2.d.next = false;
        if self.side_a_slot.val() {
            if self.slot1_valid.val() & (self.slot1.val() == self.address_a.val()) {
                self.r_a_x2.d.next = true;
                self.r_a_ram.d.next = false;
            } else if self.slot2_valid.val() & (self.slot2.val() == self.address_a.val()) {
                self.r_a_w.d.next = true;
                self.r_a_ram.d.next = false;
            } else if self.w_valid.q.val() & (self.w_address.q.val() == self.address_a.val()) {
                self.r_a_w2.d.next = true;
                self.r_a_ram.d.next = false;
            }
        }
        if self.side_b_slot.val() {
            if self.slot1_valid.val() & (self.slot1.val() == self.address_b.val()) {
                self.r_b_x2.d.next = true;
                self.r_b_ram.d.next = false;
            } else if self.slot2_valid.val() & (self.slot2.val() == self.address_b.val()) {
                self.r_b_w.d.next = true;
                self.r_b_ram.d.next = false;
            } else if self.w_valid.q.val() & (self.w_address.q.val() == self.address_b.val()) {
                self.r_b_w2.d.next = true;
                self.r_b_ram.d.next = false;
            }
        }

        // F: next word.
        self.redirect.next = self.jump_now.val();
        self.redirect_pc.next = self.i_imm.val().get_bits::<20>(0);
        if self.kill.q.val() {
            self.sp.d.next = self.kill_sp.q.val();
            self.redirect.next = self.kill_fetch.q.val();
            self.redirect_pc.next = self.kill_pc.q.val();
            if self.kill_fetch.q.val() {
                self.serial.d.next = false;
            }
        }
        self.present_pc.next = self.fetch_pc.q.val();
        if self.fetch_valid.q.val() & self.i_ready.val() {
            self.present_pc.next = self.fetch_pc.q.val() + bits::<20>(1);
        }
        self.fetch_valid.d.next = self.fetching.q.val() & !self.data_read.val();
        self.fetch_pc.d.next = self.present_pc.val();
        if (self.fetch_valid.q.val() & self.i_ready.val()) & !self.cache.hit.val() {
            self.fetch_pc.d.next = self.fetch_pc.q.val();
            self.fetch_valid.d.next = false;
        }
        if self.i_ready.val() {
            self.i_valid.d.next = self.word_ready.val();
            self.i_phase.d.next = bits::<2>(0);
            self.pool_state.d.next = bits::<2>(0);
            if self.word_ready.val() {
                self.i_word.d.next = self.fields.word.val();
                self.i_pc.d.next = self.fetch_pc.q.val();
            }
        }
        if self.redirect.val() {
            self.present_pc.next = self.redirect_pc.val();
            self.fetch_pc.d.next = self.redirect_pc.val();
            self.fetch_valid.d.next = self.fetching.q.val() & !self.data_read.val();
            self.i_valid.d.next = false;
            self.i_phase.d.next = bits::<2>(0);
            self.pool_state.d.next = bits::<2>(0);
        }
        if self.kill.q.val() {
            self.i_valid.d.next = false;
            self.i_phase.d.next = bits::<2>(0);
            self.pool_state.d.next = bits::<2>(0);
        }
        self.data_pending.d.next = self.data_read.val();
        self.cache.read.next = self.fetching.q.val() | self.data_read.val();
        self.cache.line.next = self.program_line.val() + bit_cast::<32, 18>(self.present_pc.val().get_bits::<18>(2));
        if self.data_read.val() {
            self.cache.line.next = self.data_line.val();
        }
        self.cache.flush.next = self.code_flush.val();
        self.cache.drop.next = self.code_drop.val();
        self.cache.drop_line.next = self.drop_line.val();
        self.cache.fill_ready.next = self.fill_ready.val();
        self.cache.fill_valid.next = self.fill_valid.val();
        self.cache.fill_data.next = self.fill_data.val();
        self.fill_request.next = self.cache.fill_request.val();
        self.fill_line.next = self.cache.fill_line.val();

        // Watchdog: what the lane does itself, not what it waits for.
        if (self.fetching.q.val() & !self.waiting.val()) & !self.expired.q.val() {
            self.own_cycles.d.next = self.own_cycles.q.val() + bits::<32>(1);
        }
        self.expired.d.next = self.own_cycles.q.val() > self.watchdog.val();

        // Status.
        self.status.next = bits::<4>(1);
        match self.stage.q.val() {
            Stage::Off => {
                self.status.next = bits::<4>(0);
            }
            Stage::CodeWait => {
                self.status.next = bits::<4>(2);
            }
            Stage::AskWait => {
                self.status.next = bits::<4>(3);
            }
            Stage::Ended => {
                // What was posted may yet give another reason.
                if !self.posted.q.val() {
                    self.status.next = self.ended_status.q.val();
                }
            }
            _ => {
                self.status.next = bits::<4>(1);
            }
        }
        self.reason.next = self.ended_reason.q.val();
        self.missing_handle.next = self.image.q.val();
        self.missing_number.next = self.missing.q.val();
        self.ask_kind.next = self.asked.q.val();
        self.ask_address.next = self.asked_address.q.val();
        self.ask_available.next = self.asked_available.q.val();
        self.ask_bytes.next = self.asked_bytes.q.val();
        self.end_status.next = self.transaction_status.q.val();
        self.end_halt.next = self.halt.q.val();
        if self.transaction_status.q.val() == bits::<2>(3) {
            self.end_status.next = bits::<2>(0);
        }
        if (self.transaction_status.q.val() == bits::<2>(1)) | (self.transaction_status.q.val() == bits::<2>(2)) {
            self.end_halt.next = bits::<8>(0);
        }
        self.output_bytes.next = self.return_bytes.q.val();
        self.log_count.next = self.logs.q.val();
        self.log_bytes.next = self.logged_bytes.q.val();
        self.held_by.next = bits::<3>(0);
        if self.waiting.val() {
            self.held_by.next = bits::<3>(4);
        } else if self.serial.q.val() {
            self.held_by.next = bits::<3>(3);
        } else if !self.i_valid.q.val() {
            self.held_by.next = bits::<3>(1);
        } else if !self.issue.val() {
            self.held_by.next = bits::<3>(2);
        }

        // Start and reset.
        if self.start.val() & ((self.stage.q.val() == Stage::Off) | (self.stage.q.val() == Stage::Ended)) {
            self.stage.d.next = Stage::Boot;
            self.lookup.d.next = (self.firmware_handle.val() << bits::<32>(1)) | bits::<32>(0x8000_0000_u64);
            self.serial.d.next = true;
            self.fetching.d.next = false;
            self.fetch_valid.d.next = false;
            self.i_valid.d.next = false;
            self.in_firmware.d.next = true;
            self.image.d.next = bits::<32>(0);
            self.sp.d.next = self.guard.val();
            self.frame_base.d.next = self.guard.val();
            self.next_frame_base.d.next = self.guard.val();
            self.used.d.next = bits::<7>(0);
            self.depth.d.next = bits::<12>(0);
            self.memory_base.d.next = bits::<20>(0);
            self.memory_bytes.d.next = bits::<20>(0);
            self.gas_counter.replace.next = true;
            self.gas_counter.amount.next = self.zero64.val();
            self.refund.d.next = self.zero64.val();
            self.is_static.d.next = false;
            self.trap_pc.d.next = bits::<20>(0);
            self.trap_sp.d.next = bits::<12>(0);
            self.trap_dst.d.next = bits::<12>(0);
            self.trap_ahead.d.next = bits::<16>(0);
            self.frame_calldata_start.d.next = self.calldata_start.val();
            self.frame_calldata_bytes.d.next = self.calldata_bytes.val();
            self.mark_undo.d.next = bits::<16>(0);
            self.mark_refund.d.next = self.zero64.val();
            self.mark_logs.d.next = bits::<16>(0);
            self.mark_log_bytes.d.next = bits::<20>(0);
            self.return_bytes.d.next = bits::<20>(0);
            self.logs.d.next = bits::<16>(0);
            self.logged_bytes.d.next = bits::<20>(0);
            self.topics.d.next = bits::<3>(0);
            self.ext_account.d.next = bits::<16>(0);
            self.halt.d.next = bits::<8>(0);
            self.range_first.d.next = false;
            self.range_source.d.next = false;
            self.waiting_for_words.d.next = false;
            self.posted.d.next = false;
            self.own_cycles.d.next = bits::<32>(0);
            self.words_of_program.d.next = bits::<32>(0);
            self.words_of_firmware.d.next = bits::<32>(0);
            self.transaction_status.d.next = bits::<2>(0);
        }
        if self.reset.val() {
            self.stage.d.next = Stage::Off;
            self.serial.d.next = true;
            self.posted.d.next = false;
            self.fetching.d.next = false;
            self.fetch_valid.d.next = false;
            self.data_pending.d.next = false;
            self.i_valid.d.next = false;
            self.r_valid.d.next = false;
            self.x1_valid.d.next = false;
            self.x2_valid.d.next = false;
            self.kill.d.next = false;
            self.load1.d.next = false;
            self.load2.d.next = false;
            self.load3.d.next = false;
            self.w_valid.d.next = false;
            self.slow_write.d.next = false;
            self.slow_store.d.next = false;
            self.copy_go.d.next = false;
            self.hash_go.d.next = false;
            self.muldiv_go.d.next = false;
            self.retired.d.next = false;
            self.store_go.next = false;
        }
    }
}
