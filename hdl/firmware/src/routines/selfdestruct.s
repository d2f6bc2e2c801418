; SELFDESTRUCT: A0 who gets the balance (EIP-150, 161, 2929, 3529, 6780).
;
; s5 receiver, s6 its account, s7 account of ADDRESS, s2 its balance in wei.
selfdestruct:
        rds     s0, static
        bne     s0, #0, halt_static
        charge  G_SELFDESTRUCT
        mov     s5, A0
        and     s5, s5, #ones(160)
        opena   s6, s5
        warm    s1, s6
        beq     s1, #0, selfdestruct_warm
        charge  G_COLD_ACCOUNT
selfdestruct_warm:
        opena   s7, ADDRESS
        get     s2, s7.balance
        beq     s2, #0, selfdestruct_pay
        get     s3, s6.empty
        beq     s3, #0, selfdestruct_pay
        charge  G_NEW_ACCOUNT
selfdestruct_pay:
        beq     s5, ADDRESS, selfdestruct_mark
        credit  s6, s2                          ; touches the receiver, whatever the value
        set     s7.balance, #0
selfdestruct_mark:
        mov     s3, KEEP_DESTROYED
        beq     s3, #0, selfdestruct_remove
        get     s3, s7.created
        beq     s3, #0, selfdestruct_end
selfdestruct_remove:
        set     s7.balance, #0
        get     s3, s7.destroyed
        bne     s3, #0, selfdestruct_end
        set     s7.destroyed, #1
        rds     s3, refund
        add     s3, s3, R_SELFDESTRUCT
        wrs     refund, s3
selfdestruct_end:
        stop
