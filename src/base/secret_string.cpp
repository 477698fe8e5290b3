#include "entrada/secret_string.hpp"

#include <openssl/crypto.h>

#include <utility>

namespace entrada {

void wipe_memory(void* data, std::size_t size) noexcept { OPENSSL_cleanse(data, size); }

secret_string::secret_string(std::string_view text) : text_(text) {}
secret_string::secret_string(const secret_string& other) = default;

secret_string::secret_string(secret_string&& other) noexcept : text_(std::move(other.text_)) { other.wipe(); }

secret_string& secret_string::operator=(const secret_string& other) {
    if (this != &other) {
        wipe();
        text_ = other.text_;
    }
    return *this;
}

secret_string& secret_string::operator=(secret_string&& other) noexcept {
    if (this != &other) {
        wipe();
        text_ = std::move(other.text_);
        other.wipe();
    }
    return *this;
}

secret_string::~secret_string() { wipe(); }

void secret_string::wipe() noexcept {
    text_.resize(text_.capacity()); // the small-string buffer and freed tails hold bytes too
    wipe_memory(text_.data(), text_.size());
    text_.clear();
}

bool same_secret(const secret_string& left, const secret_string& right) noexcept {
    return left.size() == right.size() && CRYPTO_memcmp(left.reveal().data(), right.reveal().data(), left.size()) == 0;
}

} // namespace entrada
