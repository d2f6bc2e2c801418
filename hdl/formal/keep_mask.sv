// KeepMask: the mask of any rotation against a shift of ones by what the rotation stands for.
module formal(input [7:0] rotation, input left, input none);
    wire [255:0] mask;
    top dut(.rotation(rotation), .left(left), .none(none), .mask(mask));

    wire [7:0] left_count = 8'd0 - rotation;
    always @(*) begin
        if (none) keeps_none: assert(mask == 256'd0);
        else if (left) keeps_high: assert(mask == {256{1'b1}} << left_count);
        else keeps_low: assert(mask == {256{1'b1}} >> rotation);
    end
endmodule
