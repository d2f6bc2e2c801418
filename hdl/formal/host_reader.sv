// HostReader: what is offered on AR and to the user stays as it is; no burst begins while `run` is down, none beyond the limit. One step
// from any state.
module formal(
    input clock, input reset, input run, input request_valid, input [63:0] request_address,
    input [19:0] request_beats, input [3:0] request_tag, input data_ready, input arready, input rvalid,
    input [255:0] rdata, input [1:0] rresp, input rlast
);
    wire quiet, request_ready, data_valid, data_last, data_error, fault, arvalid, rready;
    wire [1:0] arburst;
    wire [2:0] arsize;
    wire [3:0] data_tag, arid;
    wire [7:0] arlen;
    wire [63:0] fault_address, araddr;
    wire [255:0] data;
    top dut(
        .clock(clock), .reset(reset), .run(run), .quiet(quiet), .request_valid(request_valid),
        .request_ready(request_ready), .request_address(request_address), .request_beats(request_beats),
        .request_tag(request_tag), .data_valid(data_valid), .data_ready(data_ready), .data(data),
        .data_tag(data_tag), .data_last(data_last), .data_error(data_error), .fault(fault),
        .fault_address(fault_address), .arvalid(arvalid), .arready(arready), .arid(arid), .araddr(araddr),
        .arlen(arlen), .arsize(arsize), .arburst(arburst), .rvalid(rvalid), .rready(rready), .rdata(rdata),
        .rresp(rresp), .rlast(rlast)
    );
    (* hierconn *) wire [7:0] \dut.outstanding$q ;

    reg started = 0;
    always @(posedge clock) started <= 1;
    always @(posedge clock) if (started && !$past(reset)) begin
        if ($past(arvalid && !arready)) address_stays: assert(arvalid && $stable(araddr) && $stable(arlen));
        if ($past(data_valid && !data_ready)) data_stay: assert(data_valid && $stable(data) && $stable(data_tag) && $stable(data_last) && $stable(data_error));
    end
    always @(*) kind: assert(arsize == 5 && arburst == 1 && arid == 0);
    always @(posedge clock) if (started && !$past(reset) && $past(!arvalid || arready)) begin
        if ($past(!run)) stopped: assert(!arvalid);
        if ($past(\dut.outstanding$q  >= 8)) limited: assert(!arvalid);
    end
    always @(posedge clock) if (started && $past(reset)) forgets: assert(!arvalid && !data_valid && !fault && quiet);
endmodule
