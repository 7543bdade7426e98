// Files of certificates, revocation lists and fingerprints, as operators keep them.
#include <algorithm>
#include <array>
#include <ctime>

#include <fmt/format.h>
#include <openssl/err.h>

#include "core/asn1/pem.hpp"
#include "core/base/encoding.hpp"
#include "core/base/escape.hpp"
#include "core/x509/openssl_chain.hpp"
#include "core/x509/trust_bundle.hpp"

namespace scep::x509 {

namespace {

using Labels = std::span<const std::string_view>;
constexpr std::array<std::string_view, 2> kCertificateLabels{"CERTIFICATE", "X509 CERTIFICATE"};
constexpr std::array<std::string_view, 1> kCrlLabels{"X509 CRL"};

Error at_line(std::string_view source, std::size_t line, std::string what, std::string hint = {}) {
    return {.code = Errc::Config,
            .what = std::move(what),
            .where = {.source = std::string(source), .line = line},
            .hint = std::move(hint)};
}

Result<BundleEntry> parse_entry(Bytes der, std::string_view source, std::size_t line) {
    Result<Certificate> certificate = Certificate::parse(der);
    if (certificate)
        return BundleEntry{.certificate = *std::move(certificate), .line = line};
    Error error = std::move(certificate).error();
    error.code = Errc::Config;
    error.where.source = source;
    error.where.line = line;
    return during(std::move(error), "not a certificate");
}

Result<TimePoint> to_time(const ASN1_TIME* time) {
    std::tm parts{};
    if (time == nullptr || ASN1_TIME_to_tm(time, &parts) != 1)
        return fail(Errc::Config, "its dates cannot be read");
    return TimePoint(Seconds(::timegm(&parts)));
}

Result<Crl> parse_crl(Bytes der, std::string_view source, std::size_t line) {
    ERR_clear_error();
    const unsigned char* at = der.data();
    const crypto::X509CrlPtr crl(d2i_X509_CRL(nullptr, &at, static_cast<long>(der.size())));
    if (!crl || at != der.data() + der.size()) {
        ERR_clear_error();
        return fail(at_line(source, line, "not a certificate revocation list"));
    }
    // OpenSSL would take it for a complete list, and the newest: what it does not repeat is no
    // longer revoked.
    if (X509_CRL_get_ext_by_NID(crl.get(), NID_delta_crl, -1) >= 0)
        return fail(at_line(source,
                            line,
                            "a delta CRL, which says nothing of what was revoked before it",
                            "complete lists alone, openssl crl -in FILE -noout -text tells"));
    const Result<TimePoint> from = to_time(X509_CRL_get0_lastUpdate(crl.get()));
    if (!from)
        return fail(at_line(source, line, "the thisUpdate of the CRL cannot be read"));
    Crl out{.der = to_buffer(der),
            .issuer = name_text(X509_CRL_get_issuer(crl.get())),
            .issuer_key = name_key(X509_CRL_get_issuer(crl.get())),
            .line = line,
            .this_update = *from};
    if (const ASN1_TIME* next = X509_CRL_get0_nextUpdate(crl.get())) {
        const Result<TimePoint> until = to_time(next);
        if (!until)
            return fail(at_line(source, line, "the nextUpdate of the CRL cannot be read"));
        out.next_update = *until;
    }
    return out;
}

Error none_of(std::string_view source,
              const std::vector<asn1::PemBlock>& blocks,
              std::string_view want) {
    if (blocks.empty())
        return at_line(source, 0, fmt::format("no PEM block, want {}", want));
    return at_line(source,
                   blocks.front().line,
                   fmt::format("got {}, want {}", escape_text(blocks.front().label), want));
}

Error key_among_certificates(std::string_view source, std::size_t line) {
    return at_line(source,
                   line,
                   "a private key lies among the certificates",
                   "keep the key in a file of its own, readable by its owner alone");
}

bool is_private_key(const asn1::PemBlock& block) {
    return block.label.ends_with("PRIVATE KEY");
}

bool is_one_of(Labels labels, const asn1::PemBlock& block) {
    return std::ranges::find(labels, block.label) != labels.end();
}

// `parse` for every block whose label is one of `labels`.
template <class T, class Parse>
Result<std::vector<T>> parse_blocks(
    Bytes file, std::string_view source, Labels labels, Keys keys, Parse parse) {
    std::vector<T> out;
    if (file.empty())
        return fail(at_line(source, 0, fmt::format("the file is empty, want {}", labels.front())));
    if (!asn1::looks_like_pem(as_text(file))) {
        SCEP_TRY(only, parse(file, source, 0));
        out.push_back(std::move(only));
        return out;
    }
    SCEP_TRY(blocks, asn1::parse_pem(as_text(file), source));
    for (const asn1::PemBlock& block : blocks) {
        if (keys == Keys::Refuse && is_private_key(block))
            return fail(key_among_certificates(source, block.line));
        if (!is_one_of(labels, block))
            continue;
        SCEP_TRY(item, parse(block.content, source, block.line));
        out.push_back(std::move(item));
    }
    if (out.empty())
        return fail(none_of(source, blocks, labels.front()));
    return out;
}

}  // namespace

Result<std::vector<Certificate>> parse_certificates(Bytes file,
                                                    std::string_view source,
                                                    bool refuse_keys) {
    const auto certificate = [](Bytes der, std::string_view from, std::size_t line) {
        return parse_entry(der, from, line).map([](BundleEntry&& entry) {
            return std::move(entry.certificate);
        });
    };
    return parse_blocks<Certificate>(
        file, source, kCertificateLabels, refuse_keys ? Keys::Refuse : Keys::PassOver, certificate);
}

Result<std::vector<BundleEntry>> parse_bundle(Bytes file, std::string_view source) {
    return parse_blocks<BundleEntry>(file, source, kCertificateLabels, Keys::Refuse, parse_entry);
}

BundleReading read_bundle(Bytes file, std::string_view source, Keys keys) {
    BundleReading out;
    const auto take = [&out](Result<BundleEntry> entry) {
        if (entry)
            out.entries.push_back(*std::move(entry));
        else
            out.errors.push_back(std::move(entry).error());
    };
    if (file.empty()) {
        out.errors.push_back(at_line(
            source, 0, fmt::format("the file is empty, want {}", kCertificateLabels.front())));
        return out;
    }
    if (!asn1::looks_like_pem(as_text(file))) {
        take(parse_entry(file, source, 0));
        return out;
    }
    const Result<std::vector<asn1::PemBlock>> blocks = asn1::parse_pem(as_text(file), source);
    if (!blocks) {
        out.errors.push_back(blocks.error());
        return out;
    }
    for (const asn1::PemBlock& block : *blocks) {
        if (keys == Keys::Refuse && is_private_key(block))
            out.errors.push_back(key_among_certificates(source, block.line));
        if (is_one_of(kCertificateLabels, block))
            take(parse_entry(block.content, source, block.line));
    }
    if (out.entries.empty() && out.errors.empty())
        out.errors.push_back(none_of(source, *blocks, kCertificateLabels.front()));
    return out;
}

Result<std::vector<Crl>> parse_crls(Bytes file, std::string_view source) {
    return parse_blocks<Crl>(file, source, kCrlLabels, Keys::Refuse, parse_crl);
}

Result<std::vector<Fingerprint>> parse_fingerprints(Bytes file, std::string_view source) {
    std::vector<Fingerprint> out;
    std::string_view rest = as_text(file);
    for (std::size_t line = 1; !rest.empty(); ++line) {
        const std::size_t end = rest.find_first_of("\r\n");
        std::string_view text = rest.substr(0, std::min(end, rest.find('#')));
        const bool pair = end != std::string_view::npos && rest.substr(end, 2) == "\r\n";
        rest =
            end == std::string_view::npos ? std::string_view{} : rest.substr(end + (pair ? 2 : 1));
        text = text.substr(text.find('=') + 1);  // "sha256 Fingerprint=" of openssl x509
        constexpr std::string_view kBlank = " \t";
        const std::size_t first = text.find_first_not_of(kBlank);
        if (first == std::string_view::npos)
            continue;
        text = text.substr(first, text.find_last_not_of(kBlank) - first + 1);
        const std::optional<Buffer> octets = from_hex(text);
        if (!octets || octets->size() != Fingerprint{}.size())
            return fail(
                at_line(source,
                        line,
                        "not a SHA-256 fingerprint, want 64 hexadecimal digits",
                        "openssl x509 -fingerprint -sha256 -noout -in CERTIFICATE prints it"));
        std::ranges::copy(*octets, out.emplace_back().begin());
    }
    return out;
}

}  // namespace scep::x509
