//! Ports of the board as plain data.
//!
//! The lists here are the only ones: the structs and Verilator's C++ glue come from them. What the ports mean stands at [`super::Board`].

use crate::port_struct::port_struct;

port_struct!([BoardInputs BOARD_INPUTS "Inputs of the board"] rx: flag,);
port_struct!([BoardOutputs BOARD_OUTPUTS "Outputs of the board"] tx: flag, led_listens: flag, led_trouble: flag,);
