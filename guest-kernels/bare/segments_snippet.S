// The reference of segments.c, on a page of its own that every mode sees: what it loaded is in $t0 at the breakpoint.
        .set    noreorder
        .text
        .balign 4096
        .globl  segments_begin, load_and_break
segments_begin:
load_and_break:
        lw      $t0, 0($a0)
        break
        .balign 4096
