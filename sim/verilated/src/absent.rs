//! What stands in for the engine where Verilator was missing: no configuration passes its check.

use gaslane_hdl::CardConfig;
use gaslane_hdl::lane::{LaneInputs, LaneOutputs, LaneSimulator, LaneSize};

/// There is none.
#[derive(Debug)]
pub enum VerilatedLane {}

impl LaneSimulator for VerilatedLane {
    fn check(_: &CardConfig) -> Result<LaneSize, String> {
        Err("this build has no engine `verilator`: install verilator and g++ and build again".into())
    }

    fn create(_: &CardConfig, _: LaneSize) -> Self {
        unreachable!("no configuration passes the check")
    }

    fn inputs(&mut self) -> &mut LaneInputs {
        match *self {}
    }

    fn outputs(&self) -> &LaneOutputs {
        match *self {}
    }

    fn tick(&mut self) -> &LaneOutputs {
        match *self {}
    }
}
