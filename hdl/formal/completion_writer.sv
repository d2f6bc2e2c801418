// CompletionWriter: no entry is written over one that the host has not consumed, none is dropped or doubled, each has the
// phase of its pass. Completions are counted as they come in, are written and consumed: for rings of any size, writers of any pace.
module formal(
    input clock, input reset, input run, input [63:0] base, input [31:0] entries, input doorbell,
    input [31:0] doorbell_head, input completion_valid, input [511:0] completion, input request_ready,
    input data_ready, input done_valid, input done_error
);
    wire valid, bad_doorbell, overrun, completion_ready, posted, stalled, empty, request_valid, data_valid,
    done_ready;
    wire [15:0] tail;
    wire [19:0] request_beats;
    wire [31:0] head;
    wire [63:0] request_address;
    wire [255:0] data;
    top dut(
        .clock(clock), .reset(reset), .run(run), .base(base), .entries(entries), .doorbell(doorbell),
        .doorbell_head(doorbell_head), .valid(valid), .bad_doorbell(bad_doorbell), .overrun(overrun), .head(head),
        .tail(tail), .completion_valid(completion_valid), .completion_ready(completion_ready),
        .completion(completion), .posted(posted), .stalled(stalled), .empty(empty), .request_valid(request_valid),
        .request_ready(request_ready), .request_address(request_address), .request_beats(request_beats),
        .data_valid(data_valid), .data_ready(data_ready), .data(data), .done_valid(done_valid),
        .done_ready(done_ready), .done_error(done_error)
    );
    (* hierconn *) wire [31:0] \dut.next_index$q ;
    (* hierconn *) wire [31:0] \dut.tail_index$q ;
    (* hierconn *) wire \dut.lower_out$q ;
    (* hierconn *) wire \dut.lower_here$q ;
    (* hierconn *) wire \dut.upper_here$q ;
    (* hierconn *) wire \dut.ends ;
    (* hierconn *) wire \dut.sends ;
    (* hierconn *) wire \dut.odd_pass$q ;
    (* hierconn *) wire [1:0] \dut.undone$q ;
    (* hierconn *) wire \dut.round$q ;
    (* hierconn *) wire \dut.round_upper$q ;
    (* hierconn *) wire \dut.send_lower$q ;
    (* hierconn *) wire \dut.send_upper$q ;
    (* hierconn *) wire [63:0] \dut.lower_place$q ;
    (* hierconn *) wire [63:0] \dut.upper_place$q ;

    reg started = 0;
    always @(posedge clock) started <= 1;
    always @(posedge clock) if (started && !$past(reset)) begin
        if ($past(request_valid && !request_ready)) request_stays: assert(request_valid && $stable(request_address));
        if ($past(data_valid && !data_ready)) data_stay: assert(data_valid && $stable(data));
    end

    // Completions taken, posted, consumed; requests that are not done.
    reg [31:0] taken = 0, written = 0, consumed = 0;
    reg [1:0] asked = 0;
    wire [31:0] mask = entries - 1;
    wire [31:0] next_entry = \dut.next_index$q , tail_entry = \dut.tail_index$q ;
    wire take = completion_valid && completion_ready;
    wire heard = doorbell && doorbell_head < entries && ((doorbell_head - head) & mask) <= ((written + \dut.lower_out$q  - consumed) & mask);
    always @(posedge clock) begin
        taken <= reset ? 0 : taken + take;
        written <= reset ? 0 : written + (\dut.ends  && \dut.lower_here$q );
        consumed <= reset ? 0 : consumed + (heard ? (doorbell_head - head) & mask : 0);
        asked <= reset ? 0 : asked + \dut.sends  - done_valid;
    end
    always @(*) begin
        assume((entries & mask) == 0 && entries >= 2 && entries <= 65536 && base[5:0] == 0);
        if (done_valid) assume(asked != 0);
        assume(!(doorbell && !run));
        // The counters do not wrap.
        assume(taken[31:30] == 0);
    end
    always @(posedge clock) if (started) assume($stable(entries) && $stable(base));
    wire [31:0] out = written + \dut.lower_out$q ;
    always @(*) begin
        numbers: assert(next_entry == (taken & mask) && tail_entry == (written & mask) && head == (consumed & mask));
        none_lost: assert(taken == written + \dut.lower_here$q  + \dut.upper_here$q );
        consumed_after_written: assert(consumed <= out && out <= taken);
        one_free: assert(taken - consumed < entries);
        pass: assert(\dut.odd_pass$q  == ((taken & entries) != 0));
        undone: assert(\dut.undone$q  == asked && asked <= 2);
        stages: assert(!\dut.lower_out$q  || (\dut.lower_here$q  && \dut.round$q ));
        round_parts: assert(!\dut.round_upper$q  || !\dut.round$q  || \dut.upper_here$q );
        first_lower: assert(!\dut.send_lower$q  || (\dut.round$q  && \dut.lower_here$q  && !\dut.lower_out$q ));
        then_upper: assert(!\dut.send_upper$q  || (\dut.round$q  && \dut.round_upper$q ));
        all_sent: assert(!\dut.round$q  || !\dut.lower_here$q  || \dut.send_lower$q  || \dut.lower_out$q );
        count: assert(asked + \dut.send_lower$q  + \dut.send_upper$q  <= 2);
        between: assert(\dut.round$q  || (asked == 0 && !\dut.send_lower$q  && !\dut.send_upper$q  && !\dut.lower_out$q ));
        // Where the entries that are inside go.
        if (\dut.lower_here$q ) lower_goes: assert(\dut.lower_place$q  == base + {(written & mask), 6'b0});
        if (\dut.upper_here$q ) upper_goes: assert(\dut.upper_place$q  == base + {((written + \dut.lower_here$q ) & mask), 6'b0});
    end
    always @(posedge clock) if (started && $past(!reset)) begin
        posted_once: assert(posted == (written != $past(written)));
        if (overrun) not_heard: assert($past(doorbell && !heard) && $stable(head));
        if (bad_doorbell) outside: assert($past(doorbell && doorbell_head >= entries) && $stable(head));
    end
endmodule
