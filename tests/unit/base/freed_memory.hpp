// Watches what memory holds when it is given back.
// Room: tests of base.
#pragma once

#include <string_view>

namespace entrada {

/// While one lives, every block that `operator delete` takes back is searched for these bytes. One at a time, one thread.
class freed_memory_watch {
public:
    explicit freed_memory_watch(std::string_view bytes) noexcept;
    ~freed_memory_watch();
    freed_memory_watch(const freed_memory_watch&) = delete;
    freed_memory_watch& operator=(const freed_memory_watch&) = delete;

    [[nodiscard]] unsigned blocks_seen() const noexcept;
    [[nodiscard]] unsigned blocks_with_the_bytes() const noexcept;
};

} // namespace entrada
