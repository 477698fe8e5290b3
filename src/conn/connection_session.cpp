// The life of a session: credentials, connecting, login, health, re-authentication, the pause before the next.
#include "conn/connection.hpp"

#include "conn/backoff.hpp"
#include "conn/counters.hpp"
#include "conn/handshake.hpp"
#include "resp/error_reply.hpp"
#include "resp/reply_builder.hpp"

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/dispatch.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <future>
#include <random>

namespace entrada::conn {
namespace asio = boost::asio;
using wait_type = asio::posix::stream_descriptor::wait_type;
namespace {

constexpr std::chrono::seconds health_interval{1};
// A session that lived so long was a good one: the next attempt comes at once again.
constexpr std::chrono::seconds good_session_min{2};
// A refused login may be an access policy on its way; a refused re-authentication leaves the old login in force meanwhile.
constexpr std::chrono::seconds reauthentication_retry{1};

/// Failures that waiting callers should hear now: time alone seldom cures them.
bool fails_fast(const boost::system::error_code& code) {
    return is_auth(code) || code == errc::tls_failed || code == errc::file_unreadable || code == errc::handshake_failed;
}

constexpr std::size_t handshake_read_bytes = 4096;

/// Hands whole replies to the handshake. Error replies to single steps are its business.
std::optional<failure> read_handshake(byte_buffer& received, resp::reader& reader, reply_builder& builder, handshake& talk) {
    std::string_view input = received.data();
    for (;;) {
        const resp::event piece = reader.next(input);
        if (piece.kind == resp::event_kind::need_more) break;
        if (piece.kind == resp::event_kind::broken)
            return failure(errc::handshake_failed, "the server does not speak Redis: " + std::string(piece.text));
        if (piece.kind == resp::event_kind::bulk_start) {
            reader.receive_into(builder.place(piece.size));
            continue;
        }
        if (piece.push || !builder.on_event(piece)) continue;
        if (talk.finished()) return failure(errc::protocol_error, "a reply nobody asked for during the login");
        if (auto problem = talk.on_reply(builder.take())) return problem;
        builder.begin();
    }
    received.consume(received.data().size() - input.size());
    return std::nullopt;
}

failure with_server(const failure& why, const std::string& name) { return {why.code(), name + ": " + why.detail()}; }

} // namespace

/// Says AUTH on the living session, in line with everybody's commands.
class connection::login_request final : public request {
public:
    login_request(connection& owner, const credentials& login)
        : owner_(owner), secret_(auth_command(login)), version_(login.version) {
        wire = secret_.reveal();
        set_timeout(owner.options_.login_timeout);
        start_clock(detail::coarse_now());
    }

private:
    void on_event(const resp::event& piece, detail::received_block&) override {
        if (piece.depth == 0 && piece.type == reply_type::error) refused_ = resp::to_failure(piece.text, name());
    }
    char* place(std::size_t) override { return nullptr; }
    void on_done() noexcept override {
        const std::unique_ptr<login_request> self(this);
        owner_.on_reauthenticated(version_, std::move(error), std::move(refused_));
    }

    connection& owner_;
    secret_string secret_;
    std::uint64_t version_;
    std::optional<failure> refused_;
};

/// Keeps an idle session known to be alive, and to the server to be in use.
class connection::ping_request final : public request {
public:
    explicit ping_request(connection& owner) : owner_(owner) {
        wire = "*1\r\n$4\r\nPING\r\n";
        set_timeout(owner.options_.dead_peer_timeout);
        start_clock(detail::coarse_now());
    }

private:
    void on_event(const resp::event&, detail::received_block&) override {}
    char* place(std::size_t) override { return nullptr; }
    void on_done() noexcept override {
        const std::unique_ptr<ping_request> self(this);
        owner_.pinging_ = false;
    }

    connection& owner_;
};

void connection::start() {
    asio::post(io_, [self = shared_from_this()] {
        if (self->stopping_) return;
        if (const auto& provider = self->options_.credentials) {
            self->subscription_ = provider->subscribe([weak = self->weak_from_this()] {
                if (const auto alive = weak.lock()) {
                    alive->credentials_changed_.store(true, std::memory_order_release);
                    alive->signal();
                    alive->enqueue([connection = alive.get()] { connection->reauthenticate(); });
                }
            });
        }
        asio::co_spawn(
            self->io_, [self]() -> asio::awaitable<void> { co_await self->run(); },
            asio::bind_cancellation_slot(self->stop_signal_.slot(), asio::detached));
    });
}

void connection::stop() {
    stopping_ = true;
    asio::dispatch(io_, [self = shared_from_this()] {
        self->subscription_.reset();
        self->stop_signal_.emit(asio::cancellation_type::terminal);
        self->enqueue([connection = self.get()] {
            const failure why(errc::stopped, "the client of " + connection->name_ + " was stopped");
            connection->refuse(why);
            connection->mux_.fail_all(why, connection->done_);
            if (connection->stream_) connection->lose(why);
            connection->deadline_timer_.cancel();
            connection->lone_timer_.cancel();
        });
    });
}

void connection::stop_and_wait() {
    const auto stopped = std::make_shared<std::promise<void>>(); // who waits may be gone before `set_value` has returned
    stop();
    // Behind what `stop` posts; the first task runs in the pass that fails the requests or a later one, so the second finds them
    // completed.
    asio::post(io_, [self = shared_from_this(), stopped] {
        self->enqueue([connection = self.get(), stopped] { connection->enqueue([stopped] { stopped->set_value(); }); });
    });
    stopped->get_future().wait();
}

void connection::signal() {
    asio::post(io_, [self = shared_from_this()] { self->event_.cancel(); });
}

asio::awaitable<void> connection::wait_for_event(clock::time_point limit) {
    boost::system::error_code ignored;
    event_.expires_at(limit);
    co_await event_.async_wait(asio::redirect_error(asio::use_awaitable, ignored));
    if (stopping_) throw boost::system::system_error(asio::error::operation_aborted);
}

asio::awaitable<void> connection::run() {
    backoff delays(options_.reconnect_delay, options_.reconnect_delay_max, std::random_device{}());
    while (!stopping_) {
        const auto began = clock::now();
        std::optional<failure> problem;
        try {
            co_await pause(began + delays.next());
            problem = co_await run_session();
        } catch (const std::exception& thrown) { // by the system or by others' code; the next attempt may fare better
            problem = failure(errc::connect_failed, name_ + ": " + thrown.what());
        }
        if (stopping_) co_return;
        if (problem) {
            counters_->connect_failures.add(1);
            enqueue([self = shared_from_this(), problem] { self->note_problem(*problem); });
        } else if (clock::now() - began >= good_session_min) {
            delays.reset();
        }
    }
}

/// New credentials end it early. Others get their turn on this thread in any case.
asio::awaitable<void> connection::pause(clock::time_point until) {
    co_await asio::post(io_, asio::use_awaitable);
    while (clock::now() < until && !credentials_changed_.exchange(false)) co_await wait_for_event(until);
}

asio::awaitable<std::optional<failure>> connection::run_session() {
    if (auto login = co_await await_credentials(); !login) co_return login.error();
    auto dialed = co_await net::dial(target(), clock::now() + options_.connect_timeout);
    if (!dialed) co_return dialed.error();
    // Asked again: connecting takes time, and the newest token is the one to send.
    auto login = co_await await_credentials();
    if (!login) co_return login.error();
    std::unique_ptr<net::stream> fresh = std::move(*dialed);
    const std::uint64_t login_version = *login ? (*login)->version : 0;
    std::string received;
    if (auto problem = co_await log_in(*fresh, std::move(*login), received)) co_return with_server(*problem, name_);
    lost_.store(false, std::memory_order_relaxed);
    enqueue([self = shared_from_this(), fresh = std::make_shared<std::unique_ptr<net::stream>>(std::move(fresh)), login_version,
             more = std::move(received)] { self->attach(std::move(*fresh), login_version, more); });
    co_await attend_until_lost();
    co_return std::nullopt;
}

net::dial_target connection::target() const {
    net::dial_target where;
    where.host = options_.host;
    where.port = options_.port;
    where.unix_socket = options_.unix_socket;
    where.tls = tls_;
    where.server_name = options_.tls.server_name.empty() ? options_.host : options_.tls.server_name;
    where.user_timeout = options_.dead_peer_timeout;
    return where;
}

result<std::optional<credentials>> connection::ask_credentials() const {
    try {
        return options_.credentials->current(peer_);
    } catch (const std::exception& thrown) {
        return failure(errc::token_unavailable, std::string("the credentials provider threw: ") + thrown.what());
    }
}

asio::awaitable<result<std::optional<credentials>>> connection::await_credentials() {
    if (options_.tls.enabled && options_.unix_socket.empty() && !tls_) {
        auto made = net::tls_context::shared(options_.tls.ca_file);
        if (!made) co_return made.error();
        tls_ = std::move(*made);
    }
    if (!options_.credentials) co_return std::optional<credentials>();
    for (;;) {
        credentials_changed_.store(false, std::memory_order_relaxed);
        auto now = ask_credentials();
        if (!now) co_return now.error();
        if (*now) co_return now;
        co_await wait_for_event(clock::now() + health_interval); // what was not known yet may have failed by then
    }
}

asio::awaitable<std::optional<failure>> connection::log_in(net::stream& fresh, std::optional<credentials> login,
                                                           std::string& surplus) {
    const auto deadline = clock::now() + options_.login_timeout;
    login_outcome outcome{peer_, login ? login->version : 0, false, std::nullopt};
    handshake talk({std::move(login), options_.client_name, options_.database});
    byte_buffer received;
    auto problem = co_await talk_through(fresh, talk, deadline, received);
    surplus = received.data();
    if (options_.credentials && outcome.version != 0 && (!problem || is_auth(problem->code()))) {
        outcome.refused = problem;
        options_.credentials->report(outcome);
    }
    co_return problem;
}

std::string connection::tls_question() const {
    return options_.tls.enabled || !options_.unix_socket.empty() ? "" : "; is this a TLS port? It was spoken to without TLS";
}

asio::awaitable<std::optional<failure>> connection::talk_through(net::stream& fresh, handshake& talk, clock::time_point deadline,
                                                                 byte_buffer& received) {
    std::string_view unsent = talk.wire().reveal();
    resp::reader reader;
    reply_builder builder;
    while (!talk.finished()) {
        net::io_result moved = unsent.empty() ? fresh.read(received.space(handshake_read_bytes)) : fresh.write(unsent);
        if (moved.status == net::io_status::want_read || moved.status == net::io_status::want_write) {
            const auto what = moved.status == net::io_status::want_read ? wait_type::wait_read : wait_type::wait_write;
            const bool ready = co_await net::wait_ready(fresh.native_handle(), what, deadline);
            if (!ready) co_return failure(errc::handshake_failed, "no answer to the login in time; is this a Redis port?");
            continue;
        }
        if (moved.status == net::io_status::closed)
            co_return failure(errc::connection_lost, "the server closed the connection during the login" + tls_question());
        if (moved.status == net::io_status::failed) co_return failure(moved.error, "during the login" + tls_question());
        if (!unsent.empty()) {
            unsent.remove_prefix(moved.bytes);
            continue;
        }
        received.commit(moved.bytes);
        if (auto problem = read_handshake(received, reader, builder, talk)) co_return problem;
    }
    co_return std::nullopt;
}

void connection::attach(std::unique_ptr<net::stream> fresh, std::uint64_t login_version, const std::string& received) {
    if (stopping_) return;
    stream_ = std::move(fresh);
    descriptor_.assign(stream_->native_handle());
    attention_.fetch_add(1, std::memory_order_relaxed);
    last_byte_ = owing_since_ = clock::now();
    login_version_ = login_version;
    reauthenticating_ = pinging_ = false;
    refusing_.reset();
    connect_problem_.reset();
    counters_->connections_opened.add(1);
    mux_.open();
    log(options_.log, log_level::info, "conn", "connected to " + name_);
    reauthenticate();
    read_again_ = true; // the login may have left bytes inside the stream
    if (received.empty()) return;
    // A push message that came behind the replies to the login.
    std::copy(received.begin(), received.end(), mux_.incoming().begin());
    mux_.received(received.size());
    (void)take_replies();
}

asio::awaitable<void> connection::attend_until_lost() {
    while (!lost_.load(std::memory_order_acquire)) {
        co_await wait_for_event(clock::now() + health_interval);
        enqueue([self = shared_from_this()] { self->check_health(); });
    }
}

void connection::note_problem(const failure& problem) {
    if (stopping_) return;
    log(options_.log, log_level::warning, "conn", "no session with " + name_ + ": " + problem.to_string());
    connect_problem_ = problem;
    refusing_.reset();
    if (fails_fast(problem.code())) refuse(problem);
}

void connection::check_health() {
    if (!stream_) return;
    const auto silent = now_ - std::max(last_byte_, owing_since_);
    if (mux_.in_flight() != 0) {
        if (silent < options_.dead_peer_timeout) return;
        lose({errc::connection_lost, name_ + " owes " + std::to_string(mux_.in_flight()) + " replies and sent no byte for "
                                         + std::to_string(options_.dead_peer_timeout.count()) + " ms"});
        return;
    }
    mux_.trim();
    stream_->release_memory();
    if (now_ - last_byte_ < options_.ping_interval || pinging_) return;
    pinging_ = true;
    mux_.submit_first(*new ping_request(*this)); // ends itself in on_done
}

void connection::reauthenticate() {
    if (!stream_ || reauthenticating_ || !options_.credentials) return;
    const auto newest = ask_credentials();
    if (!newest || !*newest || (*newest)->version == login_version_) return;
    reauthenticating_ = true;
    mux_.submit_first(*new login_request(*this, **newest)); // ends itself in on_done
}

void connection::on_reauthenticated(std::uint64_t version, std::unique_ptr<failure> failed, std::optional<failure> refused) {
    reauthenticating_ = false;
    if (!stream_) return;
    if (!refused && failed) refused = *failed;
    if (!refused) {
        login_version_ = version;
        counters_->reauthentications.add(1);
    } else {
        counters_->reauthentication_failures.add(1);
        reauth_timer_.expires_after(reauthentication_retry);
        reauth_timer_.async_wait([self = shared_from_this()](boost::system::error_code error) {
            if (!error) self->enqueue([connection = self.get()] { connection->reauthenticate(); });
        });
    }
    options_.credentials->report({peer_, version, true, std::move(refused)});
    if (login_version_ == version) reauthenticate(); // a newer one may have come meanwhile
}

} // namespace entrada::conn
