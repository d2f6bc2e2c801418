// The card as a module of a Vivado block design (Alveo U50): names and attributes from which IP Integrator infers its interfaces.
//
// Algorithm: none of its own; the parts are connected. SmartConnects of the block design change widths and clocks.
// Handshake: AXI4-Lite for registers, AXI4 with beats of 32 bytes for host memory and card memory, `usr_irq_*` of the XDMA block in its clock.
// Latency: that of the parts. Reset: `resetn`, synchronous. The core's state table and commit unit have none: a card that was reset in the
// middle of work needs its image again.
module gaslane_u50(
    (* X_INTERFACE_INFO = "xilinx.com:signal:clock:1.0 clock CLK" *)
    (* X_INTERFACE_PARAMETER = "ASSOCIATED_BUSIF s_axi_bar:m_axi_host:m_axi_memory, ASSOCIATED_RESET resetn" *)
    input wire clock,
    (* X_INTERFACE_INFO = "xilinx.com:signal:reset:1.0 resetn RST" *)
    (* X_INTERFACE_PARAMETER = "POLARITY ACTIVE_LOW" *)
    input wire resetn,
    (* X_INTERFACE_INFO = "xilinx.com:signal:clock:1.0 pcie_clock CLK" *)
    input wire pcie_clock,
    (* X_INTERFACE_INFO = "xilinx.com:signal:reset:1.0 pcie_resetn RST" *)
    (* X_INTERFACE_PARAMETER = "POLARITY ACTIVE_LOW" *)
    input wire pcie_resetn,
    output wire usr_irq_req,
    input wire usr_irq_ack,
    output wire booted,
    output wire halted,
    input wire [11:0] s_axi_bar_awaddr,
    input wire s_axi_bar_awvalid,
    output wire s_axi_bar_awready,
    input wire [31:0] s_axi_bar_wdata,
    input wire [3:0] s_axi_bar_wstrb,
    input wire s_axi_bar_wvalid,
    output wire s_axi_bar_wready,
    output wire [1:0] s_axi_bar_bresp,
    output wire s_axi_bar_bvalid,
    input wire s_axi_bar_bready,
    input wire [11:0] s_axi_bar_araddr,
    input wire s_axi_bar_arvalid,
    output wire s_axi_bar_arready,
    output wire [31:0] s_axi_bar_rdata,
    output wire [1:0] s_axi_bar_rresp,
    output wire s_axi_bar_rvalid,
    input wire s_axi_bar_rready,
    output wire [3:0] m_axi_host_arid,
    output wire [63:0] m_axi_host_araddr,
    output wire [7:0] m_axi_host_arlen,
    output wire [2:0] m_axi_host_arsize,
    output wire [1:0] m_axi_host_arburst,
    output wire m_axi_host_arvalid,
    input wire m_axi_host_arready,
    output wire [3:0] m_axi_host_awid,
    output wire [63:0] m_axi_host_awaddr,
    output wire [7:0] m_axi_host_awlen,
    output wire [2:0] m_axi_host_awsize,
    output wire [1:0] m_axi_host_awburst,
    output wire m_axi_host_awvalid,
    input wire m_axi_host_awready,
    input wire [3:0] m_axi_host_rid,
    input wire [255:0] m_axi_host_rdata,
    input wire [1:0] m_axi_host_rresp,
    input wire m_axi_host_rlast,
    input wire m_axi_host_rvalid,
    output wire m_axi_host_rready,
    output wire [255:0] m_axi_host_wdata,
    output wire [31:0] m_axi_host_wstrb,
    output wire m_axi_host_wlast,
    output wire m_axi_host_wvalid,
    input wire m_axi_host_wready,
    input wire [3:0] m_axi_host_bid,
    input wire [1:0] m_axi_host_bresp,
    input wire m_axi_host_bvalid,
    output wire m_axi_host_bready,
    output wire [3:0] m_axi_memory_arid,
    output wire [63:0] m_axi_memory_araddr,
    output wire [7:0] m_axi_memory_arlen,
    output wire [2:0] m_axi_memory_arsize,
    output wire [1:0] m_axi_memory_arburst,
    output wire m_axi_memory_arvalid,
    input wire m_axi_memory_arready,
    output wire [3:0] m_axi_memory_awid,
    output wire [63:0] m_axi_memory_awaddr,
    output wire [7:0] m_axi_memory_awlen,
    output wire [2:0] m_axi_memory_awsize,
    output wire [1:0] m_axi_memory_awburst,
    output wire m_axi_memory_awvalid,
    input wire m_axi_memory_awready,
    input wire [3:0] m_axi_memory_rid,
    input wire [255:0] m_axi_memory_rdata,
    input wire [1:0] m_axi_memory_rresp,
    input wire m_axi_memory_rlast,
    input wire m_axi_memory_rvalid,
    output wire m_axi_memory_rready,
    output wire [255:0] m_axi_memory_wdata,
    output wire [31:0] m_axi_memory_wstrb,
    output wire m_axi_memory_wlast,
    output wire m_axi_memory_wvalid,
    input wire m_axi_memory_wready,
    input wire [3:0] m_axi_memory_bid,
    input wire [1:0] m_axi_memory_bresp,
    input wire m_axi_memory_bvalid,
    output wire m_axi_memory_bready
);
    wire reset = !resetn;
    wire interrupt_valid, interrupt_ready;

    irq_bridge #(.PULSE(0)) interrupts(
        .clock(clock), .reset(reset), .valid(interrupt_valid), .ready(interrupt_ready),
        .io_clock(pcie_clock), .io_reset(!pcie_resetn), .request(usr_irq_req), .ack(usr_irq_ack)
    );
    wire card_bar_awvalid, card_bar_awready, card_bar_wvalid, card_bar_wready, card_bar_bvalid, card_bar_bready, card_bar_arvalid, card_bar_arready, card_bar_rvalid, card_bar_rready;
    lite_gate gate(
        .clock(clock), .reset(reset), .hold(1'b0), .quiet(),
        .s_awvalid(s_axi_bar_awvalid), .s_awready(s_axi_bar_awready), .s_wvalid(s_axi_bar_wvalid), .s_wready(s_axi_bar_wready), .s_bvalid(s_axi_bar_bvalid), .s_bready(s_axi_bar_bready), .s_arvalid(s_axi_bar_arvalid), .s_arready(s_axi_bar_arready), .s_rvalid(s_axi_bar_rvalid), .s_rready(s_axi_bar_rready),
        .m_awvalid(card_bar_awvalid), .m_awready(card_bar_awready), .m_wvalid(card_bar_wvalid), .m_wready(card_bar_wready), .m_bvalid(card_bar_bvalid), .m_bready(card_bar_bready), .m_arvalid(card_bar_arvalid), .m_arready(card_bar_arready), .m_rvalid(card_bar_rvalid), .m_rready(card_bar_rready)
    );
    gaslane_board board(
        .clock(clock), .reset(reset), .booted(booted), .halted(halted),
        .interrupt_valid(interrupt_valid), .interrupt_ready(interrupt_ready),
        .bar_awaddr(s_axi_bar_awaddr), .bar_awvalid(card_bar_awvalid), .bar_awready(card_bar_awready), .bar_wdata(s_axi_bar_wdata), .bar_wstrb(s_axi_bar_wstrb),
        .bar_wvalid(card_bar_wvalid), .bar_wready(card_bar_wready), .bar_bresp(s_axi_bar_bresp), .bar_bvalid(card_bar_bvalid), .bar_bready(card_bar_bready),
        .bar_araddr(s_axi_bar_araddr), .bar_arvalid(card_bar_arvalid), .bar_arready(card_bar_arready), .bar_rdata(s_axi_bar_rdata), .bar_rresp(s_axi_bar_rresp),
        .bar_rvalid(card_bar_rvalid), .bar_rready(card_bar_rready),
        .host_rid(m_axi_host_rid), .host_bid(m_axi_host_bid),
        .host_arid(m_axi_host_arid), .host_awid(m_axi_host_awid), .host_araddr(m_axi_host_araddr), .host_arlen(m_axi_host_arlen),
        .host_arsize(m_axi_host_arsize), .host_arburst(m_axi_host_arburst), .host_arvalid(m_axi_host_arvalid), .host_arready(m_axi_host_arready),
        .host_rdata(m_axi_host_rdata), .host_rresp(m_axi_host_rresp), .host_rlast(m_axi_host_rlast), .host_rvalid(m_axi_host_rvalid),
        .host_rready(m_axi_host_rready), .host_awaddr(m_axi_host_awaddr), .host_awlen(m_axi_host_awlen), .host_awsize(m_axi_host_awsize),
        .host_awburst(m_axi_host_awburst), .host_awvalid(m_axi_host_awvalid), .host_awready(m_axi_host_awready), .host_wdata(m_axi_host_wdata),
        .host_wstrb(m_axi_host_wstrb), .host_wlast(m_axi_host_wlast), .host_wvalid(m_axi_host_wvalid), .host_wready(m_axi_host_wready),
        .host_bresp(m_axi_host_bresp), .host_bvalid(m_axi_host_bvalid), .host_bready(m_axi_host_bready),
        .memory_rid(m_axi_memory_rid), .memory_bid(m_axi_memory_bid),
        .memory_arid(m_axi_memory_arid), .memory_awid(m_axi_memory_awid), .memory_araddr(m_axi_memory_araddr), .memory_arlen(m_axi_memory_arlen),
        .memory_arsize(m_axi_memory_arsize), .memory_arburst(m_axi_memory_arburst), .memory_arvalid(m_axi_memory_arvalid), .memory_arready(m_axi_memory_arready),
        .memory_rdata(m_axi_memory_rdata), .memory_rresp(m_axi_memory_rresp), .memory_rlast(m_axi_memory_rlast), .memory_rvalid(m_axi_memory_rvalid),
        .memory_rready(m_axi_memory_rready), .memory_awaddr(m_axi_memory_awaddr), .memory_awlen(m_axi_memory_awlen), .memory_awsize(m_axi_memory_awsize),
        .memory_awburst(m_axi_memory_awburst), .memory_awvalid(m_axi_memory_awvalid), .memory_awready(m_axi_memory_awready), .memory_wdata(m_axi_memory_wdata),
        .memory_wstrb(m_axi_memory_wstrb), .memory_wlast(m_axi_memory_wlast), .memory_wvalid(m_axi_memory_wvalid), .memory_wready(m_axi_memory_wready),
        .memory_bresp(m_axi_memory_bresp), .memory_bvalid(m_axi_memory_bvalid), .memory_bready(m_axi_memory_bready)
    );
endmodule
