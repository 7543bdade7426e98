// Which octets of a CSR are numbers.
#pragma once

#include "core/x509/request.hpp"
#include "support/pki.hpp"

namespace scep::test {

// The RSA modulus and the signature: most of a CSR, and no bit of them changes how the rest of it
// is read.
class RequestNumbers {
  public:
    explicit RequestNumbers(const Buffer& der) {
        const auto request = must(x509::CertificationRequest::parse(der));
        constexpr std::size_t modulus = 256, exponent = 5, signature = 256;  // octets
        if (request.spki().size() < modulus)
            return;
        const auto start = static_cast<std::size_t>(request.spki().data() - request.der().data());
        modulus_ = start + request.spki().size() - exponent - modulus;
        modulus_end_ = modulus_ + modulus;
        signature_ = der.size() - signature;
    }

    bool has(std::size_t octet) const noexcept {
        return (octet >= modulus_ && octet < modulus_end_) || octet >= signature_;
    }

  private:
    std::size_t modulus_ = 0, modulus_end_ = 0;
    std::size_t signature_ = SIZE_MAX;
};

}  // namespace scep::test
