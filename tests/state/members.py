"""The data members of every class that has a visit(StateVisitor&), and what its visits mention.

Reads the sources in the layout that clang-format gives them. References and constants cannot change, so they
are no state; everything else is, or tests/state/unvisited.txt says why it is not.
"""
import re
from dataclasses import dataclass, field

COMMENT = re.compile(r"//[^\n]*|/\*.*?\*/", re.S)
CLASS = re.compile(r"\b(?:class|struct)\s+(?:alignas\(\d+\)\s+)?(\w+)(?:\s+final)?\s*(?::[^{;]*)?\{")
# An engine is told nothing by a visit: what it keeps between two runs must follow from the processor.
ENGINE = re.compile(r"\bStop\s+run\(Cycles\b")
VISIT = re.compile(r"\b(\w+)\(\s*(?:common::)?StateVisitor&\s*\w*[^)]*\)")
NO_MEMBER = re.compile(r"^(?:using|friend|static|template|typedef|enum|explicit|virtual|return|inline|constexpr"
                       r"|operator|\[\[|~)\b")


@dataclass
class Class:
    name: str                    # Outer::Inner
    file: str
    members: list = field(default_factory=list)
    visits: bool = False
    is_engine: bool = False


def closing(text, start):
    """The place of the brace that closes the one at `start`."""
    depth = 0
    for at in range(start, len(text)):
        depth += {"{": 1, "}": -1}.get(text[at], 0)
        if depth == 0:
            return at
    raise ValueError("unbalanced braces")


def without(text, opening, ending):
    """The text with everything between these brackets, at any depth, left out."""
    out, depth = [], 0
    for c in text:
        if c == opening:
            depth += 1
        elif c == ending and depth > 0:
            depth -= 1
        elif depth == 0:
            out.append(c)
    return "".join(out)


def declarations(body):
    """The declarations of a class body; braces keep nothing but themselves."""
    at, text = 0, ""
    while at < len(body):
        c = body[at]
        if c == "{":
            end = closing(body, at)
            text += "{}"
            at = end + 1
            rest = body[at:].lstrip()
            if "(" in text and not rest.startswith((";", ",")):  # a function's body
                yield text
                text = ""
            continue
        if c == ";":
            yield text
            text = ""
        else:
            text += c
        at += 1


def names_of(declaration):
    """The data members that a declaration makes."""
    text = " ".join(re.sub(r"\b(?:public|private|protected):", " ", declaration).split())
    text = re.sub(r"alignas\(\d+\)", "", text).strip()
    text = re.sub(r"^mutable ", "", text)
    if not text or NO_MEMBER.match(text) or re.match(r"^(?:class|struct)\b", text):
        return []
    plain = without(without(text, "<", ">"), "{", "}")
    plain = ", ".join(part.split("=")[0].strip() for part in without(plain, "[", "]").split(","))
    if "(" in plain or "operator" in plain or plain.startswith("const ") or "& " in plain:
        return []
    first, *others = plain.split(",")
    if len(first.split()) < 2:
        return []
    return [first.split()[-1].lstrip("*&"), *(name.strip() for name in others)]


def classes_of(text, file, outer=""):
    """The classes of a header, nested ones too."""
    at = 0
    while (found := CLASS.search(text, at)) is not None:
        start = found.end() - 1
        end = closing(text, start)
        body = text[start + 1:end]
        name = f"{outer}::{found[1]}" if outer else found[1]
        own = CLASS.sub("{", remove_classes(body))
        one = Class(name, file, visits=bool(VISIT.search(own)), is_engine=bool(ENGINE.search(own)))
        for declaration in declarations(own):
            one.members += names_of(declaration)
        yield one
        yield from classes_of(body, file, name)
        at = end


def remove_classes(body):
    out, at = "", 0
    while (found := CLASS.search(body, at)) is not None:
        out += body[at:found.start()]
        at = closing(body, found.end() - 1) + 1
    return out + body[at:]


def visits_of(texts, names):
    """What the visits of a class mention, wherever they are defined."""
    short = {name.split("::")[-1] for name in names}
    found = ""
    for text in texts:
        for visit in VISIT.finditer(text):
            after = text[visit.end():]
            opens = re.match(r"\s*(?:const\s*)?(?:override\s*)?(?:final\s*)?\{", after)
            if not opens:
                continue
            owner = re.search(r"(\w+)(?:<\w+>)?::$", text[:visit.start()])
            inside = enclosing(text, visit.start())
            if (owner[1] if owner else inside) in short:
                start = visit.end() + opens.end() - 1
                found += text[start:closing(text, start)]
    return found


def enclosing(text, at):
    """The innermost class around a place."""
    innermost = None
    for found in CLASS.finditer(text, 0, at):
        if closing(text, found.end() - 1) > at:
            innermost = found[1]
    return innermost
