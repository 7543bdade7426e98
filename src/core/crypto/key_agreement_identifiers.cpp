// AlgorithmIdentifiers of key agreement: RFC 5753 section 7.1, RFC 3565 section 2.3.2.
#include <algorithm>
#include <array>
#include <cassert>

#include <fmt/format.h>

#include "core/crypto/algorithms.hpp"

namespace scep::crypto {

namespace {

// In the order of the enumeration, which indexes them.
constexpr std::array kWraps{
    KeyWrapInfo{KeyWrap::Aes128, oid::kAes128Wrap, "id-aes128-wrap", "AES-128-ECB", 16},
    KeyWrapInfo{KeyWrap::Aes192, oid::kAes192Wrap, "id-aes192-wrap", "AES-192-ECB", 24},
    KeyWrapInfo{KeyWrap::Aes256, oid::kAes256Wrap, "id-aes256-wrap", "AES-256-ECB", 32},
};
static_assert(std::ranges::is_sorted(kWraps, {}, &KeyWrapInfo::wrap));

struct Scheme {
    asn1::Oid oid;
    Digest kdf;
};

// For writing, the first row of a digest counts.
constexpr std::array kSchemes{
    Scheme{oid::kStdDhSha1Kdf, Digest::Sha1},
    Scheme{oid::kStdDhSha224Kdf, Digest::Sha224},
    Scheme{oid::kStdDhSha256Kdf, Digest::Sha256},
    Scheme{oid::kStdDhSha384Kdf, Digest::Sha384},
    Scheme{oid::kStdDhSha512Kdf, Digest::Sha512},
    Scheme{oid::kCofactorDhSha1Kdf, Digest::Sha1},
    Scheme{oid::kCofactorDhSha224Kdf, Digest::Sha224},
    Scheme{oid::kCofactorDhSha256Kdf, Digest::Sha256},
    Scheme{oid::kCofactorDhSha384Kdf, Digest::Sha384},
    Scheme{oid::kCofactorDhSha512Kdf, Digest::Sha512},
};

Error refused(std::size_t offset, std::string what, std::string_view cite) {
    return {.code = Errc::Protocol,
            .what = std::move(what),
            .where = {.offset = offset},
            .cite = std::string(cite)};
}

}  // namespace

const KeyWrapInfo& info(KeyWrap wrap) noexcept {
    return kWraps[static_cast<std::size_t>(wrap)];
}

// KeyWrapAlgorithm ::= AlgorithmIdentifier, in the parameters
Result<KeyAgreement> key_agreement(const asn1::AlgorithmIdentifier& algorithm) {
    const auto scheme = std::ranges::find(kSchemes, algorithm.algorithm, &Scheme::oid);
    if (scheme == kSchemes.end())
        return fail(
            refused(algorithm.offset,
                    fmt::format("key agreement {} is not known", asn1::name(algorithm.algorithm)),
                    "RFC 5753 section 7.1.4"));
    if (!algorithm.parameters || algorithm.parameters->tag != asn1::kSequence)
        return fail(refused(algorithm.offset,
                            fmt::format("{} without its key wrap", asn1::name(algorithm.algorithm)),
                            "RFC 5753 section 7.1.4"));
    SCEP_TRY(wrap, asn1::algorithm_identifier(*algorithm.parameters, "KeyWrapAlgorithm"));
    const auto row = std::ranges::find(kWraps, wrap.algorithm, &KeyWrapInfo::oid);
    if (row == kWraps.end())
        return fail(refused(wrap.offset,
                            fmt::format("key wrap {} is not known", asn1::name(wrap.algorithm)),
                            "RFC 5753 section 7.1.5"));
    if (!asn1::parameters_empty(wrap))
        return fail(refused(wrap.offset,
                            fmt::format("{} has parameters, want none", row->name),
                            "RFC 3565 section 2.3.2"));
    return KeyAgreement{
        .kdf = scheme->kdf, .wrap = row->wrap, .wrap_has_null = wrap.parameters.has_value()};
}

void write_key_wrap(asn1::Writer& out, const KeyAgreement& agreement) {
    out.algorithm(info(agreement.wrap).oid, agreement.wrap_has_null);
}

void write_key_agreement(asn1::Writer& out, const KeyAgreement& agreement) {
    const auto scheme = std::ranges::find(kSchemes, agreement.kdf, &Scheme::kdf);
    assert(scheme != kSchemes.end());
    out.sequence([&] {
        out.oid(scheme->oid);
        write_key_wrap(out, agreement);
    });
}

}  // namespace scep::crypto
