// AddSub: sum, difference and comparisons of any operands against +, - and the relations, from any state of its registers.
module formal(input clock, input subtract, input [255:0] a, input [255:0] b);
    wire [255:0] result;
    wire equal, less, less_signed;
    top dut(
        .clock(clock), .subtract(subtract), .a(a), .b(b),
        .result(result), .equal(equal), .less(less), .less_signed(less_signed)
    );

    reg last_subtract;
    reg [255:0] last_a;
    reg [255:0] last_b;
    always @(posedge clock) begin
        last_subtract <= subtract;
        last_a <= a;
        last_b <= b;
    end

    wire signed [255:0] signed_a = last_a;
    wire signed [255:0] signed_b = last_b;
    always @(*) if (!$initstate) begin
        eq: assert(equal == (last_a == last_b));
        if (last_subtract) begin
            sub: assert(result == last_a - last_b);
            lt: assert(less == (last_a < last_b));
            slt: assert(less_signed == (signed_a < signed_b));
        end else
            add: assert(result == last_a + last_b);
    end
endmodule
