// ConflictDetector: a commit aborts every slot that has read what it changed, nobody else, and never the head.
module formal(
    input clock, input clear, input gather, input [31:0] readers, input finish, input [4:0] head, input [31:0] occupied,
    input abort_ready
);
    wire abort_valid;
    wire [31:0] aborts;
    top dut(
        .clock(clock), .clear(clear), .gather(gather), .readers(readers), .finish(finish), .head(head),
        .occupied(occupied), .abort_ready(abort_ready), .abort_valid(abort_valid), .aborts(aborts)
    );

    // Any slot: whether a write of this commit had its bit, and whether it is to be aborted.
    (* anyconst *) reg [4:0] slot;
    reg seen = 0;
    reg due = 0;
    wire now = gather & readers[slot];
    always @(posedge clock) begin
        if (clear) begin
            seen <= 0;
            due <= 0;
        end else if (abort_valid) begin
            if (abort_ready) due <= 0;
        end else if (finish) begin
            seen <= 0;
            due <= (seen | now) & occupied[slot] & (slot != head);
        end else
            seen <= seen | now;
    end

    reg last_clear = 1;
    reg last_finish, last_valid, last_ready;
    reg [4:0] last_head;
    reg [31:0] last_aborts;
    always @(posedge clock) begin
        last_clear <= clear;
        last_finish <= finish;
        last_valid <= abort_valid;
        last_ready <= abort_ready;
        last_head <= head;
        last_aborts <= aborts;
    end

    always @(*) begin
        // The handshake: nothing is gathered while aborts wait to be taken.
        if (abort_valid) assume(!gather);
        exact: assert(!abort_valid || aborts[slot] == due);
        not_lost: assert(abort_valid || !due);
        gathered: assert(abort_valid || aborts[slot] == seen);
        once: assert(!abort_valid || !seen);
        somebody: assert(!abort_valid || aborts != 0);
        if (!last_clear && last_finish && !last_valid) never_head: assert(!abort_valid || !aborts[last_head]);
        if (!last_clear && last_valid && !last_ready) held: assert(abort_valid && aborts == last_aborts);
        if (last_valid && last_ready) taken: assert(!abort_valid && aborts == 0);
        if (!last_finish && !last_valid) quiet: assert(!abort_valid || $initstate);
    end
endmodule
