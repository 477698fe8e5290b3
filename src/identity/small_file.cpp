#include "identity/small_file.hpp"

#include "base/text.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <system_error>

namespace entrada::identity {
namespace {

std::string last_error() { return std::system_category().message(errno); }

class open_file {
public:
    /// Non-blocking, for opening a pipe would wait for its other end.
    open_file(const std::string& path, bool follow_links)
        : fd_(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY | (follow_links ? 0 : O_NOFOLLOW))) {}
    ~open_file() {
        if (fd_ >= 0) ::close(fd_);
    }
    open_file(const open_file&) = delete;
    open_file& operator=(const open_file&) = delete;

    [[nodiscard]] bool is_open() const { return fd_ >= 0; }
    [[nodiscard]] bool is_regular() const {
        struct stat facts {};
        return ::fstat(fd_, &facts) == 0 && S_ISREG(facts.st_mode);
    }
    /// Less than `size` at the end of the file, negative on error.
    [[nodiscard]] long read(char* into, std::size_t size) const {
        std::size_t filled = 0;
        while (filled < size) {
            const auto count = ::read(fd_, into + filled, size - filled);
            if (count < 0 && errno == EINTR) continue;
            if (count < 0) return -1;
            if (count == 0) break;
            filled += static_cast<std::size_t>(count);
        }
        return static_cast<long>(filled);
    }

private:
    int fd_;
};

} // namespace

std::variant<secret_string, file_problem> read_small_file(const std::string& path, const small_file_rules& rules) {
    const open_file file(path, rules.follow_links);
    if (!file.is_open()) return file_problem{.reason = last_error(), .forbidden = errno == EACCES};
    if (!file.is_regular()) return file_problem{"not a regular file"};
    std::string buffer(rules.bytes_max + 1, '\0');
    const auto size = file.read(buffer.data(), buffer.size());
    if (size < 0) return file_problem{last_error()};
    if (static_cast<std::size_t>(size) > rules.bytes_max)
        return file_problem{"larger than " + std::to_string(rules.bytes_max) + " bytes"};
    const auto all = std::string_view(buffer).substr(0, static_cast<std::size_t>(size));
    const secret_string content(rules.trimmed ? base::trim(all) : all);
    wipe_memory(buffer.data(), buffer.size());
    if (content.empty()) return file_problem{"empty"};
    return content;
}

file_stamp stamp_of(const std::string& path) {
    struct stat facts {};
    if (::stat(path.c_str(), &facts) != 0) return {};
    return {.seconds = facts.st_mtim.tv_sec, .nanoseconds = facts.st_mtim.tv_nsec, .size = facts.st_size, .number = facts.st_ino};
}

} // namespace entrada::identity
