`ifndef CL_GASLANE_DEFINES
`define CL_GASLANE_DEFINES
// The HDK's testbench asks for the name of the top module.
`define CL_NAME cl_gaslane
`endif
