#include "core/inspect/summary.hpp"

#include <algorithm>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "core/base/encoding.hpp"
#include "core/inspect/transaction_form.hpp"
#include "core/scep/hresult.hpp"
#include "core/scep/operation.hpp"

namespace scep::inspect {

namespace {

std::string_view explained(FailInfo info) {
    switch (info) {
        case FailInfo::BadAlg:
            return ": an algorithm is not recognised or not supported";
        case FailInfo::BadMessageCheck:
            return ": the integrity check failed, the CMS signature among others";
        case FailInfo::BadRequest:
            return ": the transaction is not permitted or not supported";
        case FailInfo::BadTime:
            return ": signingTime is too far from the server's time";
        case FailInfo::BadCertId:
            return ": no certificate matches what was given";
    }
    return "";
}

std::string_view explained(PkiStatus status) {
    switch (status) {
        case PkiStatus::Success:
            return ": granted";
        case PkiStatus::Failure:
            return ": rejected";
        case PkiStatus::Pending:
            return ": waits for manual approval";
    }
    return "";
}

std::string nonce_text(const std::optional<Buffer>& nonce) {
    return nonce ? fmt::format("{} ({} octets)", to_hex(*nonce), nonce->size()) : std::string();
}

void add_transport(const Reading& reading, Summary& out) {
    const capture::Captured& captured = *reading.captured;
    out.add("found_as",
            "found as",
            fmt::format("{}{}{} octets",
                        fmt::join(captured.forms, ", "),
                        captured.forms.empty() ? "" : ", ",
                        captured.bytes.size()));
    if (captured.operation)
        out.add("operation", "operation", std::string(operation_name(*captured.operation)));
    out.add("target", "target", captured.target);
    if (captured.status)
        out.add("http_status", "HTTP status", fmt::format("{}", *captured.status));
    out.add("content_type", "Content-Type", captured.content_type);
    if (captured.time)
        out.add("captured", "captured", to_rfc3339(*captured.time));
}

// Of the CSR's key, else the signer's; that of a reply is the server's, which made none.
std::string form_of(const Reading& reading, const std::string& id) {
    if (reading.is_reply())
        return transaction_form(id, {});
    return transaction_form(id, reading.request_key ? reading.request_key : reading.signer_key);
}

void add_attributes(const Reading& reading, Summary& out) {
    const Attributes& attributes = reading.attributes;
    if (attributes.type)
        out.add("message_type", "messageType", to_text(*attributes.type));
    if (attributes.status)
        out.add("pki_status",
                "pkiStatus",
                to_text(*attributes.status).append(explained(*attributes.status)));
    if (attributes.fail_info)
        out.add("fail_info",
                "failInfo",
                to_text(*attributes.fail_info).append(explained(*attributes.fail_info)));
    out.add("fail_info_text", "failInfoText", attributes.fail_info_text);
    if (attributes.hresult)
        out.add("ndes_hresult", "NDES HRESULT", hresult_text(*attributes.hresult));
    if (attributes.transaction_id) {
        const std::string id = attributes.transaction_id->to_text();
        out.add("transaction_id", "transactionID", id);
        out.add("transaction_id_form", "  made as", form_of(reading, id));
    }
    out.add("sender_nonce", "senderNonce", nonce_text(attributes.sender_nonce));
    out.add("recipient_nonce", "recipientNonce", nonce_text(attributes.recipient_nonce));
    if (attributes.signing_time)
        out.add("signing_time", "signingTime", to_rfc3339(*attributes.signing_time));
}

std::string digest_text(const asn1::AlgorithmIdentifier& algorithm) {
    const auto digest = crypto::digest_from(algorithm.algorithm);
    return digest ? std::string(crypto::info(*digest).name) : asn1::name(algorithm.algorithm);
}

std::string signature_text(const cms::SignerInfo& signer) {
    const auto algorithm = crypto::signature_algorithm(
        signer.signature_algorithm, crypto::digest_from(signer.digest_algorithm.algorithm));
    const std::string spelt = asn1::name(signer.signature_algorithm.algorithm);
    return algorithm ? fmt::format("{} ({})", crypto::name(*algorithm), spelt) : spelt;
}

void add_signer(const Reading& reading, Summary& out) {
    const cms::SignerInfo& signer = *reading.signer_info;
    if (signer.digest_algorithm.algorithm != asn1::Oid{})
        out.add("digest", "digest", digest_text(signer.digest_algorithm));
    if (signer.signature_algorithm.algorithm != asn1::Oid{})
        out.add("signature", "signature", signature_text(signer));
    if (!reading.signer) {
        out.add("signer", "signer", cms::to_text(signer.sid));
        return;
    }
    const x509::Certificate& certificate = *reading.signer;
    out.add("signer", "signer", certificate_text(certificate));
    out.add("signer_key", "  key", key_text(certificate));
    out.add(
        "signer_dates",
        "  valid",
        fmt::format(
            "{} to {}", to_rfc3339(certificate.not_before()), to_rfc3339(certificate.not_after())));
}

void add_names(const Reading& reading, Summary& out) {
    if (reading.query) {
        out.add("asked_issuer", "asks for issuer", reading.query->issuer.to_text());
        out.add("asked_serial", "asks for serial", x509::serial_hex(reading.query->serial));
    }
    if (reading.poll) {
        out.add("asked_issuer", "asks for issuer", reading.poll->first.to_text());
        out.add("asked_subject", "asks for subject", reading.poll->second.to_text());
    }
}

// The page of NDES that shows the challenge is a body for people, whatever its status.
bool may_tell_challenge(std::string_view text) {
    std::string lower(text);
    std::ranges::transform(lower, lower.begin(), [](char letter) {
        return letter >= 'A' && letter <= 'Z' ? static_cast<char>(letter - 'A' + 'a') : letter;
    });
    std::erase(lower, '\0');  // UTF-16
    return lower.find("challenge") != std::string::npos ||
           lower.find("password") != std::string::npos;
}

void add_text(const Reading& reading, const Means& means, Summary& out) {
    constexpr std::size_t kShown = 200;  // octets of a body for people
    constexpr unsigned kOk = 200;
    const std::string_view text = as_text(reading.captured->bytes);
    const bool refusal = reading.captured->status.value_or(kOk) != kOk;
    if (reading.kind != Kind::Text || !refusal)
        return;
    if (!means.show_secrets && may_tell_challenge(text))
        out.add("text", "text", "not shown, it speaks of a challenge or password (--show-secrets)");
    else
        out.add("text", "text", std::string(text.substr(0, kShown)));
}

}  // namespace

std::string certificate_text(const x509::Certificate& certificate) {
    return fmt::format("{}, serial {}, {}",
                       certificate.subject_text(),
                       certificate.serial_hex(),
                       certificate.self_issued()
                           ? std::string("self-signed")
                           : fmt::format("issued by {}", certificate.issuer_text()));
}

std::string key_text(const x509::Certificate& certificate) {
    const auto key = certificate.public_key(crypto::kDecodeKeys);
    return key ? key->describe() : key.error().what;
}

std::vector<Fact> summarise(const Reading& reading, const Means& means) {
    Summary out;
    add_transport(reading, out);
    if (reading.kind == Kind::PkiMessage)
        add_attributes(reading, out);
    if (reading.signer_info != nullptr)
        add_signer(reading, out);
    summarise_envelope(reading, means, out);
    summarise_request(reading, means, out);
    add_names(reading, out);
    summarise_certificates(reading, out);
    summarise_capabilities(reading, out);
    add_text(reading, means, out);
    if (reading.answer)
        out.add("server_answer",
                "server's answer",
                fmt::format("{}: {}", reading.answer->text, reading.answer->reason));
    return std::move(out).take();
}

}  // namespace scep::inspect
