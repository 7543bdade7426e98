// AlgorithmIdentifiers of PasswordRecipientInfo: RFC 8018 appendix A.2, RFC 3211 section 2.3.1.
#include <algorithm>
#include <array>
#include <cassert>

#include <fmt/format.h>

#include "core/base/limits.hpp"
#include "core/crypto/password.hpp"

namespace scep::crypto {

namespace {

constexpr std::string_view kPbkdf2Cite = "RFC 8018 appendix A.2";
constexpr std::string_view kKekCite = "RFC 3211 section 2.3.1";

struct Prf {
    asn1::Oid oid;
    Digest digest;
};

constexpr std::array kPrfs{
    Prf{oid::kHmacSha1, Digest::Sha1},
    Prf{oid::kHmacSha224, Digest::Sha224},
    Prf{oid::kHmacSha256, Digest::Sha256},
    Prf{oid::kHmacSha384, Digest::Sha384},
    Prf{oid::kHmacSha512, Digest::Sha512},
};

Error refused(std::size_t offset, std::string what, std::string_view cite = {}) {
    return {.code = Errc::Protocol,
            .what = std::move(what),
            .where = {.offset = offset},
            .cite = std::string(cite)};
}

// A Reader inside the SEQUENCE of parameters that the algorithm must carry.
Result<asn1::Reader> parameters_of(const asn1::AlgorithmIdentifier& algorithm,
                                   std::string_view cite) {
    const bool sequence = algorithm.parameters && algorithm.parameters->tag == asn1::kSequence &&
                          algorithm.parameters->constructed;
    if (!sequence)
        return fail(
            refused(algorithm.offset,
                    fmt::format("{} without its parameters", asn1::name(algorithm.algorithm)),
                    cite));
    return asn1::Reader(
        algorithm.parameters->content, asn1::Rules::Ber, algorithm.parameters->content_offset());
}

// A non-negative INTEGER of any number of octets; UINT32_MAX stands for what is larger.
Result<std::uint32_t> read_count(const asn1::Element& element, std::string_view field) {
    SCEP_TRY(magnitude, asn1::unsigned_integer(element, field));
    if (magnitude.size() > sizeof(std::uint32_t))
        return UINT32_MAX;
    std::uint32_t value = 0;
    for (const std::uint8_t octet : magnitude)
        value = (value << 8U) | octet;
    return value;
}

// salt CHOICE { specified OCTET STRING, otherSource AlgorithmIdentifier }
Result<Buffer> read_salt(asn1::Reader& in) {
    SCEP_TRY(element, in.next("PBKDF2-params.salt"));
    if (element.tag != asn1::kOctetString)
        return fail(refused(
            element.offset, "PBKDF2 with a salt from elsewhere, want one in place", kPbkdf2Cite));
    asn1::Joined joined;
    SCEP_TRY(salt, asn1::octets(element, joined, "PBKDF2-params.salt"));
    if (salt.size() > limits::kMaxPbkdf2Salt)
        return fail(refused(element.offset,
                            fmt::format("PBKDF2 with a salt of {} octets, the limit is {}",
                                        salt.size(),
                                        limits::kMaxPbkdf2Salt)));
    return to_buffer(salt);
}

// iterationCount INTEGER (1..MAX)
Result<std::uint32_t> read_iterations(asn1::Reader& in) {
    SCEP_TRY(element, in.expect(asn1::kInteger, "PBKDF2-params.iterationCount"));
    SCEP_TRY(iterations, read_count(element, "PBKDF2-params.iterationCount"));
    if (iterations == 0)
        return fail(refused(element.offset, "PBKDF2 with no iterations", kPbkdf2Cite));
    if (iterations > limits::kMaxPbkdf2Iterations)
        return fail(refused(element.offset,
                            fmt::format("PBKDF2 with {} iterations{}, the limit is {}",
                                        iterations,
                                        iterations == UINT32_MAX ? " or more" : "",
                                        limits::kMaxPbkdf2Iterations)));
    return iterations;
}

// keyLength INTEGER (1..MAX) OPTIONAL
Status check_length(asn1::Reader& in, std::size_t want) {
    SCEP_TRY(element, in.optional(asn1::kInteger, "PBKDF2-params.keyLength"));
    if (!element)
        return {};
    SCEP_TRY(length, read_count(*element, "PBKDF2-params.keyLength"));
    if (length != want)
        return fail(refused(
            element->offset,
            fmt::format("PBKDF2 with a key length that differs from the cipher's {} octets", want),
            kPbkdf2Cite));
    return {};
}

// prf AlgorithmIdentifier DEFAULT algid-hmacWithSHA1
Result<Digest> read_prf(asn1::Reader& in) {
    if (in.at_end())
        return Digest::Sha1;
    SCEP_TRY(algorithm, asn1::algorithm_identifier(in, "PBKDF2-params.prf"));
    const auto row = std::ranges::find(kPrfs, algorithm.algorithm, &Prf::oid);
    if (row == kPrfs.end() || !asn1::parameters_empty(algorithm))
        return fail(
            refused(algorithm.offset,
                    fmt::format("PBKDF2 with PRF {}{}",
                                asn1::name(algorithm.algorithm),
                                row == kPrfs.end() ? ", which is not known" : " and parameters"),
                    kPbkdf2Cite));
    return row->digest;
}

// PWRI-KEK ::= the AlgorithmIdentifier of a block cipher in CBC mode, with its IV
Status read_kek(PasswordEncryption& out, const asn1::AlgorithmIdentifier& key_encryption) {
    if (key_encryption.algorithm != oid::kPwriKek)
        return fail(refused(key_encryption.offset,
                            fmt::format("key encryption {} under a password is not known",
                                        asn1::name(key_encryption.algorithm)),
                            kKekCite));
    SCEP_CHECK(parameters_of(key_encryption, kKekCite));
    SCEP_TRY(algorithm, asn1::algorithm_identifier(*key_encryption.parameters, "PWRI-KEK"));
    const auto cipher = cipher_from(algorithm.algorithm);
    if (!cipher || info(*cipher).block_size != 16)
        return fail(refused(
            algorithm.offset,
            fmt::format("id-alg-PWRI-KEK over {}, want AES-CBC", asn1::name(algorithm.algorithm)),
            kKekCite));
    out.cipher = *cipher;
    const bool octets = algorithm.parameters && algorithm.parameters->tag == asn1::kOctetString;
    asn1::Joined joined;
    SCEP_TRY(iv,
             octets ? asn1::octets(*algorithm.parameters, joined, "PWRI-KEK") : Result<Bytes>{});
    if (iv.size() != info(*cipher).block_size)
        return fail(refused(algorithm.offset,
                            fmt::format("{} without its IV", info(*cipher).name),
                            "RFC 3565 section 2.3.1"));
    out.iv = to_buffer(iv);
    return {};
}

const asn1::Oid& prf_oid(Digest digest) noexcept {
    const auto row = std::ranges::find(kPrfs, digest, &Prf::digest);
    assert(row != kPrfs.end());
    return row->oid;
}

}  // namespace

// PBKDF2-params ::= SEQUENCE { salt, iterationCount, keyLength OPTIONAL, prf DEFAULT }
Result<PasswordEncryption> password_encryption(
    const std::optional<asn1::AlgorithmIdentifier>& key_derivation,
    const asn1::AlgorithmIdentifier& key_encryption) {
    PasswordEncryption out;
    SCEP_CHECK(read_kek(out, key_encryption));
    if (!key_derivation)
        return fail(refused(key_encryption.offset,
                            "a password without key derivation, want PBKDF2",
                            "RFC 5652 section 6.2.4"));
    if (key_derivation->algorithm != oid::kPbkdf2)
        return fail(refused(key_derivation->offset,
                            fmt::format("key derivation {} is not known, want PBKDF2",
                                        asn1::name(key_derivation->algorithm))));
    SCEP_TRY(in, parameters_of(*key_derivation, kPbkdf2Cite));
    SCEP_TRY(salt, read_salt(in));
    out.salt = std::move(salt);
    SCEP_TRY(iterations, read_iterations(in));
    out.iterations = iterations;
    SCEP_CHECK(check_length(in, info(out.cipher).key_size));
    SCEP_TRY(prf, read_prf(in));
    out.prf = prf;
    SCEP_CHECK(in.finish("PBKDF2-params"));
    return out;
}

void write_key_derivation(asn1::Writer& out, const PasswordEncryption& encryption) {
    out.constructed(asn1::context(0), [&] {
        out.oid(oid::kPbkdf2);
        out.sequence([&] {
            out.octet_string(encryption.salt);
            out.integer(encryption.iterations);
            if (encryption.prf != Digest::Sha1)  // DER: the default is left out
                out.algorithm(prf_oid(encryption.prf), true);
        });
    });
}

void write_key_encryption(asn1::Writer& out, const PasswordEncryption& encryption) {
    out.sequence([&] {
        out.oid(oid::kPwriKek);
        out.sequence([&] {
            out.oid(info(encryption.cipher).oid);
            out.octet_string(encryption.iv);
        });
    });
}

}  // namespace scep::crypto
