//! Frame records: what a call saves of the lane's registers, one record a frame, in block RAM.
//!
//! Handshake: none. `write` stores a record at `frame`; the record at `frame` is at the outputs a cycle later (the old one, in
//! the cycle of a write). Latency: 1 cycle. Reset: none; everything starts at zero.

use rust_hdl_core::prelude::*;

use crate::word::W64;

/// The RAM: 2^`FRAME_BITS` records.
#[derive(LogicBlock)]
pub struct FrameRecords<const FRAME_BITS: usize> {
    /// Clock.
    pub clock: Signal<In, Clock>,
    /// Frame.
    pub frame: Signal<In, Bits<FRAME_BITS>>,
    /// Whether to write.
    pub write: Signal<In, Bit>,
    /// Word after the trap.
    pub trap_pc: Signal<In, Bits<20>>,
    /// SP of the trap.
    pub trap_sp: Signal<In, Bits<12>>,
    /// Destination of the trap.
    pub trap_dst: Signal<In, Bits<12>>,
    /// Gas charged ahead of the trap.
    pub trap_ahead: Signal<In, Bits<16>>,
    /// SP.
    pub sp: Signal<In, Bits<12>>,
    /// Stack base.
    pub frame_base: Signal<In, Bits<12>>,
    /// Slots used above SP.
    pub used: Signal<In, Bits<7>>,
    /// Start of memory in the arena, bytes.
    pub memory_base: Signal<In, Bits<20>>,
    /// Size of memory.
    pub memory_bytes: Signal<In, Bits<20>>,
    /// Gas counter.
    pub gas: Signal<In, W64>,
    /// Static frame.
    pub is_static: Signal<In, Bit>,
    /// Place of the calldata in lane memory.
    pub calldata_start: Signal<In, Bits<20>>,
    /// Length of the calldata.
    pub calldata_bytes: Signal<In, Bits<20>>,
    /// Handle of the code.
    pub image: Signal<In, Bits<32>>,
    /// Undo records at the mark.
    pub mark_undo: Signal<In, Bits<16>>,
    /// Refund counter at the mark.
    pub mark_refund: Signal<In, W64>,
    /// Logs at the mark.
    pub mark_logs: Signal<In, Bits<16>>,
    /// Log bytes at the mark.
    pub mark_log_bytes: Signal<In, Bits<20>>,
    /// Saved: Word after the trap.
    pub saved_trap_pc: Signal<Out, Bits<20>>,
    /// Saved: SP of the trap.
    pub saved_trap_sp: Signal<Out, Bits<12>>,
    /// Saved: Destination of the trap.
    pub saved_trap_dst: Signal<Out, Bits<12>>,
    /// Saved: Gas charged ahead of the trap.
    pub saved_trap_ahead: Signal<Out, Bits<16>>,
    /// Saved: SP.
    pub saved_sp: Signal<Out, Bits<12>>,
    /// Saved: Stack base.
    pub saved_frame_base: Signal<Out, Bits<12>>,
    /// Saved: Slots used above SP.
    pub saved_used: Signal<Out, Bits<7>>,
    /// Saved: Start of memory in the arena, bytes.
    pub saved_memory_base: Signal<Out, Bits<20>>,
    /// Saved: Size of memory.
    pub saved_memory_bytes: Signal<Out, Bits<20>>,
    /// Saved: Gas counter.
    pub saved_gas: Signal<Out, W64>,
    /// Saved: Static frame.
    pub saved_is_static: Signal<Out, Bit>,
    /// Saved: Place of the calldata in lane memory.
    pub saved_calldata_start: Signal<Out, Bits<20>>,
    /// Saved: Length of the calldata.
    pub saved_calldata_bytes: Signal<Out, Bits<20>>,
    /// Saved: Handle of the code.
    pub saved_image: Signal<Out, Bits<32>>,
    /// Saved: Undo records at the mark.
    pub saved_mark_undo: Signal<Out, Bits<16>>,
    /// Saved: Refund counter at the mark.
    pub saved_mark_refund: Signal<Out, W64>,
    /// Saved: Logs at the mark.
    pub saved_mark_logs: Signal<Out, Bits<16>>,
    /// Saved: Log bytes at the mark.
    pub saved_mark_log_bytes: Signal<Out, Bits<20>>,
    _records: Vec<Record>,
}

/// A record in the model.
#[derive(Clone, Copy, Default)]
struct Record {
    trap_pc: Bits<20>,
    trap_sp: Bits<12>,
    trap_dst: Bits<12>,
    trap_ahead: Bits<16>,
    sp: Bits<12>,
    frame_base: Bits<12>,
    used: Bits<7>,
    memory_base: Bits<20>,
    memory_bytes: Bits<20>,
    gas: W64,
    is_static: Bit,
    calldata_start: Bits<20>,
    calldata_bytes: Bits<20>,
    image: Bits<32>,
    mark_undo: Bits<16>,
    mark_refund: W64,
    mark_logs: Bits<16>,
    mark_log_bytes: Bits<20>,
}

/// Name and width of every field, in order.
const FIELDS: &[(&str, usize)] = &[
    ("trap_pc", 20),
    ("trap_sp", 12),
    ("trap_dst", 12),
    ("trap_ahead", 16),
    ("sp", 12),
    ("frame_base", 12),
    ("used", 7),
    ("memory_base", 20),
    ("memory_bytes", 20),
    ("gas", 64),
    ("is_static", 1),
    ("calldata_start", 20),
    ("calldata_bytes", 20),
    ("image", 32),
    ("mark_undo", 16),
    ("mark_refund", 64),
    ("mark_logs", 16),
    ("mark_log_bytes", 20),
];

impl<const FRAME_BITS: usize> Default for FrameRecords<FRAME_BITS> {
    fn default() -> Self {
        Self {
            clock: Default::default(),
            frame: Default::default(),
            write: Default::default(),
            trap_pc: Default::default(),
            trap_sp: Default::default(),
            trap_dst: Default::default(),
            trap_ahead: Default::default(),
            sp: Default::default(),
            frame_base: Default::default(),
            used: Default::default(),
            memory_base: Default::default(),
            memory_bytes: Default::default(),
            gas: Default::default(),
            is_static: Default::default(),
            calldata_start: Default::default(),
            calldata_bytes: Default::default(),
            image: Default::default(),
            mark_undo: Default::default(),
            mark_refund: Default::default(),
            mark_logs: Default::default(),
            mark_log_bytes: Default::default(),
            saved_trap_pc: Default::default(),
            saved_trap_sp: Default::default(),
            saved_trap_dst: Default::default(),
            saved_trap_ahead: Default::default(),
            saved_sp: Default::default(),
            saved_frame_base: Default::default(),
            saved_used: Default::default(),
            saved_memory_base: Default::default(),
            saved_memory_bytes: Default::default(),
            saved_gas: Default::default(),
            saved_is_static: Default::default(),
            saved_calldata_start: Default::default(),
            saved_calldata_bytes: Default::default(),
            saved_image: Default::default(),
            saved_mark_undo: Default::default(),
            saved_mark_refund: Default::default(),
            saved_mark_logs: Default::default(),
            saved_mark_log_bytes: Default::default(),
            _records: vec![Record::default(); 1 << FRAME_BITS],
        }
    }
}

impl<const FRAME_BITS: usize> Logic for FrameRecords<FRAME_BITS> {
    fn update(&mut self) {
        if self.clock.pos_edge() {
            let place = self.frame.val().index();
            let record = self._records[place];
            self.saved_trap_pc.next = record.trap_pc;
            self.saved_trap_sp.next = record.trap_sp;
            self.saved_trap_dst.next = record.trap_dst;
            self.saved_trap_ahead.next = record.trap_ahead;
            self.saved_sp.next = record.sp;
            self.saved_frame_base.next = record.frame_base;
            self.saved_used.next = record.used;
            self.saved_memory_base.next = record.memory_base;
            self.saved_memory_bytes.next = record.memory_bytes;
            self.saved_gas.next = record.gas;
            self.saved_is_static.next = record.is_static;
            self.saved_calldata_start.next = record.calldata_start;
            self.saved_calldata_bytes.next = record.calldata_bytes;
            self.saved_image.next = record.image;
            self.saved_mark_undo.next = record.mark_undo;
            self.saved_mark_refund.next = record.mark_refund;
            self.saved_mark_logs.next = record.mark_logs;
            self.saved_mark_log_bytes.next = record.mark_log_bytes;
            if self.write.val() {
                self._records[place] = Record {
                    trap_pc: self.trap_pc.val(),
                    trap_sp: self.trap_sp.val(),
                    trap_dst: self.trap_dst.val(),
                    trap_ahead: self.trap_ahead.val(),
                    sp: self.sp.val(),
                    frame_base: self.frame_base.val(),
                    used: self.used.val(),
                    memory_base: self.memory_base.val(),
                    memory_bytes: self.memory_bytes.val(),
                    gas: self.gas.val(),
                    is_static: self.is_static.val(),
                    calldata_start: self.calldata_start.val(),
                    calldata_bytes: self.calldata_bytes.val(),
                    image: self.image.val(),
                    mark_undo: self.mark_undo.val(),
                    mark_refund: self.mark_refund.val(),
                    mark_logs: self.mark_logs.val(),
                    mark_log_bytes: self.mark_log_bytes.val(),
                };
            }
        }
    }

    fn connect(&mut self) {
        self.saved_trap_pc.connect();
        self.saved_trap_sp.connect();
        self.saved_trap_dst.connect();
        self.saved_trap_ahead.connect();
        self.saved_sp.connect();
        self.saved_frame_base.connect();
        self.saved_used.connect();
        self.saved_memory_base.connect();
        self.saved_memory_bytes.connect();
        self.saved_gas.connect();
        self.saved_is_static.connect();
        self.saved_calldata_start.connect();
        self.saved_calldata_bytes.connect();
        self.saved_image.connect();
        self.saved_mark_undo.connect();
        self.saved_mark_refund.connect();
        self.saved_mark_logs.connect();
        self.saved_mark_log_bytes.connect();
    }

    fn hdl(&self) -> Verilog {
        let width: usize = FIELDS.iter().map(|(_, width)| width).sum();
        let last = (1 << FRAME_BITS) - 1;
        let list =
            |prefix: &str| FIELDS.iter().map(|(name, _)| format!("{prefix}{name}")).collect::<Vec<_>>().join(", ");
        Verilog::Custom(format!(
            "\
(* ram_style = \"block\" *) reg [{top}:0] records [0:{last}];
reg [{top}:0] record;
integer i;
initial begin
    record = 0;
    for (i = 0; i <= {last}; i = i + 1) records[i] = 0;
end
always @(posedge clock) begin
    record <= records[frame];
    if (write) records[frame] <= {{{inputs}}};
end
always @(*) {{{outputs}}} = record;
",
            top = width - 1,
            inputs = list(""),
            outputs = list("saved_"),
        ))
    }
}
