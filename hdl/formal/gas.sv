// GasCounter: what each command makes of any counter, and where zero and the limit of debt are.
module formal(input clock, input replace, input add, input subtract, input [63:0] amount);
    wire [63:0] gas, after;
    wire negative, debt;
    top dut(
        .clock(clock), .replace(replace), .add(add), .subtract(subtract), .amount(amount),
        .gas(gas), .after(after), .negative(negative), .debt(debt)
    );

    reg last_replace, last_add, last_subtract;
    reg [63:0] last_amount, last_gas;
    always @(posedge clock) begin
        last_replace <= replace;
        last_add <= add;
        last_subtract <= subtract;
        last_amount <= amount;
        last_gas <= gas;
    end

    // One bit more than the counter, so that nothing wraps.
    wire signed [64:0] exact = {last_gas[63], last_gas} - {1'b0, last_amount};
    wire signed [64:0] lowest = -65'sd9223372036854775808;
    wire signed [63:0] signed_gas = gas;
    always @(*) begin
        // At most one command, and no subtraction of 2^63 and more.
        assume({1'b0, replace} + {1'b0, add} + {1'b0, subtract} <= 2'd1);
        if (subtract) assume(!amount[63]);
        below_zero: assert(negative == (signed_gas < 0));
        in_debt: assert(debt == (signed_gas < -16384));
        difference: assert(!subtract || after == gas - amount);
        sum: assert(subtract || after == gas + amount);
    end
    always @(*) if (!$initstate) begin
        if (last_replace) replaced: assert(gas == last_amount);
        if (last_add) added: assert(gas == last_gas + last_amount);
        if (last_subtract) begin
            if (exact < lowest) saturated: assert(gas == 64'h8000000000000000);
            else subtracted: assert(gas == exact[63:0]);
        end
        if (!(last_replace | last_add | last_subtract)) kept: assert(gas == last_gas);
    end
endmodule
