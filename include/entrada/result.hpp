// A value or a failure.
// Room: base.
#pragma once

#include "entrada/failure.hpp"

#include <boost/system/result.hpp>

namespace entrada {

/// Either a `T` or a `failure`; `.value()` throws `failure_error`. Dropping one is a compiler warning.
template <class T>
class [[nodiscard]] result : public boost::system::result<T, failure> {
public:
    using boost::system::result<T, failure>::result;
};

} // namespace entrada
