// Room: emulator.
#include "emulator/ca_bundle.hpp"

#include <openssl/x509.h>

#include <fstream>
#include <iterator>

namespace entrada::emulator {

std::string system_ca_bundle(const environment& variables) {
    const std::string chosen(variable(variables, "SSL_CERT_FILE"));
    for (const std::string& file :
         {chosen, std::string("/etc/ssl/certs/ca-certificates.crt"), std::string("/etc/pki/tls/certs/ca-bundle.crt"),
          std::string("/etc/ssl/cert.pem"), std::string(X509_get_default_cert_file())}) {
        std::ifstream in(file, std::ios::binary);
        std::string text{std::istreambuf_iterator<char>(in), {}};
        if (text.empty()) continue;
        if (text.back() != '\n') text += '\n';
        return text;
    }
    return {};
}

} // namespace entrada::emulator
