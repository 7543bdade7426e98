#include <algorithm>
#include <cassert>
#include <new>

#include <fmt/format.h>
#include <openssl/core_names.h>
#include <openssl/ec.h>
#include <openssl/err.h>
#include <openssl/rsa.h>

#include "core/crypto/keys.hpp"
#include "core/crypto/private_key_check.hpp"
#include "core/crypto/signature.hpp"

namespace scep::crypto {

namespace {

Buffer modulus_of(const EVP_PKEY& key) {
    BIGNUM* raw = nullptr;
    if (EVP_PKEY_get_bn_param(&key, OSSL_PKEY_PARAM_RSA_N, &raw) != 1)
        throw std::bad_alloc();
    const BnPtr n(raw);
    Buffer out(static_cast<std::size_t>(BN_num_bytes(n.get())));
    BN_bn2bin(n.get(), out.data());
    return out;
}

Result<PkeyPtr> generated(EVP_PKEY* raw) {
    if (raw == nullptr)
        return fail(openssl_error("cannot generate a key"));
    return PkeyPtr(raw);
}

}  // namespace

PrivateKey::PrivateKey(PkeyPtr pkey, PublicKey public_key)
    : pkey_(std::move(pkey)), public_key_(std::move(public_key)) {
    if (public_key_.type() == KeyType::Rsa)
        modulus_ = modulus_of(*pkey_);
}

PrivateKey::~PrivateKey() = default;

Result<std::unique_ptr<PrivateKey>> PrivateKey::adopt(PkeyPtr pkey, const KeyRules& rules) {
    SCEP_TRY(public_key, check_private_key(*pkey, rules));
    std::unique_ptr<PrivateKey> out(new PrivateKey(std::move(pkey), std::move(public_key)));
    // Of an RSA key every number was checked; of an EC key a signature tells.
    if (out->public_key().type() == KeyType::Rsa)
        return out;
    const SignatureAlgorithm algorithm = default_signature(out->public_key(), Digest::Sha256);
    const Bytes probe = out->public_key().spki();
    SCEP_TRY(signature, out->sign(algorithm, probe));
    if (!verify(Library::standard(), out->public_key(), algorithm, probe, signature))
        return fail(Errc::Crypto, "the private and the public half do not belong together");
    return out;
}

Result<std::unique_ptr<PrivateKey>> PrivateKey::generate_rsa(unsigned bits) {
    if (bits < limits::kMinRsaBits || bits > limits::kMaxRsaBits)
        return fail(Errc::Usage,
                    fmt::format("RSA key of {} bits, want {} to {}",
                                bits,
                                limits::kMinRsaBits,
                                limits::kMaxRsaBits));
    ERR_clear_error();
    SCEP_TRY(pkey, generated(EVP_RSA_gen(bits)));
    return adopt(std::move(pkey));
}

Result<std::unique_ptr<PrivateKey>> PrivateKey::generate_ec(Curve curve) {
    ERR_clear_error();
    SCEP_TRY(pkey, generated(EVP_EC_gen(curve_name(curve).data())));
    return adopt(std::move(pkey));
}

Result<EVP_PKEY_CTX*> PrivateKey::signing_context(const SignatureAlgorithm& algorithm) {
    const auto kept =
        std::ranges::find(signing_, algorithm, [](const auto& row) { return row.first; });
    if (kept != signing_.end())
        return kept->second.get();
    SCEP_TRY(
        context,
        signature_context(*library_, *pkey_, public_key_.type(), algorithm, SignatureUse::Sign));
    return signing_.emplace_back(algorithm, std::move(context)).second.get();
}

Result<Buffer> PrivateKey::sign(const SignatureAlgorithm& algorithm, Bytes message) {
    ERR_clear_error();
    SCEP_TRY(context, signing_context(algorithm));
    const Buffer hash = digest(*library_, algorithm.digest, message);
    Buffer out(static_cast<std::size_t>(EVP_PKEY_get_size(pkey_.get())));
    std::size_t size = out.size();
    if (EVP_PKEY_sign(context, out.data(), &size, hash.data(), hash.size()) != 1)
        return fail(openssl_error(fmt::format("cannot sign {}", name(algorithm))));
    out.resize(size);
    return out;
}

namespace {

struct KeyKind {
    std::string_view name;
    unsigned rsa_bits;  // 0: EC
    Curve curve;
};

constexpr std::array kKeyKinds{KeyKind{"rsa:2048", 2048, {}},
                               KeyKind{"rsa:3072", 3072, {}},
                               KeyKind{"rsa:4096", 4096, {}},
                               KeyKind{"ec:P-256", 0, Curve::P256},
                               KeyKind{"ec:P-384", 0, Curve::P384}};

Result<KeyKind> find_key_kind(std::string_view name) {
    const auto found = std::ranges::find(kKeyKinds, name, &KeyKind::name);
    if (found != kKeyKinds.end())
        return *found;
    return fail(Errc::Usage,
                "not a kind of key, want rsa:2048, rsa:3072, rsa:4096, ec:P-256 or ec:P-384");
}

}  // namespace

Status check_key_kind(std::string_view kind) {
    SCEP_CHECK(find_key_kind(kind));
    return {};
}

Result<std::unique_ptr<PrivateKey>> generate_key(std::string_view kind) {
    SCEP_TRY(found, find_key_kind(kind));
    return found.rsa_bits != 0 ? PrivateKey::generate_rsa(found.rsa_bits)
                               : PrivateKey::generate_ec(found.curve);
}

}  // namespace scep::crypto
