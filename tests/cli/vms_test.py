#!/usr/bin/env python3
"""Virtual machines as users meet them: `boot --vm`, and experiments with `vms`.

usage: vms_test.py DISCO SOURCE_DIR [unittest arguments]
"""
import csv
import json
import unittest
from pathlib import Path

import cli_test
from cli_test import Case

SEVERAL = """
experiment "several" {
  machine = flash { nodes = 2, cpus_per_node = 2, mem = { per_node = "64MB" } },
  monitor = disco { vm = { memory = "8MB" }, slice = "1ms" },
  workload = workload "chase" { args = { "256K", 4000 } },
  vms = {
    vm "chase" { count = 3, every = "1ms" },
    vm "hello" { workload = "hello", count = 2, cpus = 0, start = "2ms" },
    vm "spin"  { workload = workload "spin" { args = { 300000 } }, cpus = { 0, 1 }, placement = "round-robin" },
  },
}
"""
ALONE = """
experiment "alone" {
  machine = flash { mem = { per_node = "64MB" } },
  monitor = disco { vm = { memory = "8MB" } },
  workload = workload "chase" { args = { "256K", 4000 } },
}
"""
BROKEN = """
experiment "broken" {
  machine = flash { cpus_per_node = 2, mem = { per_node = "64MB" } },
  monitor = disco { vm = { memory = "8MB" } },
  vms = { vm "a" { workload = "hello" }, vm "b" { workload = workload "chase" { args = { "512M", 10 } } } },
}
"""


class Boot(Case):
    def boot(self, *more, code=0, **how):
        return self.disco("boot", "tinyix", "--monitor", *more, code=code, **how)

    def test_lines_have_names_and_every_machine_a_log(self):
        logs = self.dir / "logs"
        logs.mkdir()
        done = self.boot("--program", "hello", "--cpus", 2, "--vm", "count=3,mem=8MB", "--logs", logs)
        lines = sorted(line for line in done.stdout.splitlines() if line)
        self.assertEqual(lines, [f"vm.{n}| hello, world" for n in range(3)])
        for n in range(3):
            self.assertEqual((logs / f"console-vm.{n}.log").read_bytes(), b"hello, world\n")
        self.assertEqual((logs / "console-monitor.log").read_bytes(), b"")
        for n in range(3):
            self.assertIn(f"vm.{n}: exit code 0", done.stderr)

    def test_each_machine_is_in_the_answer(self):
        done = self.disco("--json", "boot", "tinyix", "--program", "hello", "--monitor", "--vm", "name=a,mem=8MB", "--vm",
                          "name=b,mem=8MB,start=5ms")
        vms = json.loads(done.stdout)["vms"]
        self.assertEqual([(vm["name"], vm["state"], vm["exit"], vm["starts"]) for vm in vms],
                         [("a", "ended", 0, 1), ("b", "ended", 0, 1)])
        self.assertGreater(vms[1]["ended_at_ns"], 5_000_000)

    def test_what_is_typed_goes_to_the_machine_that_is_chosen(self):
        import subprocess
        done = subprocess.run([str(cli_test.DISCO), "boot", "tinyix", "--monitor", "--cpus", "2", "--vm", "count=2,mem=16MB"],
                              input="echo one\n\x1d1echo two\nexit 3\n\x1dvm.0\necho three\nexit 4\n", text=True,
                              capture_output=True, timeout=300, cwd=self.dir)
        self.assertEqual(done.returncode, 4, done.stderr)  # of the first, by number, that did not end with 0
        said = [line for line in done.stdout.splitlines() if "| " in line]
        self.assertEqual([line for line in said if line.startswith("vm.0")], ["vm.0| one", "vm.0| three"])
        self.assertEqual([line for line in said if line.startswith("vm.1")], ["vm.1| two"])
        self.assertIn("vm.1: exit code 3", done.stderr)

    def test_one_machine_is_as_without_a_list(self):
        plain = self.boot("--program", "hello", "--guest-memory", "8MB")
        listed = self.boot("--program", "hello", "--vm", "mem=8MB")
        self.assertEqual(plain.stdout, listed.stdout)
        digest = [line.rsplit(" ", 1)[1] for done in (plain, listed) for line in done.stderr.splitlines() if "digest" in line]
        self.assertEqual(*digest)

    def test_mistakes_are_told(self):
        for word, hint, code in [("cuont=2", 'did you mean "count"?', 102), ("cpus=9", "CPU 9 is not there", 103),
                                 ("mem=64MB,count=3", "3 virtual machines that start at the same time", 103)]:
            self.assertIn(hint, self.boot("--program", "hello", "--vm", word, code=code).stderr)


class Run(Case):
    def results(self, run):
        return json.loads(next(run.glob("p*/r0/results.json")).read_text())

    def test_a_run_of_several_tells_of_each(self):
        run, answer = self.run_small(SEVERAL, name="several.lua")
        results = self.results(run)
        folder = next(run.glob("p*/r0"))
        self.assertEqual(results["exit_code"], 0)
        self.assertEqual([vm["name"] for vm in results["vms"]], ["chase.0", "chase.1", "chase.2", "hello.0", "hello.1", "spin"])
        alone, _ = self.run_small(ALONE, name="alone.lua")
        said = next(alone.glob("p*/r0/console.log")).read_bytes()
        for vm in results["vms"]:
            self.assertEqual((vm["state"], vm["exit"], vm["starts"]), ("ended", 0, 1))
            self.assertGreater(vm["ended_at"], vm["first_ran"])
            log = (folder / "consoles" / f"{vm['name']}.log").read_bytes()
            self.assertEqual(len(log), vm["console"]["bytes"])
            if vm["name"].startswith("chase"):
                self.assertEqual(log, said)
        self.assertIn("hello.0| hello, world", (folder / "console.log").read_text())

    def test_every_count_has_one_owner(self):
        run, _ = self.run_small(SEVERAL, name="several.lua")
        results, folder = self.results(run), next(run.glob("p*/r0"))
        whole = results["phases"][0]
        self.assertEqual([one for one in whole["identities"] if not one["holds"]], [])
        names = [one["name"] for one in whole["identities"]]
        self.assertIn("accounts", names)
        on_cpu = 0
        for vm in results["vms"]:
            for phase in vm["phases"]:
                self.assertEqual(phase.get("broken", []), [], f"{vm['name']} {phase['name']}")
            everything = vm["phases"][0]
            self.assertGreater(everything["identities"], 50)
            self.assertEqual(sum(everything["who"].values()), everything["on_cpu"])
            self.assertEqual(everything["who"]["idle"], 0)
            on_cpu += everything["on_cpu"]
        self.assertEqual(on_cpu, whole["counters"]["accounts.cycles.vcpus"])
        self.assertEqual(on_cpu + whole["counters"]["accounts.cycles.nobody"], whole["counters"]["clock.cycles"])
        # The rows of the files are the same counts.
        with open(folder / "counters-by-vm.csv") as file:
            rows = list(csv.DictReader(file))
        refills = sum(int(r["value"]) for r in rows if r["phase"] == "all" and r["name"] == "cpu.refills.mode.user")
        self.assertEqual(refills, whole["counters"]["cpu.refills.mode.user"])
        self.assertEqual(sum(s[2] - s[1] for s in results["timeline"]["segments"]), on_cpu)

    def test_phases_of_machines_lie_between_their_own_marks(self):
        run, _ = self.run_small(SEVERAL, name="several.lua")
        results = self.results(run)
        roi = {vm["name"]: next(p for p in vm["phases"] if p["name"] == "roi") for vm in results["vms"]}
        whole = next(p for p in results["phases"] if p["name"] == "roi")
        began = [p for p in roi.values() if p["began"]]
        self.assertEqual(len(began), 4)  # hello has no marks
        self.assertFalse(roi["hello.0"]["began"])
        # Processors take turns: what is read of all may be a quantum ahead of the one at the mark.
        self.assertLessEqual(abs(whole["from_cycle"] - min(p["from_cycle"] for p in began)), 10_000)
        self.assertLessEqual(abs(whole["to_cycle"] - max(p["to_cycle"] for p in began)), 10_000)
        for p in began:
            self.assertTrue(p["ended"])
            self.assertLessEqual(p["on_cpu"], p["cycles"])
        misses = [roi[f"chase.{n}"]["metrics"]["miss.count"] for n in range(3)]
        self.assertLess(max(misses) - min(misses), 0.05 * max(misses) + 50)

    def test_the_trace_file_is_what_perfetto_opens(self):
        run, _ = self.run_small(SEVERAL, name="several.lua")
        trace = json.loads(next(run.glob("p*/r0/timeline.trace.json")).read_text())
        stays = [e for e in trace["traceEvents"] if e["ph"] == "X"]
        self.assertEqual({e["name"] for e in stays}, {"chase.0", "chase.1", "chase.2", "hello.0", "hello.1", "spin"})
        ends = {}
        for e in stays:
            self.assertTrue({"name", "cat", "pid", "tid", "ts", "dur"} <= e.keys())
            self.assertGreaterEqual(e["ts"] + 1e-3, ends.get(e["tid"], 0))
            ends[e["tid"]] = e["ts"] + e["dur"]
        self.assertEqual({e["tid"] for e in stays if e["name"].startswith("hello")}, {0})
        named = {(e["name"], e["pid"], e["tid"]): e["args"]["name"] for e in trace["traceEvents"] if e["ph"] == "M"}
        self.assertEqual(named["thread_name", 1, 3], "CPU 3")

    def test_a_machine_that_fails_decides_the_exit_code(self):
        run, answer = self.run_small(BROKEN, code=5, name="broken.lua")
        vms = self.results(run)["vms"]
        self.assertEqual(vms[0]["exit"], 0)
        self.assertNotEqual(vms[1]["exit"], 0)

    def test_what_cannot_fit_is_refused_before_anything_runs(self):
        text = SEVERAL.replace('"64MB"', '"16MB"').replace('memory = "8MB" }, slice', 'memory = "12MB" }, slice')
        done = self.disco("check", self.file("large.lua", text.replace('every = "1ms"', "restarts = 0")), code=3)
        self.assertIn("machine.mem.per_node", done.stdout + done.stderr)


if __name__ == "__main__":
    unittest.main(argv=["vms_test.py", *cli_test.sys.argv[3:]])
