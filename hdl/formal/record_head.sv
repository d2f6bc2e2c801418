// RecordHead: what is offered stays; after `start` three rows of the header come, then the commit unit's rows as they are, none dropped or doubled; no row
// of the commit unit comes between.
module formal(
    input clock, input reset, input write, input [4:0] number, input [31:0] word, input start, input beat_valid, input [255:0] beat,
    input out_ready
);
    wire beat_ready, out_valid;
    wire [255:0] out;
    top dut(
        .clock(clock), .reset(reset), .write(write), .number(number), .word(word), .start(start), .beat_valid(beat_valid),
        .beat_ready(beat_ready), .beat(beat), .out_valid(out_valid), .out_ready(out_ready), .out(out)
    );
    (* hierconn *) wire \dut.collects$q ;
    (* hierconn *) wire \dut.gives$q ;
    (* hierconn *) wire [4:0] \dut.at$q ;
    wire waits = \dut.collects$q || \dut.gives$q ;
    wire [4:0] at = \dut.at$q ;

    reg started = 0, offered = 0;
    reg [255:0] last_beat;
    // Rows of the header that have been taken since the last `start`.
    reg [1:0] rows = 3;
    always @(posedge clock) begin
        started <= 1;
        offered <= beat_valid && !beat_ready && !reset;
        last_beat <= beat;
        if (start && !waits) rows <= 0;
        if (waits && out_valid && out_ready) rows <= rows + 1;
        if (reset) rows <= 3;
    end
    always @(*) begin
        if (offered) assume(beat_valid && beat == last_beat);
        // The commit unit gives nothing in the cycle in which a record begins.
        assume(!(start && beat_valid));
        not_both: assert(!(\dut.collects$q && \dut.gives$q ));
        header: assert(waits == (rows != 3));
        if (\dut.collects$q ) within: assert(at[4:3] == rows);
        if (\dut.gives$q ) behind: assert(at[2:0] == 0 && at[4:3] == rows + 1);
        if (!waits) passes: assert(out_valid == beat_valid && out == beat && beat_ready == out_ready);
        else none_between: assert(!beat_ready && out_valid == \dut.gives$q );
    end
    always @(posedge clock) if (started && !$past(reset)) begin
        if ($past(out_valid && !out_ready && !start)) stays: assert(out_valid && $stable(out));
        if ($past(start && !waits)) begins: assert(\dut.collects$q && at == 0);
    end
endmodule
