// Rules about the message as ASN.1 and CMS.
#include <algorithm>

#include <fmt/format.h>

#include "core/asn1/clipped.hpp"
#include "core/asn1/pem.hpp"
#include "core/inspect/rule.hpp"

namespace scep::inspect {

namespace {

// What strict parsing refused, of whatever layer came first.
const Error* refusal(const Reading& reading) {
    if (reading.signed_data && reading.signed_data->refusal)
        return &*reading.signed_data->refusal;
    if (reading.envelope && reading.envelope->refusal)
        return &*reading.envelope->refusal;
    return nullptr;
}

// A breach that has a rule of its own.
bool is_about_attributes(const Error& error) {
    return error.where.field.ends_with("signedAttrs") && error.code == Errc::Protocol;
}

bool has_indefinite(Bytes message, std::size_t depth = 0) {
    if (depth == limits::kMaxDepth)
        return false;
    asn1::ClippedReader in(message, 0);
    while (const auto element = in.next()) {
        if (element->indefinite)
            return true;
        if (element->constructed && has_indefinite(element->content, depth + 1))
            return true;
    }
    return false;
}

}  // namespace

void check_private_key(const Case& c, Reporter& out) {
    const bool pem = c.reading.captured->content == capture::Content::Text &&
                     asn1::holds_private_key(as_text(c.reading.captured->bytes));
    if (pem || c.reading.kind == Kind::PrivateKey)
        out.add("this is a private key: it is not shown");
}

void check_structure(const Case& c, Reporter& out) {
    if (const Error* error = refusal(c.reading))
        if (!is_about_attributes(*error))
            out.add(error->what, error->where);
    for (const Error& error : c.reading.certificate_errors)
        out.add(fmt::format("a certificate cannot be read: {}", error.what), error.where);
    if (c.reading.kind == Kind::Unknown)
        out.add("this is ASN.1 at best, and nothing that SCEP has",
                at_offset(0),
                "the tree shows what can be read");
}

void check_left_over(const Case& c, Reporter& out) {
    if (c.reading.left_over != 0)
        out.add(fmt::format("{} octets follow the message", c.reading.left_over),
                at_offset(c.reading.bytes.size()));
}

void check_signer_count(const Case& c, Reporter& out) {
    const Reading& reading = c.reading;
    if (reading.kind != Kind::PkiMessage || !reading.signed_data)
        return;
    const std::size_t count = reading.signed_data->data.signer_infos.size();
    const bool cut = reading.signed_data->refusal.has_value() && count == 0;
    if (count == 1 || cut)
        return;
    out.add(count == 0 ? "there is no SignerInfo"
                       : fmt::format("there are {} SignerInfos, want exactly one", count),
            count == 0 ? Where{}
                       : at_offset(reading.signed_data->data.signer_infos.back().offset,
                                   "SignedData.signerInfos"));
}

void check_signed_attributes(const Case& c, Reporter& out) {
    const cms::SignerInfo* signer = c.reading.signer_info;
    if (c.reading.kind == Kind::PkiMessage && signer != nullptr &&
        signer->signed_attributes.empty() && signer->attributes.empty())
        out.add("the SignerInfo has no signed attributes",
                at_offset(signer->offset, "SignerInfo.signedAttrs"));
}

void check_encoding(const Case& c, Reporter& out) {
    if (c.reading.kind != Kind::Unknown && has_indefinite(c.reading.bytes))
        out.add("there are indefinite lengths: BER, not DER");
}

void check_attribute_order(const Case& c, Reporter& out) {
    if (c.reading.signer_info == nullptr || c.reading.signer_info->signed_attributes.empty())
        return;
    const auto set = asn1::first_clipped(c.reading.signer_info->signed_attributes, 0);
    asn1::ClippedReader in(*set);
    Bytes before;
    while (const auto element = in.next()) {
        if (std::ranges::lexicographical_compare(element->tlv, before)) {
            out.add("the signed attributes are not sorted",
                    at_offset(c.reading.signer_info->attributes.empty()
                                  ? c.reading.signer_info->offset
                                  : c.reading.signer_info->attributes.front().offset,
                              "SignerInfo.signedAttrs"));
            return;
        }
        before = element->tlv;
    }
}

}  // namespace scep::inspect
