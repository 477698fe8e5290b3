// Commands of the request reader as text.
// Room: tests of resp.
#include "request_transcript.hpp"

#include "entrada/failure.hpp"

#include <algorithm>
#include <cstring>
#include <memory>
#include <vector>

namespace entrada::resp {
namespace {

class request_feeder {
public:
    explicit request_feeder(request_limits bounds) : reader_(bounds) {}

    void feed(std::string_view piece) {
        // A block of its own size for each look, so that AddressSanitizer sees every step past the end.
        const std::size_t size = kept_.size() + piece.size();
        const auto block = std::make_unique<char[]>(size);
        if (!kept_.empty()) std::memcpy(block.get(), kept_.data(), kept_.size());
        if (!piece.empty()) std::memcpy(block.get() + kept_.size(), piece.data(), piece.size());
        std::string_view input{block.get(), size};
        while (take(reader_.next(input))) {
        }
        if (broken_) input = {};
        kept_.assign(input.begin(), input.end());
        run.kept_max = std::max(run.kept_max, kept_.size());
    }

    request_run run;

private:
    bool take(const request& what) {
        if (what.kind == request_kind::need_more) return false;
        if (what.kind == request_kind::broken) {
            if (!broken_)
                run.transcript += (what.error == errc::limit_exceeded ? "limit: " : "broken: ") + std::string(what.text) + "\n";
            broken_ = true;
            return false;
        }
        run.passed += what.bytes;
        command_bytes_ += what.bytes.size();
        if (what.kind == request_kind::passing) ++run.pieces;
        if (what.starts_command) start(what);
        if (what.ends_command) run.transcript += line_ + (large_ ? ", " + std::to_string(command_bytes_) + " bytes" : "") + "\n";
        if (what.ends_command) command_bytes_ = 0;
        return true;
    }

    void start(const request& what) {
        line_.clear();
        for (const std::string_view argument : what.arguments) {
            if (!line_.empty()) line_ += ' ';
            line_ += argument.empty() ? "<empty>" : escape_untrusted(argument, argument.size());
        }
        large_ = what.kind == request_kind::passing;
        if (what.argument_count != what.arguments.size()) line_ += " .. of " + std::to_string(what.argument_count);
    }

    request_reader reader_;
    std::vector<char> kept_;
    std::string line_;
    std::size_t command_bytes_ = 0;
    bool large_ = false;
    bool broken_ = false;
};

} // namespace

request_run read_requests(std::string_view bytes, const cuts& where, request_limits bounds) {
    request_feeder feeder(bounds);
    std::size_t from = 0;
    for (const std::size_t cut : where) {
        feeder.feed(bytes.substr(from, cut - from));
        from = cut;
    }
    feeder.feed(bytes.substr(from));
    return feeder.run;
}

} // namespace entrada::resp
