// What a command leaves behind: processes that it started and did not wait for.
// Room: emulator.
#pragma once

#include <chrono>

namespace entrada::emulator {

/// From now on descendants whose parent ends become children of this process.
void adopt_orphans() noexcept;

/// Ends all children of this process and what they leave behind: SIGTERM first, SIGKILL for those that are still there after
/// `grace`. Waits for their end. To be called when no child is wanted any more.
void end_all_children(std::chrono::milliseconds grace) noexcept;

} // namespace entrada::emulator
