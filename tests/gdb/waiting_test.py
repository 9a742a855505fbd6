"""The debugger, Ctrl-C and limits are looked at wherever the machine or the debugger keeps the server waiting.

usage: waiting_test.py DISCO GUESTS_DIR
"""
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import rsp
from rsp import check, frame

DISCO, GUESTS = sys.argv[1], Path(sys.argv[2])
SOON = 10  # seconds, on a machine that does other things
LOOP = ("tinyix-native.elf", "--program", "spin", "--args", "1000000000")


def Booted(image, *options, **keywords):
    return rsp.Booted(DISCO, GUESTS / image, *options, **keywords)


def interrupted(b):
    """Continues and stops again."""
    b.send("c")
    check("acknowledged", b.receive() == "+")
    time.sleep(0.3)
    check("Ctrl-C stops", b.ask(b"\x03", SOON).startswith("T02"))


def parked():
    image = GUESTS / "bare/busy.elf"
    mark = rsp.symbols(image)["disco_phase_mark"]
    b = Booted(image, "--cpus", "4").connect()
    check("set", b.ask(f"Z0,{mark},4") == "OK")
    check("reached", b.ask("vCont;c") == "T05thread:00000001;")
    for packet in ("vCont;s:2", "vCont;s:2;c", "vCont;s:3"):
        answer = b.ask(packet, SOON)
        thread = packet.partition(":")[2][0]
        check("a step of a CPU that is parked ends", answer == f"T05thread:0000000{thread};", (packet, answer))
        check("after its first instruction if the others have started it", b.ask("p22") != "0" * 16)
    check("with one selected the others go on", b.ask("c") == "T05thread:00000001;")
    b.send("k")
    check("killed", b.end()[0] == 130)

    b = Booted("bare/sieve.elf", "--cpus", "2").connect()
    check("selected", b.ask("Hg2") == "OK" and b"parked".hex() in b.ask("qThreadExtraInfo,2"))
    for packet in ("s", "s", "vCont;s:2"):
        before = b.ask("g")
        check("a step of a CPU that stays parked ends", b.ask(packet, SOON) == "T05thread:00000002;", packet)
        check("where it began", b.ask("g")[:560] == before[:560])
    b.send("k")
    check("killed", b.end()[0] == 130)


def dozing():
    b = Booted("tinyix-native.elf", "--program", "cat", "--input", "-", stdin=subprocess.PIPE).connect()
    interrupted(b)
    for packet in ("s", "vCont;s:1", "vCont;s:1;c"):
        check("a step of a CPU that waits for a key ends", b.ask(packet, SOON) == "T05thread:00000001;", packet)
    interrupted(b)
    b.process.send_signal(signal.SIGINT)
    check("SIGINT", b.end(SOON)[0] == 130)

    b = Booted(*LOOP, "--cpus", "2").connect()
    interrupted(b)
    check("selected", b.ask("Hg2") == "OK" and b"dozing".hex() in b.ask("qThreadExtraInfo,2"))
    cycles = [b.ask("qRcmd," + b"time".hex())]
    for _ in range(3):
        check("a step of a CPU that idles ends", b.ask("s", SOON) == "T05thread:00000002;")
        cycles.append(b.ask("qRcmd," + b"time".hex()))
    check("and time has passed", len(set(cycles)) == 4, cycles)
    interrupted(b)
    b.process.send_signal(signal.SIGINT)
    check("SIGINT", b.end(SOON)[0] == 130)


def within_a_step():
    """A step over a system call that does not return: the process waits for a key."""
    b = Booted("tinyix-native.elf", "--program", "cat", "--input", "-", stdin=subprocess.PIPE).connect()
    check("set", b.ask(f"Z0,{rsp.symbols(GUESTS / 'bin/cat')['read']},4") == "OK")
    check("reached", b.ask("c") == "T05thread:00000001;")
    for _ in range(100):
        if b.ask("m" + b.ask("p22") + ",4") == "0000000c":
            break
        check("a step in front of it", b.ask("s") == "T05thread:00000001;")
    at = b.ask("p22")
    check("at the system call", b.ask(f"m{at},4") == "0000000c", at)
    b.send("s")
    check("acknowledged", b.receive() == "+")
    time.sleep(0.5)
    check("Ctrl-C ends a step that waits for its program", b.ask(b"\x03", SOON) == "T02thread:00000001;")
    b.process.stdin.write("typed\n")
    b.process.stdin.flush()
    check("it goes on", b.ask(f"Z0,{int(at, 16) + 4:x},4") == "OK" and b.ask("c", SOON).startswith("T05"))
    check("behind the system call", int(b.ask("p22"), 16) == int(at, 16) + 4)
    b.process.send_signal(signal.SIGINT)
    check("SIGINT", b.end(SOON)[0] == 130)


def limits():
    for leave in ("detach", "close"):
        b = Booted(*LOOP, "--limit", "3s").connect()
        if leave == "detach":
            interrupted(b)
            check("detached", b.ask("D") == "OK")
        else:
            b.send("c")
            time.sleep(0.3)
        b.socket.close()
        code, messages = b.end(SOON)
        check(f"a limit holds after {leave}", code == 107 and "time limit" in messages, (code, messages))
    b = Booted(*LOOP, "--limit", "2Minsn").connect()
    interrupted_or_over = b.ask("D")
    check("detached", interrupted_or_over == "OK")
    check("so does one of instructions", b.end(SOON)[0] == 107)
    for moment in (0, 0, 0, 0.01, 0.05, 0.3):
        b = Booted(*LOOP).connect()
        b.send("c")
        time.sleep(0.2)
        b.socket.close()
        time.sleep(moment)
        b.process.send_signal(signal.SIGINT)
        check("SIGINT is not lost where the debugger is", b.end(SOON)[0] == 130, moment)


def deaf(*options):
    """A debugger that asks without end and reads nothing."""
    b = Booted("bare/hello.elf", *options)
    s = socket.socket()
    s.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    s.connect(("localhost", b.port))
    s.setblocking(False)
    until = time.monotonic() + 2
    while time.monotonic() < until:
        try:
            s.send(frame("g") * 100)
        except BlockingIOError:
            time.sleep(0.02)
        except OSError:
            break
    return b, s


def not_reading():
    b, s = deaf()
    b.process.send_signal(signal.SIGINT)
    check("Ctrl-C ends waiting for a debugger that does not read", b.end(SOON)[0] == 130)
    b, s = deaf("--limit", "3s")
    check("and so does a limit", b.end(SOON)[0] == 107)
    b, s = deaf()
    s.setblocking(True)
    s.settimeout(SOON)
    text = b""
    while text.count(b"#") < 1000:
        text += s.recv(1 << 16)
    check("what waited is sent to one that reads after all", b"$" in text and b"$E" not in text)
    s.close()
    check("and the machine goes on", b.end(SOON)[0] == 0)


def floods():
    for flood in (b"+" * 200_000, b"-" * 2_000, b"$g#00" * 2_000, frame("qC") * 20_000, b"\x00" * 200_000):
        b = Booted(*LOOP).connect()
        b.send("c")
        check("acknowledged", b.receive() == "+")
        time.sleep(0.2)
        b.send(flood + b"\x03")
        b.socket.settimeout(SOON)
        answer = b.receive()
        check("Ctrl-C gets through behind anything", answer.startswith("T02"), (flood[:8], answer))
        b.process.send_signal(signal.SIGINT)
        check("SIGINT", b.end(SOON)[0] == 130)


if __name__ == "__main__":
    parked()
    dozing()
    within_a_step()
    limits()
    not_reading()
    floods()
    print("nobody waits for ever")
