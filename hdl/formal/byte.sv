// ByteUnit: BYTE and SIGNEXTEND of any index and value, written out byte by byte, from any state of its register.
module formal(input clock, input extend, input [255:0] index, input [255:0] value);
    wire [255:0] result;
    top dut(.clock(clock), .extend(extend), .index(index), .value(value), .result(result));

    reg last_extend;
    reg [255:0] last_index;
    reg [255:0] last_value;
    always @(posedge clock) begin
        last_extend <= extend;
        last_index <= index;
        last_value <= value;
    end

    reg [255:0] selected;
    reg [255:0] extended;
    integer n;
    integer i;
    always @(*) begin
        // BYTE counts from the most significant byte, SIGNEXTEND from the least significant one.
        selected = 0;
        extended = last_value;
        i = 0;
        for (n = 0; n < 32; n = n + 1)
            if (last_index == n) begin
                selected = last_value[248 - 8 * n +: 8];
                for (i = 8 * n + 8; i < 256; i = i + 1)
                    extended[i] = last_value[8 * n + 7];
            end
    end
    always @(*) if (!$initstate) begin
        if (last_extend) signextend: assert(result == extended);
        else byte_: assert(result == selected);
    end
endmodule
