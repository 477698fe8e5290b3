#!/usr/bin/env python3
"""Checks the rules of the house that a compiler does not: who may include whom, what is banned where, how long things may be.

usage: tidy.py [ROOT]     exits with 1 and one line per finding if a rule is broken. The rules are in tools/layers.toml.
"""

import fnmatch
import re
import shutil
import subprocess
import sys
import tomllib
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

CODE = (".hpp", ".cpp")
INCLUDE = re.compile(r'^[ \t]*#[ \t]*include[ \t]*([<"])([^>"]+)[>"]', re.M)
ROOM_LINE = re.compile(r"^// Room: (\w+)", re.M)
COMMENT_OR_STRING = re.compile(r'//[^\n]*|/\*.*?\*/|R"(\w*)\((?:.*?)\)\1"|"(?:\\.|[^"\\\n])*"|\'(?:\\.|[^\'\\\n])+\'', re.S)
# Split, so that this file does not find itself.
MARK = re.compile(r"\b(TO" r"DO|FIX" r"ME|XX" r"X)\b")
LINK = re.compile(r"(?<!!)\[[^\]]*\]\(([^)\s]+)(?:\s+\"[^\"]*\")?\)")


@dataclass(frozen=True, order=True)
class Finding:
    file: str
    line: int
    text: str

    def __str__(self):
        return f"{self.file}:{self.line}: {self.text}"


def blank(match):
    """The same lines, without what is in comments and strings; a digit separator is no string."""
    text = match.group(0)
    if text.startswith("//"):
        return ""
    return re.sub(r"[^\n]", " ", text) if "\n" in text else " " * len(text)


class Source:
    def __init__(self, root, path):
        self.path = path
        self.text = (root / path).read_text(encoding="utf-8", errors="replace")

    @property
    def lines(self):
        return self.text.count("\n") + (0 if self.text.endswith("\n") or not self.text else 1)

    @cached_property
    def code(self):
        return COMMENT_OR_STRING.sub(blank, re.sub(r"(?<=\d)'(?=\d)", "_", self.text))

    @cached_property
    def includes(self):
        return [(self.line_at(m.start(2)), m.group(1), m.group(2)) for m in INCLUDE.finditer(self.text)]

    @cached_property
    def room(self):
        """A public header's room is what its head comment says, any other file's is its folder."""
        if self.path.startswith("include/"):
            match = ROOM_LINE.search(self.text[:600])
            return match.group(1) if match else None
        parts = self.path.split("/")
        return parts[1] if len(parts) > 2 else None

    def line_at(self, offset):
        return self.text.count("\n", 0, offset) + 1


class House:
    def __init__(self, root):
        self.root = Path(root)
        with open(self.root / "tools/layers.toml", "rb") as file:
            self.rules = tomllib.load(file)
        self.files = tracked_files(self.root)
        self.sources = [Source(self.root, f) for f in self.files if f.endswith(CODE)]
        self.public = {s.path.removeprefix("include/"): s for s in self.sources if s.path.startswith("include/")}

    def reachable(self, room):
        """Rooms whose public headers `room` may use: its own, those of its line, and theirs."""
        seen, todo = set(), [room]
        while todo:
            name = todo.pop()
            if name not in seen:
                seen.add(name)
                todo += self.rules["rooms"].get(name, [])
        return seen


def tracked_files(root):
    """What git knows or would add; where git cannot say, all files that are not made by a build."""
    command = ["git", "-C", str(root), "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    if (root / ".git").exists() and shutil.which("git"):
        listed = subprocess.run(command, capture_output=True, check=False, text=True)
        if listed.returncode == 0:
            return sorted(n for n in listed.stdout.split("\0") if n and (root / n).is_file())
    made = {"build", ".git", "node_modules", ".cache"}
    return sorted(str(p.relative_to(root)) for p in root.rglob("*") if p.is_file() and not made & set(p.relative_to(root).parts))


def check_includes(house):
    for source in house.sources:
        for line, quote, name in source.includes:
            text = include_problem(house, source, quote, name)
            if text:
                yield Finding(source.path, line, text)


def include_problem(house, source, quote, name):
    if "../" in name or name.startswith("./"):
        return f'"{name}": name files from include/, src/, apps/ or tests/, not by ../'
    if name.startswith("entrada/"):
        if name not in house.public:
            return f'"{name}" is no public header' if source.path.startswith(("src/", "include/")) else None
        inside = source.path.startswith(("src/", "include/", "apps/", "tests/"))
        if inside and quote != '"':
            return f'write "{name}": our own headers are included in quotes'
        return room_problem(house, source, name, house.public[name].room, public=True)
    room = name.split("/")[0]
    if quote == '"' and "/" in name and room in house.rules["rooms"]:
        return room_problem(house, source, name, room, public=False)
    if quote == '"' and "/" in name and source.path.startswith("apps/"):
        return app_problem(house, source, name)
    return None


def room_problem(house, source, name, target, public):
    top = source.path.split("/")[0]
    if top in ("tests", "bench"):
        return None
    if top == "examples":
        return None if public else f'"{name}" is private: examples are users'
    if top == "apps":
        open_rooms = house.rules["apps"].get(source.room, [])
        return None if public or target in open_rooms else f'"{name}": apps/{source.room} may not use private headers of {target}'
    room = source.room
    if top == "include" and not public:
        return f'"{name}": a public header includes a private one'
    if room is None or room == target:
        return None
    if name in house.rules["doors"].get(f"{room} -> {target}", []):
        return None
    if f"{room} -> {target}" in house.rules["doors"]:
        return f'"{name}": {room} may use of {target} only {", ".join(house.rules["doors"][f"{room} -> {target}"])}'
    allowed = house.reachable(room) if public else house.rules["rooms"].get(room, [])
    return None if target in allowed else f'"{name}": {room} may not use {target}'


def app_problem(house, source, name):
    app = name.split("/")[0]
    known = app in house.rules["apps"]
    if not known or app == source.room or app in house.rules["apps"].get(source.room, []):
        return None
    return f'"{name}": apps/{source.room} may not use apps/{app}'


def check_headers(house):
    for source in house.sources:
        if not source.path.endswith(".hpp"):
            continue
        if "#pragma once" not in source.text:
            yield Finding(source.path, 1, "no #pragma once")
        if source.path.startswith(("include/", "src/")):
            yield from check_head_comment(house, source)
        if source.path.startswith("include/"):
            yield from check_public_asio(house, source)


def check_head_comment(house, source):
    named = ROOM_LINE.search(source.text[:600])
    if not source.text.startswith("// ") or not named:
        yield Finding(source.path, 1, "begins without the two lines `// what it is` and `// Room: its room.`")
        return
    room = named.group(1)
    if room not in house.rules["rooms"]:
        yield Finding(source.path, 2, f"room {room} is not in tools/layers.toml")
    elif source.path.startswith("src/") and room != source.path.split("/")[1]:
        yield Finding(source.path, 2, f"says room {room}, lies in another")


def check_public_asio(house, source):
    rules = house.rules["public_asio"]
    allowed = rules["everywhere"] + rules.get(Path(source.path).name, [])
    for line, _, name in source.includes:
        if name.startswith(("boost/asio", "boost/beast")) and name not in allowed:
            yield Finding(source.path, line, f"<{name}> is too heavy for a public header")


def check_umbrella(house):
    """entrada.hpp includes every public header but those in detail/."""
    umbrella = house.public.get("entrada/entrada.hpp")
    if not umbrella:
        return
    included = {name for _, _, name in umbrella.includes}
    for name in sorted(house.public.keys() - included - {"entrada/entrada.hpp"}):
        if "/detail/" not in name:
            yield Finding(umbrella.path, 1, f'does not include "{name}"')


def check_banned(house):
    for section in ("sans_io", "library"):
        rules = house.rules[section]
        patterns = [re.compile(p) for p in rules["banned"]]
        for source in house.sources:
            if any(fnmatch.fnmatch(source.path, f) for f in rules["files"]):
                yield from find_banned(source, patterns, section)


def find_banned(source, patterns, section):
    for number, line in enumerate(source.code.split("\n"), 1):
        for pattern in patterns:
            match = pattern.search(line)
            if match:
                yield Finding(source.path, number, f"`{match.group(0).strip()}` is banned here (tools/layers.toml, {section})")


def check_sizes(house):
    sizes = house.rules["sizes"]
    for source in house.sources:
        if source.path.startswith("tests/"):
            kind = "test"
        else:
            kind = "header" if source.path.endswith(".hpp") else "source"
        limit = sizes["exceptions"].get(source.path, sizes[kind])
        if source.lines > limit:
            yield Finding(source.path, limit, f"{source.lines} lines; a {kind} ends at {limit}")
        yield from check_functions(source, sizes)


def check_functions(source, sizes):
    limit = sizes["machine_function" if re.search(r"_fsm\.[ch]pp$", source.path) else "function"]
    for start, end in functions_of(source.code):
        if end - start + 1 > limit:
            yield Finding(source.path, start, f"a function of {end - start + 1} lines; the stop is {limit}")


def functions_of(code):
    """First and last line of each function that is not inside another; told from classes and namespaces by what precedes `{`."""
    code = re.sub(r"^[ \t]*#.*$", "", code, flags=re.M)
    stack, head_start, line = [], None, 1
    head = []
    for token in re.finditer(r"[{};]|\n|[^{};\n]+", code):
        text = token.group(0)
        if text == "\n":
            line += 1
        elif text == "{":
            inside = bool(stack) and stack[-1][0]
            is_function = inside or opens_function("".join(head))
            stack.append((is_function, None if inside or not is_function else head_start or line))
            head, head_start = [], None
        elif text == "}":
            if stack:
                _, start = stack.pop()
                if start is not None:
                    yield start, line
            head, head_start = [], None
        elif text == ";":
            head, head_start = [], None
        elif text.strip():
            head_start = head_start or line
            head.append(text + " ")


def opens_function(head):
    if "(" not in head or re.search(r"=\s*$", head):
        return False
    return not re.match(r"\s*(template\s*<.*>\s*)?(class|struct|union|enum|namespace|extern)\b(?!.*\)\s*(const|noexcept)*\s*$)", head)


def check_marks(house):
    for name in house.files:
        if name.endswith((".hpp", ".cpp", ".txt", ".cmake", ".py", ".sh", ".md", ".toml", ".json")) and not name.startswith("tests/fixtures"):
            for number, line in enumerate((house.root / name).read_text(encoding="utf-8", errors="replace").split("\n"), 1):
                if MARK.search(line):
                    yield Finding(name, number, "unfinished: do it, or leave it out")


def check_links(house):
    for name in house.files:
        if name.endswith(".md"):
            text = re.sub(r"```.*?```", lambda m: "\n" * m.group(0).count("\n"), (house.root / name).read_text(encoding="utf-8"), flags=re.S)
            for match in LINK.finditer(text):
                problem = link_problem(house.root, name, match.group(1))
                if problem:
                    yield Finding(name, text.count("\n", 0, match.start()) + 1, problem)


def link_problem(root, name, target):
    if re.match(r"[a-z]+:", target):
        return None
    path, _, anchor = target.partition("#")
    file = (root / name).parent / path if path else root / name
    if not file.exists():
        return f"link to {path}, which does not exist"
    if anchor and file.suffix == ".md" and anchor not in anchors_of(file):
        return f"link to #{anchor}, which {file.name} does not have"
    return None


def anchors_of(file):
    headings = re.findall(r"^#+ +(.*)$", file.read_text(encoding="utf-8"), re.M)
    return {re.sub(r"[^\w\- ]", "", h).strip().lower().replace(" ", "-") for h in headings}


def check_lock_files(house):
    for name in house.files:
        if name.endswith("package-lock.json") and '"resolved"' in (house.root / name).read_text(encoding="utf-8"):
            yield Finding(name, 1, "names a registry: npm config set omit-lockfile-registry-resolved true")


CHECKS = (check_includes, check_headers, check_umbrella, check_banned, check_sizes, check_marks, check_links, check_lock_files)


def findings_in(root):
    house = House(root)
    return sorted({finding for check in CHECKS for finding in check(house)})


def main():
    if len(sys.argv) > 2 or "-h" in sys.argv or "--help" in sys.argv:
        print(__doc__)
        return 2
    found = findings_in(Path(sys.argv[1] if len(sys.argv) == 2 else Path(__file__).parent.parent))
    for finding in found:
        print(finding)
    print(f"tidy: {len(found)} findings" if found else "tidy: no findings", file=sys.stderr)
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
