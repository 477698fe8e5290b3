#include "net/socket_stream.hpp"

#include <cerrno>
#include <sys/socket.h>
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
    const ssize_t count = ::recv(fd_.get(), space.data(), space.size(), 0);
    if (count > 0) return {io_status::done, static_cast<std::size_t>(count), {}};
    if (count == 0) return {io_status::closed, 0, {}};
    return failed_with(errno, io_status::want_read);
}

io_result socket_stream::write(std::span<const char> bytes) noexcept {
    const ssize_t count = ::send(fd_.get(), bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (count >= 0) return {io_status::done, static_cast<std::size_t>(count), {}};
    return failed_with(errno, io_status::want_write);
}

} // namespace entrada::net
