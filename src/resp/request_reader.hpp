// The server's side: finds the commands in what a client sends. No I/O.
// Room: resp.
#pragma once

#include "entrada/errc.hpp"
#include "resp/number_scan.hpp"

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

namespace entrada::resp {

struct request_limits {
    std::size_t arguments_max = 2'147'483'647;                   ///< of one command, its name included; Redis' own limit
    std::size_t bulk_bytes_max = std::size_t{512} * 1024 * 1024; ///< of one argument; proto-max-bulk-len of Redis
    /// Commands and inline lines up to this size are given whole: a token of 64 KiB, and around it user name and options.
    std::size_t hold_bytes_max = 68 * 1024;

    /// For a peer that has not logged in: nothing but a login or a small command is of use, and nothing larger is read.
    [[nodiscard]] static request_limits before_login() noexcept { return {.arguments_max = 16, .bulk_bytes_max = 64 * 1024}; }
};

enum class request_kind : std::uint8_t {
    need_more, ///< keep the rest of the input and come again with more
    command,   ///< one command, whole
    passing,   ///< one piece of a command that is too large to be held
    broken,    ///< answer "-ERR Protocol error: " and the text, and close
};

struct request {
    request_kind kind = request_kind::need_more;
    bool starts_command = false; ///< a command, or the first piece of one
    bool ends_command = false;   ///< a command, or the last piece of one
    /// With `starts_command`: the name and what follows, of at most `arguments_kept` arguments; of a large command those before
    /// the one that made it large, at least the name. Valid until the next call or until the input changes.
    std::span<const std::string_view> arguments;
    std::size_t argument_count = 0;    ///< all arguments of the command, the name included
    std::string_view bytes;            ///< the bytes as sent, to be passed on
    std::string_view text;             ///< broken: what is wrong, in Redis' words where it has some
    errc error = errc::protocol_error; ///< broken: `protocol_error` or `limit_exceeded`
};

/// Feeds on any cut of the bytes. All commands and pieces together are the input, less empty lines and empty arrays.
///
/// The input that has to be kept never exceeds `hold_bytes_max` by more than 32 bytes. AUTH and HELLO are never given in
/// pieces: one that is too large is broken. Stricter than Redis in what it passes, so that a server behind it sees the same
/// commands. Understands inline commands with the quoting rules of Redis.
class request_reader {
public:
    static constexpr std::size_t arguments_kept = 32;

    explicit request_reader(request_limits bounds = {}) : bounds_(bounds) {}

    /// Takes one command or piece off the front of `input`.
    [[nodiscard]] request next(std::string_view& input);

    /// For the commands after the last one given, such as after a login.
    void set_limits(request_limits bounds) noexcept { bounds_ = bounds; }

    /// True while a command has been given in part: nothing may be put between its pieces.
    [[nodiscard]] bool is_passing() const noexcept { return phase_ == phase::passing; }

private:
    enum class phase : std::uint8_t { start, arguments, passing, broken };
    struct place {
        std::size_t at;
        std::size_t size;
    };

    scan take(std::string_view& input, request& out);
    scan take_start(std::string_view& input);
    scan take_count(std::string_view& input);
    scan take_arguments(std::string_view& input, request& out);
    scan take_inline(std::string_view& input, request& out);
    scan take_piece(std::string_view& input, request& out, std::size_t at);
    scan start_passing(std::string_view& input, request& out);
    scan skip_arguments(std::string_view input, std::size_t& at);
    number_scan scan_argument_head(std::string_view input, std::size_t at);
    void keep(place argument) noexcept;
    void give_command(std::string_view& input, request& out, std::string_view text, std::size_t size);
    scan fail(const char* reason, errc error = errc::protocol_error) noexcept;

    request_limits bounds_;
    std::array<place, arguments_kept> places_{};
    std::array<std::string_view, arguments_kept> views_{};
    std::string unquoted_;      ///< the arguments of an inline command
    std::size_t kept_ = 0;      ///< of places_
    std::size_t count_ = 0;     ///< arguments of this command
    std::size_t left_ = 0;      ///< arguments of this command not yet seen whole
    std::size_t seen_ = 0;      ///< bytes at the front of the input that need not be looked at again
    std::size_t bulk_left_ = 0; ///< passing: bytes left of the argument under way
    bool in_bulk_ = false;      ///< passing: inside an argument, or before its CRLF
    phase phase_ = phase::start;
    errc error_ = errc::protocol_error;
    const char* reason_ = "";
};

/// Whether a command name is this one, whatever the case of its letters.
[[nodiscard]] bool is_name(std::string_view name, std::string_view upper_case) noexcept;

} // namespace entrada::resp
