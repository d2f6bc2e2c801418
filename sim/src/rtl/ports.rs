//! Ports of a simulated lane as plain data: `gaslane_hdl::lane::Lane` says what they mean.

use gaslane_hdl::CardConfig;
use gaslane_hdl::lane::LaneSize;

/// A 256-bit value in limbs, least significant first.
pub type Limbs = [u64; 4];

macro_rules! ports {
    ($(#[$meta:meta])* $name:ident { $($field:ident: $type:ty,)* }) => {
        $(#[$meta])*
        #[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
        #[allow(missing_docs)]
        #[repr(C)]
        pub struct $name { $(pub $field: $type,)* }
    };
}

ports! {
    /// Inputs.
    LaneInputs {
        port_data: Limbs,
        state_value: Limbs,
        fill_data: Limbs,
        state_code: u64,
        calldata_start: u32,
        calldata_bytes: u32,
        payload_bytes: u32,
        record_bytes: u32,
        port_address: u32,
        env_index: u32,
        drain_row: u32,
        answer_bytes: u32,
        reset: bool,
        start: bool,
        is_head: bool,
        port_store: bool,
        env_write: bool,
        state_valid: bool,
        fill_ready: bool,
        fill_valid: bool,
        code_flush: bool,
        code_resume: bool,
        answer_valid: bool,
    }
}

ports! {
    /// Outputs.
    LaneOutputs {
        port_loaded: Limbs,
        env_word: Limbs,
        drain_data: Limbs,
        state_slot: Limbs,
        state_address: [u64; 3],
        write_data: Limbs,
        store_data: Limbs,
        retire_gas: u64,
        status: u32,
        reason: u32,
        entries: u32,
        state_kind: u32,
        state_field: u32,
        fill_line: u32,
        missing_handle: u32,
        missing_number: u32,
        ask_kind: u32,
        ask_address: u32,
        ask_available: u32,
        ask_bytes: u32,
        end_status: u32,
        end_halt: u32,
        output_bytes: u32,
        log_count: u32,
        log_bytes: u32,
        program_words: u32,
        firmware_words: u32,
        retire_pc: u32,
        write_address: u32,
        store_end: u32,
        store_skip: u32,
        store_address: u32,
        held_by: u32,
        state_request: bool,
        head_wait: bool,
        fill_request: bool,
        retire: bool,
        retire_firmware: bool,
        write: bool,
    }
}

/// A simulated lane: inputs, a clock, outputs.
pub trait LaneSimulator {
    /// A lane of that configuration, which has this size.
    fn create(config: &CardConfig, size: LaneSize) -> Self;
    /// Inputs of the next cycle.
    fn inputs(&mut self) -> &mut LaneInputs;
    /// Lets the inputs take effect, reads the outputs of this cycle, then passes the clock edge.
    fn tick(&mut self) -> &LaneOutputs;
    /// Outputs of the last cycle.
    fn outputs(&self) -> &LaneOutputs;
}
