// Between the host and the card's registers: no access is lost in a reset of the card.
//
// Algorithm: an access is let through unless the card is in reset or held; one read and one write at a time. What has begun goes on to its
// response: an address or data of a write that has passed lets the other one pass too.
// Handshake: AXI4-Lite. `quiet`: nothing is under way and nothing will begin while `hold` is up.
// Latency: none on the way there and back; a cycle between two accesses.
// Reset: `reset`, synchronous, is the card's. What is under way then gets no response: first `hold` and wait for `quiet`.
module lite_gate (
    input wire clock,
    input wire reset,
    input wire hold,
    output wire quiet,
    // From the host.
    input wire s_awvalid,
    output wire s_awready,
    input wire s_wvalid,
    output wire s_wready,
    output wire s_bvalid,
    input wire s_bready,
    input wire s_arvalid,
    output wire s_arready,
    output wire s_rvalid,
    input wire s_rready,
    // To the card.
    output wire m_awvalid,
    input wire m_awready,
    output wire m_wvalid,
    input wire m_wready,
    input wire m_bvalid,
    output wire m_bready,
    output wire m_arvalid,
    input wire m_arready,
    input wire m_rvalid,
    output wire m_rready
);
    // Channels that nothing passes. A channel with an offer that has not been taken stays open.
    reg stop_ar = 1'b1;
    reg stop_aw = 1'b1;
    reg stop_w = 1'b1;
    reg reading = 1'b0;
    reg has_address = 1'b0;
    reg has_data = 1'b0;

    assign m_arvalid = s_arvalid && !stop_ar;
    assign s_arready = m_arready && !stop_ar;
    assign m_awvalid = s_awvalid && !stop_aw;
    assign s_awready = m_awready && !stop_aw;
    assign m_wvalid = s_wvalid && !stop_w;
    assign s_wready = m_wready && !stop_w;
    assign s_rvalid = m_rvalid && reading;
    assign m_rready = s_rready && reading;
    assign s_bvalid = m_bvalid && has_address && has_data;
    assign m_bready = s_bready && has_address && has_data;
    assign quiet = stop_ar && stop_aw && stop_w && !reading && !has_address && !has_data;

    always @(posedge clock) begin
        if (reset) begin
            stop_ar <= 1'b1;
            stop_aw <= 1'b1;
            stop_w <= 1'b1;
            reading <= 1'b0;
            has_address <= 1'b0;
            has_data <= 1'b0;
        end else begin
            if (m_arvalid && m_arready) begin
                stop_ar <= 1'b1;
                reading <= 1'b1;
            end else if (reading) begin
                if (s_rvalid && s_rready) reading <= 1'b0;
            end else if (!m_arvalid) stop_ar <= hold;

            if (s_bvalid && s_bready) begin
                has_address <= 1'b0;
                has_data <= 1'b0;
            end else begin
                if (m_awvalid && m_awready) has_address <= 1'b1;
                if (m_wvalid && m_wready) has_data <= 1'b1;
            end
            if (m_awvalid && m_awready) stop_aw <= 1'b1;
            else if (!has_address && !m_awvalid) stop_aw <= hold && !has_data && !m_wvalid;
            if (m_wvalid && m_wready) stop_w <= 1'b1;
            else if (!has_data && !m_wvalid) stop_w <= hold && !has_address && !m_awvalid;
        end
    end
endmodule
