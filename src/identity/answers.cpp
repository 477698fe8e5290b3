#include "identity/answers.hpp"

#include "entrada/failure.hpp"
#include "entrada/token_claims.hpp"
#include "identity/expiry.hpp"
#include "identity/json_object.hpp"

#include <algorithm>
#include <array>
#include <utility>

namespace entrada::identity {
namespace {

using std::chrono::system_clock;

constexpr std::size_t description_bytes_max = 300;

std::optional<system_clock::time_point> end_of_life(const json_object& answer, std::string_view token,
                                                    system_clock::time_point received) {
    if (const auto life = parse_life(answer.text_or_number("expires_in"))) return received + *life;
    if (const auto end = parse_expires_on(answer.text_or_number("expires_on"), received)) return end;
    const auto claims = read_token_claims(token);
    return claims.has_value() ? claims->exp : std::nullopt;
}

/// "AADSTS7000215", if the text begins with or has such a word.
std::string aadsts_in(std::string_view text) {
    constexpr std::string_view prefix = "AADSTS";
    const auto at = text.find(prefix);
    if (at == std::string_view::npos) return {};
    const auto digits = text.substr(at + prefix.size());
    const auto count = std::min(digits.find_first_not_of("0123456789"), digits.size());
    return count == 0 || count > 12 ? std::string{} : std::string(text.substr(at, prefix.size() + count));
}

std::string_view first_sentence(std::string_view text) {
    text = text.substr(0, text.find_first_of("\r\n"));
    return text.substr(0, text.find(" Trace ID:"));
}

/// Service Fabric, Azure ML and Cloud Shell put the fields into an object named error; App Service has a message and no error.
error_answer read_fields(const json_object& answer, std::string_view code_name) {
    error_answer read;
    read.is_json = true;
    read.error = answer.text(code_name);
    auto description = answer.text("error_description");
    if (description.empty()) description = answer.text("message");
    read.description = first_sentence(description);
    read.correlation_id = answer.text("correlation_id");
    if (read.correlation_id.empty()) read.correlation_id = answer.text("correlationId");
    read.aadsts = aadsts_in(description);
    if (const auto number = answer.first("error_codes"); read.aadsts.empty() && !number.empty())
        read.aadsts = aadsts_in("AADSTS" + number);
    return read;
}

struct hint {
    std::string_view code;
    std::string_view text;
};

constexpr std::array hints{
    hint{"AADSTS7000215", "check that AZURE_CLIENT_SECRET holds the value of the secret, not its id"},
    hint{"AADSTS7000222", "the client secret has expired: create a new one"},
    hint{"AADSTS700027", "the certificate is not registered with the application: upload its public part there"},
    hint{"AADSTS50012", "the certificate is not registered with the application: upload its public part there"},
    hint{"AADSTS700030", "the application does not trust the subject name of this certificate"},
    hint{"AADSTS70001", "the application is disabled in the tenant"},
    hint{"AADSTS700016", "the application is not in this tenant: check AZURE_CLIENT_ID and AZURE_TENANT_ID"},
    hint{"AADSTS700011", "the application is not in this tenant: check AZURE_CLIENT_ID and AZURE_TENANT_ID"},
    hint{"AADSTS7000112", "the application is disabled in the tenant"},
    hint{"AADSTS700024", "the federated token is stale or the clock is wrong: see that the token file is being replaced"},
    hint{"AADSTS70021", "no federated credential of the application matches the token: compare issuer, subject and audience"},
    hint{"AADSTS700211", "the issuer of the federated token matches no federated credential of the application"},
    hint{"AADSTS700212", "the audience of the federated token matches no federated credential of the application"},
    hint{"AADSTS7002121", "the audience of the federated token matches no federated credential of the application"},
    hint{"AADSTS700213", "the subject of the federated token matches no federated credential; case matters"},
    hint{"AADSTS90002", "the tenant was not found: check AZURE_TENANT_ID and, for national clouds, AZURE_AUTHORITY_HOST"},
    hint{"AADSTS900382", "the tenant belongs to another cloud: set AZURE_AUTHORITY_HOST"},
    hint{"AADSTS90038", "the tenant belongs to another cloud: set AZURE_AUTHORITY_HOST"},
    hint{"AADSTS500011", "the tenant does not know the resource: check the scope and AZURE_AUTHORITY_HOST"},
    hint{"AADSTS50001", "the tenant does not know the resource: check the scope and AZURE_AUTHORITY_HOST"},
    hint{"AADSTS53000", "a Conditional Access policy forbids it: ask the tenant's administrator"},
    hint{"AADSTS53003", "a Conditional Access policy forbids it: ask the tenant's administrator"},
};

} // namespace

std::variant<access_token, std::string> read_token_answer(std::string_view body, system_clock::time_point received) {
    const auto answer = json_object::parse(body);
    if (!answer) return std::string("the answer is not JSON");
    auto text = answer->text("access_token");
    const secret_string token(text);
    wipe_memory(text.data(), text.size());
    if (token.empty()) return std::string("the answer has no access_token");
    if (token.size() > token_bytes_max) return std::string("the token is longer than 64 KiB");
    const auto end = end_of_life(*answer, token.reveal(), received);
    if (!end) return std::string("neither the answer nor the token says when the token ends");
    if (*end <= received) return std::string("the token it gave has ended already; if that is wrong, so is this machine's clock");
    access_token read{.token = token, .expires_on = *end, .refresh_on = std::nullopt};
    if (const auto refresh = parse_life(answer->text_or_number("refresh_in")); refresh && received + *refresh < *end)
        read.refresh_on = received + *refresh;
    return read;
}

error_answer read_error_answer(std::string_view body) {
    const auto answer = json_object::parse(body);
    if (!answer) return {};
    const auto nested = answer->object("error");
    auto read = nested ? read_fields(*nested, "code") : read_fields(*answer, "error");
    if (nested && read.correlation_id.empty()) read.correlation_id = answer->text("correlationId");
    return read;
}

std::string error_answer::to_string() const {
    std::string text = error;
    if (!error.empty() && !description.empty()) text += ": ";
    return escape_untrusted(text + description, description_bytes_max);
}

std::string_view hint_for_aadsts(std::string_view code) noexcept {
    const auto found = std::ranges::find(hints, code, &hint::code);
    return found == hints.end() ? std::string_view{} : found->text;
}

} // namespace entrada::identity
