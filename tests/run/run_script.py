#!/usr/bin/env python3
"""Runs ./run in a copy of its folder where packages are installed and everything is built, against a host that --host names.

usage: run_script.py --source DIR --bin DIR
"""

import argparse
import json
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path


def house(source, binaries, folder):
    """A folder in which ./run finds its tools, a cmake that has nothing to do, and the programs."""
    shutil.copy(source / "run", folder / "run")
    (folder / "tools").mkdir()
    for tool in ("steps.sh", "install_dependencies"):
        shutil.copy(source / "tools" / tool, folder / "tools" / tool)
    (folder / "build/release").mkdir(parents=True)
    (folder / "build/release/bin").symlink_to(binaries)
    (folder / "fake").mkdir()
    cmake = folder / "fake/cmake"
    cmake.write_text("#!/bin/sh\ntouch cmake-was-called\n")
    cmake.chmod(0o755)


def run(folder, *command):
    environment = dict(os.environ, PATH=f"{folder / 'fake'}:{os.environ['PATH']}", ENTRADA_SKIP_INSTALL="1")
    return subprocess.run(command, cwd=folder, env=environment, text=True, timeout=300, stdin=subprocess.DEVNULL,
                          capture_output=True)


def check(holds, what, done):
    if not holds:
        sys.exit(f"{what}\nexit status {done.returncode}\n{done.stdout}{done.stderr}")


def refuses_before_anything_is_built(folder):
    for arguments, word in ((("--bogus",), "--bogus"), (("--seconds", "0"), "--seconds"), (("--seconds", "soon"), "--seconds"),
                            (("--threads",), "needs a value"), (("stray",), "stray"), (("--token-lifetime",), "needs a value"),
                            (("--host", "h:1", "--token-lifetime", "3s"), "--token-lifetime"), (("--host", ""), "--host")):
        done = run(folder, "./run", *arguments)
        check(done.returncode == 2 and word in done.stderr, f"./run {arguments} was not refused", done)
        check(not (folder / "cmake-was-called").exists(), f"./run {arguments} built before it complained", done)


def does_the_job_at_a_host_that_is_named(folder, binaries):
    """Without the emulator's own Redis__HostName, and with what is left of another server."""
    script = 'host=$Redis__HostName; unset Redis__HostName; export Redis__Host=other:7 Redis__Port=7; exec ./run --host "$host" "$@"'
    job = ["--seconds", "2", "--turns", "2", "--threads", "4", "--coroutines", "16", "--records", "300"]
    done = run(folder, binaries / "entrada", "emulator", "--token-lifetime", "3s", "--", "bash", "-c", script, "run", *job)
    check(done.returncode == 0, "./run --host failed", done)
    figures = json.loads((folder / "build/run-summary.json").read_text())
    check(figures["failed_commands"] == 0 and figures["connections_opened"] == 1 and figures["reauthentications"] >= 2,
          f"the figures are wrong: {figures}", done)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--source", type=Path, required=True)
    parser.add_argument("--bin", type=Path, required=True)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="entrada-test-run-") as folder:
        binaries = given.bin.resolve()
        house(given.source, binaries, Path(folder))
        refuses_before_anything_is_built(Path(folder))
        does_the_job_at_a_host_that_is_named(Path(folder), binaries)


if __name__ == "__main__":
    main()
