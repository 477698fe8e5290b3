#!/usr/bin/env python3
"""Checks that the documents say what the code says.

- Every error code has a row in TROUBLESHOOTING.md, with its text as the program prints it, and no row names a code that is gone.
- A fence after `<!-- file: PATH -->` is the text of that file; after `<!-- file: PATH#NAME -->` what is between the lines
  `// [NAME]` and `// [/NAME]` there.

usage: docs_check.py [ROOT]      exits with 1 and one line per difference.
"""

import re
import sys
import textwrap
from pathlib import Path

ROW = re.compile(r"^\| `(\w+)` \| ([^|]+?) \|([^|]+)\|", re.M)
FENCE = re.compile(r"^<!-- file: ([^\s#]+)(?:#([\w-]+))? -->\n+```\w*\n(.*?)^```$", re.M | re.S)


def error_codes(root):
    """Code -> the text that describes it."""
    enum = re.search(r"enum class errc \{(.*?)\};", (root / "include/entrada/errc.hpp").read_text(), re.S).group(1)
    names = re.findall(r"^\s*(\w+)(?:\s*=\s*\d+)?,", enum, re.M)
    texts = dict(re.findall(r'case errc::(\w+): return "([^"]+)";', (root / "src/base/errc.cpp").read_text()))
    return {name: texts.get(name) for name in names}


def check_errors(root):
    codes = error_codes(root)
    rows = {name: (text, advice.strip()) for name, text, advice in ROW.findall((root / "TROUBLESHOOTING.md").read_text())}
    for name, text in codes.items():
        if name not in rows:
            yield f"TROUBLESHOOTING.md: no row for `{name}`"
        elif rows[name][0] != text:
            yield f"TROUBLESHOOTING.md: `{name}` reads \"{text}\" in the program, \"{rows[name][0]}\" here"
        elif not rows[name][1]:
            yield f"TROUBLESHOOTING.md: `{name}` has no meaning and remedy"
    for name in rows.keys() - codes.keys():
        yield f"TROUBLESHOOTING.md: `{name}` is no error code"


def region(text, name):
    match = re.search(rf"^[ \t]*// \[{name}\]\n(.*?)^[ \t]*// \[/{name}\]$", text, re.M | re.S)
    return textwrap.dedent(match.group(1)) if match else None


def check_fences(root):
    for page in sorted([*root.glob("*.md"), *root.glob("docs/**/*.md")]):
        for path, name, shown in FENCE.findall(page.read_text()):
            file = root / path
            real = file.read_text() if file.exists() else None
            if real is not None and name:
                real = region(real, name)
            if real is None:
                yield f"{page.relative_to(root)}: {path}{'#' + name if name else ''} does not exist"
            elif real != shown:
                yield f"{page.relative_to(root)}: the fence of {path} is not the file's text"


def differences_in(root):
    return [*check_errors(root), *check_fences(root)]


def main():
    root = Path(sys.argv[1] if len(sys.argv) == 2 else Path(__file__).parent.parent)
    found = differences_in(root)
    for line in found:
        print(line)
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
