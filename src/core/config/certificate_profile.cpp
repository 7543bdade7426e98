// [certificate_profile.NAME]: what may be written into a certificate.
#include <algorithm>
#include <array>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "core/asn1/oid.hpp"
#include "core/base/escape.hpp"
#include "core/config/tables.hpp"

namespace scep::config {

namespace {

constexpr std::array<std::string_view, 5> kSanTypes{"dns", "email", "ip", "uri", "upn"};
constexpr std::array<std::string_view, 3> kCurves{"P-256", "P-384", "P-521"};

struct EkuName {
    std::string_view name;
    asn1::Oid oid;
};

constexpr std::array kEkuNames{
    EkuName{"clientAuth", oid::kClientAuth},
    EkuName{"serverAuth", oid::kServerAuth},
    EkuName{"emailProtection", oid::kEmailProtection},
    EkuName{"codeSigning", oid::kCodeSigning},
    EkuName{"timeStamping", oid::kTimeStamping},
    EkuName{"ipsecIKE", oid::kIpsecIke},
    EkuName{"smartcardLogon", oid::kSmartcardLogon},
    EkuName{"anyExtendedKeyUsage", oid::kAnyExtendedKeyUsage},
    EkuName{"OCSPSigning", oid::kOcspSigning},
    EkuName{"cmcRA", oid::kCmcRa},
    EkuName{"certificateRequestAgent", oid::kCertificateRequestAgent},
};

constexpr std::array kForbiddenEkus{
    oid::kAnyExtendedKeyUsage, oid::kOcspSigning, oid::kCmcRa, oid::kCertificateRequestAgent};

std::string known_ekus() {
    std::vector<std::string_view> names;
    for (const EkuName& eku : kEkuNames)
        if (std::ranges::find(kForbiddenEkus, eku.oid) == kForbiddenEkus.end())
            names.push_back(eku.name);
    return fmt::format("{} or a dotted OID", fmt::join(names, ", "));
}

Result<asn1::Oid> parse_eku(const Section& table, const std::string& word) {
    const auto named = std::ranges::find(kEkuNames, word, &EkuName::name);
    Result<asn1::Oid> eku =
        named != kEkuNames.end() ? Result<asn1::Oid>(named->oid) : asn1::parse_oid(word);
    if (!eku)
        return fail(table.error(
            "allowed_ekus",
            fmt::format(
                "\"{}\" is not an extended key usage, want {}", escape_text(word), known_ekus())));
    if (std::ranges::find(kForbiddenEkus, *eku) != kForbiddenEkus.end()) {
        Error error =
            table.error("allowed_ekus", fmt::format("{} is never issued to a device", word));
        error.cite = "SECURITY S11";
        return fail(std::move(error));
    }
    return eku;
}

Status read_ekus(const Section& table, std::vector<asn1::Oid>& out) {
    std::vector<std::string> words;
    SCEP_CHECK(table.read("allowed_ekus", words));
    if (!table.has("allowed_ekus"))
        return {};
    if (words.empty())
        return fail(table.error("allowed_ekus",
                                "is empty: a certificate without an EKU may be used for anything"));
    out.clear();
    for (const std::string& word : words) {
        SCEP_TRY(eku, parse_eku(table, word));
        if (std::ranges::find(out, eku) != out.end())
            return fail(table.error("allowed_ekus", fmt::format("{} stands there twice", word)));
        out.push_back(eku);
    }
    return {};
}

// Every word of a list is one of `words`.
Status read_words(const Section& table,
                  std::string_view key,
                  std::span<const std::string_view> words,
                  std::vector<std::string>& out) {
    SCEP_CHECK(table.read(key, out));
    for (const std::string& word : out)
        if (std::ranges::find(words, word) == words.end())
            return fail(table.error(
                key,
                fmt::format(
                    "got \"{}\", want any of {}", escape_text(word), fmt::join(words, ", "))));
    return {};
}

Status read_curves(const Section& table, std::vector<crypto::Curve>& out) {
    std::vector<std::string> words;
    SCEP_CHECK(read_words(table, "curves", kCurves, words));
    if (!table.has("curves"))
        return {};
    out.clear();
    for (const std::string& word : words)
        out.push_back(*crypto::curve_from_name(word));
    return {};
}

bool has_type(const std::string& pattern, std::string_view type) {
    return pattern.size() > type.size() + 1 && pattern.starts_with(type) &&
           pattern[type.size()] == ':';
}

// S10: uri and upn are identities to a domain controller, so only by explicit pattern.
Status read_sans(const Section& table, x509::CertificateProfile& out) {
    SCEP_CHECK(read_words(table, "san_types", kSanTypes, out.san_types));
    SCEP_CHECK(table.read("san_pattern", out.san_pattern));
    for (const std::string& pattern : out.san_pattern)
        if (std::ranges::none_of(kSanTypes, [&](auto type) { return has_type(pattern, type); }))
            return fail(table.error("san_pattern",
                                    fmt::format("got \"{}\", want a form like \"dns:*.example\"",
                                                escape_text(pattern))));
    for (const std::string_view type : {"uri", "upn"}) {
        const bool wanted = std::ranges::find(out.san_types, type) != out.san_types.end();
        const bool limited = std::ranges::any_of(
            out.san_pattern, [&](const std::string& pattern) { return has_type(pattern, type); });
        if (wanted && !limited) {
            Error error = table.error("san_types",
                                      fmt::format("{} needs a san_pattern that says which", type));
            error.cite = "SECURITY S10";
            error.hint = fmt::format("san_pattern = [\"{}:...\"]", type);
            return fail(std::move(error));
        }
    }
    return {};
}

}  // namespace

Result<x509::CertificateProfile> read_certificate_profile(const std::string& name,
                                                          const Section& table) {
    SCEP_CHECK(table.check_keys(kCertificateProfileSettings));
    x509::CertificateProfile out;
    out.name = name;
    SCEP_CHECK(table.read("max_ttl", out.max_ttl));
    SCEP_CHECK(read_ekus(table, out.allowed_ekus));
    SCEP_CHECK(table.read("must_staple", out.must_staple));
    std::int64_t bits = out.min_rsa_bits;
    SCEP_CHECK(table.read_integer("min_rsa_bits", limits::kMinRsaBits, limits::kMaxRsaBits, bits));
    out.min_rsa_bits = static_cast<unsigned>(bits);
    SCEP_CHECK(read_curves(table, out.curves));
    SCEP_CHECK(read_sans(table, out));
    SCEP_CHECK(table.read("subject_pattern", out.subject_pattern));
    if (std::ranges::find(out.subject_pattern, "") != out.subject_pattern.end())
        return fail(table.error("subject_pattern", "holds an empty pattern"));
    return out;
}

}  // namespace scep::config
