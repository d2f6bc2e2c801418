// Boots the card's processor from a memory: its program, then all of its data RAM.
//
// Algorithm: after reset the words of FILE go to the boot port one after the other, at rising addresses; data RAM is filled with zeros behind
// the last word that is given. Then the processor is let go.
// Handshake: `boot_valid` and its word stay until `boot_ready`. `processor_reset` falls one cycle after the last word has been taken.
// Latency: two cycles a word, so 2 * (PROGRAM_WORDS + DATA_TOTAL) after reset if every word is taken at once.
// Reset: `reset`, synchronous, begins anew.
module boot_rom #(
    // Words of the program; those of data RAM that FILE gives; all of data RAM.
    parameter PROGRAM_WORDS = 1,
    parameter DATA_WORDS = 1,
    parameter DATA_TOTAL = 1,
    // PROGRAM_WORDS + DATA_WORDS words of hexadecimal digits for $readmemh.
    parameter FILE = "boot.mem"
) (
    input wire clock,
    input wire reset,
    output wire boot_valid,
    output wire boot_program,
    output wire [31:0] boot_address,
    output wire [31:0] boot_word,
    input wire boot_ready,
    output reg processor_reset
);
    localparam GIVEN = PROGRAM_WORDS + DATA_WORDS;
    localparam TOTAL = PROGRAM_WORDS + DATA_TOTAL;
    localparam ADDRESS_BITS = $clog2(GIVEN);
    localparam [31:0] PROGRAM_END = PROGRAM_WORDS;
    localparam [31:0] GIVEN_END = GIVEN;
    localparam [31:0] LAST = TOTAL - 1;

    localparam [1:0] FETCH = 0;
    localparam [1:0] OFFER = 1;
    localparam [1:0] DONE = 2;

    (* rom_style = "block" *) reg [31:0] words [0:GIVEN-1];
    initial $readmemh(FILE, words);

    reg [1:0] state = FETCH;
    reg [31:0] index = 0;
    reg [31:0] word = 0;
    initial processor_reset = 1'b1;

    wire [31:0] in_data = index - PROGRAM_END;
    assign boot_valid = state == OFFER;
    assign boot_program = index < PROGRAM_END;
    assign boot_address = (boot_program ? index : in_data) << 2;
    assign boot_word = index < GIVEN_END ? word : 32'd0;

    always @(posedge clock) word <= words[index[ADDRESS_BITS-1:0]];

    always @(posedge clock) begin
        if (reset) begin
            state <= FETCH;
            index <= 0;
            processor_reset <= 1'b1;
        end else begin
            case (state)
                FETCH: state <= OFFER;
                OFFER:
                    if (boot_ready) begin
                        index <= index + 1;
                        state <= index == LAST ? DONE : FETCH;
                    end
                default: processor_reset <= 1'b0;
            endcase
        end
    end
endmodule
