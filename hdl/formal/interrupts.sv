// Interrupts: every completion and error is followed by an interrupt that begins later, none comes without cause, and between two for
// completions there are the moderation's cycles.
module formal(
    input clock, input reset, input [1:0] enable, input [31:0] moderation, input posted, input stopped,
    input interrupt_ready
);
    wire interrupt_valid;
    top dut(
        .clock(clock), .reset(reset), .enable(enable), .moderation(moderation), .posted(posted), .stopped(stopped),
        .interrupt_valid(interrupt_valid), .interrupt_ready(interrupt_ready)
    );
    (* hierconn *) wire \dut.completion$q ;
    (* hierconn *) wire \dut.error$q ;
    (* hierconn *) wire \dut.earlier$q ;
    (* hierconn *) wire [31:0] \dut.elapsed$q ;
    (* hierconn *) wire \dut.moderated$q ;
    (* hierconn *) wire \dut.signals_completion ;
    (* hierconn *) wire \dut.signals_error ;

    reg started = 0;
    always @(posedge clock) started <= 1;
    always @(posedge clock) if (started && !$past(reset)) begin
        if ($past(interrupt_valid && !interrupt_ready)) interrupt_stays: assert(interrupt_valid);
    end

    // What is owed: since the last interrupt of its kind began, something came.
    reg completion_owed = 0, error_owed = 0, for_completion = 0, earlier = 0;
    // Cycles since the last interrupt for completions was taken.
    reg [31:0] since = 0;
    wire begins_completion = \dut.signals_completion , begins_error = \dut.signals_error ;
    always @(posedge clock) begin
        completion_owed <= !reset && (posted || (completion_owed && !begins_completion));
        error_owed <= !reset && (stopped || (error_owed && !begins_error));
        if (begins_completion || begins_error) for_completion <= begins_completion;
        if (since != 32'hffffffff) since <= since + 1;
        if (interrupt_valid && interrupt_ready && for_completion) {earlier, since} <= {1'b1, 32'd1};
        if (reset) earlier <= 0;
    end
    always @(*) begin
        known: assert(completion_owed == \dut.completion$q  && error_owed == \dut.error$q  && earlier == \dut.earlier$q );
        timed: assert(!earlier || since == \dut.elapsed$q );
        kind: assert(!interrupt_valid || for_completion == \dut.moderated$q );
        if (begins_completion) moderated: assert(enable[0] && completion_owed && (!earlier || since >= moderation));
        if (begins_error) enabled: assert(enable[1] && error_owed);
        if (completion_owed && enable[0] && !interrupt_valid && (!earlier || since >= moderation)) at_once: assert(begins_completion);
        if (error_owed && enable[1] && !interrupt_valid) at_once_error: assert(begins_error);
    end
    always @(posedge clock) if (started && !$past(reset)) begins: assert(
        interrupt_valid == $past((interrupt_valid && !interrupt_ready) || begins_completion || begins_error)
    );
endmodule
