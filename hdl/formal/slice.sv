// Slice: what is offered stays; a word leaves once, as it came, in order. Two words are followed: the one that is
// marked when it comes, at any time, and its place in the queue.
module formal(
    input clock, input reset, input in_valid, input [255:0] in_data, input out_ready
);
    wire in_ready, out_valid;
    wire [255:0] out_data;
    top dut(
        .clock(clock), .reset(reset), .in_valid(in_valid), .in_ready(in_ready), .in_data(in_data),
        .out_valid(out_valid), .out_ready(out_ready), .out_data(out_data)
    );
    (* hierconn *) wire \dut.here$q ;
    (* hierconn *) wire \dut.spare$q ;
    (* hierconn *) wire [255:0] \dut.here_data$q ;
    (* hierconn *) wire [255:0] \dut.spare_data$q ;

    reg started = 0;
    always @(posedge clock) started <= 1;
    always @(posedge clock) if (started && !$past(reset)) begin
        if ($past(out_valid && !out_ready)) output_stays: assert(out_valid && $stable(out_data));
    end

    // The marked word: how many words are ahead of it, while it is inside.
    (* anyseq *) reg mark;
    reg marked = 0, inside_it = 0;
    reg [1:0] count = 0, ahead;
    reg [255:0] value;
    wire take = in_valid && in_ready, give = out_valid && out_ready;
    always @(posedge clock) begin
        count <= reset ? 0 : count + take - give;
        if (give && inside_it) begin
            ahead <= ahead - 1;
            if (ahead == 0) inside_it <= 0;
        end
        if (take && mark && !marked) begin
            marked <= 1;
            inside_it <= 1;
            ahead <= count - give;
            value <= in_data;
        end
        if (reset) {marked, inside_it} <= 0;
    end
    always @(*) begin
        places: assert(count == \dut.here$q + \dut.spare$q && (\dut.here$q || !\dut.spare$q ));
        room: assert(in_ready == (count != 2) && out_valid == (count != 0));
        if (inside_it) begin
            is_inside: assert(ahead < count);
            comes_out: assert(value == (ahead == 0 ? \dut.here_data$q : \dut.spare_data$q ));
            if (ahead == 0) as_it_came: assert(out_data == value);
        end
    end
endmodule
