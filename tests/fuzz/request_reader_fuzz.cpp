// Any bytes as a client's commands: fed whole, byte by byte and in cuts of their own, they give the same commands; nothing is
// lost, added or held beyond the limit; no login is ever given in pieces. Room: tests, fuzzing.
#include "fuzz/fuzz_support.hpp"

#include "entrada/command.hpp"
#include "resp/request_reader.hpp"

#include <algorithm>
#include <utility>

namespace entrada::fuzz {
namespace {

using resp::request;
using resp::request_kind;

// Reads one way of cutting the bytes and keeps a log of the commands; pieces are joined, for they depend on the cuts.
class run {
public:
    explicit run(resp::request_limits bounds) : bounds_(bounds), reader_(bounds) {}

    void feed(std::string_view piece) {
        const exact_block block(kept_, piece);
        std::string_view input = block.view();
        while (take(reader_.next(input))) {
        }
        kept_ = broken_ ? std::string() : std::string(input);
        require(kept_.size() <= bounds_.hold_bytes_max + 32, "little input is kept");
    }

    std::string log;

private:
    bool take(const request& what) {
        switch (what.kind) {
        case request_kind::need_more:
            return false;
        case request_kind::broken:
            return broken(what);
        case request_kind::command:
            require(what.starts_command && what.ends_command, "a command is whole");
            break;
        case request_kind::passing:
            require(!what.bytes.empty(), "a piece has bytes");
            break;
        }
        require(what.starts_command != inside_, "pieces of one command are together");
        if (what.starts_command) start(what);
        log += what.bytes;
        inside_ = !what.ends_command;
        require(inside_ == reader_.is_passing(), "the reader knows whether a command is under way");
        if (what.ends_command) log += "\n-- end\n";
        return true;
    }

    bool broken(const request& what) {
        require(!what.text.empty() && what.bytes.empty(), "what is broken has a reason and is not passed on");
        if (!broken_) log += "\n-- broken: " + std::string(what.text);
        broken_ = true;
        return false;
    }

    void start(const request& what) {
        require(!what.arguments.empty() && what.arguments.size() <= what.argument_count, "a command has a name");
        require(what.argument_count <= bounds_.arguments_max, "arguments stay below their limit");
        const std::string_view name = what.arguments[0];
        const bool login = resp::is_name(name, "AUTH") || resp::is_name(name, "HELLO");
        require(what.kind == request_kind::command || !login, "a login is given whole");
        if (what.kind == request_kind::command && what.bytes.front() == '*') check_wire(what);
        log += "\n-- start of " + std::to_string(what.argument_count) + "\n";
        for (const std::string_view argument : what.arguments) log.append(argument).append("\n");
    }

    // There is one way to write a command as an array: what was found, written again, is what was sent.
    static void check_wire(const request& what) {
        if (what.arguments.size() != what.argument_count) return;
        command same(what.arguments[0]);
        for (const std::string_view argument : what.arguments.subspan(1)) same.add(argument);
        require(same.wire() == what.bytes, "arguments and bytes say the same");
    }

    resp::request_limits bounds_;
    resp::request_reader reader_;
    std::string kept_;
    bool inside_ = false;
    bool broken_ = false;
};

resp::request_limits derive_limits(derived_numbers& numbers) {
    const bool tight = numbers.below(2) == 0;
    return {.arguments_max = tight ? 1 + numbers.below(10) : 1000,
            .bulk_bytes_max = tight ? 1 + numbers.below(100) : 100'000,
            .hold_bytes_max = 8 + numbers.below(tight ? 60 : 1000)};
}

std::string read_in_cuts(std::string_view bytes, resp::request_limits bounds, derived_numbers& numbers, std::size_t piece_max) {
    run pieces(bounds);
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
    derived_numbers numbers(bytes, 2);
    const entrada::resp::request_limits bounds = derive_limits(numbers);
    run whole(bounds);
    whole.feed(bytes);
    for (const std::size_t piece_max : {std::size_t{1}, std::size_t{8}, size / 2 + 1})
        require(read_in_cuts(bytes, bounds, numbers, piece_max) == whole.log, "every cut gives the same commands");
    return 0;
}
