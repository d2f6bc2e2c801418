; SSTORE: A0 key, A1 new value (EIP-2200 with EIP-2929 and EIP-3529).
sstore:
        rds     s0, static
        bne     s0, #0, halt_static
        rds     s0, gas
        mov     s1, G_SSTORE_SENTRY
        bge     s1, s0, out_of_gas
        opens   s0, A0
        get     s2, s0.value                    ; current
        get     s3, s0.original
        mov     s4, A1
        warm    s1, s0
        mov     s5, #0                          ; cost
        beq     s1, #0, sstore_warm
        mov     s5, G_COLD_SLOAD
sstore_warm:
        beq     s4, s2, sstore_light            ; nothing changes
        bne     s2, s3, sstore_dirty
        bne     s3, #0, sstore_reset            ; first change in this transaction
        add     s5, s5, G_SSTORE_SET
        jmp     sstore_write
sstore_reset:
        add     s5, s5, G_SSTORE_RESET
        bne     s4, #0, sstore_write
        rds     s6, refund
        add     s6, s6, R_SSTORE_CLEAR
        wrs     refund, s6
        jmp     sstore_write

sstore_dirty:                                   ; changed before: refunds follow the original value
        add     s5, s5, G_WARM_ACCESS
        rds     s6, refund
        beq     s3, #0, sstore_restored
        bne     s2, #0, sstore_cleared
        sub     s6, s6, R_SSTORE_CLEAR
        jmp     sstore_restored
sstore_cleared:
        bne     s4, #0, sstore_restored
        add     s6, s6, R_SSTORE_CLEAR
sstore_restored:
        bne     s4, s3, sstore_refund
        sub     s6, s6, G_WARM_ACCESS
        bne     s3, #0, sstore_restored_value
        add     s6, s6, G_SSTORE_SET
        jmp     sstore_refund
sstore_restored_value:
        add     s6, s6, G_SSTORE_RESET
sstore_refund:
        wrs     refund, s6
        jmp     sstore_write

sstore_light:
        add     s5, s5, G_WARM_ACCESS
        charge  s5
        frt
sstore_write:
        charge  s5
        set     s0.value, s4
        frt
