// Rules about the envelope and whom it is for (RFC 8894 section 3.1).
#include <algorithm>

#include <fmt/format.h>

#include "core/inspect/rule.hpp"

namespace scep::inspect {

namespace {

bool is_pki_message(const Reading& reading) {
    return reading.kind == Kind::PkiMessage && reading.signer_info != nullptr;
}

bool wants_envelope(const Reading& reading) {
    if (reading.is_reply())
        return reading.attributes.status == PkiStatus::Success;
    return reading.attributes.type.has_value();
}

bool has_content(const Reading& reading) {
    const auto& content = reading.signed_data->data.content;
    return content && content->size() > 1;  // NDES writes one zero octet for none
}

bool is_named(const cms::RecipientInfo& recipient) {
    return recipient.kind == cms::RecipientKind::KeyTransport ||
           recipient.kind == cms::RecipientKind::KeyAgreement;
}

// Of the certificates that are known, the one a recipient names; null when none is it.
const x509::Certificate* named_certificate(const Case& c, const cms::RecipientInfo& recipient) {
    const auto among = [&](const std::vector<x509::Certificate>& all) {
        const auto found = std::ranges::find_if(all, [&](const x509::Certificate& certificate) {
            return cms::identifies(recipient.rid, certificate);
        });
        return found == all.end() ? nullptr : &*found;
    };
    if (const auto* found = among(c.means.ca))
        return found;
    for (const OwnKey& own : c.means.keys)
        if (const auto* found = among(own.certificates))
            return found;
    return among(c.means.certificates);
}

// The server's certificates that a request could be for; where none says so, all of them.
std::string candidates(const std::vector<x509::Certificate>& ca) {
    const bool some = std::ranges::any_of(
        ca, [](const auto& each) { return each.allows_usage(x509::kKeyEncipherment); });
    std::string out;
    for (const x509::Certificate& certificate : ca)
        if (!some || certificate.allows_usage(x509::kKeyEncipherment))
            out += fmt::format("{}\"{}\" serial {}",
                               out.empty() ? "" : ", ",
                               certificate.subject_text(),
                               certificate.serial_hex());
    return out;
}

}  // namespace

void check_envelope_missing(const Case& c, Reporter& out) {
    if (!is_pki_message(c.reading) || !wants_envelope(c.reading) || has_content(c.reading))
        return;
    out.add(fmt::format("{} without content", to_text(*c.reading.attributes.type)));
}

void check_envelope_unwanted(const Case& c, Reporter& out) {
    const Reading& reading = c.reading;
    if (is_pki_message(reading) && reading.is_reply() && reading.attributes.status &&
        !wants_envelope(reading) && has_content(reading))
        out.add(fmt::format("{} with content", to_text(*reading.attributes.status)),
                at_offset(reading.signed_data->data.content_offset));
}

void check_recipient(const Case& c, Reporter& out) {
    if (!c.reading.envelope || c.means.ca.empty() || c.reading.is_reply())
        return;
    for (const cms::RecipientInfo& recipient : c.reading.envelope->data.recipients) {
        const bool known = std::ranges::any_of(c.means.ca, [&](const auto& certificate) {
            return cms::identifies(recipient.rid, certificate);
        });
        if (is_named(recipient) && !known)
            out.add(fmt::format("the envelope is for {}; the server has {}",
                                cms::to_text(recipient.rid),
                                candidates(c.means.ca)),
                    at_offset(recipient.offset, "EnvelopedData.recipientInfos"));
    }
}

void check_recipient_usage(const Case& c, Reporter& out) {
    if (!c.reading.envelope || c.reading.is_reply())
        return;
    for (const cms::RecipientInfo& recipient : c.reading.envelope->data.recipients) {
        if (recipient.kind != cms::RecipientKind::KeyTransport)
            continue;
        const x509::Certificate* certificate = named_certificate(c, recipient);
        if (certificate != nullptr && !certificate->allows_usage(x509::kKeyEncipherment))
            out.add(
                "the certificate that the envelope is for lacks keyEncipherment: many clients "
                "do not take it for an RA",
                about(*certificate));
    }
}

void check_wrong_key(const Case& c, Reporter& out) {
    const Opening& opening = c.reading.opening;
    if (c.reading.envelope && opening.tried && !opening.opened)
        out.add(opening.failure,
                opening.recipient == nullptr
                    ? Where{}
                    : at_offset(opening.recipient->offset, "EnvelopedData.recipientInfos"));
}

void check_content(const Case& c, Reporter& out) {
    if (c.reading.content_error && c.reading.opening.opened)
        out.add(fmt::format(
            "what the envelope holds is not what {} has: {}",
            c.reading.attributes.type ? to_text(*c.reading.attributes.type) : "the message",
            to_text(*c.reading.content_error)));
}

}  // namespace scep::inspect
