#include "net/resolver.hpp"

#include "base/text.hpp"

#include <boost/asio/post.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <arpa/inet.h>
#include <atomic>
#include <cstring>
#include <memory>
#include <mutex>
#include <netdb.h>
#include <optional>
#include <thread>

namespace entrada::net {
namespace asio = boost::asio;
namespace {

/// RFC 6761, 6.3: these names are loopback everywhere, and nobody is asked about them. A bare system has no /etc/hosts.
bool is_localhost(std::string_view host) {
    if (host.ends_with('.')) host.remove_suffix(1);
    constexpr std::string_view name = "localhost";
    if (host.size() < name.size() || !base::equal_ignoring_case(host.substr(host.size() - name.size()), name)) return false;
    return host.size() == name.size() || host[host.size() - name.size() - 1] == '.';
}

result<std::vector<address>> look_up(const std::string& host, std::uint16_t port, int flags) {
    addrinfo hints{};
    hints.ai_socktype = SOCK_STREAM;
    hints.ai_flags = flags | AI_NUMERICSERV;
    addrinfo* list = nullptr;
    const char* const name = is_localhost(host) ? nullptr : host.c_str(); // null: loopback
    const int code = getaddrinfo(name, std::to_string(port).c_str(), &hints, &list);
    if (code != 0)
        return failure(errc::resolve_failed, "'" + host + "': " + gai_strerror(code) + "; check the host name and the DNS");
    const std::unique_ptr<addrinfo, void (*)(addrinfo*)> owner(list, freeaddrinfo);
    std::vector<address> found;
    for (const addrinfo* item = list; item != nullptr; item = item->ai_next) {
        address one;
        std::memcpy(&one.storage, item->ai_addr, item->ai_addrlen);
        one.size = item->ai_addrlen;
        one.family = item->ai_family;
        found.push_back(one);
    }
    return found;
}

// Nothing can end a getaddrinfo that hangs; so many may be left behind before no new one is begun.
constexpr int threads_max = 16;
std::atomic<int> threads{0};

/// Shared by the coroutine and the thread; whoever comes last frees it, which may be long after the coroutine's executor has
/// gone.
struct lookup {
    std::mutex mutex;
    asio::steady_timer* done = nullptr; ///< of the coroutine; null once it has gone
    std::optional<result<std::vector<address>>> answer;
};

void finish(const std::shared_ptr<lookup>& state, result<std::vector<address>> answer) {
    const std::lock_guard lock(state->mutex);
    if (state->done == nullptr) return;
    state->answer = std::move(answer);
    asio::post(state->done->get_executor(), [state] {
        const std::lock_guard still_there(state->mutex);
        if (state->done != nullptr) state->done->cancel();
    });
}

void look_up_in_thread(const std::shared_ptr<lookup>& state, const std::string& host, std::uint16_t port) {
    if (threads.fetch_add(1) >= threads_max) {
        threads.fetch_sub(1);
        finish(state, failure(errc::resolve_failed,
                              "'" + host + "': " + std::to_string(threads_max) + " earlier look-ups still hang; check the DNS"));
        return;
    }
    std::thread([state, host, port] {
        finish(state, look_up(host, port, AI_ADDRCONFIG));
        threads.fetch_sub(1);
    }).detach();
}

} // namespace

std::string address::to_string() const {
    char text[INET6_ADDRSTRLEN] = {};
    if (family == AF_INET) {
        const auto& v4 = reinterpret_cast<const sockaddr_in&>(storage);
        inet_ntop(AF_INET, &v4.sin_addr, text, sizeof text);
        return std::string(text) + ":" + std::to_string(ntohs(v4.sin_port));
    }
    const auto& v6 = reinterpret_cast<const sockaddr_in6&>(storage);
    inet_ntop(AF_INET6, &v6.sin6_addr, text, sizeof text);
    return "[" + std::string(text) + "]:" + std::to_string(ntohs(v6.sin6_port));
}

asio::awaitable<result<std::vector<address>>> resolve(std::string host, std::uint16_t port,
                                                      std::chrono::steady_clock::time_point deadline) {
    auto numeric = look_up(host, port, AI_NUMERICHOST);
    if (numeric) co_return numeric;

    asio::steady_timer done(co_await asio::this_coro::executor, deadline);
    const auto state = std::make_shared<lookup>();
    state->done = &done;
    struct abandon {
        std::shared_ptr<lookup> state;
        ~abandon() {
            const std::lock_guard lock(state->mutex);
            state->done = nullptr;
        }
    } const guard{state};
    look_up_in_thread(state, host, port);
    boost::system::error_code ignored;
    co_await done.async_wait(asio::redirect_error(asio::use_awaitable, ignored));

    const std::lock_guard lock(state->mutex);
    if (!state->answer)
        co_return failure(errc::timeout, "resolving '" + host + "' took longer than the connect timeout; check the DNS");
    co_return std::move(*state->answer);
}

} // namespace entrada::net
