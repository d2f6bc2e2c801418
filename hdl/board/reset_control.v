// Resets the card when the host asks for a function level reset.
//
// Algorithm: new transfers are held back until those under way have ended, or LIMIT cycles have passed (memory that does not answer); then
// the card is reset for 16 cycles, and boots again.
// Handshake: `flr` is a level of any clock domain. `finished` goes up when the card has been reset, and down when `flr` has.
// Latency: the longest transfer, or LIMIT.
// Reset: `reset`, synchronous, resets the card too. Starts in reset.
module reset_control #(
    parameter LIMIT = 131072
) (
    input wire clock,
    input wire reset,
    input wire flr,
    input wire quiet,
    output wire hold,
    output wire card_reset,
    output wire finished
);
    localparam [1:0] RESET = 0;
    localparam [1:0] RUN = 1;
    localparam [1:0] DRAIN = 2;
    localparam RESET_CYCLES = 16;
    localparam [31:0] LONGEST = LIMIT;

    (* ASYNC_REG = "TRUE" *) reg [1:0] flr_card = 2'b00;
    reg [1:0] state = RESET;
    reg [31:0] count = 0;
    reg answers = 1'b0;

    assign hold = state == DRAIN;
    assign card_reset = state == RESET;
    assign finished = answers && state == RUN;

    always @(posedge clock) begin
        flr_card <= {flr_card[0], flr};
        if (reset) begin
            state <= RESET;
            count <= 0;
            answers <= 1'b0;
        end else begin
            count <= count + 1;
            if (state == RUN && answers && !flr_card[1]) answers <= 1'b0;
            case (state)
                RESET: if (count >= RESET_CYCLES) state <= RUN;
                RUN:
                    if (flr_card[1] && !answers) begin
                        state <= DRAIN;
                        count <= 0;
                    end
                default:
                    if (quiet || count >= LONGEST) begin
                        state <= RESET;
                        count <= 0;
                        answers <= 1'b1;
                    end
            endcase
        end
    end
endmodule
