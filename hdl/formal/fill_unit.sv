// FillUnit: the share gets one operation at a time, each of the processor's once and as it was given, and its rows from where they are due; results of the
// processor's operation stand until its next one; completions stay and are whole; a command is claimed only where that is allowed, and gives one Done, after it
// alone another one is taken; nobody is woken without a command.
module formal(
    input clock, input reset, input enable, input run, input entry_valid, input [511:0] entry, input request_ready, input data_valid,
    input [255:0] data, input data_error, input start, input [3:0] op, input [63:0] seq, input [9:0] flags, input gather, input share_busy,
    input [3:0] share_outcome, input [31:0] share_readers, input [31:0] share_waiting, input [3:0] share_changed, input share_evicted,
    input share_request_valid, input share_data_ready, input ram_request_ready, input ram_data_valid, input [255:0] ram_data,
    input post_valid, input [511:0] post, input completion_ready, input map_write, input [4:0] map_lane, input [4:0] map_slot,
    input commit_start, input [4:0] commit_slot
);
    wire claims, entry_ready, request_valid, data_ready, busy, evicted, share_start, share_gather, share_request_ready, share_data_valid;
    wire ram_request_valid, ram_data_ready, post_ready, completion_valid, woken, works, failed, bad;
    wire [3:0] outcome, changed, share_op;
    wire [9:0] share_flags;
    wire [19:0] request_beats;
    wire [31:0] readers, waiting, retry, tag;
    wire [63:0] request_address, share_seq, address;
    wire [255:0] share_data;
    wire [511:0] completion;
    top dut(
        .clock(clock), .reset(reset), .enable(enable), .run(run), .entry_valid(entry_valid), .entry(entry), .claims(claims),
        .entry_ready(entry_ready), .request_valid(request_valid), .request_ready(request_ready), .request_address(request_address),
        .request_beats(request_beats), .data_valid(data_valid), .data_ready(data_ready), .data(data), .data_error(data_error), .start(start),
        .op(op), .seq(seq), .flags(flags), .gather(gather), .busy(busy), .outcome(outcome), .readers(readers), .waiting(waiting),
        .changed(changed), .evicted(evicted), .share_start(share_start), .share_op(share_op), .share_seq(share_seq),
        .share_flags(share_flags), .share_gather(share_gather), .share_busy(share_busy), .share_outcome(share_outcome),
        .share_readers(share_readers), .share_waiting(share_waiting), .share_changed(share_changed), .share_evicted(share_evicted),
        .share_request_valid(share_request_valid), .share_request_ready(share_request_ready), .share_data_valid(share_data_valid),
        .share_data_ready(share_data_ready), .share_data(share_data), .ram_request_valid(ram_request_valid),
        .ram_request_ready(ram_request_ready), .ram_data_valid(ram_data_valid), .ram_data_ready(ram_data_ready), .ram_data(ram_data),
        .post_valid(post_valid), .post_ready(post_ready), .post(post), .completion_valid(completion_valid),
        .completion_ready(completion_ready), .completion(completion), .map_write(map_write), .map_lane(map_lane), .map_slot(map_slot),
        .retry(retry), .commit_start(commit_start), .commit_slot(commit_slot), .woken(woken), .works(works), .failed(failed), .bad(bad),
        .tag(tag), .address(address)
    );
    // Numbers of `TableOp`, `Command` and `CompletionKind`.
    localparam [3:0] TABLE_FILL = 3;
    localparam [31:0] COMMAND_FILL = 2, DONE = 4;
    (* hierconn *) wire \dut.owns$q ;
    (* hierconn *) wire \dut.wants$q ;
    (* hierconn *) wire \dut.started$q ;
    (* hierconn *) wire \dut.passing$q ;
    (* hierconn *) wire [2:0] \dut.state$q ;
    wire owns = \dut.owns$q ;
    wire [2:0] state = \dut.state$q ;

    reg started = 0;
    always @(posedge clock) started <= 1;
    // The share is busy from the cycle after its start; the processor starts nothing while it is told to wait, and its operands stay.
    reg last_start, last_busy, last_own_busy, post_waits = 0;
    reg [78:0] last_operands;
    reg [511:0] last_post;
    wire [78:0] operands = {op, seq, flags, gather};
    always @(posedge clock) begin
        last_start <= share_start;
        last_busy <= share_busy;
        last_own_busy <= busy;
        last_operands <= operands;
        post_waits <= post_valid && !post_ready;
        last_post <= post;
    end
    always @(*) begin
        if (started) assume(last_start ? share_busy : (!share_busy || last_busy));
        else assume(!share_busy);
        assume(!start || !busy);
        if (started && busy && last_own_busy) assume(operands == last_operands);
        if (post_waits) assume(post_valid && post == last_post);
        // A reset comes with that of the share and of what is behind it.
        if (reset) assume(!share_busy && !post_valid);
    end

    // Operations of the processor that the share has not had yet, and that are there.
    reg asked = 0, given = 0;
    wire of_fill = share_start && !asked;
    wire of_processor = share_start && !of_fill;
    wire ends = given && !share_busy;
    always @(posedge clock) begin
        asked <= (asked || start) && !of_processor && !reset;
        given <= (given || of_processor) && !ends && !reset;
    end

    wire takes_done = completion_valid && completion_ready && !post_ready;
    always @(*) begin
        state_exists: assert(state <= 6);
        ghost: assert(busy == (asked || given) && \dut.wants$q == busy && \dut.started$q == given);
        not_both: assert(!(owns && given) && (!owns || state == 3) && !(asked && given));
        owned: assert(state != 3 || owns);
        one_at_a_time: assert(!share_start || (!share_busy && !owns && (!given || ends)));
        if (of_processor) as_given: assert(asked && {share_op, share_seq, share_flags, share_gather} == operands);
        if (of_fill) a_fill: assert(state == 2 && share_op == TABLE_FILL && share_flags == 0 && !share_gather);
        rows_of_fill: assert(!data_ready || state == 6 || (owns && share_data_valid == data_valid && share_data == data));
        if (state == 6) nothing_held_up: assert(data_ready);
        rows_of_processor: assert(!ram_data_ready || (!owns && share_data_valid == ram_data_valid && share_data == ram_data));
        no_read_of_ram: assert(!owns || !ram_request_valid);
        claimed: assert(!claims || (enable && entry_valid && entry[31:0] == COMMAND_FILL));
        taken: assert(!entry_ready || (claims && run && !works));
        reads: assert(!request_valid || works);
        wakes: assert(retry == 0 || (works && (retry & (retry - 1)) == 0));
        stops: assert(!(bad && failed) && (!(bad || failed) || state == 6));
        offered: assert(!\dut.passing$q || post_waits);
        one_of_them: assert(!(takes_done && post_valid && post_ready));
        if (post_valid && post_ready) whole_post: assert(completion == post && completion_valid);
        if (completion_valid && !(post_valid && completion == post)) whole_done: assert(state == 5 && completion == {448'd0, tag, DONE});
        nothing_from_nothing: assert(!completion_valid || post_valid || state == 5);
    end
    always @(posedge clock) if (started && !$past(reset)) begin
        if ($past(completion_valid && !completion_ready)) stays: assert(completion_valid && $stable(completion));
        if ($past(request_valid && !request_ready)) request_stays: assert(request_valid && $stable({request_address, request_beats}));
        if ($past(works && !(state == 5 && completion_ready && !post_ready))) works_until_done: assert(works);
        if ($past(works)) tag_stays: assert($stable(tag));
        if (!$past(ends)) results_stand: assert($stable({outcome, readers, waiting, changed, evicted}));
        else results: assert({outcome, readers, waiting, changed, evicted}
            == $past({share_outcome, share_readers, share_waiting, share_changed, share_evicted}));
        woke: assert(woken == (($past(owns && !share_busy) && $past(share_waiting[commit_slot])) || ($past(woken) && !$past(commit_start))));
    end
endmodule
