// Reading RecipientInfos. Used inside this room only.
#pragma once

#include "core/cms/enveloped_data.hpp"

namespace scep::cms {

// RecipientInfos ::= SET SIZE (1..MAX) OF RecipientInfo, the recipients of one
// KeyAgreeRecipientInfo each for itself; at most kMaxRecipients. Der, Protocol.
Result<std::vector<RecipientInfo>> read_recipients(asn1::Reader& in, asn1::Joined& joined);

}  // namespace scep::cms
