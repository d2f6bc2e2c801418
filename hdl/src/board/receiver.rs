//! Receiver of the link: bytes become frames to the card ([`gaslane_abi::link`]).
//!
//! Algorithm: a byte at a time: kind, payload, check. Until it has seen the bytes of [`RESYNC`], and after every fault, it hunts for them and does nothing
//! else. The check runs on over all frames; the four bytes of a check are compared as they come, for which the register turns once.
//!
//! Handshake: `byte_valid` is up for one cycle with each byte, at least five cycles apart. `payload_valid` is up with each byte of a payload, whose number
//! is `index`, in the same cycle; `kind` is that of its frame. A payload is not checked yet: who keeps it must be able to forget it. `frame` is up for one cycle
//! after a frame whose check fits. `refuse` makes a fault of a frame or byte, for `refuse_reason`, in the cycle in which it is seen. `fault` is up for one
//! cycle, `reason` stays. `resync` is up for one cycle; `restart` puts the check to its beginning.
//! Latency: `frame`, `fault` and `resync` one cycle after the byte. Reset: none; starts hunting.

use gaslane_abi::link::{CRC_START, Fault, RESYNC, TO_CARD_PAYLOAD_BYTES};
use rust_hdl_core::prelude::*;
use rust_hdl_widgets::prelude::*;

use super::Crc32;

#[derive(Clone, Copy, Debug, PartialEq, LogicState)]
enum State {
    Hunt,
    Kind,
    Payload,
    Check,
}

/// The block.
#[derive(LogicBlock)]
pub struct Receiver {
    /// Clock.
    pub clock: Signal<In, Clock>,
    /// A byte has come.
    pub byte_valid: Signal<In, Bit>,
    /// It is none.
    pub byte_bad: Signal<In, Bit>,
    /// The byte.
    pub byte_data: Signal<In, Bits<8>>,
    /// The check begins anew.
    pub restart: Signal<In, Bit>,
    /// The frame, or its payload so far, is a fault.
    pub refuse: Signal<In, Bit>,
    /// Number of the [`Fault`] that it is.
    pub refuse_reason: Signal<In, Bits<3>>,
    /// Kind of the frame.
    pub kind: Signal<Out, Bits<8>>,
    /// The byte is one of its payload.
    pub payload_valid: Signal<Out, Bit>,
    /// Which one.
    pub index: Signal<Out, Bits<6>>,
    /// A frame is complete, and its check fits.
    pub frame: Signal<Out, Bit>,
    /// The link begins anew.
    pub resync: Signal<Out, Bit>,
    /// A fault was found.
    pub fault: Signal<Out, Bit>,
    /// Number of the last [`Fault`].
    pub reason: Signal<Out, Bits<3>>,
    /// It does not hunt.
    pub listens: Signal<Out, Bit>,
    crc: Crc32,
    crc_start: Constant<Bits<32>>,
    magic: [Constant<Bits<8>>; 8],
    /// Number of the last byte of a payload, by class of kind.
    last_of: [Constant<Bits<6>>; 4],
    framing: Constant<Bits<3>>,
    unknown: Constant<Bits<3>>,
    mismatch: Constant<Bits<3>>,
    state: DFF<State>,
    matched: DFF<Bits<3>>,
    kind_held: DFF<Bits<8>>,
    count: DFF<Bits<6>>,
    check: DFF<Bits<32>>,
    frame_seen: DFF<Bit>,
    resync_seen: DFF<Bit>,
    fault_seen: DFF<Bit>,
    fault_reason: DFF<Bits<3>>,
    expected: Signal<Local, Bits<8>>,
    low: Signal<Local, Bits<6>>,
    known: Signal<Local, Bit>,
    last: Signal<Local, Bits<6>>,
    check_byte: Signal<Local, Bits<8>>,
    turned: Signal<Local, Bits<32>>,
    begins: Signal<Local, Bit>,
}

impl Default for Receiver {
    fn default() -> Self {
        let number = |fault: Fault| Constant::new((fault as u64).into());
        Self {
            clock: Default::default(),
            byte_valid: Default::default(),
            byte_bad: Default::default(),
            byte_data: Default::default(),
            restart: Default::default(),
            refuse: Default::default(),
            refuse_reason: Default::default(),
            kind: Default::default(),
            payload_valid: Default::default(),
            index: Default::default(),
            frame: Default::default(),
            resync: Default::default(),
            fault: Default::default(),
            reason: Default::default(),
            listens: Default::default(),
            crc: Default::default(),
            crc_start: Constant::new(u64::from(CRC_START).into()),
            magic: RESYNC.map(|byte| Constant::new(u64::from(byte).into())),
            last_of: TO_CARD_PAYLOAD_BYTES.map(|bytes| Constant::new((bytes.saturating_sub(1) as u64).into())),
            framing: number(Fault::Framing),
            unknown: number(Fault::Kind),
            mismatch: number(Fault::Check),
            state: Default::default(),
            matched: Default::default(),
            kind_held: Default::default(),
            count: Default::default(),
            check: Default::default(),
            frame_seen: Default::default(),
            resync_seen: Default::default(),
            fault_seen: Default::default(),
            fault_reason: Default::default(),
            expected: Default::default(),
            low: Default::default(),
            known: Default::default(),
            last: Default::default(),
            check_byte: Default::default(),
            turned: Default::default(),
            begins: Default::default(),
        }
    }
}

impl Logic for Receiver {
    #[hdl_gen]
    fn update(&mut self) {
        dff_setup!(
            self,
            clock,
            state,
            matched,
            kind_held,
            count,
            check,
            frame_seen,
            resync_seen,
            fault_seen,
            fault_reason
        );
        self.crc.earlier.next = self.check.q.val();
        self.crc.byte_data.next = self.byte_data.val();
        self.check_byte.next = self.check.q.val().get_bits::<8>(0);
        self.turned.next = (self.check.q.val() >> bits::<32>(8)) | (self.check.q.val() << bits::<32>(24));

        // What the byte would be.
        self.expected.next = self.magic[0].val();
        match self.matched.q.val().index() {
            1 => self.expected.next = self.magic[1].val(),
            2 => self.expected.next = self.magic[2].val(),
            3 => self.expected.next = self.magic[3].val(),
            4 => self.expected.next = self.magic[4].val(),
            5 => self.expected.next = self.magic[5].val(),
            6 => self.expected.next = self.magic[6].val(),
            7 => self.expected.next = self.magic[7].val(),
            _ => self.expected.next = self.magic[0].val(),
        }
        // Kinds of `is_to_card`: by class of payload.
        self.low.next = self.byte_data.val().get_bits::<6>(0);
        match self.byte_data.val().get_bits::<2>(6).index() {
            0 => {
                self.known.next = ((self.low.val() == bits::<6>(1)) | (self.low.val() == bits::<6>(2)))
                    | (self.low.val().get_bits::<4>(2) == bits::<4>(2));
            }
            1 => {
                self.known.next = self.low.val() < bits::<6>(3);
            }
            2 => {
                self.known.next = self.low.val() < bits::<6>(8);
            }
            _ => {
                self.known.next = self.low.val() < bits::<6>(2);
            }
        }
        self.last.next = self.last_of[3].val();
        match self.kind_held.q.val().get_bits::<2>(6).index() {
            1 => self.last.next = self.last_of[1].val(),
            2 => self.last.next = self.last_of[2].val(),
            _ => self.last.next = self.last_of[3].val(),
        }

        self.frame_seen.d.next = false;
        self.resync_seen.d.next = false;
        self.fault_seen.d.next = false;
        self.payload_valid.next = false;
        self.begins.next = self.restart.val();
        if self.byte_valid.val() {
            if self.state.q.val() == State::Hunt {
                self.matched.d.next = bits::<3>(0);
                if (!self.byte_bad.val()) & (self.byte_data.val() == self.expected.val()) {
                    self.matched.d.next = self.matched.q.val() + bits::<3>(1);
                    if self.matched.q.val().all() {
                        self.resync_seen.d.next = true;
                        self.state.d.next = State::Kind;
                        self.begins.next = true;
                    }
                } else if (!self.byte_bad.val()) & (self.byte_data.val() == self.magic[0].val()) {
                    self.matched.d.next = bits::<3>(1);
                }
            } else if self.byte_bad.val() {
                self.fault_seen.d.next = true;
                self.fault_reason.d.next = self.framing.val();
            } else {
                self.check.d.next = self.crc.after.val();
                self.count.d.next = self.count.q.val() + bits::<6>(1);
                match self.state.q.val() {
                    State::Kind => {
                        self.kind_held.d.next = self.byte_data.val();
                        self.count.d.next = bits::<6>(0);
                        self.state.d.next = State::Payload;
                        if !self.byte_data.val().get_bits::<2>(6).any() {
                            self.state.d.next = State::Check;
                        }
                        if !self.known.val() {
                            self.fault_seen.d.next = true;
                            self.fault_reason.d.next = self.unknown.val();
                        }
                    }
                    State::Payload => {
                        self.payload_valid.next = true;
                        if self.count.q.val() == self.last.val() {
                            self.count.d.next = bits::<6>(0);
                            self.state.d.next = State::Check;
                        }
                    }
                    State::Check => {
                        self.check.d.next = self.turned.val();
                        if self.count.q.val() == bits::<6>(3) {
                            self.frame_seen.d.next = true;
                            self.state.d.next = State::Kind;
                        }
                        if self.byte_data.val() != self.check_byte.val() {
                            self.frame_seen.d.next = false;
                            self.fault_seen.d.next = true;
                            self.fault_reason.d.next = self.mismatch.val();
                        }
                    }
                    State::Hunt => {}
                }
            }
        }
        if self.refuse.val() {
            self.frame_seen.d.next = false;
            self.fault_seen.d.next = true;
            self.fault_reason.d.next = self.refuse_reason.val();
        }
        if self.begins.val() {
            self.check.d.next = self.crc_start.val();
        }
        // One cycle after a fault: no byte comes between.
        if self.fault_seen.q.val() {
            self.state.d.next = State::Hunt;
            self.matched.d.next = bits::<3>(0);
        }
        self.kind.next = self.kind_held.q.val();
        self.index.next = self.count.q.val();
        self.frame.next = self.frame_seen.q.val();
        self.resync.next = self.resync_seen.q.val();
        self.fault.next = self.fault_seen.q.val();
        self.reason.next = self.fault_reason.q.val();
        self.listens.next = self.state.q.val() != State::Hunt;
    }
}
