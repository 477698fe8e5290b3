// Room: emulator.
#include "emulator/signals.hpp"

#include <boost/asio/buffer.hpp>

#include <cerrno>
#include <csignal>
#include <system_error>
#include <utility>

namespace entrada::emulator {

signals::signals(boost::asio::io_context& loop) : in_(loop) {
    std::signal(SIGPIPE, SIG_IGN);
    sigset_t wanted;
    ::sigemptyset(&wanted);
    for (const int number : {SIGINT, SIGTERM, SIGHUP, SIGQUIT}) ::sigaddset(&wanted, number);
    ::pthread_sigmask(SIG_BLOCK, &wanted, nullptr);
    const int fd = ::signalfd(-1, &wanted, SFD_CLOEXEC | SFD_NONBLOCK);
    if (fd < 0) throw std::system_error(errno, std::system_category(), "signalfd");
    in_.assign(fd);
}

void signals::listen(handler on_signal) {
    on_signal_ = std::move(on_signal);
    in_.async_read_some(boost::asio::buffer(&info_, sizeof info_), [this](boost::system::error_code ec, std::size_t size) {
        if (ec || size != sizeof info_) return;
        on_signal_({static_cast<int>(info_.ssi_signo), info_.ssi_code == SI_KERNEL});
        listen(std::move(on_signal_));
    });
}

} // namespace entrada::emulator
