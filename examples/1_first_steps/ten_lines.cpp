#include <entrada/entrada.hpp>
#include <iostream>

struct person { std::string name; int age; };
BOOST_DESCRIBE_STRUCT(person, (), (name, age))

int main() {
    using namespace std::chrono_literals;
    entrada::cache cache{entrada::settings::from_file("appsettings.json")};
    cache.set("person:1", person{"Ada", 36}, 10min);
    std::optional<person> ada = cache.get<person>("person:1");
    std::cout << ada->name << " is " << ada->age << '\n';
}
