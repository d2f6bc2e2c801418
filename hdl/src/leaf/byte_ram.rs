//! RAM of 32-byte rows with a byte-enabled write port and one synchronous read port.
//!
//! Byte 0 of a row is its most significant one, as in an EVM word; bit `i` of `enable` belongs to bits
//! `8 i .. 8 i + 8` of the row. Handshake: none. Latency: data of an address is there a cycle later; a read of the row that is being
//! written gives its old value. Reset: none; contents and output start at zero.

use rust_hdl_core::prelude::*;

use crate::word::W256;

/// RAM of 2^`ADDRESS_BITS` rows.
#[derive(LogicBlock)]
pub struct ByteRam<const ADDRESS_BITS: usize> {
    /// Clock.
    pub clock: Signal<In, Clock>,
    /// Row to read.
    pub address: Signal<In, Bits<ADDRESS_BITS>>,
    /// Its data, a cycle later.
    pub data: Signal<Out, W256>,
    /// Bytes to write, none if zero.
    pub enable: Signal<In, Bits<32>>,
    /// Row to write.
    pub write_address: Signal<In, Bits<ADDRESS_BITS>>,
    /// Data to write.
    pub write_data: Signal<In, W256>,
    _rows: Vec<W256>,
}

impl<const ADDRESS_BITS: usize> Default for ByteRam<ADDRESS_BITS> {
    fn default() -> Self {
        Self {
            clock: Default::default(),
            address: Default::default(),
            data: Default::default(),
            enable: Default::default(),
            write_address: Default::default(),
            write_data: Default::default(),
            _rows: vec![W256::ZERO; 1 << ADDRESS_BITS],
        }
    }
}

/// `old` with the enabled bytes of `new`.
pub fn merge(old: W256, new: W256, enable: u32) -> W256 {
    let mask = W256::from_limbs(std::array::from_fn(|limb| {
        (0..8).fold(0, |mask, byte| mask | if (enable >> (limb * 8 + byte)) & 1 == 1 { 0xff << (8 * byte) } else { 0 })
    }));
    (old & !mask) | (new & mask)
}

impl<const ADDRESS_BITS: usize> Logic for ByteRam<ADDRESS_BITS> {
    fn update(&mut self) {
        if self.clock.pos_edge() {
            self.data.next = self._rows[self.address.val().index()];
            let row = &mut self._rows[self.write_address.val().index()];
            *row = merge(*row, self.write_data.val(), self.enable.val().to_u64() as u32);
        }
    }

    fn connect(&mut self) {
        self.data.connect();
    }

    fn hdl(&self) -> Verilog {
        let last = (1 << ADDRESS_BITS) - 1;
        Verilog::Custom(format!(
            "\
reg [255:0] rows [0:{last}];
integer i;
integer n;
initial begin
    data = 0;
    for (i = 0; i <= {last}; i = i + 1) rows[i] = 0;
end
always @(posedge clock) begin
    data <= rows[address];
    for (n = 0; n < 32; n = n + 1)
        if (enable[n]) rows[write_address][8 * n +: 8] <= write_data[8 * n +: 8];
end
"
        ))
    }
}
