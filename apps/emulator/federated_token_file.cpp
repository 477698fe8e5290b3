// Room: emulator.
#include "emulator/federated_token_file.hpp"

#include "emulator/temporary_directory.hpp"

#include <system_error>
#include <utility>

namespace entrada::emulator {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view file_name = "azure-identity-token";
constexpr auto life = std::chrono::hours(1);

result<void> replace_link(const fs::path& target, const fs::path& link) {
    std::error_code ec;
    const fs::path beside = link.string() + ".new";
    fs::create_symlink(target, beside, ec);
    if (!ec) fs::rename(beside, link, ec);
    if (ec) return failure(boost::system::error_code(ec), "cannot replace " + link.string());
    return {};
}

} // namespace

federated_token_file::federated_token_file(const token_authority& authority, fs::path directory)
    : authority_(authority), directory_(std::move(directory)), path_(directory_ / file_name) {}

result<void> federated_token_file::rotate(const met_faults& faults) {
    if (faults.has(fault_id::missing)) {
        std::error_code ec;
        fs::remove(path_, ec);
        return {};
    }
    if (faults.has(fault_id::empty)) return swap_in("");
    const bool expired = faults.has(fault_id::expired);
    return swap_in(authority_.issue_federated(expired ? -std::chrono::minutes(1) : std::chrono::minutes(life)).token.reveal());
}

result<void> federated_token_file::swap_in(std::string_view content) {
    const std::string name = ".." + std::to_string(++generation_);
    const fs::path fresh = directory_ / name;
    std::error_code ec;
    fs::create_directories(fresh, ec);
    if (auto done = write_file(fresh / file_name, content, true); !done) return done;
    if (auto done = replace_link(name, directory_ / "..data"); !done) return done;
    if (auto done = replace_link(fs::path("..data") / file_name, path_); !done) return done;
    fs::remove_all(directory_ / (".." + std::to_string(generation_ - 1)), ec);
    return {};
}

} // namespace entrada::emulator
