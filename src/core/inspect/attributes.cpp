// The signed attributes of SCEP, one by one: a defect of one does not hide the others.
#include <charconv>

#include <fmt/format.h>

#include "core/inspect/reading.hpp"
#include "core/scep/hresult.hpp"

namespace scep::inspect {

namespace {

constexpr std::string_view kCite = "RFC 8894 section 3.2.1";

Error defect(std::string_view field, std::size_t offset, std::string what) {
    return {.code = Errc::Protocol,
            .what = std::move(what),
            .where = {.offset = offset, .field = std::string(field)},
            .cite = std::string(kCite)};
}

class AttributeReader {
  public:
    AttributeReader(const cms::SignerInfo& signer, Attributes& out) : signer_(signer), out_(out) {}

    template <class T>
    void number(const asn1::Oid& type, std::string_view field, std::optional<T>& slot) {
        const std::optional<std::string> text = string(type, field);
        if (!text)
            return;
        std::uint32_t value = 0;
        const char* end = text->data() + text->size();
        const auto [stop, failed] = std::from_chars(text->data(), end, value);
        if (failed == std::errc{} && stop == end)
            slot = static_cast<T>(value);
        else
            add(field, *value_of(type), "is not a decimal number");
    }

    std::optional<std::string> string(const asn1::Oid& type, std::string_view field) {
        const asn1::Element* element = value_of(type);
        if (element == nullptr)
            return std::nullopt;
        Result<std::string> text = asn1::text(*element, field);
        if (text)
            return *std::move(text);
        add(field, *element, text.error().what);
        return std::nullopt;
    }

    void nonce(const asn1::Oid& type, std::string_view field, std::optional<Buffer>& slot) {
        const asn1::Element* element = value_of(type);
        if (element == nullptr)
            return;
        asn1::Joined joined;
        const Result<Bytes> octets =
            element->tag == asn1::kOctetString
                ? asn1::octets(*element, joined, field)
                : Result<Bytes>(
                      fail(Errc::Der,
                           fmt::format("is {}, want OCTET STRING", asn1::tag_name(element->tag))));
        if (octets)
            slot = to_buffer(*octets);
        else
            add(field, *element, octets.error().what);
    }

    void transaction_id() {
        constexpr std::string_view kField = "transactionID";
        const asn1::Element* element = value_of(oid::kTransactionId);
        if (element == nullptr)
            return;
        if (const auto text = string(oid::kTransactionId, kField))
            out_.transaction_id = TransactionId{to_buffer(element->content), element->tag};
        if (element->content.empty() || element->content.size() > limits::kMaxTransactionId)
            add(kField,
                *element,
                fmt::format("has {} octets, want 1 to {}",
                            element->content.size(),
                            limits::kMaxTransactionId));
    }

    void signing_time() {
        if (const asn1::Element* element = value_of(oid::kSigningTime))
            if (const Result<TimePoint> time = asn1::time(*element, "signingTime"))
                out_.signing_time = *time;
    }

    void hresult() {
        const asn1::Element* element = value_of(oid::kNdesHresult);
        if (element == nullptr)
            return;
        out_.hresult = parse_hresult(*element);
        if (!out_.hresult)
            add("HRESULT", *element, "is no number");
    }

  private:
    const asn1::Element* value_of(const asn1::Oid& type) const noexcept {
        const cms::Attribute* attribute = signer_.attribute(type);
        return attribute == nullptr || attribute->values.empty() ? nullptr
                                                                 : &attribute->values.front();
    }

    void add(std::string_view field, const asn1::Element& element, std::string what) {
        out_.defects.push_back(defect(field, element.offset, std::move(what)));
    }

    const cms::SignerInfo& signer_;
    Attributes& out_;
};

}  // namespace

Attributes read_attributes(const cms::SignerInfo& signer) {
    Attributes out;
    AttributeReader in(signer, out);
    in.number(oid::kMessageType, "messageType", out.type);
    in.number(oid::kPkiStatus, "pkiStatus", out.status);
    in.number(oid::kFailInfo, "failInfo", out.fail_info);
    in.transaction_id();
    in.nonce(oid::kSenderNonce, "senderNonce", out.sender_nonce);
    in.nonce(oid::kRecipientNonce, "recipientNonce", out.recipient_nonce);
    out.fail_info_text = in.string(oid::kFailInfoText, "failInfoText").value_or("");
    in.signing_time();
    in.hresult();
    return out;
}

}  // namespace scep::inspect
