// StateDoor: what is offered to bus and table stays until it is taken; only lanes that ask, are enabled and not blocked are served; a lane gets the value that the
// table gave for it, and only if it is enabled; any other outcome blocks it until it is tried again. A key that the table has requested is offered to the host, with
// the tag of its transaction, exactly once, whether or not somebody still waits for it.
module formal(
    input clock, input [31:0] asks, input [31:0] enable, input [31:0] retry, input map_write, input [4:0] map_lane,
    input [4:0] map_slot, input [31:0] map_tag, input ask_ready, input bus_ready, input response_valid, input [255:0] response_data, input door_ready,
    input [3:0] outcome, input [255:0] found_value, input [63:0] found_nonce, input [255:0] found_code_hash,
    input [63:0] found_code, input [4:0] outcome_lane
);
    wire bus_valid, door_valid, serving, ask_valid;
    wire [1:0] door_kind, door_field, ask_kind;
    wire [3:0] bus_op, outcome_value;
    wire [4:0] door_slot, serving_lane;
    wire [5:0] bus_lane;
    wire [31:0] bus_address, blocked, refused, ask_tag, waited_value;
    wire [63:0] bus_code, reads, asks_made;
    wire [159:0] door_address, ask_address;
    wire [255:0] bus_data, door_slot_key, ask_slot;
    top dut(
        .clock(clock), .asks(asks), .enable(enable), .retry(retry), .map_write(map_write), .map_lane(map_lane),
        .map_slot(map_slot), .map_tag(map_tag), .ask_ready(ask_ready), .ask_valid(ask_valid),
        .ask_tag(ask_tag), .ask_kind(ask_kind), .ask_address(ask_address), .ask_slot(ask_slot), .waited_value(waited_value),
        .asked(asks_made), .bus_valid(bus_valid), .bus_ready(bus_ready), .bus_lane(bus_lane), .bus_op(bus_op),
        .bus_address(bus_address), .bus_data(bus_data), .bus_code(bus_code), .response_valid(response_valid),
        .response_data(response_data), .door_valid(door_valid), .door_ready(door_ready), .door_kind(door_kind),
        .door_address(door_address), .door_slot_key(door_slot_key), .door_slot(door_slot), .door_field(door_field),
        .outcome(outcome), .found_value(found_value), .found_nonce(found_nonce), .found_code_hash(found_code_hash),
        .found_code(found_code), .blocked(blocked), .refused(refused), .outcome_lane(outcome_lane),
        .outcome_value(outcome_value), .serving(serving), .serving_lane(serving_lane), .reads(reads)
    );
    localparam STATE = 5, STATUS = 14;
    localparam IDLE = 0, ASK_KEY = 2, ROWS = 3, READ = 4, GIVE = 5, ASK = 6;
    (* hierconn *) wire [2:0] \dut.state$q ;
    (* hierconn *) wire \dut.is_cut ;
    (* hierconn *) wire [31:0] \dut.candidates$q ;
    (* hierconn *) wire \dut.half$q ;
    (* hierconn *) wire [31:0] \dut.tag$q ;
    (* hierconn *) wire [255:0] \dut.slot_row$q ;
    (* hierconn *) wire [255:0] \dut.key_row$q ;
    wire [2:0] state = \dut.state$q ;
    wire cut = \dut.is_cut ;
    wire done = outcome == 0;
    wire ends = door_valid && door_ready;
    // A key that the host is to be asked for appears.
    wire requests = ends && outcome == 1;

    reg started = 0;
    always @(posedge clock) started <= 1;
    // The slot of a lane does not change while it is served.
    always @(*) assume(!map_write || !serving || map_lane != serving_lane);
    // Rows come only for STATUS operations that the bus has taken.
    reg [1:0] due = 0;
    wire asked = bus_valid && bus_ready && bus_op == STATUS;
    always @(*) assume(!response_valid || due != 0);
    // Lanes that could be served a cycle ago.
    reg [31:0] could = 0, last_could = 0;
    always @(posedge clock) begin
        due <= due + asked - response_valid;
        could <= asks & enable & ~blocked;
        last_could <= could;
    end

    always @(*) begin
        states: assert(state <= ASK);
        serves: assert(serving == (state != IDLE && state != ASK));
        reads_in_turn: assert(door_valid == (state == READ));
        gives: assert((bus_valid && bus_op == STATE) == (state == GIVE));
        rows_due: assert(due == (state == ASK_KEY ? 1 : state == ROWS ? 2 : 0) - \dut.half$q );
        if (state != ASK_KEY && state != ROWS) whole: assert(!\dut.half$q );
        chosen_from: assert((\dut.candidates$q & ~could) == 0);
        refused_are_blocked: assert((refused & ~blocked) == 0);
        no_blocked_candidate: assert((\dut.candidates$q & blocked) == 0);
        if (serving) not_blocked_yet: assert(!blocked[serving_lane]);
        if (bus_valid) its_lane: assert(bus_lane == {1'b0, serving_lane});
    end
    always @(posedge clock) if (started) begin
        if ($past(bus_valid && !bus_ready)) bus_stays: assert(bus_valid && $stable(bus_lane) && $stable(bus_op)
            && $stable(bus_address) && $stable(bus_data) && $stable(bus_code));
        if ($past(door_valid && !door_ready)) read_stays: assert(door_valid && $stable(door_kind) && $stable(door_address)
            && $stable(door_slot_key) && $stable(door_slot) && $stable(door_field));
        if ($past(ends)) read_once: assert(!door_valid);
        if ($past(state != IDLE) && state != IDLE) same_lane: assert($stable(serving_lane));
        if ($past(state == IDLE) && state != IDLE)
            served: assert(last_could[serving_lane]);
        if ($past(state != GIVE) && state == GIVE) begin
            value_comes: assert($past(ends && done && !cut));
            value_of_field: assert(bus_data == ($past(door_field) == 0 ? $past(found_value)
                : $past(door_field) == 1 ? {192'd0, $past(found_nonce)} : $past(found_code_hash)));
            code_of_field: assert(bus_code == ($past(door_field) >= 2 ? $past(found_code) : 64'd0));
        end
        if ($past(ends && done && !cut)) done_is_given: assert(state == GIVE);
        if ($past(ends && !done && !cut)) other_blocks: assert(blocked[$past(serving_lane)]);
        if ($past(ends && cut)) cut_blocks_nobody: assert((blocked & ~$past(blocked)) == 0);
        if (!$past(ends)) nobody_else: assert((blocked & ~$past(blocked)) == 0);
        if ($past(ends && !cut)) refusal: assert(refused[$past(serving_lane)] == ($past(outcome) > 2));
        stays_blocked: assert(($past(blocked) & ~$past(retry) & $past(enable) & ~blocked) == 0);
        if ($past(ask_valid && !ask_ready)) ask_stays: assert(ask_valid && $stable(ask_tag) && $stable(ask_kind)
            && $stable(ask_address) && $stable(ask_slot));
        // A key comes from the READ that requested it, at once if there is room, else from where it waits.
        if ($past(requests && (!ask_valid || ask_ready))) asked_at_once: assert(ask_valid && ask_tag == $past(\dut.tag$q )
            && ask_kind == $past(door_kind) && ask_address == $past(door_address)
            && ask_slot == ($past(door_kind) == 1 ? 256'd0 : $past(door_slot_key)));
        if ($past(requests && ask_valid && !ask_ready)) key_waits: assert(state == ASK);
        if ($past(state == ASK) && state == ASK) key_kept: assert($stable(\dut.key_row$q ) && $stable(\dut.slot_row$q )
            && $stable(\dut.tag$q ));
        if ($past(state == ASK)) left_with_room: assert((state == ASK) == $past(ask_valid && !ask_ready));
        if ($past(!ask_valid || ask_ready) && ask_valid) asked_once: assert($past(requests || state == ASK));
        if ($past(state != ASK) && state == ASK) waits_for_a_reason: assert($past(requests));
        counts_asks: assert(asks_made == $past(asks_made) + $past({63'd0, ask_valid && ask_ready}));
        counts: assert(reads == $past(reads) + $past({63'd0, ends}));
    end
endmodule
