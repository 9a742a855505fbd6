"""Where a source file can be wrong in one point, and how.

A mutant replaces a few characters of one line. Comments, literals of text, preprocessor lines and checks are
left alone; what does not compile is found out by compiling it. A mutant is known by what it does to which
line of which file, not by the line's number, so that it keeps its name while the file grows around it.
"""
import hashlib
import re
from dataclasses import dataclass

# In the layout that clang-format gives, an operator stands between spaces and a template's bracket does not.
RELATIONAL = {" < ": [" <= ", " >= "], " > ": [" >= ", " <= "], " <= ": [" < "], " >= ": [" > "],
              " == ": [" != "], " != ": [" == "]}
LOGICAL = {" && ": [" || "], " || ": [" && "]}
ARITHMETIC = {" + ": [" - "], " - ": [" + "], " * ": [" / "], " / ": [" * "], " % ": [" / "],
              " << ": [" >> "], " >> ": [" << "], " & ": [" | "], " | ": [" & "], " ^ ": [" | "],
              " += ": [" -= "], " -= ": [" += "], " |= ": [" &= "], " &= ": [" |= "], "++": ["--"],
              "--": ["++"]}
OPERATORS = [("relational", RELATIONAL), ("logical", LOGICAL), ("arithmetic", ARITHMETIC)]

NUMBER = re.compile(r"(?<![\w.'\"])(0x[0-9a-fA-F]+|\d+)(?=[uUlL]*(?![\w.'xX]))")
TRUTH = re.compile(r"\b(true|false)\b")
CONDITION = re.compile(r"\b(if|while) \((?!const )(.+)\)(?= [{\w*:+-]| \[\[|$)")
STATEMENT = re.compile(r"^(\s+)((?:\+\+|--|\*)?[a-z_]\w*(?:::|\.|->|\[|\(| [-+|&^*/]?= |<<= |>>= ).*;|break;|continue;)$")
DECLARES = re.compile(r"^\s+(?:const|static|constexpr|using|return|auto|struct|class|enum|friend|typedef|"
                      r"namespace|template|extern|goto|case|std::\S+ \w|[\w:<>]+[*&]? \w+(?: =|;|\(|\{))")
ARGUMENT = r"[\w.\[\]>:-]+(?:\(\))?"
CALL = re.compile(rf"(?<=\w\()({ARGUMENT}), ({ARGUMENT})(?=\))")
LEFT_ALONE = re.compile(r"^\s*(?:#|CHECK\(|static_assert|template|virtual|//)|^\s*using ")

BRANCHES = {"beq": "bne", "bne": "beq", "beqz": "bnez", "bnez": "beqz", "movn": "movz", "movz": "movn",
            "and": "or", "or": "and", "andi": "ori", "ori": "andi", "dsll": "dsrl", "dsrl": "dsll",
            "daddu": "dsubu", "dsubu": "daddu", "sltu": "slt", "slt": "sltu"}
INSTRUCTION = re.compile(r"^\s+([a-z][a-z0-9]*)\s+(\S.*?)\s*(?://.*)?$")


@dataclass(frozen=True)
class Mutant:
    file: str       # from the root of the tree
    line: int       # from 0
    kind: str
    before: str     # the whole line
    after: str

    @property
    def id(self):
        text = "\0".join((self.file, self.before.strip(), self.after.strip()))
        return hashlib.sha256(text.encode()).hexdigest()[:16]


def code_of(line):
    """The line with literals of text blanked and its comment cut off, at the same columns."""
    out, quote, at = [], None, 0
    while at < len(line):
        c = line[at]
        if quote:
            out.append(c if c == quote else " ")
            if c == "\\":
                out.append(" ")
                at += 1
            elif c == quote:
                quote = None
        elif c == '"' or (c == "'" and not (at and line[at - 1].isalnum())):
            quote = c
            out.append(c)
        elif line.startswith("//", at):
            break
        else:
            out.append(c)
        at += 1
    return "".join(out)


def replaced(line, start, end, text):
    return line[:start] + text + line[end:]


def other_numbers(text):
    base, form = (16, hex) if text.startswith("0x") else \
                 (8, lambda n: f"0{n:o}") if text.startswith("0") and text != "0" else (10, str)
    try:
        value = int(text, base)
    except ValueError:  # of a comment: 080
        return []
    return [form(value + 1)] + ([form(value - 1)] if value > 0 else [])


def in_cpp(line):
    """(kind, mutated line) of one line of C++."""
    code = code_of(line)
    if LEFT_ALONE.match(code) or not code.strip():
        return
    for kind, table in OPERATORS:
        for old, new in table.items():
            for found in re.finditer(re.escape(old), code):
                for text in new:
                    yield kind, replaced(line, found.start(), found.end(), text)
    for found in NUMBER.finditer(code):
        for text in other_numbers(found[1]):
            yield "constant", replaced(line, found.start(1), found.end(1), text)
    for found in TRUTH.finditer(code):
        yield "constant", replaced(line, *found.span(), "false" if found[0] == "true" else "true")
    for found in CONDITION.finditer(code):
        if found[2].count("(") == found[2].count(")"):
            yield "condition", replaced(line, found.start(2), found.end(2),
                                        f"!({line[found.start(2):found.end(2)]})")
    removable = STATEMENT.match(code)
    if removable and not DECLARES.match(code) and code.count("(") == code.count(")"):
        yield "statement", removable[1] + ";"
    for found in CALL.finditer(code):
        if found[1] != found[2]:
            yield "arguments", replaced(line, *found.span(), f"{found[2]}, {found[1]}")


def in_assembly(line):
    """The same of assembly. A removed instruction leaves a nop, so that distances stay."""
    found = INSTRUCTION.match(line)
    if not found or line.lstrip().startswith(("//", "#", ".")):
        return
    name = found[1]
    if name != "nop":
        yield "statement", line[:found.start(1)] + "nop"
    if name in BRANCHES:
        yield "condition" if name.startswith("b") else "arithmetic", replaced(line, *found.span(1),
                                                                              BRANCHES[name])
    code = code_of(line)
    for number in NUMBER.finditer(code, found.start(2)):
        if code[number.start() - 1] == "$":
            continue
        for text in other_numbers(number[1]):
            yield "constant", replaced(line, number.start(1), number.end(1), text)


def mutants_of(file, text):
    """Every mutant of a file, in the order of its lines."""
    make = in_assembly if file.endswith(".S") else in_cpp
    in_comment = False
    found = []
    for number, line in enumerate(text.split("\n")):
        if in_comment or line.lstrip().startswith("/*"):
            in_comment = "*/" not in line
            continue
        seen = set()
        for kind, after in make(line):
            if after != line and after not in seen:
                seen.add(after)
                found.append(Mutant(file, number, kind, line, after))
    return found
