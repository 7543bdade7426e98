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
// No type of SAN: a pattern for Microsoft's SID extension begins with it.
constexpr std::string_view kSidPattern = "sid";
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

std::optional<asn1::Oid> parse_eku(const Section& table, const std::string& word) {
    const auto named = std::ranges::find(kEkuNames, word, &EkuName::name);
    const Result<asn1::Oid> eku =
        named != kEkuNames.end() ? Result<asn1::Oid>(named->oid) : asn1::parse_oid(word);
    if (!eku) {
        table.complain(
            "allowed_ekus",
            {fmt::format(
                "\"{}\" is not an extended key usage, want {}", escape_text(word), known_ekus())});
        return {};
    }
    if (std::ranges::find(kForbiddenEkus, *eku) != kForbiddenEkus.end()) {
        table.complain(
            "allowed_ekus",
            {.what = fmt::format("{} is never issued to a device", word), .cite = "SECURITY S11"});
        return {};
    }
    return *eku;
}

void read_ekus(const Section& table, std::vector<asn1::Oid>& out) {
    std::vector<std::string> words;
    if (!table.read("allowed_ekus", words))
        return;
    if (words.empty())
        table.complain("allowed_ekus",
                       {"is empty: a certificate without an EKU may be used for anything"});
    out.clear();
    for (const std::string& word : words) {
        const std::optional<asn1::Oid> eku = parse_eku(table, word);
        if (eku && std::ranges::find(out, *eku) != out.end())
            table.complain("allowed_ekus", {fmt::format("{} stands there twice", word)});
        else if (eku)
            out.push_back(*eku);
    }
}

// Every word of a list is one of `words`.
bool read_words(const Section& table,
                std::string_view key,
                std::span<const std::string_view> words,
                std::vector<std::string>& out) {
    std::vector<std::string> given;
    if (!table.read(key, given))
        return false;
    for (const std::string& word : given)
        if (std::ranges::find(words, word) == words.end())
            return table.complain(key,
                                  {fmt::format("got \"{}\", want any of {}",
                                               escape_text(word),
                                               fmt::join(words, ", "))}),
                   false;
    out = std::move(given);
    return true;
}

void read_curves(const Section& table, std::vector<crypto::Curve>& out) {
    std::vector<std::string> words;
    if (!read_words(table, "curves", kCurves, words))
        return;
    out.clear();
    for (const std::string& word : words)
        out.push_back(*crypto::curve_from_name(word));
}

bool has_type(const std::string& pattern, std::string_view type) {
    return pattern.size() > type.size() + 1 && pattern.starts_with(type) &&
           pattern[type.size()] == ':';
}

// S10: uri and upn are identities to a domain controller, so only by explicit pattern.
void require_pattern(const Section& table,
                     const x509::CertificateProfile& profile,
                     std::string_view type) {
    const bool wanted = std::ranges::find(profile.san_types, type) != profile.san_types.end();
    const bool limited = std::ranges::any_of(
        profile.san_pattern, [&](const std::string& pattern) { return has_type(pattern, type); });
    if (wanted && !limited)
        table.complain("san_types",
                       {.what = fmt::format("{} needs a san_pattern that says which", type),
                        .hint = fmt::format("san_pattern = [\"{}:...\"]", type),
                        .cite = "SECURITY S10"});
}

void read_sans(const Section& table, x509::CertificateProfile& out) {
    read_words(table, "san_types", kSanTypes, out.san_types);
    table.read("san_pattern", out.san_pattern);
    for (const std::string& pattern : out.san_pattern)
        if (const Status fits = check_san_pattern(pattern); !fits)
            table.complain("san_pattern", {fits.error().what});
    for (const std::string_view type : {"uri", "upn"})
        require_pattern(table, out, type);
}

}  // namespace

Status check_san_pattern(const std::string& pattern) {
    if (has_type(pattern, kSidPattern) ||
        std::ranges::any_of(kSanTypes, [&](auto type) { return has_type(pattern, type); }))
        return {};
    return fail(
        Errc::Config,
        fmt::format("got \"{}\", want a form like \"dns:*.example\"", escape_text(pattern)));
}

Status check_subject_pattern(const std::string& pattern) {
    return pattern.empty() ? fail(Errc::Config, "holds an empty pattern") : Status{};
}

x509::CertificateProfile read_certificate_profile(const std::string& name, const Section& table) {
    table.check_keys(kCertificateProfileSettings);
    x509::CertificateProfile out;
    out.name = name;
    table.read("max_ttl", out.max_ttl);
    read_ekus(table, out.allowed_ekus);
    table.read("must_staple", out.must_staple);
    std::int64_t bits = out.min_rsa_bits;
    table.read_integer("min_rsa_bits", limits::kMinRsaBits, limits::kMaxRsaBits, bits);
    out.min_rsa_bits = static_cast<unsigned>(bits);
    read_curves(table, out.curves);
    read_sans(table, out);
    table.read("subject_pattern", out.subject_pattern);
    for (const std::string& pattern : out.subject_pattern)
        if (const Status fits = check_subject_pattern(pattern); !fits)
            table.complain("subject_pattern", {fits.error().what});
    return out;
}

}  // namespace scep::config
