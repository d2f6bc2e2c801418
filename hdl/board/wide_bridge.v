// From the card's AXI4 of 256 bits to one of 512 bits that keeps to what the shell of AWS F2 asks of its PCIM interface (AWS Shell Interface
// Specification and Shell Errata for F2): beats of 64 bytes alone, one read at a time, a write's address is that of its first
// 32-bit word, and data are never kept waiting once an address is out.
//
// Algorithm: the card's bursts are of up to 16 whole beats at rising addresses inside 512 bytes, so at most 9 wide beats. A write is gathered
// before its address goes out: the first enabled byte is known then. A read's beats are all taken as they come, and given on afterwards.
// Handshake: AXI4; one read and one write at a time. While `hold` is up no address is taken; `quiet` says that nothing is under way.
// Latency: a read begins to be answered when all of it is there. A write goes out one cycle after its last beat.
// Reset: `reset`, synchronous. What is under way is given up: first `hold` and wait for `quiet`.
module wide_bridge (
    input wire clock,
    input wire reset,
    input wire hold,
    output wire quiet,
    // From the card.
    input wire s_arvalid,
    output wire s_arready,
    input wire [63:0] s_araddr,
    input wire [7:0] s_arlen,
    output wire s_rvalid,
    input wire s_rready,
    output wire [255:0] s_rdata,
    output wire [1:0] s_rresp,
    output wire s_rlast,
    input wire s_awvalid,
    output wire s_awready,
    input wire [63:0] s_awaddr,
    input wire [7:0] s_awlen,
    input wire s_wvalid,
    output wire s_wready,
    input wire [255:0] s_wdata,
    input wire [31:0] s_wstrb,
    output wire s_bvalid,
    input wire s_bready,
    output wire [1:0] s_bresp,
    // To memory.
    output wire m_arvalid,
    input wire m_arready,
    output wire [63:0] m_araddr,
    output wire [7:0] m_arlen,
    output wire [2:0] m_arsize,
    output wire [1:0] m_arburst,
    input wire m_rvalid,
    output wire m_rready,
    input wire [511:0] m_rdata,
    input wire [1:0] m_rresp,
    input wire m_rlast,
    output wire m_awvalid,
    input wire m_awready,
    output wire [63:0] m_awaddr,
    output wire [7:0] m_awlen,
    output wire [2:0] m_awsize,
    output wire [1:0] m_awburst,
    output wire m_wvalid,
    input wire m_wready,
    output wire [511:0] m_wdata,
    output wire [63:0] m_wstrb,
    output wire m_wlast,
    input wire m_bvalid,
    output wire m_bready,
    input wire [1:0] m_bresp
);
    assign m_arsize = 3'd6;
    assign m_arburst = 2'd1;
    assign m_awsize = 3'd6;
    assign m_awburst = 2'd1;

    // Reads.
    localparam [1:0] R_IDLE = 0;
    localparam [1:0] R_ADDRESS = 1;
    localparam [1:0] R_TAKE = 2;
    localparam [1:0] R_GIVE = 3;

    reg [1:0] r_state = R_IDLE;
    reg [63:0] r_address;
    reg [7:0] r_left;
    reg [7:0] r_wide;
    reg [4:0] r_at;
    reg [3:0] r_row;
    reg [511:0] r_data [0:15];
    reg [1:0] r_resp [0:15];
    wire [3:0] r_from = r_at[4:1];
    wire [511:0] r_word = r_data[r_from];

    assign s_arready = r_state == R_IDLE && !hold;
    assign m_arvalid = r_state == R_ADDRESS;
    assign m_araddr = r_address;
    assign m_arlen = r_wide;
    assign m_rready = r_state == R_TAKE;
    assign s_rvalid = r_state == R_GIVE;
    assign s_rdata = r_at[0] ? r_word[511:256] : r_word[255:0];
    assign s_rresp = r_resp[r_from];
    assign s_rlast = r_left == 8'd0;

    always @(posedge clock) begin
        if (m_rvalid && m_rready) begin
            r_data[r_row] <= m_rdata;
            r_resp[r_row] <= m_rresp;
        end
    end

    always @(posedge clock) begin
        if (reset) r_state <= R_IDLE;
        else
            case (r_state)
                R_IDLE:
                    if (s_arvalid && s_arready) begin
                        r_address <= {s_araddr[63:5], 5'd0};
                        r_left <= s_arlen;
                        r_wide <= (s_arlen + {7'd0, s_araddr[5]}) >> 1;
                        r_at <= {4'd0, s_araddr[5]};
                        r_row <= 4'd0;
                        r_state <= R_ADDRESS;
                    end
                R_ADDRESS: if (m_arready) r_state <= R_TAKE;
                R_TAKE:
                    if (m_rvalid) begin
                        r_row <= r_row + 4'd1;
                        if (m_rlast) r_state <= R_GIVE;
                    end
                R_GIVE:
                    if (s_rready) begin
                        r_at <= r_at + 5'd1;
                        r_left <= r_left - 8'd1;
                        if (s_rlast) r_state <= R_IDLE;
                    end
            endcase
    end

    // Writes.
    localparam [2:0] W_IDLE = 0;
    localparam [2:0] W_GATHER = 1;
    localparam [2:0] W_ADDRESS = 2;
    localparam [2:0] W_GIVE = 3;
    localparam [2:0] W_ANSWER = 4;

    reg [2:0] w_state = W_IDLE;
    reg [63:0] w_address;
    reg [7:0] w_left;
    reg [7:0] w_wide;
    reg [4:0] w_at;
    reg [3:0] w_row;
    // Halves, so that a beat is written without touching the other one.
    reg [255:0] low_data [0:15];
    reg [255:0] high_data [0:15];
    reg [31:0] low_strobes [0:15];
    reg [31:0] high_strobes [0:15];
    // Rows whose halves were written in this burst: the first may lack its low half, the last its high one.
    reg first_low;
    reg last_high;
    reg [63:0] first_strobes;
    wire w_first = w_row == 4'd0;
    wire w_last = {4'd0, w_row} == w_wide;
    wire [3:0] w_to = w_at[4:1];

    // Number of the first 32-bit word with an enabled byte; the start of the burst if there is none.
    reg [3:0] first_word;
    integer i;
    always @(*) begin
        first_word = {w_address[5], 3'd0};
        for (i = 15; i >= 0; i = i - 1) if (first_strobes[4*i +: 4] != 4'd0) first_word = i[3:0];
    end

    assign s_awready = w_state == W_IDLE && !hold;
    assign s_wready = w_state == W_GATHER;
    assign m_awvalid = w_state == W_ADDRESS;
    assign m_awaddr = {w_address[63:6], first_word, 2'd0};
    assign m_awlen = w_wide;
    assign m_wvalid = w_state == W_GIVE;
    assign m_wdata = {high_data[w_row], low_data[w_row]};
    assign m_wstrb = {w_last && !last_high ? 32'd0 : high_strobes[w_row], w_first && !first_low ? 32'd0 : low_strobes[w_row]};
    assign m_wlast = w_last;
    assign s_bvalid = w_state == W_ANSWER && m_bvalid;
    assign m_bready = w_state == W_ANSWER && s_bready;
    assign s_bresp = m_bresp;

    always @(posedge clock) begin
        if (s_wvalid && s_wready) begin
            if (w_at[0]) begin
                high_data[w_to] <= s_wdata;
                high_strobes[w_to] <= s_wstrb;
            end else begin
                low_data[w_to] <= s_wdata;
                low_strobes[w_to] <= s_wstrb;
            end
        end
    end

    always @(posedge clock) begin
        if (reset) w_state <= W_IDLE;
        else
            case (w_state)
                W_IDLE:
                    if (s_awvalid && s_awready) begin
                        w_address <= {s_awaddr[63:5], 5'd0};
                        w_left <= s_awlen;
                        w_wide <= (s_awlen + {7'd0, s_awaddr[5]}) >> 1;
                        w_at <= {4'd0, s_awaddr[5]};
                        w_row <= 4'd0;
                        first_low <= !s_awaddr[5];
                        first_strobes <= 64'd0;
                        w_state <= W_GATHER;
                    end
                W_GATHER:
                    if (s_wvalid) begin
                        if (w_to == 4'd0) begin
                            if (w_at[0]) first_strobes[63:32] <= s_wstrb;
                            else first_strobes[31:0] <= s_wstrb;
                        end
                        last_high <= w_at[0];
                        w_at <= w_at + 5'd1;
                        w_left <= w_left - 8'd1;
                        if (w_left == 8'd0) w_state <= W_ADDRESS;
                    end
                W_ADDRESS: if (m_awready) w_state <= W_GIVE;
                W_GIVE:
                    if (m_wready) begin
                        w_row <= w_row + 4'd1;
                        if (w_last) w_state <= W_ANSWER;
                    end
                default: if (m_bvalid && s_bready) w_state <= W_IDLE;
            endcase
    end

    assign quiet = r_state == R_IDLE && w_state == W_IDLE;
endmodule
