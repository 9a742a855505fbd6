// The inner loop of dot.c.
        .set    noreorder
        .set    hardfloat

        .text
        .globl  dot_product
        .type   dot_product, @function
dot_product:                            // a0, a1 = vectors, a2 = length, a3 = the sum so far
        dmtc1   $a3, $f0
        dsll    $a2, $a2, 3
        daddu   $a2, $a0, $a2           // end of the first
1:      ldc1    $f2, 0($a0)
        ldc1    $f4, 0($a1)
        daddiu  $a0, $a0, 8
        mul.d   $f2, $f2, $f4
        daddiu  $a1, $a1, 8
        bne     $a0, $a2, 1b
        add.d   $f0, $f0, $f2
        jr      $ra
        dmfc1   $v0, $f0
        .size   dot_product, . - dot_product
