`ifndef CL_ID_DEFINES
`define CL_ID_DEFINES
// Identification of the image as the HDK's build asks for it (CL_TEMPLATE: device, vendor; subsystem, its vendor). Amazon's vendor number with a
// device number from the range that is free to use.
`define CL_SH_ID0 32'hF010_1D0F
`define CL_SH_ID1 32'h1D51_FEDC
`endif
