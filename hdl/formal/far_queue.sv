// FarQueue: a move starts when the mover is free and none has failed; each that ends counts once in `done`, and once in `ended` unless it is quiet; after a
// failure nothing starts.
module formal(
    input clock, input reset, input push, input quiet, input [2:0] push_source, input [2:0] push_destination,
    input [63:0] push_source_address, input [63:0] push_destination_address, input [19:0] push_beats, input [31:0] push_valid_bytes,
    input seen, input far_busy, input far_failed
);
    wire ended, failed, start;
    wire [31:0] done, failed_address, valid_bytes;
    wire [2:0] source, destination;
    wire [63:0] source_address, destination_address;
    wire [19:0] beats;
    top dut(
        .clock(clock), .reset(reset), .push(push), .quiet(quiet), .push_source(push_source), .push_destination(push_destination),
        .push_source_address(push_source_address), .push_destination_address(push_destination_address), .push_beats(push_beats),
        .push_valid_bytes(push_valid_bytes), .seen(seen), .ended(ended), .done(done), .failed(failed), .failed_address(failed_address),
        .start(start), .source(source), .destination(destination), .source_address(source_address),
        .destination_address(destination_address), .beats(beats), .valid_bytes(valid_bytes), .far_busy(far_busy), .far_failed(far_failed)
    );
    (* hierconn *) wire \dut.moving$q ;
    (* hierconn *) wire \dut.is_quiet$q ;
    (* hierconn *) wire [5:0] \dut.unseen$q ;
    (* hierconn *) wire [7:0] \dut.moves.count$q ;
    (* hierconn *) wire \dut.moves.any$q ;
    (* hierconn *) wire \dut.moves.full$q ;
    wire moving = \dut.moving$q ;
    wire [5:0] unseen = \dut.unseen$q ;

    reg started = 0, last_start = 0, last_busy = 0;
    // Pushed and not ended, or not noticed: the processor has no more than 16 of each.
    reg [5:0] outstanding = 0, queued = 0;
    wire ends = moving && !far_busy;
    wire notices = seen && unseen != 0;
    always @(posedge clock) begin
        started <= 1;
        last_start <= start && !reset;
        last_busy <= far_busy && !reset;
        queued <= reset ? 0 : queued + push - start;
        outstanding <= reset ? 0 : outstanding + push - (ends && \dut.is_quiet$q ) - notices;
    end
    always @(*) begin
        assume(last_start ? far_busy : (!far_busy || last_busy));
        assume(!push || (queued + moving < 16 && outstanding < 32));
        if (reset) assume(!push);
        counts: assert({2'd0, outstanding} == {2'd0, queued} + {7'd0, moving} + {2'd0, unseen} && outstanding <= 32 && queued + moving <= 16);
        queue: assert(\dut.moves.count$q == {2'd0, queued} && \dut.moves.any$q == (queued != 0) && \dut.moves.full$q == (queued == 16));
        starts: assert(!start || (!far_busy && !moving && !failed));
        busy_with_it: assert(!far_busy || moving);
        at_rest: assert(!failed || !moving);
        tells: assert(ended == (unseen != 0));
    end
    always @(posedge clock) if (started && !$past(reset)) begin
        counted: assert(done == $past(done) + $past(ends));
        if ($past(ends)) failing: assert(failed == $past(far_failed));
        if ($past(failed)) stays: assert(failed && !start);
        if ($past(ends && !\dut.is_quiet$q )) told: assert(ended);
        if ($past(moving && !ends)) address: assert($stable(failed_address));
    end
endmodule
