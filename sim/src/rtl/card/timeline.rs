//! When the lanes of a simulated card did what: for pictures of a run.

use gaslane_hdl::lane::LaneOutputs;
use gaslane_manager::numbers::status;

/// Shorter waits are not noted: a state read that the table answers takes some ten cycles.
const WAIT_CYCLES_MIN: u64 = 64;

/// What a lane waits for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum WaitKind {
    /// A value of the state.
    State,
    /// Words of a program.
    Words,
    /// The answer to a request.
    Host,
    /// Its turn.
    Turn,
}

impl WaitKind {
    /// In a picture.
    pub const fn name(self) -> &'static str {
        match self {
            Self::State => "state",
            Self::Words => "words",
            Self::Host => "host call",
            Self::Turn => "turn",
        }
    }
}

/// A stretch of cycles of a lane, in cycles of the simulation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Stretch<T> {
    /// Lane.
    pub lane: u32,
    /// What it did.
    pub what: T,
    /// First cycle.
    pub start_cycle: u64,
    /// Cycle after the last.
    pub end_cycle: u64,
}

#[derive(Clone, Copy, Debug, Default)]
struct LaneView {
    attempt: Option<u64>,
    wait: Option<(WaitKind, u64)>,
}

/// What was seen.
#[derive(Clone, Debug, Default)]
pub struct Timeline {
    lanes: Vec<LaneView>,
    /// Attempts that ended, or were ended.
    pub attempts: Vec<Stretch<()>>,
    /// Waits within them.
    pub waits: Vec<Stretch<WaitKind>>,
}

impl Timeline {
    /// Of a card with that many lanes.
    pub fn new(lanes: u32) -> Self {
        Self { lanes: vec![LaneView::default(); lanes as usize], ..Self::default() }
    }

    /// A lane's cycle: what it drives, whether it is told to start, or to forget everything.
    pub(super) fn cycle(&mut self, now: u64, lane: usize, outputs: &LaneOutputs, start: bool, reset: bool) {
        let view = &mut self.lanes[lane];
        let number = lane as u32;
        let running = !reset && matches!(outputs.status, status::RUNNING | status::WORDS | status::ASKS);
        let wait = match outputs.status {
            _ if view.attempt.is_none() || !running => None,
            status::WORDS => Some(WaitKind::Words),
            status::ASKS => Some(WaitKind::Host),
            _ if outputs.head_wait => Some(WaitKind::Turn),
            _ if outputs.state_request => Some(WaitKind::State),
            _ => None,
        };
        if wait != view.wait.map(|(kind, _)| kind) {
            if let Some((what, start_cycle)) = view.wait
                && now - start_cycle >= WAIT_CYCLES_MIN
            {
                self.waits.push(Stretch { lane: number, what, start_cycle, end_cycle: now });
            }
            view.wait = wait.map(|kind| (kind, now));
        }
        if let Some(start_cycle) = view.attempt
            // It has to get going first.
            && now > start_cycle + 8
            && !running
        {
            self.attempts.push(Stretch { lane: number, what: (), start_cycle, end_cycle: now });
            view.attempt = None;
        }
        if start {
            view.attempt = Some(now);
        }
    }
}
