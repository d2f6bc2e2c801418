// LogicUnit: AND, OR, XOR and NOT of any operands, from any state of its register.
module formal(input clock, input [1:0] op, input [255:0] a, input [255:0] b);
    wire [255:0] result;
    top dut(.clock(clock), .op(op), .a(a), .b(b), .result(result));

    reg [1:0] last_op;
    reg [255:0] last_a;
    reg [255:0] last_b;
    always @(posedge clock) begin
        last_op <= op;
        last_a <= a;
        last_b <= b;
    end

    always @(*) if (!$initstate) begin
        // Codes of LogicOp.
        if (last_op == 0) and_: assert(result == (last_a & last_b));
        if (last_op == 1) or_: assert(result == (last_a | last_b));
        if (last_op == 2) xor_: assert(result == (last_a ^ last_b));
        if (last_op == 3) not_: assert(result == ~last_a);
    end
endmodule
