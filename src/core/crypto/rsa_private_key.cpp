#include "core/crypto/rsa_private_key.hpp"

#include <algorithm>
#include <array>
#include <bit>
#include <optional>

#include <openssl/core_names.h>
#include <openssl/err.h>

#include "core/asn1/oid.hpp"
#include "core/asn1/reader.hpp"
#include "core/base/secret.hpp"

namespace scep::crypto {

namespace {

constexpr const char* kField = "RSAPrivateKey";

// In the order of the structure.
constexpr std::array kNumbers{OSSL_PKEY_PARAM_RSA_N,
                              OSSL_PKEY_PARAM_RSA_E,
                              OSSL_PKEY_PARAM_RSA_D,
                              OSSL_PKEY_PARAM_RSA_FACTOR1,
                              OSSL_PKEY_PARAM_RSA_FACTOR2,
                              OSSL_PKEY_PARAM_RSA_EXPONENT1,
                              OSSL_PKEY_PARAM_RSA_EXPONENT2,
                              OSSL_PKEY_PARAM_RSA_COEFFICIENT1};

// As OSSL_PARAM wants big numbers: in the machine's order.
using Numbers = std::array<SecretBytes, kNumbers.size()>;

// Version 0, which both structures have.
bool skip_version(asn1::Reader& in) {
    const Result<asn1::Element> version = in.expect(asn1::kInteger, kField);
    const Result<std::uint32_t> value =
        version ? asn1::small_integer(*version, kField) : Result<std::uint32_t>(1);
    return version && value && *value == 0;
}

std::optional<SecretBytes> next_number(asn1::Reader& in) {
    const Result<asn1::Element> element = in.expect(asn1::kInteger, kField);
    if (!element)
        return std::nullopt;
    const Result<Bytes> magnitude = asn1::unsigned_integer(*element, kField);
    if (!magnitude)
        return std::nullopt;
    SecretBytes out = to_secret(*magnitude);
    if constexpr (std::endian::native == std::endian::little)
        std::ranges::reverse(out);
    return out;
}

std::optional<Numbers> read_numbers(Bytes der) {
    asn1::Reader in(der, asn1::Rules::Der);
    Result<asn1::Reader> body = in.expect_into(asn1::kSequence, kField);
    if (!body || !in.finish(kField) || !skip_version(*body))
        return std::nullopt;
    Numbers out;
    for (SecretBytes& number : out) {
        std::optional<SecretBytes> read = next_number(*body);
        if (!read)
            return std::nullopt;
        number = std::move(*read);
    }
    return body->finish(kField) ? std::optional(std::move(out)) : std::nullopt;
}

// The privateKey of a PrivateKeyInfo with the algorithm rsaEncryption.
std::optional<Bytes> rsa_in_pkcs8(Bytes der) {
    asn1::Reader in(der, asn1::Rules::Der);
    Result<asn1::Reader> body = in.expect_into(asn1::kSequence, kField);
    if (!body || !in.finish(kField) || !skip_version(*body))
        return std::nullopt;
    const Result<asn1::AlgorithmIdentifier> algorithm = asn1::algorithm_identifier(*body, kField);
    if (!algorithm || algorithm->algorithm != oid::kRsaEncryption ||
        !asn1::parameters_empty(*algorithm))
        return std::nullopt;
    const Result<asn1::Element> key = body->expect(asn1::kOctetString, kField);
    if (!key || !body->finish(kField))
        return std::nullopt;
    return key->content;
}

}  // namespace

PkeyPtr read_rsa_pkcs1(Bytes der) {
    std::optional<Numbers> numbers = read_numbers(der);
    if (!numbers)
        return nullptr;
    std::array<OSSL_PARAM, kNumbers.size() + 1> parameters{};
    for (std::size_t i = 0; i < kNumbers.size(); ++i)
        parameters.at(i) =
            OSSL_PARAM_construct_BN(kNumbers.at(i), numbers->at(i).data(), numbers->at(i).size());
    parameters.back() = OSSL_PARAM_construct_end();
    const PkeyCtxPtr context(EVP_PKEY_CTX_new_from_name(nullptr, "RSA", nullptr));
    EVP_PKEY* raw = nullptr;
    if (!context || EVP_PKEY_fromdata_init(context.get()) != 1 ||
        EVP_PKEY_fromdata(context.get(), &raw, EVP_PKEY_KEYPAIR, parameters.data()) != 1) {
        ERR_clear_error();
        return nullptr;
    }
    return PkeyPtr(raw);
}

PkeyPtr read_rsa_pkcs8(Bytes der) {
    const std::optional<Bytes> key = rsa_in_pkcs8(der);
    return key ? read_rsa_pkcs1(*key) : nullptr;
}

}  // namespace scep::crypto
