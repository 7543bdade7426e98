// The only place of serve that uses a CA key: signs what a profile granted.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "core/base/clock.hpp"
#include "core/base/random.hpp"
#include "core/crypto/keys.hpp"
#include "core/x509/issue.hpp"

namespace scep::ca {

struct Urls {
    std::string crl{}, ocsp{}, aia{};  // empty: not written
};

struct Issued {
    Buffer der{};
    Buffer serial{};  // magnitude
    TimePoint not_before{}, not_after{};
};

class Issuer {
  public:
    // Der when the CA certificate's subject is malformed.
    static Result<Issuer> make(std::string id,
                               x509::Certificate certificate,
                               std::vector<x509::Certificate> chain,
                               std::shared_ptr<crypto::Signer> key,
                               Urls urls);

    const std::string& id() const noexcept { return id_; }

    const x509::Certificate& certificate() const noexcept { return certificate_; }

    const std::vector<x509::Certificate>& chain() const noexcept { return chain_; }  // above the CA

    // notBefore a little in the past for clocks that lag; notAfter by the profile, never beyond the
    // CA's own (SECURITY rule S09). Policy when the CA itself is not valid now.
    Result<Issued> issue(const x509::Grant& grant,
                         const x509::CertificateProfile& profile,
                         TimePoint now,
                         Random& random) const;

  private:
    Issuer(std::string id,
           x509::Certificate certificate,
           x509::Name name,
           std::vector<x509::Certificate> chain,
           std::shared_ptr<crypto::Signer> key,
           Urls urls);

    std::string id_;
    x509::Certificate certificate_;
    x509::Name name_;
    std::vector<x509::Certificate> chain_;
    std::shared_ptr<crypto::Signer> key_;
    Urls urls_;
};

}  // namespace scep::ca
