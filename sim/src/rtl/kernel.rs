//! The lane in the RustHDL kernel: a tight loop without testbench threads.

use super::ports::{LaneInputs, LaneOutputs, LaneSimulator};
use gaslane_hdl::CardConfig;
use gaslane_hdl::lane::{LaneLayout, LaneSize, LargeLane, SmallLane};
use gaslane_hdl::word::{W64, W256};
use rust_hdl_core::prelude::*;

/// A simulated lane of one of the sizes.
pub struct KernelLane {
    size: Size,
    inputs: LaneInputs,
    outputs: LaneOutputs,
}

enum Size {
    Small(Box<SmallLane>),
    Large(Box<LargeLane>),
}

impl std::fmt::Debug for KernelLane {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("KernelLane").field("outputs", &self.outputs).finish_non_exhaustive()
    }
}

/// Passes until the logic has settled, at most: more would be a loop.
const SETTLE: usize = 64;

macro_rules! cycle {
    ($lane:expr, $inputs:expr, $outputs:expr) => {{
        let (lane, inputs, outputs) = ($lane, $inputs, $outputs);
        // The clock falls while the inputs change; nothing listens to that edge.
        lane.clock.next = Clock { clk: false };
        lane.port_data.next = W256::from_limbs(inputs.port_data);
        lane.state_value.next = W256::from_limbs(inputs.state_value);
        lane.fill_data.next = W256::from_limbs(inputs.fill_data);
        lane.state_code.next = W64::from_limbs([inputs.state_code]);
        lane.calldata_start.next = u64::from(inputs.calldata_start).into();
        lane.calldata_bytes.next = u64::from(inputs.calldata_bytes).into();
        lane.payload_bytes.next = u64::from(inputs.payload_bytes).into();
        lane.record_bytes.next = u64::from(inputs.record_bytes).into();
        lane.port_address.next = u64::from(inputs.port_address).into();
        lane.env_index.next = u64::from(inputs.env_index).into();
        lane.drain_row.next = u64::from(inputs.drain_row).into();
        lane.answer_bytes.next = u64::from(inputs.answer_bytes).into();
        lane.reset.next = inputs.reset;
        lane.start.next = inputs.start;
        lane.is_head.next = inputs.is_head;
        lane.port_store.next = inputs.port_store;
        lane.env_write.next = inputs.env_write;
        lane.state_valid.next = inputs.state_valid;
        lane.fill_ready.next = inputs.fill_ready;
        lane.fill_valid.next = inputs.fill_valid;
        lane.code_flush.next = inputs.code_flush;
        lane.code_resume.next = inputs.code_resume;
        lane.answer_valid.next = inputs.answer_valid;
        assert!(simulate(lane, SETTLE), "the lane does not settle");
        outputs.port_loaded = *lane.port_loaded.val().limbs();
        outputs.env_word = *lane.env_word.val().limbs();
        outputs.drain_data = *lane.drain_data.val().limbs();
        outputs.state_slot = *lane.state_slot.val().limbs();
        outputs.state_address = *lane.state_address.val().limbs();
        outputs.write_data = *lane.write_data.val().limbs();
        outputs.store_data = *lane.store_data.val().limbs();
        outputs.retire_gas = lane.retire_gas.val().limbs()[0];
        outputs.status = lane.status.val().to_u64() as u32;
        outputs.reason = lane.reason.val().to_u64() as u32;
        outputs.entries = lane.entries.val().to_u64() as u32;
        outputs.state_kind = lane.state_kind.val().to_u64() as u32;
        outputs.state_field = lane.state_field.val().to_u64() as u32;
        outputs.fill_line = lane.fill_line.val().to_u64() as u32;
        outputs.missing_handle = lane.missing_handle.val().to_u64() as u32;
        outputs.missing_number = lane.missing_number.val().to_u64() as u32;
        outputs.ask_kind = lane.ask_kind.val().to_u64() as u32;
        outputs.ask_address = lane.ask_address.val().to_u64() as u32;
        outputs.ask_available = lane.ask_available.val().to_u64() as u32;
        outputs.ask_bytes = lane.ask_bytes.val().to_u64() as u32;
        outputs.end_status = lane.end_status.val().to_u64() as u32;
        outputs.end_halt = lane.end_halt.val().to_u64() as u32;
        outputs.output_bytes = lane.output_bytes.val().to_u64() as u32;
        outputs.log_count = lane.log_count.val().to_u64() as u32;
        outputs.log_bytes = lane.log_bytes.val().to_u64() as u32;
        outputs.program_words = lane.program_words.val().to_u64() as u32;
        outputs.firmware_words = lane.firmware_words.val().to_u64() as u32;
        outputs.retire_pc = lane.retire_pc.val().to_u64() as u32;
        outputs.write_address = lane.write_address.val().to_u64() as u32;
        outputs.store_end = lane.store_end.val().to_u64() as u32;
        outputs.store_skip = lane.store_skip.val().to_u64() as u32;
        outputs.store_address = lane.store_address.val().to_u64() as u32;
        outputs.held_by = lane.held_by.val().to_u64() as u32;
        outputs.state_request = lane.state_request.val();
        outputs.head_wait = lane.head_wait.val();
        outputs.fill_request = lane.fill_request.val();
        outputs.retire = lane.retire.val();
        outputs.retire_firmware = lane.retire_firmware.val();
        outputs.write = lane.write.val();
        lane.clock.next = Clock { clk: true };
        assert!(simulate(lane, SETTLE), "the lane does not settle");
    }};
}

impl LaneSimulator for KernelLane {
    fn create(config: &CardConfig, size: LaneSize) -> Self {
        let layout = LaneLayout::new(config);
        let size = match size {
            LaneSize::Small => {
                let mut lane = Box::new(SmallLane::new(&layout));
                lane.connect_all();
                Size::Small(lane)
            }
            LaneSize::Large => {
                let mut lane = Box::new(LargeLane::new(&layout));
                lane.connect_all();
                Size::Large(lane)
            }
        };
        let mut lane = Self { size, inputs: LaneInputs::default(), outputs: LaneOutputs::default() };
        lane.inputs.reset = true;
        lane.tick();
        lane.inputs.reset = false;
        lane
    }

    fn inputs(&mut self) -> &mut LaneInputs {
        &mut self.inputs
    }

    fn outputs(&self) -> &LaneOutputs {
        &self.outputs
    }

    fn tick(&mut self) -> &LaneOutputs {
        match &mut self.size {
            Size::Small(lane) => cycle!(lane.as_mut(), &self.inputs, &mut self.outputs),
            Size::Large(lane) => cycle!(lane.as_mut(), &self.inputs, &mut self.outputs),
        }
        &self.outputs
    }
}
