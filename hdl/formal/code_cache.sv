// CodeCache against a code store in which every line holds its own address: what hits is the line that was asked for; a
// refill is asked for until it is taken, with one address, and never while lines of the one before are still to come.
module formal(input clock, input flush, input read, input [31:0] line, input fill_ready, input may_fill);
    wire hit, fill_request, filling;
    wire [255:0] data;
    wire [31:0] fill_line;

    reg [2:0] to_come = 0;
    reg [31:0] coming = 0;
    wire fill_valid = may_fill && to_come != 0;
    top dut(
        .clock(clock), .flush(flush), .read(read), .line(line), .hit(hit), .data(data), .fill_request(fill_request),
        .fill_line(fill_line), .fill_ready(fill_ready), .fill_valid(fill_valid), .fill_data({8{coming}}), .filling(filling)
    );

    reg last_read = 0;
    reg last_waiting = 0;
    reg [31:0] last_line = 0;
    reg [31:0] last_fill_line = 0;
    always @(posedge clock) begin
        last_read <= read;
        last_line <= line;
        last_waiting <= fill_request && !fill_ready;
        last_fill_line <= fill_line;
        if (fill_request && fill_ready) begin
            to_come <= 4;
            coming <= fill_line;
        end else if (fill_valid) begin
            to_come <= to_come - 1;
            coming <= coming + 1;
        end
    end

    always @(*) begin
        asked: assert(!hit || last_read);
        right: assert(!hit || data == {8{last_line}});
        single: assert(!fill_request || to_come == 0);
        busy: assert(to_come == 0 || filling);
        if (last_waiting) begin
            stays: assert(fill_request);
            same: assert(fill_line == last_fill_line);
        end
    end
endmodule
