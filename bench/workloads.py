"""What is measured, with whom, and which ratios are promised."""
import dataclasses

COROUTINES, THREADS = "coroutines", "threads"


@dataclasses.dataclass(frozen=True)
class Promise:
    ratio_to: tuple  # the best of these peers
    bound: float
    at_least: bool = False


@dataclasses.dataclass(frozen=True)
class Workload:
    name: str
    title: str
    peers: tuple
    callers: int
    operation: str = "get"
    bytes: int = 100
    figure: str = "cpu_us"  # or per_second
    server: str = "reply"  # or redis
    one_core: bool = True
    pin_client: bool = True
    tls: bool = False
    extra: tuple = ()
    promises: tuple = ()

    def server_arguments(self):
        return ["--bytes", str(self.bytes), "--operation", self.operation]

    def client_arguments(self, peer):
        name, _, style = peer.partition("-")
        if name in ("entrada", "other"):
            style = style or COROUTINES
        common = ["--operation", self.operation, "--bytes", str(self.bytes), "--callers", str(self.callers)]
        return [*common, "--style", style or "pipeline", *(self.extra if name in ("entrada", "other") else ())]

    def with_peers(self, peers, against):
        if against:
            ours = [peer for peer in peers if peer.startswith("entrada")]
            peers = [*ours, *(peer.replace("entrada", "other") for peer in ours)]
        return dataclasses.replace(self, peers=tuple(peers))

    def judge(self, figures):
        ours = next(value for peer, value in figures.items() if peer.startswith("entrada"))[self.figure]
        judged = []
        for promise in self.promises:
            peers = [figures[peer][self.figure] for peer in promise.ratio_to if peer in figures]
            if not peers:
                continue
            best = max(peers) if self.figure == "per_second" else min(peers)
            ratio = ours / best
            judged.append({"to": " or ".join(promise.ratio_to), "ratio": round(ratio, 3), "bound": promise.bound,
                           "at_least": promise.at_least,
                           "kept": ratio >= promise.bound if promise.at_least else ratio <= promise.bound})
        return judged


RAW, HIREDIS_ASYNC, HIREDIS_BATCH, HIREDIS_SYNC = "raw", "hiredis-async", "hiredis-pipeline", "hiredis-sync"


def coroutine_gets(callers, *promises):
    peers = ("entrada", RAW, HIREDIS_ASYNC, HIREDIS_BATCH)
    return Workload(f"get100-{callers}", f"GET 100 B, {callers} coroutines, one core", peers, callers, promises=promises)


def redis_gets(callers, *promises):
    return Workload(f"redis-get100-{callers}", f"GET 100 B, {callers} coroutines, Redis on the other core",
                    ("entrada", RAW, HIREDIS_ASYNC, HIREDIS_BATCH), callers, figure="per_second", server="redis", one_core=False,
                    promises=promises)


def threads(callers, *promises, figure="per_second"):
    return Workload(f"threads-{callers}", f"GET 100 B, {callers} blocking threads", (f"entrada-{THREADS}", HIREDIS_SYNC), callers, figure=figure,
                    promises=promises)


def large(size, name, in_flight):
    rivals = (RAW, HIREDIS_SYNC) if in_flight == 1 else (RAW, HIREDIS_BATCH)
    return Workload(f"get-{name}-{in_flight}", f"GET {name}, {in_flight} in flight", ("entrada", *rivals), in_flight, bytes=size,
                    promises=(Promise(rivals, 1.1),))


WORKLOADS = [
    coroutine_gets(1, Promise((RAW,), 1.15)),
    coroutine_gets(16, Promise((RAW,), 1.3)),
    coroutine_gets(64, Promise((RAW,), 1.5)),
    coroutine_gets(256, Promise((RAW,), 2.5), Promise((HIREDIS_ASYNC,), 0.3)),
    coroutine_gets(1024, Promise((RAW,), 3)),
    Workload("set100-256", "SET 100 B, 256 coroutines, one core", ("entrada", RAW, HIREDIS_ASYNC, HIREDIS_BATCH), 256, operation="set",
             promises=(Promise((RAW,), 2.2),)),
    redis_gets(64, Promise((RAW,), 0.95, at_least=True)),
    redis_gets(256, Promise((RAW,), 0.95, at_least=True)),
    threads(1, Promise((HIREDIS_SYNC,), 1.08), figure="cpu_us"),
    threads(8, Promise((HIREDIS_SYNC,), 2.7, at_least=True)),
    threads(64, Promise((HIREDIS_SYNC,), 4.2, at_least=True)),
    Workload("batch-64", "GET 100 B, batches of 64", ("entrada-batches", RAW, HIREDIS_BATCH), 64),
    large(10240, "10KiB", 16),
    large(10240, "10KiB", 64),
    large(1 << 20, "1MiB", 1),
    large(1 << 20, "1MiB", 4),
    Workload("tls-get100-256", "GET 100 B over TLS 1.3, 256 coroutines", ("entrada", RAW), 256, tls=True, promises=(Promise((RAW,), 1.5),)),
]
