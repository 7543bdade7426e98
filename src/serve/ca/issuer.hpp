// The only place of serve that uses a CA key: signs what a profile granted.
#pragma once

#include <memory>
#include <span>
#include <string>
#include <vector>

#include "core/base/clock.hpp"
#include "core/base/random.hpp"
#include "core/crypto/keys.hpp"
#include "core/x509/issue.hpp"
#include "serve/store/records.hpp"

namespace scep::ca {

struct Urls {
    std::string crl{}, ocsp{}, aia{};  // empty: not written
};

struct Issued {
    Buffer der{};
    Buffer serial{};  // magnitude
    TimePoint not_before{}, not_after{};
};

// The CA that issues today, or the one that takes over from it: that one's certificates may begin
// with its own, in the future, for devices that keep them until then (RFC 8894 section 5.1).
enum class Term : std::uint8_t { Current, Next };

class Issuer {
  public:
    // Der when the CA certificate's subject is malformed.
    static Result<Issuer> make(std::string id,
                               x509::Certificate certificate,
                               std::vector<x509::Certificate> chain,
                               std::shared_ptr<crypto::Signer> key,
                               Urls urls,
                               Term term = Term::Current);

    const std::string& id() const noexcept { return id_; }

    const x509::Certificate& certificate() const noexcept { return certificate_; }

    const std::vector<x509::Certificate>& chain() const noexcept { return chain_; }  // above the CA

    // notBefore a little in the past for clocks that lag, never before the CA's own; notAfter by
    // the profile, never beyond the CA's own (SECURITY rule S09). Policy when the CA itself is not
    // valid now; the next one may begin later.
    Result<Issued> issue(const x509::Grant& grant,
                         const x509::CertificateProfile& profile,
                         TimePoint now,
                         Random& random) const;

    // The GetNextCACert reply (RFC 8894 section 4.7.1): a certs-only message of `next`, the new CA
    // first, signed by this one. Crypto.
    Result<Buffer> announce(const crypto::Library& library,
                            std::span<const x509::Certificate> next) const;

  private:
    // crl.hpp
    friend Result<store::CrlRecord> make_crl(const Issuer& issuer,
                                             std::span<const store::Revocation> revocations,
                                             std::int64_t number,
                                             TimePoint now,
                                             Seconds lifetime);

    Issuer(std::string id,
           x509::Certificate certificate,
           x509::Name name,
           std::vector<x509::Certificate> chain,
           std::shared_ptr<crypto::Signer> key,
           Urls urls,
           Term term);

    Buffer key_identifier() const;  // of what it signs: authorityKeyIdentifier

    std::string id_;
    x509::Certificate certificate_;
    x509::Name name_;
    std::vector<x509::Certificate> chain_;
    std::shared_ptr<crypto::Signer> key_;
    Urls urls_;
    Term term_;
};

}  // namespace scep::ca
