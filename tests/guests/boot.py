"""Boots images on the machine by the disco program; shared by the tests of guests."""
import os
import re
import subprocess
from pathlib import Path


class Build:
    """Where a build has the program, the images and the host's versions of the user programs."""

    def __init__(self, directory):
        self.directory = Path(directory)
        self.disco = self.directory / "disco"
        self.guests = self.directory / "guests"
        self.host = self.directory / "guest-kernels" / "host"

    def boot(self, image, *options, timeout=600):
        """The finished process; stdout is the guest's console, the return code the guest's."""
        command = [self.disco, "boot", self.guests / image, "--limit", "100Ginsn", *map(str, options)]
        return subprocess.run(command, capture_output=True, text=True, timeout=timeout, stdin=subprocess.DEVNULL)

    def tinyix(self, program, arguments=(), options="", below_monitor=False):
        """Runs a user program as tinyix's first process, natively or as the monitor's guest."""
        append = f"init=/bin/{program} {options} -- {' '.join(map(str, arguments))}"
        image = "tinyix-disco.elf" if below_monitor else "tinyix-native.elf"
        extra = ["--monitor"] if below_monitor else []
        return self.boot(image, "--initrd", self.guests / "initrd.cpio", "--append", append, *extra)

    def tinyix_counted(self, program, arguments=(), below_monitor=False):
        """The same, and the number of TLB refill misses in user mode (None if it did not end)."""
        image = "tinyix-disco.elf" if below_monitor else "tinyix-native.elf"
        append = f"init=/bin/{program} -- {' '.join(map(str, arguments))}"
        command = [self.directory / "tests" / "guests" / "count_misses", self.guests / image,
                   self.guests / "initrd.cpio", append]
        if below_monitor:
            command += [self.directory / "disco.elf", "1024"]
        result = subprocess.run(command, capture_output=True, text=True, timeout=3600, stdin=subprocess.DEVNULL)
        counted = re.search(r"refills: user (\d+)", result.stderr)
        return result, int(counted[1]) if counted else None

    def on_host(self, program, arguments=()):
        # The programs leave their memory to exit(); a sanitizer build would call that a leak.
        environment = os.environ | {"ASAN_OPTIONS": "detect_leaks=0"}
        command = [self.host / program, *map(str, arguments)]
        return subprocess.run(command, capture_output=True, text=True, timeout=600, env=environment)


def fail_with(title, result):
    print(f"{title}: exit code {result.returncode}\n--- console\n{result.stdout}--- messages\n{result.stderr}")
