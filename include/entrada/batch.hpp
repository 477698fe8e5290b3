// Several commands that go to Redis together.
// Room: client.
#pragma once

#include "entrada/command.hpp"
#include "entrada/detail/prepared.hpp"

#include <cstdint>
#include <string>

namespace entrada {

/// Commands that are written one behind the other, and whose replies come back as one list: one call for many commands.
///
/// Not a transaction: the commands of others may come between them, and each succeeds or fails by itself.
/// `client.exec(batch().add(command("INCR", "a")).add(command("EXPIRE", "a", 60)))`
/// Thread safety: as a `std::string`.
class batch {
public:
    /// A command that needs a connection of its own is refused when the batch is executed, and with it the batch.
    batch& add(const command& next);
    [[nodiscard]] std::size_t size() const noexcept { return count_; }
    [[nodiscard]] bool empty() const noexcept { return count_ == 0; }

private:
    friend detail::prepared detail::prepare(const batch& all);
    std::string bytes_;
    std::uint32_t count_ = 0;
    std::string refused_; ///< the name of the first command that cannot share a connection
};

} // namespace entrada
