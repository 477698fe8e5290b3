// The same for a result that was awaited. GCC 12 says nothing here, which is why a build with Clang decides.
// expect: unused-result
#include "entrada/async_client.hpp"

#include <boost/asio/awaitable.hpp>
#include <boost/asio/deferred.hpp>

boost::asio::awaitable<void> caller(entrada::async_client client) {
#ifdef MUST_NOT_COMPILE
    co_await client.get("key");
#else
    const auto found = co_await client.get("key");
    if (!found) co_return;
#endif
}
