# Synthesis of the custom logic: sourced by the HDK's build_all.tcl, as synth_CL_TEMPLATE.tcl is. NOT YET RUN.
# Names of variables, order of steps and options of synth_design: hdk/cl/examples/CL_TEMPLATE/build/scripts of github.com/aws/aws-fpga, branch f2.
# Parameters of cores: axi_clock_converter and clk_wiz as in FireSim (platforms/xilinx_alveo_u250/cl_firesim/scripts).
source ${HDK_SHELL_DIR}/build/scripts/synth_cl_header.tcl

print "Reading Gaslane"
read_verilog -sv [glob ${src_post_enc_dir}/*.sv]
read_verilog [glob ${src_post_enc_dir}/*.v]
read_mem ${CL_DIR}/design/boot.mem

print "Reading and making cores"
# hdk/docs/Supported_DDR_Modes.md: sh_ddr with USE_64GB_DDR_DIMM has this controller inside.
read_ip ${HDK_IP_SRC_DIR}/cl_ddr4/cl_ddr4.xci
read_ip ${HDK_IP_SRC_DIR}/cl_axi_clock_converter_light/cl_axi_clock_converter_light.xci

set core_dir ${CL_DIR}/build/gaslane_cores
file mkdir $core_dir
create_ip -name axi_clock_converter -vendor xilinx.com -library ip -version 2.1 -module_name gaslane_clock_converter -dir $core_dir -force
set_property -dict [list CONFIG.ADDR_WIDTH {64} CONFIG.DATA_WIDTH {512} CONFIG.ID_WIDTH {4}] [get_ips gaslane_clock_converter]
create_ip -name clk_wiz -vendor xilinx.com -library ip -version 6.0 -module_name gaslane_clock -dir $core_dir -force
set_property -dict [list \
    CONFIG.PRIM_SOURCE {Global_buffer} \
    CONFIG.PRIM_IN_FREQ {250.000} \
    CONFIG.CLKOUT1_REQUESTED_OUT_FREQ {@CLOCK_MHZ@} \
    CONFIG.RESET_TYPE {ACTIVE_LOW} \
    CONFIG.RESET_PORT {resetn} \
] [get_ips gaslane_clock]
foreach core {gaslane_clock_converter gaslane_clock} {
    set file [get_files ${core}.xci]
    set_property generate_synth_checkpoint false $file
    generate_target all $file
}

print "Reading constraints"
read_xdc [list ${constraints_dir}/cl_synth_user.xdc ${constraints_dir}/cl_timing_user.xdc]
set_property PROCESSING_ORDER LATE [get_files cl_synth_user.xdc]
set_property PROCESSING_ORDER LATE [get_files cl_timing_user.xdc]

print "Synthesising ${CL}"
update_compile_order -fileset sources_1
synth_design -mode out_of_context -top ${CL} -verilog_define XSDB_SLV_DIS -verilog_define USE_64GB_DDR_DIMM \
    -part ${DEVICE_TYPE} -keep_equivalent_registers

source ${HDK_SHELL_DIR}/build/scripts/synth_cl_footer.tcl
