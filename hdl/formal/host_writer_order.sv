// HostWriter with a bus that answers each burst after its data, well or badly: a request is reported once, in order, with its tag, and not before
// all its data have left and all its bursts have been answered; in every run of 11 cycles. Requests have up to three beats.
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

    // Bursts that wait for their answer; beats that have left, answers that have come.
    reg [7:0] unanswered = 0, answered = 0, sent = 0;
    wire leaves = wvalid && wready, comes = bvalid && bready;
    always @(posedge clock) begin
        unanswered <= unanswered + (leaves && wlast) - comes;
        sent <= sent + leaves;
        answered <= answered + comes;
    end
    always @(*) begin
        assume(!reset);
        if (request_valid) assume(request_beats <= 3 && request_address[8:7] == 0);
        if (bvalid) assume(unanswered != 0);
        if (awvalid) in_page: assert(awlen < 16 && awaddr[4:0] == 0 && {1'b0, awaddr[11:0]} + {awlen[4:0] + 5'd1, 5'b0} <= 4096);
    end
    // Requests that have been taken: the first one is being written. Here each is one burst.
    reg [5:0] queue [0:15];
    reg [3:0] first = 0, end_of_queue = 0;
    reg [7:0] sent_before = 0, answered_before = 0;
    wire take = request_valid && request_ready, give = done_valid && done_ready;
    wire [1:0] beats = queue[first][1:0];
    always @(posedge clock) begin
        if (take) begin
            queue[end_of_queue] <= {request_tag, request_beats[1:0]};
            end_of_queue <= end_of_queue + 1;
        end
        if (give) begin
            first <= first + 1;
            sent_before <= sent_before + beats;
            answered_before <= answered_before + (beats != 0);
        end
    end
    always @(*) if (done_valid) begin
        asked_for: assert(first != end_of_queue);
        tag: assert(done_tag == queue[first][5:2]);
        all_sent: assert(sent >= sent_before + beats);
        all_answered: assert(answered >= answered_before + (beats != 0));
    end
    always @(posedge clock) if (started) begin
        if (fault) was_bad: assert($past(comes && bresp != 0));
        if ($past(comes && bresp != 0)) reported: assert(fault);
    end
    always @(*) limit: assert(\dut.outstanding$q  <= 8);
endmodule
