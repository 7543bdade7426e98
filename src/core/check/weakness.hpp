// Signatures on certificates that clients no longer take.
#pragma once

#include <optional>
#include <string>

#include "core/x509/certificate.hpp"

namespace scep::check {

// "is signed with SHA-1 ..."; nullopt when the digest is of the SHA-2 family.
std::optional<std::string> weak_signature(const x509::Certificate& certificate);

}  // namespace scep::check
