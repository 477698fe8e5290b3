#!/usr/bin/env python3
"""Instructions per GET, counted by callgrind: the difference of a long and a short run, so that starting and ending do not count."""
import argparse
import pathlib
import re
import shutil
import socket
import subprocess
import sys
import tempfile
import time

SHORT, LONG = 6400, 32000
SKIPPED = 77


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def wait_for(port):
    until = time.monotonic() + 10
    while time.monotonic() < until:
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.01)
    sys.exit("redis-server did not open its port within 10 s")


def instructions(program, port, count, kind, folder):
    command = ["valgrind", "--tool=callgrind", f"--callgrind-out-file={folder}/out", program, str(port), str(count), kind]
    done = subprocess.run(command, capture_output=True, text=True, timeout=100)
    found = re.search(r"Collected : (\d+)", done.stderr)
    if done.returncode != 0 or not found:
        sys.exit(f"callgrind failed:\n{done.stderr}")
    return int(found[1])


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--program", required=True, type=pathlib.Path)
    parser.add_argument("--kind", required=True, help="of the coroutines: loose or asio")
    parser.add_argument("--at-most", required=True, type=int)
    options = parser.parse_args()
    server = shutil.which("redis-server") or shutil.which("valkey-server")
    if not server or not shutil.which("valgrind"):
        print("SKIPPED: needs redis-server and valgrind")
        return SKIPPED
    port = free_port()
    with tempfile.TemporaryDirectory() as folder:
        redis = subprocess.Popen([server, "--port", str(port), "--bind", "127.0.0.1", "--save", "", "--dir", folder, "--daemonize", "no"],
                                 stdout=subprocess.DEVNULL)
        try:
            wait_for(port)
            used = (instructions(options.program, port, LONG, options.kind, folder)
                    - instructions(options.program, port, SHORT, options.kind, folder))
        finally:
            redis.terminate()
            redis.wait(10)
    each = used / (LONG - SHORT)
    print(f"{each:.0f} instructions per GET, at most {options.at_most} are allowed")
    return 0 if each <= options.at_most else 1


if __name__ == "__main__":
    sys.exit(main())
