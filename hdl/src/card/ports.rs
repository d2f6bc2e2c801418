//! Ports of the card's core and of a lane's port as plain data, and what simulates them.
//!
//! The lists here are the only ones: the structs, the RustHDL kernel's glue and Verilator's C++ glue come from them. What the
//! ports mean stands at [`super::Core`] and [`super::LanePort`].

use crate::port_struct::port_struct;

/// Calls a macro with every input of the core and its kind, in order of falling size.
#[macro_export]
macro_rules! core_inputs {
    ($with:ident $($more:tt)*) => {
        $with! {
            [$($more)*]
            host_rdata: word,
            memory_rdata: word,
            up_data: word,
            boot_address: number,
            boot_word: number,
            strap_lanes: number,
            strap_slots: number,
            bar_awaddr: number,
            bar_wdata: number,
            bar_wstrb: number,
            bar_araddr: number,
            host_rresp: number,
            host_bresp: number,
            memory_rresp: number,
            memory_bresp: number,
            up_tag: number,
            stopped: number,
            asks_state: number,
            wants_line: number,
            reset: flag,
            processor_reset: flag,
            boot_valid: flag,
            boot_program: flag,
            bar_awvalid: flag,
            bar_wvalid: flag,
            bar_bready: flag,
            bar_arvalid: flag,
            bar_rready: flag,
            host_arready: flag,
            host_rvalid: flag,
            host_rlast: flag,
            host_awready: flag,
            host_wready: flag,
            host_bvalid: flag,
            memory_arready: flag,
            memory_rvalid: flag,
            memory_rlast: flag,
            memory_awready: flag,
            memory_wready: flag,
            memory_bvalid: flag,
            interrupt_ready: flag,
            up_valid: flag,
        }
    };
}

/// Calls a macro with every output of the core and its kind, in order of falling size.
#[macro_export]
macro_rules! core_outputs {
    ($with:ident $($more:tt)*) => {
        $with! {
            [$($more)*]
            host_wdata: word,
            memory_wdata: word,
            down_data: word,
            host_araddr: half,
            host_awaddr: half,
            memory_araddr: half,
            memory_awaddr: half,
            down_code: half,
            bar_bresp: number,
            bar_rdata: number,
            bar_rresp: number,
            host_arlen: number,
            host_awlen: number,
            host_wstrb: number,
            memory_arlen: number,
            memory_awlen: number,
            memory_wstrb: number,
            down_lane: number,
            down_op: number,
            down_tag: number,
            down_address: number,
            pc: number,
            boot_ready: flag,
            bar_awready: flag,
            bar_wready: flag,
            bar_bvalid: flag,
            bar_arready: flag,
            bar_rvalid: flag,
            host_arvalid: flag,
            host_rready: flag,
            host_awvalid: flag,
            host_wvalid: flag,
            host_wlast: flag,
            host_bready: flag,
            memory_arvalid: flag,
            memory_rready: flag,
            memory_awvalid: flag,
            memory_wvalid: flag,
            memory_wlast: flag,
            memory_bready: flag,
            interrupt_valid: flag,
            down_valid: flag,
            down_all: flag,
            halted: flag,
        }
    };
}

/// Calls a macro with every input of a lane's port and its kind, in order of falling size.
#[macro_export]
macro_rules! lane_port_inputs {
    ($with:ident $($more:tt)*) => {
        $with! {
            [$($more)*]
            down_data: word,
            port_loaded: word,
            env_word: word,
            drain_data: word,
            state_slot: word,
            state_address: address,
            down_code: half,
            number: number,
            down_lane: number,
            down_op: number,
            down_tag: number,
            down_address: number,
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
            down_valid: flag,
            down_all: flag,
            state_request: flag,
            head_wait: flag,
            fill_request: flag,
        }
    };
}

/// Calls a macro with every output of a lane's port and its kind, in order of falling size.
#[macro_export]
macro_rules! lane_port_outputs {
    ($with:ident $($more:tt)*) => {
        $with! {
            [$($more)*]
            up_data: word,
            port_data: word,
            state_value: word,
            fill_data: word,
            state_code: half,
            up_tag: number,
            calldata_start: number,
            calldata_bytes: number,
            payload_bytes: number,
            record_bytes: number,
            port_address: number,
            env_index: number,
            drain_row: number,
            answer_bytes: number,
            drop_line: number,
            up_valid: flag,
            stopped: flag,
            asks_state: flag,
            wants_line: flag,
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

core_inputs!(port_struct CoreInputs CORE_INPUTS "Inputs of the core");
core_outputs!(port_struct CoreOutputs CORE_OUTPUTS "Outputs of the core");
lane_port_inputs!(port_struct LanePortInputs LANE_PORT_INPUTS "Inputs of a lane's port");
lane_port_outputs!(port_struct LanePortOutputs LANE_PORT_OUTPUTS "Outputs of a lane's port");

/// A simulated block whose outputs may depend on inputs of the same cycle.
pub trait Simulated<I, O> {
    /// Inputs of this cycle.
    fn inputs(&mut self) -> &mut I;
    /// Outputs since the last [`Simulated::settle`].
    fn outputs(&self) -> &O;
    /// Lets the inputs take effect on the outputs.
    fn settle(&mut self);
    /// Passes the clock edge.
    fn edge(&mut self);
}
