//! Which lane is served next: the first that asks behind the one that was served last.
//!
//! Algorithm: lanes above the last one go first, then all; of these the lowest. So each waits for at most one turn of every
//! other. A leaf block: two descriptions, as loops over bits are slow in the simulation. Handshake: none. Latency: combinational.
//! Reset: none, no state.

use rust_hdl_core::prelude::*;

/// The choice among 32 lanes.
#[derive(LogicBlock, Default)]
pub struct LaneTurn {
    /// Lanes that ask.
    pub asks: Signal<In, Bits<32>>,
    /// Lane that was served last.
    pub last: Signal<In, Bits<5>>,
    /// Any asks.
    pub any: Signal<Out, Bit>,
    /// The lane whose turn it is; 0 if none asks.
    pub lane: Signal<Out, Bits<5>>,
}

impl Logic for LaneTurn {
    fn update(&mut self) {
        let turn = model(self.asks.val().to_u64() as u32, self.last.val().to_u64() as u8);
        self.any.next = turn.is_some();
        self.lane.next = u64::from(turn.unwrap_or(0)).into();
    }

    fn connect(&mut self) {
        self.any.connect();
        self.lane.connect();
    }

    fn hdl(&self) -> Verilog {
        Verilog::Custom(
            "\
wire [31:0] above = asks & (32'hfffffffe << last);
wire [31:0] first = (|above) ? above : asks;
integer i;
always @(*) begin
    any = |asks;
    lane = 5'd0;
    for (i = 31; i >= 0; i = i - 1) if (first[i]) lane = i[4:0];
end
"
            .to_owned(),
        )
    }
}

/// The lane whose turn it is, `last` below 32.
pub fn model(asks: u32, last: u8) -> Option<u8> {
    let above = asks & (!1_u32).wrapping_shl(last.into());
    let first = if above != 0 { above } else { asks };
    (first != 0).then(|| first.trailing_zeros() as u8)
}
