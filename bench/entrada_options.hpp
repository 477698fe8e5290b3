// How the benchmark's programs reach their server through Entrada.
// Room: bench.
#pragma once

#include "workload.hpp"

#include "entrada/client_options.hpp"

#include <condition_variable>
#include <mutex>
#include <thread>

namespace bench {

/// The same user and password under a new version each second: what a token source does, in fast motion.
class turning_credentials final : public entrada::credentials_provider {
public:
    entrada::result<std::optional<entrada::credentials>> current(const entrada::peer&) override {
        return std::optional(entrada::credentials{"user", entrada::secret_string("password"), std::nullopt, version_.load()});
    }

    std::unique_ptr<subscription> subscribe(std::function<void()> on_change) override {
        return std::make_unique<ticking>(version_, std::move(on_change));
    }

    void report(const entrada::login_outcome& outcome) override { require(!outcome.refused, "AUTH"); }

private:
    class ticking final : public subscription {
    public:
        ticking(std::atomic<std::uint64_t>& version, std::function<void()> on_change)
            : thread_([&version, on_change = std::move(on_change)](const std::stop_token& stop) {
                  std::mutex mutex;
                  std::unique_lock lock(mutex);
                  std::condition_variable_any never;
                  const auto stopped = [&stop] { return stop.stop_requested(); };
                  while (!never.wait_for(lock, stop, std::chrono::seconds(1), stopped)) {
                      ++version;
                      on_change();
                  }
              }) {}

    private:
        std::jthread thread_;
    };

    std::atomic<std::uint64_t> version_{1};
};

/// A template, because a library that is compared with may not have the option yet.
template <class Options>
void turn_polling_on(Options& options) {
    if constexpr (requires { options.polling = std::chrono::microseconds(100); })
        options.polling = std::chrono::microseconds(100);
    else
        unsupported("adaptive polling");
}

inline entrada::client_options options_of(const workload& asked) {
    entrada::client_options options;
    options.host = "localhost";
    options.port = asked.port;
    options.tls.enabled = !asked.ca_file.empty();
    options.tls.ca_file = asked.ca_file;
    options.credentials = entrada::make_static_credentials("user", entrada::secret_string("password"));
    if (asked.turns) options.credentials = std::make_shared<turning_credentials>();
    if (asked.polling) turn_polling_on(options);
    return options;
}

} // namespace bench
