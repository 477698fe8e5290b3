"""Builds the benchmark's programs, starts their servers, pins and runs them."""
import contextlib
import json
import os
import pathlib
import platform
import resource
import shutil
import socket
import subprocess
import tempfile
import time

UNSUPPORTED = 77


def build(root, against):
    """Folder of the programs, and of those of another revision of the library if asked for."""
    subprocess.run([root / "tools/install_dependencies", "test"], check=True, capture_output=True, text=True)
    programs = {"here": build_tree(root, root / "build/release")}
    if against:
        programs["other"] = build_other(root, against)
    return programs


def build_other(root, revision):
    """The library is what is compared: both are measured by the programs of this tree."""
    tree = root / "build/against/source"
    git(root, "worktree", "prune")
    git(root, "worktree", "add", "--force", "--detach", tree, revision)
    try:
        for part in ("bench", "tests/cost", "tests/support"):
            shutil.copytree(root / part, tree / part, dirs_exist_ok=True)
        return build_tree(tree, root / "build/against/build", "-D", "ENTRADA_TESTS=OFF")
    finally:
        git(root, "worktree", "remove", "--force", tree)


def git(root, *command):
    return subprocess.run(["git", *command], cwd=root, check=True, capture_output=True, text=True).stdout.strip()


def build_tree(source, folder, *options):
    print(f"building {folder.name} ...", flush=True)
    subprocess.run(["cmake", "--preset", "release", "-B", folder, *options], cwd=source, check=True, capture_output=True, text=True)
    subprocess.run(["cmake", "--build", folder, "--target", "benchmarks"], check=True, capture_output=True, text=True)
    return folder / "bin"


class Machine:
    def __init__(self, programs):
        self.programs = programs
        cores = sorted(os.sched_getaffinity(0))
        self.client_core, self.other_core = cores[-1], cores[-2] if len(cores) > 1 else cores[-1]
        self.redis = shutil.which("redis-server") or shutil.which("valkey-server")
        most = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
        resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))  # the programs inherit it: thousands of connections are files

    def describe(self):
        """Of the moment before the first round."""
        return {"processor": first_line("/proc/cpuinfo", "model name"), "cores": os.cpu_count(), "system": platform.platform(),
                "compiler": output("c++", "--version"), "redis": output(self.redis, "--version") if self.redis else "none",
                "hiredis": output("pkg-config", "--modversion", "hiredis"), "load": round(os.getloadavg()[0], 2)}

    def program(self, peer):
        return self.programs[peer.tree] / peer.program

    def available(self, workload):
        if workload.server == "redis" and not self.redis:
            return []
        return [peer for peer in workload.peers if self.program(peer).exists()]

    @contextlib.contextmanager
    def server(self, workload):
        core = self.client_core if workload.one_core else self.other_core
        with tempfile.TemporaryDirectory(prefix="entrada-bench-") as folder:
            files = certificate(pathlib.Path(folder)) if workload.tls else None
            if workload.server == "redis":
                command, port = redis_command(self.redis, folder)
            else:
                command, port = [self.programs["here"] / "reply_server", *workload.server_arguments(), *tls_arguments(files)], None
            process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
                                       preexec_fn=lambda: os.sched_setaffinity(0, {core}))
            try:
                if port is None:
                    port = int(process.stdout.readline())
                else:
                    wait_for_port(port)
                    seed(port, workload)
                yield {"port": port, "ca": files and files["ca"]}
            finally:
                process.stdin.close()
                process.terminate()
                process.wait(10)


def first_line(file, name):
    with open(file, encoding="utf-8") as lines:
        return next((line.split(":", 1)[1].strip() for line in lines if line.startswith(name)), "unknown")


def output(*command):
    try:
        return (subprocess.run(command, capture_output=True, text=True, check=False).stdout.splitlines() or ["none"])[0]
    except FileNotFoundError:
        return "unknown"


def redis_command(program, folder):
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    return [program, "--port", str(port), "--bind", "127.0.0.1", "--save", "", "--appendonly", "no", "--dir", folder,
            "--protected-mode", "no", "--user", "user", "on", ">password", "~*", "&*", "+@all"], port


def wait_for_port(port):
    until = time.monotonic() + 5
    while True:
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        if time.monotonic() > until:
            raise SystemExit("redis-server did not open its port within 5 s")
        time.sleep(0.01)


def seed(port, workload):
    value = "v" * workload.bytes
    with socket.create_connection(("127.0.0.1", port)) as connection:
        connection.sendall(f"*3\r\n$3\r\nSET\r\n$3\r\nkey\r\n${len(value)}\r\n{value}\r\n".encode())
        if connection.recv(64) != b"+OK\r\n":
            raise SystemExit("redis-server refused SET")


def certificate(folder):
    ca, key = folder / "ca.pem", folder / "key.pem"
    subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-keyout", key, "-out", ca,
                    "-days", "2", "-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost,IP:127.0.0.1"],
                   check=True, capture_output=True, text=True)
    return {"ca": ca, "key": key}


def tls_arguments(files):
    return ["--certificate", files["ca"], "--key", files["key"]] if files else []


def measure_round(machine, server, workload, peer, seconds):
    """What the peer prints; nothing if its build cannot do that."""
    command = [machine.program(peer), *workload.client_arguments(peer), "--port", str(server["port"]), "--seconds", f"{seconds:.3f}"]
    if server["ca"]:
        command += ["--ca", server["ca"]]
    done = subprocess.run(command, check=False, capture_output=True, text=True, timeout=120 + 10 * seconds,
                          preexec_fn=lambda: os.sched_setaffinity(0, {machine.client_core}))
    if done.returncode == UNSUPPORTED:
        return None
    if done.returncode != 0:
        raise SystemExit(f"{' '.join(map(str, command))} failed:\n{done.stderr}")
    return json.loads(done.stdout)
