// StateTable: what an operation makes of an entry in the registers, whatever stands in registers and memories. Writes name exactly
// the readers of fields that change; bits of readers are set as READ and NEED ask, and cleared by FORGET alone; only
// an entry without bits gives way to another.
module formal(
    input clock, input valid, input [3:0] op, input [1:0] kind, input [159:0] address, input [255:0] slot_key,
    input [15:0] entry, input [4:0] slot, input [1:0] field, input [63:0] seq, input [9:0] flags, input [255:0] value,
    input [63:0] nonce, input [255:0] code_hash, input [63:0] code
);
    localparam READ = 0, NEED = 1, APPLY = 4, TRYENTRY = 6, APPLYENTRY = 7, CLEARSTORAGE = 9;
    localparam DONE = 0;
    localparam PROBE = 2, CLOCK = 4, CHECK = 10, EVALUATE = 11, WALK = 13;

    wire ready, found_exists, evicted;
    wire [3:0] outcome, changed;
    wire [15:0] found_entry;
    wire [255:0] found_value, found_code_hash;
    wire [63:0] found_nonce, found_code, floor;
    wire [2:0] found_known;
    wire [31:0] readers, waiting;
    wire [16:0] pending;
    // Made visible by the script.
    wire [3:0] state;
    wire fresh, held, probed, marks_write, contents_write;
    wire [31:0] value_mask, nonce_mask, code_mask, wait_mask;
    wire [31:0] value_put, nonce_put, code_put, wait_put;
    wire [31:0] value_read, nonce_read, code_read, wait_read;
    wire [255:0] head_read, head;
    wire [15:0] put_at, held_entry, tested, way;
    wire [7:0] idle_ways;
    wire [23:0] row;
    top dut(
        .clock(clock), .valid(valid), .ready(ready), .op(op), .kind(kind), .address(address), .slot_key(slot_key),
        .entry(entry), .slot(slot), .field(field), .seq(seq), .flags(flags), .value(value), .nonce(nonce),
        .code_hash(code_hash), .code(code), .key_write(1'b0), .key_index(3'd0), .key_data(64'd0), .outcome(outcome),
        .found_entry(found_entry), .found_value(found_value), .found_nonce(found_nonce),
        .found_code_hash(found_code_hash), .found_code(found_code), .found_exists(found_exists),
        .found_known(found_known), .readers(readers), .waiting(waiting), .changed(changed), .evicted(evicted),
        .floor(floor), .pending(pending),
        .state$q(state), .fresh$q(fresh), .held$q(held), .probed$q(probed), .head$q(head), .way$q(way), .row$q(row),
        .value_mask$q(value_mask), .nonce_mask$q(nonce_mask), .code_mask$q(code_mask), .wait_mask$q(wait_mask),
        .value_marks$write_data(value_put), .nonce_marks$write_data(nonce_put), .code_marks$write_data(code_put),
        .wait_marks$write_data(wait_put), .put_marks(marks_write), .put_contents(contents_write), .target(put_at),
        .value_marks$data(value_read), .nonce_marks$data(nonce_read), .code_marks$data(code_read),
        .wait_marks$data(wait_read), .heads$data(head_read), .held_entry$q(held_entry), .tested$q(tested),
        .idle_ways$q(idle_ways)
    );

    reg [3:0] last_state, state_before, last_op, last_outcome;
    reg last_contents_write, last_probed, last_fresh;
    reg [31:0] last_value_mask, last_nonce_mask, last_code_mask, last_wait_mask, last_read_marks;
    reg [255:0] last_value, last_hash, last_head_read;
    reg [63:0] last_nonce, last_code;
    reg [2:0] last_known;
    reg last_exists;
    reg [7:0] last_idle_ways;
    reg [15:0] last_tested;
    reg [23:0] last_row;
    reg [1:0] age = 0;
    always @(posedge clock) begin
        age <= age == 2 ? 2 : age + 1;
        last_state <= state;
        state_before <= last_state;
        last_op <= op;
        last_outcome <= outcome;
        last_contents_write <= contents_write;
        last_value_mask <= value_mask;
        last_nonce_mask <= nonce_mask;
        last_code_mask <= code_mask;
        last_wait_mask <= wait_mask;
        last_value <= found_value;
        last_nonce <= found_nonce;
        last_hash <= found_code_hash;
        last_code <= found_code;
        last_known <= found_known;
        last_exists <= found_exists;
        last_probed <= probed;
        last_fresh <= fresh;
        last_tested <= tested;
        last_idle_ways <= idle_ways;
        last_row <= row;
        last_head_read <= head_read;
        last_read_marks <= value_read | nonce_read | code_read | wait_read;
    end

    // An operation does not change on its way.
    reg [1311:0] last_command;
    wire [1311:0] command = {op, kind, address, slot_key, entry, slot, field, seq, flags, value, nonce, code_hash, code};
    always @(posedge clock) last_command <= command;
    always @(*) if (age != 0) assume(command == last_command);

    wire account = head[161:160] == 1;
    wire is_write = op == APPLY || op == TRYENTRY || op == APPLYENTRY;
    wire was_write = last_op == APPLY || last_op == TRYENTRY || last_op == APPLYENTRY;
    wire [31:0] bit_of = 32'd1 << slot[0];
    wire settled = op == READ ? (account && field[1] ? found_known[2] : account && field[0] ? found_known[1] : found_known[0])
        : found_known[0] && (!account || found_known[2:1] == 2'b11);

    // A write, which passes Check and Evaluate. It never begins an entry.
    wire wrote = age == 2 && state_before == CHECK && last_state == EVALUATE && was_write && outcome == DONE && !last_fresh;
    always @(*) begin
        if (wrote) begin
            named: assert(readers == ((changed[0] ? last_value_mask : 0) | (changed[1] ? last_nonce_mask : 0)
                | (changed[2] ? last_code_mask : 0)));
            value_changes: assert(changed[0] == (found_value != last_value || found_known[0] != last_known[0]));
            nonce_changes: assert(changed[1] == (found_nonce != last_nonce || found_known[1] != last_known[1]));
            code_changes: assert(changed[2]
                == (found_code_hash != last_hash || found_code != last_code || found_known[2] != last_known[2]));
            existence: assert(changed[3] == (found_exists != last_exists));
            woken: assert(waiting == last_wait_mask);
            nothing_forgotten: assert((last_known & ~found_known) == 0);
            made: assert(last_contents_write == (last_op != TRYENTRY));
        end
        // Nothing has decided its outcome before.
        if (age == 2 && state_before == CHECK && last_state == EVALUATE && was_write && outcome != DONE
            && last_outcome == DONE && !last_fresh)
            not_made: assert(!last_contents_write);

        // Reader bits.
        if (state == EVALUATE && (op == READ || op == NEED)) begin
            bits_are_written: assert(marks_write && put_at == found_entry);
            waits_or_not: assert(wait_put
                == (settled || head[166] ? wait_mask & ~bit_of : wait_mask | bit_of));
            if (op == NEED) pinned: assert(value_put == (value_mask | bit_of) && nonce_put == nonce_mask && code_put == code_mask);
            if (op == READ && !(settled || head[166]))
                not_marked: assert(value_put == value_mask && nonce_put == nonce_mask && code_put == code_mask);
            if (op == READ && (settled || head[166])) begin
                value_bit: assert(value_put == (!account || field == 0 ? value_mask | bit_of : value_mask));
                nonce_bit: assert(nonce_put == (account && field == 1 ? nonce_mask | bit_of : nonce_mask));
                code_bit: assert(code_put == (account && field[1] ? code_mask | bit_of : code_mask));
            end
        end
        if (state == EVALUATE && marks_write && op != READ && op != NEED) new_entry_only: assert(fresh);
        if (state == EVALUATE && marks_write) kept: assert(((value_mask & ~value_put) | (nonce_mask & ~nonce_put)
            | (code_mask & ~code_put)) == 0);
        if (state == WALK && marks_write) begin
            forgets: assert(held && op != CLEARSTORAGE && put_at == held_entry);
            one_slot: assert(value_put == (value_mask & ~bit_of) && nonce_put == (nonce_mask & ~bit_of)
                && code_put == (code_mask & ~bit_of) && wait_put == (wait_mask & ~bit_of));
        end
        if (state != WALK && state != EVALUATE) elsewhere: assert(!marks_write && !contents_write);

        // Victims.
        if (age != 0 && last_state == PROBE && last_probed && state == PROBE && (idle_ways & ~last_idle_ways) != 0) begin
            idle: assert(last_read_marks == 0 && !last_head_read[167]);
            this_way: assert((idle_ways & ~last_idle_ways) == 8'd1 << last_tested[2:0]);
        end
        if (age != 0 && last_state == CLOCK && state != CLOCK) victim: assert(idle_ways[last_row[18:16]] && way == last_row[23:16]);
    end
endmodule
