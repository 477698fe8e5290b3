// The limit of one connection: a loop that writes prepared requests and counts the bytes of replies. It parses nothing and serves
// nobody. Styles: pipeline (all requests of the callers in one write, then all their replies, into the same 64 KiB again and
// again), kept (the same, but the replies lie side by side afterwards, as somebody who wants the values needs them), window (as
// many requests as whole replies have come, so that the connection is never empty).
// Room: bench.
#include "connect.hpp"
#include "workload.hpp"

#include <algorithm>
#include <memory>

namespace {

// It stays in the processor's cache: a value of 1 MiB took 69 us with it, 120 with 256 KiB and 226 with 1 MiB. For small values
// it makes no difference.
constexpr std::size_t buffer_bytes = std::size_t{1} << 16;
alignas(4096) char buffer[buffer_bytes];

struct replies {
    std::size_t size;
    bool kept;
    std::unique_ptr<char[]> memory = std::make_unique<char[]>(kept ? size + 4096 : 1);
    char* pages = memory.get() + (4096 - reinterpret_cast<std::uintptr_t>(memory.get()) % 4096);

    void take(bench::raw_connection& server) const {
        for (std::size_t done = 0; done != size;) {
            const std::size_t rest = size - done;
            done += kept ? server.read(pages + done, rest) : server.read(buffer, std::min(buffer_bytes, rest));
        }
    }
};

void pipeline(bench::raw_connection& server, const bench::workload& asked, const std::string& requests, bench::tally& counted) {
    const auto callers = static_cast<std::size_t>(asked.callers);
    const replies all{bench::reply_size(asked) * callers, asked.style == "kept"};
    while (!counted.stopped()) {
        const auto began = counted.begin();
        server.write(requests);
        all.take(server);
        counted.end(began);
        counted.add(callers);
    }
}

void window(bench::raw_connection& server, const bench::workload& asked, std::string_view requests, bench::tally& counted) {
    const std::size_t request = requests.size() / static_cast<std::size_t>(asked.callers);
    const std::size_t reply = bench::reply_size(asked);
    server.write(requests);
    for (std::size_t partial = 0; !counted.stopped();) {
        partial += server.read(buffer, buffer_bytes);
        const std::size_t whole = partial / reply;
        partial %= reply;
        server.write(requests.substr(0, whole * request));
        counted.add(whole);
    }
}

} // namespace

int main(int argc, char** argv) {
    const bench::workload asked = bench::parse(argc, argv);
    bench::measure(asked, [&](bench::tally& counted) {
        bench::raw_connection server(asked);
        std::string requests;
        for (int i = 0; i < asked.callers; ++i) requests += bench::request_bytes(asked);
        if (asked.style == "pipeline" || asked.style == "kept")
            pipeline(server, asked, requests, counted);
        else if (asked.style == "window")
            window(server, asked, requests, counted);
        else
            bench::require(false, "style");
    });
}
