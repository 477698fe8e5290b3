// A folder that a test fills, and that goes with it.
// Room: tests.
#pragma once

#include <stdlib.h> // mkdtemp

#include <filesystem>
#include <fstream>
#include <stdexcept>
#include <string>
#include <string_view>

namespace entrada::test {

class temp_directory {
public:
    temp_directory() {
        if (::mkdtemp(root_.data()) == nullptr) throw std::runtime_error("no temporary directory");
    }
    ~temp_directory() {
        std::error_code ignored;
        std::filesystem::remove_all(root_, ignored);
    }
    temp_directory(const temp_directory&) = delete;
    temp_directory& operator=(const temp_directory&) = delete;

    [[nodiscard]] const std::string& root() const { return root_; }
    [[nodiscard]] std::string path(const std::string& name) const { return root_ + "/" + name; }
    void write(const std::string& name, std::string_view content) const {
        std::ofstream(path(name), std::ios::binary) << content;
    }
    /// A program that a shell runs.
    void write_script(const std::string& name, const std::string& text) const {
        write(name, "#!/bin/sh\n" + text);
        std::filesystem::permissions(path(name), std::filesystem::perms::owner_all);
    }

private:
    std::string root_ = "/tmp/entrada-test-XXXXXX";
};

} // namespace entrada::test
