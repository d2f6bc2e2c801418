// KeepMask: the mask of any count against a shift of ones.
module formal(input [7:0] count, input left);
    wire [255:0] mask;
    top dut(.count(count), .left(left), .mask(mask));

    always @(*) begin
        if (left) keeps_high: assert(mask == {256{1'b1}} << count);
        else keeps_low: assert(mask == {256{1'b1}} >> count);
    end
endmodule
