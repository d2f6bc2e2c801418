// Custom logic of AWS F2 (Small Shell): the card behind the shell's interfaces. NOT YET RUN ON HARDWARE, not yet run through Vivado.
//
// Algorithm: none of its own. `gaslane_wide` is the card and all that needs nothing of the vendor's; here are its clock, clock converters, the
// DDR controller of the HDK and the ends of interfaces that are not used.
//   AppPF BAR0 (OCL, AXI4-Lite) -> registers; the upper bits of the address are not looked at
//   host memory -> PCIM: addresses are those of the bus (physical, or IOVA behind an IOMMU)
//   card memory -> DDR through `sh_ddr`
//   interrupts -> vector 0 of `cl_sh_apppf_irq_req`
//   function level reset -> reset and boot of the card
// Port names and their meaning: hdk/common/shell_stable/design/interfaces/cl_ports.vh and CL_TEMPLATE of github.com/aws/aws-fpga (branch f2); rules of
// the interfaces: AWS Shell Interface Specification and Shell Errata, awsdocs-fpga-f2.readthedocs-hosted.com.
// Handshake, latency: those of the parts. Reset: `rst_main_n`, and until clock and DDR are ready.

`include "cl_gaslane_defines.vh"

module cl_gaslane
    (
`include "cl_ports.vh"
    );

`include "cl_id_defines.vh"
`include "unused_dma_pcis_template.inc"

    // Clock and reset of the card.
    wire card_clock, clock_locked, ddr_ready, flr_finished;
    (* ASYNC_REG = "TRUE" *) reg [1:0] ready_card = 2'b00;
    reg card_reset = 1'b1;
    wire card_resetn = !card_reset;

    gaslane_clock clock_maker(.clk_in1(clk_main_a0), .resetn(rst_main_n), .clk_out1(card_clock), .locked(clock_locked));

    always @(posedge card_clock) begin
        ready_card <= {ready_card[0], rst_main_n && clock_locked && ddr_ready};
        card_reset <= !ready_card[1];
    end

    // The card.
    wire interrupt_valid, interrupt_ready;
    wire [31:0] bar_awaddr, bar_araddr, bar_wdata, bar_rdata;
    wire [3:0] bar_wstrb;
    wire [1:0] bar_bresp, bar_rresp;
    wire bar_awvalid, bar_awready, bar_wvalid, bar_wready, bar_bvalid, bar_bready, bar_arvalid, bar_arready, bar_rvalid, bar_rready;
    wire [3:0] card_host_arid;
    wire [3:0] card_host_awid;
    wire [3:0] card_host_rid;
    wire [3:0] card_host_bid;
    wire [63:0] card_host_araddr;
    wire [63:0] card_host_awaddr;
    wire [7:0] card_host_arlen;
    wire [7:0] card_host_awlen;
    wire [2:0] card_host_arsize;
    wire [2:0] card_host_awsize;
    wire [1:0] card_host_arburst;
    wire [1:0] card_host_awburst;
    wire [511:0] card_host_rdata;
    wire [511:0] card_host_wdata;
    wire [63:0] card_host_wstrb;
    wire [1:0] card_host_rresp;
    wire [1:0] card_host_bresp;
    wire card_host_arvalid, card_host_arready, card_host_rlast, card_host_rvalid, card_host_rready, card_host_awvalid, card_host_awready, card_host_wlast, card_host_wvalid, card_host_wready, card_host_bvalid, card_host_bready;
    wire [3:0] card_memory_arid;
    wire [3:0] card_memory_awid;
    wire [3:0] card_memory_rid;
    wire [3:0] card_memory_bid;
    wire [63:0] card_memory_araddr;
    wire [63:0] card_memory_awaddr;
    wire [7:0] card_memory_arlen;
    wire [7:0] card_memory_awlen;
    wire [2:0] card_memory_arsize;
    wire [2:0] card_memory_awsize;
    wire [1:0] card_memory_arburst;
    wire [1:0] card_memory_awburst;
    wire [511:0] card_memory_rdata;
    wire [511:0] card_memory_wdata;
    wire [63:0] card_memory_wstrb;
    wire [1:0] card_memory_rresp;
    wire [1:0] card_memory_bresp;
    wire card_memory_arvalid, card_memory_arready, card_memory_rlast, card_memory_rvalid, card_memory_rready, card_memory_awvalid, card_memory_awready, card_memory_wlast, card_memory_wvalid, card_memory_wready, card_memory_bvalid, card_memory_bready;

    gaslane_wide card(
        .clock(card_clock), .reset(card_reset), .booted(), .halted(),
        .flr(sh_cl_flr_assert), .flr_finished(flr_finished),
        .interrupt_valid(interrupt_valid), .interrupt_ready(interrupt_ready),
        .bar_awaddr(bar_awaddr[11:0]), .bar_awvalid(bar_awvalid), .bar_awready(bar_awready), .bar_wdata(bar_wdata), .bar_wstrb(bar_wstrb),
        .bar_wvalid(bar_wvalid), .bar_wready(bar_wready), .bar_bresp(bar_bresp), .bar_bvalid(bar_bvalid), .bar_bready(bar_bready),
        .bar_araddr(bar_araddr[11:0]), .bar_arvalid(bar_arvalid), .bar_arready(bar_arready), .bar_rdata(bar_rdata), .bar_rresp(bar_rresp),
        .bar_rvalid(bar_rvalid), .bar_rready(bar_rready),
        .host_arid(card_host_arid), .host_awid(card_host_awid), .host_araddr(card_host_araddr), .host_arlen(card_host_arlen),
        .host_arsize(card_host_arsize), .host_arburst(card_host_arburst), .host_arvalid(card_host_arvalid), .host_arready(card_host_arready),
        .host_rdata(card_host_rdata), .host_rresp(card_host_rresp), .host_rlast(card_host_rlast), .host_rvalid(card_host_rvalid),
        .host_rready(card_host_rready), .host_awaddr(card_host_awaddr), .host_awlen(card_host_awlen), .host_awsize(card_host_awsize),
        .host_awburst(card_host_awburst), .host_awvalid(card_host_awvalid), .host_awready(card_host_awready), .host_wdata(card_host_wdata),
        .host_wstrb(card_host_wstrb), .host_wlast(card_host_wlast), .host_wvalid(card_host_wvalid), .host_wready(card_host_wready),
        .host_bresp(card_host_bresp), .host_bvalid(card_host_bvalid), .host_bready(card_host_bready), .host_rid(card_host_rid),
        .host_bid(card_host_bid),
        .memory_arid(card_memory_arid), .memory_awid(card_memory_awid), .memory_araddr(card_memory_araddr), .memory_arlen(card_memory_arlen),
        .memory_arsize(card_memory_arsize), .memory_arburst(card_memory_arburst), .memory_arvalid(card_memory_arvalid), .memory_arready(card_memory_arready),
        .memory_rdata(card_memory_rdata), .memory_rresp(card_memory_rresp), .memory_rlast(card_memory_rlast), .memory_rvalid(card_memory_rvalid),
        .memory_rready(card_memory_rready), .memory_awaddr(card_memory_awaddr), .memory_awlen(card_memory_awlen), .memory_awsize(card_memory_awsize),
        .memory_awburst(card_memory_awburst), .memory_awvalid(card_memory_awvalid), .memory_awready(card_memory_awready), .memory_wdata(card_memory_wdata),
        .memory_wstrb(card_memory_wstrb), .memory_wlast(card_memory_wlast), .memory_wvalid(card_memory_wvalid), .memory_wready(card_memory_wready),
        .memory_bresp(card_memory_bresp), .memory_bvalid(card_memory_bvalid), .memory_bready(card_memory_bready), .memory_rid(card_memory_rid),
        .memory_bid(card_memory_bid)
    );

    // Registers: clk_main_a0 to the card's clock.
    cl_axi_clock_converter_light registers(
        .s_axi_aclk(clk_main_a0), .s_axi_aresetn(rst_main_n), .s_axi_awprot(3'd0), .s_axi_arprot(3'd0),
        .m_axi_aclk(card_clock), .m_axi_aresetn(card_resetn), .m_axi_awprot(), .m_axi_arprot(),
        .s_axi_awaddr(ocl_cl_awaddr), .s_axi_awvalid(ocl_cl_awvalid), .s_axi_awready(cl_ocl_awready), .s_axi_wdata(ocl_cl_wdata), .s_axi_wstrb(ocl_cl_wstrb),
        .s_axi_wvalid(ocl_cl_wvalid), .s_axi_wready(cl_ocl_wready), .s_axi_bresp(cl_ocl_bresp), .s_axi_bvalid(cl_ocl_bvalid), .s_axi_bready(ocl_cl_bready),
        .s_axi_araddr(ocl_cl_araddr), .s_axi_arvalid(ocl_cl_arvalid), .s_axi_arready(cl_ocl_arready), .s_axi_rdata(cl_ocl_rdata), .s_axi_rresp(cl_ocl_rresp),
        .s_axi_rvalid(cl_ocl_rvalid), .s_axi_rready(ocl_cl_rready),
        .m_axi_awaddr(bar_awaddr), .m_axi_awvalid(bar_awvalid), .m_axi_awready(bar_awready), .m_axi_wdata(bar_wdata), .m_axi_wstrb(bar_wstrb),
        .m_axi_wvalid(bar_wvalid), .m_axi_wready(bar_wready), .m_axi_bresp(bar_bresp), .m_axi_bvalid(bar_bvalid), .m_axi_bready(bar_bready),
        .m_axi_araddr(bar_araddr), .m_axi_arvalid(bar_arvalid), .m_axi_arready(bar_arready), .m_axi_rdata(bar_rdata), .m_axi_rresp(bar_rresp),
        .m_axi_rvalid(bar_rvalid), .m_axi_rready(bar_rready)
    );

    // Host memory: the card's clock to clk_main_a0.
    wire [3:0] pcim_arid, pcim_awid;
    gaslane_clock_converter host(
        .s_axi_aclk(card_clock), .s_axi_aresetn(card_resetn),
        .m_axi_aclk(clk_main_a0), .m_axi_aresetn(rst_main_n),
        .s_axi_arid(card_host_arid), .s_axi_awid(card_host_awid), .s_axi_araddr(card_host_araddr), .s_axi_arlen(card_host_arlen),
        .s_axi_arsize(card_host_arsize), .s_axi_arburst(card_host_arburst), .s_axi_arvalid(card_host_arvalid), .s_axi_arready(card_host_arready),
        .s_axi_rdata(card_host_rdata), .s_axi_rresp(card_host_rresp), .s_axi_rlast(card_host_rlast), .s_axi_rvalid(card_host_rvalid),
        .s_axi_rready(card_host_rready), .s_axi_awaddr(card_host_awaddr), .s_axi_awlen(card_host_awlen), .s_axi_awsize(card_host_awsize),
        .s_axi_awburst(card_host_awburst), .s_axi_awvalid(card_host_awvalid), .s_axi_awready(card_host_awready), .s_axi_wdata(card_host_wdata),
        .s_axi_wstrb(card_host_wstrb), .s_axi_wlast(card_host_wlast), .s_axi_wvalid(card_host_wvalid), .s_axi_wready(card_host_wready),
        .s_axi_bresp(card_host_bresp), .s_axi_bvalid(card_host_bvalid), .s_axi_bready(card_host_bready), .s_axi_rid(card_host_rid),
        .s_axi_bid(card_host_bid),
        .s_axi_arlock(1'b0), .s_axi_arcache(4'b0011), .s_axi_arprot(3'b010), .s_axi_arregion(4'd0), .s_axi_arqos(4'd0),
        .s_axi_awlock(1'b0), .s_axi_awcache(4'b0011), .s_axi_awprot(3'b010), .s_axi_awregion(4'd0), .s_axi_awqos(4'd0),
        .m_axi_arid(pcim_arid), .m_axi_awid(pcim_awid), .m_axi_araddr(cl_sh_pcim_araddr), .m_axi_arlen(cl_sh_pcim_arlen),
        .m_axi_arsize(cl_sh_pcim_arsize), .m_axi_arburst(cl_sh_pcim_arburst), .m_axi_arvalid(cl_sh_pcim_arvalid), .m_axi_arready(sh_cl_pcim_arready),
        .m_axi_rdata(sh_cl_pcim_rdata), .m_axi_rresp(sh_cl_pcim_rresp), .m_axi_rlast(sh_cl_pcim_rlast), .m_axi_rvalid(sh_cl_pcim_rvalid),
        .m_axi_rready(cl_sh_pcim_rready), .m_axi_awaddr(cl_sh_pcim_awaddr), .m_axi_awlen(cl_sh_pcim_awlen), .m_axi_awsize(cl_sh_pcim_awsize),
        .m_axi_awburst(cl_sh_pcim_awburst), .m_axi_awvalid(cl_sh_pcim_awvalid), .m_axi_awready(sh_cl_pcim_awready), .m_axi_wdata(cl_sh_pcim_wdata),
        .m_axi_wstrb(cl_sh_pcim_wstrb), .m_axi_wlast(cl_sh_pcim_wlast), .m_axi_wvalid(cl_sh_pcim_wvalid), .m_axi_wready(sh_cl_pcim_wready),
        .m_axi_bresp(sh_cl_pcim_bresp), .m_axi_bvalid(sh_cl_pcim_bvalid), .m_axi_bready(cl_sh_pcim_bready), .m_axi_rid(sh_cl_pcim_rid[3:0]),
        .m_axi_bid(sh_cl_pcim_bid[3:0]),
        .m_axi_arlock(), .m_axi_arcache(), .m_axi_arprot(), .m_axi_arregion(), .m_axi_arqos(),
        .m_axi_awlock(), .m_axi_awcache(), .m_axi_awprot(), .m_axi_awregion(), .m_axi_awqos()
    );
    assign cl_sh_pcim_arid = {12'd0, pcim_arid};
    assign cl_sh_pcim_awid = {12'd0, pcim_awid};
    assign cl_sh_pcim_wid = 16'd0;
    assign {cl_sh_pcim_arcache, cl_sh_pcim_awcache, cl_sh_pcim_arqos, cl_sh_pcim_awqos} = 16'd0;
    assign {cl_sh_pcim_arlock, cl_sh_pcim_awlock, cl_sh_pcim_arprot, cl_sh_pcim_awprot} = 8'd0;
    assign {cl_sh_pcim_aruser, cl_sh_pcim_awuser} = 110'd0;
    assign cl_sh_pcim_wuser = 64'd0;

    // Card memory: the card's clock to clk_main_a0, and the DDR controller.
    wire [15:0] ddr_arid16;
    wire [15:0] ddr_awid16;
    wire [15:0] ddr_rid16;
    wire [15:0] ddr_bid16;
    wire [3:0] ddr_arid;
    wire [3:0] ddr_awid;
    wire [3:0] ddr_rid;
    wire [3:0] ddr_bid;
    wire [63:0] ddr_araddr;
    wire [63:0] ddr_awaddr;
    wire [7:0] ddr_arlen;
    wire [7:0] ddr_awlen;
    wire [2:0] ddr_arsize;
    wire [2:0] ddr_awsize;
    wire [1:0] ddr_arburst;
    wire [1:0] ddr_awburst;
    wire [511:0] ddr_rdata;
    wire [511:0] ddr_wdata;
    wire [63:0] ddr_wstrb;
    wire [1:0] ddr_rresp;
    wire [1:0] ddr_bresp;
    wire ddr_arvalid, ddr_arready, ddr_rlast, ddr_rvalid, ddr_rready, ddr_awvalid, ddr_awready, ddr_wlast, ddr_wvalid, ddr_wready, ddr_bvalid, ddr_bready;
    gaslane_clock_converter memory(
        .s_axi_aclk(card_clock), .s_axi_aresetn(card_resetn),
        .m_axi_aclk(clk_main_a0), .m_axi_aresetn(rst_main_n),
        .s_axi_arid(card_memory_arid), .s_axi_awid(card_memory_awid), .s_axi_araddr(card_memory_araddr), .s_axi_arlen(card_memory_arlen),
        .s_axi_arsize(card_memory_arsize), .s_axi_arburst(card_memory_arburst), .s_axi_arvalid(card_memory_arvalid), .s_axi_arready(card_memory_arready),
        .s_axi_rdata(card_memory_rdata), .s_axi_rresp(card_memory_rresp), .s_axi_rlast(card_memory_rlast), .s_axi_rvalid(card_memory_rvalid),
        .s_axi_rready(card_memory_rready), .s_axi_awaddr(card_memory_awaddr), .s_axi_awlen(card_memory_awlen), .s_axi_awsize(card_memory_awsize),
        .s_axi_awburst(card_memory_awburst), .s_axi_awvalid(card_memory_awvalid), .s_axi_awready(card_memory_awready), .s_axi_wdata(card_memory_wdata),
        .s_axi_wstrb(card_memory_wstrb), .s_axi_wlast(card_memory_wlast), .s_axi_wvalid(card_memory_wvalid), .s_axi_wready(card_memory_wready),
        .s_axi_bresp(card_memory_bresp), .s_axi_bvalid(card_memory_bvalid), .s_axi_bready(card_memory_bready), .s_axi_rid(card_memory_rid),
        .s_axi_bid(card_memory_bid),
        .s_axi_arlock(1'b0), .s_axi_arcache(4'b0011), .s_axi_arprot(3'b010), .s_axi_arregion(4'd0), .s_axi_arqos(4'd0),
        .s_axi_awlock(1'b0), .s_axi_awcache(4'b0011), .s_axi_awprot(3'b010), .s_axi_awregion(4'd0), .s_axi_awqos(4'd0),
        .m_axi_arid(ddr_arid), .m_axi_awid(ddr_awid), .m_axi_araddr(ddr_araddr), .m_axi_arlen(ddr_arlen),
        .m_axi_arsize(ddr_arsize), .m_axi_arburst(ddr_arburst), .m_axi_arvalid(ddr_arvalid), .m_axi_arready(ddr_arready),
        .m_axi_rdata(ddr_rdata), .m_axi_rresp(ddr_rresp), .m_axi_rlast(ddr_rlast), .m_axi_rvalid(ddr_rvalid),
        .m_axi_rready(ddr_rready), .m_axi_awaddr(ddr_awaddr), .m_axi_awlen(ddr_awlen), .m_axi_awsize(ddr_awsize),
        .m_axi_awburst(ddr_awburst), .m_axi_awvalid(ddr_awvalid), .m_axi_awready(ddr_awready), .m_axi_wdata(ddr_wdata),
        .m_axi_wstrb(ddr_wstrb), .m_axi_wlast(ddr_wlast), .m_axi_wvalid(ddr_wvalid), .m_axi_wready(ddr_wready),
        .m_axi_bresp(ddr_bresp), .m_axi_bvalid(ddr_bvalid), .m_axi_bready(ddr_bready), .m_axi_rid(ddr_rid),
        .m_axi_bid(ddr_bid),
        .m_axi_arlock(), .m_axi_arcache(), .m_axi_arprot(), .m_axi_arregion(), .m_axi_arqos(),
        .m_axi_awlock(), .m_axi_awcache(), .m_axi_awprot(), .m_axi_awregion(), .m_axi_awqos()
    );
    assign ddr_rid = ddr_rid16[3:0];
    assign ddr_bid = ddr_bid16[3:0];
    sh_ddr #(.DDR_PRESENT(1)) SH_DDR(
        .clk(clk_main_a0), .rst_n(rst_main_n), .stat_clk(clk_main_a0), .stat_rst_n(rst_main_n),
        .CLK_DIMM_DP(CLK_DIMM_DP), .CLK_DIMM_DN(CLK_DIMM_DN), .M_ACT_N(M_ACT_N), .M_MA(M_MA),
        .M_BA(M_BA), .M_BG(M_BG), .M_CKE(M_CKE), .M_ODT(M_ODT),
        .M_CS_N(M_CS_N), .M_CLK_DN(M_CLK_DN), .M_CLK_DP(M_CLK_DP), .M_PAR(M_PAR),
        .M_DQ(M_DQ), .M_ECC(M_ECC), .M_DQS_DP(M_DQS_DP), .M_DQS_DN(M_DQS_DN),
        .cl_RST_DIMM_N(RST_DIMM_N),
        .cl_sh_ddr_axi_araddr(ddr_araddr), .cl_sh_ddr_axi_arlen(ddr_arlen), .cl_sh_ddr_axi_arsize(ddr_arsize),
        .cl_sh_ddr_axi_arburst(ddr_arburst), .cl_sh_ddr_axi_arvalid(ddr_arvalid), .cl_sh_ddr_axi_arready(ddr_arready),
        .cl_sh_ddr_axi_rdata(ddr_rdata), .cl_sh_ddr_axi_rresp(ddr_rresp), .cl_sh_ddr_axi_rlast(ddr_rlast),
        .cl_sh_ddr_axi_rvalid(ddr_rvalid), .cl_sh_ddr_axi_rready(ddr_rready), .cl_sh_ddr_axi_awaddr(ddr_awaddr),
        .cl_sh_ddr_axi_awlen(ddr_awlen), .cl_sh_ddr_axi_awsize(ddr_awsize), .cl_sh_ddr_axi_awburst(ddr_awburst),
        .cl_sh_ddr_axi_awvalid(ddr_awvalid), .cl_sh_ddr_axi_awready(ddr_awready), .cl_sh_ddr_axi_wdata(ddr_wdata),
        .cl_sh_ddr_axi_wstrb(ddr_wstrb), .cl_sh_ddr_axi_wlast(ddr_wlast), .cl_sh_ddr_axi_wvalid(ddr_wvalid),
        .cl_sh_ddr_axi_wready(ddr_wready), .cl_sh_ddr_axi_bresp(ddr_bresp), .cl_sh_ddr_axi_bvalid(ddr_bvalid),
        .cl_sh_ddr_axi_bready(ddr_bready),
        .cl_sh_ddr_axi_arid({12'd0, ddr_arid}), .cl_sh_ddr_axi_awid({12'd0, ddr_awid}), .cl_sh_ddr_axi_aruser(1'b0), .cl_sh_ddr_axi_awuser(1'b0),
        .cl_sh_ddr_axi_rid(ddr_rid16), .cl_sh_ddr_axi_bid(ddr_bid16),
        .sh_ddr_stat_bus_addr(sh_cl_ddr_stat_addr), .sh_ddr_stat_bus_wdata(sh_cl_ddr_stat_wdata),
        .sh_ddr_stat_bus_wr(sh_cl_ddr_stat_wr), .sh_ddr_stat_bus_rd(sh_cl_ddr_stat_rd),
        .sh_ddr_stat_bus_ack(cl_sh_ddr_stat_ack), .sh_ddr_stat_bus_rdata(cl_sh_ddr_stat_rdata),
        .ddr_sh_stat_int(cl_sh_ddr_stat_int), .sh_cl_ddr_is_ready(ddr_ready)
    );

    // Interrupts.
    irq_bridge #(.PULSE(1)) interrupts(
        .clock(card_clock), .reset(card_reset), .valid(interrupt_valid), .ready(interrupt_ready),
        .io_clock(clk_main_a0), .io_reset(!rst_main_n), .request(cl_sh_apppf_irq_req[0]), .ack(sh_cl_apppf_irq_ack[0])
    );
    assign cl_sh_apppf_irq_req[15:1] = 15'd0;

    // Function level reset: done for one cycle when the card has been reset.
    (* ASYNC_REG = "TRUE" *) reg [2:0] finished_main = 3'b000;
    reg flr_done = 1'b0;
    always @(posedge clk_main_a0) begin
        finished_main <= {finished_main[1:0], flr_finished};
        flr_done <= finished_main[1] && !finished_main[2];
    end
    assign cl_sh_flr_done = flr_done;

    // What is not used.
    assign cl_sh_id0 = `CL_SH_ID0;
    assign cl_sh_id1 = `CL_SH_ID1;
    assign {cl_sh_status0, cl_sh_status1, cl_sh_status2} = 96'd0;
    assign cl_sh_status_vled = 16'd0;
    assign tdo = 1'b0;
    assign {cl_sda_awready, cl_sda_wready, cl_sda_bvalid, cl_sda_arready, cl_sda_rvalid} = 5'd0;
    assign {cl_sda_bresp, cl_sda_rresp} = 4'd0;
    assign cl_sda_rdata = 32'd0;
    assign {hbm_apb_paddr_1, hbm_apb_paddr_0, hbm_apb_pprot_1, hbm_apb_pprot_0} = 50'd0;
    assign {hbm_apb_psel_1, hbm_apb_psel_0, hbm_apb_penable_1, hbm_apb_penable_0, hbm_apb_pwrite_1, hbm_apb_pwrite_0} = 6'd0;
    assign {hbm_apb_pwdata_1, hbm_apb_pwdata_0, hbm_apb_prdata_1, hbm_apb_prdata_0} = 128'd0;
    assign {hbm_apb_pready_1, hbm_apb_pready_0, hbm_apb_pslverr_1, hbm_apb_pslverr_0} = 4'd0;
    assign {PCIE_EP_TXP, PCIE_EP_TXN, PCIE_RP_TXP, PCIE_RP_TXN} = 32'd0;
    assign PCIE_RP_PERSTN = 1'b0;
endmodule
