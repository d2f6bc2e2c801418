// HostWriter: what is offered on AW and W and to the user stays as it is; no burst begins while `run` is down, none beyond the limit. One step
// from any state.
module formal(
    input clock, input reset, input run, input request_valid, input [63:0] request_address,
    input [19:0] request_beats, input [3:0] request_tag, input data_valid, input [255:0] data, input done_ready,
    input awready, input wready, input bvalid, input [1:0] bresp
);
    wire quiet, request_ready, data_ready, done_valid, done_error, fault, awvalid, wvalid, wlast, bready;
    wire [1:0] awburst;
    wire [2:0] awsize;
    wire [3:0] done_tag, awid;
    wire [7:0] awlen;
    wire [31:0] wstrb;
    wire [63:0] fault_address, awaddr;
    wire [255:0] wdata;
    top dut(
        .clock(clock), .reset(reset), .run(run), .quiet(quiet), .request_valid(request_valid),
        .request_ready(request_ready), .request_address(request_address), .request_beats(request_beats),
        .request_tag(request_tag), .data_valid(data_valid), .data_ready(data_ready), .data(data),
        .done_valid(done_valid), .done_ready(done_ready), .done_tag(done_tag), .done_error(done_error),
        .fault(fault), .fault_address(fault_address), .awvalid(awvalid), .awready(awready), .awid(awid),
        .awaddr(awaddr), .awlen(awlen), .awsize(awsize), .awburst(awburst), .wvalid(wvalid), .wready(wready),
        .wdata(wdata), .wstrb(wstrb), .wlast(wlast), .bvalid(bvalid), .bready(bready), .bresp(bresp)
    );
    (* hierconn *) wire [7:0] \dut.outstanding$q ;

    reg started = 0;
    always @(posedge clock) started <= 1;
    always @(posedge clock) if (started && !$past(reset)) begin
        if ($past(awvalid && !awready)) address_stays: assert(awvalid && $stable(awaddr) && $stable(awlen));
        if ($past(wvalid && !wready)) data_stay: assert(wvalid && $stable(wdata) && $stable(wlast));
        if ($past(done_valid && !done_ready)) done_stays: assert(done_valid && $stable(done_tag) && $stable(done_error));
    end
    always @(*) kind: assert(awsize == 5 && awburst == 1 && awid == 0 && wstrb == 32'hffffffff);
    // No answer is taken while a request that is done waits to be noticed.
    always @(*) exclusive: assert(!(done_valid && bready));
    always @(posedge clock) if (started && !$past(reset) && $past(!awvalid || awready)) begin
        if ($past(!run)) stopped: assert(!awvalid);
        if ($past(\dut.outstanding$q  >= 8)) limited: assert(!awvalid);
    end
    always @(posedge clock) if (started && $past(reset)) forgets: assert(!awvalid && !wvalid && !done_valid && !fault && quiet);
endmodule
