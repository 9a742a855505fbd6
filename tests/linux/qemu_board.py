"""Linux's variant `qemu` on qemu-system-mips64's malta board, without firmware: a boot shim and a device tree of ours.

QEMU has no R10000 and no board with our devices. Of malta's the kernel uses RAM, one ns16550a and the processor's timer,
named by the device tree; processor and options are otherwise those of the variant `native`.
"""
import subprocess
import tempfile
from pathlib import Path

CROSS = "mips64-linux-gnuabi64-"
KERNEL_AT, INITRD_AT, TREE_AT = 0x100000, 0x6000000, 0x7000000

TREE = """/dts-v1/;
/ {
	#address-cells = <2>; #size-cells = <2>;
	compatible = "disco,qemu-malta"; model = "Disco's Linux on QEMU's malta";
	chosen { bootargs = "%(arguments)s"; stdout-path = "/soc/serial@1f000900";
		linux,initrd-start = <0 %(start)d>; linux,initrd-end = <0 %(end)d>; };
	cpus { #address-cells = <1>; #size-cells = <0>;
		cpu@0 { device_type = "cpu"; compatible = "mips,r10000"; reg = <0>; timebase-frequency = <100000000>; }; };
	memory@0 { device_type = "memory"; reg = <0 0 0 0x08000000>; };
	intc: interrupt-controller { compatible = "mti,cpu-interrupt-controller"; interrupt-controller; #interrupt-cells = <1>; };
	soc { compatible = "simple-bus"; #address-cells = <2>; #size-cells = <2>; ranges;
		serial@1f000900 { compatible = "ns16550a"; reg = <0 0x1f000900 0 0x40>; reg-shift = <3>;
			clock-frequency = <3686400>; interrupt-parent = <&intc>; interrupts = <4>; }; };
};
"""

# What a boot loader does: 64-bit addresses, no boot vectors, UHI's registers, jump to a raw kernel.
SHIM = """
	.set noreorder
	.set mips64
	.globl __start
__start:
	li	$8, 0xe0
	mtc0	$8, $12
	li	$4, -2
	lui	$5, %(tree)#x
	move	$6, $0
	move	$7, $0
	lui	$25, %(entry)#x
	jr	$25
	 nop
"""


class Board:
    """The files of one run; QEMU's command in `command`."""

    def __init__(self, qemu, kernel, disk, arguments):
        self._folder = tempfile.TemporaryDirectory()
        here = Path(self._folder.name)
        end = INITRD_AT + disk.stat().st_size
        self._tree(here, {"arguments": f"console=ttyS0 {arguments}", "start": INITRD_AT, "end": end})
        self._shim(here)
        self._run(CROSS + "objcopy", "-O", "binary", kernel, here / "kernel.raw")
        loads = [(here / "kernel.raw", KERNEL_AT), (disk, INITRD_AT), (here / "tree.dtb", TREE_AT)]
        self.command = [qemu, "-M", "malta", "-cpu", "5Kf", "-m", "128", "-nographic", "-no-reboot", "-monitor", "none",
                        "-serial", "null", "-serial", "null", "-serial", "stdio", "-net", "none", "-vga", "none",
                        "-bios", str(here / "shim.bin")]
        for file, at in loads:
            self.command += ["-device", f"loader,file={file},addr={at:#x},force-raw=on"]

    @staticmethod
    def _run(*command):
        subprocess.run([str(word) for word in command], check=True)

    def _tree(self, here, values):
        (here / "tree.dts").write_text(TREE % values)
        self._run("dtc", "-q", "-O", "dtb", "-o", here / "tree.dtb", here / "tree.dts")

    def _shim(self, here):
        text = SHIM % {"tree": 0x8000 | TREE_AT >> 16, "entry": 0x8000 | KERNEL_AT >> 16}
        (here / "shim.S").write_text(text)
        self._run(CROSS + "gcc", "-c", "-mabi=64", "-march=mips64", here / "shim.S", "-o", here / "shim.o")
        self._run(CROSS + "objcopy", "-O", "binary", "-j", ".text", here / "shim.o", here / "shim.bin")

    def close(self):
        self._folder.cleanup()
