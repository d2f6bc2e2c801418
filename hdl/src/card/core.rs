//! Core of the card: everything but its lanes.
//!
//! ```text
//! host memory AXI ── HostSide ── far mover ──┐        ┌── code server ── lane bus ── lanes
//! registers AXI4-Lite ┘   └ record head │    ├ card memory AXI  ┘        │ │ │
//!                         │         far queue│                           │ │ │
//!                    commit unit     data RAM ── near mover ── lane rows ┘ │ │
//!                         │             │  │      └─ launch unit ──────────┤ │
//!          table share ── state table   │  └ processor ── panel ───────────┘ │
//!                  └──────┴─────────────┘                       state door ──┘
//! ```
//!
//! Algorithm: none of its own; the parts are connected. The processor's firmware (`gaslane_manager`) decides, the parts carry out. The bus has one AXI4-Lite
//! subordinate (`bar_`), one AXI4 manager for host memory (`host_`), one for card memory (`memory_`), and one interrupt request.
//!
//! Handshake: AXI; the lane bus as in [`super::LaneBus`], for lanes behind [`super::LanePort`], whose outputs come ORed. `boot` is ready/valid, while `processor_reset`.
//! Latency: that of the parts. Reset: `reset` for the bus side, movers and data RAM, together with the bus; the state table, the commit unit and the parts
//! around them have none and start empty. So a card that is reset in the middle of work is configured anew.

use rust_hdl_core::prelude::*;
use rust_hdl_widgets::prelude::*;

use super::{
    CodeServer, CompletionShare, FillUnit, LaneBus, LaneRows, LaunchUnit, Panel, RecordHead, StateDoor, TableShare,
};
use crate::{
    bus::{HostReader, HostSide, HostWriter, ReadArbiter, WriteArbiter, register_map::FIXED_WORDS},
    leaf::Ram,
    manage::{DataRam, FarQueue, Mover, Processor},
    table::{CommitUnit, ConflictDetector, StateTable},
    word::{W64, W256},
};

/// The core, with a state table of 2^`SET_BITS` sets of 2^`WAY_BITS` entries, 2^`SLOT_BITS` slots with lists of 2^`LIST_BITS` entries, access tables of
/// 2^`ENTRY_BITS` entries.
#[derive(LogicBlock)]
pub struct Core<
    const SET_BITS: usize,
    const WAY_BITS: usize,
    const SLOT_BITS: usize,
    const LIST_BITS: usize,
    const ENTRY_BITS: usize,
> {
    /// Clock.
    pub clock: Signal<In, Clock>,
    /// AXI4: host memory.
    pub host_rdata: Signal<In, W256>,
    /// AXI4: card memory.
    pub memory_rdata: Signal<In, W256>,
    /// Lane bus, from the lanes.
    pub up_data: Signal<In, W256>,
    /// Its byte address.
    pub boot_address: Signal<In, Bits<32>>,
    /// The word.
    pub boot_word: Signal<In, Bits<32>>,
    /// Lanes that this card has.
    pub strap_lanes: Signal<In, Bits<32>>,
    /// Slots that this card has.
    pub strap_slots: Signal<In, Bits<32>>,
    /// AXI4-Lite: registers.
    pub bar_awaddr: Signal<In, Bits<12>>,
    /// AXI4-Lite: registers.
    pub bar_wdata: Signal<In, Bits<32>>,
    /// AXI4-Lite: registers.
    pub bar_wstrb: Signal<In, Bits<4>>,
    /// AXI4-Lite: registers.
    pub bar_araddr: Signal<In, Bits<12>>,
    /// AXI4: host memory.
    pub host_rresp: Signal<In, Bits<2>>,
    /// AXI4: host memory.
    pub host_bresp: Signal<In, Bits<2>>,
    /// AXI4: card memory.
    pub memory_rresp: Signal<In, Bits<2>>,
    /// AXI4: card memory.
    pub memory_bresp: Signal<In, Bits<2>>,
    /// Lane bus, from the lanes.
    pub up_tag: Signal<In, Bits<2>>,
    /// Lanes that have stopped.
    pub stopped: Signal<In, Bits<32>>,
    /// Lanes that want to read state.
    pub asks_state: Signal<In, Bits<32>>,
    /// Lanes that want a code refill.
    pub wants_line: Signal<In, Bits<32>>,
    /// Everything on the bus side, movers and data RAM to their initial state.
    pub reset: Signal<In, Bit>,
    /// The processor waits at the beginning of its program.
    pub processor_reset: Signal<In, Bit>,
    /// A word for one of the processor's memories; only in its reset.
    pub boot_valid: Signal<In, Bit>,
    /// It is the program's, else data RAM's.
    pub boot_program: Signal<In, Bit>,
    /// AXI4-Lite: registers.
    pub bar_awvalid: Signal<In, Bit>,
    /// AXI4-Lite: registers.
    pub bar_wvalid: Signal<In, Bit>,
    /// AXI4-Lite: registers.
    pub bar_bready: Signal<In, Bit>,
    /// AXI4-Lite: registers.
    pub bar_arvalid: Signal<In, Bit>,
    /// AXI4-Lite: registers.
    pub bar_rready: Signal<In, Bit>,
    /// AXI4: host memory.
    pub host_arready: Signal<In, Bit>,
    /// AXI4: host memory.
    pub host_rvalid: Signal<In, Bit>,
    /// AXI4: host memory.
    pub host_rlast: Signal<In, Bit>,
    /// AXI4: host memory.
    pub host_awready: Signal<In, Bit>,
    /// AXI4: host memory.
    pub host_wready: Signal<In, Bit>,
    /// AXI4: host memory.
    pub host_bvalid: Signal<In, Bit>,
    /// AXI4: card memory.
    pub memory_arready: Signal<In, Bit>,
    /// AXI4: card memory.
    pub memory_rvalid: Signal<In, Bit>,
    /// AXI4: card memory.
    pub memory_rlast: Signal<In, Bit>,
    /// AXI4: card memory.
    pub memory_awready: Signal<In, Bit>,
    /// AXI4: card memory.
    pub memory_wready: Signal<In, Bit>,
    /// AXI4: card memory.
    pub memory_bvalid: Signal<In, Bit>,
    /// It is taken.
    pub interrupt_ready: Signal<In, Bit>,
    /// Lane bus, from the lanes.
    pub up_valid: Signal<In, Bit>,
    /// AXI4: host memory.
    pub host_wdata: Signal<Out, W256>,
    /// AXI4: card memory.
    pub memory_wdata: Signal<Out, W256>,
    /// Lane bus, to the lanes.
    pub down_data: Signal<Out, W256>,
    /// AXI4: host memory.
    pub host_araddr: Signal<Out, W64>,
    /// AXI4: host memory.
    pub host_awaddr: Signal<Out, W64>,
    /// AXI4: card memory.
    pub memory_araddr: Signal<Out, W64>,
    /// AXI4: card memory.
    pub memory_awaddr: Signal<Out, W64>,
    /// Lane bus, to the lanes.
    pub down_code: Signal<Out, W64>,
    /// AXI4-Lite: registers.
    pub bar_bresp: Signal<Out, Bits<2>>,
    /// AXI4-Lite: registers.
    pub bar_rdata: Signal<Out, Bits<32>>,
    /// AXI4-Lite: registers.
    pub bar_rresp: Signal<Out, Bits<2>>,
    /// AXI4: host memory.
    pub host_arlen: Signal<Out, Bits<8>>,
    /// AXI4: host memory.
    pub host_awlen: Signal<Out, Bits<8>>,
    /// AXI4: host memory.
    pub host_wstrb: Signal<Out, Bits<32>>,
    /// AXI4: card memory.
    pub memory_arlen: Signal<Out, Bits<8>>,
    /// AXI4: card memory.
    pub memory_awlen: Signal<Out, Bits<8>>,
    /// AXI4: card memory.
    pub memory_wstrb: Signal<Out, Bits<32>>,
    /// Lane bus, to the lanes.
    pub down_lane: Signal<Out, Bits<6>>,
    /// Lane bus, to the lanes.
    pub down_op: Signal<Out, Bits<4>>,
    /// Lane bus, to the lanes.
    pub down_tag: Signal<Out, Bits<2>>,
    /// Lane bus, to the lanes.
    pub down_address: Signal<Out, Bits<32>>,
    /// Where the processor stands.
    pub pc: Signal<Out, Bits<32>>,
    /// It is taken.
    pub boot_ready: Signal<Out, Bit>,
    /// AXI4-Lite: registers.
    pub bar_awready: Signal<Out, Bit>,
    /// AXI4-Lite: registers.
    pub bar_wready: Signal<Out, Bit>,
    /// AXI4-Lite: registers.
    pub bar_bvalid: Signal<Out, Bit>,
    /// AXI4-Lite: registers.
    pub bar_arready: Signal<Out, Bit>,
    /// AXI4-Lite: registers.
    pub bar_rvalid: Signal<Out, Bit>,
    /// AXI4: host memory.
    pub host_arvalid: Signal<Out, Bit>,
    /// AXI4: host memory.
    pub host_rready: Signal<Out, Bit>,
    /// AXI4: host memory.
    pub host_awvalid: Signal<Out, Bit>,
    /// AXI4: host memory.
    pub host_wvalid: Signal<Out, Bit>,
    /// AXI4: host memory.
    pub host_wlast: Signal<Out, Bit>,
    /// AXI4: host memory.
    pub host_bready: Signal<Out, Bit>,
    /// AXI4: card memory.
    pub memory_arvalid: Signal<Out, Bit>,
    /// AXI4: card memory.
    pub memory_rready: Signal<Out, Bit>,
    /// AXI4: card memory.
    pub memory_awvalid: Signal<Out, Bit>,
    /// AXI4: card memory.
    pub memory_wvalid: Signal<Out, Bit>,
    /// AXI4: card memory.
    pub memory_wlast: Signal<Out, Bit>,
    /// AXI4: card memory.
    pub memory_bready: Signal<Out, Bit>,
    /// An interrupt.
    pub interrupt_valid: Signal<Out, Bit>,
    /// Lane bus, to the lanes.
    pub down_valid: Signal<Out, Bit>,
    /// Lane bus, to the lanes.
    pub down_all: Signal<Out, Bit>,
    /// The processor has stopped for good.
    pub halted: Signal<Out, Bit>,
    /// AXI4: host memory.
    pub host_arid: Signal<Out, Bits<4>>,
    /// AXI4: host memory.
    pub host_arsize: Signal<Out, Bits<3>>,
    /// AXI4: host memory.
    pub host_arburst: Signal<Out, Bits<2>>,
    /// AXI4: host memory.
    pub host_awid: Signal<Out, Bits<4>>,
    /// AXI4: host memory.
    pub host_awsize: Signal<Out, Bits<3>>,
    /// AXI4: host memory.
    pub host_awburst: Signal<Out, Bits<2>>,
    /// AXI4: card memory.
    pub memory_arid: Signal<Out, Bits<4>>,
    /// AXI4: card memory.
    pub memory_arsize: Signal<Out, Bits<3>>,
    /// AXI4: card memory.
    pub memory_arburst: Signal<Out, Bits<2>>,
    /// AXI4: card memory.
    pub memory_awid: Signal<Out, Bits<4>>,
    /// AXI4: card memory.
    pub memory_awsize: Signal<Out, Bits<3>>,
    /// AXI4: card memory.
    pub memory_awburst: Signal<Out, Bits<2>>,
    host: HostSide,
    reader: HostReader,
    reads: ReadArbiter,
    writer: HostWriter,
    writes: WriteArbiter,
    processor: Processor,
    instructions: Ram<Bits<32>, 14, 0>,
    data: DataRam<12>,
    far_moves: FarQueue,
    far: Mover,
    near: Mover,
    launch: LaunchUnit,
    lane_bus: LaneBus,
    rows: LaneRows,
    door: StateDoor,
    completions: CompletionShare,
    fills: FillUnit,
    server: CodeServer,
    share: TableShare,
    states: StateTable<SET_BITS, WAY_BITS, SLOT_BITS, LIST_BITS>,
    commit: CommitUnit<ENTRY_BITS>,
    head: RecordHead,
    access: Ram<W256, ENTRY_BITS, 2>,
    conflict: ConflictDetector,
    panel: Panel,
    nothing64: Constant<W64>,
    nothing256: Constant<W256>,
    /// The processor accesses a register.
    to_registers: Signal<Local, Bit>,
    /// Its last read was one.
    from_registers: DFF<Bit>,
    // Levels of the lanes.
    lanes_stopped: DFF<Bits<32>>,
    lanes_ask: DFF<Bits<32>>,
    lanes_want: DFF<Bits<32>>,
    failed: DFF<Bit>,
}

impl<
    const SET_BITS: usize,
    const WAY_BITS: usize,
    const SLOT_BITS: usize,
    const LIST_BITS: usize,
    const ENTRY_BITS: usize,
> Core<SET_BITS, WAY_BITS, SLOT_BITS, LIST_BITS, ENTRY_BITS>
{
    /// A core that shows these words at the beginning of its registers.
    pub fn new(fixed: &[u32; FIXED_WORDS]) -> Self {
        Self {
            clock: Default::default(),
            host_rdata: Default::default(),
            memory_rdata: Default::default(),
            up_data: Default::default(),
            boot_address: Default::default(),
            boot_word: Default::default(),
            strap_lanes: Default::default(),
            strap_slots: Default::default(),
            bar_awaddr: Default::default(),
            bar_wdata: Default::default(),
            bar_wstrb: Default::default(),
            bar_araddr: Default::default(),
            host_rresp: Default::default(),
            host_bresp: Default::default(),
            memory_rresp: Default::default(),
            memory_bresp: Default::default(),
            up_tag: Default::default(),
            stopped: Default::default(),
            asks_state: Default::default(),
            wants_line: Default::default(),
            reset: Default::default(),
            processor_reset: Default::default(),
            boot_valid: Default::default(),
            boot_program: Default::default(),
            bar_awvalid: Default::default(),
            bar_wvalid: Default::default(),
            bar_bready: Default::default(),
            bar_arvalid: Default::default(),
            bar_rready: Default::default(),
            host_arready: Default::default(),
            host_rvalid: Default::default(),
            host_rlast: Default::default(),
            host_awready: Default::default(),
            host_wready: Default::default(),
            host_bvalid: Default::default(),
            memory_arready: Default::default(),
            memory_rvalid: Default::default(),
            memory_rlast: Default::default(),
            memory_awready: Default::default(),
            memory_wready: Default::default(),
            memory_bvalid: Default::default(),
            interrupt_ready: Default::default(),
            up_valid: Default::default(),
            host_wdata: Default::default(),
            memory_wdata: Default::default(),
            down_data: Default::default(),
            host_araddr: Default::default(),
            host_awaddr: Default::default(),
            memory_araddr: Default::default(),
            memory_awaddr: Default::default(),
            down_code: Default::default(),
            bar_bresp: Default::default(),
            bar_rdata: Default::default(),
            bar_rresp: Default::default(),
            host_arlen: Default::default(),
            host_awlen: Default::default(),
            host_wstrb: Default::default(),
            memory_arlen: Default::default(),
            memory_awlen: Default::default(),
            memory_wstrb: Default::default(),
            down_lane: Default::default(),
            down_op: Default::default(),
            down_tag: Default::default(),
            down_address: Default::default(),
            pc: Default::default(),
            boot_ready: Default::default(),
            bar_awready: Default::default(),
            bar_wready: Default::default(),
            bar_bvalid: Default::default(),
            bar_arready: Default::default(),
            bar_rvalid: Default::default(),
            host_arvalid: Default::default(),
            host_rready: Default::default(),
            host_awvalid: Default::default(),
            host_wvalid: Default::default(),
            host_wlast: Default::default(),
            host_bready: Default::default(),
            memory_arvalid: Default::default(),
            memory_rready: Default::default(),
            memory_awvalid: Default::default(),
            memory_wvalid: Default::default(),
            memory_wlast: Default::default(),
            memory_bready: Default::default(),
            interrupt_valid: Default::default(),
            down_valid: Default::default(),
            down_all: Default::default(),
            halted: Default::default(),
            host_arid: Default::default(),
            host_arsize: Default::default(),
            host_arburst: Default::default(),
            host_awid: Default::default(),
            host_awsize: Default::default(),
            host_awburst: Default::default(),
            memory_arid: Default::default(),
            memory_arsize: Default::default(),
            memory_arburst: Default::default(),
            memory_awid: Default::default(),
            memory_awsize: Default::default(),
            memory_awburst: Default::default(),
            host: HostSide::new(fixed),
            reader: Default::default(),
            reads: Default::default(),
            writer: Default::default(),
            writes: Default::default(),
            processor: Default::default(),
            instructions: Ram::new(32),
            data: Default::default(),
            far_moves: Default::default(),
            far: Default::default(),
            near: Default::default(),
            launch: Default::default(),
            lane_bus: Default::default(),
            rows: Default::default(),
            door: Default::default(),
            completions: Default::default(),
            fills: Default::default(),
            server: Default::default(),
            share: Default::default(),
            states: Default::default(),
            commit: Default::default(),
            head: Default::default(),
            access: Ram::new(256),
            conflict: Default::default(),
            panel: Default::default(),
            nothing64: Constant::new(W64::ZERO),
            nothing256: Constant::new(W256::ZERO),
            to_registers: Default::default(),
            from_registers: Default::default(),
            lanes_stopped: Default::default(),
            lanes_ask: Default::default(),
            lanes_want: Default::default(),
            failed: Default::default(),
        }
    }
}

impl<
    const SET_BITS: usize,
    const WAY_BITS: usize,
    const SLOT_BITS: usize,
    const LIST_BITS: usize,
    const ENTRY_BITS: usize,
> Logic for Core<SET_BITS, WAY_BITS, SLOT_BITS, LIST_BITS, ENTRY_BITS>
{
    #[hdl_gen]
    fn update(&mut self) {
        dff_setup!(self, clock, from_registers, lanes_stopped, lanes_ask, lanes_want, failed);
        clock!(
            self,
            clock,
            host,
            reader,
            reads,
            writer,
            writes,
            processor,
            instructions,
            data,
            far_moves,
            far,
            near,
            launch,
            lane_bus,
            rows,
            door,
            completions,
            fills,
            server,
            share,
            states,
            commit,
            head,
            access,
            conflict,
            panel
        );

        // The bus of the host.
        self.host.reset.next = self.reset.val();
        self.data.reset.next = self.reset.val();
        self.far.reset.next = self.reset.val();
        self.near.reset.next = self.reset.val();
        self.far_moves.reset.next = self.reset.val();
        self.head.reset.next = self.reset.val();
        self.launch.reset.next = self.reset.val();
        self.rows.reset.next = self.reset.val();
        self.fills.reset.next = self.reset.val();
        self.reader.reset.next = self.reset.val();
        self.writer.reset.next = self.reset.val();
        self.reads.reset.next = self.reset.val();
        self.writes.reset.next = self.reset.val();
        self.host.host_rdata.next = self.host_rdata.val();
        self.host.strap_lanes.next = self.strap_lanes.val();
        self.host.strap_slots.next = self.strap_slots.val();
        self.host.bar_awaddr.next = self.bar_awaddr.val();
        self.host.bar_wdata.next = self.bar_wdata.val();
        self.host.bar_wstrb.next = self.bar_wstrb.val();
        self.host.bar_araddr.next = self.bar_araddr.val();
        self.host.host_rresp.next = self.host_rresp.val();
        self.host.host_bresp.next = self.host_bresp.val();
        self.host.bar_awvalid.next = self.bar_awvalid.val();
        self.host.bar_wvalid.next = self.bar_wvalid.val();
        self.host.bar_bready.next = self.bar_bready.val();
        self.host.bar_arvalid.next = self.bar_arvalid.val();
        self.host.bar_rready.next = self.bar_rready.val();
        self.host.host_arready.next = self.host_arready.val();
        self.host.host_rvalid.next = self.host_rvalid.val();
        self.host.host_rlast.next = self.host_rlast.val();
        self.host.host_awready.next = self.host_awready.val();
        self.host.host_wready.next = self.host_wready.val();
        self.host.host_bvalid.next = self.host_bvalid.val();
        self.host.interrupt_ready.next = self.interrupt_ready.val();
        self.host_wdata.next = self.host.host_wdata.val();
        self.host_araddr.next = self.host.host_araddr.val();
        self.host_awaddr.next = self.host.host_awaddr.val();
        self.bar_bresp.next = self.host.bar_bresp.val();
        self.bar_rdata.next = self.host.bar_rdata.val();
        self.bar_rresp.next = self.host.bar_rresp.val();
        self.host_arlen.next = self.host.host_arlen.val();
        self.host_awlen.next = self.host.host_awlen.val();
        self.host_wstrb.next = self.host.host_wstrb.val();
        self.bar_awready.next = self.host.bar_awready.val();
        self.bar_wready.next = self.host.bar_wready.val();
        self.bar_bvalid.next = self.host.bar_bvalid.val();
        self.bar_arready.next = self.host.bar_arready.val();
        self.bar_rvalid.next = self.host.bar_rvalid.val();
        self.host_arvalid.next = self.host.host_arvalid.val();
        self.host_rready.next = self.host.host_rready.val();
        self.host_awvalid.next = self.host.host_awvalid.val();
        self.host_wvalid.next = self.host.host_wvalid.val();
        self.host_wlast.next = self.host.host_wlast.val();
        self.host_bready.next = self.host.host_bready.val();
        self.interrupt_valid.next = self.host.interrupt_valid.val();
        self.host_arid.next = self.host.host_arid.val();
        self.host_arsize.next = self.host.host_arsize.val();
        self.host_arburst.next = self.host.host_arburst.val();
        self.host_awid.next = self.host.host_awid.val();
        self.host_awsize.next = self.host.host_awsize.val();
        self.host_awburst.next = self.host.host_awburst.val();

        // Card memory: the code server, the far mover, the near mover.
        self.reader.run.next = true;
        self.writer.run.next = true;
        self.memory_arvalid.next = self.reader.arvalid.val();
        self.memory_arid.next = self.reader.arid.val();
        self.memory_araddr.next = self.reader.araddr.val();
        self.memory_arlen.next = self.reader.arlen.val();
        self.memory_arsize.next = self.reader.arsize.val();
        self.memory_arburst.next = self.reader.arburst.val();
        self.memory_rready.next = self.reader.rready.val();
        self.reader.arready.next = self.memory_arready.val();
        self.reader.rvalid.next = self.memory_rvalid.val();
        self.reader.rdata.next = self.memory_rdata.val();
        self.reader.rresp.next = self.memory_rresp.val();
        self.reader.rlast.next = self.memory_rlast.val();
        self.memory_awvalid.next = self.writer.awvalid.val();
        self.memory_awid.next = self.writer.awid.val();
        self.memory_awaddr.next = self.writer.awaddr.val();
        self.memory_awlen.next = self.writer.awlen.val();
        self.memory_awsize.next = self.writer.awsize.val();
        self.memory_awburst.next = self.writer.awburst.val();
        self.memory_wvalid.next = self.writer.wvalid.val();
        self.memory_wdata.next = self.writer.wdata.val();
        self.memory_wstrb.next = self.writer.wstrb.val();
        self.memory_wlast.next = self.writer.wlast.val();
        self.memory_bready.next = self.writer.bready.val();
        self.writer.awready.next = self.memory_awready.val();
        self.writer.wready.next = self.memory_wready.val();
        self.writer.bvalid.next = self.memory_bvalid.val();
        self.writer.bresp.next = self.memory_bresp.val();
        self.reader.request_valid.next = self.reads.request_valid.val();
        self.writer.request_valid.next = self.writes.request_valid.val();
        self.reader.request_address.next = self.reads.request_address.val();
        self.writer.request_address.next = self.writes.request_address.val();
        self.reader.request_beats.next = self.reads.request_beats.val();
        self.writer.request_beats.next = self.writes.request_beats.val();
        self.reader.request_tag.next = self.reads.request_tag.val();
        self.writer.request_tag.next = self.writes.request_tag.val();
        self.reads.request_ready.next = self.reader.request_ready.val();
        self.reads.data_valid.next = self.reader.data_valid.val();
        self.reader.data_ready.next = self.reads.data_ready.val();
        self.reads.data_tag.next = self.reader.data_tag.val();
        self.writes.request_ready.next = self.writer.request_ready.val();
        self.writer.data_valid.next = self.writes.data_valid.val();
        self.writes.data_ready.next = self.writer.data_ready.val();
        self.writer.data.next = self.writes.data.val();
        self.writes.done_valid.next = self.writer.done_valid.val();
        self.writer.done_ready.next = self.writes.done_ready.val();
        self.writes.done_tag.next = self.writer.done_tag.val();
        self.reads.request_valid0.next = self.server.request_valid.val();
        self.server.request_ready.next = self.reads.request_ready0.val();
        self.reads.request_address0.next = self.server.request_address.val();
        self.reads.request_beats0.next = self.server.request_beats.val();
        self.server.data_valid.next = self.reads.data_valid0.val();
        self.reads.data_ready0.next = self.server.data_ready.val();
        self.server.data.next = self.reader.data.val();
        self.server.data_error.next = self.reader.data_error.val();
        self.reads.request_valid1.next = self.far.card_read_valid.val();
        self.far.card_read_ready.next = self.reads.request_ready1.val();
        self.reads.request_address1.next = self.far.read_address.val();
        self.reads.request_beats1.next = self.far.read_beats.val();
        self.far.card_read_data_valid.next = self.reads.data_valid1.val();
        self.reads.data_ready1.next = self.far.card_read_data_ready.val();
        self.far.card_read_data.next = self.reader.data.val();
        self.far.card_read_error.next = self.reader.data_error.val();
        self.writes.request_valid1.next = self.far.card_write_valid.val();
        self.far.card_write_ready.next = self.writes.request_ready1.val();
        self.writes.request_address1.next = self.far.write_address.val();
        self.writes.request_beats1.next = self.far.write_beats.val();
        self.writes.data_valid1.next = self.far.card_write_data_valid.val();
        self.far.card_write_data_ready.next = self.writes.data_ready1.val();
        self.writes.data1.next = self.far.write_data.val();
        self.far.card_write_done_valid.next = self.writes.done_valid1.val();
        self.writes.done_ready1.next = self.far.card_write_done_ready.val();
        self.far.card_write_error.next = self.writer.done_error.val();
        self.reads.request_valid2.next = self.near.card_read_valid.val();
        self.near.card_read_ready.next = self.reads.request_ready2.val();
        self.reads.request_address2.next = self.near.read_address.val();
        self.reads.request_beats2.next = self.near.read_beats.val();
        self.near.card_read_data_valid.next = self.reads.data_valid2.val();
        self.reads.data_ready2.next = self.near.card_read_data_ready.val();
        self.near.card_read_data.next = self.reader.data.val();
        self.near.card_read_error.next = self.reader.data_error.val();
        self.writes.request_valid2.next = self.near.card_write_valid.val();
        self.near.card_write_ready.next = self.writes.request_ready2.val();
        self.writes.request_address2.next = self.near.write_address.val();
        self.writes.request_beats2.next = self.near.write_beats.val();
        self.writes.data_valid2.next = self.near.card_write_data_valid.val();
        self.near.card_write_data_ready.next = self.writes.data_ready2.val();
        self.writes.data2.next = self.near.write_data.val();
        self.near.card_write_done_valid.next = self.writes.done_valid2.val();
        self.writes.done_ready2.next = self.near.card_write_done_ready.val();
        self.near.card_write_error.next = self.writer.done_error.val();
        self.reads.request_valid3.next = false;
        self.reads.request_address3.next = self.nothing64.val();
        self.reads.request_beats3.next = bits::<20>(0);
        self.reads.data_ready3.next = false;
        self.writes.request_valid0.next = false;
        self.writes.request_address0.next = self.nothing64.val();
        self.writes.request_beats0.next = bits::<20>(0);
        self.writes.data_valid0.next = false;
        self.writes.data0.next = self.nothing256.val();
        self.writes.done_ready0.next = false;
        self.writes.request_valid3.next = false;
        self.writes.request_address3.next = self.nothing64.val();
        self.writes.request_beats3.next = bits::<20>(0);
        self.writes.data_valid3.next = false;
        self.writes.data3.next = self.nothing256.val();
        self.writes.done_ready3.next = false;

        // Host memory: the far mover; the records of commits.
        self.host.read1_valid.next = self.far.host_read_valid.val();
        self.far.host_read_ready.next = self.host.read1_ready.val();
        self.host.read1_address.next = self.far.read_address.val();
        self.host.read1_beats.next = self.far.read_beats.val();
        self.far.host_read_data_valid.next = self.host.read1_data_valid.val();
        self.host.read1_data_ready.next = self.far.host_read_data_ready.val();
        self.far.host_read_data.next = self.host.read_data.val();
        self.far.host_read_error.next = self.host.read_error.val();
        self.host.write1_valid.next = self.far.host_write_valid.val();
        self.far.host_write_ready.next = self.host.write1_ready.val();
        self.host.write1_address.next = self.far.write_address.val();
        self.host.write1_beats.next = self.far.write_beats.val();
        self.host.write1_data_valid.next = self.far.host_write_data_valid.val();
        self.far.host_write_data_ready.next = self.host.write1_data_ready.val();
        self.host.write1_data.next = self.far.write_data.val();
        self.far.host_write_done_valid.next = self.host.write1_done_valid.val();
        self.host.write1_done_ready.next = self.far.host_write_done_ready.val();
        self.far.host_write_error.next = self.host.write_error.val();
        self.host.write2_valid.next = self.panel.record_valid.val();
        self.panel.record_ready.next = self.host.write2_ready.val();
        self.host.write2_address.next = self.panel.record_address.val();
        self.host.write2_beats.next = self.panel.record_beats.val();
        self.head.write.next = self.panel.head_write.val();
        self.head.number.next = self.panel.head_number.val();
        self.head.word.next = self.panel.head_word.val();
        self.head.start.next = self.panel.proceed.val();
        self.head.beat_valid.next = self.commit.beat_valid.val();
        self.commit.beat_ready.next = self.head.beat_ready.val();
        self.head.beat.next = self.commit.beat.val();
        self.host.write2_data_valid.next = self.head.out_valid.val();
        self.head.out_ready.next = self.host.write2_data_ready.val();
        self.host.write2_data.next = self.head.out.val();
        self.panel.record_done.next = self.host.write2_done_valid.val();
        self.host.write2_done_ready.next = true;
        self.panel.record_error.next = self.host.write_error.val();
        self.host.read2_valid.next = false;
        self.host.read2_address.next = self.nothing64.val();
        self.host.read2_beats.next = bits::<20>(0);
        self.host.read2_data_ready.next = false;
        self.host.read3_valid.next = self.fills.request_valid.val();
        self.fills.request_ready.next = self.host.read3_ready.val();
        self.host.read3_address.next = self.fills.request_address.val();
        self.host.read3_beats.next = self.fills.request_beats.val();
        self.fills.data_valid.next = self.host.read3_data_valid.val();
        self.host.read3_data_ready.next = self.fills.data_ready.val();
        self.fills.data.next = self.host.read_data.val();
        self.fills.data_error.next = self.host.read_error.val();
        self.host.write3_valid.next = false;
        self.host.write3_address.next = self.nothing64.val();
        self.host.write3_beats.next = bits::<20>(0);
        self.host.write3_data_valid.next = false;
        self.host.write3_data.next = self.nothing256.val();
        self.host.write3_done_ready.next = false;
        // The near mover knows no host memory, the far one no lanes.
        self.near.host_read_ready.next = false;
        self.near.host_read_data_valid.next = false;
        self.near.host_read_error.next = false;
        self.near.host_write_ready.next = false;
        self.near.host_write_data_ready.next = false;
        self.near.host_write_done_valid.next = false;
        self.near.host_write_error.next = false;
        self.near.host_read_data.next = self.nothing256.val();
        self.far.lane_read_ready.next = false;
        self.far.lane_read_data_valid.next = false;
        self.far.lane_write_ready.next = false;
        self.far.lane_write_data_ready.next = false;
        self.far.lane_write_done_valid.next = false;
        self.far.lane_read_data.next = self.nothing256.val();

        // Data RAM.
        self.data.read1_valid.next = self.far.data_read_valid.val();
        self.far.data_read_ready.next = self.data.read1_ready.val();
        self.data.read1_address.next = self.far.read_address.val();
        self.data.read1_beats.next = self.far.read_beats.val();
        self.far.data_read_data_valid.next = self.data.read1_data_valid.val();
        self.data.read1_data_ready.next = self.far.data_read_data_ready.val();
        self.far.data_read_data.next = self.data.read1_data.val();
        self.data.write1_valid.next = self.far.data_write_valid.val();
        self.far.data_write_ready.next = self.data.write1_ready.val();
        self.data.write1_address.next = self.far.write_address.val();
        self.data.write1_beats.next = self.far.write_beats.val();
        self.data.write1_data_valid.next = self.far.data_write_data_valid.val();
        self.far.data_write_data_ready.next = self.data.write1_data_ready.val();
        self.data.write1_data.next = self.far.write_data.val();
        self.far.data_write_done_valid.next = self.data.write1_done_valid.val();
        self.data.write1_done_ready.next = self.far.data_write_done_ready.val();
        self.data.read2_valid.next = self.near.data_read_valid.val();
        self.near.data_read_ready.next = self.data.read2_ready.val();
        self.data.read2_address.next = self.near.read_address.val();
        self.data.read2_beats.next = self.near.read_beats.val();
        self.near.data_read_data_valid.next = self.data.read2_data_valid.val();
        self.data.read2_data_ready.next = self.near.data_read_data_ready.val();
        self.near.data_read_data.next = self.data.read2_data.val();
        self.data.write2_valid.next = self.near.data_write_valid.val();
        self.near.data_write_ready.next = self.data.write2_ready.val();
        self.data.write2_address.next = self.near.write_address.val();
        self.data.write2_beats.next = self.near.write_beats.val();
        self.data.write2_data_valid.next = self.near.data_write_data_valid.val();
        self.near.data_write_data_ready.next = self.data.write2_data_ready.val();
        self.data.write2_data.next = self.near.write_data.val();
        self.near.data_write_done_valid.next = self.data.write2_done_valid.val();
        self.data.write2_done_ready.next = self.near.data_write_done_ready.val();
        self.fills.share_request_valid.next = self.share.request_valid.val();
        self.share.request_ready.next = self.fills.share_request_ready.val();
        self.data.read3_valid.next = self.fills.ram_request_valid.val();
        self.fills.ram_request_ready.next = self.data.read3_ready.val();
        self.data.read3_address.next = self.share.request_address.val();
        self.data.read3_beats.next = self.share.request_beats.val();
        self.fills.ram_data_valid.next = self.data.read3_data_valid.val();
        self.data.read3_data_ready.next = self.fills.ram_data_ready.val();
        self.fills.ram_data.next = self.data.read3_data.val();
        self.share.data_valid.next = self.fills.share_data_valid.val();
        self.fills.share_data_ready.next = self.share.data_ready.val();
        self.share.data.next = self.fills.share_data.val();

        // The processor: program, data RAM, registers. In its reset its memories are loaded.
        self.processor.reset.next = self.processor_reset.val();
        self.instructions.address.next = self.processor.fetch_address.val();
        self.instructions.read.next = true;
        self.processor.fetch_data.next = self.instructions.data.val();
        self.instructions.write.next = self.boot_valid.val() & self.boot_program.val();
        self.instructions.write_address.next = self.boot_address.val().get_bits::<16>(2);
        self.instructions.write_data.next = self.boot_word.val();
        self.to_registers.next = self.processor.data_address.val().get_bit(31);
        self.data.processor_valid.next = self.processor.data_valid.val() & (!self.to_registers.val());
        self.data.processor_write.next = self.processor.data_write.val();
        self.data.processor_address.next = self.processor.data_address.val();
        self.data.processor_strobes.next = self.processor.data_strobes.val();
        self.data.processor_data.next = self.processor.data_out.val();
        self.panel.valid.next = self.processor.data_valid.val() & self.to_registers.val();
        self.panel.write.next = self.processor.data_write.val();
        self.panel.number.next = self.processor.data_address.val().get_bits::<8>(2);
        self.panel.data_out.next = self.processor.data_out.val();
        self.processor.data_ready.next = self.data.processor_ready.val() | self.to_registers.val();
        self.from_registers.d.next = self.to_registers.val();
        self.processor.data_in.next = self.data.processor_read.val();
        if self.from_registers.q.val() {
            self.processor.data_in.next = self.panel.data_in.val();
        }
        if self.processor_reset.val() {
            self.data.processor_valid.next = self.boot_valid.val() & (!self.boot_program.val());
            self.data.processor_write.next = true;
            self.data.processor_address.next = self.boot_address.val();
            self.data.processor_strobes.next = bits::<4>(15);
            self.data.processor_data.next = self.boot_word.val();
        }
        self.boot_ready.next = self.boot_program.val() | self.data.processor_ready.val();
        self.pc.next = self.processor.pc.val();
        self.halted.next = self.processor.halted.val();

        // Its registers.
        self.panel.entry_valid.next = self.host.entry_valid.val() & (!self.fills.claims.val());
        self.fills.entry_valid.next = self.host.entry_valid.val();
        self.fills.entry.next = self.host.entry.val();
        self.fills.enable.next = self.panel.fill_enable.val();
        self.fills.run.next = self.host.running.val();
        self.host.entry_ready.next = self.panel.entry_ready.val() | self.fills.entry_ready.val();
        self.panel.entry.next = self.host.entry.val();
        self.panel.running.next = self.host.running.val();
        self.panel.stalled.next = self.host.stalled.val();
        self.panel.lane_select.next = self.host.lane_select.val();
        self.fills.post_valid.next = self.panel.completion_valid.val();
        self.completions.post_valid.next = self.fills.completion_valid.val();
        self.panel.completion_ready.next = self.fills.post_ready.val();
        self.fills.completion_ready.next = self.completions.post_ready.val();
        self.fills.post.next = self.panel.completion.val();
        self.completions.post.next = self.fills.completion.val();
        self.host.completion_valid.next = self.completions.completion_valid.val();
        self.completions.completion_ready.next = self.host.completion_ready.val();
        self.host.completion.next = self.completions.completion.val();
        self.host.card_idle.next = self.panel.idle.val() & (!self.fills.works.val());
        self.host.card_fault.next = self.panel.fault.val();
        self.host.card_error.next = self.panel.fault_error.val();
        self.host.card_info.next = self.panel.fault_info.val();
        self.host.committed.next = self.panel.committed.val();
        self.host.committed_host.next = self.panel.committed_host.val();
        self.host.aborts.next = self.panel.aborts_counted.val();
        self.host.escapes.next = self.panel.escapes.val();
        self.host.assists.next = self.panel.assists.val();
        self.host.state_reads.next = self.panel.state_reads_shown.val();
        self.host.program_words.next = self.panel.program_words.val();
        self.host.firmware_words.next = self.panel.firmware_words.val();
        self.host.evm_instructions.next = self.panel.evm_instructions.val();
        self.host.evictions.next = self.panel.evictions_shown.val();
        self.host.lane_busy_cycles.next = self.panel.lane_busy_cycles.val();
        self.host.lane_state_wait_cycles.next = self.panel.lane_state_wait_cycles.val();
        self.host.lane_commit_wait_cycles.next = self.panel.lane_commit_wait_cycles.val();
        self.host.lane_aborted_cycles.next = self.panel.lane_aborted_cycles.val();
        self.host.lane_idle_cycles.next = self.panel.lane_idle_cycles.val();

        // Movers.
        self.far_moves.push.next = self.panel.far_start.val();
        self.far_moves.quiet.next = self.panel.far_quiet.val();
        self.far_moves.push_source.next = self.panel.source.val();
        self.far_moves.push_destination.next = self.panel.destination.val();
        self.far_moves.push_source_address.next = self.panel.source_address.val();
        self.far_moves.push_destination_address.next = self.panel.destination_address.val();
        self.far_moves.push_beats.next = self.panel.beats.val();
        self.far_moves.push_valid_bytes.next = self.panel.valid_bytes.val();
        self.far_moves.seen.next = self.panel.far_seen.val();
        self.far.start.next = self.far_moves.start.val();
        self.far.source.next = self.far_moves.source.val();
        self.far.destination.next = self.far_moves.destination.val();
        self.far.source_address.next = self.far_moves.source_address.val();
        self.far.destination_address.next = self.far_moves.destination_address.val();
        self.far.beats.next = self.far_moves.beats.val();
        self.far.valid_bytes.next = self.far_moves.valid_bytes.val();
        self.far_moves.far_busy.next = self.far.busy.val();
        self.far_moves.far_failed.next = self.far.failed.val();
        self.panel.far_ended.next = self.far_moves.ended.val();
        self.panel.far_failed.next = self.far_moves.failed.val();
        self.panel.far_done.next = self.far_moves.done.val();
        self.panel.far_address.next = self.far_moves.failed_address.val();
        self.launch.own_start.next = self.panel.near_start.val();
        self.launch.own_source.next = self.panel.source.val();
        self.launch.own_destination.next = self.panel.destination.val();
        self.launch.own_source_address.next = self.panel.source_address.val();
        self.launch.own_destination_address.next = self.panel.destination_address.val();
        self.launch.own_beats.next = self.panel.beats.val();
        self.launch.own_valid_bytes.next = self.panel.valid_bytes.val();
        self.near.start.next = self.launch.near_start.val();
        self.near.source.next = self.launch.source.val();
        self.near.destination.next = self.launch.destination.val();
        self.near.source_address.next = self.launch.source_address.val();
        self.near.destination_address.next = self.launch.destination_address.val();
        self.near.beats.next = self.launch.beats.val();
        self.near.valid_bytes.next = self.launch.valid_bytes.val();
        self.launch.near_busy.next = self.near.busy.val();
        self.launch.near_failed.next = self.near.failed.val();
        self.launch.row_taken.next = self.near.lane_write_data_valid.val() & self.rows.write_data_ready.val();
        self.launch.row.next = self.near.write_data.val();
        self.launch.start.next = self.panel.launch_start.val();
        self.launch.start_lane.next = self.panel.launch_lane.val();
        self.launch.with_block.next = self.panel.launch_block.val();
        self.launch.payload.next = self.panel.source_address.val().get_bits::<32>(0);
        self.launch.payload_bytes.next = self.panel.valid_bytes.val();
        self.launch.place.next = self.panel.destination_address.val().get_bits::<32>(0);
        self.launch.record_bytes.next = self.panel.lane_data.val().get_bits::<32>(0);
        self.launch.block.next = self.panel.lane_address.val();
        self.panel.launch_busy.next = self.launch.busy.val();
        self.panel.launch_failed.next = self.launch.failed.val();
        self.panel.launch_bad.next = self.launch.bad.val();
        self.panel.launched_lane.next = self.launch.lane.val();
        self.panel.near_busy.next = self.near.busy.val();
        self.panel.near_failed.next = self.near.failed.val();
        self.rows.read_valid.next = self.near.lane_read_valid.val();
        self.near.lane_read_ready.next = self.rows.read_ready.val();
        self.rows.read_address.next = self.near.read_address.val();
        self.rows.read_beats.next = self.near.read_beats.val();
        self.near.lane_read_data_valid.next = self.rows.read_data_valid.val();
        self.rows.read_data_ready.next = self.near.lane_read_data_ready.val();
        self.near.lane_read_data.next = self.rows.read_data.val();
        self.rows.write_valid.next = self.near.lane_write_valid.val();
        self.near.lane_write_ready.next = self.rows.write_ready.val();
        self.rows.write_address.next = self.near.write_address.val();
        self.rows.write_beats.next = self.near.write_beats.val();
        self.rows.write_data_valid.next = self.near.lane_write_data_valid.val();
        self.near.lane_write_data_ready.next = self.rows.write_data_ready.val();
        self.rows.write_data.next = self.near.write_data.val();
        self.near.lane_write_done_valid.next = self.rows.write_done_valid.val();
        self.rows.write_done_ready.next = self.near.lane_write_done_ready.val();

        // The lane bus: state door, code server, near mover, launches and processor.
        self.lane_bus.valid0.next = self.door.bus_valid.val();
        self.door.bus_ready.next = self.lane_bus.ready0.val();
        self.lane_bus.lane0.next = self.door.bus_lane.val();
        self.lane_bus.op0.next = self.door.bus_op.val();
        self.lane_bus.address0.next = self.door.bus_address.val();
        self.lane_bus.data0.next = self.door.bus_data.val();
        self.door.response_valid.next = self.lane_bus.response_valid0.val();
        self.door.response_data.next = self.lane_bus.response_data.val();
        self.lane_bus.valid1.next = self.server.bus_valid.val();
        self.server.bus_ready.next = self.lane_bus.ready1.val();
        self.lane_bus.lane1.next = self.server.bus_lane.val();
        self.lane_bus.op1.next = self.server.bus_op.val();
        self.lane_bus.address1.next = self.server.bus_address.val();
        self.lane_bus.data1.next = self.server.bus_data.val();
        self.server.response_valid.next = self.lane_bus.response_valid1.val();
        self.server.response_data.next = self.lane_bus.response_data.val();
        self.lane_bus.valid2.next = self.rows.bus_valid.val();
        self.rows.bus_ready.next = self.lane_bus.ready2.val();
        self.lane_bus.lane2.next = self.rows.bus_lane.val();
        self.lane_bus.op2.next = self.rows.bus_op.val();
        self.lane_bus.address2.next = self.rows.bus_address.val();
        self.lane_bus.data2.next = self.rows.bus_data.val();
        self.rows.response_valid.next = self.lane_bus.response_valid2.val();
        self.rows.response_data.next = self.lane_bus.response_data.val();
        self.lane_bus.code0.next = self.door.bus_code.val();
        self.launch.own_valid.next = self.panel.lane_valid.val();
        self.launch.own_lane.next = self.panel.lane_number.val();
        self.launch.own_all.next = self.panel.lane_all.val();
        self.launch.own_op.next = self.panel.lane_op.val();
        self.launch.own_address.next = self.panel.lane_address.val();
        self.launch.own_data.next = self.panel.lane_data.val();
        self.panel.lane_ready.next = self.launch.own_ready.val();
        self.lane_bus.valid3.next = self.launch.bus_valid.val();
        self.lane_bus.lane3.next = self.launch.bus_lane.val();
        self.lane_bus.all3.next = self.launch.bus_all.val();
        self.lane_bus.op3.next = self.launch.bus_op.val();
        self.lane_bus.address3.next = self.launch.bus_address.val();
        self.lane_bus.data3.next = self.launch.bus_data.val();
        self.launch.bus_ready.next = self.lane_bus.ready3.val();
        self.down_data.next = self.lane_bus.down_data.val();
        self.down_code.next = self.lane_bus.down_code.val();
        self.down_lane.next = self.lane_bus.down_lane.val();
        self.down_op.next = self.lane_bus.down_op.val();
        self.down_tag.next = self.lane_bus.down_tag.val();
        self.down_address.next = self.lane_bus.down_address.val();
        self.down_valid.next = self.lane_bus.down_valid.val();
        self.down_all.next = self.lane_bus.down_all.val();
        self.lane_bus.up_valid.next = self.up_valid.val();
        self.lane_bus.up_tag.next = self.up_tag.val();
        self.lane_bus.up_data.next = self.up_data.val();
        self.lanes_stopped.d.next = self.stopped.val();
        self.lanes_ask.d.next = self.asks_state.val();
        self.lanes_want.d.next = self.wants_line.val();
        self.panel.stopped.next = self.lanes_stopped.q.val() & (!self.launch.launching.val());
        self.door.asks.next = self.lanes_ask.q.val();
        self.server.wants.next = self.lanes_want.q.val();
        self.server.hold.next = self.panel.server_hold.val();
        self.server.code_base.next = self.nothing64.val();
        self.server.directory_base.next = self.panel.directory_base.val();
        self.server.directory_handles.next = self.panel.directory_handles.val();
        self.panel.server_idle.next = self.server.idle.val();
        self.panel.server_failed.next = self.server.failed.val();

        // State: reads of lanes, the commit unit, the processor.
        self.door.enable.next = self.panel.door_enable.val() & (!self.launch.launching.val());
        self.door.retry.next = self.panel.door_retry.val() | self.fills.retry.val();
        self.door.map_write.next = self.panel.map_write.val();
        self.door.map_lane.next = self.panel.map_lane.val();
        self.door.map_slot.next = self.panel.map_slot.val();
        self.panel.blocked.next = self.door.refused.val();
        self.door.map_tag.next = self.panel.map_tag.val();
        self.panel.waited.next = self.door.waited_value.val();
        self.panel.keys_asked.next = self.door.asked.val();
        self.completions.hold.next = self.panel.ask_hold.val();
        self.completions.ask_valid.next = self.door.ask_valid.val();
        self.door.ask_ready.next = self.completions.ask_ready.val();
        self.completions.ask_tag.next = self.door.ask_tag.val();
        self.completions.ask_kind.next = self.door.ask_kind.val();
        self.completions.ask_address.next = self.door.ask_address.val();
        self.completions.ask_slot.next = self.door.ask_slot.val();
        self.door.outcome_lane.next = self.panel.outcome_lane.val();
        self.panel.outcome.next = self.door.outcome_value.val();
        self.panel.serving.next = self.door.serving.val();
        self.panel.serving_lane.next = self.door.serving_lane.val();
        self.panel.state_reads.next = self.door.reads.val();
        self.share.door_valid.next = self.door.door_valid.val();
        self.share.door_kind.next = self.door.door_kind.val();
        self.share.door_address.next = self.door.door_address.val();
        self.share.door_slot_key.next = self.door.door_slot_key.val();
        self.share.door_slot.next = self.door.door_slot.val();
        self.share.door_field.next = self.door.door_field.val();
        self.door.door_ready.next = self.share.door_ready.val();
        self.door.outcome.next = self.states.outcome.val();
        self.door.found_value.next = self.states.found_value.val();
        self.door.found_nonce.next = self.states.found_nonce.val();
        self.door.found_code_hash.next = self.states.found_code_hash.val();
        self.door.found_code.next = self.states.found_code.val();
        self.share.commit_valid.next = self.commit.table_valid.val();
        self.commit.table_ready.next = self.share.commit_ready.val();
        self.share.commit_op.next = self.commit.op.val();
        self.share.commit_kind.next = self.commit.kind.val();
        self.share.commit_address.next = self.commit.address.val();
        self.share.commit_slot_key.next = self.commit.slot_key.val();
        self.share.commit_entry.next = self.commit.entry.val();
        self.share.commit_flags.next = self.commit.flags.val();
        self.share.commit_value.next = self.commit.value.val();
        self.share.commit_nonce.next = self.commit.nonce.val();
        self.share.commit_code_hash.next = self.commit.code_hash.val();
        self.share.commit_code.next = self.commit.code.val();
        self.share.commit_slot.next = self.panel.commit_slot.val();
        self.share.commit_seq.next = self.panel.commit_seq.val();
        self.share.commit_gather.next = self.commit.gather.val();
        // A write record is made of the table's results.
        self.share.commit_keeps.next = self.commit.beat_valid.val();
        self.commit.outcome.next = self.states.outcome.val();
        self.commit.found_entry.next = self.states.found_entry.val();
        self.commit.found_value.next = self.states.found_value.val();
        self.commit.found_nonce.next = self.states.found_nonce.val();
        self.commit.found_code_hash.next = self.states.found_code_hash.val();
        self.commit.found_code.next = self.states.found_code.val();
        self.commit.found_exists.next = self.states.found_exists.val();
        self.commit.changed.next = self.states.changed.val();
        self.fills.start.next = self.panel.table_start.val();
        self.fills.op.next = self.panel.table_op.val();
        self.fills.seq.next = self.panel.seq.val();
        self.fills.flags.next = self.panel.table_flags.val();
        self.fills.gather.next = self.panel.table_gather.val();
        self.share.manager_start.next = self.fills.share_start.val();
        self.share.manager_op.next = self.fills.share_op.val();
        self.share.manager_slot.next = self.panel.table_slot.val();
        self.share.manager_seq.next = self.fills.share_seq.val();
        self.share.manager_flags.next = self.fills.share_flags.val();
        self.share.manager_row.next = self.panel.table_row.val();
        self.share.manager_gather.next = self.fills.share_gather.val();
        self.fills.share_busy.next = self.share.manager_busy.val();
        self.fills.share_outcome.next = self.share.manager_outcome.val();
        self.fills.share_readers.next = self.share.manager_readers.val();
        self.fills.share_waiting.next = self.share.manager_waiting.val();
        self.fills.share_changed.next = self.share.manager_changed.val();
        self.fills.share_evicted.next = self.share.manager_evicted.val();
        self.panel.table_busy.next = self.fills.busy.val();
        self.panel.table_outcome.next = self.fills.outcome.val();
        self.panel.table_readers.next = self.fills.readers.val();
        self.panel.table_waiting.next = self.fills.waiting.val();
        self.panel.table_changed.next = self.fills.changed.val();
        self.panel.table_evicted.next = self.fills.evicted.val();
        self.fills.map_write.next = self.panel.map_write.val();
        self.fills.map_lane.next = self.panel.map_lane.val();
        self.fills.map_slot.next = self.panel.map_slot.val();
        self.fills.commit_start.next = self.panel.commit_start.val();
        self.fills.commit_slot.next = self.panel.commit_slot.val();
        self.panel.woken.next = self.fills.woken.val();
        self.panel.fill_works.next = self.fills.works.val();
        self.panel.fill_failed.next = self.fills.failed.val();
        self.panel.fill_bad.next = self.fills.bad.val();
        self.panel.fill_tag.next = self.fills.tag.val();
        self.panel.fill_address.next = self.fills.address.val();
        self.states.valid.next = self.share.table_valid.val();
        self.share.table_ready.next = self.states.ready.val();
        self.states.op.next = self.share.op.val();
        self.states.kind.next = self.share.kind.val();
        self.states.address.next = self.share.address.val();
        self.states.slot_key.next = self.share.slot_key.val();
        self.states.entry.next = self.share.entry.val();
        self.states.slot.next = self.share.slot.val();
        self.states.field.next = self.share.field.val();
        self.states.seq.next = self.share.seq.val();
        self.states.flags.next = self.share.flags.val();
        self.states.value.next = self.share.value.val();
        self.states.nonce.next = self.share.nonce.val();
        self.states.code_hash.next = self.share.code_hash.val();
        self.states.code.next = self.share.code.val();
        self.share.outcome.next = self.states.outcome.val();
        self.share.readers.next = self.states.readers.val();
        self.share.waiting.next = self.states.waiting.val();
        self.share.changed.next = self.states.changed.val();
        self.share.evicted.next = self.states.evicted.val();
        self.states.key_write.next = false;
        self.states.key_index.next = bits::<3>(0);
        self.states.key_data.next = self.nothing64.val();
        self.panel.pending.next = self.states.pending.val();
        self.panel.evictions.next = self.share.evictions.val();

        // The commit unit and the conflict detector.
        self.commit.start.next = self.panel.commit_start.val();
        self.commit.entries.next = self.panel.commit_entries.val();
        self.commit.slot.next = self.panel.commit_slot.val();
        self.commit.proceed.next = self.panel.proceed.val();
        self.commit.refuse.next = self.panel.refuse.val();
        self.commit.request_ready.next = self.panel.asked_ready.val();
        self.panel.commit_busy.next = self.commit.busy.val();
        self.panel.commit_done.next = self.commit.done.val();
        self.panel.commit_waits.next = self.commit.waits.val();
        self.panel.commit_reason.next = self.commit.reason.val();
        self.panel.counted.next = self.commit.counted.val();
        self.panel.changes.next = self.commit.changes.val();
        self.panel.asked.next = self.commit.request.val();
        self.panel.asked_kind.next = self.commit.kind.val();
        self.panel.asked_address.next = self.commit.address.val();
        self.panel.asked_slot.next = self.commit.slot_key.val();
        self.access.address.next = self.commit.drain_row.val();
        self.access.read.next = true;
        self.commit.drain_data.next = self.access.data.val();
        self.access.write.next = self.near.commit_valid.val();
        self.access.write_address.next = self.near.commit_row.val();
        self.access.write_data.next = self.near.commit_data.val();
        self.conflict.clear.next = false;
        self.conflict.gather.next = self.share.gather_valid.val();
        self.conflict.readers.next = self.share.gather_readers.val();
        self.conflict.finish.next = self.panel.finish.val();
        self.conflict.head.next = self.panel.finish_slot.val();
        self.conflict.occupied.next = self.panel.occupied.val();
        self.panel.abort_valid.next = self.conflict.abort_valid.val();
        self.panel.aborts.next = self.conflict.aborts.val();
        self.conflict.abort_ready.next = self.panel.aborts_ready.val();
    }
}
