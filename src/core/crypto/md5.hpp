// MD5, for the names that old clients make of their keys. Nothing is trusted by it; digests and
// signatures go through Library, which admits it or not.
#pragma once

#include "core/base/bytes.hpp"

namespace scep::crypto {

// 16 octets; empty where OpenSSL has no MD5 (FIPS).
Buffer md5_name(Bytes octets);

}  // namespace scep::crypto
