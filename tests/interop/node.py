"""Runs the SDKs of others under the emulator. Without node or its packages: skipped, loudly.

turns        node-redis with @redis/entraid works through three token turns
credentials  @azure/identity gets a token in every place that the emulator has
"""

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


STEM = "e117ada0-0000-4000-8000-0000000000"
SYSTEM, USER, APPLICATION, DEVELOPER = (STEM + digit + "1" for digit in "1234")

# What `--identities` says, and whose token each credential then has to get.
PLACES = [
    ("app-service", {"default": SYSTEM, "managed": SYSTEM}),
    ("app-service,user-assigned", {"default": USER, "managed": SYSTEM, "managedByClientId": USER}),
    ("service-principal", {"default": APPLICATION, "secret": APPLICATION, "managed": SYSTEM}),
    ("none,certificate", {"default": APPLICATION, "certificate": APPLICATION, "certificateWithChain": APPLICATION}),
    ("none,workload", {"default": APPLICATION, "workload": APPLICATION}),
    ("none,pipelines", {"pipelines": APPLICATION}),
    ("container-apps", {"default": SYSTEM}),
    ("imds", {"default": SYSTEM, "managed": SYSTEM}),
    ("imds,user-assigned", {"managedByClientId": USER}),
    ("azure-ml", {"default": SYSTEM}),
    ("cloud-shell", {"managed": DEVELOPER}),
    ("none,az,azd,pwsh", {"az": DEVELOPER, "azd": DEVELOPER, "pwsh": DEVELOPER}),
]


def skip(why):
    print(f"{'*' * 100}\n* SKIPPED, so nothing was shown about the SDKs of others: {why}\n{'*' * 100}", file=sys.stderr)
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


def under_emulator(options, arguments, script):
    return [options.program, "emulator", *arguments, "--", "node", script]


def run_turns(options):
    # Modules are found beside the script, so it runs from where they are.
    script = shutil.copy(HERE / "sign_in.mjs", options.folder)
    command = under_emulator(options, ["--token-lifetime", "8s"], script) + ["3"]
    return subprocess.run(command, timeout=150, check=False).returncode


def run_credentials(options):
    script = shutil.copy(HERE / "credentials.mjs", options.folder)
    failed = []
    for identities, expected in PLACES:
        command = under_emulator(options, ["--identities", identities], script)
        command += [f"{name}={oid}" for name, oid in expected.items()]
        print(identities, flush=True)
        if subprocess.run(command, timeout=60, check=False).returncode != 0:
            failed.append(identities)
    print(f"failed: {failed}" if failed else "all got their tokens")
    return 1 if failed else 0


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--program", required=True, help="the program `entrada`")
    parser.add_argument("--folder", required=True, type=Path, help="where packages are installed")
    parser.add_argument("job", choices=["turns", "credentials"])
    options = parser.parse_args()
    for tool in ("node", "npm"):
        if not shutil.which(tool):
            return skip(f"no {tool} on this machine")
    if node_major() < NODE_MIN:
        return skip(f"node {node_major()} is older than {NODE_MIN}, which node-redis wants")
    problem = install(options.folder)
    if problem:
        return skip(f"npm could not install the packages:\n{problem}")
    return run_turns(options) if options.job == "turns" else run_credentials(options)


if __name__ == "__main__":
    sys.exit(main())
