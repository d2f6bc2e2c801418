// Lane x + 5 y is bits 64 (x + 5 y) and up; byte 0 of a message is the lowest of lane 0.
localparam [149:0] OFFSETS = {
    6'd14, 6'd56, 6'd61, 6'd2, 6'd18,
    6'd8, 6'd21, 6'd15, 6'd45, 6'd41,
    6'd39, 6'd25, 6'd43, 6'd10, 6'd3,
    6'd20, 6'd55, 6'd6, 6'd44, 6'd36,
    6'd27, 6'd28, 6'd62, 6'd1, 6'd0
};
reg [1599:0] state;
reg [1087:0] block;
// Padding beside the data: the first bit at the start of groups 1 to 4, the last bit.
reg [3:0] first_bit;
reg last_bit;
// What was announced.
reg [4:0] group;
reg [31:0] keep;
reg [31:0] pad;
reg to_border;
reg to_end;
initial begin
    state = 0;
    block = 0;
    first_bit = 0;
    last_bit = 0;
    group = 0;
    keep = 0;
    pad = 0;
    to_border = 0;
    to_end = 0;
end

integer n;
reg [255:0] masked;
always @(*) begin
    for (n = 0; n < 32; n = n + 1) masked[8 * n +: 8] = data[248 - 8 * n +: 8] & {8{keep[n]}};
    for (n = 0; n < 32; n = n + 1) masked[8 * n] = masked[8 * n] | pad[n];
end
// Byte k is kept if count > k, and the padding starts in it if count == k: eights and ones apart, without a carry.
wire [3:0] eights_same = 4'h1 << count[4:3];
wire [3:0] eights_above = ~(4'hf << count[4:3]);
wire [7:0] ones_same = 8'h1 << count[2:0];
wire [7:0] ones_above = ~(8'hff << count[2:0]);
integer k;
always @(posedge clock) begin
    group <= write;
    to_border <= ends & count[5];
    to_end <= ends;
    for (k = 0; k < 32; k = k + 1) begin
        keep[k] <= count[5] | eights_above[k / 8] | (eights_same[k / 8] & ones_above[k % 8]);
        pad[k] <= ~count[5] & eights_same[k / 8] & ones_same[k % 8];
    end
end
integer g;
always @(posedge clock)
    if (reset | empty) begin
        block <= 0;
        first_bit <= 0;
        last_bit <= 0;
    end else begin
        for (g = 0; g < 4; g = g + 1)
            if (group[g]) begin
                block[256 * g +: 256] <= masked;
                if (to_border) first_bit[g] <= 1;
            end
        if (group[4]) block[1087:1024] <= masked[63:0];
        if (|group & to_end) last_bit <= 1;
    end

// Functions, so that simulators compute a round only in cycles that step; lanes as a whole, because bit by bit takes them long.
function [63:0] round_constant;
    input [4:0] index;
    case (index)
        5'd0: round_constant = 64'h0000000000000001;
        5'd1: round_constant = 64'h0000000000008082;
        5'd2: round_constant = 64'h800000000000808a;
        5'd3: round_constant = 64'h8000000080008000;
        5'd4: round_constant = 64'h000000000000808b;
        5'd5: round_constant = 64'h0000000080000001;
        5'd6: round_constant = 64'h8000000080008081;
        5'd7: round_constant = 64'h8000000000008009;
        5'd8: round_constant = 64'h000000000000008a;
        5'd9: round_constant = 64'h0000000000000088;
        5'd10: round_constant = 64'h0000000080008009;
        5'd11: round_constant = 64'h000000008000000a;
        5'd12: round_constant = 64'h000000008000808b;
        5'd13: round_constant = 64'h800000000000008b;
        5'd14: round_constant = 64'h8000000000008089;
        5'd15: round_constant = 64'h8000000000008003;
        5'd16: round_constant = 64'h8000000000008002;
        5'd17: round_constant = 64'h8000000000000080;
        5'd18: round_constant = 64'h000000000000800a;
        5'd19: round_constant = 64'h800000008000000a;
        5'd20: round_constant = 64'h8000000080008081;
        5'd21: round_constant = 64'h8000000000008080;
        5'd22: round_constant = 64'h0000000080000001;
        5'd23: round_constant = 64'h8000000080008008;
        default: round_constant = 0;
    endcase
endfunction
function [63:0] rotated;
    input [63:0] lane;
    input integer by;
    rotated = (lane << by) | (lane >> (64 - by));
endfunction
function [1599:0] after_round;
    input [1599:0] before_round;
    input [4:0] index;
    integer x;
    integer y;
    reg [319:0] sums;
    reg [319:0] difference;
    reg [1599:0] moved;
    begin
        for (x = 0; x < 5; x = x + 1)
            sums[64 * x +: 64] = before_round[64 * x +: 64] ^ before_round[64 * x + 320 +: 64]
                ^ before_round[64 * x + 640 +: 64] ^ before_round[64 * x + 960 +: 64] ^ before_round[64 * x + 1280 +: 64];
        for (x = 0; x < 5; x = x + 1)
            difference[64 * x +: 64] = sums[64 * ((x + 4) % 5) +: 64] ^ rotated(sums[64 * ((x + 1) % 5) +: 64], 1);
        for (y = 0; y < 5; y = y + 1)
            for (x = 0; x < 5; x = x + 1)
                moved[64 * (y + 5 * ((2 * x + 3 * y) % 5)) +: 64] = rotated(
                    before_round[64 * (x + 5 * y) +: 64] ^ difference[64 * x +: 64], {26'd0, OFFSETS[6 * (x + 5 * y) +: 6]});
        for (y = 0; y < 5; y = y + 1)
            for (x = 0; x < 5; x = x + 1)
                after_round[64 * (x + 5 * y) +: 64] = moved[64 * (x + 5 * y) +: 64]
                    ^ (~moved[64 * ((x + 1) % 5 + 5 * y) +: 64] & moved[64 * ((x + 2) % 5 + 5 * y) +: 64]);
        after_round[63:0] = after_round[63:0] ^ round_constant(index);
    end
endfunction
wire [1087:0] message = block | {last_bit, 62'd0, first_bit[3], 255'd0, first_bit[2], 255'd0, first_bit[1], 255'd0, first_bit[0], 256'd0};
always @(posedge clock)
    if (reset) state <= 0;
    else if (step) state <= after_round(state ^ {512'd0, message}, round);

integer b;
always @(*) for (b = 0; b < 32; b = b + 1) digest[248 - 8 * b +: 8] = state[8 * b +: 8];
