//! What stands in for the engine where Verilator was missing: no configuration passes its check.

use gaslane_hdl::CardConfig;
use gaslane_hdl::board::ports::{BoardInputs, BoardOutputs};
use gaslane_hdl::card::ports::{CoreInputs, CoreOutputs, LanePortInputs, LanePortOutputs, Simulated};
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

/// There is none.
#[derive(Debug)]
pub enum VerilatedCore {}

impl VerilatedCore {
    /// Why not.
    pub fn of(_: &CardConfig) -> Result<Self, String> {
        Err("this build has no engine `verilator`: install verilator and g++ and build again".into())
    }
}

/// There is none.
#[derive(Debug)]
pub enum VerilatedPort {}

impl VerilatedPort {
    /// Never called: no configuration passes the check.
    pub fn port() -> Self {
        unreachable!("no configuration passes the check")
    }
}

/// There is none.
#[derive(Debug)]
pub enum VerilatedBoard {}

impl VerilatedBoard {
    /// Never to be called: see `AVAILABLE`.
    pub fn board() -> Self {
        unreachable!("this build has no engine `verilator`")
    }
}

impl Simulated<BoardInputs, BoardOutputs> for VerilatedBoard {
    fn inputs(&mut self) -> &mut BoardInputs {
        match *self {}
    }

    fn outputs(&self) -> &BoardOutputs {
        match *self {}
    }

    fn settle(&mut self) {
        match *self {}
    }

    fn edge(&mut self) {
        match *self {}
    }
}

impl Simulated<CoreInputs, CoreOutputs> for VerilatedCore {
    fn inputs(&mut self) -> &mut CoreInputs {
        match *self {}
    }

    fn outputs(&self) -> &CoreOutputs {
        match *self {}
    }

    fn settle(&mut self) {
        match *self {}
    }

    fn edge(&mut self) {
        match *self {}
    }
}

impl Simulated<LanePortInputs, LanePortOutputs> for VerilatedPort {
    fn inputs(&mut self) -> &mut LanePortInputs {
        match *self {}
    }

    fn outputs(&self) -> &LanePortOutputs {
        match *self {}
    }

    fn settle(&mut self) {
        match *self {}
    }

    fn edge(&mut self) {
        match *self {}
    }
}
