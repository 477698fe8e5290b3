// Where the library says what happens. It never prints by itself.
// Room: base.
#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <utility>

namespace entrada {

enum class log_level { debug, info, warning, error };

struct log_event {
    log_level level = log_level::info;
    std::string_view room; ///< "conn", "entra", "identity": where it was said
    std::string text;      ///< one line, no secrets
};

/// Called from any thread, sometimes from several at once; must not block and must not throw. Empty: say nothing.
using log_sink = std::function<void(const log_event&)>;

inline void log(const log_sink& sink, log_level level, std::string_view room, std::string text) {
    if (sink) sink(log_event{level, room, std::move(text)});
}

} // namespace entrada
