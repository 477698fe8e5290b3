// Certificates of every kind a client must accept or refuse.
// Room: tests.
#pragma once

#include "emulator/certificates.hpp"
#include "emulator/temporary_directory.hpp"

#include <filesystem>
#include <string>

namespace entrada::test {

/// Where a server's certificate and key lie.
struct server_files {
    std::filesystem::path certificate;
    std::filesystem::path key;
};

/// A certificate authority with its files in a temporary directory. Two of them do not trust each other.
class test_ca {
public:
    test_ca();

    /// What a client must trust.
    [[nodiscard]] std::filesystem::path ca_file() const { return directory_.path() / "ca.pem"; }
    /// For localhost, 127.0.0.1 and ::1, valid now.
    [[nodiscard]] server_files good() const;
    /// Valid now, but for the host wrong.example alone.
    [[nodiscard]] server_files wrong_host() const;
    /// For localhost, but its time is over since yesterday.
    [[nodiscard]] server_files expired() const;
    /// For localhost, but only from tomorrow on.
    [[nodiscard]] server_files not_yet_valid() const;
    /// Any other.
    [[nodiscard]] server_files issue(const std::string& file_name, const emulator::certificate_spec& spec) const;

private:
    emulator::temporary_directory directory_;
    emulator::certificate_authority authority_;
};

} // namespace entrada::test
