// Managed identities of servers that Azure Arc looks after: who can read a file of the agent may have a token.
// Room: identity.
#include "base/clock.hpp"
#include "base/text.hpp"
#include "identity/form.hpp"
#include "identity/json_object.hpp"
#include "identity/local_endpoint.hpp"
#include "identity/managed_identity_source.hpp"
#include "identity/retries.hpp"
#include "identity/small_file.hpp"

namespace entrada::identity {
namespace {

constexpr std::string_view default_endpoint = "http://127.0.0.1:40342/metadata/identity/oauth2/token";
constexpr std::size_t key_bytes_max = 4096;
constexpr selector_names selectors{.client_id = "client_id", .object_id = "object_id", .resource_id = "msi_res_id"};

/// "Basic realm=/var/opt/azcmagent/tokens/x.key" -> the path; empty if the header says anything else.
std::string_view realm_of(std::string_view challenge) {
    constexpr std::string_view prefix = "Basic realm=";
    if (!base::starts_with_ignoring_case(challenge, prefix)) return {};
    challenge = base::trim(challenge.substr(prefix.size()));
    if (challenge.size() >= 2 && challenge.starts_with('"') && challenge.ends_with('"'))
        challenge = challenge.substr(1, challenge.size() - 2);
    return challenge;
}

/// Whoever sits at the port could name any file of this machine; only the agent's own are read.
/// Source: https://github.com/advisories/GHSA-m5vv-6r4h-3vj9
bool is_key_of_the_agent(std::string_view path, std::string_view folder) {
    constexpr std::string_view name_letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_.";
    if (!path.starts_with(folder) || path.substr(folder.size(), 1) != "/") return false;
    const auto name = path.substr(folder.size() + 1);
    return name.size() > 4 && name.ends_with(".key") && name.find_first_not_of(name_letters) == std::string_view::npos;
}

/// The agent's own port, unless both variables of its services lead elsewhere.
environment where_the_agent_is(const environment& variables) {
    const auto named = variable(variables, "IDENTITY_ENDPOINT");
    const bool known = !named.empty() && !variable(variables, "IMDS_ENDPOINT").empty();
    return {{"IDENTITY_ENDPOINT", std::string(known ? named : default_endpoint)}};
}

class arc_source final : public managed_identity_source {
public:
    arc_source(managed_identity_options options, const environment& variables, arc_places places)
        : options_(std::move(options)), places_(std::move(places)),
          endpoint_({.place = "the agent of Azure Arc",
                     .url = "IDENTITY_ENDPOINT",
                     .silence = credential_attempt::outcome::unavailable},
                    where_the_agent_is(variables)) {}

    result<access_token> ask(const inquiry& inquiry) override {
        // A key is good once, so each try has a challenge of its own.
        result<secret_string> key = secret_string();
        const auto response = endpoint_.send(
            inquiry,
            [&]() -> result<net::http_request> {
                key = new_key(inquiry);
                if (!key.has_value()) return key.error();
                return request_for(inquiry, *key);
            },
            local_retries());
        if (!key.has_value()) return key.error();
        if (!response.has_value()) return response.error();
        if (response->status != 200) return refusal(inquiry, *response, *key);
        if (!is_of_the_named_identity(*response))
            return inquiry.failed(
                "the agent of Azure Arc gave a token of another identity than the one named; older agents know the "
                "machine's own only: update the agent, or name no identity, nor in AZURE_CLIENT_ID");
        return inquiry.token_from(*response);
    }

private:
    net::http_request request_for(const inquiry& inquiry, const secret_string& key) const {
        net::http_request request;
        request.url =
            with_parameter(with_parameter(endpoint_.url(), "api-version", "2020-06-01"), "resource", inquiry.resource());
        request.url = with_selector(request.url, options_, selectors);
        request.headers = {{"Accept", "application/json"}, {"Metadata", "true"}};
        if (!key.empty()) request.headers.push_back(secret_header("Authorization", "Basic ", key));
        return request;
    }

    result<secret_string> new_key(const inquiry& inquiry) {
        const auto challenge = endpoint_.send(inquiry, request_for(inquiry, {}), local_retries());
        if (!challenge.has_value()) return challenge.error();
        if (challenge->status != 401) return no_challenge(inquiry, *challenge);
        return read_key(inquiry, realm_of(challenge->header("WWW-Authenticate")));
    }

    result<secret_string> read_key(const inquiry& inquiry, std::string_view path) const {
        if (!is_key_of_the_agent(path, places_.keys))
            return inquiry.failed("what answers as the agent of Azure Arc names a file that is none of the agent's keys: "
                                  + escape_untrusted(path, 100));
        const auto file = read_small_file(std::string(path), {.bytes_max = key_bytes_max, .follow_links = false});
        if (const auto* key = std::get_if<secret_string>(&file)) return *key;
        const auto& problem = std::get<file_problem>(file);
        answer_facts facts;
        if (problem.forbidden) facts.hint = "add the user of this process to the group himds, or run it as root";
        return inquiry.failed("the key file " + escape_untrusted(path, 100)
                                  + " of the agent of Azure Arc cannot be used: " + problem.reason,
                              std::move(facts));
    }

    static failure no_challenge(const inquiry& inquiry, const net::http_response& response) {
        const auto answer = read_error_answer(response.body.reveal());
        return inquiry.failed("the agent of Azure Arc was to ask for the content of a key file, and did not: "
                                  + answer.to_string(),
                              facts_of(response, answer, inquiry.world().clock->wall()));
    }

    static failure refusal(const inquiry& inquiry, const net::http_response& response, const secret_string& key) {
        auto answer = read_error_answer(response.body.reveal());
        hide_secret(answer, key);
        auto facts = facts_of(response, answer, inquiry.world().clock->wall());
        return inquiry.failed("the agent of Azure Arc refused: " + answer.to_string(), std::move(facts));
    }

    /// Agents that do not know the selector ignore it and hand out the machine's own token.
    bool is_of_the_named_identity(const net::http_response& response) const {
        const auto answer = json_object::parse(response.body.reveal());
        const auto says = [&](std::string_view name, const std::string& wanted) {
            return answer && base::equal_ignoring_case(answer->text(name), wanted);
        };
        if (!options_.client_id.empty()) return says("client_id", options_.client_id);
        if (!options_.object_id.empty()) return says("object_id", options_.object_id);
        if (options_.resource_id.empty()) return true;
        return says("msi_res_id", options_.resource_id) || says("mi_res_id", options_.resource_id);
    }

    managed_identity_options options_;
    arc_places places_;
    local_endpoint endpoint_;
};

} // namespace

std::unique_ptr<managed_identity_source> make_arc_source(const managed_identity_options& options, const environment& variables,
                                                         const arc_places& places) {
    return std::make_unique<arc_source>(options, variables, places);
}

} // namespace entrada::identity
