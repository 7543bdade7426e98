// The signed attributes of SCEP (RFC 8894 section 3.2.1): reading and writing one by one. Used
// inside this room only.
#pragma once

#include "core/scep/pki_message.hpp"

namespace scep {

// Reads every SCEP attribute of `signer` into `message`. Fails on the transactionID only, which
// must be there; what is wrong with another one goes into `message` (request_defect,
// other_defect). Der, Protocol.
Status read_scep_attributes(const cms::SignerInfo& signer, PkiMessage& message);

std::vector<cms::AttributeSpec> write_scep_attributes(const PkiMessageSpec& spec);

}  // namespace scep
