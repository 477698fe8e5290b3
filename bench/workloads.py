"""What is measured, with whom, and which ratios are promised."""
import dataclasses

UNITS = {"cpu_us": "µs of processor time per call", "per_second": "calls per second", "p50_us": "µs, half of all calls",
         "p99_us": "µs, 99 % of all calls", "p999_us": "µs, 99.9 % of all calls", "allocations": "allocations per call",
         "system_calls": "system calls per call", "resident_bytes": "bytes of memory each", "heap_bytes": "bytes of heap each"}
MORE_IS_BETTER = ("per_second",)


@dataclasses.dataclass(frozen=True)
class Peer:
    name: str
    program: str
    style: str
    flags: tuple = ()
    callers: int = 0  # instead of the workload's
    tree: str = "here"

    @property
    def ours(self):
        return self.program in OUR_PROGRAMS


@dataclasses.dataclass(frozen=True)
class Promise:
    """Of the first peer: its figure divided by that of the best of others, or the figure itself if there are no others."""
    bound: float
    to: tuple = ()
    at_least: bool = False
    figure: str = ""  # empty: the workload's first
    peer: str = ""  # empty: the first one

    def judge(self, workload, found):
        figure = self.figure or workload.figures[0]
        ours = found.get(self.peer or workload.peers[0].name)
        rivals = [found[peer.name][figure]["median"] for peer in self.to if peer.name in found]
        judged = {"of": self.peer or workload.peers[0].name, "figure": figure, "to": [peer.name for peer in self.to], "bound": self.bound,
                  "at_least": self.at_least, "value": None, "kept": None}
        if ours is None:
            return {**judged, "kept": False}  # we cannot do what was promised
        if self.to and not rivals:
            return judged  # nobody to compare with
        best = (max(rivals) if figure in MORE_IS_BETTER else min(rivals)) if rivals else 1
        value = ours[figure]["median"] / best
        return {**judged, "value": round(value, 4), "kept": value >= self.bound if self.at_least else value <= self.bound}


@dataclasses.dataclass(frozen=True)
class Workload:
    name: str
    group: str
    title: str
    peers: tuple
    callers: int = 1
    operation: str = "get"
    bytes: int = 100
    figures: tuple = ("cpu_us",)  # the first one is drawn
    server: str = "reply"  # or redis
    one_core: bool = True
    tls: bool = False
    hold: int = 0  # the server keeps so many replies back
    seconds_min: float = 0
    flags: tuple = ()  # of all peers
    promises: tuple = ()

    def with_callers_max(self, most):
        return dataclasses.replace(self, callers=min(self.callers, most), hold=min(self.hold, most + 1))

    def server_arguments(self):
        return ["--bytes", str(self.bytes), "--operation", self.operation, "--hold", str(self.hold)]

    def client_arguments(self, peer):
        return ["--style", peer.style, *peer.flags, *self.flags, "--operation", self.operation, "--bytes", str(self.bytes),
                "--callers", str(peer.callers or self.callers)]

    def against(self, revision):
        """The same for two builds of this library only."""
        ours = [peer for peer in self.peers if peer.ours]
        others = [dataclasses.replace(peer, name=f"{peer.name} of {revision}", tree="other") for peer in ours]
        more = self.figures[0] in MORE_IS_BETTER
        promises = [Promise(1 / 1.1 if more else 1.1, (other,), more, peer=peer.name) for peer, other in zip(ours, others)]
        return dataclasses.replace(self, peers=tuple(one for pair in zip(ours, others) for one in pair), promises=tuple(promises))


OUR_PROGRAMS = ("bench_entrada", "bench_counting", "bench_memory_entrada")
ENTRADA = Peer("entrada", "bench_entrada", "coroutines")
ASIO = Peer("entrada, Asio's coroutines", "bench_entrada", "asio")
LEASES = Peer("entrada, leases", "bench_entrada", "leases")
ELSEWHERE = Peer("entrada, the application's thread", "bench_entrada", "elsewhere")
BLOCKING = Peer("entrada, one connection", "bench_entrada", "threads")
BATCHES = Peer("entrada, batches", "bench_entrada", "batches")
TURNING = Peer("entrada, a token turn each second", "bench_entrada", "coroutines", ("--turns",))
POLLING = Peer("entrada, polling", "bench_entrada", "coroutines", ("--polling",))
COUNTED = Peer("entrada", "bench_counting", "coroutines")
COUNTED_LEASES = Peer("entrada, leases", "bench_counting", "leases")
RAW = Peer("raw", "bench_raw", "pipeline")
RAW_KEPT = Peer("raw, values kept", "bench_raw", "kept")
RAW_WINDOW = Peer("raw, never empty", "bench_raw", "window")
HIREDIS_SYNC = Peer("hiredis, one by one", "bench_hiredis", "sync", callers=1)
HIREDIS_THREADS = Peer("hiredis, a connection each", "bench_hiredis", "sync")
HIREDIS_BATCHES = Peer("hiredis, batches", "bench_hiredis", "pipeline")
HIREDIS_ASYNC = Peer("hiredis, async", "bench_hiredis", "async")
BOOST_REDIS = Peer("Boost.Redis", "bench_boost_redis", "coroutines")


def compact(size):
    return size.replace(" ", "")


def limit(callers, *promises, peers=()):
    peers = (ENTRADA, ASIO, RAW, HIREDIS_ASYNC, HIREDIS_BATCHES, BOOST_REDIS, *peers)
    return Workload(f"get100-{callers}", "callers", f"GET 100 B, {callers} in flight", peers, callers, promises=promises)


def on_redis(callers, *promises):
    return Workload(f"redis-get100-{callers}", "redis", f"GET 100 B, {callers} in flight",
                    (ENTRADA, RAW, RAW_WINDOW, HIREDIS_ASYNC, HIREDIS_BATCHES, BOOST_REDIS), callers, figures=("per_second", "cpu_us"),
                    server="redis", one_core=False, promises=promises)


def latency(callers, *peers):
    return Workload(f"latency-{callers}", "latency", f"GET 100 B, {callers} in flight", (ENTRADA, *peers, BOOST_REDIS), callers,
                    figures=("p50_us", "p99_us", "p999_us"), server="redis", one_core=False, flags=("--latency",))


def threads(callers, figure, bound, at_least=False):
    figures = (figure, "per_second" if figure == "cpu_us" else "cpu_us")
    return Workload(f"threads-{callers}", "threads", f"GET 100 B, {callers} blocking thread{'s' if callers > 1 else ''}",
                    (BLOCKING, HIREDIS_THREADS), callers, figures=figures, promises=(Promise(bound, (HIREDIS_THREADS,), at_least),))


def large_gets(size, name, in_flight, *promises):
    rivals = (RAW, HIREDIS_SYNC, HIREDIS_BATCHES) if in_flight > 1 else (RAW, HIREDIS_SYNC)
    peers = (ENTRADA, LEASES, *rivals, RAW_KEPT, HIREDIS_ASYNC, BOOST_REDIS)
    return Workload(f"get-{compact(name)}-{in_flight}", "sizes", f"GET {name}, {in_flight} in flight", peers, in_flight, bytes=size,
                    promises=tuple(Promise(bound, rivals) for bound in promises))


def sets(size, name, in_flight, *promises):
    return Workload(f"set-{compact(name)}-{in_flight}", "sizes", f"SET {name}, {in_flight} in flight",
                    (ENTRADA, RAW, HIREDIS_BATCHES, HIREDIS_ASYNC, BOOST_REDIS), in_flight, operation="set", bytes=size, promises=promises)


def tls(size, name, in_flight, *promises):
    return Workload(f"tls-get-{compact(name)}-{in_flight}", "tls", f"GET {name} over TLS 1.3, {in_flight} in flight", (ENTRADA, RAW), in_flight,
                    bytes=size, tls=True, promises=promises)


def polling(callers):
    return Workload(f"polling-{callers}", "polling", f"GET 100 B, {callers} in flight", (POLLING, ENTRADA, RAW), callers,
                    figures=("per_second", "cpu_us"), server="redis", one_core=False, promises=(Promise(2, (ENTRADA,), at_least=True),))


def in_memory(name, title, style, count, bound, **how):
    peers = (Peer("entrada", "bench_memory_entrada", style), Peer("hiredis", "bench_memory_hiredis", style))
    peers = peers[:1] if how.get("tls") else peers  # hiredis of Debian 12 speaks no TLS
    return Workload(name, "memory", title, peers, count, figures=("resident_bytes", "heap_bytes"), one_core=False,
                    promises=(Promise(bound),), **how)


WORKLOADS = [
    limit(1, Promise(1.15, (RAW,))),
    limit(16, Promise(1.3, (RAW,))),
    limit(64, Promise(1.5, (RAW,))),
    limit(256, Promise(2.5, (RAW,)), Promise(0.3, (HIREDIS_ASYNC,)), peers=(LEASES, ELSEWHERE)),
    limit(1024, Promise(3, (RAW,))),
    on_redis(1),
    on_redis(16),
    on_redis(64, Promise(0.95, (RAW, RAW_WINDOW), at_least=True)),
    on_redis(256, Promise(0.95, (RAW, RAW_WINDOW), at_least=True)),
    on_redis(1024),
    latency(1, RAW, HIREDIS_SYNC),
    latency(64, HIREDIS_ASYNC),
    polling(1),
    polling(16),
    threads(1, "cpu_us", 1.08),
    threads(8, "per_second", 2.7, at_least=True),
    threads(64, "per_second", 4.2, at_least=True),
    Workload("batch-64", "batches", "GET 100 B, batches of 64", (BATCHES, RAW, HIREDIS_BATCHES), 64),
    Workload("batch-256", "batches", "GET 100 B, batches of 256", (BATCHES, RAW, HIREDIS_BATCHES), 256),
    sets(100, "100 B", 256, Promise(2.2, (RAW,))),
    large_gets(10240, "10 KiB", 16, 1.1),
    large_gets(10240, "10 KiB", 64, 1.1),
    large_gets(1 << 20, "1 MiB", 1, 1.1),
    large_gets(1 << 20, "1 MiB", 4, 1.1),
    sets(10240, "10 KiB", 16),
    sets(1 << 20, "1 MiB", 4),
    tls(100, "100 B", 1),
    tls(100, "100 B", 256, Promise(1.5, (RAW,))),
    tls(10240, "10 KiB", 16),
    Workload("turns-64", "turns", "GET 100 B, 64 in flight", (TURNING, ENTRADA), 64, figures=("per_second", "p50_us", "p99_us", "p999_us"),
             server="redis", one_core=False, seconds_min=3, flags=("--latency",),
             promises=(Promise(0.98, (ENTRADA,), at_least=True), Promise(1.1, (ENTRADA,), figure="p999_us"))),
    Workload("allocations", "counts", "GET 100 B, 256 in flight", (COUNTED, COUNTED_LEASES), 256, figures=("allocations", "system_calls"),
             promises=(Promise(1.01), Promise(0.01, peer=COUNTED_LEASES.name))),
    in_memory("memory-in-flight", "a request, 1,000,000 in flight", "in_flight", 1_000_000, 256, hold=1_000_001),
    in_memory("memory-idle", "an idle connection, 10,000 of them", "idle", 10_000, 24 * 1024),
    in_memory("memory-idle-tls", "an idle TLS connection, 10,000 of them", "idle", 10_000, 64 * 1024, tls=True),
]
