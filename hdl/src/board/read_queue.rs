//! Beats that were read over the link for one of the card's memories, on their way to its read data channel.
//!
//! Algorithm: bytes of a beat go to the RAM as they come, [`BEATS_MAX`] beats; with the end of its frame the beat counts. The oldest one is
//! shifted into the register that drives the channel. Three pointers: beats asked for, here, taken out. A burst is only asked for if there is room for all of it,
//! so what comes has its place, and what nobody has asked for is refused before it overwrites anything.
//!
//! Handshake: `fits` says whether a burst of `length` + 1 beats may be asked for; `take` asks for it, in a cycle with `fits`. `byte_valid` is up with each byte of a
//! beat, `commit` after the last one of a good one; the flags `error` and `last` are those of its frame, also while its bytes come. `overrun` is up in a cycle with
//! `byte_valid` if nothing was asked for; the byte is dropped. The channel is that of AXI.
//! Latency: 34 cycles from `commit` to RVALID, and so many from one beat to the next. Reset: `reset` forgets everything; starts so.

use gaslane_abi::link::BEATS_MAX;
use rust_hdl_core::prelude::*;
use rust_hdl_widgets::prelude::*;

use crate::{
    leaf::Ram,
    word::{W256, bits_w256},
};

/// The block.
#[derive(LogicBlock)]
pub struct ReadQueue {
    /// Clock.
    pub clock: Signal<In, Clock>,
    /// Forget everything.
    pub reset: Signal<In, Bit>,
    /// Beats of a burst, less one.
    pub length: Signal<In, Bits<8>>,
    /// There is room for it.
    pub fits: Signal<Out, Bit>,
    /// It is asked for.
    pub take: Signal<In, Bit>,
    /// A byte of a beat.
    pub byte_valid: Signal<In, Bit>,
    /// The byte.
    pub byte_data: Signal<In, Bits<8>>,
    /// Its number in the beat.
    pub index: Signal<In, Bits<5>>,
    /// The beat has an error response.
    pub error: Signal<In, Bit>,
    /// It is the last one of its burst.
    pub last: Signal<In, Bit>,
    /// Nobody has asked for it.
    pub overrun: Signal<Out, Bit>,
    /// It is complete.
    pub commit: Signal<In, Bit>,
    /// AXI.
    pub rvalid: Signal<Out, Bit>,
    /// AXI.
    pub rready: Signal<In, Bit>,
    /// AXI.
    pub rdata: Signal<Out, W256>,
    /// AXI: OKAY or SLVERR.
    pub rresp: Signal<Out, Bits<2>>,
    /// AXI.
    pub rlast: Signal<Out, Bit>,
    room: Constant<Bits<8>>,
    /// Bytes; bit 8 is the error in byte 30, last in byte 31.
    bytes: Ram<Bits<9>, 11, 0>,
    asked: DFF<Bits<7>>,
    here: DFF<Bits<7>>,
    out: DFF<Bits<7>>,
    /// Byte whose address is given to the RAM.
    step: DFF<Bits<5>>,
    reading: DFF<Bit>,
    /// The RAM gives a byte; the last one of a beat.
    shifts: DFF<Bit>,
    completes: DFF<Bit>,
    valid: DFF<Bit>,
    word: DFF<W256>,
    is_last: DFF<Bit>,
    is_error: DFF<Bit>,
    missing: Signal<Local, Bit>,
    used: Signal<Local, Bits<7>>,
    wanted: Signal<Local, Bits<8>>,
    flag: Signal<Local, Bit>,
    next_byte: Signal<Local, Bits<8>>,
}

impl Default for ReadQueue {
    fn default() -> Self {
        Self {
            clock: Default::default(),
            reset: Default::default(),
            length: Default::default(),
            fits: Default::default(),
            take: Default::default(),
            byte_valid: Default::default(),
            byte_data: Default::default(),
            index: Default::default(),
            error: Default::default(),
            last: Default::default(),
            overrun: Default::default(),
            commit: Default::default(),
            rvalid: Default::default(),
            rready: Default::default(),
            rdata: Default::default(),
            rresp: Default::default(),
            rlast: Default::default(),
            room: Constant::new(u64::from(BEATS_MAX).into()),
            bytes: Default::default(),
            asked: Default::default(),
            here: Default::default(),
            out: Default::default(),
            step: Default::default(),
            reading: Default::default(),
            shifts: Default::default(),
            completes: Default::default(),
            valid: Default::default(),
            word: Default::default(),
            is_last: Default::default(),
            is_error: Default::default(),
            missing: Default::default(),
            used: Default::default(),
            wanted: Default::default(),
            flag: Default::default(),
            next_byte: Default::default(),
        }
    }
}

impl Logic for ReadQueue {
    #[hdl_gen]
    fn update(&mut self) {
        dff_setup!(self, clock, asked, here, out, step, reading, shifts, completes, valid, word, is_last, is_error);
        clock!(self, clock, bytes);

        // Bursts asked for. Longer ones than 16 beats never fit.
        self.used.next = self.asked.q.val() - self.out.q.val();
        self.wanted.next = bit_cast::<8, 7>(self.used.val()) + self.length.val();
        self.fits.next = (!self.length.val().get_bits::<4>(4).any()) & (self.wanted.val() < self.room.val());
        if self.take.val() {
            self.asked.d.next = (self.asked.q.val() + bit_cast::<7, 8>(self.length.val())) + bits::<7>(1);
        }

        // Bytes come in.
        self.missing.next = self.here.q.val() != self.asked.q.val();
        self.overrun.next = self.byte_valid.val() & (!self.missing.val());
        self.flag.next = self.error.val();
        if self.index.val().get_bit(0) {
            self.flag.next = self.last.val();
        }
        self.bytes.write.next = self.byte_valid.val() & self.missing.val();
        self.bytes.write_address.next =
            (bit_cast::<16, 7>(self.here.q.val()) << bits::<16>(5)) | bit_cast::<16, 5>(self.index.val());
        self.bytes.write_data.next = bit_cast::<9, 8>(self.byte_data.val());
        if self.flag.val() {
            self.bytes.write_data.next = bit_cast::<9, 8>(self.byte_data.val()) | bits::<9>(256);
        }
        if self.commit.val() {
            self.here.d.next = self.here.q.val() + bits::<7>(1);
        }

        // And out.
        self.bytes.read.next = self.reading.q.val();
        self.bytes.address.next =
            (bit_cast::<16, 7>(self.out.q.val()) << bits::<16>(5)) | bit_cast::<16, 5>(self.step.q.val());
        self.shifts.d.next = self.reading.q.val();
        self.completes.d.next = self.reading.q.val() & self.step.q.val().all();
        if self.reading.q.val() {
            self.step.d.next = self.step.q.val() + bits::<5>(1);
            if self.step.q.val().all() {
                self.reading.d.next = false;
                self.out.d.next = self.out.q.val() + bits::<7>(1);
            }
        } else if (self.here.q.val() != self.out.q.val())
            & ((!self.valid.q.val()) & ((!self.shifts.q.val()) & (!self.completes.q.val())))
        {
            self.reading.d.next = true;
        }
        self.next_byte.next = self.bytes.data.val().get_bits::<8>(0);
        if self.shifts.q.val() {
            self.word.d.next = (self.word.q.val() >> 8_u64) | (bits_w256(self.next_byte.val()) << 248_u64);
            self.is_last.d.next = self.bytes.data.val().get_bit(8);
            self.is_error.d.next = self.is_last.q.val();
        }
        if self.rready.val() {
            self.valid.d.next = false;
        }
        if self.completes.q.val() {
            self.valid.d.next = true;
        }
        self.rvalid.next = self.valid.q.val();
        self.rdata.next = self.word.q.val();
        self.rlast.next = self.is_last.q.val();
        self.rresp.next = bits::<2>(0);
        if self.is_error.q.val() {
            self.rresp.next = bits::<2>(2);
        }

        if self.reset.val() {
            self.asked.d.next = bits::<7>(0);
            self.here.d.next = bits::<7>(0);
            self.out.d.next = bits::<7>(0);
            self.step.d.next = bits::<5>(0);
            self.reading.d.next = false;
            self.shifts.d.next = false;
            self.completes.d.next = false;
            self.valid.d.next = false;
        }
    }
}
