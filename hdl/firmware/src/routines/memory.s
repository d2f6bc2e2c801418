; Memory that ends far away (yellow paper, C_mem): 3 gas a word and words² / 512. The lane itself expands what is near.
memory:
        mov     s20, S_MEM_END
        jal     s25, expand
        frt

; Subroutine: expands memory to s20 bytes if it is smaller. Changes s20–s24, returns to s25.
expand:
        rds     s21, msize
        bge     s21, s20, expand_done
        bge     s20, #0x10000000000, out_of_gas ; 2^40 bytes cost more than any gas
        add     s20, s20, #31
        shr     s21, #5, s21
        shr     s20, #5, s20
        mul     s23, s21, s21
        mul     s22, s20, s20
        sub     s24, s20, s21
        shl     s20, #5, s20
        shr     s23, #9, s23
        shr     s22, #9, s22
        add     s21, s24, s24
        sub     s22, s22, s23
        add     s24, s24, s21
        add     s22, s22, s24
        charge  s22
        wrs     msize, s20
expand_done:
        jr      s25

out_of_gas:
        halt    out-of-gas
halt_static:
        halt    static
