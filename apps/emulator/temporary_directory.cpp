// Making, locking and removing temporary directories.
// Room: emulator.
#include "emulator/temporary_directory.hpp"

#include <cerrno>
#include <cstdlib>
#include <string>
#include <utility>

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

namespace entrada::emulator {
namespace {

namespace fs = std::filesystem;

failure system_failure(std::string detail) {
    return {boost::system::error_code(errno, boost::system::system_category()), std::move(detail)};
}

fs::path base_directory() {
    const char* chosen = std::getenv("TMPDIR");
    if (chosen == nullptr || *chosen == '\0') return "/tmp";
    std::error_code ec;
    const auto whole = fs::absolute(chosen, ec); // its paths are handed to programs that may run elsewhere
    return ec ? fs::path(chosen) : whole;
}

/// The descriptor of the locked directory, or -1 if another owner lives or it cannot be opened.
int lock(const fs::path& directory) noexcept {
    const int fd = ::open(directory.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW);
    if (fd >= 0 && ::flock(fd, LOCK_EX | LOCK_NB) == 0) return fd;
    if (fd >= 0) ::close(fd);
    return -1;
}

/// A directory that is being made is not locked for a moment; nothing that young is taken for abandoned.
bool is_old_and_ours(const fs::path& directory) noexcept {
    struct stat about {};
    if (::lstat(directory.c_str(), &about) != 0) return false;
    return S_ISDIR(about.st_mode) && about.st_uid == ::geteuid() && ::time(nullptr) - about.st_mtime > 2;
}

} // namespace

result<temporary_directory> temporary_directory::create(std::string_view prefix) {
    std::string name = (base_directory() / (std::string(prefix) + "XXXXXX")).string();
    if (::mkdtemp(name.data()) == nullptr) return system_failure("no temporary directory " + name);
    temporary_directory made;
    made.path_ = name;
    made.lock_fd_ = lock(made.path_);
    if (made.lock_fd_ < 0) return system_failure("cannot lock temporary directory " + name);
    return made;
}

void temporary_directory::remove_abandoned(std::string_view prefix) {
    std::error_code ec;
    for (fs::directory_iterator entry(base_directory(), fs::directory_options::skip_permission_denied, ec), end;
         !ec && entry != end; entry.increment(ec)) {
        if (!entry->path().filename().string().starts_with(prefix) || !is_old_and_ours(entry->path())) continue;
        const int fd = lock(entry->path());
        if (fd < 0) continue;
        std::error_code ignored;
        fs::remove_all(entry->path(), ignored);
        ::close(fd);
    }
}

temporary_directory::temporary_directory(temporary_directory&& other) noexcept { *this = std::move(other); }

temporary_directory& temporary_directory::operator=(temporary_directory&& other) noexcept {
    if (this == &other) return *this;
    remove();
    path_ = std::exchange(other.path_, {});
    lock_fd_ = std::exchange(other.lock_fd_, -1);
    return *this;
}

temporary_directory::~temporary_directory() { remove(); }

void temporary_directory::remove() noexcept {
    if (!path_.empty()) {
        std::error_code ignored;
        fs::remove_all(path_, ignored);
    }
    if (lock_fd_ >= 0) ::close(std::exchange(lock_fd_, -1));
}

result<void> write_file(const fs::path& path, std::string_view content, bool secret) {
    const int fd = ::open(path.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, secret ? 0600 : 0644);
    if (fd < 0) return system_failure("cannot create " + path.string());
    while (!content.empty()) {
        const auto size = ::write(fd, content.data(), content.size());
        if (size < 0 && errno == EINTR) continue;
        if (size < 0) {
            failure cause = system_failure("cannot write " + path.string());
            ::close(fd);
            return cause;
        }
        content.remove_prefix(static_cast<std::size_t>(size));
    }
    ::close(fd);
    return {};
}

} // namespace entrada::emulator
