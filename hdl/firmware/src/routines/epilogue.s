; End of a frame (vector) and of the transaction. SP is the stack base of the frame that ended.
frame_end:
        mov     s0, CREATING
        bne     s0, #0, init_end
frame_status:
        rds     s0, depth
        beq     s0, #0, epilogue
        mov     s0, S_STATUS
        mov     s1, S_OUT_OFFSET
        mov     s2, S_OUT_LEN
        eq      s4, s0, #1                      ; what the call leaves on the stack
        beq     s0, #1, frame_output
        undo
        beq     s0, #2, frame_output
        wrs     gas, #0                         ; exceptional halt: no output, no gas
frame_output:
        rbsave  s1, s2
        rds     s3, gas
        sete2   S3, s2, s3
        sete    S5, s4
        fpop
        ; SP is the caller's firmware base again: s0 output offset, s1 output length
        rds     s10, gas
        add     s10, s10, S4
        wrs     gas, s10
        mov     s11, S3
        sete    RETURNDATA_SIZE, s11
        bge     s1, s11, frame_copy
        mov     s11, s1
frame_copy:
        rbload  s0, #0, s11
        tres    S5
        frt

; Refund (EIP-3529), calldata floor (EIP-7623), fees (EIP-1559).
epilogue:
        mov     s0, S_STATUS
        mov     s1, S_OUT_OFFSET
        mov     s2, S_OUT_LEN
        beq     s0, #1, epilogue_output
        undo
        beq     s0, #2, epilogue_output
        wrs     gas, #0
epilogue_output:
        rbsave  s1, s2
epilogue_gas:                                   ; s0 status, s2 length of the output in the return buffer
        sete    RETURNDATA_SIZE, s2
        rds     s1, gas
        rds     s2, refund
        mov     s3, GAS_LIMIT
        sub     s3, s3, s1                      ; gas spent
        add     s2, s2, S2                      ; EIP-7702 refunds outlive a revert
        beq     s2, #0, refund_capped           ; a division is long
        div     s4, s3, MAX_REFUND_QUOTIENT
        bge     s4, s2, refund_capped
        mov     s2, s4
refund_capped:
        sub     s3, s3, s2                      ; gas used
        bge     s3, FLOOR_GAS, fees
        mov     s3, FLOOR_GAS
        mov     s2, #0
fees:
        sete2   S0, s3, s2
        mov     s5, GAS_LIMIT
        sub     s5, s5, s3
        mul     s5, s5, GAS_PRICE
        opena   s7, ORIGIN
        mul     s6, s3, TIP
        opena   s8, COINBASE
        credit  s7, s5
        credit  s8, s6
        fin     s0
