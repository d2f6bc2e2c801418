// Fifo: what is offered stays; a word leaves once, as it came, in order, in every run of 9 cycles. The word that is followed is
// marked when it comes, at any time.
module formal(
    input clock, input reset, input in_valid, input [87:0] in_data, input out_ready
);
    wire in_ready, out_valid;
    wire [87:0] out_data;
    top dut(
        .clock(clock), .reset(reset), .in_valid(in_valid), .in_ready(in_ready), .in_data(in_data),
        .out_valid(out_valid), .out_ready(out_ready), .out_data(out_data)
    );

    reg started = 0;
    always @(posedge clock) started <= 1;
    always @(posedge clock) if (started && !$past(reset)) begin
        if ($past(out_valid && !out_ready)) output_stays: assert(out_valid && $stable(out_data));
    end

    (* anyseq *) reg mark;
    reg marked = 0, inside_it = 0;
    reg [2:0] count = 0, ahead;
    reg [87:0] value;
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
        room: assert(count <= 4 && in_ready == (count != 4) && out_valid == (count != 0));
        if (inside_it) is_inside: assert(ahead < count);
        if (inside_it && ahead == 0) as_it_came: assert(out_data == value);
    end
endmodule
