// Multiplier: no start of an idle unit is lost, none is answered twice, and `busy` and `done` stand in exactly the cycles
// that the block promises: whatever the operands, however `start` and `wide` come.
module formal(input clock, input start, input wide, input [255:0] a, input [255:0] b);
    wire busy, done;
    top dut(.clock(clock), .start(start), .wide(wide), .a(a), .b(b), .busy(busy), .done(done));

    // LOW_CYCLES and WIDE_CYCLES of hdl/src/alu/multiply.rs.
    localparam LOW = 14, WIDE = 20;
    // Cycles since the last start that was taken; 0 before the first one and after `done`.
    reg [4:0] age = 0;
    reg last_wide = 0;
    wire [4:0] cycles = last_wide ? WIDE : LOW;
    always @(posedge clock) begin
        if (start && !busy) begin
            age <= 1;
            last_wide <= wide;
        end else
            age <= age == 0 || age == cycles ? 0 : age + 1;
    end

    always @(*) begin
        busy_until_done: assert(busy == (age != 0 && age < cycles));
        done_once: assert(done == (age == cycles));
        bound: assert(age <= cycles);
    end
endmodule
