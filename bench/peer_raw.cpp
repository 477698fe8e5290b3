// The limit of one connection: a loop that writes prepared requests and counts the bytes of replies. It parses nothing and serves
// nobody. Styles: pipeline (all requests of the callers in one write, then all their replies).
// Room: bench.
#include "connect.hpp"
#include "workload.hpp"

namespace {

constexpr std::size_t buffer_bytes = std::size_t{1} << 18;
alignas(4096) char buffer[buffer_bytes];

} // namespace

int main(int argc, char** argv) {
    const bench::workload asked = bench::parse(argc, argv);
    bench::measure(asked, [&](bench::tally& counted) {
        bench::raw_connection server(asked);
        std::string requests;
        for (int i = 0; i < asked.callers; ++i) requests += bench::request_bytes(asked);
        const auto callers = static_cast<std::size_t>(asked.callers);
        while (!counted.stopped()) {
            server.write(requests);
            for (std::size_t wanted = bench::reply_size(asked) * callers; wanted != 0;)
                wanted -= server.read(buffer, std::min(buffer_bytes, wanted));
            counted.add(callers);
        }
    });
}
