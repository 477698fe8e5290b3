// A result that nobody looks at is an error that nobody sees.
// expect: unused-result|nodiscard
#include "entrada/result.hpp"

entrada::result<int> answer();

void caller() {
#ifdef MUST_NOT_COMPILE
    answer();
#else
    if (answer().has_value()) return;
#endif
}
