// What the main job takes on its command line.
#pragma once

#include <cstdint>
#include <filesystem>
#include <vector>

namespace CLI {
class App;
}

namespace package_cache {

struct workload_shape {
    std::size_t threads = 64;
    std::size_t coroutines = 512;
};

struct options {
    workload_shape shape;
    double seconds = 45;
    std::uint64_t turns = 0;
    std::size_t records_max = 20'000;
    std::vector<std::filesystem::path> files;
    std::filesystem::path summary;
};

/// A value that makes no sense is a `CLI::ParseError` when `app` parses.
void declare(CLI::App& app, options& how);

} // namespace package_cache
