// RSA private keys read by ourselves.
#pragma once

#include "core/base/bytes.hpp"
#include "core/crypto/ossl.hpp"

namespace scep::crypto {

// OpenSSL's decoders look up some forty methods before the first key they read, which is a tenth of
// one enrolment. So the common shapes are read here: PKCS#1 RSAPrivateKey of two primes (RFC 8017
// appendix A.1.2), and PKCS#8 around it without attributes (RFC 5208 section 5), in DER. nullptr
// for anything else, malformed or not. The numbers are not checked.
PkeyPtr read_rsa_pkcs1(Bytes der);
PkeyPtr read_rsa_pkcs8(Bytes der);

}  // namespace scep::crypto
