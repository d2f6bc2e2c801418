// ReadArbiter: a request that is taken goes on once, as it was, with its user's number, and stays until it is taken; data
// find their user; the first user waits for at most one request of each other one.
module formal(
    input clock, input reset, input request_valid0, input [63:0] request_address0, input [19:0] request_beats0,
    input data_ready0, input request_valid1, input [63:0] request_address1, input [19:0] request_beats1,
    input data_ready1, input request_valid2, input [63:0] request_address2, input [19:0] request_beats2,
    input data_ready2, input request_valid3, input [63:0] request_address3, input [19:0] request_beats3,
    input data_ready3, input request_ready, input data_valid, input [3:0] data_tag
);
    wire request_ready0, data_valid0, request_ready1, data_valid1, request_ready2, data_valid2, request_ready3,
    data_valid3, request_valid, data_ready;
    wire [3:0] request_tag;
    wire [19:0] request_beats;
    wire [63:0] request_address;
    top dut(
        .clock(clock), .reset(reset), .request_valid0(request_valid0), .request_ready0(request_ready0),
        .request_address0(request_address0), .request_beats0(request_beats0), .data_valid0(data_valid0),
        .data_ready0(data_ready0), .request_valid1(request_valid1), .request_ready1(request_ready1),
        .request_address1(request_address1), .request_beats1(request_beats1), .data_valid1(data_valid1),
        .data_ready1(data_ready1), .request_valid2(request_valid2), .request_ready2(request_ready2),
        .request_address2(request_address2), .request_beats2(request_beats2), .data_valid2(data_valid2),
        .data_ready2(data_ready2), .request_valid3(request_valid3), .request_ready3(request_ready3),
        .request_address3(request_address3), .request_beats3(request_beats3), .data_valid3(data_valid3),
        .data_ready3(data_ready3), .request_valid(request_valid), .request_ready(request_ready),
        .request_address(request_address), .request_beats(request_beats), .request_tag(request_tag),
        .data_valid(data_valid), .data_ready(data_ready), .data_tag(data_tag)
    );
    (* hierconn *) wire [1:0] \dut.turn$q ;

    reg started = 0;
    always @(posedge clock) started <= 1;
    wire pass = (request_valid0 && request_ready0) || (request_valid1 && request_ready1) || (request_valid2 && request_ready2) || (request_valid3 && request_ready3);
    always @(posedge clock) if (started && !$past(reset)) begin
        if ($past(request_valid && !request_ready)) request_stays: assert(request_valid && $stable(request_address) && $stable(request_beats) && $stable(request_tag));
    end
    always @(posedge clock) if (started && !$past(reset)) begin
        if ($past(request_valid0 && request_ready0)) passes0: assert(
            request_valid && request_tag == 0 && request_address == $past(request_address0) && request_beats == $past(request_beats0)
        );
        if ($past(request_valid1 && request_ready1)) passes1: assert(
            request_valid && request_tag == 1 && request_address == $past(request_address1) && request_beats == $past(request_beats1)
        );
        if ($past(request_valid2 && request_ready2)) passes2: assert(
            request_valid && request_tag == 2 && request_address == $past(request_address2) && request_beats == $past(request_beats2)
        );
        if ($past(request_valid3 && request_ready3)) passes3: assert(
            request_valid && request_tag == 3 && request_address == $past(request_address3) && request_beats == $past(request_beats3)
        );
        if (request_valid && $past(!request_valid)) from_somebody: assert($past(pass));
        if ($past(request_valid && request_ready)) once: assert(!request_valid);
    end
    always @(*) begin
        to0: assert(data_valid0 == (data_valid && data_tag[1:0] == 0));
        to1: assert(data_valid1 == (data_valid && data_tag[1:0] == 1));
        to2: assert(data_valid2 == (data_valid && data_tag[1:0] == 2));
        to3: assert(data_valid3 == (data_valid && data_tag[1:0] == 3));
        taken: assert(data_ready == (data_tag[1] ? (data_tag[0] ? data_ready3 : data_ready2) : (data_tag[0] ? data_ready1 : data_ready0)));
    end

    // The first user, while it asks: requests of others that have passed, and how near the turn has come.
    wire [1:0] turn = \dut.turn$q ;
    reg [2:0] waited = 0;
    always @(posedge clock) waited <= (!request_valid0 || request_ready0) ? 0 : waited + pass;
    // It does not withdraw.
    always @(posedge clock) if (started && $past(request_valid0 && !request_ready0)) assume(request_valid0);
    always @(*) nearer: assert(waited == 0 || (request_valid0 && (turn == 0 ? waited <= 3 : waited <= turn - 1)));
endmodule
