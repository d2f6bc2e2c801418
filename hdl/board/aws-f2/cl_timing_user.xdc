# Clocks of the custom logic. Not yet run.
# The card's clock comes from clk_main_a0 through an MMCM. What crosses does so through clock converters of AMD and handshakes of two registers.
set_clock_groups -asynchronous -group [get_clocks clk_main_a0] -group [get_clocks -of_objects [get_pins -hierarchical -regexp {.*clock_maker/inst/.*mmcme4_adv_inst/CLKOUT0}]]
# Inside sh_ddr, as in the HDK's cl_dram_hbm_dma.
set_false_path -from [get_pins -of_objects [get_cells -hierarchical -filter {NAME =~ *ram_reg*}] -filter {REF_PIN_NAME == CLK}] -to [get_cells -hierarchical -filter {NAME =~ *rd_do_reg[*]}]
