// Issues and checks the access tokens of the emulated tenant.
// Room: emulator.
#pragma once

#include "emulator/identities.hpp"
#include "emulator/jwt.hpp"

#include <chrono>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

namespace entrada::emulator {

using wall_time = std::chrono::system_clock::time_point;
using wall_clock = std::function<wall_time()>;

/// Issuers no real service would trust: names under .invalid never resolve.
inline constexpr std::string_view token_issuer = "https://sts.entrada-emulator.invalid/e117ada0-0000-4000-8000-000000000001/";
inline constexpr std::string_view federated_issuer = "https://oidc.entrada-emulator.invalid/";
inline constexpr std::string_view federated_audience = "api://AzureADTokenExchange";
inline constexpr std::string_view federated_subject = "system:serviceaccount:default:emulator";
inline constexpr std::string_view pipelines_subject = "sc://emulator/emulator/emulator";
inline constexpr std::string_view pipelines_connection_id = "e117ada0-0000-4000-8000-000000000003";

/// The resource of Azure's Redis in its two spellings, both with or without a slash at the end.
/// Source: https://learn.microsoft.com/azure/redis/entra-for-authentication
[[nodiscard]] bool is_redis_audience(std::string_view audience) noexcept;

struct issued_token {
    secret_string token;
    wall_time issued;
    wall_time expires; ///< whole seconds, never earlier than the lifetime says
};

/// Why a token does not open the cache. Redis says WRONGPASS to all of them; this is for the person at the desk.
enum class token_fault {
    none,
    malformed,
    wrong_signature,
    wrong_issuer,
    wrong_audience,
    not_yet_valid,
    expired,
    wrong_user,
    not_assigned,
};

[[nodiscard]] std::string_view describe(token_fault fault) noexcept;

struct token_check {
    token_fault fault = token_fault::none;
    wall_time expires;
    std::string object_id; ///< as the token says; empty if it could not be read
};

/// Tokens that are wrong in one respect and right in all others.
enum class bad_token { wrong_signature, wrong_audience, expired, not_yet_valid, other_oid };

struct token_authority_options {
    std::chrono::seconds lifetime{3600};
    std::vector<identity> identities; ///< those that may use the cache
    wall_clock now = [] { return std::chrono::system_clock::now(); };
};

/// Thread safety: as a const object.
class token_authority {
public:
    token_authority(signing_key key, token_authority_options options);

    /// `skew`: how far the clock of whoever issues it is ahead.
    [[nodiscard]] issued_token issue(const identity& who, std::string_view audience, std::chrono::seconds skew = {}) const;
    /// For `who`, but not usable for the reason named. `other_oid` gives a good token of somebody else.
    [[nodiscard]] issued_token issue_bad(bad_token kind, const identity& who) const;
    /// What Kubernetes would put into the federated token file.
    [[nodiscard]] issued_token issue_federated(std::chrono::seconds lifetime, std::string_view subject = federated_subject) const;

    /// May the holder of `token` be `user`?
    [[nodiscard]] token_check check(std::string_view user, std::string_view token) const;

    [[nodiscard]] const std::vector<identity>& identities() const noexcept { return options_.identities; }
    [[nodiscard]] const signing_key& key() const noexcept { return key_; }
    [[nodiscard]] std::chrono::seconds lifetime() const noexcept { return options_.lifetime; }
    [[nodiscard]] wall_time now() const { return options_.now(); }

private:
    [[nodiscard]] boost::json::object claims_for(const identity& who, std::string_view audience,
                                                 std::chrono::seconds skew = {}) const;
    [[nodiscard]] issued_token finish(const boost::json::object& claims) const;
    [[nodiscard]] token_fault find_fault(std::string_view user, const jwt& token) const;

    signing_key key_;
    token_authority_options options_;
};

/// The same token for the cache, and nothing that a client could read: tokens are officially opaque to it.
[[nodiscard]] secret_string make_opaque(const secret_string& token);

/// A random id as services put into their answers.
[[nodiscard]] std::string random_guid();

} // namespace entrada::emulator
