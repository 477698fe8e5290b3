// Where the records come from: this machine's own package database.
#pragma once

#include "package_cache/package_record.hpp"

#include <cstddef>
#include <filesystem>

namespace package_cache {

/// dpkg's status file and apt's package lists, those that exist here.
[[nodiscard]] std::vector<std::filesystem::path> package_lists_of_this_machine();

/// The records of all files, each key once, the first one wins. Of more than `records_max` the first file's are kept, and of the
/// rest an evenly spread choice. Compressed lists are read through apt's own helper.
[[nodiscard]] std::vector<package_record> load_records(const std::vector<std::filesystem::path>& files, std::size_t records_max);

} // namespace package_cache
