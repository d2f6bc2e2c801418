// CompletionShare: what is offered stays until it is taken, whatever comes; each completion that is taken is the processor's or the door's, whole, and that one is
// taken from; no key begins to be asked for while they are held.
module formal(
    input clock, input post_valid, input [511:0] post, input hold, input ask_valid, input [31:0] ask_tag, input [1:0] ask_kind,
    input [159:0] ask_address, input [255:0] ask_slot, input completion_ready
);
    wire post_ready, ask_ready, completion_valid;
    wire [511:0] completion;
    top dut(
        .clock(clock), .post_valid(post_valid), .post_ready(post_ready), .post(post), .hold(hold), .ask_valid(ask_valid),
        .ask_ready(ask_ready), .ask_tag(ask_tag), .ask_kind(ask_kind), .ask_address(ask_address), .ask_slot(ask_slot),
        .completion_valid(completion_valid), .completion_ready(completion_ready), .completion(completion)
    );
    // Kind AssistRequest, code State.
    wire [511:0] question = {ask_slot, ask_address, 32'd0, ask_tag, 8'd0, 6'd0, ask_kind, 8'd1, 8'd3};
    wire posts = post_valid && post_ready;
    wire asks = ask_valid && ask_ready;
    wire taken = completion_valid && completion_ready;

    reg started = 0;
    always @(posedge clock) started <= 1;
    // Both stay until they are taken.
    reg post_waits = 0, ask_waits = 0;
    reg [511:0] last_post, last_question;
    always @(posedge clock) begin
        post_waits <= post_valid && !post_ready;
        ask_waits <= ask_valid && !ask_ready;
        last_post <= post;
        last_question <= question;
    end
    always @(*) begin
        if (post_waits) assume(post_valid && post == last_post);
        if (ask_waits) assume(ask_valid && question == last_question);
    end

    (* hierconn *) wire \dut.asking$q ;
    always @(*) begin
        offered: assert(!\dut.asking$q || ask_waits);
        one_of_them: assert(!(posts && asks) && taken == (posts || asks));
        if (posts) whole_post: assert(completion == post);
        if (asks) whole_key: assert(completion == question);
        processor_first: assert(!post_valid || \dut.asking$q || !asks);
        held: assert(!hold || \dut.asking$q || !asks);
        nothing_from_nothing: assert(!completion_valid || post_valid || ask_valid);
    end
    always @(posedge clock) if (started) begin
        if ($past(completion_valid && !completion_ready)) stays: assert(completion_valid && $stable(completion));
    end
endmodule
