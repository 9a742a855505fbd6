"""The gdb server over a plain socket: damaged packets, a second debugger, Ctrl-C from either side, leaving.

usage: server_test.py DISCO GUESTS_DIR
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


def Booted(image, *options, **keywords):
    return rsp.Booted(DISCO, GUESTS / image, *options, **keywords)


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
    for packet in ("Z2,1000,8", "Z3,1000,8", "Z4,1000,8", "bs", "bc", "vRun;61", "QNonStop:1"):
        check("what the machine does not have is not supported", b.ask(packet) == "", packet)
    check("no instruction is at an odd address", b.ask("Z0,ffffffff80100002,4") == "E01")
    check("the actions that are offered", b.ask("vCont?") == "vCont;c;C;s;S")
    for packet in ("vCont;x", "vCont;t", "vCont;", "vCont", "vCont;r0,4", "vCont;c;", "vCont;s:9", "vCont;s:",
                   "vCont;c5", "vCont;C", "vCont;Cxx", "vCont;c:1;t", "vCont;;c"):
        check("no other action is taken for one of them", b.ask(packet) in ("", "E01"), packet)
    check("and none of them ran", b.ask("qRcmd," + b"time".hex()).startswith(b"cycle 0, 0".hex()))
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


def breakpoints():
    image = GUESTS / "bare/busy.elf"
    mark = rsp.symbols(image)["disco_phase_mark"]
    b = Booted(image, "--cpus", "2").connect()
    check("set", b.ask(f"Z0,{mark},4") == "OK")
    check("reached", b.ask("c") == "T05thread:00000001;")
    check("there", b.ask("p22") == mark)
    check("passed, and reached again", b.ask("c") == "T05thread:00000001;")
    start = rsp.symbols(image)["main"]
    check("set", b.ask(f"Z0,{start},4") == "OK")
    check("one that is jumped to is not passed", b.ask(f"c{start}") == "T05thread:00000001;")
    check("there", b.ask("p22") == start)
    check("addresses cut to 32 bits lead to the same memory",
          b.ask(f"m{start[8:]},8") == b.ask(f"m{start},8") != "E01")
    check("removed", b.ask(f"z0,{start},4") == "OK" and b.ask(f"z0,{mark},4") == "OK")
    check("set with 32 bits", b.ask(f"Z0,{mark[8:]},4") == "OK")
    check("reached by the whole address", b.ask("c") == "T05thread:00000001;" and b.ask("p22") == mark)
    b.send(frame("c") + frame("k"))
    b.socket.close()
    check("none is left behind", b.end()[0] in (0, 130), b.end)
    b = Booted("bare/busy.elf").connect()
    check("set", b.ask(f"Z0,{mark},4") == "OK")
    b.socket.close()
    check("none is left to a machine whose debugger was lost", b.end()[0] == 0)


def many_breakpoints():
    b = Booted("bare/hello.elf", "--nodes", "64").connect()
    check("no acknowledgements from here", b.ask("QStartNoAckMode") == "OK")
    count = 5000
    b.send(b"".join(frame(f"Z0,{0xffffffff80200000 + 4 * i:x},4") for i in range(count)))
    _, took = rsp.seconds(lambda: [b.receive() for _ in range(count)])
    check("thousands of breakpoints do not take minutes", took < 20, took)
    check("and a step with them", b.ask("s") == "T05thread:00000001;")
    b.send("k")
    check("killed", b.end()[0] == 130)


if __name__ == "__main__":
    damaged_packets()
    only_one()
    interrupts()
    nobody_comes()
    other_ends()
    breakpoints()
    many_breakpoints()
    print("the server keeps to the protocol")
