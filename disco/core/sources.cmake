# The monitor's core, relative to disco/core/: one list for the host library and for disco.elf.
set(DISCO_CORE_SOURCES
  boot.cpp branch.cpp cp0_registers.cpp device_access.cpp elf_image.cpp exceptions.cpp fdt.cpp
  guest_address.cpp guest_code.cpp guest_tlb.cpp instruction.cpp interrupts.cpp l2_tlb.cpp memmap.cpp
  miss_path.cpp pmap.cpp privileged.cpp quick_trap.cpp report.cpp trap.cpp vcpu.cpp virtual_devices.cpp
  virtual_tlb.cpp virtual_uart.cpp vm.cpp)
