// Owners of OpenSSL objects: with ossl_tls.hpp the only place of *_free in the tree.
#pragma once

#include <memory>

#include <openssl/bio.h>
#include <openssl/bn.h>
#include <openssl/crypto.h>
#include <openssl/ec.h>
#include <openssl/evp.h>
#include <openssl/pkcs12.h>
#include <openssl/provider.h>
#include <openssl/x509.h>

#include "core/base/result.hpp"

namespace scep::crypto {

template <auto Free>
struct Deleter {
    template <class T>
    void operator()(T* object) const noexcept {
        Free(object);
    }
};

template <class T, auto Free>
using Handle = std::unique_ptr<T, Deleter<Free>>;

using PkeyPtr = Handle<EVP_PKEY, EVP_PKEY_free>;
using PkeyCtxPtr = Handle<EVP_PKEY_CTX, EVP_PKEY_CTX_free>;
using MacPtr = Handle<EVP_MAC, EVP_MAC_free>;
using MacCtxPtr = Handle<EVP_MAC_CTX, EVP_MAC_CTX_free>;
using MdPtr = Handle<EVP_MD, EVP_MD_free>;
using MdCtxPtr = Handle<EVP_MD_CTX, EVP_MD_CTX_free>;
using CipherPtr = Handle<EVP_CIPHER, EVP_CIPHER_free>;
using CipherCtxPtr = Handle<EVP_CIPHER_CTX, EVP_CIPHER_CTX_free>;
using BnPtr = Handle<BIGNUM, BN_clear_free>;
using EcdsaSigPtr = Handle<ECDSA_SIG, ECDSA_SIG_free>;
using BnCtxPtr = Handle<BN_CTX, BN_CTX_free>;
using BioPtr = Handle<BIO, BIO_free_all>;
using Pkcs8Ptr = Handle<PKCS8_PRIV_KEY_INFO, PKCS8_PRIV_KEY_INFO_free>;
using Pkcs12Ptr = Handle<PKCS12, PKCS12_free>;
using X509Ptr = Handle<X509, X509_free>;
using X509ObjectPtr = Handle<X509_OBJECT, X509_OBJECT_free>;
using X509StorePtr = Handle<X509_STORE, X509_STORE_free>;
using X509StoreCtxPtr = Handle<X509_STORE_CTX, X509_STORE_CTX_free>;
using X509CrlPtr = Handle<X509_CRL, X509_CRL_free>;
using LibCtxPtr = Handle<OSSL_LIB_CTX, OSSL_LIB_CTX_free>;

struct ProviderUnload {
    void operator()(OSSL_PROVIDER* provider) const noexcept { OSSL_PROVIDER_unload(provider); }
};

using ProviderPtr = std::unique_ptr<OSSL_PROVIDER, ProviderUnload>;

struct X509StackFree {  // sk_X509_pop_free is a macro

    void operator()(STACK_OF(X509) * stack) const noexcept { sk_X509_pop_free(stack, X509_free); }
};

struct OpensslFree {  // OPENSSL_free is a macro

    void operator()(void* memory) const noexcept { OPENSSL_free(memory); }
};

using OpensslBytes = std::unique_ptr<unsigned char, OpensslFree>;  // what i2d_* allocates

using X509StackPtr = std::unique_ptr<STACK_OF(X509), X509StackFree>;

// An Error of code Crypto that drains OpenSSL's error queue into `during`. Call ERR_clear_error()
// before the call whose failure this explains. The only place that reads the queue.
Error openssl_error(std::string what);

}  // namespace scep::crypto
