"""`disco boot --gdb` and one connection to it, for tests that speak gdb's remote protocol themselves."""
import re
import socket
import subprocess
import sys
import time


class Booted:
    """disco boot --gdb 0, and one connection to it."""

    def __init__(self, disco, image, *options, stdin=subprocess.DEVNULL):
        self.process = subprocess.Popen([disco, "boot", image, "--gdb", "0", *options], stdin=stdin,
                                        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        line = self.process.stderr.readline()
        self.port = int(re.search(r"localhost:(\d+)", line)[1])
        self.waiting = b""

    def connect(self):
        self.socket = socket.create_connection(("localhost", self.port), timeout=20)
        return self

    def send(self, data):
        self.socket.sendall(data if isinstance(data, bytes) else frame(data))

    def _byte(self):
        if not self.waiting:
            self.waiting = self.socket.recv(1 << 16)
        first, self.waiting = self.waiting[:1], self.waiting[1:]
        return first

    def receive(self):
        """The next packet, or a single acknowledgement; nothing at the end."""
        first = self._byte()
        if first in (b"+", b"-", b""):
            return first.decode()
        text = b""
        while not text.endswith(b"#"):
            text += self._byte()
        self._byte(), self._byte()
        return text[:-1].decode()

    def ask(self, data, within=20):
        """The answer to a packet, which must come in so many seconds."""
        self.socket.settimeout(within)
        try:
            self.send(data)
            reply = self.receive()
            return self.receive() if reply == "+" else reply
        except TimeoutError:
            self.process.kill()
            sys.exit(f"FAILED: no answer to {data} within {within} s")

    def end(self, within=20):
        """Exit code and messages; None as the code of one that goes on."""
        try:
            _, messages = self.process.communicate(timeout=within)
            return self.process.returncode, messages
        except subprocess.TimeoutExpired:
            self.process.kill()
            return None, self.process.communicate()[1]


def frame(data):
    return f"${data}#{sum(data.encode()) & 255:02x}".encode()


def symbols(image):
    """Addresses of an image by name, as 16 digits."""
    lines = subprocess.check_output(["mips64-linux-gnuabi64-nm", image], text=True).splitlines()
    return {words[2]: words[0].rjust(16, "0") for words in map(str.split, lines) if len(words) == 3}


def check(what, condition, seen=""):
    if not condition:
        sys.exit(f"FAILED: {what} {seen!r}")


def seconds(function):
    """What a call returned, and how long it took."""
    start = time.monotonic()
    return function(), time.monotonic() - start
