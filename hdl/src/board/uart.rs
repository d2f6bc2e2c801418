//! UART: bytes over two wires, eight data bits, no parity, one stop bit.
//!
//! Algorithm: the receiver waits for a low line, looks again after half a bit (a shorter pulse is none), and then takes the line in the
//! middle of each bit. The transmitter shifts out start bit, byte and stop bit. A bit is a whole number of cycles, two or more.
//!
//! Handshake: `in` is ready/valid. `out_valid` is up for one cycle with each byte, whoever listens; `out_bad` with it says that the stop bit
//! was low, so that the byte is none. Bits follow each other without a pause that the receiver would need: a stop bit may end half a bit early.
//! Latency: the start bit falls 1 cycle after `in_ready` and `in_valid`; `out_valid` is 3 cycles after the middle of the stop bit on `rx`. A byte in ten bits and
//! a cycle. Reset: none; starts idle, `tx` high. What a line that is low at the beginning gives is a bad byte.

use rust_hdl_core::prelude::*;
use rust_hdl_widgets::prelude::*;

/// Fewest cycles of a bit.
pub const CYCLES_PER_BIT_MIN: u64 = 2;
/// Most cycles of a bit.
pub const CYCLES_PER_BIT_MAX: u64 = 1 << 16;

/// The block.
#[derive(LogicBlock)]
pub struct Uart {
    /// Clock.
    pub clock: Signal<In, Clock>,
    /// Line that comes in; need not follow the clock.
    pub rx: Signal<In, Bit>,
    /// Line that goes out.
    pub tx: Signal<Out, Bit>,
    /// A byte has come in.
    pub out_valid: Signal<Out, Bit>,
    /// It lacks its stop bit.
    pub out_bad: Signal<Out, Bit>,
    /// The byte.
    pub out_data: Signal<Out, Bits<8>>,
    /// A byte is to go out.
    pub in_valid: Signal<In, Bit>,
    /// It is taken.
    pub in_ready: Signal<Out, Bit>,
    /// The byte.
    pub in_data: Signal<In, Bits<8>>,
    /// Cycles of a bit, less one.
    bit_less_one: Constant<Bits<16>>,
    /// Half of that.
    half_bit: Constant<Bits<16>>,
    // Lines are kept inverted, so that what starts at zero is idle.
    low_first: DFF<Bit>,
    low: DFF<Bit>,
    receiving: DFF<Bit>,
    receive_count: DFF<Bits<16>>,
    receive_bit: DFF<Bits<4>>,
    receive_byte: DFF<Bits<8>>,
    valid: DFF<Bit>,
    bad: DFF<Bit>,
    sends_low: DFF<Bit>,
    sending: DFF<Bit>,
    send_count: DFF<Bits<16>>,
    send_bit: DFF<Bits<4>>,
    send_byte: DFF<Bits<8>>,
}

impl Uart {
    /// A UART with so many cycles per bit.
    pub fn new(cycles_per_bit: u64) -> Self {
        assert!(
            (CYCLES_PER_BIT_MIN..=CYCLES_PER_BIT_MAX).contains(&cycles_per_bit),
            "cycles per bit: {CYCLES_PER_BIT_MIN} to {CYCLES_PER_BIT_MAX}"
        );
        Self {
            clock: Default::default(),
            rx: Default::default(),
            tx: Default::default(),
            out_valid: Default::default(),
            out_bad: Default::default(),
            out_data: Default::default(),
            in_valid: Default::default(),
            in_ready: Default::default(),
            in_data: Default::default(),
            bit_less_one: Constant::new((cycles_per_bit - 1).into()),
            half_bit: Constant::new(((cycles_per_bit - 1) / 2).into()),
            low_first: Default::default(),
            low: Default::default(),
            receiving: Default::default(),
            receive_count: Default::default(),
            receive_bit: Default::default(),
            receive_byte: Default::default(),
            valid: Default::default(),
            bad: Default::default(),
            sends_low: Default::default(),
            sending: Default::default(),
            send_count: Default::default(),
            send_bit: Default::default(),
            send_byte: Default::default(),
        }
    }
}

/// Cycles per bit of [`Uart::default`], for tests.
pub const DEFAULT_CYCLES_PER_BIT: u64 = 5;

impl Default for Uart {
    fn default() -> Self {
        Self::new(DEFAULT_CYCLES_PER_BIT)
    }
}

impl Logic for Uart {
    #[hdl_gen]
    fn update(&mut self) {
        dff_setup!(
            self,
            clock,
            low_first,
            low,
            receiving,
            receive_count,
            receive_bit,
            receive_byte,
            valid,
            bad,
            sends_low,
            sending,
            send_count,
            send_bit,
            send_byte
        );
        // Receiver.
        self.low_first.d.next = !self.rx.val();
        self.low.d.next = self.low_first.q.val();
        self.valid.d.next = false;
        if !self.receiving.q.val() {
            self.receive_bit.d.next = bits::<4>(0);
            self.receive_count.d.next = self.half_bit.val();
            self.receiving.d.next = self.low.q.val();
        } else if self.receive_count.q.val().any() {
            self.receive_count.d.next = self.receive_count.q.val() - bits::<16>(1);
        } else {
            self.receive_count.d.next = self.bit_less_one.val();
            self.receive_bit.d.next = self.receive_bit.q.val() + bits::<4>(1);
            if !self.receive_bit.q.val().any() {
                self.receiving.d.next = self.low.q.val();
            } else if self.receive_bit.q.val() == bits::<4>(9) {
                self.receiving.d.next = false;
                self.valid.d.next = true;
                self.bad.d.next = self.low.q.val();
            } else {
                self.receive_byte.d.next = self.receive_byte.q.val() >> bits::<8>(1);
                if !self.low.q.val() {
                    self.receive_byte.d.next = (self.receive_byte.q.val() >> bits::<8>(1)) | bits::<8>(128);
                }
            }
        }
        self.out_valid.next = self.valid.q.val();
        self.out_bad.next = self.bad.q.val();
        self.out_data.next = self.receive_byte.q.val();

        // Transmitter.
        if !self.sending.q.val() {
            self.send_byte.d.next = self.in_data.val();
            self.send_bit.d.next = bits::<4>(0);
            self.send_count.d.next = self.bit_less_one.val();
            self.sending.d.next = self.in_valid.val();
            self.sends_low.d.next = self.in_valid.val();
        } else if self.send_count.q.val().any() {
            self.send_count.d.next = self.send_count.q.val() - bits::<16>(1);
        } else {
            self.send_count.d.next = self.bit_less_one.val();
            self.send_bit.d.next = self.send_bit.q.val() + bits::<4>(1);
            self.send_byte.d.next = self.send_byte.q.val() >> bits::<8>(1);
            self.sends_low.d.next = (!self.send_byte.q.val().get_bit(0)) & (!self.send_bit.q.val().get_bit(3));
            if self.send_bit.q.val() == bits::<4>(9) {
                self.sending.d.next = false;
                self.sends_low.d.next = false;
            }
        }
        self.in_ready.next = !self.sending.q.val();
        self.tx.next = !self.sends_low.q.val();
    }
}
