// A type that the cache does not know must be refused with a sentence that says what to do.
// expect: this type cannot be stored in the cache\. Describe it with BOOST_DESCRIBE_STRUCT
#include "entrada/cache.hpp"

#include <boost/describe/class.hpp>

struct point {
    int x = 0;
    int y = 0;
};
#ifndef MUST_NOT_COMPILE
BOOST_DESCRIBE_STRUCT(point, (), (x, y))
#endif

struct line {
    point from;
    std::optional<point> to;
};
BOOST_DESCRIBE_STRUCT(line, (), (from, to))

void store(entrada::cache& cache, const line& value) { cache.set("line", value, std::chrono::minutes(10)); }
std::optional<line> load(entrada::cache& cache) { return cache.get<line>("line"); }
