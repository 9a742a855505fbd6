"""The gdb server over a plain socket: damaged packets, a second debugger, Ctrl-C from either side, leaving.

usage: server_test.py DISCO GUESTS_DIR
"""
import re
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

DISCO, GUESTS = sys.argv[1], Path(sys.argv[2])
FOREVER = ["--program", "cat"]  # waits for input that never comes; the terminal's end ends it


class Booted:
    """disco boot --gdb 0, and one connection to it."""

    def __init__(self, image, *options, stdin=subprocess.DEVNULL):
        self.process = subprocess.Popen([DISCO, "boot", GUESTS / image, "--gdb", "0", *options], stdin=stdin,
                                        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        line = self.process.stderr.readline()
        self.port = int(re.search(r"localhost:(\d+)", line)[1])

    def connect(self):
        self.socket = socket.create_connection(("localhost", self.port), timeout=20)
        return self

    def send(self, data):
        self.socket.sendall(data if isinstance(data, bytes) else frame(data))

    def receive(self):
        """The next packet, or a single acknowledgement."""
        first = self.socket.recv(1)
        if first in (b"+", b"-", b""):
            return first.decode()
        text = b""
        while not text.endswith(b"#"):
            text += self.socket.recv(1)
        self.socket.recv(2)
        return text[:-1].decode()

    def ask(self, data):
        self.send(data)
        reply = self.receive()
        return self.receive() if reply == "+" else reply

    def end(self):
        _, messages = self.process.communicate(timeout=20)
        return self.process.returncode, messages


def frame(data):
    return f"${data}#{sum(data.encode()) & 255:02x}".encode()


def check(what, condition, seen=""):
    if not condition:
        sys.exit(f"FAILED: {what} {seen!r}")


def damaged_packets():
    b = Booted("bare/hello.elf").connect()
    b.send(b"$?#00")
    check("a damaged packet is asked for again", b.receive() == "-")
    check("and then taken", b.ask("?") == "T05thread:00000001;")
    b.send(b"-")
    check("what was damaged on its way out is sent again", b.receive() == "T05thread:00000001;")
    b.send(b"garbage before \x00\xff" + frame("qC"))
    check("what is no packet is passed over", [b.receive(), b.receive()] == ["+", "QC00000001"])
    check("unknown packets get the empty answer", b.ask("vMustReplyEmpty") == "")
    check("and so do unknown letters", b.ask("!") == "")
    check("watchpoints are not supported", b.ask("Z2,1000,8") == "")
    b.send("k")
    check("kill ends the run", b.end()[0] == 130, b.end)


def only_one():
    b = Booted("bare/hello.elf").connect()
    check("the first debugger is served", b.ask("?").startswith("T05"))
    try:
        socket.create_connection(("localhost", b.port), timeout=5)
        check("a second one is refused", False)
    except ConnectionRefusedError:
        pass
    check("and the first does not notice", b.ask("?").startswith("T05"))
    check("detaching is answered", b.ask("D") == "OK")
    check("and the machine runs on to its end", b.end()[0] == 0)


def interrupts():
    b = Booted("tinyix-native.elf", "--program", "spin", "--args", "1000000000").connect()
    b.send("c")
    check("continue is acknowledged", b.receive() == "+")
    time.sleep(0.3)
    b.send(b"\x03")
    check("Ctrl-C in the debugger stops the machine", b.receive() == "T02thread:00000001;")
    b.send(b"\x03")
    check("a second one, while it stands still, is nothing", b.ask("qC") == "QC00000001")
    b.send("c")
    b.socket.close()
    time.sleep(0.3)
    b.process.send_signal(signal.SIGINT)
    code, messages = b.end()
    check("without its debugger the machine runs on, until Ctrl-C in the terminal", code == 130, messages)


def nobody_comes():
    b = Booted("bare/hello.elf")
    b.process.send_signal(signal.SIGINT)
    check("Ctrl-C ends the waiting for a debugger", b.end()[0] == 130)
    b = Booted("bare/hello.elf").connect()
    check("it is there", b.ask("?").startswith("T05"))
    b.process.send_signal(signal.SIGINT)
    check("Ctrl-C ends the waiting for its commands", b.end()[0] == 130)
    b = Booted("bare/hello.elf", "--limit", "0.5s")
    code, messages = b.end()
    check("so does a limit", code == 107 and "time limit" in messages, messages)
    done = subprocess.run([DISCO, "debug", GUESTS / "bare/hello.elf", "--debugger", "false"], timeout=20,
                          stdin=subprocess.DEVNULL, capture_output=True, text=True)
    check("a debugger that ends without a word ends `disco debug`", done.returncode == 1, done)


def other_ends():
    b = Booted("tinyix-native.elf", "--program", "spin", "--limit", "2Minsn").connect()
    text = bytes.fromhex(b.ask("c")[1:]).decode()
    check("the debugger is told why the run ended", "instruction-limit" in text, text)
    check("and that it did", b.receive() == "Wff")
    check("the limit is the program's exit code", b.end()[0] == 107)


if __name__ == "__main__":
    damaged_packets()
    only_one()
    interrupts()
    nobody_comes()
    other_ends()
    print("the server keeps to the protocol")
