// TableShare: whoever has the table gets the results of its own command, nobody else; a command stays at the table, as it was given, until it is done; nobody
// gets the table while the commit unit keeps results; readers are gathered once, from the command that asked for it.
module formal(
    input clock, input door_valid, input [1:0] door_kind, input [159:0] door_address, input [255:0] door_slot_key,
    input [4:0] door_slot, input [1:0] door_field, input commit_valid, input [3:0] commit_op, input [1:0] commit_kind,
    input [159:0] commit_address, input [255:0] commit_slot_key, input [15:0] commit_entry, input [9:0] commit_flags,
    input [255:0] commit_value, input [63:0] commit_nonce, input [255:0] commit_code_hash, input [63:0] commit_code,
    input [4:0] commit_slot, input [63:0] commit_seq, input commit_gather, input commit_keeps, input manager_start,
    input [3:0] manager_op, input [4:0] manager_slot, input [63:0] manager_seq, input [9:0] manager_flags,
    input [31:0] manager_row, input manager_gather, input request_ready, input data_valid, input [255:0] data,
    input table_ready, input [3:0] outcome, input [31:0] readers, input [31:0] waiting, input [3:0] changed,
    input evicted
);
    wire door_ready, commit_ready, manager_busy, manager_evicted, request_valid, data_ready, table_valid, gather_valid;
    wire [1:0] kind, field;
    wire [3:0] manager_outcome, manager_changed, op;
    wire [4:0] slot;
    wire [9:0] flags;
    wire [15:0] entry;
    wire [19:0] request_beats;
    wire [31:0] manager_readers, manager_waiting, gather_readers;
    wire [63:0] request_address, seq, nonce, code, evictions;
    wire [159:0] address;
    wire [255:0] slot_key, value, code_hash;
    top dut(
        .clock(clock), .door_valid(door_valid), .door_ready(door_ready), .door_kind(door_kind),
        .door_address(door_address), .door_slot_key(door_slot_key), .door_slot(door_slot), .door_field(door_field),
        .commit_valid(commit_valid), .commit_ready(commit_ready), .commit_op(commit_op), .commit_kind(commit_kind),
        .commit_address(commit_address), .commit_slot_key(commit_slot_key), .commit_entry(commit_entry),
        .commit_flags(commit_flags), .commit_value(commit_value), .commit_nonce(commit_nonce),
        .commit_code_hash(commit_code_hash), .commit_code(commit_code), .commit_slot(commit_slot),
        .commit_seq(commit_seq), .commit_gather(commit_gather), .commit_keeps(commit_keeps),
        .manager_start(manager_start), .manager_op(manager_op), .manager_slot(manager_slot), .manager_seq(manager_seq),
        .manager_flags(manager_flags), .manager_row(manager_row), .manager_gather(manager_gather),
        .manager_busy(manager_busy), .manager_outcome(manager_outcome), .manager_readers(manager_readers),
        .manager_waiting(manager_waiting), .manager_changed(manager_changed), .manager_evicted(manager_evicted),
        .request_valid(request_valid), .request_ready(request_ready), .request_address(request_address),
        .request_beats(request_beats), .data_valid(data_valid), .data_ready(data_ready), .data(data),
        .table_valid(table_valid), .table_ready(table_ready), .op(op), .kind(kind), .address(address),
        .slot_key(slot_key), .entry(entry), .slot(slot), .field(field), .seq(seq), .flags(flags), .value(value),
        .nonce(nonce), .code_hash(code_hash), .code(code), .outcome(outcome), .readers(readers), .waiting(waiting),
        .changed(changed), .evicted(evicted), .gather_valid(gather_valid), .gather_readers(gather_readers),
        .evictions(evictions)
    );
    localparam [3:0] READ = 0;
    (* hierconn *) wire \dut.for_commit$q ;
    (* hierconn *) wire \dut.for_manager$q ;
    (* hierconn *) wire \dut.for_door$q ;
    (* hierconn *) wire \dut.wants_gather$q ;
    (* hierconn *) wire [1:0] \dut.state$q ;
    wire of_commit = \dut.for_commit$q ;
    wire of_manager = \dut.for_manager$q ;
    wire of_door = \dut.for_door$q ;
    wire gathers = commit_gather || (of_manager && table_ready && \dut.wants_gather$q );

    wire [1158:0] at_table = {op, kind, address, slot_key, entry, slot, field, seq, flags, value, nonce, code_hash, code};

    // Commands are compared in any one bit.
    (* anyconst *) wire [10:0] any;
    always @(*) assume(any < 1159);
    wire [1158:0] of_door_command = {READ, door_kind, door_address, door_slot_key, entry, door_slot, door_field, seq, flags, value,
        nonce, code_hash, code};
    wire [1158:0] of_commit_command = {commit_op, commit_kind, commit_address, commit_slot_key, commit_entry, commit_slot, field,
        commit_seq, commit_flags, commit_value, commit_nonce, commit_code_hash, commit_code};
    wire table_bit = at_table[any];
    wire door_bit = of_door_command[any];
    wire commit_bit = of_commit_command[any];

    reg started = 0;
    always @(posedge clock) started <= 1;
    // Commands stay until they are done, and the table answers commands alone.
    always @(*) assume(!table_ready || table_valid);
    reg door_waits = 0, commit_waits = 0;
    reg last_door, last_commit;
    always @(posedge clock) begin
        door_waits <= door_valid && !door_ready;
        commit_waits <= commit_valid && !commit_ready;
        last_door <= door_bit;
        last_commit <= commit_bit;
    end
    always @(*) begin
        if (door_waits) assume(door_valid && door_bit == last_door);
        if (commit_waits) assume(commit_valid && commit_bit == last_commit);
    end

    always @(*) begin
        one_owner: assert(of_commit + of_manager + of_door == table_valid);
        ready_commit: assert(commit_ready == (of_commit && table_ready));
        ready_door: assert(door_ready == (of_door && table_ready));
        if (of_door) door_command: assert(door_valid && table_bit == door_bit);
        if (of_commit) commit_command: assert(commit_valid && table_bit == commit_bit);
        if (of_manager) manager_at_table: assert(\dut.state$q == 3);
    end
    always @(posedge clock) if (started) begin
        if ($past(table_valid && !table_ready)) command_stays: assert(table_valid && $stable(table_bit));
        if ($past(table_valid && table_ready)) then_free: assert(!table_valid);
        if ($past(commit_keeps && !table_valid)) kept: assert(!table_valid);
        if ($past(!table_valid && !commit_keeps && commit_valid)) commit_first: assert(of_commit);
        if ($past(!table_valid && !commit_keeps && door_valid && !commit_valid && !manager_busy)) then_door: assert(of_door);
        gathered: assert(gather_valid == $past(gathers) && (!gather_valid || gather_readers == $past(readers)));
        counted: assert(evictions == $past(evictions) + $past({63'd0, table_valid && table_ready && evicted}));
        if ($past(of_manager && table_ready)) result: assert(!manager_busy && manager_outcome == $past(outcome)
            && manager_readers == $past(readers) && manager_waiting == $past(waiting) && manager_changed == $past(changed)
            && manager_evicted == $past(evicted));
        else result_stays: assert($stable(manager_outcome) && $stable(manager_readers) && $stable(manager_waiting));
        if ($past(manager_busy && !(of_manager && table_ready))) busy_until_done: assert(manager_busy);
        if ($past(request_valid && !request_ready)) request_stays: assert(request_valid && $stable(request_address));
    end
endmodule
