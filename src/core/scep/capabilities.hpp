// GetCACaps (RFC 8894 section 3.5).
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "core/base/bytes.hpp"
#include "core/crypto/algorithms.hpp"

namespace scep {

struct Capabilities {
    bool post_pki_operation = false, sha1 = false, sha256 = false, sha384 = false, sha512 = false;
    bool aes = false, des3 = false, scep_standard = false, renewal = false,
         get_next_ca_cert = false;
    std::vector<std::string> unknown{};

    bool post() const noexcept { return post_pki_operation || scep_standard; }
};

// Client side: any line ends, any case, blanks trimmed, unknown keywords kept. An empty body is no
// capabilities. Bodies that are not a list (HTML) give none and land in `unknown`.
Capabilities parse_capabilities(Bytes body);

// Server side, in the order of the interface, LF line ends.
std::string write_capabilities(const Capabilities& capabilities);

}  // namespace scep
