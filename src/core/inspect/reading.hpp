// Everything that can be read from one captured message, the envelope opened where that is
// possible. Facts, verifications and rules are made of it. Used inside this room only.
#pragma once

#include <deque>
#include <optional>
#include <vector>

#include "core/cms/partial.hpp"
#include "core/inspect/examination.hpp"
#include "core/scep/pki_message.hpp"
#include "core/x509/request.hpp"

namespace scep::inspect {

// SCEP's signed attributes as they stand. What is malformed is absent here and in `defects`.
struct Attributes {
    std::optional<MessageType> type{};
    std::optional<PkiStatus> status{};
    std::optional<FailInfo> fail_info{};
    std::optional<TransactionId> transaction_id{};
    std::optional<Buffer> sender_nonce{}, recipient_nonce{};
    std::string fail_info_text{};
    std::optional<TimePoint> signing_time{};
    std::optional<std::uint32_t> hresult{};
    std::vector<Error> defects{};
};

Attributes read_attributes(const cms::SignerInfo& signer);

// How the opening of an envelope went.
struct Opening {
    SecretBytes content{};
    bool opened = false;
    bool tried = false;     // a key or password was there to try
    std::string by{};       // which key opened it
    std::string failure{};  // why it was not opened
    const cms::RecipientInfo* recipient = nullptr;
};

Opening open_envelope(const cms::EnvelopedData& envelope, const Means& means);

// Borrows from `captured` and from itself: neither copied nor moved once it was read.
struct Reading {
    const capture::Captured* captured = nullptr;
    Kind kind = Kind::Unknown;
    std::size_t left_over = 0;  // octets behind the message
    Bytes bytes{};              // without them

    std::optional<cms::Partial<cms::SignedData>> signed_data{};
    const cms::SignerInfo* signer_info = nullptr;  // the first
    Attributes attributes{};
    std::vector<x509::Certificate> certificates{};  // of the message, those that can be read
    std::vector<Error> certificate_errors{};
    std::optional<x509::Certificate> signer{};
    bool signer_enclosed = false;  // it is in the message, not known from elsewhere
    std::optional<crypto::PublicKey> signer_key{};
    std::optional<Error> signer_error{};  // why there is no signer or no key

    std::optional<cms::Partial<cms::EnvelopedData>> envelope{};
    Opening opening{};
    Bytes content{};  // what the message is about: decrypted, or the bare CSR

    std::optional<x509::CertificationRequest> request{};
    std::optional<Error> request_error{};
    std::size_t request_left_over = 0;  // octets behind the CSR
    std::optional<crypto::PublicKey> request_key{};
    std::optional<IssuerAndSerialNumber> query{};             // GetCert, GetCRL
    std::optional<std::pair<x509::Name, x509::Name>> poll{};  // CertPoll: issuer, subject
    std::optional<cms::Partial<cms::SignedData>> inner{};     // certs-only
    std::vector<x509::Certificate> issued{};                  // of it
    std::optional<Error> content_error{};

    Verification signature{}, digest{};    // of a pkiMessage
    std::optional<ServerAnswer> answer{};  // where a server was asked

    bool is_reply() const noexcept { return attributes.type == MessageType::CertRep; }

    // PKCSReq, RenewalReq: there has to be a CSR.
    bool wants_request() const noexcept {
        return attributes.type == MessageType::PkcsReq ||
               attributes.type == MessageType::RenewalReq ||
               attributes.type == MessageType::UpdateReq;
    }

    bool has_envelope() const noexcept { return envelope.has_value(); }
};

void read_message(const capture::Captured& captured, const Means& means, Reading& out);

// When the message was on its way: what the operator says, the capture, or the message itself.
std::optional<TimePoint> known_time(const Reading& reading, const Means& means) noexcept;

// The same, or now.
TimePoint time_of(const Reading& reading, const Means& means) noexcept;

// The algorithms that only OpenSSL's legacy provider has.
const crypto::Library& library_for(const Reading& reading, const Means& means);

}  // namespace scep::inspect
