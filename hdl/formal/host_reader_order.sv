// HostReader with a bus that answers what was asked for, whenever it likes, well or badly: every beat of every request comes once,
// in order, with its tag, last and address; in every run of 10 cycles. Requests have up to three beats.
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

    // Beats that the bus owes, and the burst rule.
    reg [7:0] owed = 0;
    wire begins = arvalid && arready, comes = rvalid && rready;
    always @(posedge clock) owed <= owed + (begins ? arlen + 1 : 0) - comes;
    always @(*) begin
        assume(!reset);
        if (request_valid) assume(request_beats <= 3);
        if (rvalid) assume(owed != 0);
        if (arvalid) in_page: assert(arlen < 16 && araddr[4:0] == 0 && {1'b0, araddr[11:0]} + {arlen[4:0] + 5'd1, 5'b0} <= 4096);
    end
    // Requests that have been taken: the first one is being delivered.
    reg [23:0] queue [0:15];
    reg [3:0] first = 0, end_of_queue = 0;
    reg [1:0] beat = 0;
    wire take = request_valid && request_ready, give = data_valid && data_ready;
    wire [1:0] beats = queue[first][1:0];
    always @(posedge clock) begin
        if (take && request_beats != 0) begin
            queue[end_of_queue] <= {request_address[22:5], request_tag, request_beats[1:0]};
            end_of_queue <= end_of_queue + 1;
        end
        if (give) begin
            beat <= data_last ? 0 : beat + 1;
            first <= first + data_last;
        end
    end
    always @(*) if (data_valid) begin
        asked_for: assert(first != end_of_queue);
        tag: assert(data_tag == queue[first][5:2]);
        last: assert(data_last == (beat + 1 == beats));
    end
    // Faults name the beat that was bad.
    always @(posedge clock) if (started) begin
        if (fault) was_bad: assert($past(comes));
        if ($past(comes && rresp != 0)) reported: assert(fault);
    end
    // What was never asked for does not go out.
    always @(*) limit: assert(\dut.outstanding$q  <= 8);
endmodule
