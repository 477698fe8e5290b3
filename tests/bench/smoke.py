#!/usr/bin/env python3
"""Runs every workload of the benchmark once and briefly, and checks the shape of what it writes. It judges no time."""
import argparse
import json
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile
import xml.dom.minidom

SOURCE = pathlib.Path(__file__).resolve().parent.parent.parent
sys.path.insert(0, str(SOURCE / "bench"))
from report import BEGIN, END, GROUPS  # noqa: E402
from workloads import WORKLOADS  # noqa: E402


def check(good, what):
    if not good:
        sys.exit(what)


def check_result(workload, found):
    check(found["group"] in GROUPS, f"{workload.name}: {found['group']} has no title")
    check(len(found["promises"]) == len(workload.promises), f"{workload.name}: not every promise was judged")
    check(found["peers"], f"{workload.name}: nobody took part")
    for peer, figures in found["peers"].items():
        for name in workload.figures:
            one = figures[name]
            # Processor time may be nothing in so short a time.
            check(0 <= one["lowest"] <= one["median"] <= one["highest"], f"{workload.name}, {peer}: {name} is {one}")


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--programs", required=True)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        folder = pathlib.Path(folder)
        docs = folder / "performance.md"
        shutil.copy(SOURCE / "docs/reference/performance.md", docs)
        done = subprocess.run([SOURCE / "bench/run", "--programs", options.programs, "--rounds", "1", "--seconds", "0.05", "--callers-max", "1024", "--out", folder,
                               "--docs", docs], capture_output=True, text=True, timeout=280)
        check(done.returncode == 0, f"bench/run failed:\n{done.stdout}{done.stderr}")
        report = json.loads((folder / "results.json").read_text(encoding="utf-8"))
        found = {one["workload"]: one for one in report["results"]}
        for workload in WORKLOADS:
            if workload.server != "redis" or shutil.which("redis-server") or shutil.which("valkey-server"):
                check(workload.name in found, f"{workload.name} was not run")
                check_result(workload, found[workload.name])
        generated = docs.read_text(encoding="utf-8").split(BEGIN)[1].split(END)[0]
        for plot in re.findall(r"\]\((performance/\w+\.svg)\)", generated):
            xml.dom.minidom.parse(str(folder / plot))
        check(generated.count(".svg)") == len({one["group"] for one in report["results"]}), "a plot is missing in the documentation")
    print(f"{len(found)} workloads ran")


if __name__ == "__main__":
    main()
