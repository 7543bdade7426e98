// AlgorithmIdentifiers of signatures, digests and key transport: RFC 3279, 4055, 5754, 5758.
#include <algorithm>
#include <array>
#include <cassert>

#include <fmt/format.h>

#include "core/base/limits.hpp"
#include "core/crypto/algorithms.hpp"

namespace scep::crypto {

namespace {

struct Combined {
    asn1::Oid oid;
    SignatureKind kind;
    Digest digest;
};

// For writing, the first row of a kind and digest counts.
constexpr std::array kCombined{
    Combined{oid::kMd5WithRsa, SignatureKind::RsaPkcs1, Digest::Md5},
    Combined{oid::kSha1WithRsa, SignatureKind::RsaPkcs1, Digest::Sha1},
    Combined{oid::kSha1WithRsaOiw, SignatureKind::RsaPkcs1, Digest::Sha1},
    Combined{oid::kSha224WithRsa, SignatureKind::RsaPkcs1, Digest::Sha224},
    Combined{oid::kSha256WithRsa, SignatureKind::RsaPkcs1, Digest::Sha256},
    Combined{oid::kSha384WithRsa, SignatureKind::RsaPkcs1, Digest::Sha384},
    Combined{oid::kSha512WithRsa, SignatureKind::RsaPkcs1, Digest::Sha512},
    Combined{oid::kEcdsaWithSha1, SignatureKind::Ecdsa, Digest::Sha1},
    Combined{oid::kEcdsaWithSha224, SignatureKind::Ecdsa, Digest::Sha224},
    Combined{oid::kEcdsaWithSha256, SignatureKind::Ecdsa, Digest::Sha256},
    Combined{oid::kEcdsaWithSha384, SignatureKind::Ecdsa, Digest::Sha384},
    Combined{oid::kEcdsaWithSha512, SignatureKind::Ecdsa, Digest::Sha512},
};

constexpr std::uint32_t kDefaultSalt = 20;  // RFC 4055 section 3.1

Error refused(std::size_t offset, std::string what, std::string_view cite = {}) {
    return {.code = Errc::Protocol,
            .what = std::move(what),
            .where = {.offset = offset},
            .cite = std::string(cite)};
}

Status want_no_parameters(const asn1::AlgorithmIdentifier& algorithm) {
    if (asn1::parameters_empty(algorithm))
        return {};
    return fail(
        refused(algorithm.offset,
                fmt::format("{} has parameters, want none", asn1::name(algorithm.algorithm))));
}

// The digest inside [number] EXPLICIT AlgorithmIdentifier.
Result<Digest> read_digest(asn1::Reader& in, std::string_view field) {
    SCEP_TRY(algorithm, asn1::algorithm_identifier(in, field));
    SCEP_CHECK(want_no_parameters(algorithm));
    if (const std::optional<Digest> digest = digest_from(algorithm.algorithm))
        return *digest;
    return fail(refused(algorithm.offset,
                        fmt::format("digest {} is not known", asn1::name(algorithm.algorithm))));
}

// hashAlgorithm [0] HashAlgorithm DEFAULT sha1Identifier
Result<Digest> read_hash(asn1::Reader& in, std::string_view field) {
    SCEP_TRY(tagged, in.optional(asn1::context(0), field));
    if (!tagged)
        return Digest::Sha1;
    SCEP_TRY(inner, in.enter(*tagged, field));
    SCEP_TRY(digest, read_digest(inner, field));
    SCEP_CHECK(inner.finish(field));
    return digest;
}

// maskGenAlgorithm [1] MaskGenAlgorithm DEFAULT mgf1SHA1Identifier
Result<Digest> read_mgf1(asn1::Reader& in, std::string_view field) {
    SCEP_TRY(tagged, in.optional(asn1::context(1), field));
    if (!tagged)
        return Digest::Sha1;
    SCEP_TRY(inner, in.enter(*tagged, field));
    SCEP_TRY(algorithm, asn1::algorithm_identifier(inner, field));
    SCEP_CHECK(inner.finish(field));
    if (algorithm.algorithm != oid::kMgf1 || !algorithm.parameters)
        return fail(refused(algorithm.offset,
                            fmt::format("mask generation function {} is not known, want MGF1 with "
                                        "its digest",
                                        asn1::name(algorithm.algorithm))));
    asn1::Reader parameters(
        algorithm.parameters->tlv, asn1::Rules::Ber, algorithm.parameters->offset);
    return read_digest(parameters, field);
}

// A Reader inside the SEQUENCE of parameters that the algorithm must carry.
Result<asn1::Reader> read_parameters(const asn1::AlgorithmIdentifier& algorithm,
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

// [number] EXPLICIT INTEGER DEFAULT otherwise
Result<std::uint32_t> read_number(asn1::Reader& in,
                                  std::uint32_t number,
                                  std::uint32_t otherwise,
                                  std::string_view field) {
    SCEP_TRY(tagged, in.optional(asn1::context(number), field));
    if (!tagged)
        return otherwise;
    SCEP_TRY(inner, in.enter(*tagged, field));
    SCEP_TRY(element, inner.expect(asn1::kInteger, field));
    SCEP_TRY(value, asn1::small_integer(element, field));
    SCEP_CHECK(inner.finish(field));
    return value;
}

// RSASSA-PSS-params ::= SEQUENCE { [0] hash, [1] mask generation, [2] salt length, [3] trailer }
Result<SignatureAlgorithm> read_pss(const asn1::AlgorithmIdentifier& algorithm) {
    constexpr std::string_view kCite = "RFC 4055 section 3.1";
    SCEP_TRY(in, read_parameters(algorithm, kCite));
    SCEP_TRY(hash, read_hash(in, "RSASSA-PSS-params.hashAlgorithm"));
    SCEP_TRY(mgf1, read_mgf1(in, "RSASSA-PSS-params.maskGenAlgorithm"));
    SCEP_TRY(salt, read_number(in, 2, kDefaultSalt, "RSASSA-PSS-params.saltLength"));
    SCEP_TRY(trailer, read_number(in, 3, 1, "RSASSA-PSS-params.trailerField"));
    SCEP_CHECK(in.finish("RSASSA-PSS-params"));
    if (salt > limits::kMaxPssSalt)
        return fail(refused(
            algorithm.offset,
            fmt::format(
                "id-RSASSA-PSS salt length {}, the limit is {}", salt, limits::kMaxPssSalt)));
    if (trailer != 1)
        return fail(refused(algorithm.offset,
                            fmt::format("id-RSASSA-PSS trailer field {}, want 1", trailer),
                            kCite));
    return SignatureAlgorithm{
        .kind = SignatureKind::RsaPss, .digest = hash, .mgf1 = mgf1, .salt_length = salt};
}

// rsaEncryption and id-ecPublicKey: the digest is named elsewhere.
Result<SignatureAlgorithm> read_bare(const asn1::AlgorithmIdentifier& algorithm,
                                     SignatureKind kind,
                                     std::optional<Digest> message_digest) {
    SCEP_CHECK(want_no_parameters(algorithm));
    if (!message_digest)
        return fail(refused(algorithm.offset,
                            fmt::format("signature algorithm {} names no digest",
                                        asn1::name(algorithm.algorithm))));
    return SignatureAlgorithm{.kind = kind, .digest = *message_digest};
}

Result<SignatureAlgorithm> read_combined(const asn1::AlgorithmIdentifier& algorithm) {
    const auto row = std::ranges::find(kCombined, algorithm.algorithm, &Combined::oid);
    if (row == kCombined.end())
        return fail(refused(
            algorithm.offset,
            fmt::format("signature algorithm {} is not known", asn1::name(algorithm.algorithm))));
    SCEP_CHECK(want_no_parameters(algorithm));
    return SignatureAlgorithm{.kind = row->kind, .digest = row->digest};
}

const asn1::Oid& combined_oid(const SignatureAlgorithm& algorithm) noexcept {
    const auto row = std::ranges::find_if(kCombined, [&](const Combined& r) {
        return r.kind == algorithm.kind && r.digest == algorithm.digest;
    });
    assert(row != kCombined.end());
    return row->oid;
}

// [0] hash, with the NULL parameters of RFC 4055 section 2.1
void write_hash(asn1::Writer& out, Digest hash) {
    out.explicit_tag(0, [&] { out.algorithm(info(hash).oid, true); });
}

// [1] MGF1
void write_mgf1(asn1::Writer& out, Digest mgf1) {
    out.explicit_tag(1, [&] {
        out.sequence([&] {
            out.oid(oid::kMgf1);
            out.algorithm(info(mgf1).oid, true);
        });
    });
}

// DER: members with their default value are left out (X.690 section 11.5).
void write_pss(asn1::Writer& out, const SignatureAlgorithm& algorithm) {
    out.sequence([&] {
        out.oid(oid::kRsassaPss);
        out.sequence([&] {
            if (algorithm.digest != Digest::Sha1)
                write_hash(out, algorithm.digest);
            if (algorithm.mgf1 != Digest::Sha1)
                write_mgf1(out, algorithm.mgf1);
            if (algorithm.salt_length != kDefaultSalt)
                out.explicit_tag(2, [&] { out.integer(algorithm.salt_length); });
        });
    });
}

// pSourceAlgorithm [2] DEFAULT pSpecifiedEmpty: RFC 4055 section 4.1
Status read_empty_source(asn1::Reader& in) {
    constexpr std::string_view kField = "RSAES-OAEP-params.pSourceAlgorithm";
    SCEP_TRY(tagged, in.optional(asn1::context(2), kField));
    if (!tagged)
        return {};
    SCEP_TRY(inner, in.enter(*tagged, kField));
    SCEP_TRY(algorithm, asn1::algorithm_identifier(inner, kField));
    SCEP_CHECK(inner.finish(kField));
    const bool empty = algorithm.algorithm == oid::kPSpecified && algorithm.parameters &&
                       algorithm.parameters->tag == asn1::kOctetString &&
                       algorithm.parameters->content.empty();
    if (!empty)
        return fail(refused(algorithm.offset, "id-RSAES-OAEP with a label, want an empty one"));
    return {};
}

}  // namespace

Result<SignatureAlgorithm> signature_algorithm(const asn1::AlgorithmIdentifier& algorithm,
                                               std::optional<Digest> message_digest) {
    if (algorithm.algorithm == oid::kRsaEncryption)
        return read_bare(algorithm, SignatureKind::RsaPkcs1, message_digest);
    if (algorithm.algorithm == oid::kEcPublicKey)
        return read_bare(algorithm, SignatureKind::Ecdsa, message_digest);
    SCEP_TRY(
        out,
        algorithm.algorithm == oid::kRsassaPss ? read_pss(algorithm) : read_combined(algorithm));
    if (message_digest && *message_digest != out.digest)
        return fail(refused(algorithm.offset,
                            fmt::format("signature algorithm {} with digest algorithm {}",
                                        asn1::name(algorithm.algorithm),
                                        info(*message_digest).name)));
    return out;
}

void write_signature_algorithm(asn1::Writer& out,
                               const SignatureAlgorithm& algorithm,
                               SignatureSpelling spelling) {
    const bool rsa = algorithm.kind == SignatureKind::RsaPkcs1;
    if (algorithm.kind == SignatureKind::RsaPss)
        write_pss(out, algorithm);
    else if (rsa && spelling == SignatureSpelling::SignerInfo)
        out.algorithm(oid::kRsaEncryption, true);
    else
        out.algorithm(combined_oid(algorithm), rsa);
}

void write_digest_algorithm(asn1::Writer& out, Digest digest) {
    out.algorithm(info(digest).oid, digest == Digest::Sha1 || digest == Digest::Md5);
}

// RSAES-OAEP-params ::= SEQUENCE { [0] hash, [1] mask generation, [2] label }
Result<KeyTransport> key_transport(const asn1::AlgorithmIdentifier& algorithm) {
    if (algorithm.algorithm == oid::kRsaEncryption) {
        SCEP_CHECK(want_no_parameters(algorithm));
        return KeyTransport{};
    }
    if (algorithm.algorithm != oid::kRsaesOaep)
        return fail(
            refused(algorithm.offset,
                    fmt::format("key transport {} is not known", asn1::name(algorithm.algorithm))));
    SCEP_TRY(in, read_parameters(algorithm, "RFC 4055 section 4.1"));
    SCEP_TRY(hash, read_hash(in, "RSAES-OAEP-params.hashFunc"));
    SCEP_TRY(mgf1, read_mgf1(in, "RSAES-OAEP-params.maskGenFunc"));
    SCEP_CHECK(read_empty_source(in));
    SCEP_CHECK(in.finish("RSAES-OAEP-params"));
    return KeyTransport{.oaep = true, .digest = hash, .mgf1 = mgf1};
}

void write_key_transport(asn1::Writer& out, const KeyTransport& transport) {
    if (!transport.oaep)
        return out.algorithm(oid::kRsaEncryption, true);
    out.sequence([&] {
        out.oid(oid::kRsaesOaep);
        out.sequence([&] {
            write_hash(out, transport.digest);
            write_mgf1(out, transport.mgf1);
        });
    });
}

}  // namespace scep::crypto
