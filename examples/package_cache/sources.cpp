#include "package_cache/sources.hpp"

#include "package_cache/deb822.hpp"

#include <algorithm>
#include <cstdio>
#include <fstream>
#include <iterator>
#include <memory>
#include <unordered_set>

namespace package_cache {
namespace {

namespace fs = std::filesystem;

constexpr const char* apt_helper = "/usr/lib/apt/apt-helper";

bool is_compressed(const fs::path& file) {
    const auto extension = file.extension();
    return extension == ".lz4" || extension == ".gz" || extension == ".xz" || extension == ".zst";
}

bool is_package_list(const fs::path& file) {
    const auto name = is_compressed(file) ? file.stem().string() : file.filename().string();
    return name.ends_with("_Packages");
}

std::string read_plain(const fs::path& file) {
    std::ifstream in(file, std::ios::binary);
    return {std::istreambuf_iterator<char>(in), {}};
}

std::string read_through_apt(const fs::path& file) {
    if (file.string().find('\'') != std::string::npos) return {};
    const std::string command = std::string(apt_helper) + " cat-file '" + file.string() + "'";
    const std::unique_ptr<FILE, int (*)(FILE*)> pipe(popen(command.c_str(), "r"), &pclose);
    std::string text;
    char block[65536];
    while (pipe) {
        const std::size_t size = std::fread(block, 1, sizeof block, pipe.get());
        if (size == 0) break;
        text.append(block, size);
    }
    return text;
}

/// Keeps `kept` at the front and of the others so many, evenly spread, that `size_max` remain.
void thin_out(std::vector<package_record>& all, std::size_t kept, std::size_t size_max) {
    if (all.size() <= size_max) return;
    kept = std::min(kept, size_max);
    const std::size_t others = all.size() - kept;
    const std::size_t wanted = size_max - kept;
    for (std::size_t i = 0; i < wanted; ++i) {
        const std::size_t from = kept + i * others / wanted;
        if (from != kept + i) all[kept + i] = std::move(all[from]);
    }
    all.resize(size_max);
}

} // namespace

std::vector<fs::path> package_lists_of_this_machine() {
    std::vector<fs::path> files;
    std::error_code ignored; // a machine without apt has no such folder
    for (const auto& entry : fs::directory_iterator("/var/lib/apt/lists", ignored))
        if (is_package_list(entry.path()) && (!is_compressed(entry.path()) || fs::exists(apt_helper)))
            files.push_back(entry.path());
    std::sort(files.begin(), files.end());
    if (const fs::path status = "/var/lib/dpkg/status"; fs::exists(status, ignored)) files.insert(files.begin(), status);
    return files;
}

std::vector<package_record> load_records(const std::vector<fs::path>& files, std::size_t records_max) {
    std::vector<package_record> all;
    std::unordered_set<std::string> keys;
    std::size_t first_file = 0;
    for (const fs::path& file : files) {
        for (package_record& record : parse_packages(is_compressed(file) ? read_through_apt(file) : read_plain(file)))
            if (keys.insert(record.key).second) all.push_back(std::move(record));
        if (&file == &files.front()) first_file = all.size();
    }
    thin_out(all, first_file, records_max);
    return all;
}

} // namespace package_cache
