// Rules about what a server says of itself, and what it would say to a request.
#include <algorithm>
#include <array>

#include <fmt/format.h>

#include "core/inspect/rule.hpp"
#include "core/scep/capabilities.hpp"

namespace scep::inspect {

namespace {

constexpr std::array<std::string_view, 10> kKeywords{"AES",
                                                     "DES3",
                                                     "GetNextCACert",
                                                     "POSTPKIOperation",
                                                     "Renewal",
                                                     "SCEPStandard",
                                                     "SHA-1",
                                                     "SHA-256",
                                                     "SHA-384",
                                                     "SHA-512"};

std::string_view body_of(const Case& c) {
    return as_text(c.reading.captured->bytes);
}

bool is_list(const Case& c) {
    return c.reading.kind == Kind::Capabilities && body_of(c).find('<') == std::string_view::npos;
}

Capabilities capabilities_of(const Case& c) {
    return parse_capabilities(c.reading.captured->bytes);
}

bool same_but_for_case(std::string_view a, std::string_view b) {
    return std::ranges::equal(a, b, [](char x, char y) {
        const auto lower = [](char l) {
            return l >= 'A' && l <= 'Z' ? static_cast<char>(l + 32) : l;
        };
        return lower(x) == lower(y);
    });
}

void check_keyword(std::string_view line, Reporter& out) {
    if (line.empty() || std::ranges::find(kKeywords, line) != kKeywords.end())
        return;
    constexpr std::string_view kBlanks = " \t";
    const std::size_t first = line.find_first_not_of(kBlanks);
    const std::size_t last = line.find_last_not_of(kBlanks);
    const std::string_view word =
        first == std::string_view::npos ? line : line.substr(first, last - first + 1);
    for (const std::string_view keyword : kKeywords)
        if (same_but_for_case(word, keyword))
            out.add(fmt::format("\"{}\" is registered as \"{}\"", line, keyword));
}

// A GetCACert reply, or what was saved of one: what a CertRep held has no CA first.
bool holds_ca(const Case& c) {
    if (c.reading.captured->operation == OperationKind::GetCaCert)
        return true;
    const bool certificates =
        c.reading.kind == Kind::CertificatesOnly || c.reading.kind == Kind::Certificate;
    return certificates && std::ranges::any_of(c.reading.certificates, &x509::Certificate::is_ca);
}

const std::vector<x509::Certificate>& next_or_ca(const Case& c) {
    return c.reading.kind == Kind::NextCaCertificates ? c.reading.issued : c.reading.certificates;
}

bool can_be_encrypted_to(const x509::Certificate& certificate) {
    const Result<crypto::PublicKey> key = certificate.public_key(crypto::kDecodeKeys);
    return key && key->type() == crypto::KeyType::Rsa &&
           certificate.allows_usage(x509::kKeyEncipherment);
}

}  // namespace

void check_server_answer(const Case& c, Reporter& out) {
    const std::optional<ServerAnswer>& answer = c.reading.answer;
    if (answer && answer->refused)
        out.add(
            fmt::format("this server would answer {} because {}", answer->text, answer->reason));
}

void check_caps_form(const Case& c, Reporter& out) {
    if (c.reading.kind == Kind::Capabilities && !is_list(c))
        out.add("the reply is no list of keywords, but looks like HTML");
}

void check_caps_keyword(const Case& c, Reporter& out) {
    if (!is_list(c))
        return;
    std::string_view rest = body_of(c);
    for (std::size_t count = 0; !rest.empty() && count < limits::kMaxCapabilities; ++count) {
        const std::size_t end = std::min(rest.find_first_of("\r\n"), rest.size());
        check_keyword(rest.substr(0, end), out);
        rest.remove_prefix(std::min(end + 1, rest.size()));
    }
}

void check_caps_missing(const Case& c, Reporter& out) {
    if (!is_list(c))
        return;
    const Capabilities caps = capabilities_of(c);
    if (caps.scep_standard)
        return;
    if (!caps.sha256 && !caps.sha384 && !caps.sha512)
        out.add("SHA-256 is not named: clients sign with SHA-1 or MD5");
    if (!caps.aes)
        out.add("AES is not named: clients encrypt with triple or single DES");
    if (!caps.post_pki_operation)
        out.add(
            "POSTPKIOperation is not named: clients send requests in URLs, which proxies cut "
            "and log");
}

void check_caps_old(const Case& c, Reporter& out) {
    if (!is_list(c))
        return;
    const Capabilities caps = capabilities_of(c);
    if (caps.sha1)
        out.add("SHA-1 is named");
    if (caps.des3)
        out.add("DES3 is named");
}

void check_ca_readable(const Case& c, Reporter& out) {
    if (holds_ca(c) && c.reading.certificates.empty() &&
        c.reading.captured->direction != capture::Direction::Request &&
        c.reading.kind != Kind::Nothing)
        out.add("there is no certificate that can be read");
}

void check_ca_recipient(const Case& c, Reporter& out) {
    const auto& certificates = c.reading.certificates;
    if (holds_ca(c) && !certificates.empty() &&
        std::ranges::none_of(certificates, can_be_encrypted_to))
        out.add("no certificate can be encrypted to by key transport");
}

void check_ca_dates(const Case& c, Reporter& out) {
    if (!holds_ca(c) && c.reading.kind != Kind::NextCaCertificates)
        return;
    for (const x509::Certificate& certificate : next_or_ca(c))
        if (!certificate.valid_at(c.at))
            out.add(fmt::format("valid from {} to {}, and it is {}",
                                to_rfc3339(certificate.not_before()),
                                to_rfc3339(certificate.not_after()),
                                to_rfc3339(c.at)),
                    about(certificate));
}

void check_next_ca(const Case& c, Reporter& out) {
    const bool asked = c.reading.captured->operation == OperationKind::GetNextCaCert;
    if (asked && c.reading.kind == Kind::CertificatesOnly)
        out.add("the reply to GetNextCACert is not signed");
}

void check_next_ca_content(const Case& c, Reporter& out) {
    if (c.reading.kind == Kind::NextCaCertificates && !c.reading.signed_data->data.content)
        out.add("the certificates stand beside the signed content, and nothing signs them");
}

}  // namespace scep::inspect
