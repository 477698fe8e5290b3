// Keys and certificates out of PEM and PKCS#12.
// Room: identity.
#pragma once

#include "entrada/secret_string.hpp"

#include <openssl/evp.h>
#include <openssl/x509.h>

#include <memory>
#include <string>
#include <variant>
#include <vector>

namespace entrada::identity {

using key_pointer = std::shared_ptr<EVP_PKEY>;
using certificate_pointer = std::shared_ptr<X509>;

/// All that a file holds, in its order.
struct key_store {
    std::vector<key_pointer> keys;
    std::vector<certificate_pointer> certificates;
};

/// Or what is wrong, in words that hold nothing of the content.
[[nodiscard]] std::variant<key_store, std::string> read_pem(const secret_string& content, const secret_string& password);
[[nodiscard]] std::variant<key_store, std::string> read_pkcs12(const secret_string& content, const secret_string& password);

} // namespace entrada::identity
