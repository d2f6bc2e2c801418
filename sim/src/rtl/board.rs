//! A simulated board with a UART as a stream of bytes: what a driver's end of its serial cable reads and writes.
//!
//! The clock runs while somebody reads. The host's own time counts as nothing.

use gaslane_hdl::board::ecp5::SIMULATED_CYCLES_PER_BIT;
use gaslane_hdl::board::ports::{BoardInputs, BoardOutputs};
use gaslane_hdl::card::ports::Simulated;
use gaslane_verilated::VerilatedBoard;
use std::collections::VecDeque;
use std::io::{self, ErrorKind, Read, Write};

/// A read that no byte ends within so many cycles gives `TimedOut`.
const SILENT_CYCLES_MAX: u64 = 1 << 16;
/// Start bit, eight data bits, stop bit.
const BITS: u64 = 10;

/// The host's end of the cable, and the board at its other end.
#[derive(Debug)]
pub struct BoardStream<B> {
    board: B,
    cycles_per_bit: u64,
    now: u64,
    /// Bytes on their way to the board.
    sends: VecDeque<u8>,
    /// Bits of the byte on `rx`, the next one least significant, and when the first one began.
    sending: Option<(u64, u64)>,
    /// The byte on `tx` began then; its bits so far.
    receiving: Option<(u64, u64)>,
    received: VecDeque<u8>,
    /// Bytes without a stop bit.
    pub bad_bytes: u64,
}

impl BoardStream<VerilatedBoard> {
    /// A board of configuration `small` with one lane, just configured. There must be an engine `verilator`.
    pub fn verilated() -> Self {
        Self::new(VerilatedBoard::board(), SIMULATED_CYCLES_PER_BIT)
    }
}

impl<B: Simulated<BoardInputs, BoardOutputs>> BoardStream<B> {
    /// A board with so many cycles per bit.
    pub fn new(board: B, cycles_per_bit: u64) -> Self {
        Self {
            board,
            cycles_per_bit,
            now: 0,
            sends: VecDeque::new(),
            sending: None,
            receiving: None,
            received: VecDeque::new(),
            bad_bytes: 0,
        }
    }

    /// Cycles so far.
    pub fn cycles(&self) -> u64 {
        self.now
    }

    /// LEDs: the link listens, the processor has stopped for good.
    pub fn leds(&self) -> (bool, bool) {
        (self.board.outputs().led_listens, self.board.outputs().led_trouble)
    }

    /// A cycle of the board and of the cable.
    pub fn tick(&mut self) {
        if self.sending.is_none_or(|(_, begun)| self.now - begun >= BITS * self.cycles_per_bit) {
            self.sending = self.sends.pop_front().map(|byte| (u64::from(byte) << 1 | 1 << 9, self.now));
        }
        self.board.inputs().rx =
            self.sending.is_none_or(|(bits, begun)| bits >> ((self.now - begun) / self.cycles_per_bit) & 1 == 1);
        self.board.settle();
        let tx = self.board.outputs().tx;
        match &mut self.receiving {
            None if tx => {}
            None => self.receiving = Some((self.now, 0)),
            Some((begun, bits)) => {
                let (bit, cycle) =
                    ((self.now - *begun) / self.cycles_per_bit, (self.now - *begun) % self.cycles_per_bit);
                if cycle == self.cycles_per_bit / 2 {
                    *bits |= u64::from(tx) << bit;
                    if bit == BITS - 1 {
                        self.bad_bytes += u64::from(!tx);
                        self.received.push_back((*bits >> 1) as u8);
                        self.receiving = None;
                    }
                }
            }
        }
        self.board.edge();
        self.now += 1;
    }
}

impl<B: Simulated<BoardInputs, BoardOutputs>> Read for BoardStream<B> {
    fn read(&mut self, bytes: &mut [u8]) -> io::Result<usize> {
        for _ in 0..SILENT_CYCLES_MAX {
            if !self.received.is_empty() {
                return self.received.read(bytes);
            }
            self.tick();
        }
        Err(ErrorKind::TimedOut.into())
    }
}

impl<B> Write for BoardStream<B> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.sends.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
