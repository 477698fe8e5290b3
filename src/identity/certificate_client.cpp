#include "identity/certificate_client.hpp"

#include "base/clock.hpp"
#include "identity/assertion.hpp"

namespace entrada::identity {
namespace {

/// A key and a long chain have 20 KiB.
constexpr std::size_t certificate_bytes_max = std::size_t{256} * 1024;

} // namespace

std::variant<certificate, std::string> certificate_client::read() const {
    if (choice_.path.empty()) return certificate::read(choice_.content, choice_.password);
    const auto file = read_small_file(choice_.path, {.bytes_max = certificate_bytes_max, .trimmed = false});
    if (const auto* problem = std::get_if<file_problem>(&file)) return problem->reason;
    return certificate::read(std::get<secret_string>(file), choice_.password);
}

/// The file is looked at for each request, for whoever rotates certificates replaces it.
result<certificate_client::shared_certificate> certificate_client::current(const inquiry& inquiry) {
    const auto stamp = choice_.path.empty() ? file_stamp{} : stamp_of(choice_.path);
    {
        const std::scoped_lock lock(mutex_);
        if (loaded_ && stamp == stamp_) return loaded_;
    }
    auto fresh = read();
    if (const auto* problem = std::get_if<std::string>(&fresh)) return without_new_one(inquiry, *problem);
    const auto loaded = std::make_shared<const certificate>(std::get<certificate>(std::move(fresh)));
    warn_about_dates(inquiry, *loaded);
    const std::scoped_lock lock(mutex_);
    loaded_ = loaded;
    stamp_ = stamp;
    return loaded;
}

/// While a file is being replaced it may hold half of something; what was read before is still good then.
result<certificate_client::shared_certificate> certificate_client::without_new_one(const inquiry& inquiry,
                                                                                   const std::string& problem) {
    const auto what =
        choice_.path.empty() ? std::string("the certificate") : "the certificate file " + escape_untrusted(choice_.path);
    const std::scoped_lock lock(mutex_);
    if (!loaded_) return inquiry.failed(what + " cannot be used: " + problem);
    log(inquiry.world().log, log_level::warning, "identity",
        what + " was changed and cannot be used: " + problem + "; the one read before is used");
    return loaded_;
}

/// A warning and no refusal: whose clock is right is for Microsoft Entra to say.
void certificate_client::warn_about_dates(const inquiry& inquiry, const certificate& read) const {
    const auto now = inquiry.world().clock->wall();
    if (now < read.not_after() && now >= read.not_before()) return;
    log(inquiry.world().log, log_level::warning, "identity",
        std::string(now < read.not_before() ? "the certificate is not valid yet" : "the certificate has expired")
            + "; Microsoft Entra will refuse it unless this machine's clock is wrong");
}

result<access_token> certificate_client::ask(const inquiry& inquiry, const client_identity& who) {
    const auto loaded = current(inquiry);
    if (!loaded.has_value()) return loaded.error();
    const auto sign = [&](std::string_view audience) -> result<secret_string> {
        auto made = make_assertion(
            **loaded, {.audience = audience, .client_id = who.client_id, .id = new_uuid(), .now = inquiry.world().clock->wall()},
            choice_.padding, choice_.send_chain);
        if (made.empty()) return inquiry.failed("OpenSSL cannot sign with the key of the certificate");
        return made;
    };
    return ask_entra(inquiry, who, {.make_assertion = sign});
}

} // namespace entrada::identity
