/* MARK id: a row of the phase table (disco/phases.def) for the next instruction. */
        .macro  MARK id
889:
        .pushsection .disco.marks, "", @progbits
        .dword  889b, \id
        .popsection
        .endm
