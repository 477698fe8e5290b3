"""Compiles a file twice: as it is, which must work, and with MUST_NOT_COMPILE, which must fail with the message the file expects.

The expected message stands in the file: `// expect: regular expression`. --whole: only the first half.
"""

import argparse
import re
import subprocess
import sys
from pathlib import Path

SKIPPED = 77


def compile_file(options, *more):
    includes = [f"-isystem{d}" if "boost" in d or d == "/usr/include" else f"-I{d}" for i in options.include for d in i.split(";") if d]
    includes = [i for i in includes if i != "-isystem/usr/include"]
    command = [options.compiler, "-std=c++20", "-fsyntax-only", "-Wall", "-Wextra", "-Wconversion", "-Wshadow", "-Werror", *includes, *more]
    done = subprocess.run([*command, options.file], capture_output=True, text=True, check=False)
    return done.returncode, done.stderr


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--compiler", required=True)
    parser.add_argument("--include", action="append", default=[])
    parser.add_argument("--whole", action="store_true")
    parser.add_argument("file")
    options = parser.parse_args()
    if not options.compiler or options.compiler.endswith("NOTFOUND"):
        print("SKIPPED: no clang++ on this machine")
        return SKIPPED
    code, errors = compile_file(options)
    if code != 0:
        print(f"must compile, and does not:\n{errors}")
        return 1
    if options.whole:
        return 0
    expected = re.search(r"^// expect: (.+)$", Path(options.file).read_text(), re.M).group(1)
    code, errors = compile_file(options, "-DMUST_NOT_COMPILE")
    if code == 0 or not re.search(expected, errors):
        print(f"must not compile, with an error like `{expected}`:\n{errors}" if code else "compiles, and must not")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
