#include "core/x509/twin.hpp"

#include <algorithm>

#include <openssl/core_names.h>

#include "core/asn1/writer.hpp"

namespace scep::x509 {

namespace {

crypto::BnPtr order_of(EVP_PKEY& key) {
    BIGNUM* order = nullptr;
    if (EVP_PKEY_is_a(&key, "EC") != 1 ||
        EVP_PKEY_get_bn_param(&key, OSSL_PKEY_PARAM_EC_ORDER, &order) != 1)
        return nullptr;
    return crypto::BnPtr(order);
}

// (r, n - s) as DER; empty when this is no such signature.
Buffer turn(Bytes der, const BIGNUM& order) {
    const unsigned char* at = der.data();
    const crypto::EcdsaSigPtr signature(d2i_ECDSA_SIG(nullptr, &at, static_cast<long>(der.size())));
    if (!signature)
        return {};
    crypto::BnPtr r(BN_dup(ECDSA_SIG_get0_r(signature.get())));
    crypto::BnPtr s(BN_new());
    if (!r || !s || BN_sub(s.get(), &order, ECDSA_SIG_get0_s(signature.get())) != 1 ||
        ECDSA_SIG_set0(signature.get(), r.get(), s.get()) != 1)
        return {};
    static_cast<void>(r.release());  // the signature owns them now
    static_cast<void>(s.release());
    unsigned char* out = nullptr;
    const int size = i2d_ECDSA_SIG(signature.get(), &out);
    if (size <= 0)
        return {};
    const crypto::OpensslBytes owner(out);
    return to_buffer(Bytes(out, static_cast<std::size_t>(size)));
}

}  // namespace

std::optional<Fingerprint> twin_fingerprint(X509& certificate, EVP_PKEY& issuer) {
    const crypto::BnPtr order = order_of(issuer);
    const crypto::X509Ptr twin(order ? X509_dup(&certificate) : nullptr);
    if (!twin)
        return std::nullopt;
    const ASN1_BIT_STRING* signature = nullptr;
    X509_get0_signature(&signature, nullptr, twin.get());
    const Buffer turned = turn(Bytes(ASN1_STRING_get0_data(signature),
                                     static_cast<std::size_t>(ASN1_STRING_length(signature))),
                               *order);
    // The copy is ours: what OpenSSL hands out as const is written here and nowhere else.
    auto* own = const_cast<ASN1_BIT_STRING*>(signature);
    Fingerprint out{};
    if (turned.empty() ||
        ASN1_STRING_set(own, turned.data(), static_cast<int>(turned.size())) != 1 ||
        X509_digest(twin.get(), EVP_sha256(), out.data(), nullptr) != 1)
        return std::nullopt;
    return out;
}

}  // namespace scep::x509
