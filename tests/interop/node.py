"""Runs node-redis with @redis/entraid under the emulator through three token turns. Without node or its packages: skipped, loudly."""

import argparse
import hashlib
import os
import shutil
import subprocess
import sys
from pathlib import Path

SKIPPED = 77
HERE = Path(__file__).resolve().parent / "node"
NODE_MIN = 20


def skip(why):
    print(f"SKIPPED: {why}")
    if os.environ.get("CI") == "true" and shutil.which("node"):
        print("CI has node, so this must run")
        return 1
    return SKIPPED


def node_major():
    version = subprocess.run(["node", "--version"], capture_output=True, text=True, check=True).stdout
    return int(version.strip().lstrip("v").split(".")[0])


def install(folder):
    """npm's own client and its own settings decide where packages come from. Nothing to do when the lock has not changed."""
    lock = (HERE / "package-lock.json").read_bytes()
    stamp = folder / "installed"
    digest = hashlib.sha256(lock).hexdigest()
    if stamp.exists() and stamp.read_text() == digest:
        return None
    folder.mkdir(parents=True, exist_ok=True)
    for name in ("package.json", "package-lock.json"):
        shutil.copy(HERE / name, folder)
    command = ["npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund"]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=240, check=False)
    if done.returncode != 0:
        return done.stderr[-2000:]
    stamp.write_text(digest)
    return None


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--program", required=True, help="the program `entrada`")
    parser.add_argument("--folder", required=True, type=Path, help="where packages are installed")
    options = parser.parse_args()
    for tool in ("node", "npm"):
        if not shutil.which(tool):
            return skip(f"no {tool} on this machine")
    if node_major() < NODE_MIN:
        return skip(f"node {node_major()} is older than {NODE_MIN}, which node-redis wants")
    problem = install(options.folder)
    if problem:
        return skip(f"npm could not install the packages:\n{problem}")
    # Modules are found beside the script, so it runs from where they are.
    script = shutil.copy(HERE / "sign_in.mjs", options.folder)
    command = [options.program, "emulator", "--token-lifetime", "8s", "--", "node", script, "3"]
    return subprocess.run(command, timeout=150, check=False).returncode


if __name__ == "__main__":
    sys.exit(main())
