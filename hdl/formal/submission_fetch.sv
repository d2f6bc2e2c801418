// SubmissionFetch: requests stay, in the ring and not beyond the tail; the buffer has a place for whatever comes, so nothing
// is lost; head and next entry stay in the ring. For rings of any size.
module formal(
    input clock, input reset, input run, input [63:0] base, input [31:0] entries, input doorbell,
    input [31:0] doorbell_tail, input request_ready, input data_valid, input [255:0] data, input data_error,
    input entry_ready
);
    wire valid, bad_doorbell, empty, request_valid, data_ready, entry_valid;
    wire [15:0] head;
    wire [19:0] request_beats;
    wire [31:0] tail;
    wire [63:0] request_address;
    wire [511:0] entry;
    top dut(
        .clock(clock), .reset(reset), .run(run), .base(base), .entries(entries), .doorbell(doorbell),
        .doorbell_tail(doorbell_tail), .valid(valid), .bad_doorbell(bad_doorbell), .tail(tail), .head(head),
        .empty(empty), .request_valid(request_valid), .request_ready(request_ready),
        .request_address(request_address), .request_beats(request_beats), .data_valid(data_valid),
        .data_ready(data_ready), .data(data), .data_error(data_error), .entry_valid(entry_valid),
        .entry_ready(entry_ready), .entry(entry)
    );
    (* hierconn *) wire [31:0] \dut.next_index$q ;
    (* hierconn *) wire [31:0] \dut.head_index$q ;
    (* hierconn *) wire \dut.asks ;
    (* hierconn *) wire [7:0] \dut.count_low ;
    (* hierconn *) wire \dut.failed$q ;
    (* hierconn *) wire [7:0] \dut.buffer.count$q ;
    (* hierconn *) wire [7:0] \dut.reserved$q ;
    (* hierconn *) wire \dut.half$q ;
    (* hierconn *) wire \dut.buffer.full$q ;
    (* hierconn *) wire \dut.arrives ;

    reg started = 0;
    always @(posedge clock) started <= 1;
    always @(posedge clock) if (started && !$past(reset)) begin
        if ($past(request_valid && !request_ready)) request_stays: assert(request_valid && $stable(request_address) && $stable(request_beats));
    end

    // A ring in range, which stays as it is; a reader that gives what was asked for.
    reg [7:0] owed = 0;
    wire [31:0] mask = entries - 1;
    wire [31:0] next_entry = \dut.next_index$q , head_entry = \dut.head_index$q ;
    wire asks = \dut.asks ;
    wire [7:0] asked = \dut.count_low ;
    always @(posedge clock) owed <= reset ? 0 : owed + (asks ? {asked[6:0], 1'b0} : 0) - data_valid;
    always @(*) begin
        assume((entries & mask) == 0 && entries >= 2 && entries <= 65536 && base[5:0] == 0);
        if (data_valid) assume(owed != 0);
        if (run) assume(valid || \dut.failed$q );
        assume(!(doorbell && !run));
    end
    always @(posedge clock) if (started) assume($stable(entries) && $stable(base));
    wire [7:0] inside_buffer = \dut.buffer.count$q , reserved = \dut.reserved$q ;
    always @(*) begin
        in_ring: assert(next_entry < entries && head_entry < entries && tail < entries);
        places: assert(reserved <= 16 && inside_buffer <= 16);
        promised: assert({reserved, 1'b0} >= {inside_buffer, 1'b0} + owed + \dut.half$q );
        parity: assert(owed[0] == \dut.half$q );
        full: assert(\dut.buffer.full$q  == (inside_buffer == 16));
        if (\dut.arrives ) has_place: assert(!\dut.buffer.full$q );
        always_taken: assert(data_ready);
        if (asks) begin
            not_beyond_tail: assert({24'b0, asked} <= ((tail - next_entry) & mask));
            not_beyond_end: assert(next_entry + asked <= entries);
            some: assert(asked != 0 && asked <= 8);
        end
    end
    always @(posedge clock) if (started && $past(!reset)) begin
        if ($past(doorbell && doorbell_tail >= entries)) refused: assert(bad_doorbell && $stable(tail));
        if ($past(!(doorbell && doorbell_tail >= entries))) no_false_alarm: assert(!bad_doorbell);
    end
endmodule
