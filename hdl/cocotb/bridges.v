// Bench of what a board has around the card: the wide bridge, and the interrupt bridge in both ways of asking.
module bridges(
    input wire clock /*verilator public_flat_rw*/,
    input wire reset /*verilator public_flat_rw*/,
    input wire hold /*verilator public_flat_rw*/,
    output wire quiet /*verilator public_flat_rw*/,
    input wire s_arvalid /*verilator public_flat_rw*/,
    output wire s_arready /*verilator public_flat_rw*/,
    input wire [63:0] s_araddr /*verilator public_flat_rw*/,
    input wire [7:0] s_arlen /*verilator public_flat_rw*/,
    input wire [2:0] s_arsize /*verilator public_flat_rw*/,
    input wire [1:0] s_arburst /*verilator public_flat_rw*/,
    input wire [3:0] s_arid /*verilator public_flat_rw*/,
    output wire s_rvalid /*verilator public_flat_rw*/,
    input wire s_rready /*verilator public_flat_rw*/,
    output wire [255:0] s_rdata /*verilator public_flat_rw*/,
    output wire [1:0] s_rresp /*verilator public_flat_rw*/,
    output wire s_rlast /*verilator public_flat_rw*/,
    output wire [3:0] s_rid /*verilator public_flat_rw*/,
    input wire s_awvalid /*verilator public_flat_rw*/,
    output wire s_awready /*verilator public_flat_rw*/,
    input wire [63:0] s_awaddr /*verilator public_flat_rw*/,
    input wire [7:0] s_awlen /*verilator public_flat_rw*/,
    input wire [2:0] s_awsize /*verilator public_flat_rw*/,
    input wire [1:0] s_awburst /*verilator public_flat_rw*/,
    input wire [3:0] s_awid /*verilator public_flat_rw*/,
    input wire s_wvalid /*verilator public_flat_rw*/,
    output wire s_wready /*verilator public_flat_rw*/,
    input wire [255:0] s_wdata /*verilator public_flat_rw*/,
    input wire [31:0] s_wstrb /*verilator public_flat_rw*/,
    input wire s_wlast /*verilator public_flat_rw*/,
    output wire s_bvalid /*verilator public_flat_rw*/,
    input wire s_bready /*verilator public_flat_rw*/,
    output wire [1:0] s_bresp /*verilator public_flat_rw*/,
    output wire [3:0] s_bid /*verilator public_flat_rw*/,
    output wire m_arvalid /*verilator public_flat_rw*/,
    input wire m_arready /*verilator public_flat_rw*/,
    output wire [63:0] m_araddr /*verilator public_flat_rw*/,
    output wire [7:0] m_arlen /*verilator public_flat_rw*/,
    output wire [2:0] m_arsize /*verilator public_flat_rw*/,
    output wire [1:0] m_arburst /*verilator public_flat_rw*/,
    output wire [3:0] m_arid /*verilator public_flat_rw*/,
    input wire m_rvalid /*verilator public_flat_rw*/,
    output wire m_rready /*verilator public_flat_rw*/,
    input wire [511:0] m_rdata /*verilator public_flat_rw*/,
    input wire [1:0] m_rresp /*verilator public_flat_rw*/,
    input wire m_rlast /*verilator public_flat_rw*/,
    input wire [3:0] m_rid /*verilator public_flat_rw*/,
    output wire m_awvalid /*verilator public_flat_rw*/,
    input wire m_awready /*verilator public_flat_rw*/,
    output wire [63:0] m_awaddr /*verilator public_flat_rw*/,
    output wire [7:0] m_awlen /*verilator public_flat_rw*/,
    output wire [2:0] m_awsize /*verilator public_flat_rw*/,
    output wire [1:0] m_awburst /*verilator public_flat_rw*/,
    output wire [3:0] m_awid /*verilator public_flat_rw*/,
    output wire m_wvalid /*verilator public_flat_rw*/,
    input wire m_wready /*verilator public_flat_rw*/,
    output wire [511:0] m_wdata /*verilator public_flat_rw*/,
    output wire [63:0] m_wstrb /*verilator public_flat_rw*/,
    output wire m_wlast /*verilator public_flat_rw*/,
    input wire m_bvalid /*verilator public_flat_rw*/,
    output wire m_bready /*verilator public_flat_rw*/,
    input wire [1:0] m_bresp /*verilator public_flat_rw*/,
    input wire [3:0] m_bid /*verilator public_flat_rw*/,
    // Interrupts: bit 0 by pulses, bit 1 by levels.
    input wire io_clock /*verilator public_flat_rw*/,
    input wire io_reset /*verilator public_flat_rw*/,
    input wire irq_reset /*verilator public_flat_rw*/,
    input wire [1:0] valid /*verilator public_flat_rw*/,
    output wire [1:0] ready /*verilator public_flat_rw*/,
    output wire [1:0] request /*verilator public_flat_rw*/,
    input wire [1:0] ack /*verilator public_flat_rw*/
);
    // The model gives a number to every transaction and wants it back; there is one at a time.
    reg [3:0] reading, writing;
    always @(posedge clock) begin
        if (s_arvalid && s_arready) reading <= s_arid;
        if (s_awvalid && s_awready) writing <= s_awid;
    end
    assign s_rid = reading;
    assign s_bid = writing;
    assign m_arid = 4'd0;
    assign m_awid = 4'd0;

    wide_bridge wide(
        .clock(clock), .reset(reset), .hold(hold), .quiet(quiet),
        .s_arvalid(s_arvalid), .s_arready(s_arready), .s_araddr(s_araddr), .s_arlen(s_arlen),
        .s_rvalid(s_rvalid), .s_rready(s_rready), .s_rdata(s_rdata), .s_rresp(s_rresp), .s_rlast(s_rlast),
        .s_awvalid(s_awvalid), .s_awready(s_awready), .s_awaddr(s_awaddr), .s_awlen(s_awlen),
        .s_wvalid(s_wvalid), .s_wready(s_wready), .s_wdata(s_wdata), .s_wstrb(s_wstrb),
        .s_bvalid(s_bvalid), .s_bready(s_bready), .s_bresp(s_bresp),
        .m_arvalid(m_arvalid), .m_arready(m_arready), .m_araddr(m_araddr), .m_arlen(m_arlen), .m_arsize(m_arsize), .m_arburst(m_arburst),
        .m_rvalid(m_rvalid), .m_rready(m_rready), .m_rdata(m_rdata), .m_rresp(m_rresp), .m_rlast(m_rlast),
        .m_awvalid(m_awvalid), .m_awready(m_awready), .m_awaddr(m_awaddr), .m_awlen(m_awlen), .m_awsize(m_awsize), .m_awburst(m_awburst),
        .m_wvalid(m_wvalid), .m_wready(m_wready), .m_wdata(m_wdata), .m_wstrb(m_wstrb), .m_wlast(m_wlast),
        .m_bvalid(m_bvalid), .m_bready(m_bready), .m_bresp(m_bresp)
    );

    irq_bridge #(.PULSE(1)) pulses(
        .clock(clock), .reset(irq_reset), .valid(valid[0]), .ready(ready[0]),
        .io_clock(io_clock), .io_reset(io_reset), .request(request[0]), .ack(ack[0])
    );
    irq_bridge #(.PULSE(0)) levels(
        .clock(clock), .reset(irq_reset), .valid(valid[1]), .ready(ready[1]),
        .io_clock(io_clock), .io_reset(io_reset), .request(request[1]), .ack(ack[1])
    );
endmodule
