// Brings interrupt requests of the card to a PCI Express block with another clock.
//
// Algorithm: a handshake of four steps over two flags, each brought over by two registers: the card asks, the block has been told and has
// answered, the card stops asking, the answer is taken back.
// Handshake: `valid` stays until `ready`, which comes when the block has answered. PULSE = 1 (AWS F2): `request` is up for one cycle of
// `io_clock`, and not again before `ack`. PULSE = 0 (XDMA): `request` stays until `ack`.
// Latency: that of the block, and some cycles of both clocks.
// Reset: each side by its own, synchronous. A reset of the card's side alone gives up a request, but not what the block has been asked:
// the next request waits for its `ack`.
module irq_bridge #(
    parameter PULSE = 1
) (
    input wire clock,
    input wire reset,
    input wire valid,
    output reg ready,
    input wire io_clock,
    input wire io_reset,
    output reg request,
    input wire ack
);
    reg asks = 1'b0;
    reg answered = 1'b0;
    reg waiting = 1'b0;
    (* ASYNC_REG = "TRUE" *) reg [1:0] asks_io = 2'b00;
    (* ASYNC_REG = "TRUE" *) reg [1:0] answered_card = 2'b00;
    initial ready = 1'b0;
    initial request = 1'b0;

    always @(posedge clock) begin
        answered_card <= {answered_card[0], answered};
        ready <= 1'b0;
        if (reset) asks <= 1'b0;
        else if (asks) begin
            if (answered_card[1]) begin
                asks <= 1'b0;
                ready <= 1'b1;
            end
        end else if (valid && !ready && !answered_card[1]) asks <= 1'b1;
    end

    always @(posedge io_clock) begin
        asks_io <= {asks_io[0], asks};
        if (io_reset) begin
            request <= 1'b0;
            waiting <= 1'b0;
            answered <= 1'b0;
        end else if (waiting) begin
            if (PULSE != 0) request <= 1'b0;
            if (ack) begin
                request <= 1'b0;
                waiting <= 1'b0;
                answered <= 1'b1;
            end
        end else if (answered) begin
            if (!asks_io[1]) answered <= 1'b0;
        end else if (asks_io[1]) begin
            request <= 1'b1;
            waiting <= 1'b1;
        end
    end
endmodule
