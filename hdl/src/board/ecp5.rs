//! Board: the card in an FPGA that has nothing but a clock and a UART: no PCI Express, no memory of its own.
//!
//! ```text
//! rx, tx ── Uart ── Link ── Core ── PortedLane
//! ```
//!
//! Algorithm: none of its own; the parts are connected. Host memory and card memory are both at the other end of the link, in the host. One lane.
//!
//! Handshake: that of the link ([`gaslane_abi::link`]), 8N1. LEDs: `led_listens` while the link listens, `led_trouble` when the processor has stopped for good.
//! Latency: that of the parts. Reset: 15 cycles after configuration, then what the host asks for. The core's state table, its commit unit and the parts around them have no
//! reset (see [`Core`]), so a card that was reset in the middle of work says so to the next host, which refuses it.
//! **It has not run on hardware yet.**

use rust_hdl_core::prelude::*;
use rust_hdl_widgets::prelude::*;

use super::{Link, Uart};
use gaslane_abi::regs::CardKind;

use crate::{
    bus::register_map::Identity,
    card::{Core, PortedLane, core_words, size::SMALL as CORE},
    config::CardConfig,
    lane::size::SMALL as LANE,
};

/// The board, with a core and a lane of those sizes (see [`Core`] and [`Lane`](crate::lane::Lane)).
#[derive(LogicBlock)]
pub struct Board<
    const SET_BITS: usize,
    const WAY_BITS: usize,
    const SLOT_BITS: usize,
    const LIST_BITS: usize,
    const ENTRY_BITS: usize,
    const O: usize,
    const R: usize,
    const E: usize,
    const U: usize,
    const F: usize,
    const C: usize,
> {
    /// Clock.
    pub clock: Signal<In, Clock>,
    /// From the host.
    pub rx: Signal<In, Bit>,
    /// To the host.
    pub tx: Signal<Out, Bit>,
    /// The link listens.
    pub led_listens: Signal<Out, Bit>,
    /// The processor has stopped for good.
    pub led_trouble: Signal<Out, Bit>,
    uart: Uart,
    link: Link,
    core: Core<SET_BITS, WAY_BITS, SLOT_BITS, LIST_BITS, ENTRY_BITS>,
    lane: PortedLane<O, R, E, U, F, C>,
    lanes: Constant<Bits<32>>,
    slots: Constant<Bits<32>>,
    /// Cycles since configuration, up to all ones.
    age: DFF<Bits<4>>,
}

/// Cycles per bit of the board that Verilator simulates: few, so that tests are short.
pub const SIMULATED_CYCLES_PER_BIT: u64 = 2;

/// The board of configuration `small`.
pub type SmallBoard = Board<
    { CORE[0] },
    { CORE[1] },
    { CORE[2] },
    { CORE[3] },
    { CORE[4] },
    { LANE[0] },
    { LANE[1] },
    { LANE[2] },
    { LANE[3] },
    { LANE[4] },
    { LANE[5] },
>;

impl<
    const SET_BITS: usize,
    const WAY_BITS: usize,
    const SLOT_BITS: usize,
    const LIST_BITS: usize,
    const ENTRY_BITS: usize,
    const O: usize,
    const R: usize,
    const E: usize,
    const U: usize,
    const F: usize,
    const C: usize,
> Board<SET_BITS, WAY_BITS, SLOT_BITS, LIST_BITS, ENTRY_BITS, O, R, E, U, F, C>
{
    /// A board with the card of a configuration, which has one lane, and so many cycles per bit of the UART.
    pub fn new(config: &CardConfig, cycles_per_bit: u64) -> Self {
        assert_eq!(config.lanes, 1, "lanes of the board");
        assert!(config.slots <= 1 << SLOT_BITS, "slots of the board");
        Self {
            clock: Default::default(),
            rx: Default::default(),
            tx: Default::default(),
            led_listens: Default::default(),
            led_trouble: Default::default(),
            uart: Uart::new(cycles_per_bit),
            link: Default::default(),
            core: Core::new(&core_words(config, &Identity::of(CardKind::Board))),
            lane: PortedLane::new(config),
            lanes: Constant::new(u64::from(config.lanes).into()),
            slots: Constant::new(u64::from(config.slots).into()),
            age: Default::default(),
        }
    }
}

impl<
    const SET_BITS: usize,
    const WAY_BITS: usize,
    const SLOT_BITS: usize,
    const LIST_BITS: usize,
    const ENTRY_BITS: usize,
    const O: usize,
    const R: usize,
    const E: usize,
    const U: usize,
    const F: usize,
    const C: usize,
> Logic for Board<SET_BITS, WAY_BITS, SLOT_BITS, LIST_BITS, ENTRY_BITS, O, R, E, U, F, C>
{
    #[hdl_gen]
    fn update(&mut self) {
        dff_setup!(self, clock, age);
        clock!(self, clock, uart, link, core, lane);
        if !self.age.q.val().all() {
            self.age.d.next = self.age.q.val() + bits::<4>(1);
        }

        // The host.
        self.uart.rx.next = self.rx.val();
        self.tx.next = self.uart.tx.val();
        self.link.reset.next = !self.age.q.val().all();
        self.link.in_valid.next = self.uart.out_valid.val();
        self.link.in_bad.next = self.uart.out_bad.val();
        self.link.in_data.next = self.uart.out_data.val();
        self.uart.in_valid.next = self.link.out_valid.val();
        self.uart.in_data.next = self.link.out_data.val();
        self.link.out_ready.next = self.uart.in_ready.val();
        self.led_listens.next = self.link.listens.val();
        self.led_trouble.next = self.core.halted.val();

        // The core.
        self.core.strap_lanes.next = self.lanes.val();
        self.core.strap_slots.next = self.slots.val();
        self.core.reset.next = self.link.core_reset.val();
        self.core.processor_reset.next = self.link.processor_reset.val();
        self.core.boot_valid.next = self.link.boot_valid.val();
        self.core.boot_program.next = self.link.boot_program.val();
        self.core.boot_address.next = self.link.boot_address.val();
        self.core.boot_word.next = self.link.boot_word.val();
        self.link.boot_ready.next = self.core.boot_ready.val();
        self.core.bar_awvalid.next = self.link.bar_awvalid.val();
        self.link.bar_awready.next = self.core.bar_awready.val();
        self.core.bar_awaddr.next = self.link.bar_awaddr.val();
        self.core.bar_wvalid.next = self.link.bar_wvalid.val();
        self.link.bar_wready.next = self.core.bar_wready.val();
        self.core.bar_wdata.next = self.link.bar_wdata.val();
        self.core.bar_wstrb.next = self.link.bar_wstrb.val();
        self.link.bar_bvalid.next = self.core.bar_bvalid.val();
        self.core.bar_bready.next = self.link.bar_bready.val();
        self.link.bar_bresp.next = self.core.bar_bresp.val();
        self.core.bar_arvalid.next = self.link.bar_arvalid.val();
        self.link.bar_arready.next = self.core.bar_arready.val();
        self.core.bar_araddr.next = self.link.bar_araddr.val();
        self.link.bar_rvalid.next = self.core.bar_rvalid.val();
        self.core.bar_rready.next = self.link.bar_rready.val();
        self.link.bar_rdata.next = self.core.bar_rdata.val();
        self.link.bar_rresp.next = self.core.bar_rresp.val();
        self.link.host_arvalid.next = self.core.host_arvalid.val();
        self.core.host_arready.next = self.link.host_arready.val();
        self.link.host_araddr.next = self.core.host_araddr.val();
        self.link.host_arlen.next = self.core.host_arlen.val();
        self.core.host_rvalid.next = self.link.host_rvalid.val();
        self.link.host_rready.next = self.core.host_rready.val();
        self.core.host_rdata.next = self.link.host_rdata.val();
        self.core.host_rresp.next = self.link.host_rresp.val();
        self.core.host_rlast.next = self.link.host_rlast.val();
        self.link.host_awvalid.next = self.core.host_awvalid.val();
        self.core.host_awready.next = self.link.host_awready.val();
        self.link.host_awaddr.next = self.core.host_awaddr.val();
        self.link.host_awlen.next = self.core.host_awlen.val();
        self.link.host_wvalid.next = self.core.host_wvalid.val();
        self.core.host_wready.next = self.link.host_wready.val();
        self.link.host_wdata.next = self.core.host_wdata.val();
        self.link.host_wstrb.next = self.core.host_wstrb.val();
        self.link.host_wlast.next = self.core.host_wlast.val();
        self.core.host_bvalid.next = self.link.host_bvalid.val();
        self.link.host_bready.next = self.core.host_bready.val();
        self.core.host_bresp.next = self.link.host_bresp.val();
        self.link.memory_arvalid.next = self.core.memory_arvalid.val();
        self.core.memory_arready.next = self.link.memory_arready.val();
        self.link.memory_araddr.next = self.core.memory_araddr.val();
        self.link.memory_arlen.next = self.core.memory_arlen.val();
        self.core.memory_rvalid.next = self.link.memory_rvalid.val();
        self.link.memory_rready.next = self.core.memory_rready.val();
        self.core.memory_rdata.next = self.link.memory_rdata.val();
        self.core.memory_rresp.next = self.link.memory_rresp.val();
        self.core.memory_rlast.next = self.link.memory_rlast.val();
        self.link.memory_awvalid.next = self.core.memory_awvalid.val();
        self.core.memory_awready.next = self.link.memory_awready.val();
        self.link.memory_awaddr.next = self.core.memory_awaddr.val();
        self.link.memory_awlen.next = self.core.memory_awlen.val();
        self.link.memory_wvalid.next = self.core.memory_wvalid.val();
        self.core.memory_wready.next = self.link.memory_wready.val();
        self.link.memory_wdata.next = self.core.memory_wdata.val();
        self.link.memory_wstrb.next = self.core.memory_wstrb.val();
        self.link.memory_wlast.next = self.core.memory_wlast.val();
        self.core.memory_bvalid.next = self.link.memory_bvalid.val();
        self.link.memory_bready.next = self.core.memory_bready.val();
        self.core.memory_bresp.next = self.link.memory_bresp.val();
        self.link.interrupt_valid.next = self.core.interrupt_valid.val();
        self.core.interrupt_ready.next = self.link.interrupt_ready.val();

        // The lane bus, with one lane on it.
        self.lane.number.next = bits::<6>(0);
        self.lane.down_valid.next = self.core.down_valid.val();
        self.lane.down_lane.next = self.core.down_lane.val();
        self.lane.down_all.next = self.core.down_all.val();
        self.lane.down_op.next = self.core.down_op.val();
        self.lane.down_tag.next = self.core.down_tag.val();
        self.lane.down_address.next = self.core.down_address.val();
        self.lane.down_data.next = self.core.down_data.val();
        self.lane.down_code.next = self.core.down_code.val();
        self.core.up_valid.next = self.lane.up_valid.val();
        self.core.up_tag.next = self.lane.up_tag.val();
        self.core.up_data.next = self.lane.up_data.val();
        self.core.stopped.next = bits::<32>(0);
        self.core.asks_state.next = bits::<32>(0);
        self.core.wants_line.next = bits::<32>(0);
        if self.lane.stopped.val() {
            self.core.stopped.next = bits::<32>(1);
        }
        if self.lane.asks_state.val() {
            self.core.asks_state.next = bits::<32>(1);
        }
        if self.lane.wants_line.val() {
            self.core.wants_line.next = bits::<32>(1);
        }
    }
}
