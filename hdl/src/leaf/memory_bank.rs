//! One of the two banks of lane memory: RAM of 32-byte rows with a byte-enabled write port and a synchronous read port.
//!
//! Byte 0 of a row is its most significant one, as in an EVM word; bit `i` of `enable` belongs to bits
//! `8 i .. 8 i + 8` of the row. Row numbers wrap. Handshake: none. Latency: data of a row is there a cycle later.
//! **Bytes that the same clock edge writes and reads have no defined value**: block RAM has none to give, and logic that
//! makes one up costs hundreds of LUTs for each bank. Both simulations return such bytes inverted, so that tests find
//! users that rely on them. Reset: none; contents start at zero, the data with the first clock edge.

use rust_hdl_core::prelude::*;

use crate::word::W256;

/// Bank with half of the 2^`ROW_BITS` rows of a memory.
#[derive(LogicBlock)]
pub struct MemoryBank<const ROW_BITS: usize> {
    /// Clock.
    pub clock: Signal<In, Clock>,
    /// Row to read.
    pub row: Signal<In, Bits<14>>,
    /// Its data, a cycle later.
    pub data: Signal<Out, W256>,
    /// Bytes to write, none if zero.
    pub enable: Signal<In, Bits<32>>,
    /// Row to write.
    pub write_row: Signal<In, Bits<14>>,
    /// Data to write.
    pub write_data: Signal<In, W256>,
    _rows: Vec<W256>,
}

impl<const ROW_BITS: usize> Default for MemoryBank<ROW_BITS> {
    fn default() -> Self {
        const { assert!(ROW_BITS >= 2 && ROW_BITS <= 15, "a bank has 2 to 2^14 rows") };
        Self {
            clock: Default::default(),
            row: Default::default(),
            data: Default::default(),
            enable: Default::default(),
            write_row: Default::default(),
            write_data: Default::default(),
            _rows: vec![W256::ZERO; 1 << (ROW_BITS - 1)],
        }
    }
}

/// `old` with the enabled bytes of `new`.
pub fn merge(old: W256, new: W256, enable: u32) -> W256 {
    if enable == 0 {
        return old;
    }
    let mask = W256::from_limbs(std::array::from_fn(|limb| {
        (0..8).fold(0, |mask, byte| mask | if (enable >> (limb * 8 + byte)) & 1 == 1 { 0xff << (8 * byte) } else { 0 })
    }));
    (old & !mask) | (new & mask)
}

impl<const ROW_BITS: usize> Logic for MemoryBank<ROW_BITS> {
    fn update(&mut self) {
        if self.clock.pos_edge() {
            let wrap = self._rows.len() - 1;
            let (row, write_row) = (self.row.val().index() & wrap, self.write_row.val().index() & wrap);
            let enable = self.enable.val().to_u64() as u32;
            let old = self._rows[row];
            self.data.next = if row == write_row { merge(old, !old, enable) } else { old };
            self._rows[write_row] = merge(self._rows[write_row], self.write_data.val(), enable);
        }
    }

    fn connect(&mut self) {
        self.data.connect();
    }

    fn hdl(&self) -> Verilog {
        let (top, last) = (ROW_BITS - 2, (1_usize << (ROW_BITS - 1)) - 1);
        Verilog::Custom(format!(
            "\
(* no_rw_check, ram_style = \"block\" *) reg [255:0] rows [0:{last}];
integer i;
integer n;
initial for (i = 0; i <= {last}; i = i + 1) rows[i] = 0;
always @(posedge clock) begin
    data <= rows[row[{top}:0]];
    for (n = 0; n < 32; n = n + 1)
        if (enable[n]) rows[write_row[{top}:0]][8 * n +: 8] <= write_data[8 * n +: 8];
`ifndef SYNTHESIS
    for (n = 0; n < 32; n = n + 1)
        if (enable[n] && row[{top}:0] == write_row[{top}:0]) data[8 * n +: 8] <= ~rows[row[{top}:0]][8 * n +: 8];
`endif
end
`ifndef SYNTHESIS
initial data = 0;
`endif
"
        ))
    }
}
