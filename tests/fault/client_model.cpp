// Room: tests.
#include "fault/client_model.hpp"

#include <algorithm>
#include <cstring>

namespace entrada::test {
namespace {

using kind = key_state::kind;

// More states than this, and an answer tells more than all of them.
constexpr std::size_t states_max = 64;
constexpr std::size_t noise_bytes = std::size_t{8} << 20;

const std::string& noise() {
    static const std::string bytes = [] {
        std::string made(noise_bytes, '\0');
        dice random(0x6e6f697365);
        for (std::size_t at = 0; at < made.size(); at += sizeof(std::uint64_t)) {
            const std::uint64_t word = random.next();
            std::memcpy(made.data() + at, &word, sizeof word);
        }
        return made;
    }();
    return bytes;
}

std::string head_of(std::string_view key, const text_id& id) {
    return std::string(key) + "." + std::to_string(id.version) + "." + std::to_string(id.size) + "|";
}

std::string_view noise_of(std::string_view head, std::size_t size) {
    const std::size_t at = std::hash<std::string_view>()(head) % (noise_bytes / 2);
    return std::string_view(noise()).substr(at, size);
}

bool failed_with(const command_end& got, errc code) { return !got && got.error().code() == code; }

/// The text of a GET, alone or in a batch; a null if there was none.
struct read_value {
    bool fits = false; ///< the answer is one that GET can have
    std::optional<std::string_view> text;
};

read_value as_text(const reply_view& value) {
    if (value.is_null()) return {true, std::nullopt};
    if (value.type() != reply_type::bulk_string) return {};
    return {true, value.text()};
}

read_value as_text(const command_end& got) {
    if (!got) return {};
    if (const auto* text = std::get_if<std::optional<std::string>>(&*got)) return {true, *text};
    if (const auto* whole = std::get_if<reply>(&*got)) return as_text(whole->root());
    return {};
}

/// What the script of a nested GET returns: {key, {word, {value}}}. Redis' scripts say false for what is not there.
read_value inner_text(const command_end& got, const std::string& key) {
    const auto* whole = got ? std::get_if<reply>(&*got) : nullptr;
    if (whole == nullptr) return {};
    const reply_view root = whole->root();
    if (root.size() != 2 || root[0].text() != key || root[1].size() != 2) return {};
    if (root[1][0].text() != "inner" || root[1][1].size() != 1) return {};
    return as_text(root[1][1][0]);
}

std::optional<bool> as_flag(const command_end& got) {
    if (!got) return std::nullopt;
    if (const auto* flag = std::get_if<bool>(&*got)) return *flag;
    const auto* whole = std::get_if<reply>(&*got);
    if (whole == nullptr) return std::nullopt;
    if (whole->root().type() == reply_type::integer) return whole->root().integer() != 0;
    if (whole->root().is_null()) return false;
    if (whole->root().text() == "OK") return true;
    return std::nullopt;
}

std::optional<std::int64_t> as_number(const command_end& got) {
    const auto* whole = got ? std::get_if<reply>(&*got) : nullptr;
    if (whole == nullptr || whole->root().type() != reply_type::integer) return std::nullopt;
    return whole->root().integer();
}

std::optional<key_ttl> as_ttl(const command_end& got) {
    if (!got) return std::nullopt;
    if (const auto* ttl = std::get_if<key_ttl>(&*got)) return *ttl;
    const auto number = as_number(got);
    if (!number) return std::nullopt;
    if (*number == -2) return key_ttl{};
    if (*number == -1) return key_ttl{true, std::nullopt};
    return key_ttl{true, milliseconds(*number)};
}

bool explains_text(const key_state& before, const std::string& key, const read_value& got) {
    if (!got.fits) return false;
    switch (before.what) {
    case kind::absent:
        return !got.text;
    case kind::text:
        return got.text && is_text(*got.text, key, before.text);
    case kind::anything:
        return !got.text || got.text->size() < 30 || read_text(*got.text, key).has_value();
    default:
        return false;
    }
}

/// Items of a list as LRANGE returns them.
bool explains_items(const key_state& before, const std::string& key, const command_end& got) {
    const auto* whole = got ? std::get_if<reply>(&*got) : nullptr;
    if (whole == nullptr || whole->root().type() != reply_type::array) return false;
    const reply_view all = whole->root();
    if (before.what == kind::anything) return true;
    if (before.what == kind::absent) return all.size() == 0;
    if (before.what != kind::list || all.size() != before.items.size()) return false;
    auto wanted = before.items.begin();
    return std::all_of(all.begin(), all.end(), [&](const reply_view& item) {
        return item.type() == reply_type::bulk_string && is_text(item.text(), key, *wanted++);
    });
}

bool explains_push(const key_state& before, const command_end& got) {
    const auto length = as_number(got);
    if (before.what == kind::anything) return length || failed_with(got, errc::wrong_type);
    if (before.what == kind::text) return failed_with(got, errc::wrong_type);
    return length == static_cast<std::int64_t>(before.items.size()) + 1;
}

bool explains_ttl(const key_state& before, const command_end& got) {
    const auto ttl = as_ttl(got);
    if (!ttl) return false;
    if (before.what == kind::anything) return true;
    if (before.what == kind::absent) return !ttl->exists;
    if (!ttl->exists || ttl->left.has_value() != before.expires) return false;
    return !ttl->left || (*ttl->left <= std::chrono::hours(1) && *ttl->left > std::chrono::minutes(20));
}

bool explains_get(const key_state& before, const std::string& key, const command_end& got) {
    if (before.what == kind::list) return failed_with(got, errc::wrong_type);
    if (before.what == kind::anything && failed_with(got, errc::wrong_type)) return true;
    return explains_text(before, key, as_text(got));
}

/// What a reading answer says of a key of which nothing was known.
key_state learned(const planned_command& done, const std::string& key, const command_end& got) {
    if (done.kind == command_kind::get && as_text(got).fits && !as_text(got).text) return {};
    if (done.kind == command_kind::incr && as_number(got)) return {kind::number, false, {}, {}, *as_number(got)};
    if (done.kind != command_kind::range || !got) return {kind::anything, false, {}, {}, 0};
    key_state list{kind::list, false, {}, {}, 0};
    for (const reply_view item : std::get<reply>(*got).root()) {
        const auto id = read_text(item.text(), key);
        if (!id) return {kind::anything, false, {}, {}, 0};
        list.items.push_back(*id);
    }
    return list.items.empty() ? key_state{} : list;
}

} // namespace

std::string text_of(std::string_view key, const text_id& id) {
    std::string made = head_of(key, id);
    if (made.size() > id.size) return made.substr(0, id.size);
    return made.append(noise_of(made, id.size - made.size()));
}

bool is_text(std::string_view bytes, std::string_view key, const text_id& id) {
    if (bytes.size() != id.size) return false;
    const std::string head = head_of(key, id);
    if (bytes.size() <= head.size()) return std::string_view(head).starts_with(bytes);
    return bytes.starts_with(head) && bytes.substr(head.size()) == noise_of(head, id.size - head.size());
}

std::optional<text_id> read_text(std::string_view bytes, std::string_view key) {
    if (!bytes.starts_with(std::string(key) + ".")) return std::nullopt;
    const std::string_view rest = bytes.substr(key.size() + 1);
    text_id id{0, bytes.size()};
    for (const char digit : rest.substr(0, rest.find('.'))) {
        if (digit < '0' || digit > '9') return std::nullopt;
        id.version = id.version * 10 + static_cast<std::uint64_t>(digit - '0');
    }
    return is_text(bytes, key, id) ? std::optional(id) : std::nullopt;
}

bool explains(const key_state& before, const planned_command& done, const std::string& key, const command_end& got) {
    using enum command_kind;
    const bool any = before.what == kind::anything;
    const bool there = before.what != kind::absent;
    switch (done.kind) {
    case get:
        return explains_get(before, key, got);
    case nested_get:
        return explains_text(before, key, inner_text(got, key));
    case set:
        return as_flag(got) == true;
    case set_if_absent:
        return any ? as_flag(got).has_value() : as_flag(got) == !there;
    case set_if_present:
    case del:
        return any ? as_flag(got).has_value() : as_flag(got) == there;
    case ttl:
        return explains_ttl(before, got);
    case incr:
        return any ? as_number(got).has_value() : as_number(got) == before.number + 1;
    case push:
        return explains_push(before, got);
    case range:
        if (before.what == kind::text) return failed_with(got, errc::wrong_type);
        return (any && failed_with(got, errc::wrong_type)) || explains_items(before, key, got);
    default:
        return false;
    }
}

key_state after(key_state before, const planned_command& done) {
    using enum command_kind;
    const bool any = before.what == kind::anything;
    const bool there = before.what != kind::absent;
    const key_state written{kind::text, done.expires, done.text, {}, 0};
    switch (done.kind) {
    case set:
        return written;
    case set_if_absent:
        return !there ? written : before;
    case set_if_present:
        return there && !any ? written : before;
    case del:
        return {};
    case incr:
        if (any) return before;
        return {kind::number, false, {}, {}, before.number + 1};
    case push:
        if (any || before.what == kind::text) return before;
        before.what = kind::list;
        before.items.insert(before.items.begin(), done.text);
        return before;
    default:
        return before;
    }
}

std::string to_string(const key_state& state) {
    const auto text = [](const text_id& id) { return std::to_string(id.version) + " (" + std::to_string(id.size) + " bytes)"; };
    switch (state.what) {
    case kind::absent:
        return "absent";
    case kind::text:
        return "text " + text(state.text) + (state.expires ? " that expires" : "");
    case kind::number:
        return std::to_string(state.number);
    case kind::anything:
        return "anything";
    case kind::list:
        break;
    }
    std::string all = "list of " + std::to_string(state.items.size()) + ":";
    for (const text_id& id : state.items) all += " " + text(id);
    return all;
}

namespace {

std::string shown(const reply_view& value) {
    if (value.is_null()) return "null";
    if (!value.is_aggregate()) return std::to_string(value.text().size()) + " bytes '" + escape_untrusted(value.text(), 60) + "'";
    std::string all = "[" + std::to_string(value.size());
    std::size_t left = 8;
    for (auto item = value.begin(); item != value.end() && left != 0; ++item, --left) all += ", " + shown(*item);
    return all + "]";
}

} // namespace

std::string to_string(const command_end& got) {
    if (!got) return got.error().to_string();
    if (const auto* whole = std::get_if<reply>(&*got)) return shown(whole->root());
    if (const auto flag = as_flag(got)) return *flag ? "yes" : "no";
    if (const auto text = as_text(got); text.fits)
        return !text.text ? "nothing" : std::to_string(text.text->size()) + " bytes '" + escape_untrusted(*text.text, 60) + "'";
    if (const auto ttl = as_ttl(got); ttl)
        return !ttl->exists ? "no key" : ttl->left ? std::to_string(ttl->left->count()) + " ms left" : "no expiry";
    return "a duration";
}

std::string key_model::ran(const planned_command& done, const command_end& got) {
    std::vector<key_state> then;
    for (const key_state& before : possible_) {
        if (!explains(before, done, name_, got)) continue;
        key_state next = after(before, done);
        then.push_back(next.what == kind::anything ? learned(done, name_, got) : std::move(next));
    }
    if (!then.empty()) {
        keep(std::move(then));
        return {};
    }
    std::string why = std::string(name_of(done.kind)) + " of " + name_ + ", text " + std::to_string(done.text.version)
                      + ", was answered with " + to_string(got) + ", but it was:";
    for (const key_state& before : possible_) why += " " + to_string(before) + ";";
    possible_ = {{kind::anything, false, {}, {}, 0}}; // one wrong answer is told once
    return why;
}

void key_model::may_have_run(const planned_command& doubtful) {
    std::vector<key_state> then = possible_;
    for (const key_state& before : possible_) then.push_back(after(before, doubtful));
    keep(std::move(then));
}

void key_model::keep(std::vector<key_state> states) {
    possible_.clear();
    for (key_state& one : states)
        if (std::ranges::find(possible_, one) == possible_.end()) possible_.push_back(std::move(one));
    if (possible_.size() > states_max) possible_ = {{kind::anything, false, {}, {}, 0}};
}

std::string shared_number::ran(const command_end& got) {
    const auto number = as_number(got);
    if (!number) return "INCR of the shared number was answered with " + to_string(got);
    numbers_.push_back(*number);
    return {};
}

void shared_number::add(const shared_number& other) {
    numbers_.insert(numbers_.end(), other.numbers_.begin(), other.numbers_.end());
    doubtful_ += other.doubtful_;
}

std::string shared_number::check(std::int64_t value) const {
    std::vector<std::int64_t> sorted = numbers_;
    std::ranges::sort(sorted);
    const std::string known = std::to_string(sorted.size()) + " INCRs succeeded, " + std::to_string(doubtful_) + " may have run";
    if (const auto twice = std::ranges::adjacent_find(sorted); twice != sorted.end())
        return "two callers were told that the shared number is " + std::to_string(*twice) + "; " + known;
    const auto least = static_cast<std::int64_t>(sorted.size());
    const auto most = least + static_cast<std::int64_t>(doubtful_);
    if (value < least || value > most) return "the shared number is " + std::to_string(value) + ", but " + known;
    if (!sorted.empty() && (sorted.front() < 1 || sorted.back() > value))
        return "the shared number is " + std::to_string(value) + ", but somebody was told " + std::to_string(sorted.back());
    return {};
}

caller_model::caller_model(const std::string& name) {
    for (int key = 0; key < own_keys; ++key) {
        const char* what = key < text_keys ? ":text" : key < number_key ? ":mixed" : ":number";
        keys_.emplace_back(name + what + std::to_string(key));
    }
}

bool caller_model::is_certain() const { return std::ranges::all_of(keys_, &key_model::is_certain); }

std::string caller_model::ran(const planned_command& done, const command_end& got) {
    using enum command_kind;
    switch (done.kind) {
    case incr_shared:
        return shared_.ran(got);
    case mget:
        return ran_on_all(done, got);
    case echo: {
        const read_value said = as_text(got);
        const bool right = said.fits && said.text && is_text(*said.text, key(done.key), done.text);
        return right ? std::string() : "ECHO of " + key(done.key) + " was answered with " + to_string(got);
    }
    case ping: {
        const auto* whole = got ? std::get_if<reply>(&*got) : nullptr;
        const bool right = got && (whole == nullptr || whole->root().text() == "PONG");
        return right ? std::string() : "PING was answered with " + to_string(got);
    }
    case not_shareable:
        return got || got.error().code() != errc::not_multiplexable ? "SELECT was not refused: " + to_string(got) : std::string();
    default:
        return keys_[static_cast<std::size_t>(done.key)].ran(done, got);
    }
}

std::string caller_model::ran_on_all(const planned_command& done, const command_end& got) {
    const auto* whole = got ? std::get_if<reply>(&*got) : nullptr;
    if (whole == nullptr || whole->root().size() != text_keys) return "MGET was answered with " + to_string(got);
    planned_command one = done;
    one.kind = command_kind::get;
    std::string problems;
    for (int index = 0; index < text_keys; ++index) {
        const reply_view value = whole->root()[static_cast<std::size_t>(index)];
        std::optional<std::string> text;
        if (!value.is_null()) text.emplace(value.text());
        const command_end part(boost::system::in_place_value, std::move(text));
        problems += keys_[static_cast<std::size_t>(index)].ran(one, part);
    }
    return problems;
}

void caller_model::may_have_run(const planned_command& doubtful) {
    if (doubtful.kind == command_kind::incr_shared) shared_.may_have_run();
    using enum command_kind;
    for (const command_kind writing : {set, set_if_absent, set_if_present, del, incr, push})
        if (doubtful.kind == writing) keys_[static_cast<std::size_t>(doubtful.key)].may_have_run(doubtful);
}

} // namespace entrada::test
