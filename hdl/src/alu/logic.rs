//! AND, OR, XOR and NOT of 256-bit words.
//!
//! Handshake: none, a new operation every cycle. Latency: 1 cycle, like the other pipelined units.
//! Reset: none; `result` is 0 until the first clock edge.

use rust_hdl_core::prelude::*;
use rust_hdl_widgets::prelude::*;

use crate::word::W256;

/// What to compute.
#[derive(Clone, Copy, Debug, PartialEq, LogicState)]
pub enum LogicOp {
    /// `a` & `b`.
    And,
    /// `a` | `b`.
    Or,
    /// `a` ^ `b`.
    Xor,
    /// !`a`.
    Not,
}

/// The unit.
#[derive(LogicBlock, Default)]
pub struct LogicUnit {
    /// Clock.
    pub clock: Signal<In, Clock>,
    /// Operation.
    pub op: Signal<In, LogicOp>,
    /// Left operand.
    pub a: Signal<In, W256>,
    /// Right operand.
    pub b: Signal<In, W256>,
    /// Result, a cycle later.
    pub result: Signal<Out, W256>,
    register: DFF<W256>,
}

impl Logic for LogicUnit {
    #[hdl_gen]
    fn update(&mut self) {
        dff_setup!(self, clock, register);
        match self.op.val() {
            LogicOp::And => {
                self.register.d.next = self.a.val() & self.b.val();
            }
            LogicOp::Or => {
                self.register.d.next = self.a.val() | self.b.val();
            }
            LogicOp::Xor => {
                self.register.d.next = self.a.val() ^ self.b.val();
            }
            LogicOp::Not => {
                self.register.d.next = !self.a.val();
            }
        }
        self.result.next = self.register.q.val();
    }
}

/// What the unit computes.
pub fn model(op: LogicOp, a: W256, b: W256) -> W256 {
    match op {
        LogicOp::And => a & b,
        LogicOp::Or => a | b,
        LogicOp::Xor => a ^ b,
        LogicOp::Not => !a,
    }
}
