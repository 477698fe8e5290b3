"""Builds the benchmark's programs, starts their servers, pins and runs them."""
import contextlib
import json
import os
import pathlib
import platform
import shutil
import socket
import subprocess
import tempfile
import time

PEERS = {"entrada": "bench_entrada", "other": "bench_entrada", "raw": "bench_raw", "hiredis": "bench_hiredis",
         "boost_redis": "bench_boost_redis"}


def build(root, against):
    """Folder of the programs, and of those of another revision if asked for."""
    programs = {"here": build_tree(root, root / "build/release")}
    if against:
        tree = root / "build/against/source"
        if tree.exists():
            subprocess.run(["git", "worktree", "remove", "--force", tree], cwd=root, check=True, capture_output=True)
        subprocess.run(["git", "worktree", "add", "--detach", tree, against], cwd=root, check=True, capture_output=True, text=True)
        programs["other"] = build_tree(tree, root / "build/against/build")
    return programs


def build_tree(source, folder):
    print(f"building {folder.name} ...", flush=True)
    subprocess.run(["cmake", "--preset", "release", "-B", folder], cwd=source, check=True, capture_output=True, text=True)
    subprocess.run(["cmake", "--build", folder, "--target", "benchmarks"], check=True, capture_output=True, text=True)
    return folder / "bin"


class Machine:
    def __init__(self, programs):
        self.programs = programs
        cores = sorted(os.sched_getaffinity(0))
        self.client_core, self.other_core = cores[-1], cores[-2] if len(cores) > 1 else cores[-1]

    def describe(self):
        version = subprocess.run(["c++", "--version"], capture_output=True, text=True).stdout.splitlines()[0]
        return {"cores": os.cpu_count(), "system": platform.platform(), "compiler": version,
                "load_before": os.getloadavg()[0]}

    def program(self, peer):
        return self.programs["other" if peer == "other" else "here"] / PEERS[peer.split("-")[0]]

    def available(self, workload):
        return [peer for peer in workload.peers if self.program(peer).exists()]

    @contextlib.contextmanager
    def server(self, workload):
        core = self.client_core if workload.one_core else self.other_core
        with tempfile.TemporaryDirectory(prefix="entrada-bench-") as folder:
            files = certificate(pathlib.Path(folder)) if workload.tls else None
            if workload.server == "redis":
                command, port = redis_command(folder)
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


def redis_command(folder):
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    name = shutil.which("redis-server") or shutil.which("valkey-server")
    return [name, "--port", str(port), "--bind", "127.0.0.1", "--save", "", "--appendonly", "no", "--dir", folder,
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
    command = [machine.program(peer), *workload.client_arguments(peer), "--port", str(server["port"]), "--seconds", str(seconds)]
    if server["ca"]:
        command += ["--ca", server["ca"]]
    cores = {machine.client_core} if workload.pin_client else {machine.client_core, machine.other_core}
    done = subprocess.run(command, check=True, capture_output=True, text=True, timeout=60 + 10 * seconds,
                          preexec_fn=lambda: os.sched_setaffinity(0, cores))
    return json.loads(done.stdout)
