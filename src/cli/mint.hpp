// Challenges that devices must know.
#pragma once

#include "core/base/random.hpp"
#include "core/base/secret.hpp"

namespace scep::cli {

// 27 letters and digits, drawn evenly: 160 bits, and safe in a PrintableString (SECURITY rule S14).
SecretBytes mint_challenge(Random& random);

}  // namespace scep::cli
