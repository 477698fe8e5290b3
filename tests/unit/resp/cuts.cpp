// Ways to cut bytes into pieces.
// Room: tests of resp.
#include "cuts.hpp"

#include <algorithm>
#include <numeric>

namespace entrada::resp {

void for_all_cuttings(std::size_t size, const cut_test& test) {
    const std::size_t places = size == 0 ? 0 : size - 1;
    for (std::size_t set = 0; set < (std::size_t{1} << places); ++set) {
        cuts where;
        for (std::size_t place = 0; place < places; ++place)
            if ((set >> place) & 1) where.push_back(place + 1);
        test(where);
    }
}

void for_all_pairs_of_cuts(std::size_t size, const cut_test& test) {
    test({});
    for (std::size_t first = 1; first < size; ++first) {
        for (std::size_t second = first; second < size; ++second) test({first, second});
    }
    cuts everywhere(size == 0 ? 0 : size - 1);
    std::iota(everywhere.begin(), everywhere.end(), std::size_t{1});
    test(everywhere);
}

void for_random_cuts(std::size_t size, unsigned rounds, std::mt19937& random, const cut_test& test) {
    for (unsigned round = 0; round < rounds; ++round) {
        const std::size_t counts[] = {1, 8, size / 4 + 1};
        cuts where(counts[round % std::size(counts)]);
        for (std::size_t& cut : where) cut = std::uniform_int_distribution<std::size_t>(0, size)(random);
        std::ranges::sort(where);
        test(where);
    }
}

} // namespace entrada::resp
