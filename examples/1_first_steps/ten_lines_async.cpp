#include <entrada/entrada.hpp>
#include <boost/asio.hpp>
#include <iostream>

struct person { std::string name; int age; };
BOOST_DESCRIBE_STRUCT(person, (), (name, age))

boost::asio::awaitable<void> first_steps(entrada::async_cache cache) {
    using namespace std::chrono_literals;
    const person ada{"Ada", 36};
    co_await cache.set("person:1", ada, 10min);
    std::optional<person> found = co_await cache.get<person>("person:1");
    std::cout << found->name << " is " << found->age << '\n';
}

int main() {
    entrada::async_cache cache{entrada::settings::from_file("appsettings.json")};
    boost::asio::io_context context;
    boost::asio::co_spawn(context, first_steps(cache), [](std::exception_ptr error) { if (error) std::rethrow_exception(error); });
    context.run();
}
