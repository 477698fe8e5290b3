// Room: net.
#include "net/http_client.hpp"
#include "support/http_server.hpp"
#include "support/self_signed.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <future>

namespace entrada::net {
namespace {

using namespace std::chrono_literals;
using std::chrono::steady_clock;
using test::http_connection;
using test::http_server;
using testing::HasSubstr;
using testing::Not;

http_request get(std::string url, std::chrono::milliseconds time = 10s) {
    http_request request;
    request.url = std::move(url);
    request.deadline = steady_clock::now() + time;
    return request;
}

result<http_response> send(const http_request& request, const environment& variables = {}) {
    return make_http_client(variables)->send(request);
}

std::chrono::milliseconds since(steady_clock::time_point begin) {
    return std::chrono::duration_cast<std::chrono::milliseconds>(steady_clock::now() - begin);
}

TEST(curl_http_client, brings_status_headers_and_body) {
    http_server server([](http_connection& c) {
        c.read_request();
        c.answer(418, "short and stout", "Retry-After:  7 \r\nX-Two: a\r\n");
    });
    const auto response = send(get(server.url("/tea")));
    ASSERT_TRUE(response.has_value()) << response.error().to_string();
    EXPECT_EQ(response->status, 418);
    EXPECT_EQ(response->header("retry-after"), "7");
    EXPECT_EQ(response->header("X-two"), "a");
    EXPECT_EQ(response->header("X-three"), "");
    EXPECT_EQ(response->body.reveal(), "short and stout");
}

TEST(curl_http_client, reads_a_compressed_body) {
    // "{\"a\":1}" as gzip writes it.
    static constexpr unsigned char bytes[] = {0x1f, 0x8b, 0x08, 0x00, 0x00, 0x00, 0x00, 0x00, 0x02, 0x03, 0xab, 0x56, 0x4a, 0x54,
                                              0xb2, 0x32, 0xac, 0x05, 0x00, 0xaf, 0xac, 0x1b, 0x56, 0x07, 0x00, 0x00, 0x00};
    std::promise<std::string> seen;
    http_server server([&](http_connection& c) {
        seen.set_value(c.read_request());
        c.answer(200, {reinterpret_cast<const char*>(bytes), sizeof bytes}, "Content-Encoding: gzip\r\n");
    });
    const auto response = send(get(server.url("/")));
    ASSERT_TRUE(response.has_value()) << response.error().to_string();
    EXPECT_EQ(response->body.reveal(), R"({"a":1})");
    EXPECT_THAT(seen.get_future().get(), HasSubstr("\r\nAccept-Encoding: "));
}

TEST(curl_http_client, sends_method_path_query_headers_and_body) {
    std::promise<std::string> seen;
    http_server server([&](http_connection& c) {
        seen.set_value(c.read_request());
        c.answer(200, "");
    });
    auto request = get(server.url("/path?a=b%2Fc"));
    request.method = "POST";
    request.headers = {{"Metadata", "true"}, {"Content-Type", "application/x-www-form-urlencoded"}};
    request.body = secret_string("client_secret=hunter2");
    ASSERT_TRUE(send(request).has_value());
    const auto text = seen.get_future().get();
    EXPECT_THAT(text, testing::StartsWith("POST /path?a=b%2Fc HTTP/1.1\r\n"));
    EXPECT_THAT(text, HasSubstr("\r\nMetadata: true\r\n"));
    EXPECT_THAT(text, HasSubstr("\r\nContent-Type: application/x-www-form-urlencoded\r\n"));
    EXPECT_THAT(text, HasSubstr("\r\nUser-Agent: entrada\r\n"));
    EXPECT_THAT(text, Not(HasSubstr("Expect")));
    EXPECT_THAT(text, testing::EndsWith("\r\n\r\nclient_secret=hunter2"));
}

TEST(curl_http_client, follows_no_redirect) {
    http_server elsewhere([](http_connection& c) { c.answer(200, "stolen"); });
    http_server server([&](http_connection& c) {
        c.read_request();
        c.answer(307, "", "Location: " + elsewhere.url() + "\r\n");
    });
    const auto response = send(get(server.url()));
    ASSERT_TRUE(response.has_value());
    EXPECT_EQ(response->status, 307);
    EXPECT_EQ(elsewhere.accepted(), 0U);
}

TEST(curl_http_client, headers_of_an_interim_answer_do_not_count) {
    http_server server([](http_connection& c) {
        c.read_request();
        c.send("HTTP/1.1 103 Early Hints\r\nRetry-After: 1\r\n\r\n");
        c.answer(200, "ok");
    });
    const auto response = send(get(server.url()));
    ASSERT_TRUE(response.has_value());
    EXPECT_EQ(response->status, 200);
    EXPECT_EQ(response->header("Retry-After"), "");
}

TEST(curl_http_client, gives_up_at_the_deadline_and_says_on_what) {
    http_server server([](http_connection& c) {
        c.read_request();
        c.wait_for_close();
    });
    const auto begin = steady_clock::now();
    const auto response = send(get(server.url("/slow?secret=x"), 120ms));
    ASSERT_FALSE(response.has_value());
    EXPECT_EQ(response.error().code(), errc::timeout);
    EXPECT_GE(since(begin), 120ms);
    EXPECT_LT(since(begin), 2s);
    EXPECT_THAT(response.error().detail(), HasSubstr("GET " + server.url("/slow") + ": "));
    EXPECT_THAT(response.error().detail(), Not(HasSubstr("secret")));
}

TEST(curl_http_client, a_body_that_never_ends_meets_the_deadline_too) {
    http_server server([](http_connection& c) {
        c.read_request();
        c.send("HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\nbeginning");
        c.wait_for_close();
    });
    const auto response = send(get(server.url(), 100ms));
    ASSERT_FALSE(response.has_value());
    EXPECT_EQ(response.error().code(), errc::timeout);
}

TEST(curl_http_client, a_deadline_that_has_passed_sends_nothing) {
    http_server server([](http_connection& c) { c.answer(200, ""); });
    const auto response = send(get(server.url(), -1ms));
    ASSERT_FALSE(response.has_value());
    EXPECT_EQ(response.error().code(), errc::timeout);
    EXPECT_EQ(server.accepted(), 0U);
}

TEST(curl_http_client, a_stop_request_ends_it_at_once) {
    std::promise<void> asked;
    http_server server([&](http_connection& c) {
        c.read_request();
        asked.set_value();
        c.wait_for_close();
    });
    std::stop_source source;
    auto request = get(server.url());
    request.stop = source.get_token();
    auto pending = std::async(std::launch::async, [&] { return send(request); });
    asked.get_future().wait();
    const auto begin = steady_clock::now();
    source.request_stop();
    const auto response = pending.get();
    EXPECT_LT(since(begin), 50ms);
    ASSERT_FALSE(response.has_value());
    EXPECT_EQ(response.error().code(), errc::cancelled);
}

TEST(curl_http_client, a_stop_requested_before_sends_nothing) {
    http_server server([](http_connection& c) { c.answer(200, ""); });
    std::stop_source source;
    source.request_stop();
    auto request = get(server.url());
    request.stop = source.get_token();
    const auto response = send(request);
    ASSERT_FALSE(response.has_value());
    EXPECT_EQ(response.error().code(), errc::cancelled);
    EXPECT_EQ(server.accepted(), 0U);
}

TEST(curl_http_client, an_answer_cut_short_is_an_error) {
    http_server server([](http_connection& c) {
        c.read_request();
        c.send("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf");
    });
    const auto response = send(get(server.url()));
    ASSERT_FALSE(response.has_value());
    EXPECT_EQ(response.error().code(), errc::connection_lost);
}

TEST(curl_http_client, a_connection_closed_without_a_word_is_an_error) {
    http_server server([](http_connection& c) { c.read_request(); });
    const auto response = send(get(server.url()));
    ASSERT_FALSE(response.has_value());
    EXPECT_EQ(response.error().code(), errc::connection_lost);
}

TEST(curl_http_client, takes_a_body_of_the_limit_and_no_byte_more) {
    for (const std::size_t over : {0U, 1U}) {
        http_server server([over](http_connection& c) {
            c.read_request();
            c.answer(200, std::string(http_body_bytes_max + over, 'x'));
        });
        const auto response = send(get(server.url()));
        ASSERT_EQ(response.has_value(), over == 0);
        if (over == 1)
            EXPECT_EQ(response.error().code(), errc::limit_exceeded);
        else
            EXPECT_EQ(response->body.size(), http_body_bytes_max);
    }
}

TEST(curl_http_client, endless_headers_end_at_the_limit) {
    http_server server([](http_connection& c) {
        c.read_request();
        c.send("HTTP/1.1 200 OK\r\n");
        while (c.send("X-Again: and again and again\r\n")) {
        }
    });
    const auto response = send(get(server.url()));
    ASSERT_FALSE(response.has_value());
    EXPECT_EQ(response.error().code(), errc::limit_exceeded);
}

TEST(curl_http_client, a_refused_connection_is_told_as_such) {
    std::uint16_t port = 0;
    {
        port = http_server([](http_connection&) {}).port();
    }
    const auto response = send(get("http://127.0.0.1:" + std::to_string(port) + "/"));
    ASSERT_FALSE(response.has_value());
    EXPECT_EQ(response.error().code(), errc::connect_failed);
}

TEST(curl_http_client, unusable_requests_are_refused_unsent) {
    for (const char* url :
         {"", "ftp://127.0.0.1/", "file:///etc/hostname", "http://user:pass@127.0.0.1/", "http://", "http://a\nb/"}) {
        const auto response = send(get(url));
        ASSERT_FALSE(response.has_value()) << url;
        EXPECT_EQ(response.error().code(), errc::setting_invalid) << url << ": " << response.error().to_string();
        EXPECT_THAT(response.error().detail(), Not(HasSubstr("pass"))) << url;
    }
    http_server server([](http_connection& c) { c.answer(200, ""); });
    auto request = get(server.url());
    request.headers = {{"X-IDENTITY-HEADER", "a\r\nX-Forged: 1"}};
    EXPECT_EQ(send(request).error().code(), errc::setting_invalid);
    EXPECT_EQ(server.accepted(), 0U);
}

TEST(curl_http_client, uses_a_proxy_of_the_environment_only_where_asked) {
    std::promise<std::string> seen;
    http_server proxy([&](http_connection& c) {
        seen.set_value(c.read_request());
        c.answer(200, "by proxy");
    });
    http_server server([](http_connection& c) {
        c.read_request();
        c.answer(200, "direct");
    });
    const environment variables{{"http_proxy", proxy.url()}, {"HTTPS_PROXY", proxy.url()}, {"ALL_PROXY", proxy.url()}};
    EXPECT_EQ(send(get(server.url()), variables).value().body.reveal(), "direct");
    auto request = get(server.url("/x"));
    request.use_proxy = true;
    EXPECT_EQ(send(request, variables).value().body.reveal(), "by proxy");
    EXPECT_THAT(seen.get_future().get(), testing::StartsWith("GET " + server.url("/x") + " HTTP/1.1"));
    auto exempt = variables;
    exempt.emplace("NO_PROXY", "example.org,127.0.0.1");
    EXPECT_EQ(send(request, exempt).value().body.reveal(), "direct");
}

TEST(curl_http_client, upper_case_HTTP_PROXY_is_not_taken) {
    http_server proxy([](http_connection& c) { c.answer(200, "by proxy"); });
    http_server server([](http_connection& c) {
        c.read_request();
        c.answer(200, "direct");
    });
    auto request = get(server.url());
    request.use_proxy = true;
    EXPECT_EQ(send(request, {{"HTTP_PROXY", proxy.url()}}).value().body.reveal(), "direct");
}

TEST(curl_http_client, an_https_request_tunnels_through_the_proxy) {
    std::promise<std::string> seen;
    http_server proxy([&](http_connection& c) {
        seen.set_value(c.read_request());
        c.answer(403, "no");
    });
    auto request = get("https://login.example/tenant");
    request.use_proxy = true;
    request.body = secret_string("client_secret=hunter2");
    EXPECT_FALSE(send(request, {{"https_proxy", proxy.url()}}).has_value());
    const auto text = seen.get_future().get();
    EXPECT_THAT(text, testing::StartsWith("CONNECT login.example:443 HTTP/1.1"));
    EXPECT_THAT(text, Not(HasSubstr("hunter2")));
}

class curl_http_client_tls : public testing::Test {
protected:
    static void greet(http_connection& c) {
        if (!c.read_request().empty()) c.answer(200, "verified");
    }
    test::self_signed certificate_;
    std::shared_ptr<SSL_CTX> context_ = certificate_.server();
};

TEST_F(curl_http_client_tls, trusts_the_bundle_that_the_environment_names) {
    http_server server(greet, context_.get());
    for (const char* name : {"SSL_CERT_FILE", "CURL_CA_BUNDLE"}) {
        const auto response = send(get(server.url()), {{name, certificate_.file()}});
        ASSERT_TRUE(response.has_value()) << response.error().to_string();
        EXPECT_EQ(response->body.reveal(), "verified");
    }
}

TEST_F(curl_http_client_tls, refuses_what_the_system_does_not_trust) {
    http_server server(greet, context_.get());
    const auto response = send(get(server.url()));
    ASSERT_FALSE(response.has_value());
    EXPECT_EQ(response.error().code(), errc::tls_failed) << response.error().to_string();
}

TEST_F(curl_http_client_tls, refuses_a_certificate_for_another_name) {
    const test::self_signed other("other.example");
    const auto context = other.server();
    http_server server(greet, context.get());
    const auto response = send(get(server.url()), {{"SSL_CERT_FILE", other.file()}});
    ASSERT_FALSE(response.has_value());
    EXPECT_EQ(response.error().code(), errc::tls_failed) << response.error().to_string();
}

TEST_F(curl_http_client_tls, trusts_the_certificate_whose_digest_was_named_and_no_other) {
    const auto answer = [](http_connection& c) {
        if (!c.read_request().empty()) c.answer(200, "pinned");
    };
    const test::self_signed elsewhere("another.example"); // neither its name nor its issuer counts
    const auto context = elsewhere.server();
    http_server server(answer, context.get());
    auto request = get(server.url());
    request.pinned_sha1 = elsewhere.sha1();
    const auto good = send(request);
    ASSERT_TRUE(good.has_value()) << good.error().to_string();
    EXPECT_EQ(good->body.reveal(), "pinned");
    request.pinned_sha1 = certificate_.sha1();
    EXPECT_EQ(send(request, {{"CURL_CA_BUNDLE", elsewhere.file()}}).error().code(), errc::tls_failed);
    for (const char* digits : {"abc", "zz00000000000000000000000000000000000000"}) {
        request.pinned_sha1 = digits;
        EXPECT_EQ(send(request).error().code(), errc::setting_invalid);
    }
}

TEST_F(curl_http_client_tls, a_bundle_that_is_not_there_is_an_error_not_the_system_store) {
    http_server server(greet, context_.get());
    const auto response = send(get(server.url()), {{"SSL_CERT_FILE", "/nowhere/ca.pem"}});
    ASSERT_FALSE(response.has_value());
    EXPECT_EQ(response.error().code(), errc::tls_failed) << response.error().to_string();
}

TEST_F(curl_http_client_tls, speaks_tls_1_2_and_nothing_older) {
    const auto context_1_2 = certificate_.server(TLS1_2_VERSION);
    http_server newer(greet, context_1_2.get());
    EXPECT_TRUE(send(get(newer.url()), {{"SSL_CERT_FILE", certificate_.file()}}).has_value());
    const auto context_1_1 = certificate_.server(TLS1_1_VERSION);
    http_server older(greet, context_1_1.get());
    const auto response = send(get(older.url()), {{"SSL_CERT_FILE", certificate_.file()}});
    ASSERT_FALSE(response.has_value());
    EXPECT_EQ(response.error().code(), errc::tls_failed) << response.error().to_string();
}

TEST(curl_http_client, many_threads_share_one_client) {
    http_server server([](http_connection& c) {
        c.read_request();
        c.answer(200, "ok");
    });
    const auto client = make_http_client({});
    std::vector<std::future<bool>> answers;
    for (int i = 0; i < 16; ++i)
        answers.push_back(std::async(std::launch::async, [&] { return client->send(get(server.url())).has_value(); }));
    for (auto& answer : answers) EXPECT_TRUE(answer.get());
}

} // namespace
} // namespace entrada::net
