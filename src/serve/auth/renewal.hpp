// Renewal is recognised by who signed a message, not by its number (SECURITY rule S09).
#pragma once

#include <memory>
#include <optional>
#include <span>

#include "core/config/config.hpp"
#include "core/x509/request.hpp"
#include "serve/store/view.hpp"

namespace scep::auth {

// A CA whose certificates may have been issued by this program, and the id of their rows.
struct KnownCa {
    const std::string& issuer_id;
    const x509::Certificate& certificate;
};

// The issuance of a certificate that is ours octet by octet and whose issuer's signature verifies;
// nullopt for a stranger's. Issuer and serial number alone prove nothing: anybody can write them
// into a certificate of their own. Store.
Result<std::optional<store::Issuance>> find_issuance(const crypto::Library& library,
                                                     const store::View& view,
                                                     std::span<const KnownCa> authorities,
                                                     const x509::Certificate& certificate);

// Whether a request that the certificate of `issued` signed renews it: same profile, not revoked,
// inside renewal_window and renewal_grace, the same subject and SANs unless allow_subject_change.
// Policy, with what is wrong.
Status check_renewal(const config::Profile& settings,
                     const store::Issuance& issued,
                     const x509::Certificate& certificate,
                     const x509::CertificationRequest& request,
                     TimePoint now);

}  // namespace scep::auth
