// A TCP gate between a client and a server that can slice, stall and cut what passes.
// Room: tests.
#pragma once

#include <atomic>
#include <cstdint>
#include <thread>

namespace entrada::test {

/// One thread serves all connections. Faults take effect at once and last until they are taken back.
class gate {
public:
    explicit gate(std::uint16_t server_port);
    ~gate();

    [[nodiscard]] std::uint16_t port() const noexcept { return port_; }
    /// At most so many bytes pass in one piece; 0: as they come.
    void slice(std::size_t bytes) { slice_ = bytes; }
    /// Connections stay, nothing passes.
    void stall(bool on) { stalled_ = on; }
    /// Ends all connections, amid whatever passes.
    void cut() { ++cuts_; }
    /// Ends each connection after so many bytes of replies; 0: never.
    void cut_after(std::size_t bytes) { cut_after_ = bytes; }
    [[nodiscard]] int connections() const { return accepted_; }

private:
    void serve(const std::stop_token& stop);

    std::uint16_t server_port_;
    int listener_ = -1;
    std::uint16_t port_ = 0;
    std::atomic<std::size_t> slice_{0};
    std::atomic<std::size_t> cut_after_{0};
    std::atomic<bool> stalled_{false};
    std::atomic<int> cuts_{0};
    std::atomic<int> accepted_{0};
    std::jthread thread_;
};

} // namespace entrada::test
