#include "identity/developer_tool.hpp"

#include "base/clock.hpp"
#include "base/text.hpp"
#include "identity/child_process.hpp"
#include "identity/json_object.hpp"
#include "identity/tenant.hpp"

#include <algorithm>

namespace entrada::identity {
namespace {

using std::chrono::steady_clock;

constexpr int not_found_status = 127;

bool has_one_of(std::string_view text, std::span<const std::string_view> words) {
    return std::ranges::any_of(words, [&](auto word) { return text.find(word) != std::string_view::npos; });
}

/// azd speaks in lines of JSON; only the message is for people.
std::string message_of(std::string_view line) {
    const auto said = json_object::parse(line);
    if (!said) return std::string(line);
    const auto data = said->object("data");
    auto message = data ? data->text("message") : said->text("error");
    return std::string(base::trim(message));
}

/// Nothing in a complaint is as long and as unbroken as a token.
std::string without_tokens(std::string_view text) {
    std::string kept;
    for (const auto word : base::split(text, ' ')) {
        if (!kept.empty()) kept += ' ';
        kept += word.size() > 80 && word.find("eyJ") != std::string_view::npos ? std::string_view("[secret]") : word;
    }
    return kept;
}

/// The line that begins with ERROR, else the last one.
std::string complaint_of(std::string_view err) {
    std::string complaint;
    for (const auto line : base::split(err, '\n')) {
        auto message = message_of(line);
        if (message.empty()) continue;
        complaint = std::move(message);
        if (complaint.starts_with("ERROR")) break;
    }
    return escape_untrusted(without_tokens(complaint), 300);
}

std::string aadsts_in(std::string_view text) {
    const auto at = text.find("AADSTS");
    if (at == std::string_view::npos) return {};
    const auto digits = text.substr(at + 6);
    const auto count = std::min({digits.find_first_not_of("0123456789"), digits.size(), std::size_t{12}});
    return count == 0 ? std::string{} : std::string(text.substr(at, 6 + count));
}

/// In a chain, to lack a tool is what most machines do.
std::string install_hint(const developer_tool& tool, const tool_call& call) {
    return call.failures_are_unavailable ? std::string{} : std::string(tool.install_hint);
}

failure explain(const inquiry& inquiry, const developer_tool& tool, const tool_call& call, const child_end& end) {
    const std::string name(tool.program);
    const secret_string said(end.err + "\n" + std::string(end.out.reveal().substr(0, 2000)));
    const auto complaint = complaint_of(end.err);
    const auto code = aadsts_in(end.err);
    if (end.status == not_found_status)
        return inquiry.unavailable(name + " is not installed: " + complaint, {.hint = install_hint(tool, call)});
    if (code.empty() && has_one_of(said.reveal(), tool.not_signed_in))
        return inquiry.unavailable("nobody is signed in to " + name, {.hint = std::string(tool.login_hint)});
    answer_facts facts{.aadsts = code, .hint = std::string(hint_for_aadsts(code))};
    if (has_one_of(said.reveal(), tool.sign_in_again)) facts.hint = tool.login_hint;
    return tool_trouble(inquiry, call, name + " ended with status " + std::to_string(end.status) + ": " + complaint,
                        std::move(facts));
}

std::optional<failure> problem_of(const inquiry& inquiry, const developer_tool& tool, const tool_call& call,
                                  const child_end& end) {
    const std::string name(tool.program);
    switch (end.how) {
    case child_end::kind::stopped:
        return inquiry.without_answer(failure(errc::cancelled, name + " was stopped by the caller"),
                                      credential_attempt::outcome::failed);
    case child_end::kind::timed_out:
        return tool_trouble(inquiry, call,
                            name + " gave no answer within " + std::to_string(call.time_max.count()) + " ms and was ended");
    case child_end::kind::not_started:
        return tool_trouble(inquiry, call, name + " cannot be started: " + end.problem);
    case child_end::kind::too_much_output:
        return tool_trouble(inquiry, call, name + " said more than any token answer is long");
    case child_end::kind::exited:
        break;
    }
    const bool good = end.status == 0 || (end.status == -1 && !end.out.empty());
    return good ? std::nullopt : std::optional(explain(inquiry, tool, call, end));
}

} // namespace

failure tool_trouble(const inquiry& inquiry, const tool_call& call, std::string reason, answer_facts facts) {
    return call.failures_are_unavailable ? inquiry.unavailable(std::move(reason), std::move(facts))
                                         : inquiry.failed(std::move(reason), std::move(facts));
}

result<secret_string> ask_tool(const inquiry& inquiry, const developer_tool& tool, const tool_call& call) {
    const auto& world = inquiry.world();
    const auto program = find_program(tool.program, variable(world.variables, "PATH"));
    if (!program)
        return inquiry.unavailable(std::string(tool.program) + " is not installed: no such program in PATH",
                                   {.hint = install_hint(tool, call)});
    child_wish wish{.program = *program, .arguments = call.arguments, .variables = for_tools(world.variables), .deadline = {}};
    for (const auto& [name, value] : call.more_variables) wish.variables.insert_or_assign(name, value);
    // A child lives by the machine's clock, whatever clock the caller has.
    const auto left = inquiry.request().deadline - world.clock->steady();
    wish.deadline = steady_clock::now() + std::min<steady_clock::duration>(left, call.time_max);
    wish.stop = inquiry.request().stop;
    const auto end = run_child(wish);
    if (end.how == child_end::kind::timed_out && left <= call.time_max)
        return inquiry.out_of_time(std::string(tool.program) + " gave no answer and was ended");
    if (auto problem = problem_of(inquiry, tool, call, end)) return *std::move(problem);
    return end.out;
}

result<std::string> tenant_for_tool(const inquiry& inquiry, std::string_view configured,
                                    const std::vector<std::string>& allowed) {
    const std::vector<std::string> any{"*"}; // a tool without a configured tenant has one of its own choice
    const auto tenant =
        choose_tenant({configured, inquiry.request().tenant_id, configured.empty() ? any : allowed}, inquiry.world().variables);
    if (const auto* problem = std::get_if<std::string_view>(&tenant)) return inquiry.failed(std::string(*problem));
    const auto& chosen = std::get<std::string>(tenant);
    if (!chosen.empty() && !is_tenant(chosen))
        return inquiry.failed("the tenant \"" + escape_untrusted(chosen, 60) + "\" is neither an id nor a domain");
    return chosen;
}

} // namespace entrada::identity
