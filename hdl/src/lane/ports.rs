//! Ports of the lane as plain data, and what simulates them.
//!
//! The two lists here are the only ones: the structs, the RustHDL kernel's glue and Verilator's C++ glue come from them.
//! What the ports mean stands at [`super::Lane`].

use super::LaneSize;
use crate::CardConfig;

/// Calls a macro with every input of the lane and its kind, in order of falling size.
#[macro_export]
macro_rules! lane_inputs {
    ($with:ident) => {
        $with! {
            port_data: word,
            state_value: word,
            fill_data: word,
            state_code: half,
            calldata_start: number,
            calldata_bytes: number,
            payload_bytes: number,
            record_bytes: number,
            port_address: number,
            env_index: number,
            drain_row: number,
            answer_bytes: number,
            drop_line: number,
            reset: flag,
            start: flag,
            is_head: flag,
            port_store: flag,
            env_write: flag,
            state_valid: flag,
            fill_ready: flag,
            fill_valid: flag,
            code_flush: flag,
            code_drop: flag,
            code_resume: flag,
            answer_valid: flag,
        }
    };
}

/// Calls a macro with every output of the lane and its kind, in order of falling size.
#[macro_export]
macro_rules! lane_outputs {
    ($with:ident) => {
        $with! {
            port_loaded: word,
            env_word: word,
            drain_data: word,
            state_slot: word,
            state_address: address,
            write_data: word,
            store_data: word,
            retire_gas: half,
            status: number,
            reason: number,
            entries: number,
            state_kind: number,
            state_field: number,
            fill_line: number,
            missing_handle: number,
            missing_number: number,
            ask_kind: number,
            ask_address: number,
            ask_available: number,
            ask_bytes: number,
            end_status: number,
            end_halt: number,
            output_bytes: number,
            log_count: number,
            log_bytes: number,
            program_words: number,
            firmware_words: number,
            retire_pc: number,
            write_address: number,
            store_end: number,
            store_skip: number,
            store_address: number,
            held_by: number,
            state_request: flag,
            head_wait: flag,
            fill_request: flag,
            retire: flag,
            retire_firmware: flag,
            write: flag,
        }
    };
}

macro_rules! port_type {
    (word) => {
        [u64; 4]
    };
    (address) => {
        [u64; 3]
    };
    (half) => {
        u64
    };
    (number) => {
        u32
    };
    (flag) => {
        bool
    };
}

macro_rules! inputs {
    ($($field:ident: $kind:ident,)*) => {
        /// Inputs of a cycle; wide ones in limbs, least significant first.
        #[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
        #[allow(missing_docs)]
        #[repr(C)]
        pub struct LaneInputs { $(pub $field: port_type!($kind),)* }

        /// Name and kind of every input.
        pub const INPUTS: &[(&str, &str)] = &[$((stringify!($field), stringify!($kind)),)*];
    };
}
lane_inputs!(inputs);

macro_rules! outputs {
    ($($field:ident: $kind:ident,)*) => {
        /// Outputs of a cycle; wide ones in limbs, least significant first.
        #[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
        #[allow(missing_docs)]
        #[repr(C)]
        pub struct LaneOutputs { $(pub $field: port_type!($kind),)* }

        /// Name and kind of every output.
        pub const OUTPUTS: &[(&str, &str)] = &[$((stringify!($field), stringify!($kind)),)*];
    };
}
lane_outputs!(outputs);

/// A simulated lane: inputs, a clock, outputs.
pub trait LaneSimulator {
    /// The size that a configuration's lanes have here, or why there are none.
    fn check(config: &CardConfig) -> Result<LaneSize, String> {
        LaneSize::of(config)
    }
    /// A lane of a configuration that passed the check, with its size.
    fn create(config: &CardConfig, size: LaneSize) -> Self;
    /// Inputs of the next cycle.
    fn inputs(&mut self) -> &mut LaneInputs;
    /// Lets the inputs take effect, reads the outputs of this cycle, then passes the clock edge.
    fn tick(&mut self) -> &LaneOutputs;
    /// Outputs of the last cycle.
    fn outputs(&self) -> &LaneOutputs;
}
