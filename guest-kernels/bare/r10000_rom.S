// A boot ROM for the test of its vectors: each records the exception as those in RAM do.
        .set    noreorder
        .set    noat
        .macro  VECTOR offset
        .org    \offset
        lui     $k1, %hi(record_exception)
        daddiu  $k1, $k1, %lo(record_exception)
        lui     $k0, 0xbfc0
        dsll32  $k0, $k0, 0
        dsrl32  $k0, $k0, 0
        jr      $k1
        ori     $k0, $k0, \offset
        .endm

        .section .boot_rom, "ax"
        VECTOR  0x000
        VECTOR  0x200
        VECTOR  0x280
        VECTOR  0x380
