#!/usr/bin/env python3
"""What the program writes: formats that readers of their own read back, names that collide with nothing, writes
that fail, consoles without end, what -q leaves, limits and Ctrl-C where something takes long.

usage: output_test.py DISCO SOURCE_DIR [unittest arguments]
"""
import csv
import json
import os
import random
import re
import resource
import shutil
import signal
import subprocess
import sys
import time
import unittest
from pathlib import Path

from cli_test import DISCO, GUESTS, NATIVE, Case

# What is recorded and explained needs TLB misses; all else is as well shown by the shortest of programs.
MISSES = NATIVE
NATIVE = 'experiment "native" { machine = flash { mem = { per_node = "32MB" } }, workload = "hello" }\n'

FLOOD = GUESTS / "bare" / "flood.elf"
HELLO = GUESTS / "bare" / "hello.elf"

LABELS = ["../../x", "/etc/<img src=x onerror=window.PWN3=1>", 'a,b\n"c" | d', "__proto__", "a_b", "a b", "a;b",
          "=cmd|' /C calc'!A0", "{{page}}</script><script>window.PWN4=1</script><!--<script>", "\u202ertl", "", " x ",
          "`code`", "# head", "1. one", "x" * 300, "x" * 299 + "y", "[x](javascript:alert(1))", "a\n\tb", "&lt;"]
QUESTION = "<script>window.PWN1=1</script><img src=x onerror=\"window.PWN2=1\"> [x](javascript:alert(1)) | a | b\n# head"


def lua(text):
    return '"' + "".join(f"\\{b}" if b < 32 or b in b'"\\' else chr(b) for b in text.encode("latin-1", "ignore")) + '"' \
        if text.isascii() else '"' + text + '"'


def sweep(labels):
    cases = "\n".join(f"case {lua(label)} {{ seed = {n} }}," for n, label in enumerate(labels, 1))
    return f'experiment "labels" {{ question = {lua(QUESTION)}, workload = "hello", machine = flash {{ }},\n' \
           f'sweep = {{ {{ name = "k", values = {{ {cases} }} }} }},\n' \
           f'expect = {{ check {{ that = "<img src=x>|`", metric = "cycles", at = {{ k = "a b" }}, above = 1 }} }} }}'


def cells(line):
    """The cells of one row of a Markdown table as GitHub reads it."""
    found, cell, i = [], "", 0
    while i < len(line):
        if line[i] == "\\" and i + 1 < len(line):
            cell += line[i:i + 2]
            i += 1
        elif line[i] == "|":
            found.append(cell)
            cell = ""
        else:
            cell += line[i]
        i += 1
    return found[1:]


def shown(markdown):
    """What a reader of Markdown sees of a cell."""
    text = re.sub(r"\\([!-/:-@\[-`{-~])", r"\1", markdown.strip())
    for entity, letter in [("&lt;", "<"), ("&gt;", ">"), ("&amp;", "&")]:
        text = text.replace(entity, letter)
    return text


class Formats(Case):
    @classmethod
    def setUpClass(cls):
        cls.kept = Path(os.path.abspath(f"{os.environ.get('TMPDIR', '/tmp')}/disco-output-{os.getpid()}"))
        cls.kept.mkdir()
        (cls.kept / "labels.lua").write_text(sweep(LABELS))
        done = subprocess.run([DISCO, "--json", "run", "labels.lua"], cwd=cls.kept, capture_output=True, text=True)
        assert done.returncode == 0, done.stderr
        cls.run_path = cls.kept / json.loads(done.stdout)["run"]

    @classmethod
    def tearDownClass(cls):
        shutil.rmtree(cls.kept)

    def read(self, path):
        with open(path, newline="") as file:
            return list(csv.reader(file, strict=True))

    def test_points_csv_reads_back_to_the_labels(self):
        rows = self.read(self.run_path / "points.csv")
        self.assertEqual(rows[0], ["point", "k", "hash"])
        self.assertEqual([row[1] for row in rows[1:]], LABELS)
        self.assertEqual({len(row) for row in rows}, {3})

    def test_points_csv_reads_back_to_any_labels(self):
        chance = random.Random(1997)
        pieces = ['"', '""', ",", "\n", "\t", " ", "'", "=", "\\", ";", "\u00e9", "\u202e", "x", "yz", "0"]
        labels = list(dict.fromkeys("".join(chance.choices(pieces, k=chance.randrange(9))) for _ in range(150)))
        cases = ",".join(f'case "{"".join(f"{chr(92)}{byte:03}" for byte in label.encode())}" {{ seed = {n} }}'
                         for n, label in enumerate(labels, 1))
        run, _ = self.run_small('experiment "any" { workload = "hello", limit = "1insn", '
                                f'sweep = {{ {{ name = "k", values = {{ {cases} }} }} }} }}', code=7)
        self.assertEqual([row[1] for row in self.read(run / "points.csv")], ["k", *labels])

    def test_every_csv_has_as_many_fields_as_its_head(self):
        files = list(self.run_path.rglob("*.csv"))
        self.assertGreater(len(files), 4 * len(LABELS))
        for path in files:
            self.assertEqual(len({len(row) for row in self.read(path)}), 1, path)
        text = self.disco("report", "--csv", self.run_path, cwd=self.kept).stdout
        rows = list(csv.reader(text.splitlines(), strict=True))
        self.assertEqual({len(row) for row in rows}, {6})
        self.assertEqual(len({row[0] for row in rows[1:]}), len(LABELS))

    def test_points_have_names_of_their_own_that_are_not_too_long(self):
        names = [path.name for path in self.run_path.glob("p*-*")]
        self.assertEqual(len(names), len(LABELS))
        self.assertEqual(len({name.split("-", 1)[1] for name in names}), len(LABELS))
        self.assertLess(max(map(len, names)), 200)
        results = [json.loads(path.read_text()) for path in self.run_path.glob("p*/r0/results.json")]
        self.assertEqual(sorted(one["labels"]["k"] for one in results), sorted(LABELS))

    def test_markdown_is_tables_and_no_markup(self):
        for text in [(self.run_path / "report.md").read_text(), self.disco("report", "--md", self.run_path, cwd=self.kept).stdout]:
            lines = text.split("\n")
            for number, line in enumerate(lines):
                if re.fullmatch(r"\|(-+:?\|)+", line):
                    head, body = cells(lines[number - 1]), cells(lines[number + 1])
                    self.assertEqual(len(head), len(cells(line)))
                    self.assertEqual(len(head), len(body))
                    self.assertEqual([shown(cell) for cell in head[1:]],
                                     [re.sub(r"[\n\t]", " ", "k=" + label).strip() for label in LABELS])
            self.assertRegex(text, r"\|---\|---:")
            self.assertNotRegex(text, r"<[A-Za-z/!]")
            headings = [line for line in lines if line.startswith("#")]
            self.assertFalse([line for line in headings if "head" in line.split(" ", 1)[1][:5]], headings)
            for line in lines:
                self.assertNotRegex(line, r"(?<!\\)\[x(?<!\\)\]")

    def test_the_terminal_sees_no_line_ends_of_labels(self):
        text = self.disco("report", self.run_path, cwd=self.kept).stdout
        self.assertIn("a,b\\n", text)
        self.assertNotIn("\t", text)

    def test_lists_of_arguments_are_one_field(self):
        text = 'experiment "two" { machine = flash { }, workload = workload "sequential" { args = { "64K", "1" } },' \
               'sweep = { { name = "a", path = "workload.args", values = { { "64K", "1" }, { "128K", "2" } } } } }'
        run, _ = self.run_small(text)
        rows = self.read(run / "points.csv")
        self.assertEqual([row[:2] for row in rows[1:]], [["p00", "64K,1"], ["p01", "128K,2"]])
        self.assertTrue((run / "p00-a=64K,1").is_dir())

    def test_reproduce_sh_runs_nothing_but_the_run(self):
        evil = ["q\ntouch PWNED #", "'; touch PWNED; '", "$(touch PWNED)`touch PWNED`", "q\\\ntouch PWNED", "a\tb'c"]
        for number, question in enumerate(evil):
            folder = self.dir / f"out{number} 'x'\n;touch PWNED #"
            name = f"e{number}\ntouch PWNED #\x1b.lua"
            (self.dir / name).write_text(NATIVE)
            answer = self.json("run", name, "-o", folder, "--set", f"question={question}")
            script = Path(self.dir, answer["run"]) / "reproduce.sh"
            here = self.dir / f"here{number}"
            here.mkdir()
            self.assertEqual(subprocess.run(["sh", "-n", script]).returncode, 0)
            done = subprocess.run(["sh", script], cwd=here, capture_output=True, text=True)
            self.assertEqual(done.returncode, 0, done.stderr)
            self.assertEqual([path.name for path in here.iterdir()], ["runs"])
            self.assertFalse(list(self.dir.rglob("PWNED")))
            # Called by its bare name, from where it lies.
            done = subprocess.run(["sh", "reproduce.sh", "--dry-run"], cwd=script.parent, capture_output=True, text=True)
            self.assertEqual(done.returncode, 0, done.stderr)
            comment = script.read_text().split("\nmade_by=")[0].splitlines()
            self.assertTrue(all(line.startswith("#") for line in comment), comment)
            if shutil.which("bash"):
                words = subprocess.run(["bash", "-c", f"printf '%s\\0' {comment[2][1:]}"], capture_output=True, text=True).stdout
                self.assertIn(f"question={question}", words.split("\0"))


class Names(Case):
    def test_latest_is_no_name_for_an_experiment(self):
        self.run_small(NATIVE)
        before = sorted(self.dir.rglob("*"))
        for text in [NATIVE.replace('"native"', '"latest"')]:
            path = self.file("latest.lua", text)
            for verb in ["check", "run"]:
                self.assertIn("latest", self.disco(verb, path, code=3).stderr)
        self.assertEqual(sorted(self.dir.rglob("*")), sorted([*before, self.dir / "latest.lua"]))
        resolved = json.loads(next(self.dir.glob("runs/native/*Z-*/config.resolved.json")).read_text())
        resolved["name"] = "latest"
        self.assertIn("latest", self.disco("check", self.file("r.json", json.dumps(resolved)), code=3).stderr)

    def test_nothing_is_written_into_a_run(self):
        run, _ = self.run_small(NATIVE)
        before = sorted(run.rglob("*"))
        (self.dir / "other").mkdir()
        (self.dir / "other" / "native").symlink_to(run)
        for out in ["runs/latest", "runs/native/latest/deep/er", run, run / "inputs", "other"]:
            self.assertIn("lies within the run", self.disco("run", "small.lua", "-o", out, code=2).stderr)
        self.assertEqual(sorted(run.rglob("*")), before)


def limited(bytes_):
    def set_limit():
        resource.setrlimit(resource.RLIMIT_FSIZE, (bytes_, bytes_))
    return set_limit


class Writes(Case):
    def full(self, *words, code, stdout="/dev/full", **more):
        with open(stdout, "w") as out:
            done = subprocess.run([str(DISCO), *map(str, words)], stdout=out, stderr=subprocess.PIPE, text=True, cwd=self.dir,
                                  timeout=120, **more)
        self.assertEqual(done.returncode, code, done.stderr)
        return done.stderr

    def test_a_console_that_cannot_be_written_is_told_once(self):
        message = "disco: error: standard output: No space left"
        for words in [["boot", HELLO], ["boot", FLOOD, "--append", "n=20000000 nl=80"], ["boot", FLOOD, "--append", "n=100"],
                      ["boot", FLOOD, "--append", "notify=100 reset=1", "--console", "virtio"],
                      ["boot", HELLO, "--machines", "2"]]:
            self.assertEqual(self.full(*words, code=104).count(message), 1, words)
        # It ends soon: nobody hears what is said.
        start = time.time()
        self.full("boot", FLOOD, "--append", "n=3000000000 nl=80", code=104)
        self.assertLess(time.time() - start, 60)

    def test_other_answers_that_cannot_be_written_are_told(self):
        for words in [["--help"], ["run", "--help"], ["--version"], ["--json", "--version"], ["info", "params"]]:
            self.assertIn("standard output: No space left", self.full(*words, code=4))
        self.assertIn("standard output", self.full("--json", "boot", HELLO, code=104))

    def test_logs_that_cannot_be_written_are_told(self):
        (self.dir / "logs").mkdir()
        words = ["boot", FLOOD, "--append", "n=3000000 nl=80", "--logs", "logs"]
        error = self.full(*words, code=104, stdout="/dev/null", preexec_fn=limited(1 << 20))
        self.assertIn("logs/console.log: cannot be written: File too large", error)
        self.assertEqual((self.dir / "logs/console.log").stat().st_size, 1 << 20)
        os.symlink("/dev/full", self.dir / "logs/console-1.log")
        error = self.full("boot", HELLO, "--machines", "2", "--logs", "logs", code=104, stdout="/dev/null")
        self.assertIn("logs/console-1.log: cannot be written", error)

    def test_a_closed_pipe_ends_a_boot(self):
        process = subprocess.Popen([str(DISCO), "boot", str(FLOOD), "--append", "n=3000000000 nl=80"], stdout=subprocess.PIPE,
                                   stderr=subprocess.PIPE, text=True)
        process.stdout.close()
        error = process.stderr.read()
        process.stderr.close()
        self.assertEqual(process.wait(timeout=60), 104)
        self.assertIn("standard output: Broken pipe", error)

    def test_a_closed_stdout_hands_its_place_to_no_file(self):
        path = self.file("n.lua", NATIVE)
        done = subprocess.run(["sh", "-c", f"exec '{DISCO}' run '{path}' >&-"], cwd=self.dir, stderr=subprocess.PIPE, text=True)
        self.assertEqual(done.returncode, 4, done.stderr)
        self.assertIn("standard output: Bad file descriptor", done.stderr)
        for written in self.dir.glob("runs/native/*Z-*/**/*"):
            if written.is_file() and written.suffix in (".csv", ".json", ".log"):
                self.assertNotIn("identities hold", written.read_text())

    def test_a_console_log_of_a_run_that_cannot_be_written_is_told(self):
        self.sized_run(1 << 20, "console.log: cannot be written: File too large")

    def sized_run(self, size, message):
        """A point that says 3 MB, in a process that may write files of `size`."""
        text = f'experiment "noisy" {{ machine = flash {{ }}, guest = {{ kernel = "{FLOOD}", append = "n=3000000 nl=80" }}, workload = "hello" }}'
        path = self.file("noisy.lua", text)
        done = subprocess.run([str(DISCO), "run", str(path)], cwd=self.dir, capture_output=True, text=True,
                              preexec_fn=limited(size))
        self.assertEqual(done.returncode, 4, done.stderr)
        self.assertIn(message, done.stderr)

    def test_files_that_are_none_of_ours_are_not_replaced(self):
        run, _ = self.run_small(NATIVE)
        os.mkfifo(self.dir / "fifo")
        with open(self.dir / "read.html", "w") as copy:
            reader = subprocess.Popen(["cat", str(self.dir / "fifo")], stdout=copy)
            self.disco("report", "--html", self.dir / "fifo")
            reader.wait()
        self.assertIn("<html", (self.dir / "read.html").read_text())
        self.assertTrue((self.dir / "fifo").is_fifo())
        os.symlink("/dev/full", self.dir / "full.html")
        self.assertIn("full.html: cannot be written: No space left", self.disco("report", "--html", "full.html", code=4).stderr)
        self.assertTrue((self.dir / "full.html").is_symlink())
        os.symlink("/dev/full", self.dir / "counts.csv")
        done = self.disco("boot", HELLO, "--fidelity", "memory", "--page-counts", "counts.csv", code=None)
        self.assertEqual(done.returncode, 104, done.stderr)

    def test_a_trace_that_cannot_be_written_ends_the_recording(self):
        path = self.file("n.lua", MISSES)
        done = subprocess.run([str(DISCO), "record", str(path), "--whole", "-o", "t.dtz"], cwd=self.dir, capture_output=True,
                              text=True, preexec_fn=limited(20_000))
        self.assertEqual(done.returncode, 4, done.stderr)
        self.assertIn("t.dtz.partial: cannot be written: File too large", done.stderr)
        self.assertFalse((self.dir / "t.dtz").exists())
        os.symlink("/dev/full", self.dir / "c.json")
        self.assertIn("c.json", self.disco("record", path, "--set", "machine.fidelity=memory", "--counts", "c.json", "-o", "u.dtz",
                                           code=4).stderr)
        self.disco("trace", "check", "u.dtz")  # what was recorded is there


class Bounds(Case):
    def test_a_console_log_is_bounded_and_says_so(self):
        text = f'experiment "flood" {{ machine = flash {{ }}, guest = {{ kernel = "{FLOOD}", append = "n=20000000 nl=80" }}, workload = "hello" }}'
        run, answer = self.run_small(text)
        log = next(run.rglob("console.log"))
        self.assertLess(log.stat().st_size, (16 << 20) + 1000)
        self.assertIn(b"[disco: the console says more than", log.read_bytes())
        results = json.loads(next(run.rglob("results.json")).read_text())
        self.assertEqual(results["console"]["bytes"], 20_000_000)
        self.assertEqual(results["console"]["left_out"], 20_000_000 - (16 << 20))
        self.assertIn("are not in its console.log", " ".join(answer["warnings"]))

    def test_one_store_does_not_flood(self):
        done = subprocess.run([str(DISCO), "boot", str(FLOOD), "--console", "virtio", "--append", "notify=1"], capture_output=True)
        self.assertLessEqual(len(done.stdout), 4 << 20)

    def test_limits_and_ctrl_c_reach_a_guest_that_floods_by_virtio(self):
        words = [str(DISCO), "boot", str(FLOOD), "--console", "virtio", "--append", "notify=100000000 reset=1"]
        start = time.time()
        done = subprocess.run([*words, "--limit", "2s"], stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, timeout=100)
        self.assertEqual(done.returncode, 107, done.stderr)
        self.assertLess(time.time() - start, 20)
        process = subprocess.Popen(words, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        time.sleep(1)
        process.send_signal(signal.SIGINT)
        self.assertEqual(process.wait(timeout=20), 130)

    def test_a_line_without_end_costs_no_memory(self):
        process = subprocess.Popen([str(DISCO), "boot", str(FLOOD), "--machines", "2", "--append", "n=20000000"],
                                   stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
        text = process.stdout.read()
        process.stdout.close()
        _, status, usage = os.wait4(process.pid, 0)
        self.assertEqual(os.waitstatus_to_exitcode(status), 0)
        self.assertLess(usage.ru_maxrss, 60_000)
        self.assertEqual(text.count(b"x"), 40_000_000)
        self.assertLess(max(map(len, text.split(b"\n"))), 5000)

    def test_untouched_memory_costs_nothing(self):
        start = time.time()
        done = subprocess.Popen([str(DISCO), "boot", str(HELLO), "--nodes", "64", "--memory", "4032MB"],
                                stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        _, status, usage = os.wait4(done.pid, 0)
        self.assertEqual(os.waitstatus_to_exitcode(status), 0)
        self.assertLess(usage.ru_utime + usage.ru_stime, 5, time.time() - start)


class Quiet(Case):
    def test_answers_stay_and_remarks_go(self):
        self.run_small(MISSES)
        self.disco("record", "small.lua", "-o", "t.dtz")
        for words in [["latest"], ["ls"], ["info", "params"], ["explain", "miss"], ["trace", "info", "t.dtz"],
                      ["trace", "view", "t.dtz", "-n", "5"], ["trace", "stats", "t.dtz"], ["trace", "check", "t.dtz"],
                      ["replay", "t.dtz"], ["compare", "latest", "latest"], ["report"], ["report", "--md"], ["report", "--csv"],
                      ["check", "small.lua"], ["run", "small.lua", "--dry-run"], ["disasm", HELLO], ["--version"]]:
            loud, quiet = self.disco(*words), self.disco(*words, "-q")
            self.assertEqual(quiet.stdout, loud.stdout, words)
            self.assertNotEqual(quiet.stdout, "", words)
            self.assertEqual(quiet.stderr, "", words)
            if words[0] != "disasm":
                self.assertEqual(self.disco("--json", "-q", *words).stderr, "", words)
        # Its answer is in files.
        done = self.disco("run", "small.lua", "-q")
        self.assertEqual((done.stdout, done.stderr), ("", ""))


class Traces(Case):
    def setUp(self):
        super().setUp()
        self.disco("record", self.file("n.lua", MISSES), "-o", "t.dtz", "--limit", "20000insn")
        self.end = self.json("trace", "info", "t.dtz")["instructions"]

    def test_positions_outside_of_the_trace_are_told(self):
        for verb in [["trace", "view"], ["trace", "stats"], ["replay"]]:
            for words in [["--from", "999999999"], ["--from", self.end]]:
                error = self.disco(*verb, "t.dtz", *words, code=2).stderr
                self.assertIn(f"the trace ends at instruction {self.end}", error)
            for words in [["--from", "500", "--to", "400"], ["--from", "500", "--to", "500"], ["--to", "0"]]:
                self.assertIn("holds no instruction", self.disco(*verb, "t.dtz", *words, code=2).stderr)
            for words in [["--from", "-1"], ["--to", "-1"], ["--from", "0x10"], ["--from", "1e3"], ["--from", "99999999999999999999"]]:
                self.disco(*verb, "t.dtz", *words, code=2)
            self.assertIn("the trace ends at", self.disco(*verb, "t.dtz", "--to", self.end + 1).stderr)
            self.assertEqual(self.disco(*verb, "t.dtz", "--from", self.end - 1, "--to", self.end).stderr, "")
        self.disco("trace", "view", "t.dtz", "-n", "-1", code=2)

    def test_n_0_shows_all_and_json_has_fields(self):
        lines = self.disco("trace", "view", "t.dtz", "-n", "0").stdout.splitlines()
        self.assertEqual(lines, self.disco("trace", "view", "t.dtz", "-n", "100000000").stdout.splitlines())
        answer = self.json("trace", "view", "t.dtz", "-n", "0")
        self.assertFalse(answer["more"])
        self.assertEqual(len(answer["records"]), len(lines))
        for line, record in zip(lines, answer["records"]):
            if record["record"] == "dma":
                continue
            words = line.split()
            self.assertEqual(int(words[0]), record["instruction"])
            self.assertEqual(words[1], f"cpu{record['cpu']}")
            if record["record"] in ("fetch", "load", "store"):
                self.assertIn(record["va"][2:], line)
            if "pa" in record and record["pa"]:
                self.assertEqual(int(record["pa"], 16), int(re.search(r"-> ([0-9a-f]{10})", line)[1], 16))
        kinds = {record["record"] for record in answer["records"]}
        self.assertLessEqual({"state", "fetch", "load", "store", "exception", "eret", "tlbwr"}, kinds)
        few = self.json("trace", "view", "t.dtz", "-n", "3")
        self.assertEqual(few["records"], answer["records"][:3])
        self.assertTrue(few["more"])

    def test_a_cut_trace_is_told_by_exit_code_and_in_json(self):
        whole = (self.dir / "t.dtz").read_bytes()
        header = 8 + int.from_bytes(whole[4:8], "little")
        for size in [header, header + 10, len(whole) // 2, len(whole) - 1]:
            self.file("cut.dtz", "").write_bytes(whole[:size])
            for words in [["trace", "info"], ["trace", "view"], ["trace", "stats"], ["trace", "check"], ["replay"]]:
                done = self.disco(*words, "cut.dtz", code=4)
                self.assertIn("cut.dtz", done.stderr)
                answer = self.json(*words, "cut.dtz", code=4)
                self.assertTrue(answer["damage"], answer)
        self.assertNotIn("per instruction", self.disco("trace", "info", "cut.dtz", code=4).stdout if self.end == 0 else "")
        self.file("cut.dtz", "").write_bytes(whole[:header])
        self.assertNotIn("per instruction", self.disco("trace", "info", "cut.dtz", code=4).stdout)
        self.assertIsNone(self.json("trace", "info", "t.dtz")["damage"])

    def test_a_recording_that_is_killed_at_once_leaves_a_header(self):
        text = 'experiment "busy" { machine = flash { }, workload = workload "spin" { args = { 100000000 } } }'
        process = subprocess.Popen([str(DISCO), "record", str(self.file("b.lua", text)), "--whole", "-o", "k.dtz"],
                                   cwd=self.dir, stderr=subprocess.PIPE, stdout=subprocess.PIPE)
        partial = self.dir / "k.dtz.partial"
        for _ in range(600):
            if partial.exists() and partial.stat().st_size:
                break
            time.sleep(0.05)
        process.kill()
        process.communicate()
        answer = self.json("trace", "info", "k.dtz.partial", code=4)
        self.assertEqual(answer["header"]["experiment"], "busy")
        self.assertFalse(answer["complete"])

    def test_ctrl_c_before_the_phase_is_no_failed_guest(self):
        text = 'experiment "busy" { measure = "late", phases = { late = { from = 77, to = 78 } }, machine = flash { },' \
               'workload = workload "spin" { args = { 1000000000 } } }'
        process = subprocess.Popen([str(DISCO), "record", str(self.file("b.lua", text)), "-o", "k.dtz"],
                                   cwd=self.dir, stderr=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        time.sleep(2)
        process.send_signal(signal.SIGINT)
        error = process.communicate()[1]
        self.assertEqual(process.returncode, 130, error)
        self.assertIn("nothing was recorded", error)


class Directories(Case):
    def rows(self):
        return {Path(row["run"]).name: row for row in self.json("ls")["runs"]}

    def test_a_partial_directory_is_named_as_one_whatever_its_manifest_says(self):
        run, _ = self.run_small(NATIVE)
        partial = run.with_name(run.name + ".partial")
        run.rename(partial)  # killed between the last manifest and the renaming
        row = self.rows()[partial.name]
        self.assertEqual((row["status"], row["resumable"]), ("interrupted", True))
        self.assertIn("interrupted", self.disco("ls").stdout)
        self.assertEqual(self.json("report", partial)["status"], "interrupted")
        self.disco("run", "small.lua", "--resume", "latest")
        self.assertEqual([row["status"] for row in self.rows().values()], ["complete"])

    def test_a_directory_without_a_manifest_is_shown_and_not_resumed(self):
        self.run_small(NATIVE)
        empty = self.dir / "runs/native/2030-01-01T000000Z-abcd.partial"
        empty.mkdir()
        (empty / "points.csv").write_text("")
        row = self.rows()[empty.name]
        self.assertEqual((row["status"], row["resumable"]), ("interrupted", False))
        self.assertIn("no interrupted run", self.disco("run", "small.lua", "--resume", "latest", code=4).stderr)
        self.assertIn("nothing to resume", self.disco("run", "small.lua", "--resume", empty, code=4).stderr)
        self.disco("run", "small.lua")  # and it is no history that a run could stumble over

    def test_inputs_that_do_not_fit_leave_nothing_behind(self):
        path = self.file("n.lua", NATIVE)
        done = subprocess.run([str(DISCO), "run", str(path)], cwd=self.dir, capture_output=True, text=True,
                              preexec_fn=limited(30_000))
        self.assertEqual(done.returncode, 4, done.stderr)
        self.assertIn("inputs/", done.stderr)
        self.assertEqual(list((self.dir / "runs").rglob("*.partial")), [])
        self.assertEqual(self.rows(), {})

    def test_one_bad_manifest_hides_no_run(self):
        run, _ = self.run_small(NATIVE)
        good = json.loads((run / "manifest.json").read_text())
        wrong = ["no JSON", "[]", "null", "{}", '"x"', "7"]
        for key in ["status", "config_hash", "exit_code", "points", "instructions"]:
            wrong += [json.dumps({**good, key: value}) for value in (None, {"x": 1}, True)]
        wrong += [json.dumps({**good, "exit_code": "four"}), json.dumps({**good, "status": 5}), json.dumps({**good, "points": 5})]
        for number, text in enumerate(wrong):
            folder = self.dir / f"runs/native/2030-01-01T0000{number:02}Z-abcd"
            folder.mkdir()
            (folder / "manifest.json").write_text(text)
        rows = self.rows()
        self.assertEqual(len(rows), len(wrong) + 1)
        self.assertEqual(rows[run.name]["status"], "complete")
        self.assertEqual({row["status"] for name, row in rows.items() if name != run.name} - {"damaged"}, set())
        self.assertEqual(self.disco("ls").stderr.count("manifest.json"), len(wrong))
        for folder in (self.dir / "runs/native").glob("2030-*"):
            (folder / "p00-all/r0").mkdir(parents=True)
            (folder / "p00-all/r0/results.json").write_text('{"status": 7, "instructions": "many", "exit_code": []}')
        self.disco("run", "small.lua")

    def test_a_failed_point_is_told_once_with_the_guests_last_line(self):
        self.file("bad.c", '#include <stdio.h>\nint main(void) { printf("hello\\nno \\x1b luck"); return 7; }\n')
        self.disco("cc", "bad.c", "-o", "bad")
        text = 'experiment "fails" { machine = flash { }, workload = "./bad", ' \
               'sweep = { { name = "s", path = "seed", values = { 1, 2, 3 } } } }'
        for words in [[], ["-q"]]:
            done = self.disco("run", self.file("f.lua", text), *words, code=5)
            log = next((self.dir / "runs/fails").glob("*Z-*/p00*/r0/console.log")).read_text()
            last = [line for line in log.splitlines() if line.strip()][-1].strip().replace("\x1b", "\\x1b")
            for seed in "123":
                told = [line for line in done.stderr.splitlines() if f"s={seed}" in line]
                self.assertEqual(len(told), 1, done.stderr)
                self.assertIn("FAILED (complete, guest exit 7)", told[0])
                self.assertTrue(told[0].endswith(f"its last line: {last}"), told[0])
        self.assertIn(last, " ".join(self.json("report", "latest", code=None)["warnings"]))


if __name__ == "__main__":
    unittest.main(argv=[sys.argv[0], *sys.argv[3:]])
