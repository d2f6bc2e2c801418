//! The other side of the buses: host memory as an AXI4 subordinate that hesitates and refuses, and checks of the handshake.

use std::collections::{HashMap, VecDeque};

use gaslane_hdl::{
    bus::{BEAT_BYTES, BURST_BEATS},
    word::W256,
};
use rand::{Rng, rngs::SmallRng};

/// The rule of every ready/valid port: what is offered stays until it is taken.
#[derive(Debug)]
pub struct Stable<T> {
    name: &'static str,
    waiting: Option<T>,
    /// How often something was taken.
    pub taken: u64,
    /// In how many cycles something waited.
    pub waited: u64,
}

impl<T: PartialEq + std::fmt::Debug + Clone> Stable<T> {
    /// Nothing was offered yet.
    pub fn new(name: &'static str) -> Self {
        Self { name, waiting: None, taken: 0, waited: 0 }
    }

    /// A cycle; gives what is taken in it.
    pub fn cycle(&mut self, valid: bool, ready: bool, payload: T) -> Option<T> {
        if let Some(waiting) = &self.waiting {
            assert!(valid, "{}: {waiting:?} was withdrawn", self.name);
            assert_eq!(&payload, waiting, "{}: changed while it waited", self.name);
        }
        self.waiting = (valid && !ready).then(|| payload.clone());
        self.waited += u64::from(valid && !ready);
        self.taken += u64::from(valid && ready);
        (valid && ready).then_some(payload)
    }

    /// Forgets what is offered: a reset.
    pub fn reset(&mut self) {
        self.waiting = None;
    }

    /// Whether something waits.
    pub fn waits(&self) -> bool {
        self.waiting.is_some()
    }
}

/// Address of a burst and its beats.
pub type Burst = (u64, u64);

/// Checks a burst that goes out: aligned, not too long, in one page.
pub fn check_burst(address: u64, length: u64, size: u64, burst: u64) -> Burst {
    let beats = length + 1;
    assert_eq!((size, burst), (5, 1), "32 bytes, INCR");
    assert!(address.is_multiple_of(BEAT_BYTES) && beats <= BURST_BEATS, "{address:#x} + {beats}");
    assert_eq!(address / 4096, (address + beats * BEAT_BYTES - 1) / 4096, "{address:#x} + {beats} crosses 4 KiB");
    (address, beats)
}

/// Host memory. What was never written depends on the address.
#[derive(Default)]
pub struct HostMemory {
    /// By address.
    pub beats: HashMap<u64, W256>,
    /// One beat in so many gives an error; 0 never.
    pub bad_every: u64,
    /// One beat that gives an error.
    pub bad_at: Option<u64>,
}

impl HostMemory {
    /// A beat.
    pub fn beat(&self, address: u64) -> W256 {
        let mix = |i: u64| (address ^ i << 60).wrapping_mul(0x9e37_79b9_7f4a_7c15).rotate_left(23);
        let fresh = W256::from_limbs(std::array::from_fn(|i| mix(i as u64 + 1)));
        self.beats.get(&address).copied().unwrap_or(fresh)
    }

    /// Whether accesses of this beat fail: by address, so that a test can tell beforehand.
    pub fn is_bad(&self, address: u64) -> bool {
        let hash = (address / BEAT_BYTES).wrapping_mul(0x2545_f491_4f6c_dd1d).rotate_left(17);
        self.bad_at == Some(address) || self.bad_every != 0 && hash.is_multiple_of(self.bad_every)
    }
}

/// A beat on the read data channel.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct ReadBeat {
    /// Bytes; anything if it is bad.
    pub data: W256,
    /// Response.
    pub response: u64,
    /// End of the burst.
    pub last: bool,
}

/// Read half of the subordinate.
#[derive(Default)]
pub struct ReadSide {
    /// Bursts that have been taken and not yet answered in full.
    pub bursts: VecDeque<Burst>,
    offered: Option<ReadBeat>,
}

impl ReadSide {
    /// What it offers in this cycle.
    pub fn offer(&mut self, memory: &HostMemory, rng: &mut SmallRng, valid: f64) -> Option<ReadBeat> {
        if self.offered.is_none()
            && let Some(&(address, left)) = self.bursts.front()
            && rng.random_bool(valid)
        {
            let response = if memory.is_bad(address) { rng.random_range(2..4) } else { 0 };
            self.offered = Some(ReadBeat { data: memory.beat(address), response, last: left == 1 });
        }
        self.offered
    }

    /// End of the cycle: what came in, whether the offer was taken.
    pub fn tick(&mut self, burst: Option<Burst>, taken: bool) {
        if taken && self.offered.take().is_some() {
            let (address, left) = self.bursts.pop_front().unwrap();
            if left > 1 {
                self.bursts.push_front((address + BEAT_BYTES, left - 1));
            }
        }
        self.bursts.extend(burst);
    }
}

/// Write half of the subordinate.
#[derive(Default)]
pub struct WriteSide {
    bursts: VecDeque<Burst>,
    /// Responses that are owed; bad or not.
    answers: VecDeque<bool>,
    /// Beats of the burst that came so far.
    filled: u64,
    bad: bool,
    offered: Option<u64>,
}

impl WriteSide {
    /// Bursts that have not been answered.
    pub fn outstanding(&self) -> usize {
        self.bursts.len() + self.answers.len() + usize::from(self.offered.is_some())
    }

    /// Whether the address of the next beat is known.
    pub fn wants_data(&self) -> bool {
        !self.bursts.is_empty()
    }

    /// Response that it offers in this cycle.
    pub fn offer(&mut self, rng: &mut SmallRng, valid: f64) -> Option<u64> {
        if self.offered.is_none() && !self.answers.is_empty() && rng.random_bool(valid) {
            let bad = self.answers.pop_front().unwrap();
            self.offered = Some(if bad { rng.random_range(2..4) } else { 0 });
        }
        self.offered
    }

    /// End of the cycle: what came in, whether the offer was taken.
    pub fn tick(&mut self, memory: &mut HostMemory, burst: Option<Burst>, data: Option<(W256, bool)>, taken: bool) {
        if taken {
            self.offered = None;
        }
        self.bursts.extend(burst);
        if let Some((data, last)) = data {
            let &(address, beats) = self.bursts.front().expect("data follow their address");
            let at = address + self.filled * BEAT_BYTES;
            let bad = memory.is_bad(at);
            if !bad {
                memory.beats.insert(at, data);
            }
            self.bad |= bad;
            self.filled += 1;
            assert_eq!(last, self.filled == beats, "WLAST of {address:#x} + {beats}");
            if last {
                self.bursts.pop_front();
                self.answers.push_back(std::mem::take(&mut self.bad));
                self.filled = 0;
            }
        }
    }
}
