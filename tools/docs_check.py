#!/usr/bin/env python3
"""Checks that the documents say what the code says.

- Every error code has a row in TROUBLESHOOTING.md, with its text as the program prints it, and no row names a code that is gone.
- Every text with which a credential or the renewal of its tokens fails or warns has a row there: some part of it stands in a first
  column. So has every AADSTS code with a hint.
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


LITERAL = r'"(?:\\.|[^"\\])*"'
FAILING = re.compile(r"\b(?:failed|unavailable|stopped|out_of_time|absent|tool_trouble|refuse|failure|unusable|file_problem)[({]"
                     r"|\blog\((?=[^;]*log_level::(?:warning|error))")
# What is put into such a call elsewhere: a sentence that is returned, or kept under one of these names.
GIVEN_ON = re.compile(r"\b(?:return|reason\s*=|text\s*\+?=|problem\s*=|warning\s*=)\s([^;]*);")
# Advice, which stands in the second column.
ADVISING = re.compile(r"^[^\n;]*\bhint\w*\([^;{]*\{\n.*?^ *\}\n|\.hint = [^;{}]*|\.refusal\([^;]*|constexpr[^;]*_hint\b[^;]*;",
                      re.M | re.S)
# Whose words end up in the failures of credentials.
SPEAKERS = ["src/identity/*.?pp", "src/entra/*.?pp", "src/net/*http*.?pp", "include/entrada/azure_sdk_credential.hpp"]
NAMED = re.compile(rf"constexpr (?:std::string_view|const char\*) (\w+)\s*=\s*((?:{LITERAL}\s*)+);")
SAYS = re.compile(r"^\| the detail says \|.*?\n\|[-|]+\n((?:\|.*\n)+)", re.M)


def unquoted(literals):
    """Adjacent string literals as the one text that the compiler makes of them."""
    return "".join(re.findall(r'"((?:\\.|[^"\\])*)"', literals)).replace('\\"', '"')


def arguments_at(code, start):
    """From after an opening parenthesis to its partner."""
    depth, at = 1, start
    for match in re.finditer(rf"{LITERAL}|[(){{}}]", code[start:]):
        depth += {"(": 1, "{": 1, ")": -1, "}": -1}.get(match.group(0), 0)
        at = start + match.end()
        if depth == 0:
            break
    return code[start:at]


def as_code(text):
    """Without comments, advice and the quotes that are no strings."""
    text = re.sub(rf"({LITERAL}|R\"\(.*?\)\")|//[^\n]*", lambda found: found.group(1) or "", text, flags=re.S)
    text = re.sub(r'R"\(.*?\)"', '""', text, flags=re.S)
    return ADVISING.sub("", re.sub(r"'(?:\\.|[^'\\])'", "' '", text))


def alternatives_in(code):
    """The branches of conditional expressions, each of which says something of its own."""
    literals = re.findall(LITERAL, code)
    for part in re.split(r"\s[?:]\s", re.sub(LITERAL, "\0", code)):
        yield re.sub("\0", lambda _: literals.pop(0), part)


def failure_texts(root):
    """(file, texts of one call or sentence) for whatever the identity of a program fails or warns with."""
    paths = sorted(path for pattern in SPEAKERS for path in root.glob(pattern))
    files = {str(path.relative_to(root)): as_code(path.read_text()) for path in paths}
    named = {name: unquoted(text) for code in files.values() for name, text in NAMED.findall(code)}
    for file, code in files.items():
        calls = [(arguments_at(code, call.end()), 12, 1) for call in FAILING.finditer(code)]
        sentences = [(given.group(1), 12, 3) for given in GIVEN_ON.finditer(code)]
        for said, letters_min, words_min in calls + sentences:
            for part in alternatives_in(said):
                texts = [unquoted(group) for group in re.findall(rf"(?:{LITERAL}\s*)+", part)]
                texts += [named[word] for word in re.findall(r"\b\w+\b", part) if word in named]
                texts = [text for text in texts if len(text) >= letters_min and len(text.split()) >= words_min]
                if texts:
                    yield file, texts


def documented_parts(page):
    """What the first columns of "the detail says" hold, without what "..." stands for."""
    for table in SAYS.findall(page):
        for row in table.splitlines():
            says = re.sub(r"\(in the log\)|`", "", row.split("|")[1])
            yield from (part.strip() for part in re.split(r"\.\.\.|;", says) if len(part.strip()) >= 8)


def check_identity(root):
    page = (root / "TROUBLESHOOTING.md").read_text()
    parts = set(documented_parts(page))
    for file, texts in failure_texts(root):
        if not any(part in text.replace("`", "") for part in parts for text in texts):
            yield f"TROUBLESHOOTING.md: no row for \"{' ... '.join(texts)}\" of {file}"
    hints = root / "src/identity/answers.cpp"
    for code in re.findall(r'hint\{"(AADSTS\d+)"', hints.read_text() if hints.exists() else ""):
        if not re.search(rf"\b{code}\b", page):
            yield f"TROUBLESHOOTING.md: no row for {code}"


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
    return list(dict.fromkeys([*check_errors(root), *check_identity(root), *check_fences(root)]))


def main():
    root = Path(sys.argv[1] if len(sys.argv) == 2 else Path(__file__).parent.parent)
    found = differences_in(root)
    for line in found:
        print(line)
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
