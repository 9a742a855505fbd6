#!/usr/bin/env python3
"""The program as its users meet it: exit codes, run directories, JSON, interrupts, reports.

usage: cli_test.py DISCO SOURCE_DIR [unittest arguments]
"""
import csv
import json
import os
import re
import shutil
import signal
import struct
import subprocess
import sys
import tempfile
import time
import unittest
from pathlib import Path

DISCO = Path(sys.argv[1]).resolve()
SOURCE = Path(sys.argv[2]).resolve()
GUESTS = DISCO.parent / "guests"

SMALL = """
experiment "small" {
  question = "Does it work?",
  machine = flash { mem = { per_node = "32MB" } },
  workload = workload "chase" { args = { 2097152, 3000 } },
  sweep = { { name = "system", values = {
    case "native" { monitor = none() },
    case "l2tlb" { monitor = disco { l2tlb = { entries = 1024 } }, machine = { mem = { per_node = "64MB" } } },
  } } },
  expect = { check { that = "misses cost more below a monitor", metric = "miss.mean",
                     at = { system = "l2tlb" }, above = { system = "native" } } },
}
"""
NATIVE = """
experiment "native" {
  machine = flash { mem = { per_node = "32MB" } },
  workload = workload "chase" { args = { 2097152, 3000 } },
}
"""


class Case(unittest.TestCase):
    def setUp(self):
        self.dir = Path(tempfile.mkdtemp(prefix="disco-cli-"))
        self.addCleanup(shutil.rmtree, self.dir, ignore_errors=True)

    def disco(self, *args, code=0, cwd=None, env=None, prefix=()):
        done = subprocess.run([*prefix, str(DISCO), *map(str, args)], cwd=cwd or self.dir, text=True, errors="replace",
                              capture_output=True, timeout=300, env={**os.environ, **(env or {})})
        if code is not None:
            self.assertEqual(done.returncode, code, f"{args}\n{done.stdout}\n{done.stderr}")
        return done

    def linux_stand_in(self):
        """An environment in which Linux has been built, or so it looks: tinyix answers to its name."""
        guests = self.dir / "disco" / "guests"
        guests.mkdir(parents=True)
        for side in ("native", "disco"):
            shutil.copy(GUESTS / f"tinyix-{side}.elf", guests / f"linux-{side}.elf")
        shutil.copy(GUESTS / "initrd.cpio", guests / "linux.cpio")
        return {"XDG_CACHE_HOME": str(self.dir)}

    def json(self, *args, code=0, **more):
        done = self.disco("--json", *args, code=code, **more)
        return json.loads(done.stdout)

    def file(self, name, text):
        path = self.dir / name
        path.write_text(text)
        return path

    def run_small(self, text=SMALL, *more, code=0, name="small.lua"):
        """Runs an experiment and returns its directory and answer."""
        answer = self.json("run", self.file(name, text), *more, code=code)
        return Path(self.dir, answer["run"]), answer


class Usage(Case):
    def test_mistakes_exit_with_2_and_a_suggestion(self):
        for words, hint in [(["rnu"], 'did you mean "run"?'), (["run", "--oot", "x", "y"], 'did you mean "--out"?'),
                            ([], "say what to do"), (["boot", "--memroy", "1MB", "x"], 'did you mean "--memory"?'),
                            (["explain", "mist"], "")]:
            expected = 102 if words[:1] == ["boot"] else 2
            done = self.disco(*words, code=expected)
            self.assertIn(hint, done.stderr)
            self.assertEqual(done.stdout, "")

    def test_a_missing_argument_is_explained(self):
        for words, hint in [(["explain"], "missing what: miss or syscall"), (["compare", "x"], "missing b: the other one"),
                            (["run"], "missing experiment: a Lua file"), (["cc"], "missing sources: C or assembly files"),
                            (["run", "x", "-j", "two"], '--jobs: "two" is not a number')]:
            self.assertIn(hint, self.disco(*words, code=2).stderr)

    def test_help_shows_one_word_for_options_that_may_be_repeated(self):
        for verb, option in [("run", "--set PATH=VALUE"), ("run", "--only DIMENSION=VALUE,..."), ("boot", "--set KEY=VALUE"),
                             ("boot", "--disk FILE"), ("compare", "--metric NAME")]:
            self.assertRegex(self.disco(verb, "--help").stdout, rf"\n  {re.escape(option)}(  |\n)")

    def test_numbers_out_of_range_are_usage_errors(self):
        path = self.file("n.lua", NATIVE)
        for words in [["--seed", "-1"], ["-j", "-3"], ["--limit", "0insn"], ["--limit", "0s"], ["--limit", "5"]]:
            self.disco("run", path, *words, code=2)
        self.assertFalse((self.dir / "runs").exists())

    def test_with_json_help_and_version_are_json_too(self):
        self.assertIn("Usage", self.json("--help")["help"])
        self.assertIn("--resume", self.json("run", "--help")["help"])
        self.assertEqual(self.json("--version")["program"], "disco")
        self.assertTrue(self.json("info", "params", "--md")["rows"])

    def test_words_that_are_not_utf8_stay_out_of_the_json(self):
        name = os.fsencode(self.dir) + b"/b\xffad.lua"
        with open(name, "w") as file:
            file.write(NATIVE)
        self.assertEqual(self.json("check", os.fsdecode(name))["errors"], [])
        answer = self.json("run", os.fsdecode(name))
        manifest = json.loads(Path(self.dir, answer["run"], "manifest.json").read_text())
        self.assertIn("b\ufffdad.lua", manifest["command"][-1])
        self.assertIn("not UTF-8", self.disco("check", os.fsdecode(name), "--set", os.fsdecode(b"question=\xff"), code=3).stderr)

    def test_a_reader_that_leaves_ends_no_run(self):
        path = self.file("n.lua", NATIVE)
        process = subprocess.Popen([str(DISCO), "run", str(path)], cwd=self.dir, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        process.stdout.close()
        process.stderr.close()
        self.assertEqual(process.wait(timeout=120), 0)
        self.assertTrue((self.dir / "runs/native/latest/report.html").is_file())

    def test_a_full_disk_behind_stdout_is_told(self):
        with open("/dev/full", "w") as full:
            done = subprocess.run([str(DISCO), "info", "params"], stdout=full, stderr=subprocess.PIPE, text=True)
        self.assertEqual(done.returncode, 4)
        self.assertIn("standard output: No space left", done.stderr)

    def test_examples_say_what_they_are(self):
        for row in self.json("info", "examples")["rows"]:
            self.assertGreater(len(row["meaning"]), 20)

    def test_json_errors_are_json(self):
        answer = self.json("run", "@no-such-experiment", code=4)
        self.assertEqual(answer["exit_code"], 4)
        self.assertIn("no shipped experiment", answer["error"])

    def test_help_and_version(self):
        self.assertIn("disco", self.disco("--version").stdout)
        for verb in re.findall(r"^  (\w+)  ", self.disco("--help").stdout.split("Subcommands:")[1], re.M):
            self.assertIn("Usage: disco " + verb, self.disco(verb, "--help").stdout)

    def test_info_answers_in_words_and_in_json(self):
        for topic in ["version", "params", "counters", "metrics", "classes", "examples", "programs"]:
            self.assertTrue(self.disco("info", topic).stdout.strip())
            self.assertTrue(self.json("info", topic))
        self.disco("info", "fnord", code=2)

    def test_no_colour_in_pipes_unless_asked(self):
        self.assertNotIn("\x1b", self.disco("info", "version").stdout)
        self.assertIn("\x1b", self.disco("--color", "always", "info", "classes").stdout)
        self.assertNotIn("\x1b", self.disco("info", "classes", env={"NO_COLOR": "1", "TERM": "xterm"}).stdout)

    def test_reference_page_is_what_the_program_says(self):
        for page, topics in [("config-reference.md", ["params"]), ("report.md", ["classes", "metrics", "counters"])]:
            text = (SOURCE / "docs" / page).read_text()
            for topic in topics:
                table = self.disco("info", topic, "--md").stdout.strip()
                self.assertIn(table, text, f"docs/{page}: paste the output of `disco info {topic} --md`")


class Boot(Case):
    def test_console_and_exit_code(self):
        done = self.disco("boot", GUESTS / "bare" / "hello.elf", "--memory", "16MB")
        self.assertIn("hello", done.stdout)
        self.assertIn("power-off", done.stderr)

    def test_exit_code_is_the_guests(self):
        self.file("three.c", "#include <stdio.h>\n#include <stdlib.h>\n"
                             "int main(int c, char **v) { printf(\"%s\\n\", v[1]); return atoi(v[1]); }\n")
        self.disco("cc", "three.c", "-o", "three")
        for code, expected in [(0, 0), (3, 3), (99, 99), (200, 99)]:
            done = self.disco("--json", "boot", GUESTS / "tinyix-native.elf", "--program", "./three", "--args", code,
                              code=expected)
            answer = json.loads(done.stdout)
            self.assertEqual(answer["guest_exit"], code)
            self.assertEqual(answer["exit_code"], expected)

    def test_a_program_of_ones_own_may_compute_in_floating_point(self):
        self.file("half.c", "#include <math.h>\n#include <stdio.h>\nint main(int c, char **v) {\n"
                            "  double x = c;\n  printf(\"%.15g %e %d\\n\", sqrt(x) / 3, x / 7, (int)(x * 1e5));\n  return 0;\n}\n")
        for abi in "n64", "o32":
            self.disco("cc", "half.c", "-o", "half", "--abi", abi)
            for kernel in [("tinyix-native.elf",), ("tinyix-disco.elf", "--monitor")]:
                done = self.disco("boot", GUESTS / kernel[0], *kernel[1:], "--program", "./half", "--args", "x")
                self.assertEqual(done.stdout, "0.471404520791032 2.857143e-01 200000\n")

    def test_what_the_fpu_leaves_to_software_can_be_completed(self):
        self.file("tiny.c", "#include <stdio.h>\nint main(int c, char **v) {\n"
                            "  volatile double x = 1e-300;\n  printf(\"%g\\n\", x / 1e15 / c);\n  return 0;\n}\n")
        self.disco("cc", "tiny.c", "-o", "tiny")
        done = self.disco("boot", GUESTS / "tinyix-native.elf", "--program", "./tiny", code=99)
        self.assertIn("left to software", done.stdout)
        done = self.disco("boot", GUESTS / "tinyix-native.elf", "--program", "./tiny", "--fp-unimplemented", "complete")
        self.assertEqual(done.stdout, "1e-315\n")

    def test_own_failures_are_100_and_more(self):
        self.disco("boot", "nothing.elf", code=104)
        self.disco("boot", GUESTS / "bare" / "hello.elf", "--limit", "100insn", code=107)
        self.disco("boot", GUESTS / "bare" / "hello.elf", "--limit", "soon", code=102)
        self.disco("boot", GUESTS / "bare" / "hello.elf", "--memory", "16", code=102)

    def test_options_are_keys_with_short_names(self):
        hello, path = GUESTS / "bare" / "hello.elf", self.file("n.lua", NATIVE)
        bounds = {row["key"]: row["value"].rpartition(", ")[2] for row in self.json("info", "params")["rows"]}
        for option, key, value in [("--memory", "machine.mem.per_node", "4033MB"), ("--nodes", "machine.nodes", "65"),
                                   ("--cpus", "machine.cpus_per_node", "0"), ("--clock", "machine.clock", "5GHz"),
                                   ("--tlb", "machine.cpu.tlb.entries", "7"), ("--l2tlb", "monitor.l2tlb.entries", "1048577"),
                                   ("--guest-memory", "monitor.vm.memory", "257MB")]:
            told = f"{key}: {value} is out of range ({bounds[key]})"
            below = ["--monitor"] if key.startswith("monitor") else []
            self.assertIn(f"{option} {value}: {told}", self.disco("boot", hello, *below, option, value, code=103).stderr)
            self.assertIn(told, self.disco("check", path, "--set", f"{key}={value}", code=3).stderr)
        for option, key in [("--memory", "machine.mem.per_node"), ("--clock", "machine.clock"), ("--guest-memory", "monitor.vm.memory")]:
            told = self.disco("boot", hello, "--monitor", option, "16", code=102).stderr
            self.assertIn(f'{option} 16: {key}: "16" needs a unit', told)
        for option, key in [("--nodes", "machine.nodes"), ("--console", "machine.console"), ("--engine", "machine.engine")]:
            told = self.disco("boot", hello, "--set", f"{key}=1", code=102).stderr
            self.assertIn(f"has an option of its own (use {option})", told)

    def test_a_machine_is_the_same_by_option_and_by_key(self):
        self.file("spin.lua", 'experiment "spin" { workload = workload "spin" { args = { 10 } }, machine = flash { nodes = 2, '
                              'cpus_per_node = 2, clock = "100MHz", mem = { per_node = "32MB" }, cpu = { tlb = { entries = 48 } } }, seed = 7 }')
        run = self.json("run", "spin.lua")
        point = json.loads(next(Path(self.dir, run["run"]).rglob("results.json")).read_text())
        booted = self.json("boot", "tinyix-native.elf", "--program", "spin", "--args", 10, "--nodes", 2, "--cpus", 2, "--clock", "100MHz",
                           "--memory", "32MB", "--tlb", 48, "--seed", 7, cwd=GUESTS, code=None)
        self.assertEqual((booted["instructions"], booted["cycles"], booted["digest"]),
                         (point["instructions"], point["cycles"], point["digest"]))

    def test_names_with_spaces_and_arguments_with_spaces(self):
        self.file("my prog.c", "#include <stdio.h>\nint main(int c, char **v) { puts(v[1]); return c; }\n")
        self.disco("cc", "my prog.c", "-o", "my prog")
        done = self.disco("boot", GUESTS / "tinyix-native.elf", "--program", "./my prog", "--args", "hi", code=2)
        self.assertIn("hi", done.stdout)
        done = self.disco("boot", GUESTS / "tinyix-native.elf", "--program", "./my prog", "--args", "a b", code=2)
        self.assertIn("a b", done.stdout)
        _, answer = self.run_small(NATIVE, "--set", "workload=./my prog", "--set", "workload.args=x", code=5)
        self.assertIn("guest exit 2", answer["warnings"][0])
        self.disco("check", "small.lua", "--set", "workload.args=a b")

    def test_kernels_have_names_and_disks_of_their_own(self):
        done = self.disco("boot", "linux", "--append", "init=/bin/hello", env=self.linux_stand_in())
        self.assertIn("hello", done.stdout)
        self.disco("boot", "tinyix", "--program", "hello")

    def test_under_the_monitor_the_console_is_the_same(self):
        native = self.disco("boot", GUESTS / "tinyix-native.elf", "--program", "random", "--args", 65536, 1000)
        guest = self.disco("boot", GUESTS / "tinyix-disco.elf", "--monitor", "--program", "random", "--args", 65536, 1000)
        self.assertEqual(native.stdout, guest.stdout)


class Check(Case):
    def test_each_wrong_file_exits_with_3_and_one_message(self):
        files = sorted((SOURCE / "tests/config/wrong").glob("*.lua"))
        self.assertGreaterEqual(len(files), 20)
        for path in files:
            expected = path.read_text().splitlines()[0].removeprefix("-- expect: ")
            done = self.disco("check", path, code=3)
            self.assertEqual(done.stderr.count("error: ") - done.stderr.count("disco: error: "), 1, done.stderr)
            self.assertIn(expected, done.stderr)
            self.assertIn("1 error; nothing was run", done.stderr)
            self.assertEqual(len(self.json("check", path, code=3)["errors"]), 1)

    def test_the_hash_is_the_same_in_every_process(self):
        path = self.file("a.lua", SMALL)
        other = self.dir / "a" / "much" / "longer" / "path"
        other.mkdir(parents=True)
        shutil.copy(path, other / "b.lua")
        hashes = {self.json("check", path)["hash"] for _ in range(4)}
        hashes.add(self.json("check", "b.lua", cwd=other)["hash"])
        hashes.add(self.json("check", path, prefix=["setarch", "-R"])["hash"])
        self.assertEqual(len(hashes), 1)

    def test_shipped_experiments_are_right_from_any_directory(self):
        linux = self.linux_stand_in()
        for row in self.json("info", "examples")["rows"]:
            self.assertEqual(self.json("check", row["experiment"], cwd="/", env=linux)["errors"], [])

    def test_what_is_built_separately_is_told_where_it_is_missing(self):
        nothing = {"XDG_CACHE_HOME": str(self.dir)}
        for words, code in [(("check", "@linux-boot"), 4), (("run", "@linux-boot"), 4), (("boot", "linux"), 104)]:
            self.assertIn("run ./bootstrap linux", self.disco(*words, code=code, env=nothing).stderr)
        self.assertIn("run ./bootstrap linux", self.disco("boot", "linux", "--monitor", code=104, env=nothing).stderr)


class Run(Case):
    def test_run_directory_is_complete(self):
        run, answer = self.run_small()
        self.assertEqual(answer["exit_code"], 0)
        for name in ["manifest.json", "config.resolved.json", "experiment.lua", "points.csv", "report.html", "report.md",
                     "reproduce.sh"]:
            self.assertTrue((run / name).is_file(), name)
        manifest = json.loads((run / "manifest.json").read_text())
        self.assertEqual(manifest["status"], "complete")
        self.assertEqual(len(manifest["points"]), 2)
        for key in ["config_hash", "seed", "command", "host", "build", "digest", "instructions", "wall_seconds", "inputs"]:
            self.assertIn(key, manifest)
        for point in manifest["points"]:
            self.assertEqual(point["status"], "complete")
            folder = next(run.glob(f"p*-{point['point']}")) / "r0"
            results = json.loads((folder / "results.json").read_text())
            self.assertEqual(results["digest"], point["digest"])
            with open(folder / "counters.csv") as file:
                rows = list(csv.DictReader(file))
            self.assertGreater(len(rows), 100)
            self.assertIn("checksum", (folder / "console.log").read_text())
            counted = {(r["phase"], r["name"]): int(r["value"]) for r in rows}
            roi = next(p for p in results["phases"] if p["name"] == "roi")
            self.assertEqual(counted["roi", "cpu.refills.mode.user"], roi["counters"]["cpu.refills.mode.user"])
            self.assertGreater(roi["counters"]["cpu.refills.mode.user"], 1000)
        self.assertFalse(list(run.rglob("*.partial")))
        self.assertEqual((self.dir / "runs/latest").resolve(), run.resolve())

    def test_a_second_run_has_its_own_directory_and_the_same_digests(self):
        first, _ = self.run_small(NATIVE)
        second, _ = self.run_small(NATIVE)
        self.assertNotEqual(first, second)
        digests = [json.loads((r / "manifest.json").read_text())["digest"] for r in (first, second)]
        self.assertEqual(*digests)
        self.assertEqual(self.json("compare", first, second)["worse"], 0)
        self.assertTrue(self.json("compare", first, second)["same_digest"])

    def test_the_resolved_configuration_reproduces_the_run_elsewhere(self):
        run, answer = self.run_small(NATIVE)
        other = self.dir / "elsewhere"
        shutil.copytree(run, other / "kept")
        again = self.json("run", "kept/config.resolved.json", cwd=other)
        self.assertEqual(again["points"][0]["digests"], answer["points"][0]["digests"])
        script = subprocess.run([other / "kept" / "reproduce.sh", "--json"], cwd=other, text=True, capture_output=True,
                                timeout=300)
        self.assertEqual(script.returncode, 0, script.stderr)
        self.assertEqual(json.loads(script.stdout)["points"][0]["digests"], answer["points"][0]["digests"])

    def test_verify_finds_equal_digests(self):
        answer = self.json("verify", self.file("n.lua", NATIVE))
        self.assertTrue(answer["equal"])

    def test_another_seed_is_another_run(self):
        _, one = self.run_small(NATIVE)
        _, two = self.run_small(NATIVE, "--seed", "5")
        self.assertNotEqual(one["points"][0]["digests"], two["points"][0]["digests"])

    def test_repeats_have_seeds_of_their_own(self):
        run, answer = self.run_small(NATIVE, "--set", "repeats=3")
        self.assertEqual(len(set(answer["points"][0]["digests"])), 3)
        self.assertEqual(len(list(run.glob("p00-all/r*/results.json"))), 3)

    def test_a_failed_expectation_exits_with_1(self):
        wrong = SMALL.replace("above =", "below =")
        _, answer = self.run_small(wrong, code=1)
        self.assertFalse(answer["expectations"][0]["holds"])
        self.disco("report", "latest", code=1)

    def test_a_failing_guest_exits_with_5(self):
        self.file("bad.c", "int main(void) { return 7; }\n")
        self.disco("cc", "bad.c", "-o", "bad")
        run, answer = self.run_small(NATIVE, "--set", "workload=./bad", code=5)
        manifest = json.loads((run / "manifest.json").read_text())
        self.assertEqual(manifest["points"][0]["guest_exit"], 7)
        self.assertEqual(manifest["exit_code"], 5)

    def test_a_limit_exits_with_7_and_results(self):
        run, _ = self.run_small(NATIVE, "--limit", "1Minsn", code=7)
        results = json.loads(next(run.glob("p*/r0/results.json")).read_text())
        self.assertEqual(results["status"], "limit")
        # Nothing stops between a branch and its delay slot.
        self.assertIn(results["instructions"], (1_000_000, 1_000_001))
        limit = json.loads((run / "config.resolved.json").read_text())["values"]["limit"]
        self.assertEqual(limit, {"value": 1_000_000, "written": "1Minsn", "origin": "--limit"})

    def test_of_several_troubles_the_exit_code_tells_the_worst(self):
        self.file("ends.c", "#include <stdlib.h>\nint main(int c, char **v) { return atoi(v[1]); }\n")
        self.disco("cc", "ends.c", "-o", "ends")
        cases = {"met": 'workload = { args = { "0" } }', "failed": 'workload = { args = { "3" } }',
                 "limited": 'workload = { args = { "0" } }, limit = "1Kinsn"'}
        expected = 'expect = { check { that = "short", metric = "cycles", at = { k = "met" }, below = 1 } },'
        for names, code in [(["met"], 1), (["failed", "met"], 5), (["limited", "met"], 7), (["failed", "limited"], 7),
                            (["limited", "failed", "met"], 7)]:
            values = ", ".join(f'case "{name}" {{ {cases[name]} }}' for name in names)
            run, _ = self.run_small(f'experiment "several" {{ machine = flash {{ }}, workload = "./ends", '
                                    f'{expected if "met" in names else ""}'
                                    f' sweep = {{ {{ name = "k", values = {{ {values} }} }} }} }}', code=code)
            self.disco("report", run, code=code)

    def test_repeats_are_told_in_their_order(self):
        run, _ = self.run_small('experiment "often" { machine = flash { }, workload = "hello", repeats = 11 }')
        rows = list(csv.DictReader(self.disco("report", "--csv", run).stdout.splitlines()))
        repeats = [int(row["repeat"]) for row in rows]
        self.assertEqual(repeats, sorted(repeats))
        self.assertEqual(set(repeats), set(range(11)))

    def test_a_run_without_the_measured_phase_says_so(self):
        self.file("plain.c", "int main(void) { return 0; }\n")
        self.disco("cc", "plain.c", "-o", "plain")
        run, answer = self.run_small(NATIVE, "--set", "workload=./plain")
        self.assertIn('never reached the phase "roi"', answer["warnings"][0])
        self.assertIn("never reached", self.disco("report", run, "--md").stdout)
        self.assertIn("never reached", self.disco("report", run).stdout)

    def test_what_is_no_program_is_told_how_to_make_one(self):
        self.file("x.c", "int main(void) { return 0; }\n")
        done = self.disco("check", self.file("n.lua", NATIVE), "--set", "workload=./x.c", code=4)
        self.assertIn("disco cc", done.stderr)

    def test_two_inputs_of_one_name_are_refused(self):
        self.file("p.c", "int main(void) { return 0; }\n")
        for folder, level in [("a", "0"), ("b", "2")]:
            (self.dir / folder).mkdir()
            self.disco("cc", "p.c", "-o", f"{folder}/p", "-O", level)
        twice = NATIVE.replace('workload = workload "chase" { args = { 2097152, 3000 } }',
                               'sweep = { { name = "w", path = "workload.program", values = { "./a/p", "./b/p" } } }')
        done = self.disco("run", self.file("twice.lua", twice), code=3)
        self.assertIn("has the name of another input file", done.stderr)

    def test_own_program_gives_one_note_about_expectations(self):
        self.file("p.c", "int main(void) { return 0; }\n")
        self.disco("cc", "p.c", "-o", "p")
        done = self.disco("check", "@tlb-cost", "--set", "workload=./p")
        self.assertEqual(done.stderr.count("expectations are about points that are left out"), 1)
        self.assertEqual(done.stderr.count("not asked"), 0)
        self.assertGreater(self.disco("-v", "check", "@tlb-cost", "--set", "workload=./p").stderr.count("not asked"), 5)

    def test_missing_files_are_told_before_anything_runs(self):
        done = self.disco("run", self.file("n.lua", NATIVE), "--set", "workload=chas", code=4)
        self.assertIn('did you mean "chase"?', done.stderr)
        self.assertFalse((self.dir / "runs").exists())

    def test_progress_has_lines_when_asked(self):
        done = self.disco("--progress", "none", "run", self.file("n.lua", NATIVE), "-q")
        self.assertEqual(done.stdout, "")
        self.assertEqual(done.stderr, "")


class Memory(Case):
    """Fidelity memory in experiments."""

    def measured(self, text, *more, name="memory.lua"):
        """results.json, console and the rows of counters-by-cpu.csv of the one point."""
        run, _ = self.run_small(text, *more, name=name)
        folder = next(run.glob("p*")) / "r0"
        with open(folder / "counters-by-cpu.csv") as file:
            rows = list(csv.DictReader(file))
        return json.loads((folder / "results.json").read_text()), (folder / "console.log").read_text(), rows

    @staticmethod
    def phase(results, name):
        return next(p for p in results["phases"] if p["name"] == name)

    def test_waits_for_memory_are_in_the_cycles_and_every_identity_holds(self):
        plain, said, _ = self.measured(NATIVE)
        results, also_said, rows = self.measured(NATIVE, "--set", "machine.fidelity=memory", "--set", "machine.nodes=2")
        self.assertEqual(said, also_said)
        for phase in results["phases"]:
            self.assertTrue(all(one["holds"] for one in phase["identities"]))
        counters = self.phase(results, "roi")["counters"]
        stall = sum(v for k, v in counters.items() if k.startswith("machine.memory.stall.") and ".queued." not in k)
        self.assertGreater(counters["machine.memory.references.local.load.user"], 100)
        self.assertGreater(self.phase(results, "roi")["cycles"], self.phase(plain, "roi")["cycles"] + 0.9 * stall)
        sums = {}
        for row in rows:
            if row["phase"] == "roi":
                sums[row["name"]] = sums.get(row["name"], 0) + int(row["value"])
        self.assertEqual({name: counters[name] for name in sums}, sums)
        self.assertEqual({(row["node"], row["cpu"]) for row in rows}, {("0", "0"), ("1", "1")})
        roi = self.phase(results, "roi")
        for one in roi["classes"]:  # shares are of both processors' cycles
            self.assertAlmostEqual(one["share"], roi["metrics"][f"class.{one['name']}.share"], places=6)

    def test_a_phase_may_have_a_fidelity_of_its_own(self):
        plain, said, _ = self.measured(NATIVE)
        text = NATIVE.rstrip().removesuffix("}") + 'phases = { roi = { from = 1, to = 2, fidelity = "memory" } },\n}\n'
        results, also_said, _ = self.measured(text)
        again, _, _ = self.measured(text)
        self.assertEqual(said, also_said)
        self.assertEqual(results["digest"], again["digest"])
        self.assertNotEqual(results["hash"], plain["hash"])
        self.assertEqual((results["fidelity"], plain["fidelity"]), ("memory", "tlb"))
        self.assertEqual(self.phase(results, "boot")["cycles"], self.phase(plain, "boot")["cycles"])
        self.assertGreater(self.phase(results, "roi")["cycles"], 1.2 * self.phase(plain, "roi")["cycles"])
        waits = {name: sum(v for k, v in self.phase(results, name)["counters"].items() if k.startswith("machine.memory.stall."))
                 for name in ("boot", "roi", "all")}
        self.assertEqual(waits["boot"], 0)
        self.assertGreater(waits["roi"], 0)
        self.assertEqual(waits["roi"], waits["all"])

    def test_impossible_caches_are_told_by_their_keys(self):
        path = self.file("n.lua", NATIVE)
        for key, value in [("machine.cache.l2.bytes", "3MB"), ("machine.latency.remote", "100ns"), ("machine.cache.l1d.line", "24B")]:
            done = self.disco("run", path, "--set", "machine.fidelity=memory", "--set", f"{key}={value}", code=3)
            self.assertIn(key.removesuffix(".remote"), done.stderr)

    def test_impossible_machines_are_told_before_anything_runs(self):
        phase = 'phases = { roi = { from = 1, to = 2, fidelity = "memory" } },\n}\n'
        path = self.file("n.lua", NATIVE)
        phased = self.file("p.lua", NATIVE.rstrip().removesuffix("}") + phase)
        caches = ["--set", "machine.cache.l2.line=32B"]
        for verb in ("check", "run"):
            self.disco(verb, path, *caches, "--set", "workload=hello")
            for words in ((path, *caches, "--set", "machine.fidelity=memory"), (phased, *caches)):
                done = self.disco(verb, *words, code=3)
                self.assertIn("error: machine.cache.l2: it cannot contain the primary caches", done.stderr)
            self.assertIn("machine.clock: 10GHz", self.disco(verb, path, "--set", "machine.clock=10GHz", code=3).stderr)
        self.assertEqual(len([p for p in (self.dir / "runs" / "native").iterdir() if not p.is_symlink()]), 1)

    def test_the_phase_that_began_last_decides_where_clocks_cannot_tell(self):
        # Two marks in one turn of a CPU, while others are at the end of it.
        self.file("marks.c", "#include <disco.h>\nstatic volatile char room[65536];\nint main(void) { mark(1); mark(2);"
                  " for (unsigned i = 0; i < sizeof room; i += 32) ++room[i]; mark(3); return 0; }\n")
        self.disco("cc", "marks.c", "-o", "marks")
        results, _, _ = self.measured("""
        experiment "marks" {
          machine = flash { nodes = 4, mem = { per_node = "16MB" } },
          workload = workload "./marks" {},
          phases = { early = { from = 2, to = 3, fidelity = "memory" }, late = { from = 1, to = 3, fidelity = "functional" } },
          measure = "early",
        }
        """)
        early, late = self.phase(results, "early"), self.phase(results, "late")
        self.assertEqual(early["from_cycle"], late["from_cycle"])
        self.assertGreater(early["counters"].get("machine.memory.references.local.load.user", 0), 0)


class Interrupt(Case):
    LONG = """
    experiment "long" {
      machine = flash { mem = { per_node = "32MB" } },
      sweep = { { name = "which", values = {
        case "short" { workload = { program = "spin", args = { 1000 } } },
        case "long" { workload = { program = "spin", args = { 60000000 } } },
      } } },
    }
    """

    def interrupted(self, sign):
        path = self.file("long.lua", self.LONG)
        process = subprocess.Popen([str(DISCO), "run", str(path), "-j1"], cwd=self.dir, text=True, stdout=subprocess.PIPE,
                                   stderr=subprocess.PIPE)
        for line in process.stderr:
            if line.startswith("[1/2]"):
                break
        time.sleep(0.5)
        process.send_signal(sign)
        out, err = process.communicate(timeout=60)
        self.assertEqual(process.returncode, 130, out + err)
        return next((self.dir / "runs/long").glob("*.partial"))

    def test_an_interrupted_run_is_marked_and_can_be_resumed(self):
        partial = self.interrupted(signal.SIGINT)
        manifest = json.loads((partial / "manifest.json").read_text())
        self.assertEqual(manifest["status"], "partial")
        self.assertEqual([p["status"] for p in manifest["points"]], ["complete", "partial"])
        for path in partial.rglob("*.json"):
            json.loads(path.read_text())
        done = self.disco("run", "long.lua", "--resume", "latest")
        self.assertIn("[2/2]", done.stderr)
        self.assertNotIn("[1/2]", done.stderr)
        resumed = json.loads((self.dir / "runs/long/latest/manifest.json").read_text())
        self.assertEqual(resumed["status"], "complete")
        self.assertEqual(resumed["points"][0], manifest["points"][0])
        whole = self.json("run", "long.lua", "--only", "which=long")
        self.assertEqual([resumed["points"][1]["digest"]], whole["points"][0]["digests"])

    def test_a_killed_run_can_be_resumed_and_one_under_way_cannot(self):
        path = self.file("long.lua", self.LONG)
        process = subprocess.Popen([str(DISCO), "run", str(path), "-j1", "-q"], cwd=self.dir)
        folder = self.dir / "runs/long"
        while not list(folder.glob("*.partial/p00-which=short/r0")):
            self.assertIsNone(process.poll())
            time.sleep(0.05)
        refused = self.disco("run", "long.lua", "--resume", "latest", code=2)
        self.assertIn("still being written", refused.stderr)
        self.assertEqual(self.json("ls")["runs"][0]["status"], "running")
        process.kill()
        process.wait()
        status = "running"
        while status == "running":  # until its point has died, too
            status = self.json("ls")["runs"][0]["status"]
        self.assertEqual(status, "interrupted")
        self.disco("run", "long.lua", "--resume", "latest")
        self.assertEqual(json.loads((folder / "latest/manifest.json").read_text())["status"], "complete")
        done = self.disco("run", "long.lua", "--resume", "latest", code=4)
        self.assertIn("no interrupted run", done.stderr)

    def test_an_interrupted_verify_answers(self):
        process = subprocess.Popen([str(DISCO), "--json", "verify", str(self.file("long.lua", self.LONG))], cwd=self.dir,
                                   text=True, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        # Once it catches the signal, and has got under way.
        while not int(re.search(r"SigCgt:\s*(\w+)", Path(f"/proc/{process.pid}/status").read_text())[1], 16) & 2:
            time.sleep(0.05)
        time.sleep(1)
        process.send_signal(signal.SIGINT)
        out, err = process.communicate(timeout=60)
        self.assertEqual(process.returncode, 130, err)
        self.assertEqual(json.loads(out)["exit_code"], 130)

    def test_a_run_of_another_configuration_is_not_resumed(self):
        partial = self.interrupted(signal.SIGTERM)
        done = self.disco("run", "long.lua", "--set", "machine.clock=100MHz", "--resume", partial, code=2)
        self.assertIn("another configuration", done.stderr)


class Report(Case):
    def test_the_page_is_self_contained(self):
        run, _ = self.run_small()
        page = (run / "report.html").read_text()
        scripts = re.findall(r"<script>(.*?)</script>", page, re.S)
        markup = re.sub(r"<script.*?</script>", "", page, flags=re.S)
        for word in ["src=", "href=", "@import", "url("]:
            self.assertNotIn(word, markup)
        for word in ["fetch(", "XMLHttpRequest", "importScripts", "WebSocket(", "sendBeacon"]:
            self.assertNotIn(word, "".join(scripts))
        # Names of XML namespaces look like addresses; nothing else may.
        for address in re.findall(r"https?://[^\s\"'\\]+", page):
            self.assertTrue(address.startswith("http://www.w3.org/"), address)
        self.assertIn("default-src 'none'", page)
        data = re.search(r'<script type="application/json" id="data">(.*?)</script>', page, re.S).group(1)
        self.assertNotIn("<", data)
        data = json.loads(data)
        self.assertEqual(len(data["points"]), 2)
        # Every counter that is shown is defined.
        families = [row[0] for row in data["counters"]["rows"]]
        for point in data["points"]:
            self.assertGreater(len(point["counters"]), 30)
            for name in point["counters"]:
                self.assertTrue(any(name == f or (f.endswith("*") and name.startswith(f[:-1])) for f in families), name)

    def test_markup_in_the_experiment_stays_text(self):
        run, _ = self.run_small(NATIVE.replace('experiment "native" {',
                                               'experiment "native" {\n question = "</script><b>x</b> & {{data}}",'))
        page = (run / "report.html").read_text()
        self.assertEqual(page.count("</script>"), page.count("<script"))
        data = re.search(r'id="data">(.*?)</script>', page, re.S).group(1)
        self.assertEqual(json.loads(data)["question"], "</script><b>x</b> & {{data}}")

    @unittest.skipUnless(shutil.which("chromium"), "chromium is not installed")
    def test_the_page_draws_itself(self):
        run, _ = self.run_small()
        dom = subprocess.run(["chromium", "--headless", "--no-sandbox", "--disable-gpu", "--virtual-time-budget=5000",
                              f"--user-data-dir={self.dir}/chromium", "--dump-dom", f"file://{run}/report.html"], text=True,
                             capture_output=True, timeout=120).stdout
        for title in ["The cost of a TLB miss", "Where the time goes", "The flow of one miss", "Every kind of episode",
                      "Inside the monitor", "Self-checks", "How to reproduce this"]:
            self.assertIn(f"<h2>{title}</h2>", dom)
        self.assertIn("identities hold", dom)

    def test_report_in_other_forms(self):
        run, _ = self.run_small()
        self.assertIn("## User TLB misses", self.disco("report", run, "--md").stdout)
        rows = list(csv.DictReader(self.disco("report", run, "--csv").stdout.splitlines()))
        self.assertGreater(len(rows), 500)
        self.disco("report", run, "--html", "elsewhere.html")
        self.assertEqual((self.dir / "elsewhere.html").read_text(), (run / "report.html").read_text())
        self.assertEqual(len(self.json("ls")["runs"]), 1)
        self.assertEqual(Path(self.json("latest")["run"]), run.resolve())

    def test_damaged_runs_are_refused(self):
        run, _ = self.run_small(NATIVE)
        results = next(run.glob("p*/r0/results.json"))
        results.write_text(results.read_text()[:1000])
        self.disco("report", run, code=4)
        self.disco("report", "nowhere", code=4)

    def test_edited_runs_are_refused_not_believed_and_not_crashed_on(self):
        run, _ = self.run_small(NATIVE)
        results = next(run.glob("p*/r0/results.json"))
        whole = results.read_text()
        for path in [("labels",), ("phases",), ("host",), ("flows",), ("phases", 0, "identities"), ("phases", 2, "classes")]:
            for value in (None, "?", [[]], 3):
                document = json.loads(whole)
                place = document
                for step in path[:-1]:
                    place = place[step]
                if value is None:
                    del place[path[-1]]
                else:
                    place[path[-1]] = value
                results.write_text(json.dumps(document))
                for verb in (["report", run], ["explain", "miss", run], ["compare", run, run]):
                    done = self.disco("--json", *verb, code=None)
                    self.assertIn(done.returncode, (0, 1, 4), f"{path} {value} {verb}: {done.stderr}")
                    json.loads(done.stdout)

    def test_compare_tells_worse_from_better(self):
        slow, _ = self.run_small(NATIVE, "--set", "machine.cpu.exception_entry=50cycles")
        fast, _ = self.run_small(NATIVE)
        self.disco("compare", slow, fast, "--fail-on-regress")
        self.disco("compare", fast, slow, "--fail-on-regress", code=1)
        answer = self.json("compare", fast, slow)
        mean = next(d for d in answer["differences"] if d["metric"] == "miss.mean")
        self.assertAlmostEqual(mean["b"] - mean["a"], 45, delta=2)


class Compare(Case):
    """What stands beside something else must be comparable, and say what it is."""
    PROCESSORS = """
    experiment "nodes" {
      machine = flash { nodes = 2, cpus_per_node = 2, mem = { per_node = "64MB" } },
      workload = workload "spin" { args = { 1000 } },
      sweep = { { name = "system", values = { case "native" { monitor = none() }, case "disco" { monitor = disco {} } } } },
      %s
    }
    """
    SIZES = """
    experiment "sizes" {
      machine = flash { mem = { per_node = "64MB" } },
      workload = workload "chase" { args = { 1048576, 3000 } },
      sweep = {
        { name = "system", values = { case "native" { monitor = none() }, case "disco" { monitor = disco { l2tlb = { entries = 0 } } } } },
        { name = "entries", path = "machine.cpu.tlb.entries", values = { 48, 128 } },
      },
    }
    """

    @staticmethod
    def page(run):
        return json.loads(re.search(r'id="data">(.*?)</script>', (run / "report.html").read_text(), re.S).group(1))

    def test_kernels_with_other_processors_are_compared_only_when_asked(self):
        path = self.file("nodes.lua", self.PROCESSORS % "")
        for verb in ("check", "run"):
            done = self.disco(verb, path, code=3)
            self.assertIn("has 4 processors and system=disco, a virtual machine, has 1", done.stderr)
            self.assertIn('differs = { "processors" }', done.stderr)
        self.assertFalse((self.dir / "runs").exists())
        run, answer = self.run_small(self.PROCESSORS % 'report = { differs = { "processors" } },', name="asked.lua")
        self.assertIn("4 processors", answer["warnings"][0])
        self.assertIn({"what": "processors of the kernel", "sides": {"native": "4", "disco": "1"}}, answer["differs"])
        for text in (self.disco("check", "asked.lua").stderr, self.disco("report", run).stdout, (run / "report.md").read_text()):
            self.assertIn("4 processors", text)
        self.assertRegex(self.disco("report", run).stdout, r"processors of the kernel +4 +1")
        self.assertIn("| processors of the kernel | 4 | 1 |", (run / "report.md").read_text())
        self.assertIn({"what": "processors of the kernel", "texts": ["4", "1"]}, self.page(run)["differs"])
        for point, expected in (("native", (4, 4, None)), ("disco", (4, 1, 1))):
            system = json.loads(next(run.glob(f"p*{point}/r0/results.json")).read_text())["system"]
            self.assertEqual((system["machine_processors"], system["processors"], system["vcpus"]), expected)

    def test_a_guest_has_a_tlb_of_the_machines_size_or_of_its_own(self):
        for entries in 48, 64, 128:
            done = self.disco("boot", "tinyix", "--monitor", "--tlb", entries, "--program", "spin", "--args", 10, "--append", "verbose")
            self.assertIn(f"{entries} TLB entries", done.stdout)
        _, answer = self.run_small(self.SIZES)
        misses = {(p["labels"]["system"], p["labels"]["entries"]): p["metrics"]["miss.count"] for p in answer["points"]}
        self.assertLess(misses["disco", "128"], misses["disco", "48"] * 0.8)
        self.assertNotIn("TLB entries of the kernel", [one["what"] for one in answer["differs"]])
        _, answer = self.run_small(self.SIZES, "--set", "monitor.tlb.entries=32", "--only", "entries=48")
        self.assertIn({"what": "TLB entries of the kernel", "sides": {"native": "48", "disco": "32"}}, answer["differs"])

    def test_what_a_run_would_refuse_check_refuses_by_its_key(self):
        path = self.file("sizes.lua", self.SIZES)
        for key, value in [("monitor.l2tlb.entries", "100"), ("monitor.tlb.entries", "7"), ("machine.mem.per_node", "16MB"),
                           ("machine.mem.per_node", "50MB"), ("monitor.vm.memory", "33333KB"), ("machine.clock", "5GHz"),
                           ("machine.mem.per_node", "2049KB")]:
            text = self.SIZES.replace("disco { l2tlb = { entries = 0 } }", "disco {}") if key == "monitor.l2tlb.entries" else self.SIZES
            path = self.file("sizes.lua", text)
            for verb in ("check", "run"):
                done = self.disco(verb, path, "--set", f"{key}={value}", code=None if value == "50MB" else 3)
                if done.returncode != 0:
                    self.assertIn(key, done.stderr)
        answer = self.json("check", path, "--set", "machine.mem.per_node=16MB", code=3)
        self.assertEqual(len(answer["errors"]), 1)
        self.assertIn("machine.mem.per_node", answer["errors"][0]["where"])

    def test_labels_do_not_promise_what_set_took_away(self):
        path = self.file("sizes.lua", self.SIZES.replace('case "native"', 'case "64" { monitor = disco { l2tlb = { entries = 64 } } }, case "native"'))
        done = self.disco("run", path, "--set", "monitor.l2tlb.entries=100", code=3)
        self.assertIn("would be the same as", done.stderr)
        done = self.disco("run", self.file("small.lua", SMALL), "--set", "machine.mem.per_node=96MB")
        self.assertIn("--set machine.mem.per_node=96MB replaces what system sets for l2tlb", done.stderr)
        self.assertIn("replaces what system sets", self.disco("report", "latest", "--md").stdout)

    def test_nothing_takes_the_baselines_place(self):
        run, answer = self.run_small(self.SIZES, "--only", "system=disco")
        self.assertNotIn("slowdown", answer["points"][0]["metrics"])
        self.assertIn("the baseline system=native was left out", answer["answer"])
        self.assertIn("nothing to compare with", answer["notes"][0])
        self.assertNotIn("Slowdown", (run / "report.md").read_text())

    def test_a_missing_point_is_told_and_counts_nowhere(self):
        run, _ = self.run_small()
        next(run.glob("p01*/r0/results.json")).unlink()
        done = self.disco("report", run, code=4)
        self.assertIn("is missing", done.stdout)
        self.assertIn("NOT MEASURED", done.stdout)
        answer = self.json("report", run, code=4)
        self.assertEqual([p["trouble"] for p in answer["points"]], ["", "missing"])
        self.assertFalse(answer["expectations"][0]["measured"])
        self.assertIn("missing", (run / "report.html").read_text())
        self.assertIn("missing", self.disco("report", run, "--md", code=4).stdout)
        self.disco("compare", run, run, code=4)

    def test_what_failed_is_told_and_counts_nowhere(self):
        self.file("maybe.c", '#include <stdlib.h>\n#include <disco.h>\nint main(int c, char **v) {'
                             ' mark(1); for (volatile int i = 0; i < 1000 * c; ++i) ; mark(2); return atoi(v[1]); }\n')
        self.disco("cc", "maybe.c", "-o", "maybe")
        text = """
        experiment "maybe" {
          machine = flash { mem = { per_node = "32MB" } },
          workload = "./maybe",
          sweep = { { name = "exit", path = "workload.args", values = { { "0" }, { "0", "1" }, { "%s", "2" } } } },
          expect = { check { that = "longer", metric = "cycles", at = { exit = "%s,2" }, above = { exit = "0" } } },
        }
        """
        bad, answer = self.run_small(text % (9, 9), code=5)
        self.assertEqual([p["trouble"] for p in answer["points"]], ["", "", "guest exit 9"])
        self.assertNotIn("cycles", answer["points"][2]["metrics"])
        self.assertIn("none (exit=9,2)", answer["answer"])
        self.assertFalse(answer["expectations"][0]["measured"])
        self.assertRegex(self.disco("report", bad, code=5).stdout, r"guest exit 9")
        good, _ = self.run_small(text % (0, 0))
        done = self.json("compare", bad, bad, code=5)
        self.assertNotIn("exit=9,2", [d["point"] for d in done["differences"]])
        self.assertIn("guest exit 9", done["not_compared"][0]["what"])
        done = self.disco("compare", bad, good, code=5)
        self.assertIn("only in A", done.stdout)
        self.assertIn("only in B", done.stdout)

    def test_from_nothing_to_something_is_no_percentage(self):
        a, _ = self.run_small(NATIVE)
        b, _ = self.run_small(NATIVE)
        for run, misses in ((a, 0), (b, 8)):
            path = next(run.glob("p*/r0/results.json"))
            results = json.loads(path.read_text())
            for phase in results["phases"]:
                if "metrics" in phase:
                    phase["metrics"]["miss.count"] = misses
            path.write_text(json.dumps(results))
        answer = self.json("compare", a, b)
        change = next(d for d in answer["differences"] if d["metric"] == "miss.count")
        self.assertEqual((change["a"], change["b"], change["percent"]), (0, 8, None))
        done = self.disco("compare", a, b)
        self.assertRegex(done.stdout, r"miss.count +0 +8 +from 0")
        self.disco("compare", a, b, "--fail-on-regress", code=1)
        asked = self.json("compare", a, b, "--all", "--metric", "miss.count")
        self.assertEqual({d["metric"] for d in asked["differences"]}, {"miss.count"})
        asked = self.json("compare", "--all", "--metric", "cycles", "--metric", "miss.count", a, b)
        self.assertEqual({d["metric"] for d in asked["differences"]}, {"cycles", "miss.count"})

    def test_compare_says_which_keys_differ(self):
        a, _ = self.run_small(NATIVE)
        b, _ = self.run_small(NATIVE, "--set", "machine.cpu.tlb.entries=128")
        self.assertIn("machine.cpu.tlb.entries: 64 in A, 128 in B", self.disco("compare", a, b).stdout)

    def test_one_number_has_one_title_everywhere(self):
        run, answer = self.run_small()
        shown = {p["labels"]["system"]: p["metrics"] for p in answer["points"]}
        plain, md, page = self.disco("report", run).stdout, (run / "report.md").read_text(), self.page(run)
        for metric in "miss.count", "miss.mean":
            title = page["titles"][metric][0]
            table = plain.split("\n  " + title + " ")[1].split("\n")[1].split()
            row = md.split("## " + title[0].upper() + title[1:] + "\n")[1].split("\n")[3].split("|")
            for i, system in enumerate(("native", "l2tlb")):
                text = row[2 + i].strip()
                self.assertEqual(table[1 + i], text)
                self.assertAlmostEqual(float(text.replace(",", "")), shown[system][metric], delta=0.5)
        self.assertIn("system=native", plain)
        self.assertIn("system=native", md)

    def test_rows_that_look_alike_when_joined_stay_rows(self):
        run, _ = self.run_small("""
        experiment "coll" { workload = "hello", report = { compare = "z" }, sweep = {
          { name = "x", values = { case "a b" { seed = 1 }, case "a" { seed = 2 } } },
          { name = "y", values = { case "c" { ["machine.cpu.tlb.entries"] = 48 }, case "b c" { ["machine.cpu.tlb.entries"] = 64 } } },
          { name = "z", values = { case "p" { ["machine.quantum"] = "10cycles" }, case "q" { ["machine.quantum"] = "20cycles" } } } } }
        """)
        rows = self.page(run)["rows"]
        self.assertEqual([row["name"] for row in rows], ["x=a b y=c", "x=a b y=b c", "x=a y=c", "x=a y=b c"])
        self.assertEqual(sorted(i for row in rows for i in row["points"]), list(range(8)))

    def test_record_advises_with_the_experiments_own_words(self):
        done = self.disco("record", self.file("sizes.lua", self.SIZES), "--set", "machine.cpu.tlb.entries=64", code=2)
        self.assertIn("--only system=native", done.stderr)
        self.assertNotIn("--only entries", done.stderr)
        self.assertNotIn("program=random", done.stderr)

    def test_a_shipped_headline_answers_its_question(self):
        for name, metric in [("tlb-cost", "miss.mean"), ("placement", "cycles")]:
            report = self.json("check", "@" + name)["resolved"]["report"]
            self.assertEqual(report.get("headline", {}).get("metric", "cycles"), metric)


class Explain(Case):
    def test_what_else_matches_is_told_and_how_to_choose(self):
        self.run_small(Compare.SIZES)
        done = self.disco("explain", "miss")
        self.assertIn("1 other workload matches as well", done.stdout)
        self.assertIn("--where", done.stdout)
        answer = self.json("explain", "miss")
        self.assertEqual(len(answer["others"]), 1)
        answer = self.json("explain", "miss", "--where", answer["others"][0])
        self.assertEqual(answer["others"], [])
        self.assertIn('did you mean "entries"?', self.disco("explain", "miss", "--where", "entires=48", code=4).stderr)

    def patched_kernel(self):
        """tinyix with a nop before the tlbwr of its 64-bit refill handler."""
        image = bytearray((GUESTS / "tinyix-native.elf").read_bytes())
        tlbwr, nop = struct.pack(">I", 0x42000006), bytes(4)
        # The second tlbwr of the vectors is the XTLB handler's; 0x80 bytes are its own.
        first = image.index(tlbwr)
        at = image.index(tlbwr, first + 4)
        start = at - 0x34
        end = start + 0x48  # tlbwr, eret, j, its delay slot and what was free
        branch = struct.unpack(">I", image[start + 8:start + 12])[0]
        self.assertEqual(branch >> 26, 5, "bnez expected")
        image[start + 8:start + 12] = struct.pack(">I", branch + 1)
        moved = image[at:end - 4]
        image[at:end] = nop + moved
        path = self.dir / "tinyix-nop.elf"
        path.write_bytes(image)
        return path

    def flow(self, *more):
        self.run_small(NATIVE, *more)
        return self.json("explain", "miss")["flows"][0]["flow"]

    def test_steps_add_up_to_the_cost(self):
        flow = self.flow()
        steps = [s for v in flow["visits"] for p in v["parts"] for s in p["steps"]]
        self.assertEqual(sum(s["cycles"] for s in steps), flow["cycles"])
        self.assertEqual(sum(v["cycles"] for v in flow["visits"]), flow["cycles"])
        self.assertIn("tlbwr", [s["text"] for s in steps])

    def test_a_nop_in_the_guests_handler_shows(self):
        before = self.flow()
        after = self.flow("--set", f"guest.kernel={self.patched_kernel()}")
        texts = [s["text"] for v in after["visits"] for p in v["parts"] for s in p["steps"] if "event" not in s]
        self.assertEqual(texts.index("nop") + 1, texts.index("tlbwr"))
        self.assertEqual(after["cycles"], before["cycles"] + 1)
        self.assertEqual(after["visits"][0]["instructions"], before["visits"][0]["instructions"] + 1)

    def test_a_system_call_has_a_flow(self):
        self.run_small()
        for one in self.json("explain", "syscall")["flows"]:
            visits = one["flow"]["visits"]
            self.assertIn("syscall", visits[0]["text"])
            self.assertEqual(sum(v["cycles"] for v in visits), one["flow"]["cycles"])
            self.assertEqual(visits[-1]["parts"][-1]["steps"][-1]["text"], "eret")

    def test_report_and_explain_show_the_same_flow(self):
        run, _ = self.run_small()
        data = json.loads(re.search(r'id="data">(.*?)</script>', (run / "report.html").read_text(), re.S).group(1))
        for what in ["miss", "syscall"]:
            shown = [one["point"] for one in self.json("explain", what)["flows"]]
            self.assertEqual([data["points"][i]["name"] for i in data["typical"][what]], shown)
            steps = [p["flows"][what]["visits"][0]["parts"][0]["steps"] for p in data["points"] if p["name"] in shown]
            self.assertTrue(all(step["pc"] for one in steps for step in one))
        self.disco("explain", "miss", "--where", "system=fnord", code=4)


class OwnProgram(Case):
    def test_the_readmes_three_commands_make_a_report(self):
        section = (SOURCE / "README.md").read_text().split("## A program of your own")[1].split("\n## ")[0]
        self.file("prog.c", re.search(r"```c\n(.*?)```", section, re.S).group(1))
        commands = re.search(r"```sh\n(.*?)```", section, re.S).group(1).splitlines()
        self.assertEqual(len(commands), 3)
        for command in commands:
            program, *words = command.split()
            self.assertEqual(program, "build/release/disco")
            done = self.disco(*words)
        self.assertTrue((self.dir / "prog.html").is_file())
        answer = self.json("report", "latest")
        self.assertEqual(sorted(p["labels"]["system"] for p in answer["points"]), ["l2tlb", "native", "reflected"])
        self.assertEqual(answer["warnings"], [])
        for point in answer["points"]:
            self.assertGreater(point["metrics"]["miss.count"], 3000)
        self.assertIn("identities hold", done.stdout)
        # What the program is called and what it said stand in the page and on the terminal.
        self.assertRegex(done.stdout, r"printed last .*\n +prog +20 +20 +20\n")
        data = json.loads(re.search(r'id="data">(.*?)</script>', (self.dir / "prog.html").read_text(), re.S)[1])
        self.assertEqual({point["console"]["end"] for point in data["points"]}, {"20\n"})
        self.assertEqual([row["name"] for row in data["rows"]], ["prog"])

    def program(self, folder, text):
        """A program in `folder` that prints `text`."""
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "p.c").write_text(f'#include <stdio.h>\nint main(void) {{ puts("{text}"); return 0; }}\n')
        self.disco("cc", "p.c", "-o", "prog", cwd=folder)

    def console(self, *args, cwd):
        self.disco("run", *args, cwd=cwd)
        return (cwd / "runs/own/latest/p00-all/r0/console.log").read_text()

    def test_a_relative_path_is_looked_for_beside_the_file_and_then_where_the_program_was_called(self):
        beside, called = self.dir / "my experiments", self.dir / "called from"
        self.program(beside, "beside")
        self.program(called, "called")
        text = 'experiment "own" { machine = flash { mem = { per_node = "32MB" } }, workload = "./prog" }'
        (beside / "e.lua").write_text(text)
        (self.dir / "alone").mkdir()
        (self.dir / "alone/e.lua").write_text(text)
        self.assertIn("beside", self.console("../my experiments/e.lua", cwd=called))
        self.assertIn("called", self.console("../alone/e.lua", cwd=called))
        # What stands on the command line is meant from where it was typed, if it is there.
        self.assertIn("called", self.console("../my experiments/e.lua", "--set", "workload=./prog", cwd=called))

    def test_a_program_that_is_nowhere_is_told_with_the_places(self):
        (self.dir / "a").mkdir()
        self.file("a/e.lua", 'experiment "own" { machine = flash {}, workload = "./prog" }')
        done = self.disco("check", "a/e.lua", code=4)
        self.assertIn(str(self.dir / "a/prog"), done.stderr)
        self.assertIn(str(self.dir / "prog"), done.stderr)
        done = self.disco("check", "a/e.lua", "--set", "workload=./other", code=4)
        self.assertNotIn(str(self.dir / "a/other"), done.stderr)


if __name__ == "__main__":
    unittest.main(argv=[sys.argv[0], *sys.argv[3:]])
