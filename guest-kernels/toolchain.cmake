# Cross compilation for the machine: big-endian MIPS IV, n64, freestanding. Used by every image that
# boots on the machine (guest kernels, bare programs) and by the monitor.
#
# Debian's mips64 compiler is told what to emit and never what to link: its libgcc and libc contain
# MIPS R2 instructions, so images link guest-kernels/runtime instead.
set(CMAKE_SYSTEM_NAME Generic)
set(CMAKE_SYSTEM_PROCESSOR mips64)
set(CMAKE_C_COMPILER mips64-linux-gnuabi64-gcc)
set(CMAKE_ASM_COMPILER mips64-linux-gnuabi64-gcc)
set(CMAKE_CXX_COMPILER mips64-linux-gnuabi64-g++)
set(CMAKE_TRY_COMPILE_TARGET_TYPE STATIC_LIBRARY)  # nothing to link a test program with

get_filename_component(DISCO_ROOT ${CMAKE_CURRENT_LIST_DIR}/.. ABSOLUTE)

# What the processor and its lack of an operating system ask for. -msym32: every symbol is a
# sign-extended 32-bit address, so its address takes two instructions instead of six. A target with the
# property GUEST_O32 is 32-bit code: user programs with UX = 0. Kernels leave the floating-point unit alone; code of
# targets with GUEST_FLOAT uses it, with 32 registers (FR = 1) in 64-bit and 16 pairs in 32-bit programs.
set(GUEST_CODE_OPTIONS -EB -mno-abicalls -fno-pic -fno-pie -G0 -fno-stack-protector -fno-common)
set(GUEST_N64_OPTIONS -mabi=64 -march=mips4 -msym32)
set(GUEST_O32_OPTIONS -mabi=32 -march=mips2)
set(GUEST_N64_FLOAT -mhard-float)
set(GUEST_O32_FLOAT -mhard-float -mfp32)
# Of user programs: no system's macros but tinyix's own, no headers but the SDK's and the compiler's.
set(GUEST_USER_OPTIONS -U__linux__ -U__linux -Ulinux -U__gnu_linux__ -D__tinyix__ -ffp-contract=off)
set(GUEST_LINK_OPTIONS -nostdlib -static -no-pie -Wl,--build-id=none -Wl,-z,max-page-size=4096
    -Wl,--no-warn-rwx-segments -Wl,--fatal-warnings)

set(is_o32 $<BOOL:$<TARGET_PROPERTY:GUEST_O32>>)
set(is_float $<BOOL:$<TARGET_PROPERTY:GUEST_FLOAT>>)
add_compile_options("$<IF:${is_o32},${GUEST_O32_OPTIONS},${GUEST_N64_OPTIONS}>" ${GUEST_CODE_OPTIONS} -ffreestanding
                    "$<IF:${is_float},$<IF:${is_o32},${GUEST_O32_FLOAT},${GUEST_N64_FLOAT}>,-msoft-float>"
                    $<$<COMPILE_LANGUAGE:CXX>:-fno-exceptions> $<$<COMPILE_LANGUAGE:CXX>:-fno-rtti>
                    $<$<COMPILE_LANGUAGE:CXX>:-fno-threadsafe-statics>)
# The same bytes from every checkout and build directory.
add_compile_options(-ffile-prefix-map=${DISCO_ROOT}/= -ffile-prefix-map=${CMAKE_BINARY_DIR}=build
                    -gno-record-gcc-switches)
add_link_options(-EB "$<IF:${is_o32},-mabi=32,-mabi=64>" ${GUEST_LINK_OPTIONS})
