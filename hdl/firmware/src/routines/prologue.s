; Start of a transaction: validity against state, up-front cost, warm set (EIP-2929, 2930, 3651),
; authorizations (EIP-7702), value transfer, first frame. SP is 0.
;
; The host has checked what does not depend on state, and computed intrinsic gas and cost. What
; fails here escapes with `invalid`: the host names the reason.
prologue:
        opena   s0, ORIGIN
        mov     s2, GAS_LIMIT                   ; the product is long under way when it is needed
        mul     s2, s2, GAS_PRICE
        warm    s1, s0
        get     s1, s0.nonce
        bne     s1, NONCE, invalid
        beq     s1, #ones(64), invalid          ; EIP-2681
        get     s1, s0.code_size                ; EIP-3607: no code, or delegated (EIP-7702)
        beq     s1, #0, sender_is_account
        get     s3, s0.delegate
        beq     s3, #0, invalid
sender_is_account:
        get     s1, s0.balance
        blt     s1, MAX_COST, invalid
        mov     s3, NONCE
        add     s3, s3, #1
        set     s0.nonce, s3
        sub     s1, s1, s2
        sub     s1, s1, BLOB_FEE
        set     s0.balance, s1
        opena   s4, TO
        warm    s5, s4
        mov     s5, WARM_COINBASE
        beq     s5, #0, access_list
        opena   s5, COINBASE
        warm    s5, s5

access_list:                                    ; s6: next word, s7: end, s9: end of the keys
        mov     s7, ACCESS_WORDS
        add     s7, s7, #16
        mov     s6, #16
access_next:
        bge     s6, s7, access_done
        pld     s8, s6
        add     s6, s6, #1
        shr     s9, #160, s8
        add     s9, s9, s6
        and     s8, s8, #ones(160)
        opena   s10, s8
        warm    s11, s10
        sete    ADDRESS, s8                     ; OPENS looks up slots of ADDRESS
access_keys:
        bge     s6, s9, access_next
        pld     s8, s6
        add     s6, s6, #1
        opens   s10, s8
        warm    s11, s10
        jmp     access_keys
access_done:

        mov     s7, AUTH_COUNT                  ; s7: records left, s14: refund
        mov     s14, #0
auth_next:
        beq     s7, #0, auth_done
        pld     s8, s6
        opena   s9, s8
        warm    s10, s9
        get     s10, s9.code_size
        beq     s10, #0, auth_nonce
        get     s11, s9.delegate
        beq     s11, #0, auth_skip
auth_nonce:
        get     s11, s9.nonce
        add     s12, s6, #1
        pld     s12, s12
        bne     s11, s12, auth_skip
        get     s13, s9.empty
        bne     s13, #0, auth_set
        add     s14, s14, R_AUTH_EXISTING
auth_set:
        add     s12, s6, #2
        pld     s13, s12
        add     s12, s6, #3
        pld     s12, s12
        setcode s12, s9, s13
        add     s11, s11, #1
        set     s9.nonce, s11
auth_skip:
        add     s6, s6, #4
        sub     s7, s7, #1
        jmp     auth_next
auth_done:
        sete    S2, s14

        mov     s1, GAS_LIMIT
        sub     s1, s1, INTRINSIC_GAS
        wrs     gas, s1
        ckpt                                    ; what follows is undone if the frame fails
        mov     s2, VALUE
        beq     s2, #0, first_frame
        get     s1, s0.balance
        blt     s1, s2, invalid
        sub     s1, s1, s2
        set     s0.balance, s1
first_frame:
        sete    CREATING, #0
        mov     s5, CREATE
        bne     s5, #0, first_init
        credit  s4, s2
        get     s5, s4.precompile
        bne     s5, #0, first_precompile
        sete    ADDRESS, TO
        sete2   CALLER, ORIGIN, s2
        sete    CALLDATA_SIZE, CALLDATA_LEN
        sete    RETURNDATA_SIZE, #0
        get     s5, s4.delegate
        beq     s5, #0, first_code
        opena   s4, s5                          ; EIP-7702: the target is warm from the start
        warm    s5, s4
first_code:
        get     s5, s4.code_size
        beq     s5, #0, no_code
        enter   s4
no_code:
        sete    S_STATUS, #1
        sete2   S_OUT_OFFSET, #0, s5
        jmp     epilogue

first_init:                                     ; contract-creating transaction: s5 packed init code
        shr     s6, #65, s5
        bne     s6, #0, collision               ; EIP-7610
        get     s6, s4.nonce                    ; EIP-684
        bne     s6, #0, collision
        get     s6, s4.code_size
        bne     s6, #0, collision
        set     s4.created, #1
        set     s4.nonce, #1                    ; EIP-161
        credit  s4, s2
        sete    ADDRESS, TO
        sete2   CALLER, ORIGIN, s2
        sete    CALLDATA_SIZE, #0
        sete    RETURNDATA_SIZE, #0
        sete    CREATING, #1
        and     s5, s5, #ones(64)
        beq     s5, #0, no_code
        enterc  s5
collision:
        halt    collision

first_precompile:
        rds     s13, gas
        sete2   A0, TO, s13
        mov     s18, #0
        mov     s19, CALLDATA_LEN
        ask     s11, precompile, s18, s19, calldata
        beq     s11, #ones(256), out_of_gas
        sub     s13, s13, s11
        wrs     gas, s13
        mov     s0, #1
        mov     s2, S4
        jmp     epilogue_gas                    ; its output is in the return buffer

invalid:
        esc     invalid
