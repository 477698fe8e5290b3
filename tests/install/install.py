"""Installs the library into a folder of its own, builds the ten-line programs against it by find_package, and runs them."""

import argparse
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent


def run(*command, **options):
    done = subprocess.run([str(c) for c in command], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False, **options)
    if done.returncode != 0:
        print(f"{' '.join(str(c) for c in command)}\nended with {done.returncode}:\n{done.stdout}")
        sys.exit(1)
    return done.stdout


def installed_program(options, prefix):
    """The program goes along where it was built."""
    if not (options.build / "bin/entrada").exists():
        return options.program
    program = prefix / "bin/entrada"
    run(program, "--version")
    return program


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--build", required=True, type=Path, help="the build to install")
    parser.add_argument("--compiler", required=True)
    parser.add_argument("--program", required=True, help="the program `entrada`, where the build has none")
    parser.add_argument("--flags", default="", help="of the compiler, where the library was built with special ones")
    options = parser.parse_args()
    folder = Path(tempfile.mkdtemp(prefix="entrada-install-"))
    try:
        prefix, build = folder / "prefix", folder / "build"
        run("cmake", "--install", options.build, "--prefix", prefix)
        emulator = installed_program(options, prefix)
        run("cmake", "-S", ROOT / "tests/install/consumer", "-B", build, "-G", "Ninja", f"-DCMAKE_PREFIX_PATH={prefix}",
            f"-DCMAKE_CXX_COMPILER={options.compiler}", f"-DCMAKE_CXX_FLAGS={options.flags}",
            f"-DEXAMPLES={ROOT / 'examples/1_first_steps'}")
        run("cmake", "--build", build)
        for program in ("ten_lines", "ten_lines_async"):
            text = run(emulator, "emulator", "--", build / program, cwd=ROOT / "examples/1_first_steps")
            if "Ada" not in text:
                print(f"{program} did not read back what it wrote:\n{text}")
                return 1
    finally:
        shutil.rmtree(folder)
    return 0


if __name__ == "__main__":
    sys.exit(main())
