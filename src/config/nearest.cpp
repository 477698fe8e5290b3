#include "config/nearest.hpp"

#include "base/text.hpp"

#include <algorithm>
#include <numeric>
#include <vector>

namespace entrada::config {
namespace {

// Edits (insert, delete, replace) that make one word from the other, or `enough` if they are that many or more; one row of the
// table at a time. No row is below the smallest of the one before, so words that differ are given up early.
std::size_t distance(std::string_view left, std::string_view right, std::size_t enough) {
    const std::size_t difference = std::max(left.size(), right.size()) - std::min(left.size(), right.size());
    if (difference >= enough) return enough; // also what keeps a hostile file from costing time
    std::vector<std::size_t> row(right.size() + 1);
    std::iota(row.begin(), row.end(), std::size_t{0});
    for (std::size_t i = 0; i < left.size(); ++i) {
        std::size_t diagonal = row[0];
        std::size_t smallest = row[0] = i + 1;
        for (std::size_t j = 0; j < right.size(); ++j) {
            const std::size_t replaced = diagonal + (base::to_lower(left[i]) == base::to_lower(right[j]) ? 0 : 1);
            diagonal = row[j + 1];
            row[j + 1] = std::min({replaced, row[j] + 1, diagonal + 1});
            smallest = std::min(smallest, row[j + 1]);
        }
        if (smallest >= enough) return enough;
    }
    return row.back();
}

} // namespace

std::string_view nearest(std::string_view word, std::span<const std::string_view> known) {
    std::string_view best;
    std::size_t best_distance = std::max<std::size_t>(2, word.size() / 3) + 1;
    for (const auto candidate : known) {
        const auto edits = distance(word, candidate, best_distance);
        if (edits >= best_distance || edits >= candidate.size()) continue;
        best = candidate;
        best_distance = edits;
    }
    return best;
}

std::string suggestion(std::string_view word, std::span<const std::string_view> known) {
    const auto guess = nearest(word, known);
    return guess.empty() ? std::string() : "; did you mean " + std::string(guess) + "?";
}

} // namespace entrada::config
