#include "entrada/detail/prepared.hpp"

#include <charconv>
#include <cstring>

namespace entrada::detail {
namespace {

constexpr std::size_t digits_of(std::size_t number) noexcept {
    std::size_t digits = 1;
    while (number >= 10) {
        number /= 10;
        ++digits;
    }
    return digits;
}

char* put(char* out, std::string_view bytes) noexcept {
    std::memcpy(out, bytes.data(), bytes.size());
    return out + bytes.size();
}

char* put_head(char* out, char type, std::size_t number) noexcept {
    *out++ = type;
    out = std::to_chars(out, out + 20, number).ptr;
    return put(out, "\r\n");
}

} // namespace

prepared::prepared(failure refused) : prepared(0, 0) { head_->refused = std::make_unique<failure>(std::move(refused)); }

void prepared::end(head* last) noexcept {
    const std::size_t size = last->size;
    last->~head();
    operation_memory::free(last, block_bytes(size));
}

prepared encode(std::initializer_list<std::string_view> words) {
    std::size_t size = 3 + digits_of(words.size());
    for (const std::string_view word : words) size += 5 + digits_of(word.size()) + word.size();
    prepared bytes(size);
    char* out = put_head(bytes.data(), '*', words.size());
    for (const std::string_view word : words) {
        out = put_head(out, '$', word.size());
        if (!word.empty()) out = put(out, word);
        out = put(out, "\r\n");
    }
    return bytes;
}

prepared encode_get(std::string_view key) {
    constexpr std::string_view head = "*2\r\n$3\r\nGET\r\n";
    prepared bytes(head.size() + 1 + digits_of(key.size()) + 2 + key.size() + 2);
    char* out = put_head(put(bytes.data(), head), '$', key.size());
    if (!key.empty()) out = put(out, key);
    put(out, "\r\n");
    return bytes;
}

} // namespace entrada::detail
