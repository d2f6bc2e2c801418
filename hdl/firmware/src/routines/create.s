; CREATE, CREATE2 (EIP-150, 161, 170, 684, 1014, 2681, 2929, 3541, 3860, 7610) and the end of init code.
;
; A0 value, A1 offset, A2 length, A3 salt.
; s0 and s1 survive in the creator's firmware slots like a call's output range: nothing goes to its memory.
; s2 value, s5 new address, s6 its account, s8 packed init code, s10 kind, s13 gas of the init code.
create:
        mov     s10, #0
        jmp     create_common
create2:
        mov     s10, #1
create_common:
        rds     s3, static
        bne     s3, #0, halt_static
        mov     s2, A0
        mov     s18, A1
        mov     s19, A2
        mov     s21, MAX_INITCODE
        blt     s21, s19, out_of_gas
        add     s20, s19, #31
        shr     s20, #5, s20
        mov     s21, G_INITCODE_WORD
        beq     s10, #0, create_words
        add     s21, s21, #6                    ; EIP-1014: the init code is hashed
create_words:
        mul     s20, s20, s21
        add     s20, s20, G_CREATE
        charge  s20
        grow    s21, s18, s19
        bne     s21, #0, create_far

create_gas:                                     ; all but one 64th (EIP-150)
        chargex #0
        rds     s11, gas
        shr     s12, #6, s11
        sub     s13, s11, s12
        chargex s13
        mov     s0, #0
        mov     s1, #0
        rds     s14, depth
        bge     s14, #1024, call_fails
        opena   s15, ADDRESS
        beq     s2, #0, create_nonce
        get     s16, s15.balance
        blt     s16, s2, call_fails
create_nonce:
        get     s17, s15.nonce
        beq     s17, #ones(64), call_fails      ; EIP-2681
        add     s20, s17, #1
        set     s15.nonce, s20
        sete2   A0, ADDRESS, s17
        sete    A2, s10
        beq     s10, #0, create_ask
        sete    A1, A3
create_ask:
        ask     s5, create, s18, s19
        mov     s8, S3
        shr     s20, #160, s5
        and     s5, s5, #ones(160)
        opena   s6, s5
        warm    s7, s6                          ; stays warm even if the creation fails (EIP-2929)
        bne     s20, #0, call_burns             ; EIP-7610
        get     s7, s6.nonce                    ; EIP-684
        bne     s7, #0, call_burns
        get     s7, s6.code_size
        bne     s7, #0, call_burns
        beq     s8, #0, create_empty
        fpush   s0, s1, #2                      ; s0 and s1 are zero: no calldata
        wrs     gas, s13
        jal     s25, create_account
        sete2   CALLER, ADDRESS, s2
        sete    ADDRESS, s5
        sete    CREATING, #1
        enterc  s8
create_empty:
        jal     s25, create_account
        sete    RETURNDATA_SIZE, #0
        mov     s3, s5
        jmp     call_return_gas

create_far:
        or      s20, s18, s19
        shr     s21, #64, s20
        add     s20, s18, s19
        bne     s21, #0, out_of_gas
        jal     s25, expand
        jmp     create_gas

; Subroutine: s6 becomes a contract with value s2 from ADDRESS (s15, balance s16).
create_account:
        set     s6.created, #1
        set     s6.nonce, #1                    ; EIP-161
        credit  s6, s2
        beq     s2, #0, create_paid
        sub     s16, s16, s2
        set     s15.balance, s16
create_paid:
        jr      s25

; End of a frame that ran init code: its output becomes the code of ADDRESS.
init_end:
        mov     s0, S_STATUS
        bne     s0, #1, frame_status
        mov     s1, S_OUT_OFFSET
        mov     s2, S_OUT_LEN
        mov     s3, MAX_CODE
        blt     s3, s2, code_rejected           ; EIP-170
        beq     s2, #0, init_done
        and     s3, s1, #0xffffffe0             ; the first byte, within the frame's memory
        and     s4, s1, #31
        mload   s3, s3
        byte    s3, s4, s3
        beq     s3, REJECTED_CODE, code_rejected ; EIP-3541
        mul     s4, s2, G_CODE_BYTE
        chargex s4
        ask     s5, deploy, s1, s2
        mov     s6, S3
        opena   s7, ADDRESS
        setcode s6, s7, s5
init_done:
        rds     s0, depth
        beq     s0, #0, epilogue                ; the transaction's output is the code
        mov     s1, #0
        mov     s2, #0
        mov     s4, ADDRESS
        jmp     frame_output
code_rejected:
        halt    code-rejected
