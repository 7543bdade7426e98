// How a client made its transactionID, and which family of clients does it so. Used inside this
// room only.
#pragma once

#include <optional>
#include <string>

#include "core/crypto/keys.hpp"

namespace scep::inspect {

// With the key whose hash it may be, computed; else by its looks alone. Empty when it is none that
// is known.
//
//   "upper-case hex MD5 of the key: sscep, FortiGate, Cisco IOS"
std::string transaction_form(std::string_view transaction_id,
                             const std::optional<crypto::PublicKey>& key);

}  // namespace scep::inspect
