#include "config/assemble.hpp"

#include <boost/asio/ip/address.hpp>
#include <boost/json.hpp>
#include <gmock/gmock.h>

#include <fstream>
#include <map>
#include <sstream>

namespace entrada::config {
namespace {

using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

boost::json::array recorded_cases() {
    std::ifstream file(ENTRADA_SOURCE_DIR "/tests/fixtures/stackexchange-connection-strings.json");
    std::stringstream text;
    text << file.rdbuf();
    return boost::json::parse(text.str()).at("cases").as_array();
}

// As .NET prints an endpoint.
std::string dotnet_form(const endpoint& place) {
    if (!place.unix_socket.empty()) return place.unix_socket;
    boost::system::error_code no;
    const auto address = boost::asio::ip::make_address(place.host.c_str(), no);
    const auto port = ":" + std::to_string(place.port);
    if (no) return "Unspecified/" + place.host + port;
    return (address.is_v6() ? "[" + place.host + "]" : place.host) + port;
}

std::vector<std::string> dotnet_forms(const std::vector<endpoint>& places) {
    std::vector<std::string> forms;
    for (const auto& place : places) forms.push_back(dotnet_form(place));
    return forms;
}

// What a text becomes, as text: read and made settings of, with warnings, or the error.
std::string all_that_is_said(const std::string& text) {
    const auto parsed = parse_connection_string(text);
    if (!parsed) return parsed.error().to_string();
    settings made;
    const auto applied = apply_connection_string(made, *parsed);
    return parsed->to_string() + testing::PrintToString(made.warnings)
           + (applied ? made.to_string() : applied.error().to_string());
}

// Where we print something else than StackExchange.Redis, and why.
const std::map<std::string, std::string> other_print{
    {"fe80::1%eth0", "fe80::1%eth0"},                   // .NET prints the number of the interface, which differs by machine
    {"host,$NOSUCH=x", "host,$NOSUCH=X"},               // .NET drops commands it does not know in silence
    {"host,password=a,b", "host,*****,password=*****"}, // b may be the rest of the password
    {"redis://host:6379", "redis://*****"},
    {"rediss://user:pw@host:6380/2", "rediss://*****"}, // .NET prints the password in the URL
};

// Endpoints that we keep as something else, and why.
const std::map<std::string, std::vector<std::string>> other_endpoints{
    {"fe80::1%eth0", {"[fe80::1%eth0]:0"}},
    {"host,password=a,b", {"Unspecified/host:0", "Unspecified/*****:0"}},
    {"redis://host:6379", {"Unspecified/redis://*****:0"}}, // with a comma in its password there is no telling where that ends
    {"rediss://user:pw@host:6380/2", {"Unspecified/rediss://*****:0"}},
};

// What the settings refuse although StackExchange.Redis takes it, and the code.
const std::map<std::string, errc> refused_here{
    {"host,connectTimeout=-1", errc::setting_invalid}, // waits for ever; every wait has an end here
    {"host,connectTimeout=0", errc::setting_invalid},
    {",", errc::setting_missing}, // .NET makes options without an endpoint and fails later
    {"unix:/tmp/x.sock", errc::setting_missing},
    {"host:abc", errc::setting_missing},
    {"redis://host:6379", errc::setting_invalid}, // .NET looks up the URL as a host name
    {"rediss://user:pw@host:6380/2", errc::setting_invalid},
    {":6379", errc::setting_invalid}, // .NET looks these up as host names
    {"host:6379:1", errc::setting_invalid},
    {"mycache.redis.cache.windows.net:6379,ssl=false", errc::setting_invalid}, // no password: Entra, which needs TLS
};

TEST(connection_string, is_read_as_stackexchange_redis_reads_it) {
    const auto cases = recorded_cases();
    ASSERT_EQ(cases.size(), 101u);
    for (const auto& recorded : cases) {
        const std::string input(recorded.at("input").as_string());
        SCOPED_TRACE(input);
        const auto parsed = parse_connection_string(input);
        ASSERT_EQ(parsed.has_value(), recorded.at("error").is_null());
        if (!parsed) continue;
        const auto kept = other_endpoints.find(input);
        EXPECT_EQ(dotnet_forms(parsed->endpoints),
                  kept != other_endpoints.end() ? kept->second
                                                : boost::json::value_to<std::vector<std::string>>(recorded.at("endpoints")));
        const auto other = other_print.find(input);
        EXPECT_EQ(parsed->to_string(),
                  other != other_print.end() ? other->second : std::string(recorded.at("to_string_masked").as_string()));
    }
}

TEST(connection_string, an_error_names_the_keyword_that_stackexchange_redis_names) {
    int errors = 0;
    for (const auto& recorded : recorded_cases()) {
        if (recorded.at("error").is_null()) continue;
        const std::string error(recorded.at("error").as_string());
        const auto parsed = parse_connection_string(std::string(recorded.at("input").as_string()));
        ASSERT_FALSE(parsed.has_value()) << error;
        const auto quoted = error.find("Keyword '");
        if (quoted == std::string::npos) continue;
        const auto start = quoted + 9;
        EXPECT_THAT(parsed.error().detail(), HasSubstr(error.substr(start, error.find('\'', start) - start)));
        ++errors;
    }
    EXPECT_GT(errors, 10);
}

TEST(connection_string, becomes_settings_or_is_refused_for_a_reason) {
    for (const auto& recorded : recorded_cases()) {
        if (!recorded.at("error").is_null()) continue;
        const std::string input(recorded.at("input").as_string());
        SCOPED_TRACE(input);
        const auto refused = refused_here.find(input);
        try {
            const auto made = settings::from_connection_string(input);
            EXPECT_EQ(refused, refused_here.end()) << "expected to be refused";
            EXPECT_FALSE(made.host.empty() && made.unix_socket.empty());
        } catch (const failure_error& error) {
            ASSERT_NE(refused, refused_here.end()) << error.what();
            EXPECT_EQ(error.code(), refused->second) << error.what();
        }
    }
}

TEST(connection_string, warns_of_what_stackexchange_redis_drops_in_silence) {
    const auto warnings = [](std::string_view text) { return parse_connection_string(text).value().warnings; };
    EXPECT_THAT(warnings("host,other:abc"), ElementsAre(HasSubstr("'other:abc' has no usable port")));
    EXPECT_THAT(warnings("host,password=a,b"), ElementsAre(HasSubstr("a password with a comma cannot be written")));
    EXPECT_THAT(warnings("host,other:6379,password=a=b=="), IsEmpty());
}

TEST(connection_string, never_shows_a_password_or_what_may_be_its_rest) {
    for (const std::string text :
         {"host,password=se,cret", "host,password=se,cret=x", "host,password=se,cret:x", "host,password=ab,cd,secret:x",
          "host,password=ab,cd,secret=x", "host,password=ab,cd,secret:12", "host,password=ab,cd,$secret=x",
          "host,password=ab,$x=secret", "host,password=ab,ssl=secret", "host,password=ab,redis://secret"}) {
        SCOPED_TRACE(text);
        EXPECT_THAT(all_that_is_said(text), Not(HasSubstr("cret")));
    }
}

TEST(connection_string, never_shows_the_login_in_front_of_a_host) {
    for (const std::string text :
         {"rediss://u:secret@h:1", "rediss://secret@h", "rediss://:secret=@h:1", "rediss://u:se,cret@h:1",
          "rediss://u:se,cret=x@h:1", "rediss://u:se,$cret=x@h:1", "rediss://u:se@cret@h:1", "u:secret@h:1", "u:secret@h",
          "u:secret=@h:1", "u:x@secret:70000", "h,rediss://u:se,cret@h:1", "h,rediss://u:secret@h:1", "h,u:secret@h"}) {
        SCOPED_TRACE(text);
        EXPECT_THAT(all_that_is_said(text), Not(HasSubstr("cret")));
    }
    EXPECT_THAT(all_that_is_said("rediss://:c2VjcmV0=@h:1"), HasSubstr("may hold a password"));
    EXPECT_THAT(all_that_is_said("redis://h"), HasSubstr("starts with a URL"));
    EXPECT_EQ(parse_connection_string("!@abstract").value().to_string(), "!@abstract"); // a socket, no login
}

TEST(connection_string, reads_what_it_prints_as_the_same) {
    for (const std::string text :
         {"h,$GET=x,password=p", "h,password=a,b,c", "h,password=a,$GET=x", "h,sentinelPassword=a,name=n,$GET=x",
          "redis://u:p@h,name=n,b,$GET=x", "redis://h,redis://i:1,b", "u:p@h,*****,name=n,c", "=h:1,password=p,name=n,$=x",
          "[::1% ]", "[::1%a b]:5", "[fe80::1%eth0]:5", "a :5,:6,!:7", "*****,password=*****,b,$GET=x"}) {
        SCOPED_TRACE(text);
        const auto read = parse_connection_string(text).value();
        const auto again = parse_connection_string(read.to_string()).value();
        EXPECT_EQ(again.to_string(), read.to_string());
        EXPECT_EQ(again.endpoints, read.endpoints);
        EXPECT_EQ(again.commands, read.commands);
    }
    EXPECT_EQ(parse_connection_string("h,password=*****,$GET=x").value().to_string(), "h,password=*****,$GET=X");
}

TEST(connection_string, takes_the_time_of_its_length) {
    std::string text = "h0";
    for (int i = 1; i < 200'000; ++i) text += ",h" + std::to_string(i);
    EXPECT_EQ(parse_connection_string(text).value().endpoints.size(), 200'000u); // a comparison of all with all takes minutes
}

TEST(connection_string, guesses_what_an_unknown_key_was_meant_to_be) {
    EXPECT_THAT(parse_connection_string("host,pasword=x").error().detail(), HasSubstr("did you mean password?"));
    EXPECT_THAT(parse_connection_string("host,quite=x").error().detail(), Not(HasSubstr("did you mean")));
    EXPECT_THAT(parse_connection_string("host;password=x").error().detail(), HasSubstr("separated by commas"));
}

TEST(connection_string, keeps_the_last_of_two_values_and_the_first_of_two_endpoints) {
    const auto parsed = parse_connection_string("A:1,a:1,b,name=x,NAME=y").value();
    EXPECT_THAT(dotnet_forms(parsed.endpoints), ElementsAre("Unspecified/A:1", "Unspecified/b:0"));
    ASSERT_NE(parsed.find("name"), nullptr);
    EXPECT_EQ(*parsed.find("name"), "y");
}

} // namespace
} // namespace entrada::config
