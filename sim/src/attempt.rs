//! What the dispatcher asks of a lane. [`Lane`] is the real one; tests put a scripted one in its place.

use crate::image::CodeStore;
use crate::lane::{HostAnswer, HostRequest, Job, Lane, Outcome, StateValue, Yield};
use crate::notes::OpCycles;
use gaslane_hdl::CardConfig;

/// A lane as the dispatcher sees it. The methods have the meaning that [`Lane`] gives them.
pub trait Attempt {
    /// Why there is no lane of that configuration, if there is none.
    fn check(_: &CardConfig) -> Result<(), String> {
        Ok(())
    }
    /// A lane of that configuration.
    fn create(config: &CardConfig) -> Self;
    /// Local clock in card cycles.
    fn cycle(&self) -> u64;
    /// Begins an attempt at a card cycle and forgets everything before.
    fn start(&mut self, job: Job, cycle: u64);
    /// Executes until the lane needs the card, or for about so many cycles ([`Yield::Pause`]) if it can stop there.
    fn run(&mut self, code: &CodeStore, cycles: u64) -> Yield;
    /// Answers [`Yield::State`].
    fn supply(&mut self, value: StateValue, cycle: u64);
    /// Answers [`Yield::Head`].
    fn resume_as_head(&mut self, cycle: u64);
    /// Answers [`Yield::Code`].
    fn resume(&mut self, cycle: u64);
    /// What the lane asks at [`Yield::Ask`].
    fn request(&self) -> &HostRequest;
    /// Answers [`Yield::Ask`].
    fn answer(&mut self, answer: HostAnswer, cycle: u64);
    /// Takes the outcome after [`Yield::Done`].
    fn take_outcome(&mut self) -> Option<Outcome>;
    /// From now on counts cycles by operation, or not, if it can.
    fn count_op_cycles(&mut self, _: bool) {}
    /// Cycles of the attempt by operation so far, if they are counted.
    fn op_cycles(&self) -> Option<&OpCycles> {
        None
    }
    /// Where the cycles of its attempts went, if it knows.
    #[cfg(feature = "rtl")]
    fn cycle_profile(&self) -> Option<&crate::rtl::CycleProfile> {
        None
    }
    /// Records what it does for one transaction; whether it can.
    #[cfg(feature = "rtl")]
    fn record(&mut self, _: &crate::rtl::SharedRecording) -> bool {
        false
    }
}

impl Attempt for Lane {
    fn create(config: &CardConfig) -> Self {
        Lane::new(config)
    }

    fn cycle(&self) -> u64 {
        self.cycle
    }

    fn start(&mut self, job: Job, cycle: u64) {
        Lane::start(self, job, cycle);
    }

    fn run(&mut self, code: &CodeStore, cycles: u64) -> Yield {
        self.run_for(code, cycles)
    }

    fn supply(&mut self, value: StateValue, cycle: u64) {
        Lane::supply(self, value, cycle);
    }

    fn resume_as_head(&mut self, cycle: u64) {
        Lane::resume_as_head(self, cycle);
    }

    fn resume(&mut self, cycle: u64) {
        Lane::resume(self, cycle);
    }

    fn request(&self) -> &HostRequest {
        Lane::request(self)
    }

    fn answer(&mut self, answer: HostAnswer, cycle: u64) {
        Lane::answer(self, answer, cycle);
    }

    fn take_outcome(&mut self) -> Option<Outcome> {
        Lane::take_outcome(self)
    }

    fn count_op_cycles(&mut self, count: bool) {
        Lane::count_op_cycles(self, count);
    }

    fn op_cycles(&self) -> Option<&OpCycles> {
        Lane::op_cycles(self)
    }
}
