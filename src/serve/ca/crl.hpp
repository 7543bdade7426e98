// The revocation list of an issuer (RFC 5280 section 5).
#pragma once

#include <span>

#include "serve/ca/issuer.hpp"
#include "serve/store/records.hpp"

namespace scep::ca {

// Under what the CRLs of this CA are kept: the issuer's id and the CA's key, for a CA that takes
// over has the id of the one before.
std::string crl_key(const Issuer& issuer);

// Complete, version 2, with authorityKeyIdentifier and cRLNumber, signed by the issuer's key; the
// entries in the order given, reasonCode where there is a reason.
// number    rising, never negative
// lifetime  until nextUpdate
// errors    Policy: the CA certificate's key usage lacks cRLSign; Internal: a serial that is no
// hex,
//           a negative number; Crypto
Result<store::CrlRecord> make_crl(const Issuer& issuer,
                                  std::span<const store::Revocation> revocations,
                                  std::int64_t number,
                                  TimePoint now,
                                  Seconds lifetime);

}  // namespace scep::ca
