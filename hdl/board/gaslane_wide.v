// The card for AWS F2 without anything of the vendor's: card, boot memory, gate before its registers, wide buses, function level reset; one clock.
//
// Algorithm: none of its own; the parts are connected.
// Handshake: AXI4-Lite for registers, AXI4 with beats of 64 bytes for host memory and card memory (`wide_bridge`), valid/ready for interrupts,
// levels for function level reset (`reset_control`). Identifications are zero, those that come back are not looked at.
// Latency: that of the parts. Reset: `reset`, synchronous. The core's state table and commit unit have none: a card that was reset in
// the middle of work needs its image again.
module gaslane_wide(
    input wire clock /*verilator public_flat_rw*/,
    input wire reset /*verilator public_flat_rw*/,
    input wire flr /*verilator public_flat_rw*/,
    output wire flr_finished /*verilator public_flat_rw*/,
    output wire booted /*verilator public_flat_rw*/,
    output wire halted /*verilator public_flat_rw*/,
    output wire interrupt_valid /*verilator public_flat_rw*/,
    input wire interrupt_ready /*verilator public_flat_rw*/,
    input wire [11:0] bar_awaddr /*verilator public_flat_rw*/,
    input wire bar_awvalid /*verilator public_flat_rw*/,
    output wire bar_awready /*verilator public_flat_rw*/,
    input wire [31:0] bar_wdata /*verilator public_flat_rw*/,
    input wire [3:0] bar_wstrb /*verilator public_flat_rw*/,
    input wire bar_wvalid /*verilator public_flat_rw*/,
    output wire bar_wready /*verilator public_flat_rw*/,
    output wire [1:0] bar_bresp /*verilator public_flat_rw*/,
    output wire bar_bvalid /*verilator public_flat_rw*/,
    input wire bar_bready /*verilator public_flat_rw*/,
    input wire [11:0] bar_araddr /*verilator public_flat_rw*/,
    input wire bar_arvalid /*verilator public_flat_rw*/,
    output wire bar_arready /*verilator public_flat_rw*/,
    output wire [31:0] bar_rdata /*verilator public_flat_rw*/,
    output wire [1:0] bar_rresp /*verilator public_flat_rw*/,
    output wire bar_rvalid /*verilator public_flat_rw*/,
    input wire bar_rready /*verilator public_flat_rw*/,
    output wire [3:0] host_arid /*verilator public_flat_rw*/,
    output wire [63:0] host_araddr /*verilator public_flat_rw*/,
    output wire [7:0] host_arlen /*verilator public_flat_rw*/,
    output wire [2:0] host_arsize /*verilator public_flat_rw*/,
    output wire [1:0] host_arburst /*verilator public_flat_rw*/,
    output wire host_arvalid /*verilator public_flat_rw*/,
    input wire host_arready /*verilator public_flat_rw*/,
    output wire [3:0] host_awid /*verilator public_flat_rw*/,
    output wire [63:0] host_awaddr /*verilator public_flat_rw*/,
    output wire [7:0] host_awlen /*verilator public_flat_rw*/,
    output wire [2:0] host_awsize /*verilator public_flat_rw*/,
    output wire [1:0] host_awburst /*verilator public_flat_rw*/,
    output wire host_awvalid /*verilator public_flat_rw*/,
    input wire host_awready /*verilator public_flat_rw*/,
    input wire [3:0] host_rid /*verilator public_flat_rw*/,
    input wire [511:0] host_rdata /*verilator public_flat_rw*/,
    input wire [1:0] host_rresp /*verilator public_flat_rw*/,
    input wire host_rlast /*verilator public_flat_rw*/,
    input wire host_rvalid /*verilator public_flat_rw*/,
    output wire host_rready /*verilator public_flat_rw*/,
    output wire [511:0] host_wdata /*verilator public_flat_rw*/,
    output wire [63:0] host_wstrb /*verilator public_flat_rw*/,
    output wire host_wlast /*verilator public_flat_rw*/,
    output wire host_wvalid /*verilator public_flat_rw*/,
    input wire host_wready /*verilator public_flat_rw*/,
    input wire [3:0] host_bid /*verilator public_flat_rw*/,
    input wire [1:0] host_bresp /*verilator public_flat_rw*/,
    input wire host_bvalid /*verilator public_flat_rw*/,
    output wire host_bready /*verilator public_flat_rw*/,
    output wire [3:0] memory_arid /*verilator public_flat_rw*/,
    output wire [63:0] memory_araddr /*verilator public_flat_rw*/,
    output wire [7:0] memory_arlen /*verilator public_flat_rw*/,
    output wire [2:0] memory_arsize /*verilator public_flat_rw*/,
    output wire [1:0] memory_arburst /*verilator public_flat_rw*/,
    output wire memory_arvalid /*verilator public_flat_rw*/,
    input wire memory_arready /*verilator public_flat_rw*/,
    output wire [3:0] memory_awid /*verilator public_flat_rw*/,
    output wire [63:0] memory_awaddr /*verilator public_flat_rw*/,
    output wire [7:0] memory_awlen /*verilator public_flat_rw*/,
    output wire [2:0] memory_awsize /*verilator public_flat_rw*/,
    output wire [1:0] memory_awburst /*verilator public_flat_rw*/,
    output wire memory_awvalid /*verilator public_flat_rw*/,
    input wire memory_awready /*verilator public_flat_rw*/,
    input wire [3:0] memory_rid /*verilator public_flat_rw*/,
    input wire [511:0] memory_rdata /*verilator public_flat_rw*/,
    input wire [1:0] memory_rresp /*verilator public_flat_rw*/,
    input wire memory_rlast /*verilator public_flat_rw*/,
    input wire memory_rvalid /*verilator public_flat_rw*/,
    output wire memory_rready /*verilator public_flat_rw*/,
    output wire [511:0] memory_wdata /*verilator public_flat_rw*/,
    output wire [63:0] memory_wstrb /*verilator public_flat_rw*/,
    output wire memory_wlast /*verilator public_flat_rw*/,
    output wire memory_wvalid /*verilator public_flat_rw*/,
    input wire memory_wready /*verilator public_flat_rw*/,
    input wire [3:0] memory_bid /*verilator public_flat_rw*/,
    input wire [1:0] memory_bresp /*verilator public_flat_rw*/,
    input wire memory_bvalid /*verilator public_flat_rw*/,
    output wire memory_bready /*verilator public_flat_rw*/
);
    wire hold, card_reset, host_quiet, memory_quiet, bar_quiet;
    wire [3:0] card_host_arid;
    wire [63:0] card_host_araddr;
    wire [7:0] card_host_arlen;
    wire [2:0] card_host_arsize;
    wire [1:0] card_host_arburst;
    wire [3:0] card_host_awid;
    wire [63:0] card_host_awaddr;
    wire [7:0] card_host_awlen;
    wire [2:0] card_host_awsize;
    wire [1:0] card_host_awburst;
    wire [255:0] card_host_rdata;
    wire [255:0] card_host_wdata;
    wire [31:0] card_host_wstrb;
    wire [1:0] card_host_rresp;
    wire [1:0] card_host_bresp;
    wire card_host_arvalid, card_host_arready, card_host_rlast, card_host_rvalid, card_host_rready, card_host_awvalid, card_host_awready, card_host_wlast, card_host_wvalid, card_host_wready, card_host_bvalid, card_host_bready;
    wire [3:0] card_memory_arid;
    wire [63:0] card_memory_araddr;
    wire [7:0] card_memory_arlen;
    wire [2:0] card_memory_arsize;
    wire [1:0] card_memory_arburst;
    wire [3:0] card_memory_awid;
    wire [63:0] card_memory_awaddr;
    wire [7:0] card_memory_awlen;
    wire [2:0] card_memory_awsize;
    wire [1:0] card_memory_awburst;
    wire [255:0] card_memory_rdata;
    wire [255:0] card_memory_wdata;
    wire [31:0] card_memory_wstrb;
    wire [1:0] card_memory_rresp;
    wire [1:0] card_memory_bresp;
    wire card_memory_arvalid, card_memory_arready, card_memory_rlast, card_memory_rvalid, card_memory_rready, card_memory_awvalid, card_memory_awready, card_memory_wlast, card_memory_wvalid, card_memory_wready, card_memory_bvalid, card_memory_bready;

    assign host_arid = 4'd0;
    assign host_awid = 4'd0;
    assign memory_arid = 4'd0;
    assign memory_awid = 4'd0;

    reset_control resets(
        .clock(clock), .reset(reset), .flr(flr), .quiet(host_quiet && memory_quiet && bar_quiet), .hold(hold), .card_reset(card_reset),
        .finished(flr_finished)
    );
    wire card_bar_awvalid, card_bar_awready, card_bar_wvalid, card_bar_wready, card_bar_bvalid, card_bar_bready, card_bar_arvalid, card_bar_arready, card_bar_rvalid, card_bar_rready;
    lite_gate gate(
        .clock(clock), .reset(card_reset), .hold(hold), .quiet(bar_quiet),
        .s_awvalid(bar_awvalid), .s_awready(bar_awready), .s_wvalid(bar_wvalid), .s_wready(bar_wready), .s_bvalid(bar_bvalid), .s_bready(bar_bready), .s_arvalid(bar_arvalid), .s_arready(bar_arready), .s_rvalid(bar_rvalid), .s_rready(bar_rready),
        .m_awvalid(card_bar_awvalid), .m_awready(card_bar_awready), .m_wvalid(card_bar_wvalid), .m_wready(card_bar_wready), .m_bvalid(card_bar_bvalid), .m_bready(card_bar_bready), .m_arvalid(card_bar_arvalid), .m_arready(card_bar_arready), .m_rvalid(card_bar_rvalid), .m_rready(card_bar_rready)
    );
    gaslane_board board(
        .clock(clock), .reset(card_reset), .booted(booted), .halted(halted),
        .interrupt_valid(interrupt_valid), .interrupt_ready(interrupt_ready),
        .bar_awaddr(bar_awaddr), .bar_awvalid(card_bar_awvalid), .bar_awready(card_bar_awready), .bar_wdata(bar_wdata), .bar_wstrb(bar_wstrb),
        .bar_wvalid(card_bar_wvalid), .bar_wready(card_bar_wready), .bar_bresp(bar_bresp), .bar_bvalid(card_bar_bvalid), .bar_bready(card_bar_bready),
        .bar_araddr(bar_araddr), .bar_arvalid(card_bar_arvalid), .bar_arready(card_bar_arready), .bar_rdata(bar_rdata), .bar_rresp(bar_rresp),
        .bar_rvalid(card_bar_rvalid), .bar_rready(card_bar_rready),
        .host_rid(4'd0), .host_bid(4'd0),
        .host_arid(card_host_arid), .host_awid(card_host_awid), .host_araddr(card_host_araddr), .host_arlen(card_host_arlen),
        .host_arsize(card_host_arsize), .host_arburst(card_host_arburst), .host_arvalid(card_host_arvalid), .host_arready(card_host_arready),
        .host_rdata(card_host_rdata), .host_rresp(card_host_rresp), .host_rlast(card_host_rlast), .host_rvalid(card_host_rvalid),
        .host_rready(card_host_rready), .host_awaddr(card_host_awaddr), .host_awlen(card_host_awlen), .host_awsize(card_host_awsize),
        .host_awburst(card_host_awburst), .host_awvalid(card_host_awvalid), .host_awready(card_host_awready), .host_wdata(card_host_wdata),
        .host_wstrb(card_host_wstrb), .host_wlast(card_host_wlast), .host_wvalid(card_host_wvalid), .host_wready(card_host_wready),
        .host_bresp(card_host_bresp), .host_bvalid(card_host_bvalid), .host_bready(card_host_bready),
        .memory_rid(4'd0), .memory_bid(4'd0),
        .memory_arid(card_memory_arid), .memory_awid(card_memory_awid), .memory_araddr(card_memory_araddr), .memory_arlen(card_memory_arlen),
        .memory_arsize(card_memory_arsize), .memory_arburst(card_memory_arburst), .memory_arvalid(card_memory_arvalid), .memory_arready(card_memory_arready),
        .memory_rdata(card_memory_rdata), .memory_rresp(card_memory_rresp), .memory_rlast(card_memory_rlast), .memory_rvalid(card_memory_rvalid),
        .memory_rready(card_memory_rready), .memory_awaddr(card_memory_awaddr), .memory_awlen(card_memory_awlen), .memory_awsize(card_memory_awsize),
        .memory_awburst(card_memory_awburst), .memory_awvalid(card_memory_awvalid), .memory_awready(card_memory_awready), .memory_wdata(card_memory_wdata),
        .memory_wstrb(card_memory_wstrb), .memory_wlast(card_memory_wlast), .memory_wvalid(card_memory_wvalid), .memory_wready(card_memory_wready),
        .memory_bresp(card_memory_bresp), .memory_bvalid(card_memory_bvalid), .memory_bready(card_memory_bready)
    );
    wide_bridge host_bridge(
        .clock(clock), .reset(card_reset), .hold(hold), .quiet(host_quiet),
        .s_araddr(card_host_araddr), .s_arlen(card_host_arlen), .s_arvalid(card_host_arvalid), .s_arready(card_host_arready),
        .s_rdata(card_host_rdata), .s_rresp(card_host_rresp), .s_rlast(card_host_rlast), .s_rvalid(card_host_rvalid),
        .s_rready(card_host_rready), .s_awaddr(card_host_awaddr), .s_awlen(card_host_awlen), .s_awvalid(card_host_awvalid),
        .s_awready(card_host_awready), .s_wdata(card_host_wdata), .s_wstrb(card_host_wstrb),
        .s_wvalid(card_host_wvalid), .s_wready(card_host_wready), .s_bresp(card_host_bresp), .s_bvalid(card_host_bvalid),
        .s_bready(card_host_bready),
        .m_araddr(host_araddr), .m_arlen(host_arlen), .m_arsize(host_arsize), .m_arburst(host_arburst), .m_arvalid(host_arvalid),
        .m_arready(host_arready), .m_rdata(host_rdata), .m_rresp(host_rresp), .m_rlast(host_rlast), .m_rvalid(host_rvalid),
        .m_rready(host_rready), .m_awaddr(host_awaddr), .m_awlen(host_awlen), .m_awsize(host_awsize), .m_awburst(host_awburst),
        .m_awvalid(host_awvalid), .m_awready(host_awready), .m_wdata(host_wdata), .m_wstrb(host_wstrb), .m_wlast(host_wlast),
        .m_wvalid(host_wvalid), .m_wready(host_wready), .m_bresp(host_bresp), .m_bvalid(host_bvalid), .m_bready(host_bready)
    );
    wide_bridge memory_bridge(
        .clock(clock), .reset(card_reset), .hold(hold), .quiet(memory_quiet),
        .s_araddr(card_memory_araddr), .s_arlen(card_memory_arlen), .s_arvalid(card_memory_arvalid), .s_arready(card_memory_arready),
        .s_rdata(card_memory_rdata), .s_rresp(card_memory_rresp), .s_rlast(card_memory_rlast), .s_rvalid(card_memory_rvalid),
        .s_rready(card_memory_rready), .s_awaddr(card_memory_awaddr), .s_awlen(card_memory_awlen), .s_awvalid(card_memory_awvalid),
        .s_awready(card_memory_awready), .s_wdata(card_memory_wdata), .s_wstrb(card_memory_wstrb),
        .s_wvalid(card_memory_wvalid), .s_wready(card_memory_wready), .s_bresp(card_memory_bresp), .s_bvalid(card_memory_bvalid),
        .s_bready(card_memory_bready),
        .m_araddr(memory_araddr), .m_arlen(memory_arlen), .m_arsize(memory_arsize), .m_arburst(memory_arburst), .m_arvalid(memory_arvalid),
        .m_arready(memory_arready), .m_rdata(memory_rdata), .m_rresp(memory_rresp), .m_rlast(memory_rlast), .m_rvalid(memory_rvalid),
        .m_rready(memory_rready), .m_awaddr(memory_awaddr), .m_awlen(memory_awlen), .m_awsize(memory_awsize), .m_awburst(memory_awburst),
        .m_awvalid(memory_awvalid), .m_awready(memory_awready), .m_wdata(memory_wdata), .m_wstrb(memory_wstrb), .m_wlast(memory_wlast),
        .m_wvalid(memory_wvalid), .m_wready(memory_wready), .m_bresp(memory_bresp), .m_bvalid(memory_bvalid), .m_bready(memory_bready)
    );
endmodule
