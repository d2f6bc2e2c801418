// StateTable: `ready` comes only for a command, results stay until the next one, and no state is without a way on.
module formal(
    input clock, input valid, input [3:0] op, input [1:0] kind, input [159:0] address, input [255:0] slot_key,
    input [15:0] entry, input [4:0] slot, input [1:0] field, input [63:0] seq, input [9:0] flags, input [255:0] value,
    input [63:0] nonce, input [255:0] code_hash, input [63:0] code
);
    localparam IDLE = 0, HASH = 1, PROBE = 2, CLOCK = 4, ADD = 9, WALK = 13, WIPE = 14, FINISH = 15;
    localparam CLEARSTORAGE = 9;

    wire ready, found_exists, evicted;
    wire [3:0] outcome, changed, state;
    wire [15:0] found_entry, way, tested;
    wire [255:0] found_value, found_code_hash;
    wire [63:0] found_nonce, found_code, floor;
    wire [2:0] found_known, limb;
    wire [31:0] readers, waiting;
    wire [16:0] pending, next, total;
    wire [1:0] step;
    wire probed, listed, looked, held;
    top dut(
        .clock(clock), .valid(valid), .ready(ready), .op(op), .kind(kind), .address(address), .slot_key(slot_key),
        .entry(entry), .slot(slot), .field(field), .seq(seq), .flags(flags), .value(value), .nonce(nonce),
        .code_hash(code_hash), .code(code), .key_write(1'b0), .key_index(3'd0), .key_data(64'd0), .outcome(outcome),
        .found_entry(found_entry), .found_value(found_value), .found_nonce(found_nonce),
        .found_code_hash(found_code_hash), .found_code(found_code), .found_exists(found_exists),
        .found_known(found_known), .readers(readers), .waiting(waiting), .changed(changed), .evicted(evicted),
        .floor(floor), .pending(pending),
        // Made visible by the script.
        .state$q(state), .limb$q(limb), .way$q(way), .tested$q(tested), .probed$q(probed), .step$q(step), .next$q(next),
        .total$q(total), .listed$q(listed), .looked$q(looked), .held$q(held)
    );

    reg last_valid = 0, last_ready = 0;
    reg [3:0] last_state = 0;
    reg [1311:0] last_command;
    reg [1007:0] last_results;
    reg [2:0] last_limb;
    reg last_probed;
    reg [15:0] last_tested;
    reg [1:0] last_step;
    reg [16:0] last_left;
    reg [2:0] last_stages;
    reg begun = 0;
    wire [1311:0] command = {op, kind, address, slot_key, entry, slot, field, seq, flags, value, nonce, code_hash, code};
    wire [1007:0] results = {outcome, found_entry, found_value, found_nonce, found_code_hash, found_code, found_exists,
        found_known, readers, waiting, changed, evicted, floor, pending};
    wire [16:0] left = total > next ? total - next : 0;
    always @(posedge clock) begin
        begun <= 1;
        last_valid <= valid;
        last_ready <= ready;
        last_state <= state;
        last_command <= command;
        last_results <= results;
        last_limb <= limb;
        last_probed <= probed;
        last_tested <= tested;
        last_step <= step;
        last_left <= left;
        last_stages <= {listed, looked, held};
    end

    always @(*) begin
        // A command stays until it is done.
        if (begun && last_valid && !last_ready) assume(valid && command == last_command);

        at_the_end: assert(ready == (state == FINISH));
        for_a_command: assert(state == IDLE || valid);
        if (begun && last_ready) then_idle: assert(state == IDLE && !ready);
        if (begun && last_state == IDLE && !last_valid) results_stay: assert(state == IDLE && results == last_results);
        if (begun && last_ready) results_stay_after: assert(results == last_results);

        // States that last: each cycle uses up something that is limited.
        hash_starts: assert(state == HASH || limb == 0);
        if (state == HASH) hash_bound: assert(limb >= 1 && limb <= (op == CLEARSTORAGE ? 3'd3 : kind == 1 ? 3'd2 : 3'd6));
        if (begun && last_state == HASH && state == HASH) hash_goes_on: assert(limb == last_limb + 1);
        if (state == HASH) hash_ready: assert(way == 0 && !probed);
        if (state == PROBE) way_bound: assert(way <= 1);
        if (state == PROBE && probed) tested_bound: assert(way == 1 && tested <= 1);
        if (state == PROBE && !probed) probe_begins: assert(way == 0);
        if (begun && last_state == PROBE && state == PROBE)
            probe_goes_on: assert(last_probed ? tested == last_tested + 1 : probed && tested == 0);
        add_ends: assert(state == ADD || step == 0);
        if (begun && last_state == ADD && state == ADD) add_goes_on: assert(step == last_step + 1);
        if (begun && last_state == WALK && state == WALK)
            walk_goes_on: assert(left < last_left || left == 0 && {listed, looked, held} < last_stages);
        if (begun && last_state == WIPE && state == WIPE) wipe_goes_on: assert(left < last_left);
        if (begun && last_state == state && state != HASH && state != PROBE && state != CLOCK && state != ADD && state != WALK
            && state != WIPE) no_other_lasts: assert(state == IDLE);
    end
endmodule
