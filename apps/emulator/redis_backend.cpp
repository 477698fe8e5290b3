// Room: emulator.
#include "emulator/redis_backend.hpp"

#include <boost/asio/buffer.hpp>

#include <array>
#include <utility>

#include <unistd.h>

namespace entrada::emulator {
namespace {

namespace asio = boost::asio;
using boost::system::error_code;

constexpr auto start_max = std::chrono::seconds(10);
constexpr std::size_t last_words_max = 4000;

// Blocked by Azure as a whole: these answer "ERR unknown command", as there.
constexpr std::string_view unknown_commands[] = {
    "ASKING",  "BGREWRITEAOF", "BGSAVE",   "DEBUG",    "FAILOVER",  "MIGRATE",  "MODULE",    "MOVE",
    "PFDEBUG", "PFSELFTEST",   "PSYNC",    "READONLY", "READWRITE", "REPLCONF", "REPLICAOF", "RESET",
    "ROLE",    "SAVE",         "SHUTDOWN", "SLAVEOF",  "SWAPDB",    "SYNC",
};

// Blocked in part: Azure says "unknown command" here, too, Redis says NOPERM.
constexpr std::string_view policy =
    "+@all"
    " -acl +acl|whoami +acl|list +acl|users +acl|getuser +acl|cat +acl|dryrun"
    " -config +config|get"
    " -client|no-evict -client|pause -client|unpause -client|getredir"
    " -cluster +cluster|info +cluster|help +cluster|keyslot +cluster|nodes +cluster|shards +cluster|slots"
    " -latency +latency|histogram"
    " -memory +memory|usage +memory|help";

} // namespace

std::string backend_config(const redis_backend_options& options) {
    std::string text = "port 0\n"
                       "unixsocket redis.sock\n"
                       "unixsocketperm 700\n"
                       "tcp-backlog 4096\n"
                       "databases 1\n"
                       "user default off\n";
    for (const std::string& user : options.users)
        text += "user " + user + " on >" + std::string(options.password.reveal()) + " ~* &* " + std::string(policy) + "\n";
    for (const std::string_view name : unknown_commands) text += "rename-command " + std::string(name) + " \"\"\n";
    return text;
}

/// Of one process: a late event of an earlier one finds itself out of date.
struct redis_backend::watch {
    explicit watch(asio::io_context& loop) : ended(loop), log(loop) {}
    asio::posix::stream_descriptor ended;
    asio::posix::stream_descriptor log;
    std::array<char, 4096> bytes{};
    std::string last_words;
};

redis_backend::redis_backend(asio::io_context& loop, redis_backend_options options) : loop_(loop), options_(std::move(options)) {}

result<void> redis_backend::launch() {
    auto started = redis_process::start(options_.program, options_.directory, backend_config(options_));
    if (!started) return started.error();
    redis_.emplace(std::move(*started));
    return {};
}

result<void> redis_backend::wait_until_ready(child_process::time_point deadline) {
    if (auto ready = redis_->wait_until_ready(deadline); !ready) return ready;
    version_ = redis_->version();
    up_ = true;
    start_watching();
    return {};
}

void redis_backend::start_watching() {
    watch_ = std::make_shared<watch>(loop_);
    error_code ignored;
    (void)watch_->ended.assign(::dup(redis_->process().exit_fd()), ignored);
    (void)watch_->log.assign(::dup(redis_->process().out_fd()), ignored);
    read_log(watch_);
    await_end(watch_);
}

/// Read on for ever: a full pipe would stop Redis.
void redis_backend::read_log(std::shared_ptr<watch> one) {
    one->log.async_read_some(asio::buffer(one->bytes), [this, one](error_code ec, std::size_t size) {
        if (ec) return;
        one->last_words.append(one->bytes.data(), size);
        if (one->last_words.size() > last_words_max) one->last_words.erase(0, one->last_words.size() - last_words_max);
        read_log(one);
    });
}

void redis_backend::await_end(std::shared_ptr<watch> one) {
    one->ended.async_wait(asio::posix::stream_descriptor::wait_read, [this, one](error_code ec) {
        if (ec || one != watch_) return;
        const auto ended = redis_->process().wait_until(std::chrono::steady_clock::now());
        up_ = false;
        watch_.reset();
        log(options_.log, log_level::error, "emulator",
            "redis-server ended with " + (ended ? ended->to_string() : std::string("no word"))
                + "; connections are refused until POST /admin/redis?state=restart. It said last:\n" + one->last_words);
    });
}

void redis_backend::kill() {
    watch_.reset();
    redis_->process().kill();
    up_ = false;
}

result<void> redis_backend::restart() {
    kill();
    if (auto launched = launch(); !launched) return launched;
    return wait_until_ready(std::chrono::steady_clock::now() + start_max);
}

} // namespace entrada::emulator
