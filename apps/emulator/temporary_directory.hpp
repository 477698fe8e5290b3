// A private directory that goes away.
// Room: emulator.
#pragma once

#include "entrada/result.hpp"

#include <filesystem>
#include <string_view>

namespace entrada::emulator {

/// A new directory for us alone (mode 0700), removed with all in it by the destructor.
///
/// Its owner holds a lock on it, which the kernel drops even when the owner is killed: so `remove_abandoned` can tell what is
/// left over.
class temporary_directory {
public:
    /// `prefix` starts its name, such as "entrada-emulator-"; it lies in TMPDIR, or /tmp.
    [[nodiscard]] static result<temporary_directory> create(std::string_view prefix);
    /// Removes directories of ours that `create` made with this prefix and whose owner is gone.
    static void remove_abandoned(std::string_view prefix);

    temporary_directory(temporary_directory&& other) noexcept;
    temporary_directory& operator=(temporary_directory&& other) noexcept;
    ~temporary_directory();

    [[nodiscard]] const std::filesystem::path& path() const noexcept { return path_; }

private:
    temporary_directory() = default;
    void remove() noexcept;

    std::filesystem::path path_;
    int lock_fd_ = -1;
};

/// Writes a whole file, readable by us alone if `secret`.
[[nodiscard]] result<void> write_file(const std::filesystem::path& path, std::string_view content, bool secret = false);

} // namespace entrada::emulator
