// The agent of Azure Arc: whoever can read a file on this machine gets the token.
// Source: https://learn.microsoft.com/azure/azure-arc/servers/managed-identity-authentication
// Room: emulator.
#include "emulator/login_gate.hpp"
#include "emulator/source_entries.hpp"
#include "emulator/temporary_directory.hpp"

#include <system_error>

namespace entrada::emulator {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t keys_max = 64;        // those that nobody came back for; the oldest go
constexpr std::size_t key_too_large = 4097; // the agent's keys are at most 4096 bytes

fs::path path_for(const source_call& call) {
    const fs::path& directory = call.faults.has(fault_id::key_elsewhere) ? call.settings.arc_other : call.settings.arc_keys;
    return directory / (random_guid() + (call.faults.has(fault_id::key_extension) ? ".txt" : ".key"));
}

result<void> write_key(const source_call& call, const fs::path& path, const secret_string& key) {
    std::error_code ec;
    fs::create_directories(path.parent_path(), ec);
    if (!call.faults.has(fault_id::key_link)) {
        if (auto done = write_file(path, key.reveal(), true); !done) return done;
    } else {
        const fs::path target = path.parent_path() / (path.stem().string() + ".target");
        if (auto done = write_file(target, key.reveal(), true); !done) return done;
        fs::create_symlink(target, path, ec);
    }
    if (call.faults.has(fault_id::key_unreadable)) fs::permissions(path, fs::perms::none, ec);
    return {};
}

void forget(source_call& call, const std::string& path) {
    std::error_code ec;
    fs::remove(path, ec);
    call.arc_keys.erase(path);
}

http_response challenge(source_call& call) {
    const fs::path path = path_for(call);
    secret_string key = random_secret();
    if (call.faults.has(fault_id::key_huge)) key = secret_string(std::string(key_too_large, 'k'));
    if (const auto done = write_key(call, path, key); !done)
        return refuse_as_imds(call.request, 500, "The key file could not be written: " + done.error().to_string());
    if (call.arc_keys.size() >= keys_max) forget(call, std::string(call.arc_keys.begin()->first));
    call.arc_keys.insert_or_assign(path.string(), std::move(key));
    http_response made =
        refuse_as_imds(call.request, 401, "Read the key file that WWW-Authenticate names, and come back with it");
    if (!call.faults.has(fault_id::no_realm)) made.headers.emplace_back("WWW-Authenticate", "Basic realm=" + path.string());
    return made;
}

/// A key is good once.
bool redeem(source_call& call, std::string_view offered) {
    for (const auto& [path, key] : call.arc_keys) {
        if (!same_secret(secret_string(offered), key)) continue;
        forget(call, std::string(path));
        return true;
    }
    return false;
}

} // namespace

http_response answer_azure_arc(source_call& call) {
    constexpr std::string_view scheme = "Basic ";
    if (auto wrong = find_metadata_error(call)) return std::move(*wrong);
    if (call.faults.has(fault_id::no_challenge)) return answer_as_metadata_service(call);
    const std::string_view given = call.request.header("Authorization");
    if (given.empty()) return challenge(call);
    if (!given.starts_with(scheme) || !redeem(call, given.substr(scheme.size())))
        return refuse_as_imds(call.request, 403, "The key is not the content of a key file, or was used before");
    return answer_as_metadata_service(call);
}

} // namespace entrada::emulator
