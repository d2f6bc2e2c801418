# Pins of the Alveo U50 that the board part does not give to an interface of the block design. Not yet run on hardware.
# Source of the places: XDC of Alex Forencich for this card (verilog-ethernet, corundum, taxi).

# 100 MHz for HBM, and 100 MHz of the board.
set_property -dict {LOC BB18 IOSTANDARD LVDS} [get_ports hbm_refclk_clk_p]
set_property -dict {LOC BC18 IOSTANDARD LVDS} [get_ports hbm_refclk_clk_n]
create_clock -period 10.000 -name hbm_refclk [get_ports hbm_refclk_clk_p]
set_property -dict {LOC G17 IOSTANDARD LVDS} [get_ports board_clock_clk_p]
set_property -dict {LOC G16 IOSTANDARD LVDS} [get_ports board_clock_clk_n]

# HBM too hot: the card's controller switches power off when this is high, so it must be driven.
set_property -dict {LOC J18 IOSTANDARD LVCMOS18} [get_ports hbm_cattrip]
set_false_path -to [get_ports hbm_cattrip]

# Handshakes between the card's clock and the bridge's, each over two registers.
set_max_delay -datapath_only -from [get_cells -hierarchical -filter {NAME =~ */interrupts/asks_reg}] -to [get_cells -hierarchical -filter {NAME =~ */interrupts/asks_io_reg[0]}] 4.000
set_max_delay -datapath_only -from [get_cells -hierarchical -filter {NAME =~ */interrupts/answered_reg}] -to [get_cells -hierarchical -filter {NAME =~ */interrupts/answered_card_reg[0]}] 4.000

set_property CONFIG_VOLTAGE 1.8 [current_design]
set_property CFGBVS GND [current_design]
set_property CONFIG_MODE SPIx4 [current_design]
set_property BITSTREAM.GENERAL.COMPRESS TRUE [current_design]
set_property BITSTREAM.CONFIG.SPI_BUSWIDTH 4 [current_design]
set_property BITSTREAM.CONFIG.SPI_32BIT_ADDR YES [current_design]
set_operating_conditions -design_power_budget 63
