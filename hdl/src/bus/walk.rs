//! Steps through a range of host memory, by beats or by bursts.
//!
//! Algorithm: address and beats left. Bursts end at multiples of 512 bytes (16 beats): so they cross no 4 KiB, and after the
//! first one each is as large as it may be.
//!
//! Handshake: `load` takes a range, in the cycle of the last step too. At most one of `step_beat` and `step_burst` a cycle,
//! only while `active`. The outputs follow registers alone. Latency: 1 cycle. Reset: `reset` makes it inactive; it starts inactive.

use rust_hdl_core::prelude::*;
use rust_hdl_widgets::prelude::*;

use crate::word::{W64, bits_w64};

/// The block.
#[derive(LogicBlock, Default)]
pub struct BurstWalk {
    /// Clock.
    pub clock: Signal<In, Clock>,
    /// Become inactive.
    pub reset: Signal<In, Bit>,
    /// Take a range.
    pub load: Signal<In, Bit>,
    /// Its address, a multiple of 32.
    pub load_address: Signal<In, W64>,
    /// Its beats; none leaves the block inactive.
    pub load_beats: Signal<In, Bits<20>>,
    /// Go on by a beat.
    pub step_beat: Signal<In, Bit>,
    /// Go on by a burst.
    pub step_burst: Signal<In, Bit>,
    /// Whether anything is left.
    pub active: Signal<Out, Bit>,
    /// Address of the next beat.
    pub address: Signal<Out, W64>,
    /// Beats from there to the end of its burst, 1 to 16.
    pub length: Signal<Out, Bits<5>>,
    /// The next beat is the last one of its burst.
    pub burst_ends: Signal<Out, Bit>,
    /// The next beat is the last one.
    pub beat_is_last: Signal<Out, Bit>,
    /// This burst is the last one.
    pub burst_is_last: Signal<Out, Bit>,
    running: DFF<Bit>,
    place: DFF<W64>,
    left: DFF<Bits<20>>,
    to_border: Signal<Local, Bits<5>>,
    to_border_wide: Signal<Local, Bits<20>>,
    is_last_burst: Signal<Local, Bit>,
    is_last_beat: Signal<Local, Bit>,
    burst: Signal<Local, Bits<5>>,
    step: Signal<Local, Bits<5>>,
    one_beat: Signal<Local, Bits<5>>,
    one_left: Signal<Local, Bits<20>>,
    step_bytes: Signal<Local, Bits<10>>,
}

impl Logic for BurstWalk {
    #[hdl_gen]
    fn update(&mut self) {
        dff_setup!(self, clock, running, place, left);
        self.one_beat.next = bits::<5>(1);
        self.one_left.next = bits::<20>(1);
        self.to_border.next = bits::<5>(16) - bit_cast::<5, 4>(self.place.q.val().get_bits::<4>(5));
        self.to_border_wide.next = bit_cast::<20, 5>(self.to_border.val());
        self.is_last_burst.next = self.left.q.val() <= self.to_border_wide.val();
        self.is_last_beat.next = self.left.q.val() == self.one_left.val();
        self.burst.next = self.to_border.val();
        if self.is_last_burst.val() {
            self.burst.next = bit_cast::<5, 20>(self.left.q.val());
        }
        self.step.next = bits::<5>(0);
        if self.step_beat.val() {
            self.step.next = bits::<5>(1);
            if self.is_last_beat.val() {
                self.running.d.next = false;
            }
        }
        if self.step_burst.val() {
            self.step.next = self.burst.val();
            if self.is_last_burst.val() {
                self.running.d.next = false;
            }
        }
        self.step_bytes.next = bit_cast::<10, 5>(self.step.val()) << bits::<10>(5);
        self.place.d.next = self.place.q.val() + bits_w64(self.step_bytes.val());
        self.left.d.next = self.left.q.val() - bit_cast::<20, 5>(self.step.val());
        if self.load.val() {
            self.running.d.next = self.load_beats.val().any();
            self.place.d.next = self.load_address.val();
            self.left.d.next = self.load_beats.val();
        }
        if self.reset.val() {
            self.running.d.next = false;
        }
        self.active.next = self.running.q.val();
        self.address.next = self.place.q.val();
        self.length.next = self.burst.val();
        self.burst_ends.next = self.burst.val() == self.one_beat.val();
        self.beat_is_last.next = self.is_last_beat.val();
        self.burst_is_last.next = self.is_last_burst.val();
    }
}
