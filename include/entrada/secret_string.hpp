// Text that must not be seen: tokens, passwords, assertions.
// Room: base.
#pragma once

#include <string>
#include <string_view>

namespace entrada {

/// Holds a secret; wipes its memory when it goes; cannot be streamed, formatted or compared with `==`.
///
/// Thread safety: as a `std::string`.
class secret_string {
public:
    secret_string() = default;
    explicit secret_string(std::string_view text);
    secret_string(const secret_string& other);
    secret_string(secret_string&& other) noexcept;
    secret_string& operator=(const secret_string& other);
    secret_string& operator=(secret_string&& other) noexcept;
    ~secret_string();

    /// The one door to the text. What is read here must not reach a log, an error, argv or an environment.
    [[nodiscard]] std::string_view reveal() const noexcept { return text_; }
    [[nodiscard]] bool empty() const noexcept { return text_.empty(); }
    [[nodiscard]] std::size_t size() const noexcept { return text_.size(); }

private:
    void wipe() noexcept;
    std::string text_;
};

/// Compares in constant time for equal lengths.
[[nodiscard]] bool same_secret(const secret_string& left, const secret_string& right) noexcept;

/// Overwrites memory in a way the compiler keeps.
void wipe_memory(void* data, std::size_t size) noexcept;

} // namespace entrada
