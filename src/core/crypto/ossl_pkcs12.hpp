// OpenSSL's PKCS#12, for the one file that reads and writes it.
#pragma once

#include <openssl/pkcs12.h>

#include "core/crypto/ossl.hpp"

namespace scep::crypto {

using Pkcs12Ptr = Handle<PKCS12, PKCS12_free>;

}  // namespace scep::crypto
