// Splits a line that a person typed into arguments, by the quoting rules of Redis.
// Room: resp.
#include "resp/inline_split.hpp"

namespace entrada::resp {
namespace {

bool is_space(char c) noexcept { return c == ' ' || (c >= '\t' && c <= '\r'); }
bool ends_word(char c) noexcept { return c == ' ' || c == '\n' || c == '\r' || c == '\t'; } // not all that is_space: as in Redis

int hex_value(char c) noexcept {
    if (c >= '0' && c <= '9') return c - '0';
    if (c >= 'a' && c <= 'f') return c - 'a' + 10;
    if (c >= 'A' && c <= 'F') return c - 'A' + 10;
    return -1;
}

char escaped(char c) noexcept {
    switch (c) {
    case 'n':
        return '\n';
    case 'r':
        return '\r';
    case 't':
        return '\t';
    case 'b':
        return '\b';
    case 'a':
        return '\a';
    default:
        return c;
    }
}

// A cursor over one line. Each function reads one thing and leaves the cursor behind it.
class word_reader {
public:
    word_reader(std::string_view line, std::string& out) : line_(line), out_(out) {}

    bool find_word() noexcept {
        while (at_ < line_.size() && is_space(line_[at_])) ++at_;
        return at_ < line_.size();
    }

    bool read_word() {
        while (at_ < line_.size() && !ends_word(line_[at_])) {
            const char c = line_[at_++];
            if (c == '"') return read_double_quoted();
            if (c == '\'') return read_single_quoted();
            out_ += c;
        }
        return true;
    }

private:
    bool read_double_quoted() {
        while (at_ < line_.size()) {
            const char c = line_[at_++];
            if (c == '"') return quote_ends_word();
            out_ += c == '\\' && at_ < line_.size() ? read_escape() : c;
        }
        return false;
    }

    bool read_single_quoted() {
        while (at_ < line_.size()) {
            const char c = line_[at_++];
            if (c == '\'') return quote_ends_word();
            const bool quote = c == '\\' && at_ < line_.size() && line_[at_] == '\'';
            out_ += quote ? line_[at_++] : c;
        }
        return false;
    }

    char read_escape() noexcept {
        const char c = line_[at_++];
        if (c != 'x' || line_.size() - at_ < 2) return escaped(c);
        const int high = hex_value(line_[at_]);
        const int low = hex_value(line_[at_ + 1]);
        if (high < 0 || low < 0) return c;
        at_ += 2;
        return static_cast<char>(high * 16 + low);
    }

    [[nodiscard]] bool quote_ends_word() const noexcept { return at_ == line_.size() || is_space(line_[at_]); }

    std::string_view line_;
    std::string& out_;
    std::size_t at_ = 0;
};

} // namespace

bool split_inline(std::string_view line, std::string& out, const std::function<void(std::size_t, std::size_t)>& each) {
    word_reader words(line, out);
    while (words.find_word()) {
        const std::size_t start = out.size();
        if (!words.read_word()) return false;
        each(start, out.size() - start);
    }
    return true;
}

} // namespace entrada::resp
