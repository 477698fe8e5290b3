// A TCP gate between a client and a server that can slice, delay, stall and cut what passes.
// Room: tests.
#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <thread>

namespace entrada::test {

/// One thread serves all connections. Faults take effect at once and last until they are taken back.
class gate {
public:
    explicit gate(std::uint16_t server_port);
    ~gate();
    gate(const gate&) = delete;
    gate& operator=(const gate&) = delete;

    [[nodiscard]] std::uint16_t port() const noexcept { return port_; }
    /// At most so many bytes pass in one piece; 0: as they come.
    void slice(std::size_t bytes) { slice_ = bytes; }
    /// Each byte that comes from now on takes so long to pass, in either direction.
    void delay(std::chrono::milliseconds time) { delay_ = time; }
    /// Connections stay, nothing passes.
    void stall(bool on) { stalled_ = on; }
    /// Ends all connections, amid whatever passes.
    void cut() { ++cuts_; }
    /// Ends each connection after so many bytes of replies; 0: never.
    void cut_after(std::size_t bytes) { cut_after_ = bytes; }
    /// For one client with one connection at a time: a new connection ends the older ones, and reaches the server only when that
    /// has read all they had brought, and closed them. Without this a server may still run commands of a connection that was cut
    /// while it already answers on the next one, and nobody could say what a value has to be.
    void one_after_the_other(bool on) { one_after_the_other_ = on; }

    /// No faults from now on. Comes back when none can strike any more.
    void heal();
    [[nodiscard]] int connections() const { return accepted_; }

private:
    class rounds;
    void serve(const std::stop_token& stop);

    std::uint16_t server_port_;
    int listener_ = -1;
    std::uint16_t port_ = 0;
    std::atomic<std::size_t> slice_{0};
    std::atomic<std::chrono::milliseconds> delay_{std::chrono::milliseconds(0)};
    std::atomic<std::size_t> cut_after_{0};
    std::atomic<bool> stalled_{false};
    std::atomic<bool> one_after_the_other_{false};
    std::atomic<int> cuts_{0};
    std::atomic<int> accepted_{0};
    std::atomic<std::uint64_t> rounds_{0}; ///< of the thread that serves
    std::jthread thread_;
};

} // namespace entrada::test
