// BurstWalk: bursts have 1 to 16 beats and stay in their 4 KiB, the steps cover the range and end with it.
module formal(
    input clock, input reset, input load, input [63:0] load_address, input [19:0] load_beats, input step_beat,
    input step_burst
);
    wire active, burst_ends, beat_is_last, burst_is_last;
    wire [4:0] length;
    wire [63:0] address;
    top dut(
        .clock(clock), .reset(reset), .load(load), .load_address(load_address), .load_beats(load_beats),
        .step_beat(step_beat), .step_burst(step_burst), .active(active), .address(address), .length(length),
        .burst_ends(burst_ends), .beat_is_last(beat_is_last), .burst_is_last(burst_is_last)
    );
    (* hierconn *) wire [19:0] \dut.left$q ;

    reg started = 0;
    always @(posedge clock) started <= 1;

    always @(*) begin
        assume(load_address[4:0] == 0);
        assume(!(step_beat && step_burst));
        if (step_beat || step_burst) assume(active);
    end
    wire [19:0] left = \dut.left$q ;
    always @(*) begin
        aligned: assert(address[4:0] == 0);
        if (active) begin
            not_over: assert(left != 0);
            beats: assert(length != 0 && length <= 16 && length <= left);
            in_page: assert({1'b0, address[11:0]} + {length, 5'b0} <= 4096);
            longest: assert(length == left || address[8:5] + length == 16);
            last_beat: assert(beat_is_last == (left == 1));
            last_burst: assert(burst_is_last == (left == length));
            border: assert(burst_ends == (length == 1));
        end
    end
    always @(posedge clock) if (started) begin
        if ($past(load && !reset)) loaded: assert(active == $past(load_beats != 0) && left == $past(load_beats) && address == $past(load_address));
        if ($past(!load && !reset && step_beat)) by_beat: assert(left == $past(left) - 1 && address == $past(address) + 32 && active == (left != 0));
        if ($past(!load && !reset && step_burst)) by_burst: assert(
            left == $past(left) - $past(length) && address == $past(address) + {$past(length), 5'b0} && active == (left != 0)
        );
        if ($past(!load && !reset && !step_beat && !step_burst)) stays: assert($stable(left) && $stable(address) && $stable(active));
        if ($past(reset)) forgets: assert(!active);
    end
endmodule
