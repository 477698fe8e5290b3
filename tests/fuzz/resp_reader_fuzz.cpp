// Any bytes as replies: fed whole, byte by byte and in cuts of their own, they give the same events, and the owned replies built
// of these are well-formed. Room: tests, fuzzing.
#include "fuzz/fuzz_support.hpp"

#include "resp/reply_builder.hpp"

#include <algorithm>
#include <functional>
#include <span>
#include <utility>

namespace entrada::fuzz {
namespace {

using resp::event;
using resp::event_kind;

void write(std::string& log, const void* data, std::size_t size) { log.append(static_cast<const char*>(data), size); }

template <class T>
void write(std::string& log, T value) {
    write(log, &value, sizeof value);
}

// Reads one way of cutting the bytes and keeps a log of the events. `bulk_start` is left out: it depends on the cuts.
class run {
public:
    run(resp::limits bounds, bool receives_in_place) : bounds_(bounds), reader_(bounds), receives_in_place_(receives_in_place) {
        builder_.begin();
    }

    void feed(std::string_view piece) {
        piece = receive(piece);
        const exact_block block(kept_, piece);
        std::string_view input = block.view();
        while (take(reader_.next(input), block.view())) {
        }
        kept_ = broken_ ? std::string() : std::string(input);
    }

    std::string log;

private:
    // As a connection does it: what a long string still wants is read straight into its place.
    std::string_view receive(std::string_view piece) {
        const std::span<char> wanted = reader_.wanted();
        if (!receives_in_place_ || !kept_.empty() || wanted.empty()) return piece;
        const std::size_t size = std::min(wanted.size(), piece.size());
        if (size != 0) std::memcpy(wanted.data(), piece.data(), size);
        reader_.received(size);
        return piece.substr(size);
    }

    bool take(const event& what, std::string_view input) {
        require(what.depth <= bounds_.depth_max, "depth stays below its limit");
        const bool whole = builder_.on_event(what);
        switch (what.kind) {
        case event_kind::need_more:
            return false;
        case event_kind::broken:
            return broken(what);
        case event_kind::bulk_start:
            return start(what);
        case event_kind::aggregate:
            require(what.size < bounds_.elements_max, "elements stay below their limit");
            break;
        case event_kind::value:
            check_value(what, input);
            break;
        }
        require(whole == what.ends_reply, "the builder ends where the reader does");
        write_event(what);
        if (whole) check_reply();
        return true;
    }

    bool broken(const event& what) {
        require(!reader_.idle() && !what.text.empty(), "a broken reader says why and is not idle");
        if (!broken_) write_event(what);
        broken_ = true;
        return false;
    }

    bool start(const event& what) {
        require(what.size <= bounds_.bulk_bytes_max && !what.ends_reply, "an announced string fits its limit");
        announced_ = true;
        reader_.receive_into(builder_.place(what.size));
        return true;
    }

    void check_value(const event& what, std::string_view input) {
        const bool inside = std::less_equal<>()(input.data(), what.text.data())
                            && std::less_equal<>()(what.text.data() + what.text.size(), input.data() + input.size());
        require(inside || announced_ || what.text.empty(), "text is a view into the input, or was received in place");
        announced_ = false;
    }

    void write_event(const event& what) {
        write(log, what.kind);
        write(log, what.type);
        write(log, what.ends_reply);
        write(log, what.push);
        write(log, what.depth);
        write(log, what.integer);
        write(log, what.size);
        write(log, what.error);
        write(log, what.text.size());
        log += what.text;
    }

    void check_reply() {
        require(reader_.idle(), "the reader is idle after a reply");
        const reply whole = builder_.take();
        builder_.begin();
        // The owned copy goes into the log as well: it is the same however it was received.
        write_tree(whole.root());
    }

    void write_tree(reply_view value) {
        write(log, value.type());
        write(log, value.integer());
        log += value.text();
        std::size_t children = 0;
        for (const reply_view child : value) {
            write_tree(child);
            ++children;
        }
        require(children == value.size(), "a reply has as many children as it says");
    }

    resp::limits bounds_;
    resp::reader reader_;
    reply_builder builder_;
    std::string kept_;
    bool receives_in_place_;
    bool announced_ = false;
    bool broken_ = false;
};

resp::limits derive_limits(derived_numbers& numbers) {
    const bool tight = numbers.below(2) == 0;
    return {.depth_max = tight ? 1 + numbers.below(6) : 32,
            .elements_max = tight ? 1 + numbers.below(40) : 100'000,
            .bulk_bytes_max = tight ? 1 + numbers.below(60) : 100'000,
            .total_bytes_max = tight ? 10 + numbers.below(200) : 1'000'000,
            .line_bytes_max = tight ? 1 + numbers.below(40) : 1000,
            .stream_bytes_min = 1 + numbers.below(40)};
}

std::string read_in_cuts(std::string_view bytes, resp::limits bounds, derived_numbers& numbers, std::size_t piece_max) {
    run pieces(bounds, numbers.below(2) == 0);
    while (!bytes.empty()) {
        const std::size_t size = std::min(bytes.size(), 1 + numbers.below(piece_max));
        pieces.feed(bytes.substr(0, size));
        bytes.remove_prefix(size);
    }
    return std::move(pieces.log);
}

} // namespace
} // namespace entrada::fuzz

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace entrada::fuzz;
    const std::string_view bytes(reinterpret_cast<const char*>(data), size);
    derived_numbers numbers(bytes, 1);
    const entrada::resp::limits bounds = derive_limits(numbers);
    run whole(bounds, false);
    whole.feed(bytes);
    for (const std::size_t piece_max : {std::size_t{1}, std::size_t{8}, size / 2 + 1})
        require(read_in_cuts(bytes, bounds, numbers, piece_max) == whole.log, "every cut gives the same events");
    return 0;
}
