// Rules about who signed, and whether the signature holds.
#include <fmt/format.h>

#include "core/inspect/rule.hpp"

namespace scep::inspect {

namespace {

constexpr std::size_t kMaxSerial = 20;  // octets, RFC 5280 section 4.1.2.2

const x509::Certificate* signer_of(const Case& c) {
    return c.reading.signer ? &*c.reading.signer : nullptr;
}

// A certificate that the client made for this one message.
bool is_transient(const x509::Certificate& certificate) {
    return certificate.self_issued() && !certificate.is_ca();
}

bool keys_differ(const Case& c) {
    return c.reading.request_key && c.reading.signer_key &&
           !(*c.reading.request_key == *c.reading.signer_key);
}

}  // namespace

void check_signature(const Case& c, Reporter& out) {
    if (c.reading.signer_info != nullptr && c.reading.signature.outcome == Outcome::Fail)
        out.add("the signature does not verify: " + c.reading.signature.reason,
                at_offset(c.reading.signer_info->offset, "SignerInfo.signature"));
}

void check_message_digest(const Case& c, Reporter& out) {
    if (c.reading.signer_info != nullptr && c.reading.digest.outcome == Outcome::Fail)
        out.add("messageDigest: " + c.reading.digest.reason,
                at_offset(c.reading.signer_info->offset, "SignerInfo.signedAttrs"));
}

void check_signer_certificate(const Case& c, Reporter& out) {
    const Reading& reading = c.reading;
    if (reading.signer_info == nullptr || reading.kind != Kind::PkiMessage)
        return;  // clients know the current CA, who signs for the next one
    const Where where = at_offset(reading.signer_info->offset, "SignerInfo.sid");
    if (reading.signer_error) {
        out.add(reading.signer_error->what, where);
        return;
    }
    std::size_t matching = 0;
    for (const x509::Certificate& certificate : reading.certificates)
        matching += cms::identifies(reading.signer_info->sid, certificate) ? 1 : 0;
    if (matching > 1)
        out.add(fmt::format("{} certificates of the message match the signer", matching), where);
    else if (matching == 0 && !reading.is_reply())
        out.add("the message does not have its signer's certificate", where);
}

void check_signer_dates(const Case& c, Reporter& out) {
    const x509::Certificate* signer = signer_of(c);
    // An old file is no old signer.
    const bool known = known_time(c.reading, c.means).has_value();
    if (signer == nullptr || !known || signer->valid_at(c.at))
        return;
    const bool early = c.at < signer->not_before();
    out.add(fmt::format("the {}signer's certificate {} {}, and the message is of {}",
                        is_transient(*signer) ? "transient " : "",
                        early ? "begins" : "ended",
                        to_rfc3339(early ? signer->not_before() : signer->not_after()),
                        to_rfc3339(c.at)),
            about(*signer));
}

void check_signer_usage(const Case& c, Reporter& out) {
    const x509::Certificate* signer = signer_of(c);
    if (signer != nullptr && !signer->allows_usage(x509::kDigitalSignature))
        out.add("the signer's keyUsage lacks digitalSignature", about(*signer));
}

void check_signer_encipherment(const Case& c, Reporter& out) {
    const x509::Certificate* signer = signer_of(c);
    if (signer == nullptr || c.reading.is_reply() || c.reading.kind != Kind::PkiMessage)
        return;
    if (!signer->allows_usage(x509::kKeyEncipherment))
        out.add("the signer's keyUsage lacks keyEncipherment", about(*signer));
    else if (c.reading.signer_key && c.reading.signer_key->type() == crypto::KeyType::Ec)
        out.add(fmt::format("the signer's key is {}, to which RSA-only servers cannot encrypt",
                            c.reading.signer_key->describe()),
                about(*signer));
}

void check_signer_key(const Case& c, Reporter& out) {
    const x509::Certificate* signer = signer_of(c);
    if (signer != nullptr && is_transient(*signer) && keys_differ(c))
        out.add(fmt::format("the signer's key ({}) is not the CSR's ({})",
                            c.reading.signer_key->describe(),
                            c.reading.request_key->describe()),
                about(*signer));
}

void check_signer_subject(const Case& c, Reporter& out) {
    const x509::Certificate* signer = signer_of(c);
    if (signer == nullptr || !is_transient(*signer) || !c.reading.request)
        return;
    const Result<x509::Name> subject = signer->subject();
    if (subject && !subject->matches(c.reading.request->subject()))
        out.add(fmt::format("the signer is \"{}\", the CSR asks for \"{}\"",
                            signer->subject_text(),
                            c.reading.request->subject().to_text()),
                about(*signer));
}

void check_signer_serial(const Case& c, Reporter& out) {
    const x509::Certificate* signer = signer_of(c);
    if (signer == nullptr)
        return;
    const Bytes serial = signer->serial();
    const std::size_t padding = !serial.empty() && serial[0] == 0 ? 1 : 0;
    if (serial.size() - padding > kMaxSerial)
        out.add(fmt::format("the signer's serial number has {} octets", serial.size() - padding),
                about(*signer));
    else if (!serial.empty() && (serial[0] & 0x80U) != 0)
        out.add("the signer's serial number is negative", about(*signer));
}

void check_signer_aki(const Case& c, Reporter& out) {
    const x509::Certificate* signer = signer_of(c);
    if (signer == nullptr)
        return;
    const x509::Extension* aki = signer->extension(oid::kAuthorityKeyIdentifier);
    if (aki != nullptr && aki->critical)
        out.add("the signer's authorityKeyIdentifier is critical", about(*signer));
}

void check_renewal_signer(const Case& c, Reporter& out) {
    const x509::Certificate* signer = signer_of(c);
    if (signer != nullptr && c.reading.attributes.type == MessageType::RenewalReq &&
        signer->self_issued())
        out.add("the RenewalReq is signed by a self-signed certificate", about(*signer));
}

void check_chain(const Case& c, Reporter& out) {
    const x509::Certificate* signer = signer_of(c);
    if (signer == nullptr || c.means.anchors.empty())
        return;
    // A first request has no chain to show.
    if (is_transient(*signer) && !c.reading.is_reply())
        return;
    if (const Status verified =
            x509::verify_chain(*signer, c.reading.certificates, c.means.anchors, c.at);
        !verified)
        out.add(verified.error().what, verified.error().where);
}

}  // namespace scep::inspect
