"""The machine's own apt sources with source packages added, for a private apt directory.

A fresh Debian offers no source packages: its entries say `deb` and not `deb-src`. This reads sources.list and
sources.list.d, in the one-line and in the deb822 format, and gives back the same files with every enabled `deb` entry
doubled as `deb-src`. It reads nothing else, writes nothing, and knows no host.
"""
import re
from pathlib import Path

# What apt itself takes from sources.list.d.
NAME = re.compile(r"[A-Za-z0-9_.-]+\.(list|sources)")
ENTRY = re.compile(r"(deb|deb-src)\s+(?:(\[[^]]*\])\s*)?(\S+)\s+(\S.*)")


def with_sources(name, text):
    """The text of a file of the given name with deb-src beside each deb."""
    return deb822_with_sources(text) if name.endswith(".sources") else list_with_sources(text)


def list_with_sources(text):
    wanted, seen = [], set()
    for line in text.splitlines():
        entry = ENTRY.fullmatch(line.split("#", 1)[0].strip())
        if not entry or entry[3].startswith("cdrom:"):
            continue
        for kind in ("deb", "deb-src") if entry[1] == "deb" else ("deb-src",):
            new = " ".join(filter(None, (kind, entry[2], entry[3], entry[4])))
            if new not in seen:
                seen.add(new)
                wanted.append(new)
    return "".join(line + "\n" for line in wanted)


def deb822_with_sources(text):
    stanzas = [with_types(stanza) for stanza in re.split(r"\n[ \t]*\n", text)]
    return "\n\n".join(stanza.strip("\n") for stanza in stanzas if stanza).strip("\n") + "\n"


def with_types(stanza):
    """The stanza offering sources too, or "" if it is empty or disabled. Continued lines stay as they are."""
    lines = [line for line in stanza.splitlines() if not line.startswith("#")]
    fields = {}
    for line in lines:
        if ":" in line and not line[:1].isspace():
            name, value = line.split(":", 1)
            fields[name.lower()] = value.strip()
    if "types" not in fields or fields.get("enabled", "yes").lower() in ("no", "false", "without", "off", "disable"):
        return ""
    kinds = fields["types"].split()
    if "deb-src" not in kinds:
        kinds.append("deb-src")
    return "\n".join(f"Types: {' '.join(kinds)}" if line.lower().startswith("types:") else line for line in lines)


def derive(etc_apt):
    """{name relative to etc_apt: new text} of everything that apt would read there."""
    etc_apt = Path(etc_apt)
    files = [etc_apt / "sources.list"]
    parts = etc_apt / "sources.list.d"
    if parts.is_dir():
        files += sorted(path for path in parts.iterdir() if NAME.fullmatch(path.name))
    derived = {}
    for path in files:
        if path.is_file():
            text = with_sources(path.name, path.read_text(errors="replace"))
            if text.strip():
                derived[str(path.relative_to(etc_apt))] = text
    return derived
