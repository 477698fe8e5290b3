#include "net/socket_stream.hpp"

#include <cerrno>
#include <sys/ioctl.h>
#include <sys/time.h>
#include <unistd.h>

namespace entrada::net {
namespace {

io_result failed_with(int error, io_status when_blocked) noexcept {
    if (error == EAGAIN || error == EWOULDBLOCK || error == EINTR) return {when_blocked, 0, {}};
    return {io_status::failed, 0, {error, boost::system::system_category()}};
}

} // namespace

unique_fd::~unique_fd() {
    if (fd_ >= 0) ::close(fd_);
}

io_result socket_stream::read(std::span<char> space) noexcept {
    const ssize_t count = ::recv(fd_.get(), space.data(), space.size(), wait_limit_.count() > 0 ? 0 : MSG_DONTWAIT);
    if (count > 0) return {io_status::done, static_cast<std::size_t>(count), {}};
    if (count == 0) return {io_status::closed, 0, {}};
    return failed_with(errno, io_status::want_read);
}

io_result socket_stream::write(std::span<const char> bytes) noexcept {
    const ssize_t count = ::send(fd_.get(), bytes.data(), bytes.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
    if (count >= 0) return {io_status::done, static_cast<std::size_t>(count), {}};
    return failed_with(errno, io_status::want_write);
}

void socket_stream::wait_in_reads(std::chrono::milliseconds limit) noexcept {
    if (limit == wait_limit_) return;
    const bool waits = limit.count() > 0;
    if (waits != (wait_limit_.count() > 0)) {
        int non_blocking = waits ? 0 : 1;
        (void)::ioctl(fd_.get(), FIONBIO, &non_blocking);
    }
    wait_limit_ = limit;
    const timeval time{static_cast<time_t>(limit.count() / 1000), static_cast<suseconds_t>(limit.count() % 1000 * 1000)};
    if (waits) (void)::setsockopt(fd_.get(), SOL_SOCKET, SO_RCVTIMEO, &time, sizeof time);
}

} // namespace entrada::net
