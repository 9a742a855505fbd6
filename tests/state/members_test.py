#!/usr/bin/env python3
"""Is every member of every stateful class visited, or known not to be state?

A member that is added without its visit, or a visit that loses one, fails here; so does a line of
unvisited.txt that is no longer needed.
"""
import re
import sys
from pathlib import Path

import members

HERE = Path(__file__).resolve().parent
FOLDERS = ("mmu", "cpu", "numa", "machine")


def sources(root):
    found = {}
    for folder in FOLDERS:
        for path in sorted((root / folder).rglob("*.[ch]pp")):
            found[str(path.relative_to(root))] = members.COMMENT.sub("", path.read_text())
    return found


def unvisited(texts):
    """(class, member) that no visit mentions."""
    stateful = {}
    for file, text in texts.items():
        if not file.endswith(".hpp"):
            continue
        for one in members.classes_of(text, file):
            top = next((c for c in stateful if one.name.startswith(c + "::")), None)
            if one.visits or one.is_engine or top is not None:
                stateful[one.name] = one
    for name, one in stateful.items():
        around = [c for c in stateful if name == c or name.startswith(c + "::") or c.startswith(name + "::")]
        said = members.visits_of(texts.values(), around)
        missing = [m for m in one.members if not re.search(rf"\b{m}\b", said)]
        # A part of which nothing is visited: whoever holds it is asked why.
        if one.visits or one.is_engine or len(missing) < len(one.members):
            yield from (f"{name}::{m}" for m in missing)


def known(path):
    reasons = {}
    for line in path.read_text().split("\n"):
        if line and not line.startswith("#"):
            name, _, reason = line.partition(" ")
            reasons[name] = reason.strip()
    return reasons


def check_checker():
    """The checker itself, on a class that forgets one of its members."""
    header = """class Box final : public Base {
     public:
      void visit(StateVisitor& v);
      int size() const { return size_; }
     private:
      struct Part { std::uint64_t at = 0, end = 0; };
      static constexpr int kMost = 3;
      const Config config_;
      Port& port_;
      std::array<Part, 3> parts_{};
      std::uint64_t size_ = 0;  // lost
      bool is_open_ = false, was_open_;
    };"""
    body = """void Box::visit(StateVisitor& v) {
      for (Part& p : parts_) v.field("at", p.at), v.field("end", p.end);
      v.field("is_open", is_open_);
    }"""
    texts = {"a.hpp": members.COMMENT.sub("", header), "a.cpp": body}
    found = list(unvisited(texts))
    if found != ["Box::size_", "Box::was_open_"]:
        sys.exit(f"FAIL: the checker finds {found} in its example")
    engine = "class Runner {\n public:\n  Stop run(Cycles until);\n private:\n  Box& box_;\n  int budget_ = 0;\n};"
    found = list(unvisited({"b.hpp": engine}))
    if found != ["Runner::budget_"]:
        sys.exit(f"FAIL: the checker finds {found} in an engine without a visit")


def main():
    check_checker()
    root = Path(sys.argv[1])
    texts = sources(root)
    found, reasons = set(unvisited(texts)), known(HERE / "unvisited.txt")
    wrong = [f"{name}: no visit mentions it; visit it, or say in tests/state/unvisited.txt why it is no state"
             for name in sorted(found - set(reasons))]
    wrong += [f"{name}: tests/state/unvisited.txt names it, but it is visited or gone"
              for name in sorted(set(reasons) - found)]
    wrong += [f"{name}: tests/state/unvisited.txt gives no reason" for name, why in reasons.items() if not why]
    if wrong:
        sys.exit("FAIL\n" + "\n".join(wrong))
    print(f"PASS: {len(found)} members are known to be no state")


if __name__ == "__main__":
    main()
