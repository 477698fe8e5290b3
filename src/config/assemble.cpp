#include "config/assemble.hpp"

#include "base/text.hpp"
#include "config/keys.hpp"
#include "config/nearest.hpp"

#include <optional>

namespace entrada::config {
namespace {

constexpr std::string_view redis_prefix = "Redis:";
constexpr std::string_view connection_string_path = "ConnectionStrings:Redis";

// The winning entry of one key, and the number of the layer it came from.
struct choice {
    entry from;
    std::size_t layer = 0;
};

using choices = std::map<std::string_view, choice>;

failure bad_value(const setting_key& key, const entry& from) {
    return {errc::setting_invalid, from.origin + " " + complaint_about_value(key, from.value)};
}

failure unknown_key(std::string_view name, const entry& from) {
    return {errc::setting_unknown, escape_untrusted(from.origin) + " is no setting of Entrada"
                                       + suggestion(name.substr(0, name.find(':')), setting_key_names())};
}

failure not_a_section(const entry& from) {
    return {errc::setting_invalid,
            from.origin + " is a plain value; expected a section, such as \"Redis\": {\"HostName\": \"...\"}"};
}

// "Redis:AllowedHosts:0" is an element of a list; all other keys are whole.
const setting_key* key_of(std::string_view path) {
    if (base::equal_ignoring_case(path, connection_string_path)) return find_setting_key(string_setting);
    auto name = path.substr(redis_prefix.size());
    if (const auto colon = name.find(':'); colon != std::string_view::npos) {
        const auto index = name.substr(colon + 1);
        const bool is_element = !index.empty() && index.find_first_not_of("0123456789") == std::string_view::npos;
        if (!is_element || !base::equal_ignoring_case(name.substr(0, colon), allowed_hosts_key)) return nullptr;
        name = allowed_hosts_key;
    }
    return find_setting_key(name);
}

class assembler {
public:
    result<settings> run(std::span<const layer> layers) {
        for (std::size_t number = 0; number < layers.size(); ++number)
            if (const auto done = merge(layers[number], number); !done) return done.error();
        if (const auto done = take_endpoint(); !done) return done.error();
        for (const setting_key& key : setting_keys())
            if (const auto done = take(key); !done) return done.error();
        if (from_string_) finish_connection_string(out_);
        return std::move(out_);
    }

private:
    result<void> merge(const layer& source, std::size_t number) {
        choices chosen;
        for (const auto& [path, from] : source) {
            if (base::equal_ignoring_case(path, "Redis")) return not_a_section(from);
            const bool redis = base::starts_with_ignoring_case(path, redis_prefix);
            if (!redis && !base::equal_ignoring_case(path, connection_string_path)) continue;
            const setting_key* key = key_of(path);
            if (!key) return unknown_key(std::string_view(path).substr(redis_prefix.size()), from);
            if (const auto done = add(chosen, *key, from, number); !done) return done;
        }
        for (auto& [name, taken] : chosen) merged_.insert_or_assign(name, std::move(taken));
        return {};
    }

    static result<void> add(choices& chosen, const setting_key& key, const entry& from, std::size_t number) {
        const auto [position, added] = chosen.try_emplace(key.name, choice{from, number});
        if (added || position->second.from.value == from.value) return {};
        if (key.name != allowed_hosts_key) {
            return failure(errc::setting_invalid,
                           from.origin + " and " + position->second.from.origin + " say different things; remove one");
        }
        position->second.from.value += "," + from.value;
        return {};
    }

    // Nothing if the key is absent or empty: an empty value takes back what an earlier layer said.
    [[nodiscard]] const choice* find(std::string_view name) const {
        const auto found = merged_.find(name);
        return found == merged_.end() || found->second.from.value.empty() ? nullptr : &found->second;
    }

    result<void> take_endpoint() {
        const choice* host = find(host_key);
        const choice* text = find(string_setting);
        if (text && (!host || text->layer > host->layer)) return take_connection_string(*text);
        if (text) out_.warnings.push_back(text->from.origin + " is not used: " + host->from.origin + " decides");
        return host ? take_host(*host) : result<void>{};
    }

    result<void> take_connection_string(const choice& text) {
        from_string_ = true;
        const auto parsed = parse_connection_string(text.from.value);
        if (!parsed) return failure(parsed.error().code(), text.from.origin + ": " + parsed.error().detail());
        if (const auto done = apply_connection_string(out_, *parsed); !done) {
            return failure(done.error().code(), text.from.origin + ": " + done.error().detail());
        }
        for (const setting_key& key : setting_keys()) {
            const choice* earlier = find(key.name);
            if (!earlier || !key.of_endpoint || earlier->layer >= text.layer) continue;
            out_.warnings.push_back(earlier->from.origin + " is not used: " + text.from.origin + " replaces it");
            merged_.erase(key.name);
        }
        return {};
    }

    result<void> take_host(const choice& host) {
        if (!apply_host(out_, host.from.value))
            return failure(errc::setting_invalid, host.from.origin + " " + complaint_about_host(host.from.value));
        const choice* port = find(port_key);
        if (!port || !out_.port) return {};
        if (port->layer < host.layer)
            merged_.erase(port_key);
        else if (port->layer == host.layer && base::trim(port->from.value) != std::to_string(*out_.port)) {
            return failure(errc::setting_invalid,
                           host.from.origin + " and " + port->from.origin + " name different ports; keep one of them");
        }
        return {};
    }

    result<void> take(const setting_key& key) {
        const choice* chosen = find(key.name);
        if (!chosen || !key.apply || key.apply(out_, chosen->from.value)) return {};
        return bad_value(key, chosen->from);
    }

    choices merged_;
    settings out_;
    bool from_string_ = false;
};

} // namespace

result<settings> assemble(std::span<const layer> layers) { return assembler().run(layers); }

} // namespace entrada::config
