// A secret is compared in constant time or not at all.
// expect: no match for .operator==|invalid operands|deleted
#include "entrada/secret_string.hpp"

bool caller(const entrada::secret_string& left, const entrada::secret_string& right) {
#ifdef MUST_NOT_COMPILE
    return left == right;
#else
    return entrada::same_secret(left, right);
#endif
}
