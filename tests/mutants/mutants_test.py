#!/usr/bin/env python3
"""mutants.py on a tree of two functions: one with a test, one that no test calls."""
import json
import subprocess
import sys
import tempfile
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE))
import mutants as tool  # noqa: E402
import sites  # noqa: E402

SEEN = """// Adds "1 + 2", not more.
int larger(int a, int b) {
  if (a < b) return b;
  return a;
}
"""
UNSEEN = """int unseen(int a) {
  return a + 1;
}
"""
TEST = """#include <cstdlib>
int larger(int a, int b);
int unseen(int a);
int main(int argc, char**) {
  if (argc > 99) return unseen(argc);
  const int pairs[3][3] = {{1, 2, 2}, {2, 1, 2}, {3, 3, 3}};
  for (const auto& p : pairs) {
    if (larger(p[0], p[1]) != p[2]) return EXIT_FAILURE;
  }
  return EXIT_SUCCESS;
}
"""


def expect(condition, what, output=""):
    if not condition:
        sys.exit(f"FAIL: {what}\n{output}")


def plan(compiler):
    return {"suffixes": [".cpp"],
            "prepare": [],
            "build": ["sh", "-c", f"{compiler} -g0 -O1 -o {{build}}/\"$1\" {{tree}}/\"$1\".cpp "
                      "{tree}/seen/*.cpp {tree}/unseen/*.cpp", "build"],
            "tests": {"unit": {"targets": ["test"], "command": ["./test"], "artifacts": ["test"]}},
            "folders": {"seen": ["unit"], "unseen": ["unit"]}}


def mutants(folder, *arguments):
    done = subprocess.run([sys.executable, HERE / "mutants.py", "--source", folder / "tree", "--work",
                           folder / "work", "--plan", folder / "plan.json", "--explained",
                           folder / "explained.txt", *arguments], capture_output=True, text=True)
    return done.returncode, done.stdout + done.stderr


def results(folder):
    return [json.loads(line) for line in (folder / "work/results.jsonl").read_text().splitlines()]


def check_sites():
    found = sites.mutants_of("a.cpp", SEEN)
    expect({m.line for m in found} == {2}, "comments and declarations are left alone", str(found))
    expect({m.kind for m in found} == {"relational", "condition"}, "kinds of a comparison", str(found))
    kinds = {m.kind for line in ("  total += step(a, b);", "  if (a && !b) c = 1;", "  return x << 3;")
             for m in sites.mutants_of("a.cpp", line)}
    expect(kinds == {"arithmetic", "statement", "arguments", "logical", "condition", "constant"},
           "all kinds", str(kinds))
    expect([m.after for m in sites.mutants_of("a.cpp", '  say("1 + 2");')] == ["  ;"],
           "texts are left alone")
    expect(not sites.mutants_of("a.cpp", "  const int limit = other;"), "declarations are not removed")
    assembly = [m.after for m in sites.mutants_of("a.S", "        bnez    $at, mapped\n")]
    expect(assembly == ["        nop", "        beqz    $at, mapped"], "branches of assembly", str(assembly))
    moved = sites.mutants_of("a.cpp", "\n\n" + SEEN)
    expect([m.id for m in moved] == [m.id for m in found], "a name does not depend on the line's number")
    expect([m.id for m in sites.mutants_of("b.cpp", SEEN)] != [m.id for m in found], "but on the file")


def check_runs(folder, compiler):
    for name, text in {"seen/seen.cpp": SEEN, "unseen/unseen.cpp": UNSEEN, "test.cpp": TEST}.items():
        (folder / "tree" / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / "tree" / name).write_text(text)
    (folder / "plan.json").write_text(json.dumps(plan(compiler)))
    code, output = mutants(folder, "--folder", "seen", "--count", "1", "--seed", "5")
    expect(code == 0 and "killed" in output and "100.0 %" in output, "what a test sees is killed", output)
    code, output = mutants(folder, "--count", "5", "--seed", "5")
    expect(code == 1 and "survived" in output and "unseen/unseen.cpp:2" in output,
           "what none sees survives, and is told", output)
    before = results(folder)
    expect([r["outcome"] for r in before] == ["killed", "survived"], "outcomes", output)
    code, output = mutants(folder, "--count", "5", "--seed", "5")
    expect(code == 1 and results(folder) == before, "what is known is not run again", output)
    (folder / "explained.txt").write_text(f"# why\n{before[1]['id']} nobody calls it\n")
    code, output = mutants(folder, "--count", "5", "--seed", "5")
    expect(code == 0 and results(folder)[-1]["by"] == "nobody calls it", "what is explained counts not", output)
    for name in ("seen/seen.cpp", "unseen/unseen.cpp"):
        expect((folder / "work/tree" / name).read_text() == (folder / "tree" / name).read_text(),
               "the copy is left as it was")
    (folder / "tree/test.cpp").write_text(TEST.replace("{3, 3, 3}", "{3, 3, 4}"))
    code, output = mutants(folder, "--count", "5", "--seed", "6")
    expect(code == 2 and "fails while nothing is changed" in output, "tests must pass unchanged", output)


def check_time():
    """A limit of the processor's time is one for all that a test starts, and waiting costs nothing of it."""
    endless = [sys.executable, "-c", "while True: pass"]
    code, _ = tool.run(["sh", "-c", '"$@"; true', "test", *endless], HERE, 600, 0.5)
    expect(code is None, "what a test starts has no end either")
    code, output = tool.run(["sh", "-c", "sleep 2; echo done"], HERE, 600, 0.5)
    expect(code == 0 and output == "done\n", "waiting is no work", output)
    code, _ = tool.run(["sleep", "600"], HERE, 1, 0.5)
    expect(code is None, "but has an end, too")


def main():
    check_sites()
    check_time()
    with tempfile.TemporaryDirectory() as folder:
        check_runs(Path(folder), sys.argv[1])
    print("PASS")


if __name__ == "__main__":
    main()
