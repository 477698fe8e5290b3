// A package of Debian as the package lists describe it: the type that this example caches.
#pragma once

#include <boost/describe/class.hpp>

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace package_cache {

/// One entry of a relation such as Depends: "default-mta | mail-transport-agent".
struct relation {
    std::string package;
    std::optional<std::string> version; ///< ">= 2.36"
    std::vector<relation> alternatives; ///< what does as well
    friend bool operator==(const relation&, const relation&) = default;
};
BOOST_DESCRIBE_STRUCT(relation, (), (package, version, alternatives))

struct package_record {
    std::string key; ///< where it is cached, so that a value can be told from another's
    std::string name;
    std::string version;
    std::string architecture;
    std::optional<std::string> status;
    std::optional<std::string> section;
    std::optional<std::string> priority;
    std::optional<std::string> maintainer;
    std::optional<std::string> homepage;
    std::optional<std::string> sha256;
    std::optional<std::int64_t> installed_kib;
    std::optional<std::int64_t> download_bytes;
    std::vector<relation> depends;
    std::vector<relation> recommends;
    std::vector<relation> provides;
    std::vector<std::string> tags;
    std::vector<std::string> configuration_files;
    std::string description;
    friend bool operator==(const package_record&, const package_record&) = default;
};
BOOST_DESCRIBE_STRUCT(package_record, (),
                      (key, name, version, architecture, status, section, priority, maintainer, homepage, sha256, installed_kib,
                       download_bytes, depends, recommends, provides, tags, configuration_files, description))

} // namespace package_cache
