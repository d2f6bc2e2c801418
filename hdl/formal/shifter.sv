// Shifter: result of any operation, count and value against <<, >> and >>>, bit by bit, from any state of its registers.
//
// Verilog's operators saturate as the EVM's do: a count beyond the width leaves only the fill.
module formal(input clock, input [1:0] op, input [255:0] count, input [255:0] value);
    wire [255:0] result;
    top dut(.clock(clock), .op(op), .count(count), .value(value), .result(result));

    reg [1:0] last_op;
    reg [255:0] last_count;
    reg [255:0] last_value;
    always @(posedge clock) begin
        last_op <= op;
        last_count <= count;
        last_value <= value;
    end

    // Codes of ShiftOp: 0 Shl, 1 Shr, 2 Sar.
    wire signed [255:0] signed_value = last_value;
    wire [255:0] left = last_value << last_count;
    wire [255:0] right = last_value >> last_count;
    wire [255:0] right_signed = signed_value >>> last_count;
    wire [255:0] expected = last_op == 0 ? left : last_op == 1 ? right : right_signed;
    genvar i;
    generate for (i = 0; i < 256; i = i + 1) begin : bits
        always @(*) if (last_op != 3) assert(result[i] == expected[i]);
    end endgenerate
endmodule
