//! Ports of the lane as plain data, and what simulates them.
//!
//! The two lists here are the only ones: the structs, the RustHDL kernel's glue and Verilator's C++ glue come from them.
//! What the ports mean stands at [`super::Lane`].

use super::LaneSize;
use crate::CardConfig;
use crate::port_struct::port_struct;

/// Calls a macro with every input of the lane and its kind, in order of falling size.
#[macro_export]
macro_rules! lane_inputs {
    ($with:ident $($more:tt)*) => {
        $with! {
            [$($more)*]
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
    ($with:ident $($more:tt)*) => {
        $with! {
            [$($more)*]
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

lane_inputs!(port_struct LaneInputs INPUTS "Inputs of the lane");
lane_outputs!(port_struct LaneOutputs OUTPUTS "Outputs of the lane");

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
