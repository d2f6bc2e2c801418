// LaunchUnit: an operation that waits stays; the processor's operations pass as they are when the unit has none, and only then; moves begin when the mover is
// free, the processor's as they are given; START comes only after counts that fit and moves that went well, and after RESET, to the lane of the launch; nothing
// happens after an error.
module formal(
    input clock, input reset, input start, input [4:0] start_lane, input with_block, input [31:0] payload, input [31:0] payload_bytes,
    input [31:0] place, input [31:0] record_bytes, input [31:0] block, input own_start, input [2:0] own_source, input [2:0] own_destination,
    input [63:0] own_source_address, input [63:0] own_destination_address, input [19:0] own_beats, input [31:0] own_valid_bytes,
    input near_busy, input near_failed, input row_taken, input [255:0] row, input own_valid, input [5:0] own_lane, input own_all,
    input [3:0] own_op, input [31:0] own_address, input [255:0] own_data, input bus_ready
);
    wire busy, failed, bad, near_start, own_ready, bus_valid, bus_all;
    wire [31:0] launching, valid_bytes, bus_address;
    wire [4:0] lane;
    wire [2:0] source, destination;
    wire [63:0] source_address, destination_address;
    wire [19:0] beats;
    wire [5:0] bus_lane;
    wire [3:0] bus_op;
    wire [255:0] bus_data;
    top dut(
        .clock(clock), .reset(reset), .start(start), .start_lane(start_lane), .with_block(with_block), .payload(payload),
        .payload_bytes(payload_bytes), .place(place), .record_bytes(record_bytes), .block(block), .busy(busy), .launching(launching),
        .failed(failed), .bad(bad), .lane(lane), .own_start(own_start), .own_source(own_source), .own_destination(own_destination),
        .own_source_address(own_source_address), .own_destination_address(own_destination_address), .own_beats(own_beats),
        .own_valid_bytes(own_valid_bytes), .near_start(near_start), .source(source), .destination(destination),
        .source_address(source_address), .destination_address(destination_address), .beats(beats), .valid_bytes(valid_bytes),
        .near_busy(near_busy), .near_failed(near_failed), .row_taken(row_taken), .row(row), .own_valid(own_valid), .own_ready(own_ready),
        .own_lane(own_lane), .own_all(own_all), .own_op(own_op), .own_address(own_address), .own_data(own_data), .bus_valid(bus_valid),
        .bus_ready(bus_ready), .bus_lane(bus_lane), .bus_all(bus_all), .bus_op(bus_op), .bus_address(bus_address), .bus_data(bus_data)
    );
    // Numbers of `LaneOp`.
    localparam [3:0] RESET = 0, START = 4;
    (* hierconn *) wire [3:0] \dut.state$q ;
    (* hierconn *) wire \dut.moving$q ;
    (* hierconn *) wire \dut.too_large$q ;
    (* hierconn *) wire [27:0] \dut.whole$q ;
    (* hierconn *) wire [19:0] \dut.bytes_held$q ;
    (* hierconn *) wire [23:0] \dut.words$q ;
    (* hierconn *) wire [27:0] \dut.lead_bytes$q ;
    (* hierconn *) wire [19:0] \dut.access$q ;
    (* hierconn *) wire [19:0] \dut.auths$q ;
    (* hierconn *) wire [19:0] \dut.blobs$q ;
    (* hierconn *) wire [19:0] \dut.calldata$q ;
    wire [27:0] words = 16 + \dut.access$q + 4 * \dut.auths$q + \dut.blobs$q ;
    wire [27:0] whole = 32 * words + 32 * ((\dut.calldata$q + 28'd31) / 32);
    wire [3:0] state = \dut.state$q ;
    wire moving = \dut.moving$q ;

    reg started = 0;
    always @(posedge clock) started <= 1;
    // The mover is busy from the cycle after its start; the processor moves and launches nothing while it is told to wait, what it offers stays.
    reg last_start = 0, last_busy = 0, waits = 0;
    reg [298:0] last_op;
    wire [298:0] own = {own_lane, own_all, own_op, own_address, own_data};
    always @(posedge clock) begin
        last_start <= near_start && !reset;
        last_busy <= near_busy && !reset;
        waits <= own_valid && !own_ready;
        last_op <= own;
    end
    always @(*) begin
        assume(last_start ? near_busy : (!near_busy || last_busy));
        assume(!(start || own_start) || (!busy && !near_busy));
        assume(!(start && own_start));
        if (waits) assume(own_valid && own == last_op);
        if (reset) assume(!own_valid && !start && !own_start);
    end

    // Since the launch began: RESET has been on the bus, and no move has failed.
    reg was_reset = 0, well = 0, fits = 0;
    wire offers = state == 1 || state == 2 || state == 3 || state == 7 || state == 8 || state == 9;
    wire ends = moving && !near_busy;
    always @(posedge clock) begin
        if (start && !busy) begin was_reset <= 0; well <= 1; fits <= 0; end
        if (bus_valid && bus_ready && offers && bus_op == RESET) was_reset <= 1;
        if (ends && near_failed) well <= 0;
        if (state == 5 && ends) fits <= !\dut.too_large$q && \dut.whole$q <= {8'd0, \dut.bytes_held$q };
    end
    // The header's move takes sixteen rows: the sums are there before its end.
    reg [1:0] age = 0;
    always @(posedge clock) age <= state != 5 ? 0 : age == 3 ? 3 : age + 1;
    always @(*) begin
        assume(!(state == 5 && ends) || age == 3);
        if (state == 5 && age >= 1 || state >= 6 && state <= 9) sum_words: assert(\dut.words$q == words[23:0]);
        if (state == 5 && age >= 2 || state >= 6 && state <= 9) sum_bytes: assert(\dut.lead_bytes$q == 32 * words);
        if (state == 5 && age >= 3 || state >= 6 && state <= 9) sum_whole: assert(\dut.whole$q == whole);
        if (state >= 6 && state <= 9) calldata_inside: assert(whole <= \dut.bytes_held$q );
        state_exists: assert(state <= 10);
        moves_in_moves: assert(!moving || state == 4 || state == 5 || state == 6);
        is_busy: assert(busy == (state != 0 && state != 10));
        stops: assert((bad || failed) == (state == 10) && !(bad && failed));
        one_lane: assert(launching == (state == 0 ? 0 : 32'd1 << lane));
        mover_free: assert(!near_start || !near_busy);
        mover_owned: assert(!near_busy || moving || !busy);
        if (own_start) own_move: assert(near_start && {source, destination, source_address, destination_address, beats, valid_bytes}
            == {own_source, own_destination, own_source_address, own_destination_address, own_beats, own_valid_bytes});
        if (near_start && !own_start) a_move: assert(busy);
        if (!offers) passes: assert(bus_valid == own_valid && own_ready == bus_ready && {bus_lane, bus_all, bus_op, bus_address, bus_data} == own);
        else its_own: assert(bus_valid && !own_ready && bus_lane == {1'b0, lane} && !bus_all);
        if (offers && bus_op == START) may_start: assert(was_reset && well && fits);
        was_reset_first: assert(state <= 1 || state == 10 || was_reset);
        all_well: assert(state == 0 || state == 10 || well);
        counts_fit: assert(state < 6 || state == 10 || fits);
    end
    always @(posedge clock) if (started && !$past(reset)) begin
        if ($past(offers && !bus_ready)) stays: assert(bus_valid && $stable({bus_lane, bus_all, bus_op, bus_address, bus_data}));
        if ($past(busy)) lane_stays: assert($stable(lane));
        if ($past(state) == 10) stopped: assert(state == 10 && $stable({bad, failed}));
        if ($past(ends && near_failed)) failing: assert(failed);
        if ($past(start && !busy && state == 0)) begins: assert(state == 1 && lane == $past(start_lane));
    end
endmodule
