// How a request is encrypted, and to whom (RFC 8894 section 3.1).
#pragma once

#include "core/scep/ca_certificates.hpp"

namespace scep {

// Fills in `ca.recipient` and `ca.recipient_kind`, and a note where that is not plain.
//
// reply     the certificates of GetCACert; the rest of `ca` is authenticated
// setting   Auto: an RSA key by key transport. Where no certificate that could take part has one,
//           under the challenge as the RFC says, but by key agreement when there is none or it can
//           be guessed: whoever records a request tries challenges on it (SECURITY rule S06).
//           Others: that way or an error.
// errors    Protocol when no certificate can be encrypted to in that way. Usage when Password is
//           wanted without a challenge.
Status choose_recipient(AuthenticatedCa& ca,
                        const std::vector<x509::Certificate>& reply,
                        RecipientSetting setting,
                        Bytes challenge);

}  // namespace scep
