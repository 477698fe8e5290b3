"""Counts the lines that each public header brings into a file of its user, and fails over the budget: what we add is paid in every
build. Headers in detail/ are counted in those that include them.

Value headers (results, keys, replies) may cost no more than the standard headers and Boost.System; options add callbacks and
files; facades add what the asynchronous interface needs; the typed cache adds JSON of described structs. What is in detail/ is paid for
by the headers that include it.
"""

import argparse
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

VALUE = 100_000
LARGER = {
    "settings.hpp": 110_000,
    "async_client.hpp": 140_000,
    "client.hpp": 140_000,
    "async_cache.hpp": 150_000,
    "cache.hpp": 150_000,
    "entrada.hpp": 160_000,
}


def lines_of(compiler, includes, header):
    flags = [f"-I{d}" for i in includes for d in i.split(";") if d and d != "/usr/include"]
    done = subprocess.run([compiler, "-std=c++20", "-x", "c++", "-E", *flags, str(header)], capture_output=True, check=True)
    return done.stdout.count(b"\n")


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--compiler", required=True)
    parser.add_argument("--include", action="append", default=[])
    options = parser.parse_args()
    headers = sorted(Path(options.include[0], "entrada").glob("*.hpp"))
    with ThreadPoolExecutor(2) as pool:
        counts = list(pool.map(lambda h: lines_of(options.compiler, options.include, h), headers))
    over = 0
    for header, count in zip(headers, counts):
        budget = LARGER.get(header.name, VALUE)
        over += count > budget
        print(f"{header.name:32}{count:8} of {budget}{'  OVER' if count > budget else ''}")
    return 1 if over or not headers else 0


if __name__ == "__main__":
    sys.exit(main())
