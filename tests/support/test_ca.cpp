// Room: tests.
#include "support/test_ca.hpp"

namespace entrada::test {
namespace {

emulator::certificate_spec localhost() {
    emulator::certificate_spec spec;
    spec.common_name = "localhost";
    spec.dns_names = {"localhost"};
    spec.ip_addresses = {"127.0.0.1", "::1"};
    return spec;
}

} // namespace

test_ca::test_ca()
    : directory_(emulator::temporary_directory::create("entrada-test-ca-").value()),
      authority_(emulator::certificate_authority::create("Entrada test authority").value()) {
    emulator::write_file(ca_file(), authority_.certificate_pem()).value();
}

server_files test_ca::good() const { return issue("good", localhost()); }

server_files test_ca::wrong_host() const {
    emulator::certificate_spec spec;
    spec.common_name = "wrong.example";
    spec.dns_names = {"wrong.example"};
    return issue("wrong_host", spec);
}

server_files test_ca::expired() const {
    emulator::certificate_spec spec = localhost();
    spec.valid_from -= std::chrono::hours(24 * 10);
    spec.valid_until = std::chrono::system_clock::now() - std::chrono::hours(24);
    return issue("expired", spec);
}

server_files test_ca::not_yet_valid() const {
    emulator::certificate_spec spec = localhost();
    spec.valid_from = std::chrono::system_clock::now() + std::chrono::hours(24);
    return issue("not_yet_valid", spec);
}

server_files test_ca::issue(const std::string& file_name, const emulator::certificate_spec& spec) const {
    const emulator::certified_key made = authority_.issue(spec).value();
    const server_files files{directory_.path() / (file_name + ".pem"), directory_.path() / (file_name + ".key")};
    emulator::write_file(files.certificate, made.certificate_pem).value();
    emulator::write_file(files.key, made.key_pem.reveal(), true).value();
    return files;
}

} // namespace entrada::test
