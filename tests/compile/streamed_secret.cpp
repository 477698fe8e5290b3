// A secret cannot be printed by accident.
// expect: no match for .operator<<|invalid operands|deleted
#include "entrada/secret_string.hpp"

#include <ostream>

void caller(std::ostream& out, const entrada::secret_string& secret) {
#ifdef MUST_NOT_COMPILE
    out << secret;
#else
    out << secret.size();
#endif
}
