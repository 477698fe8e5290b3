// Room: tests.
#include "support/emulator_server.hpp"

#include "net/http_client.hpp"
#include "support/programs.hpp"

#include <boost/json/array.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>

#include <stdexcept>

namespace entrada::test {
namespace {

using namespace std::chrono_literals;

emulator::child_process start(std::vector<std::string> options) {
    emulator::child_options child;
    child.argv = {ENTRADA_PROGRAM, "emulator", "--json"};
    child.argv.insert(child.argv.end(), options.begin(), options.end());
    child.out = emulator::child_stream::pipe;
    return emulator::child_process::start(child).value();
}

} // namespace

emulator_server::emulator_server(std::vector<std::string> options) : process_(start(std::move(options))) {
    const auto line = process_.read_line(within(20s));
    if (!line) throw std::runtime_error("the emulator was not ready in time, or ended; its stderr says more");
    line_ = boost::json::parse(*line).as_object();
}

std::uint16_t emulator_server::redis_port() const { return line_.at("redis").at("port").to_number<std::uint16_t>(); }

std::string emulator_server::text(std::string_view name) const {
    return std::string(std::string_view(line_.at(name).as_string()));
}

environment emulator_server::variables() const {
    environment all;
    const environment ours = process_environment();
    for (const char* name : {"PATH", "HOME"})
        if (const auto found = ours.find(name); found != ours.end()) all.insert(*found);
    for (const auto& [name, value] : line_.at("environment").as_object())
        all[std::string(name)] = std::string_view(value.as_string());
    if (const std::string tools = text("tools"); !tools.empty()) all["PATH"] = tools + ":" + all["PATH"];
    return all;
}

std::string emulator_server::user() const {
    return std::string(std::string_view(line_.at("identities").at(0).at("object_id").as_string()));
}

std::string emulator_server::token(std::string_view kind) const {
    const auto answer = send("POST", "/admin/token?kind=" + std::string(kind));
    return std::string(std::string_view(answer.at("access_token").as_string()));
}

void emulator_server::set_identity(std::string_view state) const {
    (void)send("POST", "/admin/identity?state=" + std::string(state));
}
void emulator_server::set_redis(std::string_view state) const { (void)send("POST", "/admin/redis?state=" + std::string(state)); }
boost::json::object emulator_server::health() const { return send("GET", "/health"); }
void emulator_server::set_fault(std::string_view source, std::string_view fault, std::string_view value,
                                std::optional<unsigned> times) const {
    boost::json::object body{{"source", source}, {"fault", fault}, {"value", value}};
    if (times) body["times"] = *times;
    (void)send("POST", "/admin/faults", boost::json::serialize(body));
}
void emulator_server::clear_faults() const { (void)send("DELETE", "/admin/faults"); }
std::vector<std::string> emulator_server::faults_of(std::string_view source) const {
    std::vector<std::string> names;
    const auto report = send("GET", "/admin/faults");
    for (const auto& [name, effect] : report.at("known").at(source).as_object()) names.emplace_back(name);
    return names;
}
void emulator_server::rotate_federated_token() const { (void)send("POST", "/admin/federated-token"); }

boost::json::object emulator_server::send(std::string_view method, std::string_view path, std::string_view body) const {
    net::http_request request;
    request.method = method;
    request.url = "http://127.0.0.1:" + std::to_string(line_.at("admin_port").to_number<int>()) + std::string(path);
    request.body = secret_string(body);
    const auto answer = net::make_http_client({})->send(request).value();
    if (answer.status != 200 && path != "/health")
        throw std::runtime_error("the emulator answered " + std::to_string(answer.status) + " to " + std::string(path) + ": "
                                 + std::string(answer.body.reveal()));
    return boost::json::parse(answer.body.reveal()).as_object();
}

} // namespace entrada::test
