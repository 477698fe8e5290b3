// Room: tests.
#include "support/redis_server.hpp"

#include "support/programs.hpp"

#include <stdexcept>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

namespace entrada::test {

std::uint16_t free_port() {
    const int fd = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof address;
    const bool bound = ::bind(fd, reinterpret_cast<const sockaddr*>(&address), size) == 0
                       && ::getsockname(fd, reinterpret_cast<sockaddr*>(&address), &size) == 0;
    ::close(fd);
    if (!bound) throw std::runtime_error("no free port on 127.0.0.1");
    return ntohs(address.sin_port);
}

bool redis_server::missing() { return !emulator::find_redis_server(process_environment()).has_value(); }

redis_server::redis_server(redis_options options)
    : options_(std::move(options)), directory_(emulator::temporary_directory::create("entrada-test-redis-").value()) {
    // Another program may take a free port before Redis does: then others are chosen.
    result<void> outcome;
    for (int attempt = 0; attempt < 5; ++attempt) {
        choose_ports();
        outcome = start();
        if (outcome || outcome.error().detail().find("Address already in use") == std::string::npos) break;
    }
    outcome.value();
}

void redis_server::choose_ports() {
    port_ = free_port();
    if (!options_.tls) return;
    do tls_port_ = free_port();
    while (tls_port_ == port_);
}

std::string redis_server::config_text() const {
    std::string text =
        "bind 127.0.0.1\nprotected-mode no\nport " + std::to_string(port_) + "\nunixsocket " + socket_path() + "\n";
    if (options_.tls) {
        text += "tls-port " + std::to_string(tls_port_) + "\ntls-auth-clients no\ntls-cert-file "
                + options_.tls->certificate.string() + "\ntls-key-file " + options_.tls->key.string() + "\n";
    }
    for (const std::string& line : options_.users) text += line + "\n";
    for (const std::string& line : options_.config) text += line + "\n";
    return text;
}

result<void> redis_server::start() {
    const auto program = emulator::find_redis_server(process_environment());
    if (!program) return program.error();
    auto started = emulator::redis_process::start(*program, directory_.path(), config_text());
    if (!started) return started.error();
    redis_.emplace(std::move(*started));
    auto ready = redis_->wait_until_ready(within(std::chrono::seconds(20)));
    redis_->process().close_out(); // nobody reads on, and a full pipe would stop Redis
    return ready;
}

void redis_server::kill() { redis_->process().kill(); }

void redis_server::restart() {
    kill();
    start().value();
}

void redis_server::suspend() { redis_->process().signal(SIGSTOP); }
void redis_server::resume() { redis_->process().signal(SIGCONT); }

} // namespace entrada::test
