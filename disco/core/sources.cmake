# The monitor's core, relative to disco/core/: one list for the host library and for disco.elf. Its
# order is that of the text in disco.elf: by file name, whatever the folder.
set(DISCO_CORE_SOURCES
  boot/boot.cpp
  traps/branch.cpp
  traps/cp0_registers.cpp
  traps/device_access.cpp
  boot/elf_image.cpp
  traps/exceptions.cpp
  boot/fdt.cpp
  memory/guest_address.cpp
  traps/guest_code.cpp
  tlb/guest_tlb.cpp
  traps/instruction.cpp
  traps/interrupts.cpp
  tlb/l2_tlb.cpp
  memory/memmap.cpp
  traps/miss_path.cpp
  memory/pmap.cpp
  traps/privileged.cpp
  traps/quick_trap.cpp
  boot/report.cpp
  traps/trap.cpp
  vm/vcpu.cpp
  devices/virtual_devices.cpp
  tlb/virtual_tlb.cpp
  devices/virtual_uart.cpp
  vm/vm.cpp)
