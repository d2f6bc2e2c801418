; CALL, CALLCODE, DELEGATECALL, STATICCALL (EIP-150, 161, 214, 2929, 7702).
;
; A0 gas, A1 address, A2 value, A3/A4 arguments, A5/A6 output.
; s0 output offset and s1 output length survive in the caller's firmware slots until the callee ends.
; s2 value, s5 address, s6 its account, s8 account of the code, s10 kind, s13 gas of the callee.
call:
        mov     s2, A2
        mov     s10, #0
        rds     s3, static
        beq     s3, #0, call_common
        bne     s2, #0, halt_static
        jmp     call_common
callcode:
        mov     s2, A2
        mov     s10, #1
        jmp     call_common
delegatecall:
        mov     s2, #0
        mov     s10, #2
        jmp     call_common
staticcall:
        mov     s2, #0
        mov     s10, #3
call_common:
        mov     s18, A3
        mov     s19, A4
        mov     s0, A5
        mov     s1, A6
        grow    s21, s18, s19
        bne     s21, #0, call_arguments_far
call_output:
        grow    s21, s0, s1
        bne     s21, #0, call_output_far
call_account:
        mov     s5, A1
        and     s5, s5, #ones(160)
        xacc    s6, s5
        mov     s8, s6
        beq     s2, #0, call_code
        charge  G_CALL_VALUE
        bne     s10, #0, call_code              ; only CALL can create an account
        get     s7, s6.empty
        beq     s7, #0, call_code
        charge  G_NEW_ACCOUNT
call_code:
        get     s7, s6.delegate
        beq     s7, #0, call_gas
        xacc    s8, s7

call_gas:                                       ; all but one 64th (EIP-150)
        chargex #0
        rds     s11, gas
        shr     s12, #6, s11
        mov     s13, A0
        sub     s12, s11, s12
        blt     s13, s12, call_charge
        mov     s13, s12
call_charge:
        chargex s13
        beq     s2, #0, call_depth
        add     s13, s13, G_CALL_STIPEND
call_depth:
        rds     s14, depth
        bge     s14, #1024, call_fails
        beq     s2, #0, call_target
        opena   s15, ADDRESS
        get     s16, s15.balance
        blt     s16, s2, call_fails
call_target:
        get     s21, s6.precompile
        bne     s21, #0, call_precompile
        get     s17, s8.code_size
        bne     s17, #0, call_run
        jal     s25, call_transfer              ; no code: succeeds at once
        sete    RETURNDATA_SIZE, #0
        mov     s3, #1
        jmp     call_return_gas

call_run:
        fpush   s18, s19, #2
        wrs     gas, s13
        jal     s25, call_transfer
        beq     s10, #2, call_enter             ; DELEGATECALL keeps ADDRESS, CALLER, CALLVALUE
        mov     s3, ADDRESS
        sete2   CALLER, s3, s2
        beq     s10, #1, call_enter             ; CALLCODE keeps ADDRESS
        sete    ADDRESS, s5
        beq     s10, #0, call_enter
        wrs     static, #1
call_enter:
        enter   s8

; Subroutine: value from ADDRESS (s15, balance s16) to s6, which is touched (EIP-161).
call_transfer:
        beq     s10, #1, call_transferred       ; CALLCODE pays itself
        beq     s10, #2, call_transferred
        beq     s2, #0, call_touch
        sub     s16, s16, s2
        set     s15.balance, s16
call_touch:
        credit  s6, s2
call_transferred:
        jr      s25

call_arguments_far:
        or      s20, s18, s19
        shr     s21, #64, s20
        add     s20, s18, s19
        bne     s21, #0, out_of_gas
        jal     s25, expand
        jmp     call_output
call_output_far:
        or      s20, s0, s1
        shr     s21, #64, s20
        add     s20, s0, s1
        bne     s21, #0, out_of_gas
        jal     s25, expand
        jmp     call_account

call_fails:
        sete    RETURNDATA_SIZE, #0
        mov     s3, #0
call_return_gas:
        rds     s11, gas
        add     s11, s11, s13
        wrs     gas, s11
        tres    s3
        frt

call_precompile:
        bne     s5, #4, call_host
        add     s11, s19, #31                   ; identity: 15 gas and 3 a word
        shr     s11, #5, s11
        add     s12, s11, s11
        add     s11, s12, s11
        add     s11, s11, #15
        blt     s13, s11, call_burns
        sub     s13, s13, s11
        jal     s25, call_transfer
        rbsave  s18, s19
call_output_copy:                               ; s19 bytes in the return buffer
        sete    RETURNDATA_SIZE, s19
        bge     s1, s19, call_output_cut
        mov     s19, s1
call_output_cut:
        rbload  s0, #0, s19
        mov     s3, #1
        jmp     call_return_gas
call_host:                                      ; every other precompile runs on the host
        sete2   A0, s5, s13
        ask     s11, precompile, s18, s19
        beq     s11, #ones(256), call_burns
        sub     s13, s13, s11
        jal     s25, call_transfer
        mov     s19, S4
        jmp     call_output_copy
call_burns:
        sete    RETURNDATA_SIZE, #0
        tres    #0
        frt
