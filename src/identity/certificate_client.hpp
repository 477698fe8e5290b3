// Signs in with a certificate: reads it, sees when it is replaced, and signs what proves the identity.
// Room: identity.
#pragma once

#include "identity/certificate.hpp"
#include "identity/confidential_client.hpp"
#include "identity/small_file.hpp"

#include <memory>
#include <mutex>
#include <string>

namespace entrada::identity {

struct certificate_choice {
    std::string path;        ///< of a file; or
    secret_string content{}; ///< what such a file would hold
    secret_string password{};
    bool send_chain = false;
    certificate::padding padding = certificate::padding::pss;
};

/// Thread safety: every member may be called from any thread.
class certificate_client {
public:
    explicit certificate_client(certificate_choice choice) : choice_(std::move(choice)) {}

    [[nodiscard]] result<access_token> ask(const inquiry& inquiry, const client_identity& who);

private:
    using shared_certificate = std::shared_ptr<const certificate>;

    [[nodiscard]] result<shared_certificate> current(const inquiry& inquiry);
    [[nodiscard]] std::variant<certificate, std::string> read() const;
    [[nodiscard]] result<shared_certificate> without_new_one(const inquiry& inquiry, const std::string& problem);
    void warn_about_dates(const inquiry& inquiry, const certificate& read) const;

    certificate_choice choice_;
    std::mutex mutex_;
    shared_certificate loaded_;
    file_stamp stamp_;
};

} // namespace entrada::identity
