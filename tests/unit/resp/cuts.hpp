// Ways to cut bytes into pieces.
// Room: tests of resp.
#pragma once

#include <cstddef>
#include <functional>
#include <random>
#include <vector>

namespace entrada::resp {

/// Ascending places to cut at; equal ones give empty pieces.
using cuts = std::vector<std::size_t>;
using cut_test = std::function<void(const cuts&)>;

/// Every way to cut `size` bytes: 2^(size-1) calls.
void for_all_cuttings(std::size_t size, const cut_test& test);

/// No cut, each single cut, all pairs of cuts, and a cut after every byte.
void for_all_pairs_of_cuts(std::size_t size, const cut_test& test);

/// `rounds` random sets of cuts: few, some and many.
void for_random_cuts(std::size_t size, unsigned rounds, std::mt19937& random, const cut_test& test);

} // namespace entrada::resp
