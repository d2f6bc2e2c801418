# Makes the Vivado project of the card on an Alveo U50: vivado -mode batch -source project.tcl [-tclargs build]
# NOT YET RUN: neither through Vivado nor on hardware.
#
# Where its facts come from:
#   XDMA in bridge mode (slave bridge over all addresses, MSI-X table behind BAR 2, usr_irq): PG194 and PG195 of AMD; public block designs with the
#     same names: one for this card with XDMA as bridge and HBM (pl_system.tcl, modules msix_intc and xdma_irqreg_remapper), and that of the PCIe
#     bridges of libsystemctlm-soc (cell Xilinx_PCIe_Tunnel: axi_addr_width 64, S_AXI_B over 2^64 bytes, usr_irq_req and usr_irq_ack)
#   part, pins: XDC of Alex Forencich for this card (in verilog-ethernet, corundum, taxi); board part: Xilinx/XilinxBoardStore
set here [file dirname [file normalize [info script]]]
set clock_mhz @CLOCK_MHZ@
set memory_bytes @MEMORY_BYTES@

create_project gaslane_u50 $here/project -part xcu50-fsvh2104-2-e -force
set_property board_part xilinx.com:au50:part0:1.3 [current_project]
add_files [glob $here/rtl/*.v]
add_files $here/rtl/boot.mem
set_property file_type {Memory Initialization Files} [get_files boot.mem]
add_files -fileset constrs_1 $here/constraints/u50.xdc
update_compile_order -fileset sources_1

create_bd_design gaslane

# The card.
set card [create_bd_cell -type module -reference gaslane_u50 card]

# PCI Express: BAR 0 is for registers (the card's from 0, the bridge's own from 64 KiB), BAR 2 for the MSI-X table; S_AXI_B is host memory.
create_bd_intf_port -mode Slave -vlnv xilinx.com:interface:diff_clock_rtl:1.0 pcie_refclk
set_property CONFIG.FREQ_HZ 100000000 [get_bd_intf_ports pcie_refclk]
create_bd_intf_port -mode Master -vlnv xilinx.com:interface:pcie_7x_mgt_rtl:1.0 pci_express_x16
create_bd_port -dir I -type rst pcie_perstn
set_property CONFIG.POLARITY ACTIVE_LOW [get_bd_ports pcie_perstn]
set pcie_clock [create_bd_cell -type ip -vlnv xilinx.com:ip:util_ds_buf pcie_clock]
set_property -dict [list CONFIG.C_BUF_TYPE {IBUFDSGTE} CONFIG.DIFF_CLK_IN_BOARD_INTERFACE {pcie_refclk} CONFIG.USE_BOARD_FLOW {true}] $pcie_clock
set pcie [create_bd_cell -type ip -vlnv xilinx.com:ip:xdma:4.1 pcie]
set_property -dict [list \
    CONFIG.PCIE_BOARD_INTERFACE {pci_express_x16} \
    CONFIG.SYS_RST_N_BOARD_INTERFACE {pcie_perstn} \
    CONFIG.functional_mode {AXI_Bridge} \
    CONFIG.mode_selection {Advanced} \
    CONFIG.en_gt_selection {true} \
    CONFIG.pcie_blk_locn {PCIE4C_X1Y0} \
    CONFIG.select_quad {GTY_Quad_227} \
    CONFIG.pl_link_cap_max_link_width {X16} \
    CONFIG.pl_link_cap_max_link_speed {8.0_GT/s} \
    CONFIG.plltype {QPLL1} \
    CONFIG.axi_addr_width {64} \
    CONFIG.axi_data_width {512_bit} \
    CONFIG.axisten_freq {250} \
    CONFIG.coreclk_freq {500} \
    CONFIG.en_axi_slave_if {true} \
    CONFIG.xdma_axilite_slave {true} \
    CONFIG.c_s_axi_supports_narrow_burst {false} \
    CONFIG.axibar_num {1} \
    CONFIG.axibar2pciebar_0 {0x0000000000000000} \
    CONFIG.pciebar2axibar_0 {0x0000000000000000} \
    CONFIG.pf0_bar0_64bit {true} \
    CONFIG.pf0_bar0_scale {Kilobytes} \
    CONFIG.pf0_bar0_size {128} \
    CONFIG.pf0_bar2_64bit {true} \
    CONFIG.pf0_bar2_enabled {true} \
    CONFIG.pf0_bar2_size {128} \
    CONFIG.bar_indicator {BAR_3:2} \
    CONFIG.pf0_base_class_menu {Processing_accelerators} \
    CONFIG.pf0_interrupt_pin {NONE} \
    CONFIG.pf0_msi_enabled {false} \
    CONFIG.pf0_msix_enabled {true} \
    CONFIG.pf0_msix_cap_table_bir {BAR_3:2} \
    CONFIG.pf0_msix_cap_table_offset {00008000} \
    CONFIG.pf0_msix_cap_table_size {01F} \
    CONFIG.pf0_msix_cap_pba_bir {BAR_3:2} \
    CONFIG.pf0_msix_cap_pba_offset {00008FE0} \
    CONFIG.xdma_num_usr_irq {1} \
] $pcie
connect_bd_intf_net [get_bd_intf_ports pcie_refclk] [get_bd_intf_pins pcie_clock/CLK_IN_D]
connect_bd_intf_net [get_bd_intf_ports pci_express_x16] [get_bd_intf_pins pcie/pcie_mgt]
connect_bd_net [get_bd_pins pcie_clock/IBUF_DS_ODIV2] [get_bd_pins pcie/sys_clk]
connect_bd_net [get_bd_pins pcie_clock/IBUF_OUT] [get_bd_pins pcie/sys_clk_gt]
connect_bd_net [get_bd_ports pcie_perstn] [get_bd_pins pcie/sys_rst_n]

# The card's clock, from that of the bridge, and its reset: as long as the bridge's or until the clock is there.
set clocks [create_bd_cell -type ip -vlnv xilinx.com:ip:clk_wiz:6.0 clocks]
set_property -dict [list \
    CONFIG.PRIM_SOURCE {Global_buffer} \
    CONFIG.PRIM_IN_FREQ {250.000} \
    CONFIG.CLKOUT1_REQUESTED_OUT_FREQ $clock_mhz \
    CONFIG.RESET_TYPE {ACTIVE_LOW} \
    CONFIG.RESET_PORT {resetn} \
] $clocks
set resets [create_bd_cell -type ip -vlnv xilinx.com:ip:proc_sys_reset:5.0 resets]
connect_bd_net [get_bd_pins pcie/axi_aclk] [get_bd_pins clocks/clk_in1]
connect_bd_net [get_bd_pins pcie/axi_aresetn] [get_bd_pins clocks/resetn] [get_bd_pins resets/ext_reset_in]
connect_bd_net [get_bd_pins clocks/clk_out1] [get_bd_pins resets/slowest_sync_clk] [get_bd_pins card/clock]
connect_bd_net [get_bd_pins clocks/locked] [get_bd_pins resets/dcm_locked]
connect_bd_net [get_bd_pins resets/peripheral_aresetn] [get_bd_pins card/resetn]
connect_bd_net [get_bd_pins pcie/axi_aclk] [get_bd_pins card/pcie_clock]
connect_bd_net [get_bd_pins pcie/axi_aresetn] [get_bd_pins card/pcie_resetn]

# Card memory: one stack of HBM, 4 GiB, through one port.
create_bd_intf_port -mode Slave -vlnv xilinx.com:interface:diff_clock_rtl:1.0 hbm_refclk
set_property CONFIG.FREQ_HZ 100000000 [get_bd_intf_ports hbm_refclk]
create_bd_intf_port -mode Slave -vlnv xilinx.com:interface:diff_clock_rtl:1.0 board_clock
set_property CONFIG.FREQ_HZ 100000000 [get_bd_intf_ports board_clock]
create_bd_port -dir O hbm_cattrip
set hbm_clock [create_bd_cell -type ip -vlnv xilinx.com:ip:util_ds_buf hbm_clock]
set apb_clock [create_bd_cell -type ip -vlnv xilinx.com:ip:clk_wiz:6.0 apb_clock]
set_property -dict [list \
    CONFIG.PRIM_SOURCE {Differential_clock_capable_pin} \
    CONFIG.PRIM_IN_FREQ {100.000} \
    CONFIG.CLKOUT1_REQUESTED_OUT_FREQ {100.000} \
    CONFIG.USE_RESET {false} \
] $apb_clock
set apb_reset [create_bd_cell -type ip -vlnv xilinx.com:ip:proc_sys_reset:5.0 apb_reset]
set hbm [create_bd_cell -type ip -vlnv xilinx.com:ip:hbm:1.0 hbm]
set ports [list CONFIG.USER_APB_EN {false} CONFIG.USER_CLK_SEL_LIST0 {AXI_00_ACLK} CONFIG.USER_AXI_INPUT_CLK_FREQ {250}]
for {set i 1} {$i < 16} {incr i} { lappend ports CONFIG.USER_SAXI_[format %02d $i] {false} }
set_property -dict $ports $hbm
connect_bd_intf_net [get_bd_intf_ports hbm_refclk] [get_bd_intf_pins hbm_clock/CLK_IN_D]
connect_bd_intf_net [get_bd_intf_ports board_clock] [get_bd_intf_pins apb_clock/CLK_IN1_D]
connect_bd_net [get_bd_pins hbm_clock/IBUF_OUT] [get_bd_pins hbm/HBM_REF_CLK_0]
connect_bd_net [get_bd_pins apb_clock/clk_out1] [get_bd_pins hbm/APB_0_PCLK] [get_bd_pins apb_reset/slowest_sync_clk]
connect_bd_net [get_bd_pins apb_clock/locked] [get_bd_pins apb_reset/dcm_locked]
connect_bd_net [get_bd_pins pcie/axi_aresetn] [get_bd_pins apb_reset/ext_reset_in] [get_bd_pins hbm/AXI_00_ARESET_N]
connect_bd_net [get_bd_pins apb_reset/peripheral_aresetn] [get_bd_pins hbm/APB_0_PRESET_N]
connect_bd_net [get_bd_pins pcie/axi_aclk] [get_bd_pins hbm/AXI_00_ACLK]
connect_bd_net [get_bd_pins hbm/DRAM_0_STAT_CATTRIP] [get_bd_ports hbm_cattrip]

# Widths, protocols and clocks are changed by SmartConnects: aclk is the bridge's clock, aclk1 the card's.
proc smartconnect {name subordinates} {
    set cell [create_bd_cell -type ip -vlnv xilinx.com:ip:smartconnect:1.0 $name]
    set_property -dict [list CONFIG.NUM_SI {1} CONFIG.NUM_MI $subordinates CONFIG.NUM_CLKS {2}] $cell
    connect_bd_net [get_bd_pins pcie/axi_aclk] [get_bd_pins $name/aclk]
    connect_bd_net [get_bd_pins clocks/clk_out1] [get_bd_pins $name/aclk1]
    connect_bd_net [get_bd_pins pcie/axi_aresetn] [get_bd_pins $name/aresetn]
}
smartconnect registers 2
smartconnect host 1
smartconnect memory 1
connect_bd_intf_net [get_bd_intf_pins pcie/M_AXI_B] [get_bd_intf_pins registers/S00_AXI]
connect_bd_intf_net [get_bd_intf_pins registers/M00_AXI] [get_bd_intf_pins card/s_axi_bar]
connect_bd_intf_net [get_bd_intf_pins registers/M01_AXI] [get_bd_intf_pins pcie/S_AXI_LITE]
connect_bd_intf_net [get_bd_intf_pins card/m_axi_host] [get_bd_intf_pins host/S00_AXI]
connect_bd_intf_net [get_bd_intf_pins host/M00_AXI] [get_bd_intf_pins pcie/S_AXI_B]
connect_bd_intf_net [get_bd_intf_pins card/m_axi_memory] [get_bd_intf_pins memory/S00_AXI]
connect_bd_intf_net [get_bd_intf_pins memory/M00_AXI] [get_bd_intf_pins hbm/SAXI_00]

# Interrupts: vector 0.
connect_bd_net [get_bd_pins card/usr_irq_req] [get_bd_pins pcie/usr_irq_req]
connect_bd_net [get_bd_pins pcie/usr_irq_ack] [get_bd_pins card/usr_irq_ack]

# Addresses. The host's are the bus's own: nothing is translated.
assign_bd_address -offset 0x00000000 -range 0x00001000 -target_address_space [get_bd_addr_spaces pcie/M_AXI_B] [get_bd_addr_segs card/s_axi_bar/reg0] -force
assign_bd_address -offset 0x00010000 -range 0x00010000 -target_address_space [get_bd_addr_spaces pcie/M_AXI_B] [get_bd_addr_segs pcie/S_AXI_LITE/CTL0] -force
assign_bd_address -offset 0x00000000 -range 0x00010000000000000000 -target_address_space [get_bd_addr_spaces card/m_axi_host] [get_bd_addr_segs pcie/S_AXI_B/BAR0] -force
for {set i 0} {$i < 16} {incr i} {
    set segment [get_bd_addr_segs hbm/SAXI_00/HBM_MEM[format %02d $i]]
    assign_bd_address -offset [expr {$i * 0x10000000}] -range 0x10000000 -target_address_space [get_bd_addr_spaces card/m_axi_memory] $segment -force
}
if {$memory_bytes > 16 * 0x10000000} { error "the card uses $memory_bytes bytes of card memory, a stack of HBM has 4 GiB" }

validate_bd_design
save_bd_design
add_files [make_wrapper -files [get_files gaslane.bd] -top]
set_property top gaslane_wrapper [current_fileset]
update_compile_order -fileset sources_1

if {[lindex $argv 0] eq "build"} {
    launch_runs impl_1 -to_step write_bitstream -jobs 4
    wait_on_run impl_1
    open_run impl_1
    report_utilization -file $here/utilization.txt
    report_timing_summary -file $here/timing.txt
}
