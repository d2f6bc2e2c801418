; Entry points, in the order of gaslane_abi::isa::vector. Unused ones halt.
        jmp     prologue
        jmp     frame_end
        jmp     memory
        halt    bad-opcode
        halt    bad-opcode
        halt    bad-opcode
        halt    bad-opcode
        halt    bad-opcode
        jmp     sstore
        jmp     call
        jmp     callcode
        jmp     delegatecall
        jmp     staticcall
        jmp     create
        jmp     create2
        jmp     selfdestruct
