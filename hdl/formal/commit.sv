// CommitUnit: what it offers to the table, the host and the record is held until it is taken; nothing is written before the
// caller has let it proceed; it gathers only readers of writes.
module formal(
    input clock, input start, input [15:0] entries, input [4:0] slot, input [255:0] drain_data, input proceed, input refuse,
    input table_ready, input [3:0] outcome, input [15:0] found_entry, input [255:0] found_value, input [63:0] found_nonce,
    input [255:0] found_code_hash, input [63:0] found_code, input found_exists, input [3:0] changed, input request_ready,
    input beat_ready
);
    localparam IDLE = 0, SCAN = 1, GONE1 = 9, GONE3 = 11, POST = 13, COUNTED = 14, BEAT = 15, END = 16;
    localparam APPLYENTRY = 7, CLEARSTORAGE = 9;
    wire busy, done, waits, counted, table_valid, request, gather, beat_valid;
    wire [7:0] reason;
    wire [15:0] drain_row, changes, entry;
    wire [3:0] op;
    wire [1:0] kind;
    wire [159:0] address;
    wire [255:0] slot_key, value, code_hash, beat;
    wire [9:0] flags;
    wire [63:0] nonce, code;
    wire [2:0] pass;
    wire [4:0] state;
    top dut(
        .clock(clock), .start(start), .entries(entries), .slot(slot), .drain_row(drain_row), .drain_data(drain_data),
        .busy(busy), .done(done), .waits(waits), .reason(reason), .counted(counted), .changes(changes), .proceed(proceed),
        .refuse(refuse), .table_valid(table_valid), .table_ready(table_ready), .op(op), .kind(kind), .address(address),
        .slot_key(slot_key), .entry(entry), .flags(flags), .value(value), .nonce(nonce), .code_hash(code_hash),
        .code(code), .outcome(outcome), .found_entry(found_entry), .found_value(found_value), .found_nonce(found_nonce),
        .found_code_hash(found_code_hash), .found_code(found_code), .found_exists(found_exists), .changed(changed),
        .request(request), .request_ready(request_ready), .gather(gather), .beat_valid(beat_valid), .beat(beat),
        .beat_ready(beat_ready),
        // Made visible by the script.
        .pass$q(pass), .state$q(state)
    );

    wire [899:0] command = {op, kind, address, slot_key, entry, flags, value, nonce, code_hash, code};
    wire [660:0] results = {outcome, found_value, found_nonce, found_code_hash, found_code, found_exists, changed};
    reg begun = 0;
    reg allowed = 0;  // the caller has let the commit proceed
    reg last_table_valid, last_table_ready, last_request, last_request_ready, last_beat_valid, last_beat_ready;
    reg last_counted, last_proceed, last_refuse, last_busy, last_start;
    reg [899:0] last_command;
    reg [660:0] last_results;
    reg [255:0] last_beat;
    always @(posedge clock) begin
        begun <= 1;
        if (counted && proceed && !refuse) allowed <= 1;
        if (!busy || done) allowed <= 0;
        last_table_valid <= table_valid;
        last_table_ready <= table_ready;
        last_request <= request;
        last_request_ready <= request_ready;
        last_beat_valid <= beat_valid;
        last_beat_ready <= beat_ready;
        last_counted <= counted;
        last_proceed <= proceed;
        last_refuse <= refuse;
        last_busy <= busy;
        last_start <= start;
        last_command <= command;
        last_results <= results;
        last_beat <= beat;
    end

    always @(*) begin
        // The table's results stay until its next command.
        if (begun && last_beat_valid) assume(results == last_results);

        if (begun && last_table_valid && !last_table_ready) command_held: assert(table_valid && command == last_command);
        if (begun && last_request && !last_request_ready) request_held: assert(request && command == last_command);
        if (begun && last_beat_valid && !last_beat_ready) beat_held: assert(beat_valid && beat == last_beat);
        if (begun && last_counted && !last_proceed && !last_refuse) decision_awaited: assert(counted);
        if (begun && !last_busy) starts: assert(busy == last_start);
        one_thing: assert({2'd0, table_valid} + {2'd0, request} + {2'd0, beat_valid} + {2'd0, counted} + {2'd0, done} <= 1);
        if (table_valid && (op == APPLYENTRY || op == CLEARSTORAGE)) not_before: assert(allowed);
        states: assert(state <= END);
        if (state > SCAN && state < END) begin
            passes: assert(pass >= 1 && pass <= 5);
            later_passes: assert(pass < 3 || allowed || state == COUNTED);
        end
        if (state == SCAN || state > SCAN && state < END && pass < 3) not_yet: assert(!allowed);
        if (state >= GONE1 && state <= GONE3 || state == POST) first_pass: assert(pass == 1);
        if (state == COUNTED) between: assert(pass == 3 && !allowed);
        if (state == BEAT) writes: assert(pass == 3 || pass == 4);
        if (gather) of_a_write: assert(table_valid && table_ready && (op == APPLYENTRY || op == CLEARSTORAGE));
        if (table_valid && table_ready && (op == APPLYENTRY || op == CLEARSTORAGE)) every_write: assert(gather);
        if (reason != 0 && busy && !done) escapes_end: assert(0);
    end
endmodule
