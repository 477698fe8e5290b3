#!/usr/bin/env python3
"""Writes docs/reference/cli.md from the help of the program, or checks that it says the same.

usage: cli_reference.py PROGRAM           writes the page
       cli_reference.py --check PROGRAM   exits with 1 and the difference if the page is not what would be written
"""

import difflib
import re
import subprocess
import sys
from pathlib import Path

PAGE = Path(__file__).resolve().parent.parent / "docs/reference/cli.md"
HEAD = """# The program `entrada`

Made from the program's own help by `tools/cli_reference.py PROGRAM`; a test compares the two.

What every subcommand keeps to:

- Exit status 0: fine. 1: the job found a failure (no such key, a condition that was not met, an error of Redis, no answer to `ping`, no
  token). 2: the command line makes no sense. 3: the job could not be done (settings, connection, sign-in).
- With `--json` standard output has one line of JSON and nothing else. Its `version` is 1; members may be added to it, none is removed or
  changes its meaning. A failure is `{"version":1,"error":{"text":...,"detail":...}}`. Bytes that are not UTF-8 are `{"base64":...}`.
- All that is not the result goes to standard error. No colours are used, so `NO_COLOR` has nothing to switch off.
- Tokens and passwords are never shown.

Keys are taken as they are in Redis: `Redis:InstanceName` is put before keys by `cache` in programs, not here.
Settings are read as [settings.md](settings.md) says, from `./appsettings.json` if there is one, and the environment; `--host` has the last word,
on the port, too.

| subcommand | `--json` gives |
|---|---|
| `get` | `key`, `exists`, `value` (null if there is none) |
| `set` | `key`, `stored` |
| `del` | `removed`: how many keys were there |
| `ttl` | `key`, `exists`, `ttl_ms` (null: no expiry) |
| `exec` | `reply`: text, number, true, null, array, object; an error inside an array is `{"error":...}` |
| `ping` | `host`, `port`, `tls`, `sign_in` (`entra`, `password`, `none`), `connect_us`, `round_trip_us`, `user`, `token_seconds_left` |
| `token` | `credential`, `user`, `expires`, `seconds_left`, `elapsed_ms`, `claims` (null if the token is opaque), `passed_over`; without a token `error` and `attempts`. `passed_over` and `attempts` have for each credential `credential`, `outcome` (`unavailable`, `failed`, `skipped`), `reason`, `elapsed_ms` and, where there are such, `http_status`, `aadsts`, `correlation_id`, `hint`, `retry_after_ms` |
| `version` | `entrada` |
"""


def help_of(program, *subcommand):
    return subprocess.run([program, *subcommand, "--help"], capture_output=True, text=True, check=True).stdout.rstrip()


def page_for(program):
    whole = help_of(program)
    # Subcommands stand in groups after the options: two blanks, a word, its description.
    names = re.findall(r"^  ([a-z]+) {2,}", whole.split("\n\n", 2)[2], re.M)
    parts = [HEAD, f"## entrada\n\n```text\n{whole}\n```\n"]
    parts += [f"## entrada {name}\n\n```text\n{help_of(program, name)}\n```\n" for name in names]
    return "\n".join(parts)


def main(arguments):
    check = "--check" in arguments
    programs = [a for a in arguments if a != "--check"]
    if len(programs) != 1:
        print(__doc__, file=sys.stderr)
        return 2
    made = page_for(programs[0])
    if not check:
        PAGE.write_text(made)
        return 0
    difference = list(difflib.unified_diff(PAGE.read_text().splitlines(), made.splitlines(), "docs/reference/cli.md", "the program", lineterm=""))
    print("\n".join(difference))
    return 1 if difference else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
