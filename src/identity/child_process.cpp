#include "identity/child_process.hpp"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <sys/eventfd.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <system_error>

namespace entrada::identity {
namespace {

using std::chrono::steady_clock;
using namespace std::chrono_literals;

constexpr std::size_t out_bytes_max = std::size_t{64} * 1024;
constexpr std::size_t err_bytes_max = std::size_t{16} * 1024;
/// How often the end of a child is looked for. Tools take seconds.
constexpr auto look_again = 10ms;
/// What a child wrote before its end is there at once; whoever still holds the pipe is not waited for.
constexpr auto after_the_end = 100ms;

class file_handle {
public:
    explicit file_handle(int fd = -1) : fd_(fd) {}
    ~file_handle() { reset(-1); }
    file_handle(const file_handle&) = delete;
    file_handle& operator=(const file_handle&) = delete;

    void reset(int fd) {
        if (fd_ >= 0) ::close(fd_);
        fd_ = fd;
    }
    [[nodiscard]] int get() const { return fd_; }

private:
    int fd_;
};

struct pipe_pair {
    file_handle read_end;
    file_handle write_end;

    bool open() {
        std::array<int, 2> ends{};
        if (::pipe2(ends.data(), O_CLOEXEC) != 0) return false;
        read_end.reset(ends[0]);
        write_end.reset(ends[1]);
        return ::fcntl(ends[0], F_SETFL, O_NONBLOCK) == 0;
    }
};

/// Texts as exec wants them.
class pointer_list {
public:
    explicit pointer_list(std::vector<std::string> texts) : texts_(std::move(texts)) {
        for (auto& text : texts_) pointers_.push_back(text.data());
        pointers_.push_back(nullptr);
    }
    [[nodiscard]] char* const* get() const { return pointers_.data(); }

private:
    std::vector<std::string> texts_;
    std::vector<char*> pointers_;
};

std::vector<std::string> command_line(const child_wish& wish) {
    std::vector<std::string> words{wish.program};
    words.insert(words.end(), wish.arguments.begin(), wish.arguments.end());
    return words;
}

std::vector<std::string> assignments(const environment& variables) {
    std::vector<std::string> lines;
    for (const auto& [name, value] : variables) lines.push_back(name + '=' + value);
    return lines;
}

class running_child {
public:
    explicit running_child(const child_wish& wish) : wish_(wish) { out_text_.reserve(out_bytes_max + buffer_bytes); }
    ~running_child() { wipe_memory(out_text_.data(), out_text_.size()); }
    running_child(const running_child&) = delete;
    running_child& operator=(const running_child&) = delete;

    child_end run() {
        if (const int error = start(); error != 0) {
            child_end end;
            end.how = child_end::kind::not_started;
            end.problem = std::system_category().message(error);
            return end;
        }
        const auto how = watch();
        if (how != child_end::kind::exited) ::kill(-pid_, SIGKILL);
        if (!ended_) reap();
        child_end end;
        end.how = how;
        end.status = status_;
        end.out = secret_string(out_text_);
        end.err = std::move(err_text_);
        return end;
    }

private:
    static constexpr std::size_t buffer_bytes = 4096;

    int start();
    child_end::kind watch();
    void wait_a_moment();
    bool read_all();
    static bool drain(file_handle& from, std::string& into, std::size_t bytes_max);
    void look_for_the_end();
    void reap();
    void take_status(const siginfo_t& info);

    const child_wish& wish_;
    pipe_pair out_;
    pipe_pair err_;
    file_handle wake_{::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)};
    pid_t pid_ = -1;
    bool ended_ = false;
    int status_ = -1;
    std::string out_text_;
    std::string err_text_;
};

/// A session of its own: no terminal to ask questions on, and one group to kill.
int running_child::start() {
    if (!out_.open() || !err_.open() || wake_.get() < 0) return errno;
    posix_spawn_file_actions_t files;
    posix_spawnattr_t attributes;
    ::posix_spawn_file_actions_init(&files);
    ::posix_spawnattr_init(&attributes);
    ::posix_spawn_file_actions_addopen(&files, 0, "/dev/null", O_RDONLY, 0);
    ::posix_spawn_file_actions_adddup2(&files, out_.write_end.get(), 1);
    ::posix_spawn_file_actions_adddup2(&files, err_.write_end.get(), 2);
    ::posix_spawn_file_actions_addchdir_np(&files, "/bin");
    ::posix_spawn_file_actions_addclosefrom_np(&files, 3);
    sigset_t none;
    sigset_t all;
    ::sigemptyset(&none);
    ::sigfillset(&all);
    ::posix_spawnattr_setsigmask(&attributes, &none);
    ::posix_spawnattr_setsigdefault(&attributes, &all);
    ::posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSID | POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF);
    const pointer_list words(command_line(wish_));
    const pointer_list variables(assignments(wish_.variables));
    const int error = ::posix_spawn(&pid_, wish_.program.c_str(), &files, &attributes, words.get(), variables.get());
    ::posix_spawn_file_actions_destroy(&files);
    ::posix_spawnattr_destroy(&attributes);
    out_.write_end.reset(-1);
    err_.write_end.reset(-1);
    return error;
}

child_end::kind running_child::watch() {
    const int wake = wake_.get();
    const std::stop_callback on_stop(wish_.stop, [wake] { (void)::eventfd_write(wake, 1); });
    std::optional<steady_clock::time_point> last_look;
    while (true) {
        if (wish_.stop.stop_requested()) return child_end::kind::stopped;
        const auto now = steady_clock::now();
        if (now >= wish_.deadline) return child_end::kind::timed_out;
        wait_a_moment();
        if (!read_all()) return child_end::kind::too_much_output;
        look_for_the_end();
        const bool all_said = out_.read_end.get() < 0 && err_.read_end.get() < 0;
        if (ended_ && !last_look) last_look = now + after_the_end;
        if (ended_ && (all_said || now >= *last_look)) return child_end::kind::exited;
    }
}

void running_child::wait_a_moment() {
    std::array<pollfd, 3> watched{pollfd{wake_.get(), POLLIN, 0}, pollfd{out_.read_end.get(), POLLIN, 0},
                                  pollfd{err_.read_end.get(), POLLIN, 0}};
    (void)::poll(watched.data(), watched.size(), static_cast<int>(look_again.count()));
}

bool running_child::read_all() {
    (void)drain(err_.read_end, err_text_, err_bytes_max);
    return drain(out_.read_end, out_text_, out_bytes_max);
}

/// What is there now; closes at the end of the stream. False if it is more than allowed; the rest is thrown away.
bool running_child::drain(file_handle& from, std::string& into, std::size_t bytes_max) {
    std::array<char, buffer_bytes> buffer;
    bool fits = true;
    for (int reads = 0; reads < 64 && from.get() >= 0; ++reads) { // not for ever: the deadline has a say, too
        const auto count = ::read(from.get(), buffer.data(), buffer.size());
        if (count < 0 && errno == EINTR) continue;
        if (count < 0 && errno == EAGAIN) break;
        if (count <= 0) {
            from.reset(-1);
            break;
        }
        const auto taken = std::min(static_cast<std::size_t>(count), bytes_max - into.size());
        into.append(buffer.data(), taken);
        fits = fits && taken == static_cast<std::size_t>(count);
    }
    wipe_memory(buffer.data(), buffer.size());
    return fits;
}

void running_child::look_for_the_end() {
    if (ended_) return;
    siginfo_t info{};
    const int result = ::waitid(P_PID, static_cast<id_t>(pid_), &info, WEXITED | WNOHANG);
    if (result == 0 && info.si_pid == 0) return;
    if (result != 0 && errno == EINTR) return;
    take_status(info);
}

/// Killed just now, so it ends at once.
void running_child::reap() {
    siginfo_t info{};
    while (::waitid(P_PID, static_cast<id_t>(pid_), &info, WEXITED) != 0 && errno == EINTR) {
    }
    take_status(info);
}

/// Programs that ignore SIGCHLD or wait for all children take the status away: then only the output tells.
void running_child::take_status(const siginfo_t& info) {
    ended_ = true;
    if (info.si_pid == 0) return;
    status_ = info.si_code == CLD_EXITED ? info.si_status : 128 + info.si_status;
}

bool is_program(const std::string& path) {
    struct stat facts {};
    return ::stat(path.c_str(), &facts) == 0 && S_ISREG(facts.st_mode) && ::access(path.c_str(), X_OK) == 0;
}

bool is_for_tools(std::string_view name) {
    // The last three tell az and pwsh that they are in Cloud Shell, and where its tokens are.
    static constexpr std::array<std::string_view, 33> names{"PATH",
                                                            "HOME",
                                                            "USER",
                                                            "LOGNAME",
                                                            "LANG",
                                                            "LANGUAGE",
                                                            "TZ",
                                                            "TMPDIR",
                                                            "TMP",
                                                            "TEMP",
                                                            "HTTPS_PROXY",
                                                            "https_proxy",
                                                            "HTTP_PROXY",
                                                            "http_proxy",
                                                            "ALL_PROXY",
                                                            "all_proxy",
                                                            "NO_PROXY",
                                                            "no_proxy",
                                                            "SSL_CERT_FILE",
                                                            "SSL_CERT_DIR",
                                                            "REQUESTS_CA_BUNDLE",
                                                            "CURL_CA_BUNDLE",
                                                            "NODE_EXTRA_CA_CERTS",
                                                            "AZURE_CONFIG_DIR",
                                                            "AZURE_EXTENSION_DIR",
                                                            "AZURE_CLOUD_NAME",
                                                            "AZURE_AUTHORITY_HOST",
                                                            "AZD_CONFIG_DIR",
                                                            "PSModulePath",
                                                            "DBUS_SESSION_BUS_ADDRESS",
                                                            "ACC_CLOUD",
                                                            "AZUREPS_HOST_ENVIRONMENT",
                                                            "MSI_ENDPOINT"};
    static constexpr std::array<std::string_view, 5> prefixes{"LC_", "XDG_", "AZURE_CORE_", "DOTNET_", "POWERSHELL_"};
    return std::ranges::find(names, name) != names.end()
           || std::ranges::any_of(prefixes, [&](auto prefix) { return name.starts_with(prefix); });
}

} // namespace

child_end run_child(const child_wish& wish) { return running_child(wish).run(); }

std::optional<std::string> find_program(std::string_view name, std::string_view path) {
    if (path.empty()) path = "/usr/bin:/usr/local/bin";
    while (!path.empty()) {
        const auto end = std::min(path.find(':'), path.size());
        const auto folder = path.substr(0, end);
        path.remove_prefix(std::min(end + 1, path.size()));
        if (!folder.starts_with('/')) continue;
        auto candidate = std::string(folder) + '/' + std::string(name);
        if (is_program(candidate)) return candidate;
    }
    return std::nullopt;
}

environment for_tools(const environment& variables) {
    environment kept;
    for (const auto& [name, value] : variables)
        if (is_for_tools(name)) kept.emplace(name, value);
    return kept;
}

} // namespace entrada::identity
