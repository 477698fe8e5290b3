// Any bytes as what token endpoints and tokens say: claims, answers, moments, authorities. The first byte chooses which.
// Room: tests, fuzzing.
#include "fuzz/fuzz_support.hpp"

#include "entrada/token_claims.hpp"
#include "identity/answers.hpp"
#include "identity/authority.hpp"
#include "identity/expiry.hpp"
#include "identity/retry_after.hpp"

#include <algorithm>
#include <chrono>

namespace entrada::fuzz {
namespace {

constexpr std::chrono::system_clock::time_point now{std::chrono::seconds(1'700'000'000)};

void check_claims(std::string_view bytes) {
    const auto claims = read_token_claims(bytes);
    if (!claims.has_value()) return require(claims.error().code() == errc::token_unusable, "claims fail with one code");
    for (const auto& moment : {claims->iat, claims->nbf, claims->exp})
        require(!moment || moment->time_since_epoch().count() >= 0, "moments lie in the clock's time");
}

void check_token_answer(std::string_view bytes) {
    const auto answer = identity::read_token_answer(bytes, now);
    const auto* token = std::get_if<access_token>(&answer);
    if (token == nullptr) return require(!std::get<std::string>(answer).empty(), "no token has a reason");
    require(!token->token.empty(), "a token is not empty");
    require(token->expires_on > now, "a token ends later");
    require(!token->refresh_on || (*token->refresh_on > now && *token->refresh_on < token->expires_on),
            "it is renewed before its end");
}

void check_error_answer(std::string_view bytes) {
    const auto answer = identity::read_error_answer(bytes);
    const auto text = answer.to_string();
    require(std::ranges::all_of(text, [](char c) { return c >= 0x20 && c < 0x7f; }), "errors are printable");
    require(text.size() <= 4 * 300 + 3, "errors are short");
    require(answer.is_json || text.empty(), "only JSON says something");
    (void)identity::hint_for_aadsts(answer.aadsts);
}

void check_moments(std::string_view bytes) {
    if (const auto end = identity::parse_expires_on(bytes, now))
        require(end->time_since_epoch().count() >= 0, "ends lie in the clock's time");
    if (const auto life = identity::parse_life(bytes)) require(life->count() >= 1, "a life is not empty");
    net::http_response response;
    response.headers.push_back({"Retry-After", std::string(bytes)});
    const auto wait = identity::retry_after_of(response, now);
    require(!wait || (wait->count() >= 0 && *wait <= std::chrono::hours(24)), "a wait is at most a day");
}

void check_authority(std::string_view bytes) {
    const auto cut = bytes.find('\n');
    const auto tenant = cut == std::string_view::npos ? std::string_view("tenant") : bytes.substr(cut + 1);
    const auto endpoint = identity::token_endpoint_of(bytes.substr(0, cut), tenant);
    const auto* url = std::get_if<identity::token_endpoint>(&endpoint);
    if (url == nullptr) return;
    require(url->url.starts_with("https://"), "secrets travel by https");
    require(url->url.find_first_of(" @?#\\\r\n\t") == std::string::npos, "a URL of an endpoint has no odd characters");
    require(std::ranges::count(url->url, '/') <= 6, "a tenant is one step of a path");
}

} // namespace
} // namespace entrada::fuzz

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace entrada::fuzz;
    if (size == 0) return 0;
    const exact_block block({reinterpret_cast<const char*>(data) + 1, size - 1}, {});
    switch (data[0] % 5) {
    case 0:
        check_claims(block.view());
        break;
    case 1:
        check_token_answer(block.view());
        break;
    case 2:
        check_error_answer(block.view());
        break;
    case 3:
        check_moments(block.view());
        break;
    default:
        check_authority(block.view());
    }
    return 0;
}
