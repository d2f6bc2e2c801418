// Registers: responses stay until they are taken; doorbells and CONTROL act once, with the write's response; rings do not change while
// the card runs. One step from any state.
module formal(
    input clock, input reset, input running, input idle, input [7:0] error, input [31:0] error_info,
    input [31:0] sq_tail, input [15:0] sq_head, input [31:0] cq_head, input [15:0] cq_tail, input [63:0] cycles,
    input [63:0] committed, input [63:0] committed_host, input [63:0] aborts, input [63:0] escapes,
    input [63:0] assists, input [63:0] state_reads, input [63:0] program_words, input [63:0] firmware_words,
    input [63:0] evm_instructions, input [63:0] evictions, input [63:0] lane_busy_cycles,
    input [63:0] lane_state_wait_cycles, input [63:0] lane_commit_wait_cycles, input [63:0] lane_aborted_cycles,
    input [63:0] lane_idle_cycles, input awvalid, input [11:0] awaddr, input wvalid, input [31:0] wdata,
    input [3:0] wstrb, input bready, input arvalid, input [11:0] araddr, input rready
);
    wire control_write, control_run, sq_doorbell, cq_doorbell, awready, wready, bvalid, arready, rvalid;
    wire [1:0] irq_enable, bresp, rresp;
    wire [31:0] doorbell, sq_entries, cq_entries, irq_moderation, lane_select, rdata;
    wire [63:0] sq_base, cq_base;
    top dut(
        .clock(clock), .reset(reset), .running(running), .idle(idle), .error(error), .error_info(error_info),
        .sq_tail(sq_tail), .sq_head(sq_head), .cq_head(cq_head), .cq_tail(cq_tail), .cycles(cycles),
        .committed(committed), .committed_host(committed_host), .aborts(aborts), .escapes(escapes),
        .assists(assists), .state_reads(state_reads), .program_words(program_words), .firmware_words(firmware_words),
        .evm_instructions(evm_instructions), .evictions(evictions), .lane_busy_cycles(lane_busy_cycles),
        .lane_state_wait_cycles(lane_state_wait_cycles), .lane_commit_wait_cycles(lane_commit_wait_cycles),
        .lane_aborted_cycles(lane_aborted_cycles), .lane_idle_cycles(lane_idle_cycles),
        .control_write(control_write), .control_run(control_run), .sq_doorbell(sq_doorbell),
        .cq_doorbell(cq_doorbell), .doorbell(doorbell), .sq_base(sq_base), .sq_entries(sq_entries),
        .cq_base(cq_base), .cq_entries(cq_entries), .irq_enable(irq_enable), .irq_moderation(irq_moderation),
        .lane_select(lane_select), .awvalid(awvalid), .awready(awready), .awaddr(awaddr), .wvalid(wvalid),
        .wready(wready), .wdata(wdata), .wstrb(wstrb), .bvalid(bvalid), .bready(bready), .bresp(bresp),
        .arvalid(arvalid), .arready(arready), .araddr(araddr), .rvalid(rvalid), .rready(rready), .rdata(rdata),
        .rresp(rresp)
    );

    reg started = 0;
    always @(posedge clock) started <= 1;
    always @(posedge clock) if (started && !$past(reset)) begin
        if ($past(bvalid && !bready)) write_stays: assert(bvalid && $stable(bresp));
        if ($past(rvalid && !rready)) read_stays: assert(rvalid && $stable(rdata) && $stable(rresp));
    end
    always @(posedge clock) if (started && !$past(reset)) begin
        if ($past(running)) rings_stay: assert($stable(sq_base) && $stable(sq_entries) && $stable(cq_base) && $stable(cq_entries));
        if (control_write || sq_doorbell || cq_doorbell) with_response: assert(bvalid && !$past(bvalid));
        one: assert((control_write & sq_doorbell) + (control_write & cq_doorbell) + (sq_doorbell & cq_doorbell) == 0);
        if ($past(error != 0)) no_doorbell: assert(!sq_doorbell && !cq_doorbell);
        if (bvalid && !$past(bvalid)) a_write: assert($past(!awready && !wready));
        if (rvalid && !$past(rvalid)) a_read: assert($past(!arready));
    end
    always @(*) okay: assert(bresp == 0 && rresp == 0);
endmodule
