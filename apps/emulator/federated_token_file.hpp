// The file that Kubernetes puts into a pod, replaced as the kubelet replaces it.
// Room: emulator.
#pragma once

#include "emulator/faults.hpp"
#include "emulator/token_authority.hpp"

#include <filesystem>

namespace entrada::emulator {

/// `directory`/azure-identity-token is a link to ..data/azure-identity-token, and ..data a link to the directory of the day,
/// which is swapped by renaming: a reader sees the old content or the new one, whole. Thread safety: one thread.
class federated_token_file {
public:
    federated_token_file(const token_authority& authority, std::filesystem::path directory);

    /// A new token; or what the faults want instead.
    /// Errors: the system's own code; the detail names the file.
    [[nodiscard]] result<void> rotate(const met_faults& faults);
    [[nodiscard]] const std::filesystem::path& path() const noexcept { return path_; }

private:
    [[nodiscard]] result<void> swap_in(std::string_view content);

    const token_authority& authority_;
    std::filesystem::path directory_;
    std::filesystem::path path_;
    unsigned generation_ = 0;
};

} // namespace entrada::emulator
