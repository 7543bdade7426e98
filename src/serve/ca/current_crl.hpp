// The most recent CRL of an issuer, signed anew when revocations or time ask for it (RFC 8894
// section 4.6.1).
#pragma once

#include "serve/ca/issuer.hpp"
#include "serve/store/view.hpp"

namespace scep::ca {

struct CurrentCrl {
    store::CrlRecord record{};
    bool fresh = false;  // signed now: the caller writes it down
};

// The latest that is known while it has half of its time to go and nothing was revoked since.
// Store; Policy when the CA may sign none.
Result<CurrentCrl> current_crl(const Issuer& issuer, const store::View& view, TimePoint now);

}  // namespace scep::ca
