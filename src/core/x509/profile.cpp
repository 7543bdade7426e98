// SECURITY rule S10: what of a request may enter a certificate.
#include <algorithm>
#include <array>

#include <fmt/format.h>

#include "core/base/escape.hpp"
#include "core/x509/issue.hpp"
#include "core/x509/pattern.hpp"
#include "core/x509/security_identifier.hpp"

namespace scep::x509 {

namespace {

// RFC 1035 section 2.3.4
constexpr std::size_t kMaxDnsName = 253;
constexpr std::size_t kMaxDnsLabel = 63;

// A URI that a domain controller takes for a user's security identifier.
constexpr std::string_view kSidUri = "uri:tag:microsoft.com,2022-09-14:sid:";

// What a pattern for Microsoft's SID extension begins with.
constexpr std::string_view kSidPattern = "sid:";

// A wildcard name needs a pattern that says so: "dns:\*.example".
constexpr std::string_view kWildcardPattern = "dns:\\*.";

tl::unexpected<Error> refuse(std::string what, std::string hint = {}) {
    return fail({.code = Errc::Policy, .what = std::move(what), .hint = std::move(hint)});
}

Status check_key(const CertificateProfile& profile, const crypto::PublicKey& key) {
    if (key.type() == crypto::KeyType::Rsa && key.bits() < profile.min_rsa_bits)
        return fail(Errc::Crypto,
                    fmt::format("the key is {}, the profile wants at least {} bits",
                                key.describe(),
                                profile.min_rsa_bits));
    if (key.type() == crypto::KeyType::Ec &&
        std::ranges::find(profile.curves, key.curve()) == profile.curves.end())
        return fail(
            Errc::Crypto,
            fmt::format("the key is {}, a curve that the profile does not allow", key.describe()));
    return {};
}

// C0, DEL and C1 in UTF-8: they end strings early, or hide what comes after.
bool has_control(std::string_view text) noexcept {
    for (std::size_t i = 0; i < text.size(); ++i) {
        const auto c = static_cast<unsigned char>(text[i]);
        if (c < 0x20 || c == 0x7f)
            return true;
        if (c == 0xc2 && i + 1 < text.size() && static_cast<unsigned char>(text[i + 1]) < 0xa0)
            return true;
    }
    return false;
}

bool blank(std::string_view text) noexcept {
    return text.find_first_not_of(' ') == std::string_view::npos;
}

Status check_subject(const CertificateProfile& profile, const Name& subject) {
    std::size_t common_names = 0;
    for (const NameAttribute& attribute : subject.attributes()) {
        const std::string type = asn1::name(attribute.type);
        if (!asn1::is_text(attribute.string_type))
            return refuse(fmt::format("subject attribute {} is not a string", type));
        if (has_control(attribute.value))
            return refuse(fmt::format("subject attribute {} has a control character", type));
        if (attribute.type == oid::kCommonName && ++common_names > 1)
            return refuse("the subject has several common names");
    }
    const auto allows = [&](const std::string& pattern) {
        return matches_subject_pattern(pattern, subject);
    };
    if (!profile.subject_pattern.empty() && std::ranges::none_of(profile.subject_pattern, allows))
        return refuse(fmt::format("subject {} matches no subject_pattern of the profile",
                                  escape_text(subject.to_text())));
    return {};
}

bool is_alphanumeric(char c) noexcept {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
}

bool is_dns_label(std::string_view label) noexcept {
    return !label.empty() && label.size() <= kMaxDnsLabel && label.front() != '-' &&
           label.back() != '-' && std::ranges::all_of(label, [](char c) {
               return is_alphanumeric(c) || c == '-' || c == '_';
           });
}

// Letters, digits, hyphens and, as devices have them, underscores.
bool has_dns_labels(std::string_view name) noexcept {
    if (name.size() > kMaxDnsName)
        return false;
    for (;;) {
        const std::size_t dot = name.find('.');
        if (!is_dns_label(name.substr(0, dot)))
            return false;
        if (dot == std::string_view::npos)
            return true;
        name.remove_prefix(dot + 1);
    }
}

// What ends in a number reads as an address ("192.0.2.1", "10.1"): no top level domain is one.
bool is_domain(std::string_view name) noexcept {
    const std::string_view last = name.substr(name.rfind('.') + 1);
    return has_dns_labels(name) && last.find_first_not_of("0123456789") != std::string_view::npos;
}

// A domain, or one label of any kind: devices call themselves by their IMEI.
bool is_dns_name(std::string_view name) noexcept {
    return is_domain(name) || (name.find('.') == std::string_view::npos && has_dns_labels(name));
}

bool is_atom(std::string_view text) noexcept {
    static constexpr std::string_view kAtomSigns = "!#$%&'*+-/=?^_`{|}~";  // RFC 5322 3.2.3
    return !text.empty() && std::ranges::all_of(text, [](char c) {
        return is_alphanumeric(c) || kAtomSigns.find(c) != std::string_view::npos;
    });
}

// dot-atom "@" domain
bool is_mailbox(std::string_view address) noexcept {
    const std::size_t sign = address.find('@');
    if (sign == std::string_view::npos || !is_domain(address.substr(sign + 1)))
        return false;
    std::string_view local = address.substr(0, sign);
    for (;;) {
        const std::size_t dot = local.find('.');
        if (!is_atom(local.substr(0, dot)))
            return false;
        if (dot == std::string_view::npos)
            return true;
        local.remove_prefix(dot + 1);
    }
}

bool is_uri(std::string_view text) noexcept {
    const std::size_t colon = text.find(':');
    return colon != std::string_view::npos && colon != 0 && colon + 1 < text.size() &&
           std::ranges::all_of(text, [](char c) { return c > 0x20 && c < 0x7f; });
}

bool is_user_principal_name(std::string_view text) noexcept {
    const std::size_t sign = text.find('@');
    return sign != std::string_view::npos && sign != 0 && sign + 1 < text.size() &&
           text.find('@', sign + 1) == std::string_view::npos && !has_control(text);
}

// The word of san_types, or empty for what no profile can allow.
std::string_view san_type(const GeneralName& name) noexcept {
    switch (name.type) {
        case GeneralNameType::DnsName:
            return "dns";
        case GeneralNameType::Rfc822Name:
            return "email";
        case GeneralNameType::IpAddress:
            return "ip";
        case GeneralNameType::Uri:
            return "uri";
        case GeneralNameType::OtherName:
            return name.other_type == oid::kUserPrincipalName ? "upn" : "";
        case GeneralNameType::X400Address:
        case GeneralNameType::DirectoryName:
        case GeneralNameType::EdiPartyName:
        case GeneralNameType::RegisteredId:
            break;
    }
    return {};
}

bool is_wildcard(const GeneralName& name) noexcept {
    return name.type == GeneralNameType::DnsName && as_text(name.content).starts_with("*.");
}

bool is_well_formed(const GeneralName& name) noexcept {
    const std::string_view text = as_text(name.content);
    switch (name.type) {
        case GeneralNameType::DnsName:
            return is_wildcard(name) ? is_domain(text.substr(2)) : is_dns_name(text);
        case GeneralNameType::Rfc822Name:
            return is_mailbox(text);
        case GeneralNameType::IpAddress:
            return name.content.size() == 4 || name.content.size() == 16;
        case GeneralNameType::Uri:
            return is_uri(text);
        default:
            return is_user_principal_name(name.other_text);
    }
}

bool starts_with_folded(std::string_view text, std::string_view prefix) noexcept {
    const auto fold = [](char c) {
        return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
    };
    return text.size() >= prefix.size() &&
           std::ranges::equal(text.substr(0, prefix.size()), prefix, {}, fold, fold);
}

// How a pattern must begin to count for this name: names of great power are never covered by a
// pattern that was not written for them.
std::string wanted_prefix(const GeneralName& name, std::string_view type) {
    if (is_wildcard(name))
        return std::string(kWildcardPattern);
    if (starts_with_folded(name.to_text(), kSidUri))
        return std::string(kSidUri);
    return fmt::format("{}:", type);
}

bool needs_pattern(const GeneralName& name, std::string_view type) noexcept {
    return type == "uri" || type == "upn" || is_wildcard(name);
}

bool covered(const CertificateProfile& profile, const GeneralName& name, std::string_view type) {
    if (profile.san_pattern.empty())
        return !needs_pattern(name, type);
    const std::string prefix = wanted_prefix(name, type);
    const std::string text = name.to_text();
    return std::ranges::any_of(profile.san_pattern, [&](std::string_view pattern) {
        return pattern.starts_with(prefix) && glob_matches(pattern, text, type != "uri");
    });
}

std::string hint_of_pattern(const GeneralName& name, std::string_view type) {
    if (is_wildcard(name))
        return R"(a wildcard needs a pattern of its own: "dns:\*.example")";
    if (!needs_pattern(name, type))
        return {};
    return fmt::format("it needs a san_pattern that begins with \"{}\"", wanted_prefix(name, type));
}

Status check_san(const CertificateProfile& profile, const GeneralName& name) {
    const std::string text = escape_text(name.to_text());
    const std::string_view type = san_type(name);
    if (type.empty() || std::ranges::find(profile.san_types, type) == profile.san_types.end())
        return refuse(fmt::format("the profile does not allow the SAN {}", text),
                      type.empty() ? "" : fmt::format("add \"{}\" to san_types", type));
    if (!is_well_formed(name))
        return refuse(fmt::format("the SAN {} is malformed", text));
    if (!covered(profile, name, type))
        return refuse(fmt::format("the SAN {} matches no san_pattern of the profile", text),
                      hint_of_pattern(name, type));
    return {};
}

// Only its meaning is taken over from an OtherName, not its encoding.
GeneralName as_granted(const GeneralName& name) {
    return name.type == GeneralNameType::OtherName ? user_principal_name(name.other_text) : name;
}

// A domain controller takes it for an identity; dropping it in silence would hand out a certificate
// that is not what was asked for.
Status check_security_identifier(const CertificateProfile& profile, const std::string& sid) {
    if (sid.empty())
        return {};
    if (!is_security_identifier(sid))
        return refuse(fmt::format("\"{}\" is no security identifier", escape_text(sid)));
    const std::string text = fmt::format("sid:{}", sid);
    if (std::ranges::none_of(profile.san_pattern, [&](std::string_view pattern) {
            return pattern.starts_with(kSidPattern) && glob_matches(pattern, text, false);
        }))
        return refuse(
            fmt::format("no san_pattern of the profile allows Microsoft's SID extension with {}",
                        sid),
            "san_pattern = [\"sid:S-1-5-21-...\"] allows one");
    return {};
}

// A subject of nothing but blanks names nobody.
bool has_name(const RequestedIdentity& identity) {
    return !identity.subject_alt_names.empty() ||
           std::ranges::any_of(identity.subject.attributes(), [](const NameAttribute& attribute) {
               return !blank(attribute.value);
           });
}

}  // namespace

Result<Grant> apply_profile(const CertificateProfile& profile,
                            const RequestedIdentity& identity,
                            const crypto::PublicKey& key) {
    SCEP_CHECK(check_key(profile, key));
    SCEP_CHECK(check_security_identifier(profile, identity.security_identifier));
    if (!has_name(identity))
        return refuse("the request names nobody: no subject and no SAN");
    SCEP_CHECK(check_subject(profile, identity.subject));
    Grant out{.subject = identity.subject.canonical(),
              .key = key,
              .security_identifier = identity.security_identifier};
    for (const GeneralName& name : identity.subject_alt_names) {
        SCEP_CHECK(check_san(profile, name));
        out.subject_alt_names.push_back(as_granted(name));
    }
    return out;
}

Result<Grant> apply_profile(const CertificateProfile& profile,
                            const CertificationRequest& request,
                            const crypto::PublicKey& key) {
    SCEP_TRY(identity, requested_identity(request));
    SCEP_TRY(grant, apply_profile(profile, identity, key));
    for (const Extension& extension : request.requested_extensions())
        if (extension.oid != oid::kSubjectAltName && extension.oid != oid::kMicrosoftSid)
            grant.ignored.push_back(asn1::name(extension.oid));
    return std::move(grant);
}

}  // namespace scep::x509
